//! The page `docs/generated/functions.md`: every row of `pg_proc` and `pg_operator`, executed or
//! refused, and why. `UPDATE_GOLDEN=1` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::functions;
use crate::engine::catalog::declared::namespace_oid;
use crate::engine::catalog::system::{ProcRow, system};
use crate::ident::Oid;
use crate::pg::types;
use crate::schema::status::SCHEMA;

/// Why a group of functions is not executed; the first that fits a row counts.
const REASONS: &[(&str, &str, fn(&ProcRow) -> bool)] = &[
    (
        "Called by PostgreSQL alone",
        "They take or give `internal`, an array of `cstring` or another type that no SQL value has: \
         binary input, type modifiers, access methods, estimates, triggers, handlers, input and \
         output of types that stand for others. PostgreSQL lets no client call them to any purpose \
         either.",
        |proc| unspeakable(proc) || binary_input(proc),
    ),
    (
        "Not granted to readers",
        "Only superusers and roles named in `proacl` may call them: files, logs, configuration, \
         replication, statistics resets. They are refused as PostgreSQL refuses them, with 42501.",
        |proc| proc.acl.is_some() || proc.name.starts_with("binary_upgrade_"),
    ),
    (
        "Steps of aggregates",
        "Transition, combining and final functions; the aggregates themselves are executed whole.",
        |proc| {
            named(
                proc,
                &[
                    "_accum",
                    "_accum_inv",
                    "_combine",
                    "_transfn",
                    "_statefunc",
                    "_regr_",
                    "_stddev_",
                    "_var_",
                    "_covar_",
                    "_corr",
                    "_avg",
                    "_sum",
                    "inc_any",
                    "dec_any",
                ],
            ) || matches!(
                proc.name.as_str(),
                "int8inc" | "int8dec" | "int4inc" | "numeric_inc" | "int8inc_float8_float8"
            )
        },
    ),
    (
        "Comparisons for windows and indexes",
        "`in_range` and the helpers of index types decide inside executor and access methods; RANGE \
         frames are executed without them.",
        |proc| {
            proc.name == "in_range"
                || named(
                    proc,
                    &["_canonical", "_subdiff", "equalimage", "_pattern_cmp"],
                )
                || proc.name.starts_with("bt")
                || proc.name.starts_with("gin")
                || proc.name.starts_with("gist")
                || proc.name.starts_with("spg")
                || proc.name.starts_with("brin")
        },
    ),
    (
        "Geometry",
        "No product has geometric columns, and no tool for learning data draws them.",
        |proc| {
            touches(
                proc,
                &["point", "lseg", "line", "box", "path", "polygon", "circle"],
            )
        },
    ),
    (
        "Text search",
        "What runs a query of its own (`ts_stat`), shows in which order PostgreSQL keeps a query's \
         parts (`ts_rewrite`), or marks words inside documents. The configurations are `simple` and \
         `english`; others are refused when they are used.",
        |proc| {
            touches(
                proc,
                &[
                    "tsvector",
                    "tsquery",
                    "regconfig",
                    "regdictionary",
                    "gtsvector",
                ],
            ) || proc.name.starts_with("ts_")
                || proc.name.contains("tsvector")
                || proc.name.contains("tsquery")
        },
    ),
    (
        "XML",
        "PostgreSQL built without libxml refuses these too; no column is XML.",
        |proc| touches(proc, &["xml"]) || proc.name.contains("xml"),
    ),
    (
        "Writing and locking",
        "Large objects, sequences and advisory locks change or block something; nothing here can be \
         changed.",
        |proc| {
            [
                "lo",
                "lowrite",
                "loread",
                "nextval",
                "currval",
                "lastval",
                "setval",
                "pg_nextoid",
            ]
            .contains(&proc.name.as_str())
                || proc.name.starts_with("lo_")
                || proc.name.starts_with("be_lo")
                || proc.name.contains("advisory")
        },
    ),
    (
        "Logs, replication and backup of a server we are not",
        "There is no write-ahead log, no standby, no replication slot, no backup mode.",
        |proc| {
            [
                "pg_replication",
                "pg_logical",
                "pg_wal",
                "pg_last_",
                "pg_is_wal",
                "pg_get_replication",
                "pg_get_wal",
                "pg_current_wal",
                "pg_stat_get_wal",
                "pg_stat_get_replication",
                "pg_stat_get_subscription",
                "pg_show_replication",
                "pg_promote",
                "pg_get_publication",
                "pg_last",
                "pg_export",
                "pg_copy_",
                "pg_create_",
                "pg_drop_",
                "pg_switch",
                "pg_backup",
                "pg_xact",
                "pg_control",
                "pg_get_multixact",
                "mxid_age",
                "pg_prepared_xact",
                "pg_lsn",
            ]
            .iter()
            .any(|start| proc.name.starts_with(start))
        },
    ),
    (
        "Counters and sessions of a server we are not",
        "Buffers, checkpoints, locks, shared memory and other sessions' doings have nothing behind \
         them here; the views that tools read answer from what we have.",
        |proc| {
            [
                "pg_stat_",
                "pg_lock",
                "pg_blocking",
                "pg_safe",
                "pg_isolation",
                "pg_show_",
                "pg_get_shmem",
                "pg_get_backend",
                "pg_log_",
                "pg_cursor",
                "pg_prepared_statement",
                "pg_listening",
                "pg_notif",
                "pg_hba",
                "pg_ident_",
                "pg_config",
                "pg_cancel",
                "pg_terminate",
                "pg_jit",
                "pg_timezone",
                "pg_available",
                "pg_extension",
                "pg_visible_in",
                "pg_snapshot",
                "txid_",
                "pg_current_snapshot",
                "pg_conf",
                "pg_reload",
                "pg_rotate",
                "pg_sleep",
                "pg_trigger_depth",
            ]
            .iter()
            .any(|start| proc.name.starts_with(start))
                || touches(proc, &["pg_snapshot", "txid_snapshot"])
        },
    ),
    (
        "Storage, access lists and objects we do not have",
        "Heap pages, tuple headers, statistics objects, event triggers, foreign servers, partitions \
         and the pieces of access lists.",
        |proc| {
            touches(
                proc,
                &[
                    "pg_mcv_list",
                    "pg_ndistinct",
                    "pg_dependencies",
                    "pg_brin_bloom_summary",
                    "pg_brin_minmax_multi_summary",
                    "aclitem",
                    "_aclitem",
                    "pg_node_tree",
                    "pg_ddl_command",
                    "anyenum",
                    "unknown",
                    "void",
                    "xid",
                    "cid",
                ],
            ) || [
                "pg_event",
                "pg_mcv",
                "pg_column",
                "pg_filenode",
                "pg_relation",
                "pg_tablespace",
                "pg_partition",
                "pg_index",
                "pg_describe",
                "pg_identify",
                "pg_get_object",
                "pg_get_catalog",
                "pg_get_replica",
                "pg_get_statistics",
                "pg_sequence",
                "pg_options",
                "postgresql_fdw",
                "satisfies",
                "amvalidate",
                "currtid",
                "fmgr_",
                "plpgsql",
                "pg_collation",
                "pg_database",
                "pg_import",
                "row_security",
                "suppress",
                "has_parameter",
                "pg_settings",
                "pg_stop_making",
            ]
            .iter()
            .any(|start| proc.name.starts_with(start))
        },
    ),
];

/// What is left: it may come.
const NOT_YET: (&str, &str) = (
    "Not built yet",
    "Nothing speaks against them but that nobody needed them so far.",
);

fn named(proc: &ProcRow, parts: &[&str]) -> bool {
    parts.iter().any(|part| proc.name.contains(part))
}

fn type_name(oid: Oid) -> String {
    system()
        .type_by_oid(oid)
        .map_or_else(|| oid.to_string(), |row| row.name.clone())
}

fn touches(proc: &ProcRow, names: &[&str]) -> bool {
    let mut all = proc.arguments.iter().chain([&proc.result]);
    all.any(|kind| names.contains(&type_name(*kind).as_str()))
}

/// Whether the row takes or gives what no SQL value has.
fn unspeakable(proc: &ProcRow) -> bool {
    let mut all = proc.arguments.iter().chain([&proc.result]);
    all.any(|kind| {
        matches!(*kind, types::INTERNAL | types::CSTRING | types::TRIGGER)
            || type_name(*kind) == "_cstring"
            || type_name(*kind).ends_with("_handler")
            || type_name(*kind) == "event_trigger"
    })
}

/// `…send` functions of types that we do not send.
fn binary_input(proc: &ProcRow) -> bool {
    proc.result == types::BYTEA && proc.arguments.len() == 1 && proc.name.ends_with("send")
}

fn signature(proc: &ProcRow) -> String {
    let arguments: Vec<String> = proc.arguments.iter().map(|kind| type_name(*kind)).collect();
    format!("({})", arguments.join(", "))
}

/// Names with their signatures, one line a name.
fn listed<'a>(rows: impl Iterator<Item = &'a ProcRow>) -> String {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        names.entry(&row.name).or_default().push(signature(row));
    }
    let mut text = String::new();
    for (name, mut signatures) in names {
        signatures.sort();
        writeln!(text, "- `{name}` {}", signatures.join(" ")).unwrap();
    }
    text
}

fn page() -> String {
    let own = namespace_oid(SCHEMA);
    let procs = system().procs().iter();
    let procs: Vec<&ProcRow> = procs.filter(|proc| proc.namespace != own).collect();
    let executed = |oid: Oid| functions().implementation(oid).is_some();
    let (run, refused): (Vec<&ProcRow>, Vec<&ProcRow>) =
        procs.iter().copied().partition(|proc| executed(proc.oid));
    let mut groups: Vec<Vec<&ProcRow>> = vec![Vec::new(); REASONS.len() + 1];
    for proc in &refused {
        let group = REASONS
            .iter()
            .position(|(_, _, fits)| fits(proc))
            .unwrap_or(REASONS.len());
        groups[group].push(*proc);
    }
    let operators = system().operators();
    let run_operators = operators.iter().filter(|row| executed(row.code)).count();
    let mut text = String::from("# Functions and operators\n\n");
    writeln!(
        text,
        "Every row of PostgreSQL 15's `pg_proc` and `pg_operator`: what is executed, and what is \
         found, resolved and then refused (0A000, or 42501 where only a superuser may). This page \
         is made by a test from the same rows that calls are resolved by.\n"
    )
    .unwrap();
    writeln!(
        text,
        "| | rows | executed |\n|---|---:|---:|\n| `pg_proc` | {} | {} |\n| `pg_operator` | {} | {run_operators} |\n",
        procs.len(),
        run.len(),
        operators.len(),
    )
    .unwrap();
    text.push_str("## What is refused, and why\n\n");
    let titles = REASONS
        .iter()
        .map(|(title, reason, _)| (*title, *reason))
        .chain([NOT_YET]);
    for ((title, reason), group) in titles.zip(&groups) {
        if group.is_empty() {
            continue;
        }
        writeln!(text, "### {title} ({})\n\n{reason}\n", group.len()).unwrap();
        text.push_str(&listed(group.iter().copied()));
        text.push('\n');
    }
    text.push_str("## Operators that are refused\n\nTheir functions are; see above.\n\n");
    let mut lines: Vec<String> = operators
        .iter()
        .filter(|row| !executed(row.code))
        .map(|row| {
            let left = if row.left.valid() {
                type_name(row.left) + " "
            } else {
                String::new()
            };
            format!("- `{left}{} {}`", row.name, type_name(row.right))
        })
        .collect();
    lines.sort();
    text.push_str(&lines.join("\n"));
    text.push_str("\n\n## Functions that are executed\n\n");
    text.push_str(&listed(run.iter().copied()));
    text
}

#[test]
fn page_of_functions_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/generated/functions.md");
    let text = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/generated/functions.md is old; UPDATE_GOLDEN=1 writes it anew"
    );
}
