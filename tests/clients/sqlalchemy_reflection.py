"""Prints what SQLAlchemy reflects, through both of its PostgreSQL drivers."""

import psycopg2
import sqlalchemy as sa

print(f"SQLAlchemy {sa.__version__}, psycopg2 {psycopg2.__version__.split()[0]}")
for driver in ("psycopg", "psycopg2"):
    print("###", driver)
    engine = sa.create_engine(f"postgresql+{driver}://")
    look = sa.inspect(engine)
    print(look.default_schema_name, sorted(look.get_schema_names()))
    for schema in ("learnink", "learnamp", "learning360"):
        print("--", schema, look.get_view_names(schema))
        by_table = {
            "columns": look.get_multi_columns(schema=schema),
            "primary": look.get_multi_pk_constraint(schema=schema),
            "foreign": look.get_multi_foreign_keys(schema=schema),
            "unique": look.get_multi_unique_constraints(schema=schema),
            "checks": look.get_multi_check_constraints(schema=schema),
            "indexes": look.get_multi_indexes(schema=schema),
            "comment": look.get_multi_table_comment(schema=schema),
        }
        for what, found in by_table.items():
            for key in sorted(found):
                facts = found[key]
                if isinstance(facts, list) and what != "columns":
                    facts = sorted(facts, key=repr)
                print(what, key, facts)
    metadata = sa.MetaData()
    users = sa.Table("users", metadata, schema="learnamp", autoload_with=engine)
    with engine.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(users)
        print(connection.execute(statement).scalar())
        order = list(users.primary_key.columns)
        for row in connection.execute(sa.select(users).order_by(*order).limit(5)):
            print(tuple(row))
