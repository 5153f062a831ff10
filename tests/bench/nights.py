"""What nights cost: a full load beside PostgreSQL's COPY and DuckDB's CSV-to-Parquet on the same files,
a night of 1 % changes, what readers notice of a publish, and memory at growing sizes.

The rows are made by one statement of DuckDB, always the same ones. Learn Amp's activities stand for a
table with numbers as keys that is exported as files; LearnInk's user_course_performance for one with
uuids and a change stamp, in a PostgreSQL. What the two refer to is there too.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import duckdb
import psycopg
from cost import Cost, bytes_below, cost, processor_seconds, put_section
from pair import PostgreSQL, Syllabase, machine, run

PEOPLE = 100_000
CONTENTS = 600
COURSES = 600
CHANGED = 100  # every so many rows one is another the next night
THREADS = os.cpu_count()
READERS = 2
READ_ROWS = 1_000_000
PUBLISHES = 20
QUIET_SECONDS = 20
WINDOW = 0.25  # seconds after a publish in which a reader might notice it
LINE_MOST = 1_000  # bytes
QUIET = "nothing else goes on"
MADE = "a night is made, not published"
BESIDE = "a command lists the snapshots"
PUBLISHED = "a command publishes"
PAUSE_SPANS = [QUIET, MADE, BESIDE, PUBLISHED]
KINDS = "['Item', 'Channel', 'Learnlist', 'Event', 'Quiz', 'Survey']"
VERBS = "['completed', 'started', 'viewed', 'failed']"
SOURCE_SETTINGS = {
    "fsync": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "2GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
}
LEARNAMP = {
    "users": f"""select i as id, 0 as sign_in_count, timestamp '2020-01-01' + interval (i) second as created_at,
        'First' || i as first_name, 'Last' || i as last_name, false as deactivated from range(1, {PEOPLE + 1}) r(i)""",
    "content": f"""select timestamp '2020-01-01' as created_at, 'video' as content_type, 'Content ' || i as name,
        lower({KINDS}[i % 6 + 1]) || '-' || i as type_with_id, {KINDS}[i % 6 + 1] as type from range({CONTENTS}) r(i)""",
}
# A person, a content and a verb come together once, so the newest of them is any.
ACTIVITIES = f"""
    select i as id, (i * 7919) % {PEOPLE} + 1 as user_id,
        timestamp '2021-01-01' + interval (i * 5 + hash(i) % 86400) second as happened_at,
        i % 4 = 0 as completed, case when hash(i + 1) % 20 = 0 then 'PASS' end as result,
        case when hash(i + 2) % 5 = 0 then hash(i) % 101 end as score,
        case when hash(i + 3) % 5 = 0 then hash(i + 4) % 7200 end as total_time,
        case when hash(i + 5) % 20 = 0 then timestamp '2024-01-01' + interval (i) second end as expired_at,
        true as single, {KINDS}[(i // {PEOPLE}) % {CONTENTS} % 6 + 1] as type, (i // {PEOPLE}) % {CONTENTS} as content_id,
        {VERBS}[i % 4 + 1] as verb, hash(i + 5) % 20 = 0 as expired
    from range(1, {{rows}} + 1) r(i)"""
ACTIVITY_TYPES = {
    "id": "integer", "user_id": "integer", "happened_at": "timestamp", "completed": "boolean",
    "result": "varchar", "score": "integer", "total_time": "integer", "expired_at": "timestamp",
    "single": "boolean", "type": "varchar", "content_id": "integer", "verb": "varchar", "expired": "boolean",
}  # fmt: skip
LEARNINK = {
    "users": f"""select md5('u' || i)::uuid as id, 'registered' as registration_status,
        timestamptz '2020-01-01 00:00:00Z' as created_at, timestamptz '2020-01-02 00:00:00Z' as registered_at,
        timestamptz '2020-01-02 00:00:00Z' + interval (i * 10) minute as updated_at from range({PEOPLE}) r(i)""",
    "courses": f"""select md5('c' || i)::uuid as id, 'Course ' || i as name, '' as description,
        timestamptz '2020-01-01 00:00:00Z' as created_at,
        timestamptz '2020-01-02 00:00:00Z' + interval (i) day as updated_at from range({COURSES}) r(i)""",
}
PERFORMANCE = f"""
    select md5('p' || i)::uuid as id, md5('u' || i % {PEOPLE})::uuid as user_id,
        md5('c' || (i // {PEOPLE}))::uuid as course_id,
        timestamptz '2021-01-01 00:00:00Z' + interval (i * 4 + hash(i) % 86400) second as started_at,
        case when hash(i + 1) % 10 < 7
            then timestamptz '2021-01-02 00:00:00Z' + interval (i * 4 + hash(i) % 86400) second end as completed_at,
        hash(i + 2) % 101 as average_score, null::text as certificate_id,
        hash(i + 3) % 11 as num_baseline_answers_correct, hash(i + 4) % 11 as num_baseline_answers_incorrect,
        hash(i + 5) % 11 as num_endline_answers_correct, hash(i + 6) % 11 as num_endline_answers_incorrect,
        hash(i + 7) % 3 as num_endline_attempts_successful, hash(i + 8) % 3 as num_endline_attempts_unsuccessful,
        timestamptz '2021-01-02 00:00:00Z' + interval (i * 4 + hash(i) % 86400) second as updated_at
    from range({{first}}, {{last}}) r(i)"""
# A night later: every so many rows are others, as many as half of them are gone, as many are new.
CHANGE = """
    select * replace (case when id % {each} = 0 then 50 else score end as score)
    from ({rows}) where id % {each} <> 1 or id % ({each} * 2) <> 1
    union all by name select * replace (id + {count} as id, happened_at + interval 1 year as happened_at)
    from ({rows}) where id % ({each} * 2) = 1"""


def written(path, statement, form="(header)"):
    """A file with the rows of a statement, made once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name("." + path.name)
        with duckdb.connect() as rows:
            rows.execute("set timezone = 'UTC'; set preserve_insertion_order = true")
            rows.execute(f"copy ({statement}) to '{aside}' {form}")
        aside.rename(path)
    return path


class Files:
    """A folder of exported files of Learn Amp."""

    def __init__(self, folder, rows):
        self.folder, self.rows, self.statement = folder, rows, ACTIVITIES.format(rows=rows)
        for table, statement in LEARNAMP.items():
            written(folder / "export" / f"{table}.csv", statement)
        self.big = written(folder / "export/activities.csv", self.statement)

    def night_later(self):
        """The same folder with 1 % of the rows others."""
        changed = CHANGE.format(rows=self.statement, each=CHANGED, count=self.rows)
        later = written(self.folder / "later.csv", changed)
        return later


class Tenant:
    """A data folder with one tenant of one product."""

    def __init__(self, program, data, product, *source):
        self.program, self.data, self.product = program, data, product
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        self.settings = data / "server.toml"
        self.settings.write_text(f'data = "{data}"\n')
        self.say("tenant", "add", "acme", "--product", product)
        self.say("tenant", "source", "acme", product, *source)

    def say(self, *words, **options):
        return cost(self.program, "--config", self.settings, *words, **options)

    def night(self, *words):
        """One run: its cost, its report, and the bytes of the new snapshot."""
        before = set(self.snapshots())
        run = self.say("sync", "run", "acme", *words, log=self.data / "sync.log")
        new = [name for name in self.snapshots() if name not in before]
        run.bytes = sum(bytes_below(self.folder() / "data" / name)[0] for name in new)
        records = sorted((self.folder() / "runs").glob("*.json"))
        record = json.loads(records[-1].read_text())
        run.tables = {table["table"]: table for table in record["tables"]}
        run.loading = sum(table["milliseconds"] for table in record["tables"]) / 1000
        return run

    def folder(self):
        return self.data / "snapshots/acme" / self.product

    def snapshots(self):
        data = self.folder() / "data"
        return [path.name for path in data.iterdir()] if data.is_dir() else []


DUCKDB = """
import duckdb, sys
one = duckdb.connect(config={'threads': int(sys.argv[1])})
one.execute(sys.argv[2])
"""


def duckdb_loads(files, folder):
    """DuckDB's CSV to Parquet, as a process of its own: plainly, and in the order we store rows in."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in ACTIVITY_TYPES.items())
    rows = f"from read_csv('{files.big}', header = true, columns = {{{columns}}})"
    for what, statement, options in [
        ("DuckDB, CSV to Parquet, snappy", rows, "compression snappy"),
        ("DuckDB, CSV to Parquet, zstd 1", rows, "compression zstd, compression_level 1"),
        (
            "DuckDB, the same in our order",
            f"{rows} order by happened_at, id",
            "compression zstd, compression_level 1",
        ),
    ]:
        target = folder / "duck.parquet"
        copy = f"copy ({statement}) to '{target}' (format parquet, {options})"
        run = cost(sys.executable, "-c", DUCKDB, THREADS, copy)
        run.bytes = target.stat().st_size
        target.unlink()
        yield what, run


def postgresql_loads(files, server):
    """PostgreSQL's COPY into the declared table, its primary key there before, or made after."""
    table = "bench.activities"
    with server.superuser("postgres") as connection:
        for what, before, after in [
            ("PostgreSQL, COPY into a table with its primary key", f"alter table {table} add primary key (id)", None),
            ("PostgreSQL, COPY, then the primary key", None, f"alter table {table} add primary key (id)"),
        ]:
            connection.execute("drop schema if exists bench cascade")
            connection.execute("checkpoint")
            (pid,) = connection.execute("select pg_backend_pid()").fetchone()
            columns = ", ".join(f"{name} {kind}" for name, kind in ACTIVITY_TYPES.items())
            begun, used = time.monotonic(), processor_seconds(pid)
            with connection.transaction():
                connection.execute("create schema bench")
                connection.execute(f"create table {table} ({columns})")
                if before:
                    connection.execute(before)
                connection.execute(f"copy {table} from '{files.big}' (format csv, header)")
                if after:
                    connection.execute(after)
            run = Cost(time.monotonic() - begun, processor_seconds(pid) - used, None, "")
            (run.bytes,) = connection.execute(f"select pg_total_relation_size('{table}')").fetchone()
            connection.execute("drop schema bench cascade")
            yield what, run


FORMS = {
    "syllabase, CSV": ("csv", None),
    "syllabase, Parquet": ("parquet", "(format parquet, compression zstd)"),
    "syllabase, NDJSON": ("ndjson", "(format json)"),
}


def full_loads(program, work, files, server, say):
    """The same rows through all of them; ours also from Parquet and NDJSON."""
    ran = [(what, one, files.big.stat().st_size) for what, one in postgresql_loads(files, server)]
    ran += [(what, one, files.big.stat().st_size) for what, one in duckdb_loads(files, work)]
    for what, (end, form) in FORMS.items():
        big = files.big
        if form:
            big = written(work / f"export-{end}" / f"activities.{end}", files.statement, form)
            for table in LEARNAMP:
                shutil.copy(files.folder / "export" / f"{table}.csv", big.parent)
        tenant = Tenant(program, work / "full", "learnamp", f"file://{big.parent}")
        ran.append((what, tenant.night(), big.stat().st_size))
        shutil.rmtree(tenant.data)
        if form:
            shutil.rmtree(big.parent)
    lines = []
    for what, one, size in ran:
        line = {"what": what, "wall": one.wall, "processor": one.processor, "memory": one.memory,
                "bytes": one.bytes, "size": size, "loading": getattr(one, "loading", None)}  # fmt: skip
        say(f"full load, {line}")
        lines.append(line)
    return lines


def night(what, run):
    return {"what": what, "wall": run.wall, "processor": run.processor, "memory": run.memory, "bytes": run.bytes,
            "read": sum(table["read"] for table in run.tables.values())}  # fmt: skip


def nights_from_files(program, work, files, say):
    """A full night, one in which nothing changed, one in which 1 % did; all from files."""
    tenant = Tenant(program, work / "files", "learnamp", f"file://{files.folder / 'export'}")
    lines = [night("full", tenant.night()), night("nothing changed", tenant.night())]
    later, aside = files.night_later(), files.folder / "before.csv"
    files.big.rename(aside)
    try:
        os.link(later, files.big)
        lines.append(night("1 % changed, all is read and compared", tenant.night()))
    finally:
        files.big.unlink(missing_ok=True)
        aside.rename(files.big)
    for line in lines:
        say(f"files, {line}")
    shutil.rmtree(tenant.data)
    return lines


def filled(server, program, rows, folder):
    """A PostgreSQL with LearnInk's tables, as a platform's replica would have them."""
    ddl = run(program, "schema", "ddl", "learnink", "--part", "tables", capture_output=True, text=True).stdout
    wanted = LEARNINK | {"user_course_performance": PERFORMANCE.format(first=0, last=rows)}
    with server.superuser("postgres") as connection:
        connection.execute("drop schema if exists learnink cascade")
        connection.execute(ddl)
        connection.execute("set session_replication_role = replica")
        for table, statement in wanted.items():
            path = written(folder / f"{table}-{rows}.csv", statement)
            os.chmod(path, 0o644)
            names = path.open().readline().strip()
            with connection.transaction():
                connection.execute(f"copy learnink.{table} ({names}) from '{path}' (format csv, header)")
        connection.execute("vacuum analyze")


def change(server, rows, people=PEOPLE):
    """Half a per cent of the rows become others, and half a per cent more come."""
    more = rows // (CHANGED * 2)
    now = "date_trunc('second', now())"
    with server.superuser("postgres") as connection:
        connection.execute(
            f"update learnink.user_course_performance set average_score = 50, updated_at = {now}"
            f" where hashtext(id::text) % {CHANGED * 2} = 0"
        )
        connection.execute(
            "insert into learnink.user_course_performance select gen_random_uuid(), user_id, course_id, started_at,"
            " completed_at, average_score, certificate_id, num_baseline_answers_correct,"
            " num_baseline_answers_incorrect, num_endline_answers_correct, num_endline_answers_incorrect,"
            f" num_endline_attempts_successful, num_endline_attempts_unsuccessful, {now}"
            f" from learnink.user_course_performance limit {more}"
        )


def nights_from_postgresql(program, work, server, rows, say):
    """A full night, then nights for which only changes are asked."""
    filled(server, program, rows, work)
    source = f"postgresql://postgres@127.0.0.1:{server.port}/postgres?sslmode=disable"
    tenant = Tenant(program, work / "database", "learnink", source, "--schema", "learnink")
    lines = [night("full", tenant.night()), night("nothing changed", tenant.night())]
    change(server, rows)
    lines.append(night("1 % changed, only that is read", tenant.night()))
    with server.superuser("postgres") as connection:
        connection.execute("create index on learnink.user_course_performance (updated_at)")
        connection.execute("vacuum analyze learnink.user_course_performance")
    change(server, rows)
    lines.append(night("the same, the source has an index on the change stamp", tenant.night()))
    change(server, rows)
    with tenant.settings.open("a") as settings:
        settings.write('[limits.sync]\ncompare_every = "1s"\n')
    lines.append(night("1 % changed, and all keys are compared", tenant.night()))
    for line in lines:
        say(f"PostgreSQL, {line}")
    shutil.rmtree(tenant.data)
    return lines


READER = """
import sys, time, psycopg
conninfo, statement = sys.argv[1:3]
with psycopg.connect(conninfo, autocommit=True) as connection:
    print("ready", flush=True)
    while True:
        begun = time.time()
        connection.execute(statement).fetchall()
        print(f"{begun} {time.time() - begun}", flush=True)
"""
# What a dashboard asks all day: one person, one content, a month.
STATEMENT = """
    select a.verb, count(*), avg(a.score) from learnamp.activities a join learnamp.content c on c.type_with_id =
    lower(a.type) || '-' || a.content_id where a.happened_at >= '2021-02-01' and a.happened_at < '2021-02-08' group by 1
"""


def shorter(source, target):
    """A copy of a file of lines without its last one."""
    shutil.copy(source, target)
    with target.open("r+b") as file:
        end = file.seek(-LINE_MOST, os.SEEK_END)
        file.truncate(end + file.read()[:-1].rindex(b"\n") + 1)


def publish_pause(program, work, files, say):
    """Latencies of steady readers around publications, and when nobody publishes.

    A night that loses a row is held here, so that what is published was made before: publishing is
    seen apart from making. A command that publishes nothing is said as often, to tell what starting a
    process costs the readers.
    """
    source = files.folder / "export"
    server = Served(program, work / "readers", f"file://{source}")
    server.load()
    spans = {name: [] for name in PAUSE_SPANS}
    with server:
        with server.connect() as connection:
            for _ in range(5):
                connection.execute(STATEMENT).fetchall()
        readers, heard = listened(server)
        time.sleep(3)
        began = time.time()
        time.sleep(QUIET_SECONDS)
        spans[QUIET].append((began, time.time()))
        for _ in range(PUBLISHES):
            begun = time.time()
            shorter(files.big, aside := source / ".aside")
            aside.rename(files.big)
            server.say("sync", "run", "acme", fails=True)
            spans[MADE].append((begun, time.time()))
            for what, words in [
                (BESIDE, ("snapshot", "list", "acme", "learnamp")),
                (PUBLISHED, ("snapshot", "publish", "acme", "learnamp", "--held")),
            ]:
                time.sleep(1)
                begun = time.time()
                server.say(*words)
                spans[what].append((begun, time.time() + WINDOW))
            # The next night is not to be in the window of the publication.
            time.sleep(1)
        for reader in readers:
            reader.kill()
            reader.wait()
    said = [tuple(map(float, line.split())) for lines in heard for line in lines if line[0].isdigit()]
    report = {"publishes": PUBLISHES, "readers": READERS, "rows": files.rows}
    for what, within in spans.items():
        times = sorted(
            took * 1000 for begun, took in said if any(begun <= last and begun + took >= first for first, last in within)
        )
        report[what] = {"count": len(times)} | {
            share: times[min(len(times) - 1, int(len(times) * part))] for share, part in SHARES.items()
        }
        say(f"readers, {what}: {report[what]}")
    shutil.rmtree(server.data)
    shutil.rmtree(files.folder)
    return report


def listened(server):
    """Readers at work, and what each of them says."""
    command = [sys.executable, "-c", READER, server.conninfo(), STATEMENT]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(READERS)]
    heard = [[] for _ in readers]

    def listen(reader, lines):
        for line in reader.stdout:
            lines.append(line)

    for pair in zip(readers, heard, strict=True):
        threading.Thread(target=listen, args=pair, daemon=True).start()
    return readers, heard


SHARES = {"median": 0.5, "95 %": 0.95, "99 %": 0.99, "slowest": 1.0}


class Served(Syllabase):
    """A data folder that is loaded from files in two nights, and served."""

    def __init__(self, program, data, source):
        super().__init__(program, data)
        self.source, self.settings = source, data / "server.toml"

    def say(self, *words, fails=False):
        """One command of the program; that a night is held is its failure."""
        command = [self.program, "--config", self.settings, *words]
        ended = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if (ended.returncode != 0) != fails:
            raise SystemExit(f"{' '.join(words)}: {ended.stdout}{ended.stderr}")

    def load(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.settings.write_text(f'data = "{self.data}"\n[limits.sync]\nshrink_percent = 0\n')
        self.say("tenant", "add", "acme", "--product", "learnamp")
        self.say("tenant", "source", "acme", "learnamp", self.source)
        self.say("tenant", "allow", "acme", "127.0.0.1")
        self.say("tenant", "credentials", "add", "acme", "reporting", "--handover", f"file:{self.data}/acme-reporting.txt")
        self.say("sync", "run", "acme")
        self.say("sync", "run", "acme")


def memory(program, work, sizes, say):
    """The most memory one run had, at growing sizes: of a full load, and of a night that compares all."""
    lines = []
    for rows in sizes:
        files = Files(work / f"memory-{rows}", rows)
        tenant = Tenant(program, work / "memory", "learnamp", f"file://{files.folder / 'export'}")
        full = tenant.night()
        later = files.night_later()
        megabytes = files.big.stat().st_size / 1e6
        files.big.unlink()
        os.link(later, files.big)
        second = tenant.night()
        line = {"rows": rows, "megabytes": megabytes, "full": night("full", full), "second": night("1 %", second)}
        say(f"memory: {line}")
        lines.append(line)
        shutil.rmtree(tenant.data)
        shutil.rmtree(files.folder)
    return lines


def shown(number, places=1):
    return "–" if number is None else f"{number:,.{places}f}"


def loads_page(lines, rows):
    page = [
        f"{rows:,} rows of `learnamp.activities`, the same for all. Ours is a whole `sync run` of the program: the files are digested before, and after unless their stamps say that nobody wrote to them,",
        "rows converted, judged, sorted, looked through for repeated keys, written (zstd, synced), and everything",
        "that is declared of the tables counted over what was written; PostgreSQL's has no index but the primary key",
        "and checks nothing else; DuckDB sorts, checks and syncs nothing, but in the last of its lines, which sorts.",
        "",
        "| | seconds | rows/s | MB/s of its file | processor seconds | memory at most, MB | written, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        page.append(
            f"| {line['what']} | {line['wall']:.1f} | {rows / line['wall']:,.0f} | {line['size'] / 1e6 / line['wall']:.0f}"
            f" | {line['processor']:.1f} | {shown(line['memory'], 0)} | {line['bytes'] / 1e6:,.0f} |"
        )
    ours = next(line for line in lines if line["what"] == "syllabase, CSV")
    ratios = [f"{line['wall'] / ours['wall']:.2f} of {line['what']}" for line in lines if line is not ours]
    page += [
        "",
        f"Of the {ours['wall']:.1f} s from CSV, {ours['loading']:.1f} s are reading to writing; the rest is digesting the"
        " files, counting checks, publishing.",
        f"Our rows a second from CSV (aim: at least DuckDB's): {'; '.join(ratios)}.",
    ]
    return page


def nights_page(what, lines):
    full = lines[0]["wall"]
    page = [
        what,
        "",
        "| night | rows read | seconds | of a full one | processor seconds | memory at most, MB | written, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        page.append(
            f"| {line['what']} | {line['read']:,} | {line['wall']:.2f} | {line['wall'] / full:.1%}"
            f" | {line['processor']:.2f} | {line['memory']:,.0f} | {line['bytes'] / 1e6:,.1f} |"
        )
    return page


def pause_page(report):
    page = [
        f"{report['readers']} readers say one dashboard statement after the other (a week by verb, from {report['rows']:,} rows),"
        f" while {report['publishes']} nights are made by another process on the same processors, wait, and are published"
        f" by a command of their own a second later. Milliseconds at the client of the statements that touch each"
        f" span; that of a command ends {WINDOW} s after it.",
        "",
        "| while | statements | " + " | ".join(SHARES) + " |",
        "|---|---|" + "---|" * len(SHARES),
    ]
    for what, times in report.items():
        if isinstance(times, dict):
            page.append(f"| {what} | {times['count']} | " + " | ".join(f"{times[share]:.1f}" for share in SHARES) + " |")
    return page


def memory_page(lines):
    page = [
        "The most memory (resident, files it reads included) of the process that runs a night, all comparing and"
        " checking included (aim: under 1,024 MB for any size): a full load, then a night from files in which 1 %"
        " changed.",
        "",
        "| rows | CSV, MB | full: memory, MB | seconds | 1 %: memory, MB | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for line in lines:
        full, second = line["full"], line["second"]
        page.append(
            f"| {line['rows']:,} | {line['megabytes']:,.0f} | {full['memory']:,.0f} | {full['wall']:.1f}"
            f" | {second['memory']:,.0f} | {second['wall']:.1f} |"
        )
    return page


PARTS = ["loads", "files", "database", "readers", "memory"]


def measure(program, work, page, rows, sizes, parts, say):
    """Measures the wanted parts; each has a section of the page of its own."""
    work.mkdir(parents=True, exist_ok=True)
    files = Files(work / f"activities-{rows}", rows)
    server = PostgreSQL(work / "postgresql", **SOURCE_SETTINGS)
    version = run(program, "--version", capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[1]
    busy = f" The machine was busy with other work (load {load:.0f})." if load > THREADS * 1.5 else ""
    head = [
        f"Made by `make bench BENCH='--only nights'` on {datetime.date.today():%d %B %Y}: {machine()}. {version} (release"
        f" build), PostgreSQL 15 ({', '.join(f'{name} {value}' for name, value in SOURCE_SETTINGS.items())}), DuckDB"
        f" {duckdb.__version__} ({THREADS} threads).{busy}",
        "",
    ]
    made = {}
    with server:
        if "loads" in parts:
            made["a full load"] = loads_page(full_loads(program, work, files, server, say), rows)
        if "files" in parts:
            what = f"{rows:,} rows of `learnamp.activities` as CSV: all is read and compared, only writing is saved."
            made["from files"] = nights_page(what, nights_from_files(program, work, files, say))
        if "database" in parts:
            what = f"{rows:,} rows of `learnink.user_course_performance`, whose change stamp can be asked for (aim: under 5 %)."
            made["from a PostgreSQL"] = nights_page(what, nights_from_postgresql(program, work, server, rows, say))
    if "readers" in parts:
        few = Files(work / f"activities-{READ_ROWS}", READ_ROWS)
        made["what readers notice"] = pause_page(publish_pause(program, work, few, say))
    if "memory" in parts:
        made["memory"] = memory_page(memory(program, work, sizes, say))
    for name, lines in made.items():
        put_section(page, f"Nights: {name}", head + lines)
    say(f"written: {page}")
