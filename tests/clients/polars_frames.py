"""Prints the frames that polars makes, through each of its ways to a PostgreSQL."""

import os
import urllib.parse

import adbc_driver_postgresql.dbapi
import polars as pl
import sqlalchemy as sa

print(f"polars {pl.__version__}")
pl.Config.set_tbl_rows(-1)
pl.Config.set_tbl_cols(-1)
pl.Config.set_tbl_width_chars(4000)
pl.Config.set_fmt_str_lengths(80)
place = {name: os.environ[f"PG{name.upper()}"] for name in ("user", "password", "host", "port", "database")}
place["password"] = urllib.parse.quote(place["password"])
URI = "postgresql://{user}:{password}@{host}:{port}/{database}".format(**place)
SCHEMAS = ["learnink", "learnamp", "learning360"]
TYPED = """
    select n as whole, nullif(n, 2) as gap, n::bigint as big, (n / 3.0)::numeric(9, 4) as exact, n / 3.0::float8 as near,
        n::float4 as short, n > 1 as yes, 'text ' || n as words, date '2026-11-22' + n as day,
        timestamp '2026-11-22 03:04:05.678' + n * interval '1 month' as plain,
        timestamptz '2026-03-28 12:00+00' + n * interval '1 day' as zoned, time '03:04' as clock,
        ('00000000-0000-0000-0000-00000000000' || n)::uuid as key, jsonb_build_object('n', n) as document
    from generate_series(1, 3) n order by n
"""


def show(what, make):
    try:
        frame = make()
    except BaseException as error:  # what connectorx does not know is a panic
        if isinstance(error, KeyboardInterrupt):
            raise
        print("##", what, type(error).__name__, str(error).replace(place["port"], "PORT").splitlines())
        return
    print("##", what, frame.shape, dict(frame.schema))
    print(frame)


tables = [
    f'{row[0]}."{row[1]}"'
    for row in pl.read_database_uri(
        "select table_schema, table_name from information_schema.tables where table_schema like 'learn%' order by 1, 2",
        URI, engine="adbc",
    ).rows()  # fmt: skip
]
engines = {"psycopg2": sa.create_engine("postgresql+psycopg2://"), "psycopg": sa.create_engine("postgresql+psycopg://")}
for table in tables:
    query = f"select * from {table} t order by t::text limit 4"
    show(f"adbc {table}", lambda: pl.read_database_uri(query, URI, engine="adbc"))
    show(f"connectorx {table}", lambda: pl.read_database_uri(query, URI, engine="connectorx"))
for name, engine in engines.items():
    with engine.connect() as connection:
        show(f"{name} typed", lambda: pl.read_database(TYPED, connection))
        batches = pl.read_database("select id from learnamp.activities order by id", connection, iter_batches=True, batch_size=100)
        print(name, [batch.shape for batch in batches])
        parameters = {"parameters": {"most": 4}}
        show(f"{name} parameters", lambda: pl.read_database(
            sa.text("select * from generate_series(1, :most) n"), connection, execute_options=parameters))  # fmt: skip
for engine in ("adbc", "connectorx"):
    show(f"{engine} typed", lambda: pl.read_database_uri(TYPED, URI, engine=engine))
    show(f"{engine} error", lambda: pl.read_database_uri("select nothing", URI, engine=engine))
with adbc_driver_postgresql.dbapi.connect(URI) as connection:
    show("a connection of ADBC", lambda: pl.read_database(TYPED, connection))
# Portions by ranges of a column, as connectorx asks for them.
users = "select id, first_name, created_at from learnamp.users"
show("connectorx in parts", lambda: pl.read_database_uri(
    users, URI, engine="connectorx", partition_on="id", partition_num=3).sort("id"))  # fmt: skip
show("connectorx as cursor", lambda: pl.read_database_uri(users, URI, engine="connectorx", protocol="cursor").sort("id"))
show("connectorx as csv", lambda: pl.read_database_uri(users, URI, engine="connectorx", protocol="csv").sort("id"))
frame = pl.DataFrame({"a": [1]})
for engine in ("adbc", "sqlalchemy"):
    show(f"write with {engine}", lambda: pl.Series([frame.write_database("mine", URI, engine=engine)]).to_frame())
