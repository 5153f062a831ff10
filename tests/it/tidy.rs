//! The floors, read from the sources: who may import whom, and which outside crate has which owner.
//!
//! The tables are those of `ARCHITECTURE.md`, section "Floors"; the compiler does not see floors in
//! a single package, so this does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and what it may import beside itself.
const FLOORS: &[(&str, &[&str])] = &[
    ("ident", &[]),
    ("clock", &[]),
    ("telemetry", &["ident"]),
    ("threads", &[]),
    ("pg", &["ident"]),
    ("config", &["ident", "clock"]),
    ("schema", &["ident", "pg"]),
    ("tenant", &["ident", "clock", "telemetry", "pg", "config"]),
    (
        "snapshot",
        &[
            "ident",
            "clock",
            "telemetry",
            "threads",
            "pg",
            "config",
            "schema",
        ],
    ),
    ("tls", &["ident", "clock", "telemetry", "config"]),
    (
        "engine",
        &[
            "ident",
            "clock",
            "telemetry",
            "threads",
            "pg",
            "config",
            "schema",
            "tenant",
            "snapshot",
        ],
    ),
    (
        "sync",
        &[
            "ident",
            "clock",
            "telemetry",
            "threads",
            "pg",
            "config",
            "schema",
            "tenant",
            "snapshot",
        ],
    ),
    (
        "wire",
        &[
            "ident",
            "clock",
            "telemetry",
            "pg",
            "config",
            "schema",
            "tenant",
            "tls",
            "engine",
        ],
    ),
    (
        "app",
        &[
            "ident",
            "clock",
            "telemetry",
            "pg",
            "config",
            "schema",
            "tenant",
            "snapshot",
            "tls",
            "engine",
            "sync",
            "wire",
        ],
    ),
    (
        "cli",
        &[
            "ident",
            "clock",
            "telemetry",
            "pg",
            "config",
            "schema",
            "tenant",
            "snapshot",
            "tls",
            "engine",
            "sync",
            "wire",
            "app",
        ],
    ),
];

/// Outside crates that only some modules may use. Arrow is the shared data language, but of those
/// named here only.
const OWNERS: &[(&str, &[&str])] = &[
    ("pgwire", &["wire"]),
    ("datafusion", &["engine", "sync"]),
    ("pg_query", &["engine"]),
    ("parquet", &["snapshot", "sync"]),
    ("object_store", &["snapshot", "sync", "engine", "cli"]),
    ("ipnet", &["tenant", "cli"]),
    ("toml", &["config", "schema", "tenant"]),
    ("clap", &["cli"]),
    ("rustls", &["tls", "wire", "sync"]),
    ("tokio_rustls", &["tls", "wire", "sync"]),
    ("tokio_postgres", &["sync"]),
    ("reqwest", &["sync", "app"]),
    (
        "arrow",
        &["pg", "schema", "snapshot", "engine", "sync", "wire"],
    ),
];

/// The longest file that is read without being split (generated tables are not Rust files).
const LINES_MAX: usize = 1_000;

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the source folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The top-level module a file belongs to.
fn module(path: &Path) -> String {
    let relative = path.strip_prefix(src()).expect("below src");
    let first = relative
        .components()
        .next()
        .expect("a name")
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Words that follow `prefix`, wherever it starts a path.
fn words_after<'t>(text: &'t str, prefix: &str) -> BTreeSet<&'t str> {
    text.match_indices(prefix)
        .filter(|(at, _)| {
            !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        })
        .map(|(at, _)| {
            let rest = &text[at + prefix.len()..];
            rest.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .next()
                .unwrap_or("")
        })
        .filter(|word| !word.is_empty())
        .collect()
}

fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn imports_go_down_the_floors_only() {
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let own = module(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let Some(allowed) = floors.get(own.as_str()) else {
            wrong.push(format!("{}: module {own} has no floor", path.display()));
            continue;
        };
        let text = code(&path);
        assert!(
            !text.contains("use crate::{"),
            "{}: one import a line, so that floors can be read",
            path.display()
        );
        for target in words_after(&text, "crate::") {
            if target != own && !allowed.contains(&target) {
                wrong.push(format!(
                    "{}: {own} must not import {target}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_with_their_owners() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let own = module(&path);
        let text = code(&path);
        for (name, owners) in OWNERS {
            // A module of that name inside another crate is not the crate.
            let group = format!("{name}::{{");
            let mut groups = text.match_indices(&group);
            let used = !words_after(&text, &format!("{name}::")).is_empty()
                || groups.any(|(at, _)| !text[..at].ends_with("::"));
            if used && !owners.contains(&own.as_str()) {
                wrong.push(format!("{}: {name} belongs to {owners:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let text = fs::read_to_string(&path).expect("a source file");
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if [
            "utils", "util", "common", "helpers", "misc", "base", "manager",
        ]
        .contains(&name.as_str())
        {
            wrong.push(format!(
                "{}: a module is named by what it owns",
                path.display()
            ));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: says nothing about itself", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_to_do_by_its_own_words() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("HA", "CK"),
    ];
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let text = fs::read_to_string(&path).expect("a source file");
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
