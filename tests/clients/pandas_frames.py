"""Prints the frames that pandas makes of tables and queries."""

import pandas as pd
import sqlalchemy as sa

print(f"pandas {pd.__version__}, SQLAlchemy {sa.__version__}")
pd.set_option("display.width", 400, "display.max_columns", None, "display.max_rows", None, "display.max_colwidth", 60)
SCHEMAS = ["learnink", "learnamp", "learning360"]
TYPED = """
    select n as whole, nullif(n, 2) as gap, n::bigint as big, n / 3.0 as exact, n / 3.0::float8 as near, n::float4 as short,
        n > 1 as yes, 'text ' || n as words, date '2026-11-22' + n as day,
        timestamp '2026-11-22 03:04:05.678' + n * interval '1 month' as plain,
        timestamptz '2026-03-28 12:00+00' + n * interval '1 day' as zoned, n * interval '1 day 02:03' as span,
        time '03:04' as clock, ('00000000-0000-0000-0000-00000000000' || n)::uuid as key, array[n, null] as list,
        jsonb_build_object('n', n) as document, null::int as nothing, case when n = 3 then 'NaN'::float8 else n end as nan,
        'infinity'::timestamp as never
    from generate_series(1, 3) n order by n
"""


def show(what, frame):
    print("##", what, frame.shape)
    print(frame.dtypes.to_string())
    print(frame.to_string())


for driver in ("psycopg2", "psycopg"):
    engine = sa.create_engine(f"postgresql+{driver}://")
    print("###", driver)
    with engine.connect() as connection:
        for schema in SCHEMAS:
            for table in sorted(sa.inspect(connection).get_table_names(schema)):
                frame = pd.read_sql_query(sa.text(f'select * from {schema}."{table}" t order by t::text limit 5'), connection)
                show(f"{schema}.{table}", frame)
        show("typed", pd.read_sql(sa.text(TYPED.replace("'infinity'::timestamp as never", "1 as never")), connection))
        for zone in ("Europe/Zurich", "Asia/Tokyo"):
            connection.execute(sa.text(f"set timezone = '{zone}'"))
            show(zone, pd.read_sql(sa.text("select timestamptz '2026-03-29 00:30+00' + n * interval '1 hour' as zoned"
                                           " from generate_series(0, 2) n"), connection))  # fmt: skip
        connection.execute(sa.text("reset timezone"))
        show("parameters", pd.read_sql(sa.text("select * from generate_series(1, :most) n where n = any(:ones)"), connection,
                                       params={"most": 9, "ones": [2, 3]}, index_col="n"))  # fmt: skip
        show("parsed", pd.read_sql("select '2026-11-22 03:04' as day, '7' as n", engine, parse_dates=["day"], dtype={"n": "int64"}))
        show("arrow", pd.read_sql("select id, first_name, created_at from learnamp.users order by id limit 4", engine,
                                  dtype_backend="pyarrow"))  # fmt: skip
        show("nullable", pd.read_sql("select id, team_id from learnamp.team_users order by id limit 4", engine,
                                     dtype_backend="numpy_nullable"))  # fmt: skip
    # Portions through a cursor of the server.
    with engine.connect().execution_options(stream_results=True, max_row_buffer=50) as connection:
        portions = pd.read_sql(sa.text("select * from learnamp.activities order by id"), connection, chunksize=100)
        frames = [portion.shape for portion in portions]
        print(frames)
    table = pd.read_sql_table("users", engine, schema="learnamp", index_col="id", columns=["first_name", "created_at"])
    show("read_sql_table", table.sort_index().head())
    month = pd.read_sql("select date_trunc('month', happened_at) as month, count(*) from learnamp.completions group by 1 order by 1",
                        engine, index_col="month")  # fmt: skip
    show("resampled", month.resample("QS").sum())
    print(pd.io.sql.SQLDatabase(engine).has_table("users", "learnamp"), pd.io.sql.SQLDatabase(engine).has_table("nothing"))
    try:
        pd.DataFrame({"a": [1]}).to_sql("mine", engine)
    except sa.exc.DBAPIError as error:
        print("to_sql", type(error).__name__, error.orig)
    try:
        pd.read_sql("select nothing from learnamp.users", engine)
    except pd.errors.DatabaseError as error:
        print("no column", type(error).__name__, error)
