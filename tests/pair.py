"""The program and beside it a real PostgreSQL 15 with the same rows, for what is said to both.

The same pair as in tests/it/clients.rs: a demo tenant, served; a PostgreSQL made by
`syllabase schema ddl`, with the same role, rights and settings of role and database.
"""

import os
import pathlib
import platform
import shutil
import socket
import subprocess

SERVERS = pathlib.Path("/usr/lib/postgresql/15/bin")
SCHEMAS = ["learnink", "learnamp", "learning360"]
STATUS = "syllabase"
DATABASE = "acme"
ROLE = "reporting"
STOP_SECONDS_MOST = 30

CREATE = """
    create role syllabase; create role reporting login; grant syllabase to reporting;
    alter role reporting set default_transaction_read_only = on
"""
RIGHTS = f"""
    revoke all on schema {', '.join([*SCHEMAS, STATUS])} from syllabase;
    grant usage on schema {', '.join([*SCHEMAS, STATUS])} to syllabase;
    revoke all on all tables in schema {', '.join([*SCHEMAS, STATUS])} from syllabase;
    grant select on all tables in schema {', '.join([*SCHEMAS, STATUS])} to syllabase;
    drop extension plpgsql;
    revoke create on schema public from pg_database_owner;
    revoke temporary on database acme from public;
    revoke all on database acme from syllabase;
    grant connect on database acme to syllabase
"""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def machine():
    model = next(line for line in open("/proc/cpuinfo") if line.startswith("model name")).split(":")[1].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"


class Server:
    """What both have: a place, and the reader who comes there."""

    port: int
    password: str

    def environment(self):
        """How libpq, and whoever reads its variables, finds the server."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGDATABASE": DATABASE,
            "PGUSER": ROLE,
            "PGPASSWORD": self.password,
        }

    def conninfo(self, user=ROLE, database=DATABASE):
        return (
            f"host=127.0.0.1 port={self.port} dbname={database} user={user}"
            f" password={self.password} sslmode=disable"
        )

    def connect(self, user=ROLE, database=DATABASE):
        import psycopg  # here, because who only lists packages has no drivers yet

        return psycopg.connect(self.conninfo(user, database), autocommit=True)

    def tables(self):
        with self.connect() as connection:
            found = connection.execute(
                "select format('%%I.%%I', table_schema, table_name) from information_schema.tables"
                " where table_schema = any(%s) order by 1",
                [SCHEMAS],
            )
            return [name for (name,) in found]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class Syllabase(Server):
    name = "syllabase"

    def __init__(self, program, data):
        self.program, self.data = program, data

    def say(self, *words):
        """One command of the program on the data folder."""
        run(self.program, "--data", self.data, *words, stdout=subprocess.DEVNULL)

    def make(self, people):
        self.say("demo", "--no-serve", "--people", people)

    def start(self):
        sheet = (self.data / "acme-reporting.txt").read_text()
        self.password = next(line.split()[1] for line in sheet.splitlines() if line.startswith("password"))
        self.process = subprocess.Popen(
            [self.program, "--data", self.data, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=open(self.data / "serve.log", "w"),
            text=True,
        )
        self.pid = self.process.pid
        for line in self.process.stdout:
            if line.startswith("serving on "):
                self.port = int(line.split(";")[0].split()[2].rsplit(":")[-1])
                return
        raise SystemExit(f"syllabase does not serve: {(self.data / 'serve.log').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_SECONDS_MOST)

    def version(self):
        return run(self.program, "--version", capture_output=True, text=True).stdout.strip()


class PostgreSQL(Server):
    """A cluster in a folder; the server refuses to be root, so root hands the folder to `postgres`."""

    name = "PostgreSQL"
    password = "unused"
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "''",
        "fsync": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }

    def __init__(self, folder, **settings):
        self.folder, self.settings = folder, self.settings | settings

    def as_server(self, program, *arguments):
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        run(*prefix, SERVERS / program, *arguments, cwd="/", stdout=subprocess.DEVNULL)

    def start(self):
        cluster = self.folder / "cluster"
        if not cluster.exists():
            self.folder.mkdir(exist_ok=True)
            if os.getuid() == 0:
                shutil.chown(self.folder, "postgres")
            self.as_server(
                "initdb", "-U", "postgres", "--auth=trust", "--no-sync",
                "--locale=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8", "-D", cluster,
            )  # fmt: skip
        self.port = free_port()
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        self.as_server(
            "pg_ctl", "start", "--wait", "-D", cluster,
            "-l", self.folder / "log", "-o", f"-p {self.port} {options}",
        )  # fmt: skip
        self.pid = int((cluster / "postmaster.pid").read_text().split()[0])

    def stop(self):
        self.as_server("pg_ctl", "stop", "--mode=fast", "-D", self.folder / "cluster")

    def superuser(self, database=DATABASE):
        return self.connect("postgres", database)

    def fill_from(self, syllabase):
        """Makes the database out of our DDL and our rows; one that is there is left as it is."""
        with self.superuser("postgres") as first:
            if first.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                return
            first.execute(CREATE)
            first.execute(f"create database {DATABASE} owner syllabase")
            first.execute(f"alter database {DATABASE} set search_path = {', '.join(SCHEMAS)}, public")
        ddl = run(syllabase.program, "schema", "ddl", capture_output=True, text=True).stdout
        status = run(syllabase.program, "schema", "ddl", "--status", capture_output=True, text=True).stdout
        with self.superuser() as into, syllabase.connect() as out:
            # Internal functions are a superuser's to make.
            into.execute("begin; alter role syllabase superuser; set local role syllabase")
            into.execute(ddl)
            into.execute(status)
            into.execute("reset role; alter role syllabase nosuperuser; set local session_replication_role = replica")
            for table in syllabase.tables():
                copy_out = f"copy (select * from {table}) to stdout (format binary)"
                with out.cursor().copy(copy_out) as rows:
                    with into.cursor().copy(f"copy {table} from stdin (format binary)") as copied:
                        for block in rows:
                            copied.write(block)
            into.execute(RIGHTS)
            into.execute("commit")
            into.execute("vacuum analyze")

    def version(self):
        with self.connect() as connection:
            return connection.execute("select version()").fetchone()[0].split(" on ")[0]
