"""Prints what psqlODBC learns about a database, and how it reads values."""

import os

import pyodbc

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
        show("types", cursor.getTypeInfo().fetchall())
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
