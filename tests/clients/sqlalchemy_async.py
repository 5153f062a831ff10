"""Prints what SQLAlchemy reflects and reads through asyncpg."""

import asyncio
import datetime as dt
import decimal

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import create_async_engine

print(f"SQLAlchemy {sa.__version__}, asyncpg {asyncpg.__version__}")
SCHEMAS = ["learnink", "learnamp", "learning360"]


def described(connection):
    look = sa.inspect(connection)
    print(look.default_schema_name, sorted(look.get_schema_names()))
    for schema in [*SCHEMAS, "public", "information_schema", "pg_catalog"]:
        print("--", schema, sorted(look.get_table_names(schema)), sorted(look.get_view_names(schema)))
        print(look.get_sequence_names(schema), look.get_materialized_view_names(schema), look.get_enums(schema))
        print([{**domain, "constraints": len(domain["constraints"])} for domain in look.get_domains(schema)])
    for schema in SCHEMAS:
        for what in ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "check_constraints", "indexes",
                     "table_comment", "table_options"):  # fmt: skip
            found = getattr(look, f"get_multi_{what}")(schema=schema, kind=sa.engine.reflection.ObjectKind.ANY)
            for key in sorted(found):
                facts = found[key]
                if isinstance(facts, list) and what != "columns":
                    facts = sorted(facts, key=repr)
                print(what, key, facts)


def reflected(connection):
    metadata = sa.MetaData()
    for schema in SCHEMAS:
        metadata.reflect(connection, schema=schema, views=True)
    return metadata


async def main():
    engine = create_async_engine("postgresql+asyncpg://", pool_size=2)
    async with engine.connect() as connection:
        await connection.run_sync(described)
        metadata = await connection.run_sync(reflected)
        for table in metadata.sorted_tables:
            rows = (await connection.execute(sa.select(table).order_by(*table.primary_key.columns).limit(3))).all()
            print(table.fullname, rows)
        users = metadata.tables["learnamp.users"]
        async with connection.begin_nested():
            streamed = await connection.stream(sa.select(users.c.id).order_by(users.c.id))
            print([row.id async for row in streamed])
        typed = sa.select(
            sa.literal(decimal.Decimal("1.50"), sa.Numeric(7, 2)), sa.literal(dt.date(2026, 11, 22)),
            sa.literal(dt.datetime(2026, 11, 22, 3, tzinfo=dt.timezone.utc), sa.DateTime(timezone=True)),
            sa.literal(dt.timedelta(days=3, seconds=4), pg.INTERVAL), sa.literal([1, None, 3], pg.ARRAY(sa.Integer)),
            sa.literal({"a": [1]}, pg.JSONB), sa.literal(True), sa.literal(b"\x00\xff"),
            sa.func.array_agg(users.c.id), sa.func.date_trunc("month", sa.func.max(users.c.created_at)),
        ).select_from(users)  # fmt: skip
        print((await connection.execute(typed)).all())
        try:
            await connection.execute(sa.insert(users).values(id=1))
        except sa.exc.DBAPIError as error:
            print(type(error).__name__, error.orig.sqlstate, str(error.orig).splitlines()[-1])
    for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT"):
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level=level, postgresql_readonly=True)
            print(level, (await connection.execute(sa.text("show transaction_isolation"))).scalar())
    await engine.dispose()


asyncio.run(main())
