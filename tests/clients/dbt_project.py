"""Prints what dbt learns about tables it did not make, what it reads of them, and how its writing is refused."""

import importlib.metadata
import json
import os
import pathlib
import re
import subprocess

import psycopg2

SCHEMAS = ["learnink", "learnamp", "learning360"]
# Durations, times of day, log prefixes, paths and the port are of each run.
OWN = [
    (re.compile(r"\x1b\[[0-9;]*m"), ""), (re.compile(r"^\d\d:\d\d:\d\d +"), ""), (re.compile(r"\d+\.\d+ ?s(econds)?"), "N s"),
    (re.compile(r"\d+ hours \d+ minutes and "), ""), (re.compile(r"[^ ]*/syllabase-client-[^/ ]*"), "FOLDER"),
    (re.compile(rf"\b{os.environ['PGPORT']}\b"), "PORT"),
]  # fmt: skip

print("dbt-core", importlib.metadata.version("dbt-core"), "dbt-postgres", importlib.metadata.version("dbt-postgres"))
here = pathlib.Path.cwd()


def file(name, text):
    path = here / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


file("dbt_project.yml", "name: tour\nversion: '1.0'\nprofile: tour\nmodels:\n  tour:\n    +materialized: view\n")
file("profiles.yml", """
tour:
  target: one
  outputs:
    one: {type: postgres, host: "{{ env_var('PGHOST') }}", port: "{{ env_var('PGPORT') | int }}",
      user: "{{ env_var('PGUSER') }}", password: "{{ env_var('PGPASSWORD') }}", dbname: "{{ env_var('PGDATABASE') }}",
      schema: learnamp, threads: 1, connect_timeout: 10, retries: 0, search_path: "learnamp, public"}
""")  # fmt: skip
with psycopg2.connect("") as connection, connection.cursor() as cursor:
    cursor.execute(
        "select table_schema, table_name from information_schema.tables where table_schema = any(%s) order by 1, 2", [SCHEMAS]
    )
    tables = cursor.fetchall()
sources = []
for schema in SCHEMAS:
    named = [{"name": table} for owner, table in tables if owner == schema]
    for table in named:
        if table["name"] == "users" and schema != "learning360":
            table["columns"] = [{"name": "id", "data_tests": ["unique", "not_null"]}]
        if (schema, table["name"]) == ("learnamp", "completions"):
            table["loaded_at_field"] = "happened_at"
            table["freshness"] = {"warn_after": {"count": 9999, "period": "day"}}
            relation = {"to": "source('learnamp', 'users')", "field": "id"}
            table["columns"] = [{"name": "user_id", "data_tests": [{"relationships": {"arguments": relation}}]}]
    sources.append({"name": schema, "schema": schema, "tables": named})
file("models/sources.yml", json.dumps({"version": 2, "sources": sources}))
file("models/people.sql", "select id, first_name from {{ source('learnamp', 'users') }}")
file("models/kept.sql", "{{ config(materialized='table') }} select count(*) as n from {{ ref('people') }}")
file("models/added.sql", "{{ config(materialized='incremental') }} select 1 as n")
file("models/inlined.sql", "{{ config(materialized='ephemeral') }} select * from {{ source('learnamp', 'completions') }}")
file("models/monthly.sql", """
    select {{ dbt.date_trunc('month', 'happened_at') }} as month, count(*) as n,
        {{ dbt.datediff('min(happened_at)', 'max(happened_at)', 'day') }} as days,
        {{ dbt.listagg('result', "','", 'order by id') }} as results, {{ dbt.bool_or('expired') }} as expired,
        {{ dbt.safe_cast("'7'", api.Column.translate_type('integer')) }} as seven, {{ dbt.last_day('min(happened_at)', 'month') }} as last,
        {{ dbt.hash('min(id)') }} as hash, {{ dbt.split_part("'a,b'", "','", 2) }} as part, {{ dbt.position("'b'", "'ab'") }} as at,
        {{ dbt.dateadd('day', 3, 'min(happened_at)') }} as later, {{ dbt.any_value('type') }} is null as kind
    from {{ ref('inlined') }} group by 1 order by 1
""")  # fmt: skip
file("seeds/letters.csv", "letter\na\n")
file("tests/nobody.sql", "select * from {{ source('learnamp', 'users') }} where id < 0")
file("macros/look.sql", """
{% macro look() %}
  {% for schema in ['learnink', 'learnamp', 'learning360', 'public'] %}
    {{ log(schema ~ ' ' ~ adapter.check_schema_exists(target.database, schema), true) }}
    {% for relation in postgres__list_relations_without_caching(api.Relation.create(target.database, schema)) | sort(attribute='name') %}
      {{ log(relation.values() | join(' ') ~ ' ' ~ adapter.get_columns_in_relation(api.Relation.create(target.database, schema, relation['name'])), true) }}
    {% endfor %}
  {% endfor %}
  {{ log(dbt_utils_like(), true) }}
{% endmacro %}
{% macro dbt_utils_like() %}
  {% set found = run_query("select table_name, column_name, data_type from information_schema.columns where table_schema = 'learnamp' order by 1, ordinal_position limit 30") %}
  {{ return(found.rows | map('list') | list) }}
{% endmacro %}
""")  # fmt: skip


def dbt(*words):
    command = ["dbt", "--no-send-anonymous-usage-stats", "--no-use-colors", *words, "--profiles-dir", "."]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print("###", *words, "→", ended.returncode)
    for line in ended.stdout.splitlines():
        for pattern, instead in OWN:
            line = pattern.sub(instead, line)
        print(line.rstrip())
    return ended.returncode


def succeeds(*words):
    if dbt(*words) != 0:
        raise SystemExit(f"dbt {' '.join(words)} failed")


succeeds("debug")
succeeds("run-operation", "look")
succeeds("compile")
print((here / "target/compiled/tour/models/monthly.sql").read_text())
succeeds("show", "--select", "monthly", "--output", "json", "--limit", "50")
succeeds("show", "--inline", "select * from {{ source('learnink', 'users') }} order by 1", "--limit", "3")
succeeds("test", "--select", "source:*", "test_type:singular")
succeeds("source", "freshness")
succeeds("docs", "generate", "--no-compile")
catalog = json.loads((here / "target/catalog.json").read_text())
for kind in ("nodes", "sources"):
    for name in sorted(catalog[kind]):
        print(name, json.dumps(catalog[kind][name], sort_keys=True))
print("errors", catalog["errors"])
for refused in (["run"], ["seed"], ["build", "--select", "added"]):
    if dbt(*refused) == 0:
        raise SystemExit(f"dbt {refused} wrote")
