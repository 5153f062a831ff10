"""Prints what psqlODBC learns about a database, and how it reads values."""

import os

import pyodbc

FACTS = (
    "ACCESSIBLE_TABLES CATALOG_NAME CATALOG_TERM COLUMN_ALIAS CURSOR_COMMIT_BEHAVIOR DATABASE_NAME"
    " DATA_SOURCE_READ_ONLY DBMS_NAME DEFAULT_TXN_ISOLATION IDENTIFIER_CASE IDENTIFIER_QUOTE_CHAR KEYWORDS"
    " MAX_COLUMN_NAME_LEN MAX_IDENTIFIER_LEN NULL_COLLATION PROCEDURES SCHEMA_TERM"
    " SEARCH_PATTERN_ESCAPE TXN_CAPABLE USER_NAME"
).split()
names = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD")
host, port, database, user, password = (os.environ[name] for name in names)
for options in ("UseDeclareFetch=0", "UseDeclareFetch=1;Fetch=7", "UseServerSidePrepare=0"):
    connection = pyodbc.connect(
        f"Driver={{PostgreSQL Unicode}};Servername={host};Port={port};Database={database};"
        f"Username={user};Password={password};SSLmode=disable;BoolsAsChar=0;{options}"
    )
    cursor = connection.cursor()
    if options == "UseDeclareFetch=0":
        version = connection.getinfo(pyodbc.SQL_DRIVER_VER)
        print(f"psqlODBC {version}, pyodbc {pyodbc.version}")
    print("###", options)

    def show(title, rows):
        print("--", title)
        # Rows that sort alike for the driver come in an order of each server's own.
        for row in sorted("|".join("" if value is None else str(value) for value in row) for row in rows):
            print(row)

    if options == "UseDeclareFetch=0":
        for schema in ("learnink", "learnamp", "learning360"):
            tables = cursor.tables(schema=schema).fetchall()
            show(f"tables {schema}", tables)
            # What follows the columns of the standard are oids, which are each server's own.
            columns = cursor.columns(schema=schema).fetchall()
            show(f"columns {schema}", [tuple(row)[:18] for row in columns])
            for name in [table.table_name for table in tables][:5]:
                show(f"keys {name}", cursor.primaryKeys(table=name, schema=schema).fetchall())
                show(
                    f"foreign {name}",
                    cursor.foreignKeys(foreignTable=name, foreignSchema=schema).fetchall(),
                )
                show(f"exported {name}", cursor.foreignKeys(table=name, schema=schema).fetchall())
                show(f"statistics {name}", cursor.statistics(name, schema=schema).fetchall())
                show(f"row ids {name}", cursor.rowIdColumns(name, schema=schema).fetchall())
                show(f"row versions {name}", cursor.rowVerColumns(name, schema=schema).fetchall())
        show("types", cursor.getTypeInfo().fetchall())
        for kind in ("SYSTEM TABLE", "VIEW", "TABLE,VIEW"):
            show(kind, cursor.tables(schema="pg_catalog", table="pg_t%", tableType=kind).fetchall())
        show("schemas", [row for row in cursor.tables(schema="%", table="", catalog="") if "toast" not in str(row[1])])
        show("procedures", cursor.procedures(procedure="date%", schema="pg_catalog").fetchall())
        show("arguments", cursor.procedureColumns(procedure="date_%", schema="pg_catalog").fetchall())
        show("facts", [(fact, connection.getinfo(getattr(pyodbc, f"SQL_{fact}"))) for fact in FACTS])
    rows = cursor.execute("select n, n::text from generate_series(1, 40) n order by 1").fetchall()
    print(len(rows), sum(row[0] for row in rows))
    show(
        "values",
        cursor.execute(
            "select ?::int4, ?::text, ?::float8, ?::bool, ?::date, ?::numeric",
            (7, "Zürich \\ '", 1.5, True, "2026-11-22", "12.50"),
        ).fetchall(),
    )
    try:
        cursor.execute("select nothing from nowhere").fetchall()
    except pyodbc.Error as error:
        print(error.args[0])
    connection.rollback()
    show("again", cursor.execute("select 1").fetchall())
    connection.close()
