"""Prints what asyncpg reads, learns of types, and is refused."""

import asyncio
import datetime as dt
import decimal
import io
import ipaddress
import json
import uuid

import asyncpg

print("asyncpg", asyncpg.__version__)
ZONE = dt.timezone(dt.timedelta(hours=2))
SCHEMAS = ["learnink", "learnamp", "learning360"]
# Every type with a codec of its own: values sent and received in binary.
VALUES = {
    "bool": [True, False],
    "int2": [-(2**15), 2**15 - 1],
    "int4": [-(2**31), 2**31 - 1],
    "int8": [-(2**63), 2**63 - 1],
    "oid": [0, 2**32 - 1],
    "float4": [1.5, float("inf"), float("nan"), -0.0],
    "float8": [1 / 3, float("-inf"), 5e-324],
    "numeric": [decimal.Decimal(text) for text in ("0", "-0.00010", "12345678901234567890.5000", "NaN", "1E+20")],
    "numeric(7,2)": [decimal.Decimal("12345.675")],
    "text": ["", "Zürich \\ ' \" 日本 😀"],
    "varchar(5)": ["Zürich"],
    "bpchar": ["a "],
    "name": ["n" * 63],
    '"char"': [b"a"],
    "bytea": [b"", b"\x00\xff\\"],
    "date": [dt.date(2026, 11, 22), dt.date.max, dt.date.min],
    "time": [dt.time(0), dt.time(23, 59, 59, 999999)],
    "timetz": [dt.time(12, 30, tzinfo=ZONE)],
    "timestamp": [dt.datetime(2026, 11, 22, 3, 4, 5, 678), dt.datetime.max, dt.datetime.min],
    "timestamptz": [dt.datetime(2026, 11, 22, 3, 4, tzinfo=ZONE), dt.datetime(1, 1, 1, tzinfo=dt.timezone.utc)],
    "interval": [dt.timedelta(days=-3, seconds=5, microseconds=7), dt.timedelta(days=400)],
    "uuid": [uuid.UUID(int=2**128 - 5)],
    "json": ['{"a": [1, null]}'],
    "jsonb": ['{"a": [1, null], "b": 1.50}', "7"],
    "jsonpath": ["$.a[*]"],
    "xml": ["<a/>"],
    "inet": [ipaddress.ip_interface("10.1.2.3/8"), ipaddress.ip_address("::1")],
    "cidr": [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")],
    "macaddr": ["08:00:2b:01:02:03"],
    "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "bit(4)": [asyncpg.BitString("1010")],
    "varbit": [asyncpg.BitString(""), asyncpg.BitString("10101010 1")],
    "money": ["$1.50"],
    "tid": [(1, 2)],
    "xid": [7],
    "cid": [7],
    "pg_lsn": [7],
    "xid8": [7],
    "regclass": ["learnamp.users", "pg_class"],
    "regtype": ["integer"],
    "regproc": ["now"],
    "regprocedure": ["lower(text)"],
    "regoper": ["||/"],
    "regoperator": ["+(integer,integer)"],
    "regnamespace": ["learnamp"],
    "regrole": ["reporting"],
    "regconfig": ["simple"],
    "regdictionary": ["simple"],
    "regcollation": ['"C"'],
    "int4[]": [[], [1, None, 3]],
    "text[]": [["a,b", '"', "\\", "NULL", None, ""]],
    "timestamp[]": [[dt.datetime(2026, 11, 22)]],
    "numeric[]": [[decimal.Decimal("1.50"), None]],
    "uuid[]": [[uuid.UUID(int=1)]],
    "jsonb[]": [["1", '{"a": 2}']],
    "bool[]": [[True, None]],
    "int4range": [asyncpg.Range(1, 5), asyncpg.Range(empty=True), asyncpg.Range(None, 3, upper_inc=True)],
    "int8range": [asyncpg.Range(1, None)],
    "numrange": [asyncpg.Range(decimal.Decimal("1.5"), decimal.Decimal("2.50"), lower_inc=False)],
    "daterange": [asyncpg.Range(dt.date(2026, 1, 1), dt.date(2026, 2, 1), upper_inc=True)],
    "tsrange": [asyncpg.Range(dt.datetime(2026, 1, 1), None)],
    "tstzrange": [asyncpg.Range(dt.datetime(2026, 1, 1, tzinfo=ZONE), None, lower_inc=False)],
    "int4multirange": [[], [asyncpg.Range(1, 3), asyncpg.Range(2, 7), asyncpg.Range(9, 10)]],
    "datemultirange": [[asyncpg.Range(dt.date(2026, 1, 1), None)]],
    "int4range[]": [[asyncpg.Range(1, 2), None]],
}
REFUSED = [
    "insert into learnamp.users (id) values (1)",
    "update learnamp.users set id = id",
    "delete from learnamp.users",
    "truncate learnamp.users",
    "create table t (a int)",
    "create temporary table t (a int)",
    "create type mood as enum ('sad')",
    "drop table learnamp.users",
    "select * into t from learnamp.users",
    "select * from learnamp.users for update",
    "select nothing",
    "select * from nothing",
    "select nothing()",
    "selec",
    "select 1/0",
    "select 'x'::int",
    "copy learnamp.users from stdin",
    "set nothing = 1",
    "set timezone = 'Nowhere'",
]


def fault(error):
    """What an error says."""
    if isinstance(error, asyncpg.PostgresError):
        facts = error.as_dict()
        for own in ("server_source_filename", "server_source_line", "server_source_function"):
            facts.pop(own, None)
        return f"{type(error).__name__} {sorted(facts.items())}"
    return f"{type(error).__name__} {error}"


async def attempt(what, making):
    try:
        print(what, "→", await making)
    except Exception as error:
        print(what, "!", fault(error))


def described(statement):
    kinds = [[(kind.name, kind.kind, kind.schema) for kind in statement.get_parameters()]]
    kinds.append([(one.name, one.type.name, one.type.kind, one.type.schema) for one in statement.get_attributes()])
    return kinds


async def settings(connection):
    """What is announced, and what a client may ask of it."""
    facts = connection.get_settings()
    for name in ("client_encoding", "DateStyle", "IntervalStyle", "is_superuser", "server_encoding",
                 "session_authorization", "standard_conforming_strings", "TimeZone", "integer_datetimes",
                 "in_hot_standby", "default_transaction_read_only", "application_name"):  # fmt: skip
        print(name, getattr(facts, name, None))
    print(connection.get_server_version()[:1], connection.is_in_transaction(), connection.get_server_pid() > 0)


async def values(connection):
    for kind, ones in VALUES.items():
        for one in ones:
            await attempt(f"{kind} {one!r}", connection.fetchval(f"select $1::{kind}", one))
        await attempt(f"{kind} null", connection.fetchval(f"select $1::{kind}", None))
        await attempt(f"{kind} array", connection.fetchval(f"select array[$1::{kind.removesuffix('[]')}]", None))
    literals = [
        "row(1, 'a', null)", "row(1, row(2, 'b'))", "array[row(1, 'a'), row(2, 'b')]", "'infinity'::date",
        "'-infinity'::timestamp", "'infinity'::timestamptz", "1e30::numeric", "'Infinity'::numeric", "null",
        "'unknown'",
        "'1 year 2 mons 3 days 04:05:06.7'::interval", "'24:00'::time", "b'101'", "x'1F'", "1::\"char\"",
        "current_date - current_date", "pg_typeof(1)", "'{[1,3),[5,7)}'::int4multirange",
        "array_agg(n) from generate_series(1, 3) n", "json_build_object('a', 1, 'b', array[1, 2])",
        "jsonb_agg(n) from generate_series(1, 3) n", "current_user", "'a'::name", "array['a'::name]",
        "'12:00+02'::timetz", "'7 days'::interval", "string_to_array('a,b', ',')",
    ]  # fmt: skip
    for literal in literals:
        await attempt(literal, connection.fetchval(f"select {literal}"))


async def types(connection):
    """Types of every kind, as asyncpg describes them after asking for what it does not know."""
    named = ["learnamp.users", "learnink.users", "pg_class", "int4range", "int4multirange", "pg_lsn[]", "regclass[]",
             "jsonpath[]", "xid8[]", "money[]", "pg_node_tree", "aclitem[]", "oidvector", "int4range[]",
             "information_schema.sql_identifier", "pg_type"]  # fmt: skip
    for name in named:
        async def describe():
            statement = await connection.prepare(f"select null::{name} as it, $1::{name} is null")
            return described(statement), await statement.fetchrow(None)

        await attempt(name, describe())


async def tables(connection):
    """All rows of all tables."""
    names = await connection.fetch(
        "select table_schema, table_name from information_schema.tables where table_schema = any($1) order by 1, 2",
        SCHEMAS,
    )
    for schema, name in names:
        statement = await connection.prepare(f'select * from "{schema}"."{name}" t order by t::text')
        print(schema, name, described(statement))
        for row in await statement.fetch():
            print(dict(row))


async def statements(connection):
    statement = await connection.prepare("select n, $2::text || n as t from generate_series(1, $1) n order by 1")
    print(described(statement), statement.get_statusmsg())
    print(await statement.fetch(3, "a"), statement.get_statusmsg())
    print(await statement.fetchval(3, "b", column=1), await statement.fetchrow(0, "c"))
    if hasattr(statement, "fetchmany"):
        print(await statement.fetchmany([(1, "x"), (2, "y")]))
    print(await connection.executemany("select $1::int", [(1,), (2,)]))
    await attempt("executemany", connection.executemany("insert into learnamp.users (id) values ($1)", [(1,), (2,)]))
    await attempt("one parameter", connection.fetch("select $1::int", 1, 2))
    await attempt("wrong parameter", connection.fetch("select $1::int", "x"))
    await attempt("no type", connection.fetch("select $1", "x"))
    await attempt("several", connection.fetch("select 1; select 2"))
    await attempt("several, simple", connection.execute("select 1; select 2"))
    await attempt("none", connection.fetch(""))
    await attempt("comment", connection.execute("-- nothing"))
    print(len(await statement.explain(3, "a")))
    # More statements than the cache holds.
    for turn in range(3):
        for number in range(130):
            await connection.fetchval(f"select {number} + $1::int", turn)
    print(await connection.fetchval("select $1::int", 7))
    row = await connection.fetchrow("select 1 as a, 2 as a, 3")
    print(row, list(row.keys()), list(row.values()))


async def cursors(connection):
    query = "select id, first_name from learnamp.users order by id"
    async with connection.transaction():
        async for row in connection.cursor(query, prefetch=7):
            print(row)
        cursor = await connection.cursor("select * from generate_series(1, $1) n", 20)
        print(await cursor.fetch(3), await cursor.fetchrow(), await cursor.fetch(99))
        print(await cursor.fetchrow())
        statement = await connection.prepare("select $1::int + n from generate_series(1, 5) n")
        print([row async for row in statement.cursor(10, prefetch=2)])

    async def outside():
        return [row async for row in connection.cursor("select 1")]

    await attempt("cursor outside", outside())


async def copies(connection):
    query = "select * from learnamp.users where id > $1 order by id limit 5"
    forms = [
        dict(format="csv"), dict(format="csv", header=True, delimiter=";", null="∅", quote="'", force_quote=True),
        dict(format="text", delimiter="|", null="-"), dict(format="binary"),
        dict(format="csv", force_quote=["first_name"]), dict(format="csv", delimiter="ab"),
    ]  # fmt: skip
    for form in forms:
        into = io.BytesIO()
        await attempt(f"copy {form}", connection.copy_from_query(query, 3, output=into, **form))
        print(into.getvalue())
    into = io.BytesIO()
    columns = ["id", "first_name"]
    copied = connection.copy_from_table("users", schema_name="learnamp", columns=columns, output=into, format="csv")
    await attempt("copy of a table", copied)
    print(sorted(into.getvalue().splitlines())[:5])
    await attempt("copy of no table", connection.copy_from_table("nothing", output=into))
    records = connection.copy_records_to_table("users", schema_name="learnamp", records=[(1,)], columns=["id"])
    await attempt("copy to a table", records)
    source = connection.copy_to_table("users", schema_name="learnamp", source=io.BytesIO(b"1\n"), columns=["id"])
    await attempt("copy from bytes", source)


async def transactions(connection):
    for isolation in ("read_uncommitted", "read_committed", "repeatable_read", "serializable"):
        for read_only in (True, False):
            async def inside():
                async with connection.transaction(isolation=isolation, readonly=read_only, deferrable=read_only):
                    async with connection.transaction():
                        shown = [await connection.fetchval(f"show transaction_{what}")
                                 for what in ("isolation", "read_only", "deferrable")]  # fmt: skip
                    return shown, await connection.fetchval("select count(*) from learnamp.users")

            await attempt(f"{isolation} {read_only}", inside())
    outer = connection.transaction()
    await outer.start()
    for statement in REFUSED:
        inner = connection.transaction()
        await inner.start()
        await attempt(statement, connection.fetch(statement))
        await inner.rollback()
    await attempt("fails", connection.fetch("select 1/0"))
    await attempt("after it", connection.fetch("select 1"))
    print(connection.is_in_transaction())
    await outer.rollback()
    for statement in REFUSED:
        await attempt(statement, connection.execute(statement))
    await connection.execute("reset all")


async def waits(connection):
    await attempt("timeout", connection.fetch("select pg_sleep(20)", timeout=0.2))
    await attempt("after it", connection.fetchval("select 1"))
    await attempt("statement_timeout", connection.execute("set statement_timeout = 100"))
    await attempt("sleep", connection.execute("select pg_sleep(20)"))
    await connection.execute("reset statement_timeout")
    task = asyncio.ensure_future(connection.fetch("select pg_sleep(20)"))
    await asyncio.sleep(0.2)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    await attempt("after it", connection.fetchval("select 2"))


async def codecs(connection):
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    await connection.set_type_codec(
        "json", encoder=lambda one: json.dumps(one).encode(), decoder=json.loads, schema="pg_catalog", format="binary"
    )
    print(await connection.fetchrow("select $1::jsonb as b, $2::json as j, $1::jsonb -> 'a' as a", {"a": [1]}, [2]))
    await connection.set_type_codec(
        "interval", encoder=tuple, decoder=tuple, schema="pg_catalog", format="tuple"
    )
    print(await connection.fetchval("select $1::interval", (14, -3, 7_000_001)))
    await connection.set_type_codec("numeric", encoder=str, decoder=str, schema="pg_catalog", format="text")
    print(await connection.fetchval("select $1::numeric + 1", "1.50"))
    await attempt("no type", connection.set_type_codec("nothing", encoder=str, decoder=str))
    # Domains come as their base type.
    await attempt(
        "domain",
        connection.set_type_codec("sql_identifier", schema="information_schema", encoder=str, decoder=str, format="text"),
    )
    await connection.reset_type_codec("numeric", schema="pg_catalog")
    await connection.reload_schema_state()
    print(await connection.fetchval("select 1.50::numeric"))


async def notices(connection):
    heard = asyncio.Queue()
    connection.add_log_listener(lambda _, message: heard.put_nowait(message))
    await connection.execute("begin; begin; commit; commit")
    for _ in range(2):
        print(fault(await asyncio.wait_for(heard.get(), 10)))
    called = asyncio.Queue()
    listen = lambda *facts: called.put_nowait(facts[2:])
    await attempt("listen", connection.add_listener("a", listen))
    await attempt("unlisten", connection.remove_listener("a", listen))


async def pools():
    async def prepare(connection):
        await connection.execute("set application_name = 'prepared'")

    settings = {"search_path": "learnamp", "timezone": "Europe/Zurich", "application_name": "tour"}
    pool = await asyncpg.create_pool(min_size=1, max_size=2, server_settings=settings, setup=prepare)
    names = ("search_path", "timezone", "application_name", "lock_timeout", "default_transaction_read_only")
    async with pool.acquire() as connection:
        print(connection.get_reset_query())
        print([await connection.fetchval(f"show {name}") for name in names])
        await connection.execute("set search_path = learnink; set timezone = 'Asia/Tokyo'; set lock_timeout = 77")
        await connection.execute("begin; declare c cursor for select 1; fetch c")
        print(await connection.fetchval("select '2026-07-01 12:00+00'::timestamptz::text"))
        await connection.execute("commit")
    async with pool.acquire() as connection:
        print([await connection.fetchval(f"show {name}") for name in names])
        print(await connection.fetchval("select count(*) from users"))
    print(await asyncio.gather(*(pool.fetchval("select $1::int", number) for number in range(12))))
    await pool.close()
    connection = await asyncpg.connect(statement_cache_size=0, command_timeout=30)
    for number in range(3):
        print(await connection.fetchrow("select $1::int, $2::text", number, "x"))
    await connection.close()
    for wrong in (dict(user="nobody"), dict(database="nowhere")):
        try:
            await (await asyncpg.connect(**wrong)).close()
        except asyncpg.PostgresError:
            print(list(wrong), "refused")  # in which words, is a matter of each server's door


async def main():
    connection = await asyncpg.connect()
    for part in (settings, values, types, tables, statements, cursors, copies, transactions, waits, codecs, notices):
        print("###", part.__name__)
        await part(connection)
        if connection.is_closed():
            raise SystemExit(f"{part.__name__} lost the connection")
    await connection.close()
    print("### pools")
    await pools()


asyncio.run(main())
