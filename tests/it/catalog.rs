//! Our texts of PostgreSQL's views, held against PostgreSQL's own on a real one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::postgres::Postgres;

/// The program under test, for its DDL.
const SYLLABASE: &str = env!("CARGO_BIN_EXE_syllabase");

/// Columns that count what a server did, or when: a view of ours says nothing about those.
const COUNTERS: &[&str] = &[
    "_scan", "_read", "_fetch", "_ins", "_upd", "_del", "_tup", "_hit", "n_", "last_", "_count",
];

/// Views of which only one side can have all rows, and why.
const UNLIKE: &[(&str, &str)] = &[
    ("pg_stat_activity", "a session sees itself alone"),
    ("pg_stat_database", "a database is alone"),
    ("element_types", "ours has those of columns"),
    ("pg_available_extensions", "what lies on the machine's disk"),
    (
        "pg_available_extension_versions",
        "what lies on the machine's disk",
    ),
    (
        "pg_stat_archiver",
        "nothing is archived, since another start",
    ),
    (
        "pg_stat_bgwriter",
        "nothing is written, since another start",
    ),
    ("pg_stat_wal", "nothing is logged, since another start"),
];

/// Rows that differ on purpose: two views that PostgreSQL could write through.
const WRITABLE: &str = "('pg_group', 'pg_stat_database_conflicts')";

fn psql(postgres: &Postgres, script: &str) -> Vec<String> {
    let script = format!("\\c acme\n{script}");
    postgres.psql(&script).lines().map(str::to_owned).collect()
}

/// A database of our tables, owned and granted as ours is.
fn database() -> Postgres {
    let postgres = Postgres::start();
    postgres.psql(
        "create role syllabase; create role reporting login; grant syllabase to reporting;
         create database acme owner syllabase;",
    );
    let ddl = Command::new(SYLLABASE)
        .args(["schema", "ddl"])
        .output()
        .unwrap();
    let ddl = String::from_utf8(ddl.stdout).unwrap();
    let mut script = format!("drop extension plpgsql;\nset role syllabase;\n{ddl}\n");
    for schema in ["learnink", "learnamp", "learning360"] {
        writeln!(
            script,
            "revoke all on schema {schema} from syllabase; grant usage on schema {schema} to syllabase;
             revoke all on all tables in schema {schema} from syllabase;
             grant select on all tables in schema {schema} to syllabase;"
        )
        .unwrap();
    }
    psql(&postgres, &script);
    postgres
}

/// Schema, name and text of every view of ours.
fn views() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/catalog/views");
    let mut views = Vec::new();
    for schema in ["pg_catalog", "information_schema"] {
        for file in fs::read_dir(folder.join(schema)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            views.push((schema.to_owned(), name, fs::read_to_string(&path).unwrap()));
        }
    }
    views.sort();
    views
}

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
fn our_views_have_postgresqls_rows() {
    let postgres = database();
    let mut failures = String::new();
    let views = views();
    assert!(views.len() > 50);
    // All are made before any is asked, so both sides see the same objects.
    let mut making = String::from("create schema ours; grant usage on schema ours to public;\n");
    let mut asking = String::from("set role reporting;\n");
    for (schema, name, text) in &views {
        let columns = psql(
            &postgres,
            &format!(
                "select attname from pg_attribute where attrelid = '{schema}.{name}'::regclass
                 and attnum > 0 order by attnum"
            ),
        );
        let list: Vec<_> = columns
            .iter()
            .map(|column| format!("\"{column}\""))
            .collect();
        writeln!(
            making,
            "create view ours.{name} ({}) as {text}; grant select on ours.{name} to public;",
            list.join(", ")
        )
        .unwrap();
        if UNLIKE.iter().any(|(unlike, _)| unlike == name) {
            continue;
        }
        let counted = name.starts_with("pg_stat");
        let compared = columns
            .iter()
            .filter(|column| !(counted && COUNTERS.iter().any(|counter| column.contains(counter))));
        let compared: Vec<_> = compared
            .map(|column| format!("\"{column}\"::text"))
            .collect();
        let mut filters: Vec<_> = columns
            .iter()
            .filter(|column| column.ends_with("schema") || column.ends_with("schemaname"))
            .map(|column| format!("coalesce(\"{column}\"::text, '') <> 'ours'"))
            .collect();
        if columns.iter().any(|column| column == "schema_name") {
            filters.push(String::from("schema_name <> 'ours'"));
        }
        if schema == "information_schema" && columns.iter().any(|column| column == "table_name") {
            filters.push(format!("table_name not in {WRITABLE}"));
        }
        // Tables that hold what is too long for its row are PostgreSQL's own affair.
        if columns.iter().any(|column| column == "schemaname") {
            filters.push(String::from("schemaname <> 'pg_toast'"));
        }
        let filter = match filters.as_slice() {
            [] => String::new(),
            filters => format!("where {}", filters.join(" and ")),
        };
        let rows = |source: &str| {
            format!(
                "select {} from {source}.{name} {filter}",
                compared.join(", ")
            )
        };
        let (theirs, ours) = (rows(schema), rows("ours"));
        writeln!(
            asking,
            "select '{name} lacks ' || (a.*)::text from ({theirs} except all {ours}) a
             union all select '{name} adds ' || (a.*)::text from ({ours} except all {theirs}) a limit 5;"
        )
        .unwrap();
    }
    psql(&postgres, &making);
    for difference in psql(&postgres, &asking) {
        writeln!(failures, "{difference}").unwrap();
    }
    assert!(failures.is_empty(), "{failures}");
}
