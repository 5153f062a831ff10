#!/usr/bin/env python3
"""Makes tables.txt: what PostgreSQL's conversions between UTF-8 and its other character sets say.

    python3 generate.py "host=127.0.0.1 user=postgres" > tables.txt

asks a PostgreSQL 15 with UTF-8 and plpgsql, whose conversions are tried on every code that its
character sets can have, and on every character.

The table of a set begins with `# NAME`. A line is a code in hexadecimal, a blank and the characters
of that code, of the next, and so on. `<` before the code: these codes are only read; `>`: only
written; `+`: the characters are one, of two code points. Characters below U+0080 are themselves in
every set. The four-byte codes of GB18030 follow a rule and are not listed.
"""
import sys

import psycopg

SINGLE = """LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 WIN1256 WIN1258 WIN866
WIN874 KOI8R WIN1251 WIN1252 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 WIN1250 WIN1253 WIN1254 WIN1255
WIN1257 KOI8U""".split()
MULTIPLE = """EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 SJIS BIG5 GBK UHC GB18030 JOHAB
SHIFT_JIS_2004""".split()
HALF_WIDTH = range(0xA1, 0xE0)

READ = """create function pg_temp.readable(b bytea, name) returns text language plpgsql as
$$ begin return convert_from(b, $2); exception when others then return null; end $$"""
WRITE = """create function pg_temp.writable(t text, name) returns bytea language plpgsql as
$$ begin return convert_to(t, $2); exception when others then return null; end $$"""


def codes(name):
    """Every code that the set may have, as bytes."""
    yield from (bytes([one]) for one in range(0x80, 0x100))
    if name in SINGLE:
        return
    shift = name.startswith(("SJIS", "SHIFT"))
    pairs = [bytes([one, two]) for one in range(0x80, 0x100) for two in range(0x30, 0x100)]
    yield from (pair for pair in pairs if not (shift and pair[0] in HALF_WIDTH))
    high = [pair for pair in pairs if pair[0] > 0xA0 and pair[1] > 0xA0]
    if name in ("EUC_JP", "EUC_JIS_2004"):
        yield from (b"\x8f" + pair for pair in high)
    if name == "EUC_TW":
        yield from (bytes([0x8E, plane]) + pair for plane in range(0xA1, 0xB1) for pair in high)


def mapped(server, function, kind, values, name):
    """What the function makes of each value that it takes."""
    rows = server.execute(
        f"select v, r from (select v, pg_temp.{function}(v, %s) r from unnest(%s::{kind}[]) v) t"
        " where r is not null",
        [name, values],
    )
    return {bytes(v) if kind == "bytea" else v: r if kind == "bytea" else bytes(r) for v, r in rows}


def lines(found):
    """Neighbouring codes of one mark share a line."""
    line, follows = "", None
    for code, mark, text in sorted(found):
        if (mark, code) != follows or mark == "+":
            if line:
                yield line
            line = f"{mark}{code:x} "
        line += text
        follows = (mark, code + 1)
    yield line


def main():
    server = psycopg.connect(sys.argv[1], autocommit=True)
    server.execute(READ)
    server.execute(WRITE)
    characters = [chr(c) for c in (*range(0x80, 0xD800), *range(0xE000, 0x30000))]
    for name in SINGLE + MULTIPLE:
        read = mapped(server, "readable", "bytea", list(codes(name)), name)
        written = mapped(server, "writable", "text", characters, name)
        pairs = [text for text in read.values() if len(text) > 1]
        written |= mapped(server, "writable", "text", pairs, name)
        number = {code: int.from_bytes(code, "big") for code in (*read, *written.values())}
        found = []
        for code, text in read.items():
            both = written.get(text) == code
            mark = "+" if len(text) > 1 else "" if both else "<"
            assert both or len(text) == 1, (name, code)
            found.append((number[code], mark, text))
        for text, code in written.items():
            rule = name == "GB18030" and len(code) == 4
            if read.get(code) != text and not rule:
                found.append((number[code], ">", text))
        print(f"# {name}")
        for line in lines(found):
            print(line)


main()
