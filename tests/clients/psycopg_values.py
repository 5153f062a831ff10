"""Prints how psycopg reads values, streams rows, copies, and what its errors say."""

import datetime
import decimal
import uuid

import psycopg

print(f"psycopg {psycopg.__version__}")
with psycopg.connect() as connection:
    values = (
        7, 2**40, decimal.Decimal("12.500"), 1 / 3, "Zürich \\ '", True, None,
        datetime.date(2026, 11, 22), datetime.datetime(2026, 11, 22, 3, 4, 5, 678),
        datetime.datetime(2026, 11, 22, 3, 4, tzinfo=datetime.timezone.utc),
        datetime.timedelta(days=3, seconds=4), uuid.UUID(int=5), [1, None, 3], b"\x00\xff",
    )
    marks = "%s, %s, %s, %s, %s, %s, %s::text, %s, %s, %s, %s, %s, %s, %s"
    for binary in (False, True):
        for _ in range(7):  # prepared from the sixth on
            row = connection.execute(f"select {marks}", values, binary=binary).fetchone()
        print(binary, row)
    with connection.cursor("portions") as cursor:
        cursor.itersize = 7
        cursor.execute("select n from generate_series(1, 40) n order by 1")
        print(sum(row[0] for row in cursor))
    with connection.cursor() as cursor:
        for form in ("format text", "format csv, header", "format binary"):
            statement = f"copy (select * from learnamp.users order by 1 limit 3) to stdout ({form})"
            with cursor.copy(statement) as copy:
                print(b"".join(copy))
    for statement in ("select 1/0", "select x", "selec", "insert into learnamp.users default values"):
        try:
            with connection.transaction():
                connection.execute(statement)
        except psycopg.Error as error:
            print(error.diag.sqlstate, error.diag.message_primary, error.diag.statement_position)
    with connection.pipeline():
        cursors = [connection.execute("select %s::int4 * 2", (number,)) for number in range(5)]
    print([cursor.fetchone() for cursor in cursors])
    connection.rollback()
with psycopg.connect(autocommit=True) as connection:
    connection.execute("discard all")
    print(connection.execute("show transaction_isolation").fetchone())
