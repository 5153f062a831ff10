"""syllabase beside PostgreSQL and DuckDB: the same rows, the same statements, one run, ratios.

    make bench                      builds the release program and runs everything
    bench.py --only dashboards      one part of it
    bench.py --people 2000          another size

What comes out is docs/benchmarks.md. Nothing here passes or fails by time.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import time

import catalog
import duckdb
import psycopg
from cost import put_section

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import nights  # noqa: E402
import tenants  # noqa: E402
from pair import SCHEMAS, PostgreSQL, Syllabase, machine, run  # noqa: E402

SETTINGS = {"shared_buffers": "2GB", "work_mem": "64MB", "max_wal_size": "8GB"}
BIG = "learnamp.activities"
SAMPLE_SECONDS = 0.02
SECONDS_MOST = 60


def say(text):
    print(text, file=sys.stderr, flush=True)


class Memory:
    """The most private memory (RssAnon) a server and its children had while the block ran."""

    def __init__(self, pid):
        self.pid, self.most, self.stop = pid, 0, threading.Event()

    def now(self):
        pids = [self.pid]
        for child in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            pids.append(int(child))
        total = 0
        for pid in pids:
            try:
                for line in open(f"/proc/{pid}/status"):
                    if line.startswith("RssAnon"):
                        total += int(line.split()[1])
            except OSError:
                pass  # a backend that ended meanwhile
        return total / 1024

    def watch(self):
        while not self.stop.wait(SAMPLE_SECONDS):
            self.most = max(self.most, self.now())

    def __enter__(self):
        self.before = self.most = self.now()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class Demo(Syllabase):
    """A demo customer with one big table."""

    def load(self, people, copies):
        if (self.data / "loaded").exists():
            return
        exports = self.data / "demo-exports"
        self.make(people)
        # The one big table: the demo's activities several times over, each time with ids of their own.
        parts, aside = exports / "learnamp/activities", exports / "activities"
        parts.rename(aside)
        parts.mkdir()
        files = duckdb.connect()
        files.execute(f"create table a as from read_csv('{aside}/*', all_varchar = true, union_by_name = true)")
        (rows,) = files.execute("select max(id::int) from a").fetchone()
        for copy in range(copies):
            files.execute(
                f"copy (select * replace ((id::int + {copy * rows})::text as id) from a)"
                f" to '{parts / f'{copy}.csv'}' (header)"
            )
        shutil.rmtree(aside)
        begun = time.monotonic()
        self.say("sync", "run", "acme", "learnamp")
        say(f"sync of learnamp: {time.monotonic() - begun:.1f} s")
        (self.data / "loaded").touch()


class DuckDB:
    name = "DuckDB"

    def __init__(self, work):
        self.connection = duckdb.connect(str(work / "duck.db"))

    def ask(self, statement):
        """All rows; a statement that takes longer than a minute is interrupted."""
        late = threading.Timer(SECONDS_MOST, self.connection.interrupt)
        late.start()
        try:
            return self.connection.execute(statement).fetchall()
        finally:
            late.cancel()

    def load_from(self, syllabase):
        loaded = self.connection.execute("select count(*) from information_schema.schemata where schema_name = 'learnamp'")
        if loaded.fetchone()[0]:
            return
        for product in SCHEMAS:
            self.connection.execute(f"create schema {product}")
            folder = syllabase.data / "snapshots/acme" / product
            newest = max((folder / "published").glob("*.json"), key=lambda path: path.name)
            snapshot = json.loads(newest.read_text())["snapshot"]
            manifest = json.loads((folder / "data" / snapshot / "manifest.json").read_text())
            for table, entry in manifest["tables"].items():
                files = [str(folder / file["path"]) for file in entry["files"]]
                self.connection.execute(
                    f'create table {product}."{table}" as from read_parquet(?)', [files]
                )


def measure_export(server, statement, client):
    """Seconds, megabytes of output and memory of one export through psql."""
    command = ["psql", "-X", "-q", "-A", "-t", *client, "-c", statement, server.conninfo()]
    with Memory(server.pid) as memory:
        begun = time.monotonic()
        psql = subprocess.Popen(command, stdout=subprocess.PIPE)
        size = 0
        while block := os.read(psql.stdout.fileno(), 1 << 20):
            size += len(block)
        if psql.wait() != 0:
            raise SystemExit(f"{server.name}: {statement} failed")
        seconds = time.monotonic() - begun
    return {"seconds": seconds, "megabytes": size / 1e6, "memory": memory.most, "before": memory.before}


EXPORTS = {
    "COPY, text": ("copy (select * from {table}) to stdout", []),
    "COPY, csv": ("copy (select * from {table}) to stdout (format csv, header)", []),
    "COPY, binary": ("copy (select * from {table}) to stdout (format binary)", []),
    "SELECT through a cursor of 10,000": ("select * from {table}", ["-v", "FETCH_COUNT=10000"]),
    "SELECT, the whole result in psql": ("select * from {table}", []),
}


def exports(servers, repeat):
    report = []
    with servers[0].connect() as connection:
        rows = connection.execute(f"select count(*) from {BIG}").fetchone()[0]
        most = connection.execute(f"select max(id) from {BIG}").fetchone()[0]
    part = f"(select * from {BIG} where id <= {most // 5}) part"
    for what, (statement, client) in EXPORTS.items():
        line = {"what": what, "rows": rows}
        for server in servers:
            measure_export(server, statement.format(table=part), client)
            small = measure_export(server, statement.format(table=part), client)
            tries = [measure_export(server, statement.format(table=BIG), client) for _ in range(repeat)]
            best = min(tries, key=lambda tried: tried["seconds"])
            best["memory"] = max(tried["memory"] for tried in tries)
            line[server.name] = best | {"memory of a fifth": small["memory"]}
            say(f"{what}: {server.name} {best}")
        report.append(line)
    return report


def statements():
    """Dashboard statements, then the sample queries."""
    found, name, text = [], None, []
    for line in (HERE / "dashboards.sql").read_text().splitlines() + ["-- end"]:
        if line.startswith("-- "):
            if text:
                found.append((name, "\n".join(text)))
            name, text = line.removeprefix("-- "), []
        elif line:
            text.append(line)
    for path in sorted((ROOT / "sample_queries").glob("*/*.sql")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("--")]
        found.append((f"sample {path.parent.name}/{path.stem}", "\n".join(lines).strip().rstrip(";")))
    return found


def timed(ask, repeat):
    """Milliseconds of the first run and the median of the following ones."""
    times = []
    for _ in range(repeat + 1):
        begun = time.perf_counter()
        rows = ask()
        times.append((time.perf_counter() - begun) * 1000)
        if sum(times) > SECONDS_MOST * 1000:
            break
    return {"first": times[0], "median": statistics.median(times[1:] or times)}, rows


def dashboards(servers, duck, repeat):
    report, connections = [], [(server.name, server.connect()) for server in servers]
    for name, statement in statements():
        line, answers = {"what": name}, []
        for server, connection in connections:
            try:
                line[server], rows = timed(lambda c=connection: c.execute(statement).fetchall(), repeat)
            except psycopg.Error as error:
                say(f"{server} does not answer {name}: {error}")
                line[server], rows = None, None
            answers.append(rows)
        line["equal"] = answers[0] == answers[1]
        try:
            line["DuckDB"], _ = timed(lambda: duck.ask(statement), repeat)
        except duckdb.Error as error:
            line["DuckDB"] = None
            say(f"DuckDB does not answer {name}: {str(error).splitlines()[0]}")
        say(json.dumps(line))
        report.append(line)
    return report


def mean(ratios):
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def export_page(report):
    lines = [
        f"All {report[0]['rows']:,} rows of `{BIG}`.",
        "Wall time of psql, best of the tries; the largest private memory (RssAnon) of the server's",
        "processes for all rows, and for a fifth of them.",
        "",
        "| | PostgreSQL | syllabase | ratio | MB | PostgreSQL memory | syllabase memory (a fifth) |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in report:
        theirs, ours = line["PostgreSQL"], line["syllabase"]
        lines.append(
            f"| {line['what']} | {theirs['seconds']:.2f} s | {ours['seconds']:.2f} s"
            f" | {ours['seconds'] / theirs['seconds']:.2f} | {ours['megabytes']:.0f}"
            f" | {theirs['memory']:.0f} MB | {ours['memory']:.0f} MB ({ours['memory of a fifth']:.0f} MB) |"
        )
    return lines


def dashboard_page(report):
    lines = [
        "Milliseconds at the client, median of warm runs. A ratio under 1 means syllabase is faster.",
        "DuckDB runs inside the measuring process: no connection, no protocol.",
        "",
        "| | PostgreSQL | DuckDB | syllabase | to PostgreSQL | to DuckDB |",
        "|---|---|---|---|---|---|",
    ]
    to_postgresql, to_duckdb = [], []
    for line in report:
        if not (line["syllabase"] and line["PostgreSQL"]):
            failed = "syllabase" if not line["syllabase"] else "PostgreSQL"
            lines.append(f"| {line['what']} | | | | {failed} refuses | |")
            continue
        ours, theirs, duck = line["syllabase"]["median"], line["PostgreSQL"]["median"], line["DuckDB"]
        to_postgresql.append(ours / theirs)
        duck_time, duck_ratio = "–", "–"
        if duck:
            to_duckdb.append(ours / duck["median"])
            duck_time, duck_ratio = f"{duck['median']:.1f}", f"{to_duckdb[-1]:.2f}"
        what = line["what"] + ("" if line["equal"] else " (answers differ)")
        lines.append(
            f"| {what} | {theirs:.1f} | {duck_time} | {ours:.1f} | {to_postgresql[-1]:.2f} | {duck_ratio} |"
        )
    lines.append(
        f"| **geometric mean** | | | | **{mean(to_postgresql):.2f}** | **{mean(to_duckdb):.2f}** |"
    )
    return lines


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", type=pathlib.Path, required=True, help="a release build of syllabase")
    options.add_argument("--work", type=pathlib.Path, required=True, help="where data is made and kept")
    options.add_argument("--people", type=int, default=25_000)
    options.add_argument("--copies", type=int, default=5, help="how often the big table's rows are repeated")
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--only", choices=["export", "dashboards", "catalog", "nights", "tenants"])
    options.add_argument("--rows", type=int, default=10_000_000, help="of the largest table of nights")
    options.add_argument("--sizes", type=int, nargs="*", default=[1_000_000, 5_000_000, 20_000_000, 50_000_000],
                         help="rows at which the memory of a night is looked at")  # fmt: skip
    options.add_argument("--parts", nargs="*", choices=nights.PARTS, default=nights.PARTS, help="of nights")
    options.add_argument("--tenants", type=int, default=1_000)
    options.add_argument("--page", type=pathlib.Path, default=ROOT / "docs/benchmarks.md")
    wanted = options.parse_args()
    work = wanted.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        work.chmod(0o755)
    program = wanted.program.resolve()
    # These have data, servers and sections of the page of their own.
    if wanted.only in (None, "nights"):
        nights.measure(program, work / "nights", wanted.page, wanted.rows, wanted.sizes, wanted.parts, say)
    if wanted.only in (None, "tenants"):
        tenants.measure(program, work / "tenants", wanted.page, wanted.tenants, say)
    if wanted.only in ("nights", "tenants"):
        return
    ours, theirs = Demo(program, work / "syllabase"), PostgreSQL(work / "postgresql", **SETTINGS)
    say("making the rows")
    ours.load(wanted.people, wanted.copies)
    ours.start()
    theirs.start()
    try:
        say("loading PostgreSQL")
        theirs.fill_from(ours)
        say("loading DuckDB")
        duck = DuckDB(work)
        duck.load_from(ours)
        made_by = [
            f"Made by `make bench` on {datetime.date.today():%d %B %Y}: {machine()}. {ours.version()},"
            f" {theirs.version()} ({', '.join(f'{k} {v}' for k, v in list(SETTINGS.items())[:2])},"
            f" vacuumed and analysed), DuckDB {duckdb.__version__}. A demo customer of"
            f" {wanted.people:,} people; `{BIG}` {wanted.copies} times over.",
            "",
        ]
        parts = {
            "export": ("Export", lambda: export_page(exports([theirs, ours], 2))),
            "dashboards": (
                "Dashboard statements and sample queries",
                lambda: dashboard_page(dashboards([theirs, ours], duck, wanted.repeat)),
            ),
            "catalog": (
                "First sync of a BI tool",
                lambda: catalog.page(catalog.measure([ours, theirs], statements(), wanted.repeat, say)),
            ),
        }
        for part, (title, measured) in parts.items():
            if wanted.only in (None, part):
                put_section(wanted.page, title, made_by + measured())
        say(f"written: {wanted.page}")
    finally:
        ours.stop()
        theirs.stop()


if __name__ == "__main__":
    main()
