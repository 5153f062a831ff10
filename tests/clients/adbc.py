"""Prints what the PostgreSQL driver of ADBC reads as Arrow, learns of the catalog, and is refused."""

import datetime as dt
import decimal

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions

SCHEMAS = ["learnink", "learnamp", "learning360"]
# What libpq reads from the environment needs no more than this.
URI = "postgresql://"
KINDS = [
    "true", "1::int2", "1", "2::int8", "1.5::float4", "'NaN'::float8", "12.50", "'NaN'::numeric", "1e20::numeric(30, 2)",
    "'a'::text", "'a'::varchar(3)", "'a'::char(3)", "'a'::name", "'a'::\"char\"", "'\\x00ff'::bytea", "date '2026-11-22'",
    "time '03:04:05.678'", "timetz '03:04+02'", "timestamp '2026-11-22 03:04:05.678'",
    "timestamptz '2026-11-22 03:04+02'", "interval '1 year 2 mons 3 days 04:05:06.7'",
    "'00000000-0000-0000-0000-000000000007'::uuid", "'{\"a\": 1}'::json", "'{\"a\": 1}'::jsonb", "7::oid",
    "'pg_class'::regclass", "'int4'::regtype", "array[1, null, 3]", "array['a', null]", "array[1.5]", "'{}'::text[]",
    "array[date '2026-11-22']", "array[true]", "array['{}'::jsonb]", "row(1, 'a')", "int4range(1, 5)", "'10.0.0.1'::inet",
    "b'101'", "null", "null::int", "current_user", "'(1,2)'::text", "'7'::xml", "'1.5'::money",
]  # fmt: skip
print(f"adbc-driver-postgresql {adbc_driver_manager.__version__}")


def show(what, make):
    try:
        table = make()
    except Exception as error:
        # Whether a write is refused when it is prepared or when it is run is not compared.
        own = ("SOURCE", "SEVERITY", "STATEMENT_POSITION")
        details = getattr(error, "details", None) or []
        facts = [(name, text) for name, text in details if not str(name).startswith(tuple(f"PG_DIAG_{one}" for one in own))]
        print(what, "!", type(error).__name__, getattr(error, "sqlstate", None), facts or str(error).splitlines())
        return
    if not isinstance(table, pa.Table):
        print(what, "→", "done" if isinstance(table, adbc.Cursor) else table)
        return
    print(what, "→", table.num_rows, str(table.schema).splitlines())
    for row in table.to_pylist():
        print(row)


def sorted_deep(value):
    """Lists of a listing come in no order."""
    if isinstance(value, dict):
        return {name: sorted_deep(one) for name, one in value.items()}
    if isinstance(value, list):
        return sorted((sorted_deep(one) for one in value), key=repr)
    return value


def read(cursor, query, *parameters):
    cursor.execute(query, *parameters)
    return cursor.fetch_arrow_table()


with adbc.connect(URI, autocommit=True) as connection:
    info = connection.adbc_get_info()
    print({name: info[name] for name in sorted(info) if "version" not in name})
    print(connection.adbc_get_table_types(), connection.adbc_current_catalog, connection.adbc_current_db_schema)
    print("### objects")
    for depth in ("catalogs", "db_schemas", "tables", "all"):
        for schema in [*SCHEMAS, "pg_catalog", "nothing"]:
            objects = connection.adbc_get_objects(depth=depth, catalog_filter="acme", db_schema_filter=schema).read_all()
            if depth == "all" and schema == "pg_catalog":
                continue
            for catalog in objects.to_pylist():
                for found in catalog["catalog_db_schemas"] or [None]:
                    tables = (found or {}).pop("db_schema_tables", None)
                    print(depth, catalog["catalog_name"], found)
                    for table in sorted(tables or [], key=lambda one: one["table_name"]):
                        print("   ", sorted_deep(table))
    some = connection.adbc_get_objects(depth="all", catalog_filter="acme", db_schema_filter="learn%", table_name_filter="user%", column_name_filter="%id")
    print(sorted_deep(some.read_all().to_pylist()))
    print(sorted_deep(connection.adbc_get_objects(depth="tables", catalog_filter="acme", table_types_filter=["view"]).read_all().to_pylist()))
    print("### schemas of tables")
    with connection.cursor() as cursor:
        names = read(cursor, "select table_schema, table_name from information_schema.tables"
                             " where table_schema like 'learn%' order by 1, 2").to_pylist()  # fmt: skip
        for name in names:
            schema, table = name.values()
            print(schema, table, str(connection.adbc_get_table_schema(table, db_schema_filter=schema)).splitlines())
            show(f"{schema}.{table}", lambda: read(cursor, f'select * from {schema}."{table}" t order by t::text'))
        show("no table", lambda: connection.adbc_get_table_schema("nothing"))
        print("### types")
        for kind in KINDS:
            show(kind, lambda: read(cursor, f"select {kind} as it, {kind} is null from generate_series(1, 2)"))
        cursor.adbc_statement.set_options(**{StatementOptions.USE_COPY.value: "false"})
        for kind in KINDS:
            show(f"without COPY {kind}", lambda: read(cursor, f"select {kind} as it"))
        for query in ("show timezone", "explain select 1", "set timezone = 'Asia/Tokyo'", "begin", "commit", "values (1), (2)"):
            show(query, lambda: read(cursor, query) if query.startswith(("show", "values")) else cursor.execute(query))
        cursor.adbc_statement.set_options(**{StatementOptions.USE_COPY.value: "true"})
        cursor.execute("reset timezone")
        cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: "4096"})
        cursor.execute("select * from learnamp.activities order by id")
        print("batches", sum(len(batch) for batch in cursor.fetch_record_batch()))
    print("### parameters")
    with connection.cursor() as cursor:
        values = (7, 2**40, 1.5, "Zürich", True, None, b"\x00\xff", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, 3, 4, 5),
                  dt.datetime(2026, 11, 22, tzinfo=dt.timezone.utc), dt.time(3, 4), dt.timedelta(days=3), decimal.Decimal("12.50"))  # fmt: skip
        for value in values:
            show(f"parameter {value!r}", lambda: read(cursor, "select $1 as it", (value,)))
        show("cast", lambda: read(cursor, "select $1::int8 + 1 as it, $2::text as t", (7, "x")))
        show("list", lambda: read(cursor, "select $1 as it", ([1, 2, 3],)))
        cursor.adbc_prepare("select id from learnamp.users where id > $1 order by id limit 3")
        show("prepared", lambda: read(cursor, "select id from learnamp.users where id > $1 order by id limit 3", (3,)))
        rows = pa.record_batch([pa.array([1, 2, 3]), pa.array(["a", None, "c"])], names=["n", "t"])

        def many():
            cursor.executemany("select $1::int8 as n, $2::text as t", rows)
            return cursor.rowcount

        show("many", many)
        show("schema of a query", lambda: cursor.adbc_execute_schema("select 1 as a, 'x'::text as b, array[1.5] as c"))
    print("### statistics")
    # What ANALYZE has found is each server's own.
    statistics = dict(catalog_filter="acme", db_schema_filter="learnamp", table_name_filter="users", approximate=True)
    show("statistics", lambda: str(connection.adbc_get_statistics(**statistics).read_all().schema))
    show("their names", lambda: connection.adbc_get_statistic_names().read_all())
    print("### refusals")
    with connection.cursor() as cursor:
        table = pa.table({"a": [1, 2]})
        for mode in ("create", "append", "replace", "create_append"):
            show(f"ingest {mode}", lambda: cursor.adbc_ingest("mine", table, mode=mode))
        show("ingest users", lambda: cursor.adbc_ingest("users", pa.table({"id": [1]}), mode="append", db_schema_name="learnamp"))
        show("ingest temporary", lambda: cursor.adbc_ingest("mine", table, temporary=True))
        for statement in ("selec", "select nothing", "select * from nothing", "select 1/0", "select 'x'::int",
                          "insert into learnamp.users (id) values (1)", "create table t (a int)", "", "select 1; select 2"):  # fmt: skip
            show(statement, lambda: read(cursor, statement))
with adbc.connect(URI) as connection:
    with connection.cursor() as cursor:
        show("in a transaction", lambda: read(cursor, "select count(*) from learnamp.users"))
        show("fails", lambda: read(cursor, "select 1/0"))
        show("after it", lambda: read(cursor, "select 1"))
        connection.rollback()
        show("after rollback", lambda: read(cursor, "show transaction_isolation"))
