"""Prints what Apache Superset learns of a database, and the rows behind charts of every grain of time.

Its own code without its web server: databases, schemas and tables as its dialogs list them, datasets
with their columns synchronized, charts as its explorer asks for them, and statements as SQL Lab sees
them. Its own state is a file of SQLite in the folder it runs in.
"""

import datetime
import logging
import os
import warnings

warnings.simplefilter("ignore")
os.environ["SUPERSET_HOME"] = os.getcwd()
os.environ["SUPERSET_SECRET_KEY"] = "kept by nobody, for a state that ends with the run"
logging.disable(logging.CRITICAL)

import flask_appbuilder  # noqa: E402
from importlib.metadata import version  # noqa: E402
from superset.app import create_app  # noqa: E402

print("Apache Superset", version("apache-superset"), "SQLAlchemy", version("sqlalchemy"), "psycopg2", version("psycopg2-binary"))

SCHEMAS = ["learnink", "learnamp", "learning360"]
# The day of the demo's rows is that of the run; a range that holds them all.
ALWAYS = (datetime.datetime(2000, 1, 1), datetime.datetime(2040, 1, 1))


def main():
    from superset import db
    from superset.connectors.sqla.models import SqlaTable, SqlMetric
    from superset.models.core import Database
    from superset.sql.parse import Table

    flask_appbuilder.Model.metadata.create_all(db.engine)
    of = os.environ
    warehouse = Database(database_name="warehouse", expose_in_sqllab=True)
    warehouse.set_sqlalchemy_uri(
        f"postgresql+psycopg2://{of['PGUSER']}:{of['PGPASSWORD']}@{of['PGHOST']}:{of['PGPORT']}/{of['PGDATABASE']}"
    )
    db.session.add(warehouse)
    db.session.commit()
    lists(warehouse)
    for schema in SCHEMAS:
        for name, _, _ in sorted(warehouse.get_all_table_names_in_schema(None, schema)):
            describe(warehouse, Table(name, schema))
    users = dataset(db, warehouse, SqlaTable, SqlMetric, "learnamp", "users")
    charts(warehouse, users)
    virtual(db, warehouse, SqlaTable, SqlMetric)
    laboratory(warehouse)


def lists(warehouse):
    print("--", warehouse.backend)
    print("schemas", sorted(warehouse.get_all_schema_names()))
    print("catalogs", sorted(set(warehouse.get_all_catalog_names()) - {"postgres"}), warehouse.get_default_catalog())
    print("schema", warehouse.get_default_schema(None))
    print("functions", len(warehouse.function_names), warehouse.function_names[:5])
    print("allows", warehouse.allows_subquery, warehouse.allows_cost_estimate, warehouse.allows_virtual_table_explore)
    for schema in SCHEMAS + ["information_schema"]:
        print("tables", schema, sorted(warehouse.get_all_table_names_in_schema(None, schema)))
        print("views", schema, sorted(warehouse.get_all_view_names_in_schema(None, schema)))


def describe(warehouse, table):
    print("--", table)
    print(warehouse.get_table_comment(table))
    for column in warehouse.get_columns(table):
        print({key: str(value) for key, value in column.items()})
    print(warehouse.get_pk_constraint(table))
    print(sorted(warehouse.get_foreign_keys(table), key=lambda key: key["name"]))
    print(warehouse.get_indexes(table))
    print(warehouse.select_star(table, limit=3, show_cols=True))


def dataset(db, warehouse, kind, metric, schema, name, sql=None):
    """A dataset as "Sync columns from source" leaves it, with some measures."""
    made = kind(table_name=name, schema=schema, database=warehouse, sql=sql)
    db.session.add(made)
    result = made.fetch_metadata()
    print("-- dataset", name, sorted(result.added), result.removed, result.modified)
    for column in sorted(made.columns, key=lambda column: column.column_name):
        print(column.column_name, column.type, column.is_dttm, column.type_generic, column.advanced_data_type)
    made.metrics = [
        *made.metrics,
        metric(metric_name="people", expression="count(distinct id)"),
        metric(metric_name="middle", expression="percentile_cont(0.5) within group (order by id)"),
    ]
    db.session.commit()
    print(made.main_dttm_col, sorted(metric.metric_name for metric in made.metrics))
    return made


def asked(title, of, **question):
    question = {"from_dttm": None, "to_dttm": None, "is_timeseries": False, "filter": [], "extras": {}, "columns": []} | question
    result = of.query(question)
    print("--", title, result.status, result.error_message or "")
    print(result.query)
    frame = result.df
    print([f"{name}:{kind}" for name, kind in zip(frame.columns, frame.dtypes)])
    rows = [str(row) for row in frame.itertuples(index=False, name=None)]
    print(*(rows if question.get("orderby") else sorted(rows)), sep="\n")


def charts(warehouse, users):
    grains = warehouse.grains()
    print("grains", [(grain.name, grain.label, grain.duration) for grain in grains])
    for grain in grains:
        asked(
            f"grain {grain.duration}", users, metrics=["count", "middle"], granularity="created_at", is_timeseries=True,
            extras={"time_grain_sqla": grain.duration}, from_dttm=ALWAYS[0], to_dttm=ALWAYS[1], row_limit=10000,
        )
    asked("table", users, metrics=[], columns=["id", "first_name", "hire_date", "created_at"], orderby=[["id", True]], row_limit=20)
    simple = {"expressionType": "SIMPLE", "column": {"column_name": "id", "type": "BIGINT"}, "label": "measured"}
    for aggregate in ["SUM", "AVG", "MIN", "MAX", "COUNT", "COUNT_DISTINCT"]:
        asked(aggregate, users, metrics=[simple | {"aggregate": aggregate}], row_limit=10)
    label = {"label": "initial", "sqlExpression": "upper(left(first_name, 1))", "expressionType": "SQL"}
    asked(
        "initials", users, metrics=["count", "people", "middle"], columns=[label], row_limit=5, row_offset=2,
        orderby=[["count", False], ["middle", True]],
        extras={"having": "count(*) > 1", "where": "id > 2"},
    )
    for operator, value in [("==", 3), ("!=", 3), (">", 5), ("<=", 5), ("IN", [1, 2, 3]), ("NOT IN", [1, 2]), ("IS NULL", None), ("IS NOT NULL", None)]:
        asked(f"id {operator}", users, metrics=["count"], filter=[{"col": "id", "op": operator, "val": value}], row_limit=5)
    for operator, value in [("LIKE", "%a%"), ("ILIKE", "A%"), ("NOT LIKE", "%e%"), ("IN", ["Ana", None])]:
        asked(f"first_name {operator}", users, metrics=["count"], filter=[{"col": "first_name", "op": operator, "val": value}], row_limit=5)
    asked(
        "series", users, metrics=["count"], columns=["first_name"], series_columns=["first_name"], series_limit=4,
        series_limit_metric="middle", granularity="created_at", is_timeseries=True, extras={"time_grain_sqla": "P1Y"},
        from_dttm=ALWAYS[0], to_dttm=ALWAYS[1], row_limit=1000,
    )
    asked("wrong", users, metrics=[{"expressionType": "SQL", "sqlExpression": "sum(nothing)", "label": "wrong"}], row_limit=1)
    print("values", sorted(map(str, users.values_for_column("first_name", limit=10000))))


def virtual(db, warehouse, kind, metric):
    sql = "select u.id, u.created_at::date as day, count(c.id) as done from learnamp.users u left join learnamp.completions c on c.user_id = u.id group by 1, 2"
    made = dataset(db, warehouse, kind, metric, "learnamp", "done", sql)
    asked("virtual", made, metrics=["people", "count"], columns=["done"], row_limit=1000)


def laboratory(warehouse):
    from superset.sql.parse import SQLScript

    for sql in [
        "select * from learnamp.locations order by id",
        "with recent as (select * from learnamp.users order by id limit 3) select id, first_name, created_at, hire_date from recent order by id",
        "select 1.50::numeric as n, true as b, null as nothing, array[1, 2] as a, '{\"a\": 1}'::jsonb as j, interval '1 day' as i, now() - now() as z",
        "select count(*) from learnamp.users; select 2 as two",
    ]:
        frame = warehouse.get_df(sql)
        print("-- laboratory", sql)
        print([f"{name}:{kind}" for name, kind in zip(frame.columns, frame.dtypes)])
        for row in frame.itertuples(index=False, name=None):
            print(row)
    for sql in ["selec 1", "select nothing from learnamp.users", "create table learnamp.x (id int)", "delete from learnamp.users"]:
        try:
            warehouse.get_df(sql)
            print("-- no error", sql)
        except Exception as error:
            print("--", sql, type(error).__name__, error)
    with warehouse.get_raw_connection() as connection:
        cursor = connection.cursor()
        for sql in ["select count(*) from learnamp.users", "select * from learnamp.users where id = 1"]:
            cost = warehouse.db_engine_spec.estimate_statement_cost(warehouse, SQLScript(sql, "postgresql").statements[0], cursor)
            print("-- cost", sorted(cost))
        print("cancel", warehouse.db_engine_spec.get_cancel_query_id(cursor, None) is not None)


with create_app().app_context():
    main()
