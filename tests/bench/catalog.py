"""What a BI tool's first sync costs: every statement about the catalog, beside PostgreSQL.

The statements are those that real clients send (recorded on their way to the server, from the
scripts of tests/clients) and those of the areas of tests/differential about catalogs. Each is said
several times to both servers by one client; the first time counts too, as a tool says most once.
"""

import os
import pathlib
import shlex
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import psycopg

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
AREAS = ["catalog", "information_schema", "metadata_queries", "system_info"]
CLIENTS = {
    "psql": [sys.executable, TESTS / "clients/psql.py"],
    "pgjdbc": ["java", "-cp", "/usr/share/java/postgresql.jar", TESTS / "clients/Pgjdbc.java"],
    "psqlODBC": [sys.executable, TESTS / "clients/psqlodbc.py"],
    "SQLAlchemy": [sys.executable, TESTS / "clients/sqlalchemy_reflection.py"],
}
TOUR = "pgjdbc"
SLOWEST = 20
SHOWN_WIDTH = 110
PROTOCOL_3 = 196608


class Recorder:
    """Stands between a client and a server and keeps the statements that pass."""

    def __init__(self, host, port):
        self.target, self.texts = (host, port), {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for work, ends in ((self.forth, (client, server)), (self.back, (server, client))):
                threading.Thread(target=work, args=ends, daemon=True).start()

    def back(self, server, client):
        try:
            while block := server.recv(1 << 16):
                client.sendall(block)
        except OSError:
            pass  # The client has left, and its other direction closed the socket.
        client.close()

    def forth(self, client, server):
        stream, begun = client.makefile("rb"), False
        while True:
            kind = stream.read(1) if begun else b""
            length = stream.read(4)
            if len(length) < 4:
                server.close()
                return
            body = stream.read(struct.unpack("!i", length)[0] - 4)
            begun = begun or struct.unpack("!i", body[:4])[0] == PROTOCOL_3
            if kind == b"Q":
                self.keep(body[:-1])
            elif kind == b"P":
                self.keep(body.split(b"\0")[1])
            server.sendall(kind + length + body)

    def keep(self, text):
        text = text.decode("utf-8", "replace").strip().rstrip(";")
        # A statement with parameters cannot be said again without their values.
        if text.lower().startswith(("select", "with", "table", "values")) and "$1" not in text:
            self.texts[text] = None


def recorded(server):
    """The statements of all clients, in the order sent, by client."""
    found = {}
    for name, command in CLIENTS.items():
        recorder = Recorder("127.0.0.1", server.port)
        took(server, command, {"PGPORT": str(recorder.port)})
        found[name] = list(recorder.texts)
    return found


def took(server, command, more=None):
    """Seconds of one run of a client at a server."""
    environment = os.environ | server.environment() | {"TZ": "UTC", "LC_ALL": "C.UTF-8"} | (more or {})
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        subprocess.run(
            [str(word) for word in command], cwd=folder, env=environment,
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return time.monotonic() - begun


def areas():
    """The statements of tests/differential about catalogs that stand alone."""
    for area in AREAS:
        for line in (TESTS / f"differential/{area}.sql").read_text().splitlines():
            if line.lower().startswith(("select", "with", "table", "values")):
                yield line


def times(connection, statement, repeat):
    """Milliseconds of each time; None when the server refuses."""
    found = []
    for _ in range(repeat):
        begun = time.perf_counter()
        try:
            connection.execute(statement).fetchall()
        except psycopg.Error:
            return None
        found.append((time.perf_counter() - begun) * 1000)
    return found


def share(values, part):
    """The value that a part of all values is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measure(servers, planned, repeat, say):
    """All figures; `planned` are the statements whose way to a plan is timed, by name."""
    ours, planned = servers[0], list(planned)
    by_client = recorded(ours) | {"tests/differential": list(areas())}
    seen, lines = set(), []
    connections = {server.name: server.connect() for server in servers}
    for client, texts in by_client.items():
        for text in texts:
            if text in seen:
                continue
            seen.add(text)
            found = {name: times(connection, text, repeat) for name, connection in connections.items()}
            if all(found.values()):
                lines.append({"client": client, "statement": text} | found)
    say(f"{len(lines)} statements about the catalog")
    tour = {server.name: min(took(server, CLIENTS[TOUR]) for _ in range(2)) for server in servers}
    explained = {}
    for name, statement in planned:
        found = times(connections[ours.name], f"explain {statement}", repeat + 1)
        if found:
            explained[name] = statistics.median(found[1:])
    nothing = times(connections[ours.name], "explain select 1", repeat + 1)
    analysed = {
        server.name: [analysis(connections[server.name], statement, repeat) for _, statement in planned] for server in servers
    }
    return {
        "lines": lines,
        "tour": tour,
        "explained": explained,
        "nothing": statistics.median(nothing),
        "analysed": analysed,
    }


def analysis(connection, text, repeat):
    """Milliseconds from a Parse message to its answer: the statement is read and analysed, not planned."""
    took = []
    for _ in range(repeat + 1):
        begun = time.perf_counter()
        answer = connection.pgconn.prepare(b"", text.encode())
        if answer.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise SystemExit(f"not analysed: {text}: {answer.error_message}")
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took[1:])


def page(report):
    """The part of docs/benchmarks.md."""
    names = ["PostgreSQL", "syllabase"]
    lines = [
        f"{len(report['lines'])} statements about the catalog, as psql, pgjdbc, psqlODBC and SQLAlchemy send them and as"
        " tests/differential has them, each said several times by one client. Milliseconds at the client: of each"
        " statement its median, and its slowest (mostly the first).",
        "",
        "| | statements | PostgreSQL median, 95 %, slowest | syllabase median, 95 %, slowest | first time over 50 ms |",
        "|---|---|---|---|---|",
    ]
    clients = list(dict.fromkeys(line["client"] for line in report["lines"]))
    for client in [*clients, None]:
        chosen = [line for line in report["lines"] if client in (None, line["client"])]
        cells = []
        for name in names:
            medians = [statistics.median(line[name]) for line in chosen]
            most = max(max(line[name]) for line in chosen)
            cells.append(f"{statistics.median(medians):.1f}, {share(medians, 0.95):.1f}, {most:.0f}")
        late = sum(max(line["syllabase"]) > 50 for line in chosen)
        lines.append(f"| {client or '**all**'} | {len(chosen)} | {' | '.join(cells)} | {late} |")
    tour = report["tour"]
    lines += [
        "",
        f"All of DatabaseMetaData through pgjdbc, with the start of Java: PostgreSQL {tour['PostgreSQL']:.2f} s,"
        f" syllabase {tour['syllabase']:.2f} s.",
        "",
        "The slowest:",
        "",
        "| | PostgreSQL median | syllabase median | first |",
        "|---|---|---|---|",
    ]
    slowest = sorted(report["lines"], key=lambda line: -statistics.median(line["syllabase"]))
    for line in slowest[:SLOWEST]:
        text = " ".join(line["statement"].split()).replace("|", "\\|")
        shown = text if len(text) <= SHOWN_WIDTH else text[:SHOWN_WIDTH] + "…"
        theirs, ours = (statistics.median(line[name]) for name in names)
        lines.append(f"| `{shown}` | {theirs:.1f} | {ours:.1f} | {line['syllabase'][0]:.0f} |")
    explained = list(report["explained"].values())
    lines += [
        "",
        "### From text to plan",
        "",
        f"EXPLAIN of the dashboard statements and sample queries ({len(explained)}), milliseconds at the client: median"
        f" {statistics.median(explained):.1f}, 95 % {share(explained, 0.95):.1f}, slowest {max(explained):.1f};"
        f" of `select 1` {report['nothing']:.1f}.",
        "",
        "Of that, reading and analysing the statement (from Parse to its answer): "
        + "; ".join(
            f"{name} median {statistics.median(report['analysed'][name]):.2f}, 95 % {share(report['analysed'][name], 0.95):.2f}"
            for name in names
        )
        + ".",
    ]
    return lines


class Known:
    """A server that runs already, by its conninfo."""

    def __init__(self, name, conninfo):
        self.name = name
        self.words = dict(word.split("=", 1) for word in shlex.split(conninfo))
        self.port = int(self.words["port"])

    def environment(self):
        names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
        return {variable: self.words[name] for name, variable in names.items() if name in self.words}

    def connect(self):
        return psycopg.connect(**self.words, autocommit=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("catalog.py CONNINFO-OF-SYLLABASE CONNINFO-OF-POSTGRESQL")
    sys.path.insert(0, str(HERE))
    import bench

    pair = [Known("syllabase", sys.argv[1]), Known("PostgreSQL", sys.argv[2])]
    print("\n".join(page(measure(pair, bench.statements(), 5, bench.say))))
