"""Real clients say the same to syllabase and to a PostgreSQL 15 with the same rows; what they print is compared.

    make clients                        all of them
    make clients CLIENTS=asyncpg,pandas    some of them

tests/clients/clients.toml lists them. A client is one script, which

- finds the server in the variables of libpq (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD),
- prints its own name and version as the first line, and then what it sees, line by line,
- runs in an empty folder of its own,
- ends with another code than 0 when a check of its own fails.

What comes out is docs/clients.md. A client that fails, or sees a difference, fails the whole run.
"""

import argparse
import datetime
import difflib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
from pair import PostgreSQL, Syllabase, machine  # noqa: E402

PEOPLE = 40
DIFFERENCES_MOST = 60
SECONDS_MOST = 1800

INTERPRETERS = {
    ".js": ["node"],
    ".pl": ["perl"],
    ".php": ["php"],
    ".R": ["Rscript", "--vanilla"],
    ".rb": ["ruby"],
    ".sh": ["bash", "-euo", "pipefail"],
    ".java": ["java", "-cp", "/usr/share/java/postgresql.jar"],
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def chosen(names):
    clients = tomllib.loads((HERE / "clients.toml").read_text())
    unknown = set(names) - set(clients)
    if unknown:
        raise SystemExit(f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(clients)}")
    return {name: client for name, client in clients.items() if not names or name in names}


def packages(client):
    """Its Debian packages; Node.js comes from elsewhere as often, and what is there is used."""
    node = ["nodejs", "npm"] if "npm" in client and not shutil.which("npm") else []
    return client.get("debian", []) + node


def made(folder, source, make):
    """A folder that is made again when the files it comes from change."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in source)).hexdigest()
    stamp = folder / "made-from"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(folder, ignore_errors=True)
        say(f"installing what {folder.name} needs")
        make()
        stamp.write_text(digest)
    return folder


def python_of(requirements, tools):
    """The Python that has what a file of requirements lists; without a file, the one that runs us."""
    if requirements is None:
        return sys.executable
    file = HERE / requirements
    folder = tools / file.stem

    def make():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", file], check=True)

    return str(made(folder, [file], make) / "bin/python")


def modules_of(package, tools):
    """The folder with the npm packages that a folder's package.json and its lock file list."""
    source = [HERE / package / "package.json", HERE / package / "package-lock.json"]
    folder = tools / package

    def make():
        folder.mkdir(parents=True)
        for file in source:
            shutil.copy(file, folder)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)

    return str(made(folder, source, make) / "node_modules")


def prepared(client, tools):
    """The command of a client and the variables it needs, with everything installed."""
    script = HERE / client["script"]
    if script.suffix == ".py":
        python = python_of(client.get("requirements"), tools)
        path = f"{pathlib.Path(python).parent}:{os.environ['PATH']}"
        return [python, script], {"PATH": path}
    variables = {"NODE_PATH": modules_of(client["npm"], tools)} if "npm" in client else {}
    return [*INTERPRETERS[script.suffix], script], variables


def said(command, variables, server):
    """What a client prints at a server."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="syllabase-client-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= variables | server.environment() | {"TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    try:
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS_MOST
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if ended.returncode != 0:
        raise ChildFailed(f"ends with {ended.returncode} at {server.name}\n{ended.stdout[-2000:]}\n{ended.stderr[-6000:]}")
    return ended.stdout.splitlines()


class ChildFailed(Exception):
    pass


def compare(name, client, servers, tools):
    """The row of one client: its version, how many lines it saw, whether they were the same."""
    command, variables = prepared(client, tools)
    begun = time.monotonic()
    row = {"client": name, "version": "", "lines": 0, "passed": False}
    try:
        theirs, ours = (said(command, variables, server) for server in servers)
    except (ChildFailed, subprocess.TimeoutExpired) as failure:
        say(f"{name} {failure}")
        return row
    row |= {"version": theirs[0] if theirs else "", "lines": len(theirs)}
    row["passed"] = len(theirs) > 1 and theirs == ours
    say(f"{name}: {row['version']}, {len(theirs)} lines, {time.monotonic() - begun:.0f} s")
    differences = list(difflib.unified_diff(theirs, ours, "PostgreSQL", "syllabase", n=2, lineterm=""))
    for line in differences[:DIFFERENCES_MOST]:
        say(f"    {line}")
    if len(differences) > DIFFERENCES_MOST:
        say(f"    … and {len(differences) - DIFFERENCES_MOST} lines more")
    if len(theirs) <= 1:
        say(f"{name} printed nothing to compare")
    return row


def table(rows, page):
    """The rows of the page: new ones, and of clients that were not run this time the ones it has."""
    kept = {}
    if page.exists():
        for line in page.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            if line.startswith("| ") and len(cells) == 6:
                kept[cells[0]] = line
    clients = chosen([])
    today = datetime.date.today().isoformat()
    for row in rows:
        does = clients[row["client"]]["does"]
        passed = "yes" if row["passed"] else "**no**"
        cells = (row["client"], row["version"], does, f"{row['lines']:,}", passed, today)
        kept[row["client"]] = f"| {' | '.join(cells)} |"
    return [kept[name] for name in clients if name in kept]


def write(page, rows, servers):
    theirs, ours = servers
    lines = [
        "# Real clients",
        "",
        "Each client says the same to a served demo tenant and to a PostgreSQL 15 with the same rows,",
        "role and rights; what it prints at both is compared line by line. `make clients` runs all of",
        "them and writes this page, `make clients CLIENTS=asyncpg,pandas` some of them.",
        "`tests/clients/clients.toml` lists them with what they need, each with a script beside it;",
        "versions are pinned there, in the files of requirements and in the lock files.",
        "",
        f"Last run: {ours.version()} beside {theirs.version()}, {machine()}.",
        "",
        "| Client | Version | Checks | Lines compared | Passed | Day |",
        "|---|---|---|---|---|---|",
        *table(rows, page),
        "",
        "Of these psql, pgjdbc, psqlODBC, SQLAlchemy, psycopg and asyncpg run in every `make test` as",
        "well (`tests/it/clients.rs`).",
        "",
    ]
    page.write_text("\n".join(lines))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", type=pathlib.Path, help="a build of syllabase")
    options.add_argument("--tools", type=pathlib.Path, help="where clients are installed and kept")
    options.add_argument("--only", default="", help="names of clients, with commas between them")
    options.add_argument("--packages", action="store_true", help="list the Debian packages they need, and end")
    options.add_argument("--page", type=pathlib.Path, default=ROOT / "docs/clients.md")
    wanted = options.parse_args()
    clients = chosen([name for name in wanted.only.split(",") if name])
    if wanted.packages:
        print(*sorted({package for client in clients.values() for package in packages(client)}))
        return
    tools = wanted.tools.resolve()
    tools.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="syllabase-clients-"))
    folder.chmod(0o755)
    try:
        ours = Syllabase(wanted.program.resolve(), folder / "syllabase")
        ours.make(PEOPLE)
        with ours, PostgreSQL(folder / "postgresql") as theirs:
            theirs.fill_from(ours)
            rows = [compare(name, client, (theirs, ours), tools) for name, client in clients.items()]
            write(wanted.page, rows, (theirs, ours))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = [row["client"] for row in rows if not row["passed"]]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
