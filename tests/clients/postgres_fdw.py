"""Prints what a PostgreSQL with postgres_fdw asks of a server, and what it gets: tests/clients/foreign.sql."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from pair import PostgreSQL  # noqa: E402

foreign = {name.lower(): os.environ[f"PG{name}"] for name in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")}
# The local server's collations have the names of the foreign one's.
with tempfile.TemporaryDirectory(prefix="syllabase-local-") as folder:
    os.chmod(folder, 0o755)
    with PostgreSQL(pathlib.Path(folder) / "postgresql") as local:
        print(f"postgres_fdw of {subprocess.run(['psql', '--version'], capture_output=True, text=True).stdout.strip()}")
        variables = [f"--set={name}={value}" for name, value in foreign.items()]
        said = subprocess.run(
            ["psql", "-aqX", *variables, "-f", HERE / "foreign.sql"],
            env=os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(local.port), "PGUSER": "postgres", "PGDATABASE": "postgres"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Where in the script an error came has nothing to do with the server.
        print(said.stdout.replace(f"psql:{HERE / 'foreign.sql'}:", "line "))
