//! `syllabase sync status`: what somebody wants to know at 7 in the morning, a line per product.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::so_far;
use crate::app;
use crate::cli::output::{Answer, columns, span};
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{self, Changes, Ending, Kind, RunRecord, Running, TableReport};
use crate::sync::{Standing, State};
use crate::telemetry::chain;

const NAMES: [&str; 8] = [
    "tenant",
    "product",
    "state",
    "data of",
    "last good night",
    "rows",
    "changes",
    "what to know",
];

/// How a product stands of which nothing can be said.
const UNREADABLE: &str = "unreadable";

pub(super) fn status(desk: &Desk, id: Option<&TenantId>) -> Result<Answer, Error> {
    let store = desk.snapshots()?;
    let ids = match id {
        Some(id) => vec![id.clone()],
        None => desk.files().ids()?,
    };
    let products = app::products(&desk.settings)?;
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    let mut waiting = 0;
    for id in ids {
        let tenant = desk.files().read(&id)?;
        let planned = app::planned(&desk.settings, &products, &tenant);
        for product in &tenant.products {
            let night = planned.iter().find(|one| one.job.product.name == *product);
            let late = desk.settings.late();
            let standing = match Standing::of(&store, &id, product, night, late) {
                Ok(standing) => standing,
                // The others are told of all the same.
                Err(error) => {
                    waiting += 1;
                    let (row, object) = unreadable(&id, product, &error);
                    rows.push(row);
                    objects.push(object);
                    continue;
                }
            };
            waiting += usize::from(standing.state.needs_a_person());
            // That it cannot be told how far a run is says nothing of how things stand.
            let running = store.running(&id, product).unwrap_or_default();
            let line = Line {
                id: &id,
                product,
                standing: &standing,
                running: running.as_ref(),
                now: desk.clock.now(),
            };
            objects.push(line.object());
            rows.push(line.columns());
        }
    }
    let text = match (rows.is_empty(), waiting) {
        (true, _) => "no tenants yet".to_owned(),
        (false, 0) => format!("{}\nnothing waits for a person", columns(NAMES, &rows)),
        (false, _) => format!(
            "{}\n{waiting} of {} wait for a person",
            columns(NAMES, &rows),
            rows.len()
        ),
    };
    let json = json!({"ok": waiting == 0, "waiting": waiting, "runs": objects});
    Ok(Answer::line(text, json).bad(waiting > 0))
}

/// The line of a product whose documents cannot be read.
fn unreadable(
    id: &TenantId,
    product: &ProductName,
    error: &snapshot::Error,
) -> ([String; 8], Value) {
    let words = format!(
        "{}; restore it from a backup, or: syllabase snapshot rollback {id} {product} NUMBER",
        chain(error)
    );
    let object = json!({
        "tenant": id.as_str(), "product": product.as_str(), "state": UNREADABLE, "act": true,
        "what_to_know": words,
    });
    let mut row = ["-"; 8].map(str::to_owned);
    row[0] = id.to_string();
    row[1] = product.to_string();
    UNREADABLE.clone_into(&mut row[2]);
    row[7] = words;
    (row, object)
}

struct Line<'a> {
    id: &'a TenantId,
    product: &'a ProductName,
    standing: &'a Standing,
    running: Option<&'a Running>,
    now: DateTime<Utc>,
}

impl Line<'_> {
    fn columns(&self) -> [String; 8] {
        let none = || "-".to_owned();
        let served = self.standing.served.as_ref();
        let good = self.standing.good.as_ref();
        [
            self.id.to_string(),
            self.product.to_string(),
            self.standing.state.as_str().to_owned(),
            served.map_or_else(none, |served| ago(self.now, served.read_at)),
            good.map_or_else(none, |run| stamp(run.finished_at)),
            served.map_or_else(none, |served| served.rows.to_string()),
            good.map_or_else(none, changes_in_words),
            self.words(),
        ]
    }

    /// What happened, and what to do.
    fn words(&self) -> String {
        let (id, product, standing) = (self.id, self.product, self.standing);
        let mut words = Vec::new();
        if let Some(again) = standing.served.as_ref()
            && again.kind == Kind::RolledBack
        {
            words.push(format!(
                "an earlier snapshot was published again at {}",
                stamp(again.published_at)
            ));
        }
        let run_again = format!("syllabase sync run {id} {product}");
        if let Some(running) = self.running {
            let since = stamp(running.started_at);
            words.push(format!(
                "a run is at work since {since}: {}",
                so_far(running)
            ));
        }
        match standing.state {
            // Who sees a run at work has not to start one.
            State::Never | State::Late if self.running.is_some() => {}
            State::Fresh => words.extend(standing.last.as_ref().and_then(noteworthy)),
            State::Never => words.push(match standing.next {
                Some(next) => format!("the first night begins at {}; or: {run_again}", stamp(next)),
                None => format!("it has no source: syllabase tenant source {id} {product} URL"),
            }),
            State::Held => {
                let why = standing.held.as_ref().map(|(_, reason)| reason.as_str());
                words.push(format!(
                    "{}; look at it: syllabase snapshot show {id} {product} --held; then snapshot \
                     publish or discard it, or correct the source and: {run_again}",
                    why.unwrap_or_default()
                ));
            }
            State::Failed => words.push(format!(
                "{}; correct it, then: {run_again}",
                standing.last.as_ref().map(why).unwrap_or_default()
            )),
            State::Late => words.push(match (&standing.last, standing.again) {
                (Some(last), Some(again)) => {
                    format!("{}; tried again at {}", why(last), stamp(again))
                }
                _ => format!("no run was made of the last night: does the server run? {run_again}"),
            }),
        }
        if standing.state == State::Fresh
            && let (Some(last), Some(again)) = (&standing.last, standing.again)
        {
            words.push(format!("{}; tried again at {}", why(last), stamp(again)));
        }
        words.join("; ")
    }

    fn object(&self) -> Value {
        let standing = self.standing;
        let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let served = standing.served.as_ref();
        let served = served.map(|served| {
            json!({
                "snapshot": served.snapshot.as_str(), "number": served.number,
                "published": moment(served.published_at), "read": moment(served.read_at),
                "age_seconds": (self.now - served.read_at).num_seconds(),
                "kind": served.kind.as_str(), "rows": served.rows,
            })
        });
        let last = standing.last.as_ref();
        let outcome = last.map_or("never", |run| ending(run).0);
        json!({
            "tenant": self.id.as_str(), "product": self.product.as_str(),
            "state": standing.state.as_str(), "act": standing.state.needs_a_person(),
            "served": served, "outcome": outcome, "detail": last.map(|run| ending(run).1),
            "ended": last.map(|run| moment(run.finished_at)),
            "last_good": standing.good.as_ref().map(|run| moment(run.finished_at)),
            "changes": standing.good.as_ref().and_then(changes).map(|changes| json!({
                "inserted": changes.inserted, "updated": changes.updated,
                "deleted": changes.deleted, "late": changes.late,
            })),
            "read": last.map(|run| sum(run, |table| table.read)),
            "refused": last.map(refused),
            "erased": last.map(|run| sum(run, |table| table.erased)), "tried_again": standing.again.map(moment),
            "running": self.running.map(|running| json!({
                "since": moment(running.started_at), "told": moment(running.told_at),
                "table": running.table, "number": running.number, "tables": running.tables,
                "rows": running.rows, "bytes": running.bytes, "written": running.written,
                "all_rows": running.all_rows, "seconds": running.seconds,
            })),
            "next": standing.next.map(moment), "what_to_know": self.words(),
        })
    }
}

fn ending(run: &RunRecord) -> (&'static str, &str) {
    match &run.ending {
        Ending::Published { snapshot, .. } => ("published", snapshot),
        Ending::Held { reason, .. } => ("held", reason),
        Ending::Failed { reason, .. } => ("failed", reason),
    }
}

fn why(run: &RunRecord) -> String {
    format!(
        "{} at {}: {}",
        ending(run).0,
        stamp(run.finished_at),
        ending(run).1
    )
}

/// What a good night leaves to know.
fn noteworthy(run: &RunRecord) -> Option<String> {
    let refused = refused(run);
    let worst = run.tables.iter().max_by_key(|table| table.quarantined);
    let worst = worst.filter(|table| table.quarantined > 0)?;
    Some(format!(
        "{refused} rows refused, most of them of {}",
        worst.table
    ))
}

fn refused(run: &RunRecord) -> u64 {
    sum(run, |table| table.quarantined)
}

fn sum(run: &RunRecord, of: fn(&TableReport) -> u64) -> u64 {
    run.tables.iter().map(of).sum()
}

/// The changes of all tables; None for a night that was compared with nothing.
fn changes(run: &RunRecord) -> Option<Changes> {
    let each = run.tables.iter().filter_map(|table| table.changes);
    each.reduce(|all, one| Changes {
        inserted: all.inserted + one.inserted,
        updated: all.updated + one.updated,
        deleted: all.deleted + one.deleted,
        late: all.late + one.late,
    })
}

fn changes_in_words(run: &RunRecord) -> String {
    let Some(changes) = changes(run) else {
        return "first load".to_owned();
    };
    let each = [
        (changes.inserted, "new"),
        (changes.late, "of them late"),
        (changes.updated, "changed"),
        (changes.deleted, "gone"),
    ];
    let some = each.into_iter().filter(|(count, _)| *count > 0);
    let some: Vec<_> = some
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match some.as_slice() {
        [] => "none".to_owned(),
        some => some.join(", "),
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn ago(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let age = now - then;
    if age < TimeDelta::zero() {
        return format!("the future: {}", stamp(then));
    }
    format!("{} ago", span(age))
}
