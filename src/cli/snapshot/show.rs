//! `syllabase snapshot show`: what a snapshot holds, how it differs from the one before, and what
//! the checks found.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::super::output::{Answer, columns};
use super::super::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Manifest, Published, RefusedRow, Store, TableReport};

/// Refused rows shown a table.
const EXAMPLES: usize = 3;

/// Shows the snapshot that is served, or the one that waits for a person.
pub(super) fn show(
    desk: &Desk,
    id: &TenantId,
    product: &ProductName,
    held: bool,
) -> Result<Answer, Error> {
    desk.products_of(id, Some(product))?;
    let store = desk.snapshots()?;
    let current = store.current(id, product)?;
    let missing = |what: &str, remedy: &str| {
        let what = format!("no snapshot of {product} of tenant \"{id}\" {what}");
        Error::refused(what, format!("syllabase {remedy} {id}"))
    };
    let shown = if held {
        let reason = store.held(id, product)?.map(|(_, reason)| reason);
        let manifest = store.held_manifest(id, product)?;
        let waiting = manifest.zip(reason);
        let (manifest, reason) = waiting.ok_or_else(|| missing("is held", "snapshot list"))?;
        Shown::new(&store, manifest, current, Some(reason))?
    } else {
        let published = current.ok_or_else(|| missing("is published", "sync run"))?;
        let parent = published.manifest.parent.as_ref();
        let all = store.list(id, product)?.into_iter();
        let before = all.rev().find(|one| Some(&one.id) == parent);
        Shown::new(&store, published.manifest.clone(), before, None)?
    };
    Ok(Answer::line(shown.text(id, product), shown.json()))
}

struct Shown {
    manifest: Manifest,
    held: Option<String>,
    before: Option<Arc<Published>>,
    /// For each table some rows that it refused.
    refused: Vec<Vec<String>>,
}

impl Shown {
    fn new(
        store: &Store,
        manifest: Manifest,
        before: Option<Arc<Published>>,
        held: Option<String>,
    ) -> Result<Self, Error> {
        let mut refused = Vec::new();
        for report in &manifest.report.tables {
            let some = report.quarantined > 0;
            let examples = some.then(|| examples(store, &manifest, &report.table));
            refused.push(examples.transpose()?.unwrap_or_default());
        }
        Ok(Self {
            manifest,
            held,
            before,
            refused,
        })
    }

    fn tables(&self) -> impl Iterator<Item = (&TableReport, &Vec<String>)> {
        self.manifest.report.tables.iter().zip(&self.refused)
    }

    fn rows_before(&self, table: &str) -> Option<u64> {
        Some(self.before.as_ref()?.table(table)?.rows)
    }

    fn text(&self, id: &TenantId, product: &ProductName) -> String {
        let snapshot = &self.manifest.id;
        let mut text = match &self.held {
            Some(reason) => {
                format!("snapshot {snapshot} of {product} of tenant \"{id}\" is held: {reason}\n")
            }
            None => format!("snapshot {snapshot} of {product} of tenant \"{id}\" is served\n"),
        };
        if let Some(before) = &self.before {
            let at = before
                .published_at
                .to_rfc3339_opts(SecondsFormat::Secs, true);
            // Writing to a String cannot fail.
            let _infallible = writeln!(text, "compared with {}, published {at}", before.id);
        }
        let count = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
        let rows: Vec<_> = self
            .tables()
            .map(|(report, _)| {
                let changes = report.changes.as_ref();
                [
                    report.table.clone(),
                    count(self.rows_before(&report.table)),
                    report.served.to_string(),
                    count(changes.map(|one| one.inserted)),
                    count(changes.map(|one| one.updated)),
                    count(changes.map(|one| one.deleted)),
                    count(changes.map(|one| one.late)),
                    report.quarantined.to_string(),
                ]
            })
            .collect();
        let names = [
            "table", "before", "rows", "new", "changed", "gone", "late", "refused",
        ];
        text += &columns(names, &rows);
        for (report, examples) in self.tables() {
            for check in report.checks.iter().filter(|check| check.rows > 0) {
                let (rows, name, action) = (check.rows, &check.check, &check.action);
                let _infallible =
                    writeln!(text, "{}: {rows} rows fail {name} ({action})", report.table);
            }
            if report.corrected + report.flagged > 0 {
                let (corrected, flagged) = (report.corrected, report.flagged);
                let _infallible = writeln!(
                    text,
                    "{}: {corrected} times of devices corrected, {flagged} flagged",
                    report.table
                );
            }
            for example in examples {
                let _infallible = writeln!(text, "{}: refused {example}", report.table);
            }
        }
        if self.held.is_some() {
            let _infallible = writeln!(
                text,
                "to serve it:      syllabase snapshot publish {id} {product} --held\n\
                 to throw it away: syllabase snapshot discard {id} {product} --held"
            );
        }
        text
    }

    fn json(&self) -> Value {
        let table = |(report, examples): (&TableReport, &Vec<String>)| {
            let checks = report.checks.iter().map(
                |check| json!({"check": check.check, "action": check.action, "rows": check.rows}),
            );
            let changes = report.changes.as_ref().map(|changes| {
                json!({
                    "inserted": changes.inserted, "updated": changes.updated,
                    "deleted": changes.deleted, "late": changes.late,
                })
            });
            json!({
                "table": report.table, "rows_before": self.rows_before(&report.table),
                "rows": report.served, "changes": changes, "refused": report.quarantined,
                "erased": report.erased,
                "reasons": report.reasons, "examples": examples,
                "corrected": report.corrected, "flagged": report.flagged,
                "checks": checks.collect::<Vec<_>>(),
            })
        };
        json!({
            "ok": true, "snapshot": self.manifest.id.as_str(), "held": self.held,
            "compared_with": self.before.as_ref().map(|before| before.id.as_str()),
            "tables": self.tables().map(table).collect::<Vec<_>>(),
        })
    }
}

/// Where some refused rows stood and why they were refused; what they said stays in the store, for
/// it is about people.
fn examples(store: &Store, manifest: &Manifest, table: &str) -> Result<Vec<String>, Error> {
    let rows = store.refused(manifest, table, EXAMPLES)?.into_iter();
    let told = |row: RefusedRow| {
        let place = format!("{} line {}", row.file, row.line);
        match row.column {
            Some(column) => format!("{place}, {column}: {}", row.reason),
            None => format!("{place}: {}", row.reason),
        }
    };
    Ok(rows.map(told).collect())
}
