//! `syllabase sync status`: what somebody wants to know at 7 in the morning, a line per product.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{lacking_object, so_far};
use crate::app;
use crate::cli::output::{Answer, columns, span};
use crate::cli::{Desk, Error};
use crate::ident::{ProductName, TenantId};
use crate::schema::Products;
use crate::snapshot::{
    Changes, Ending, Kind, Outcome, Published, RunSummary, Running, Store, TableReport,
};
use crate::sync::{self, Lacking, Standing, State};
use crate::telemetry::chain;
use crate::tenant::{self, Tenant};

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

/// How a product stands of which nothing can be said,
const UNREADABLE: &str = "unreadable";
/// and one whose tenant's file says nothing that can be understood.
const BROKEN: &str = "broken";
/// Damaged files that are told; there may be more.
const DAMAGE_TOLD: usize = 3;

pub(super) fn status(desk: &Desk, id: Option<&TenantId>) -> Result<Answer, Error> {
    let ids = match id {
        Some(id) => vec![id.clone()],
        None => desk.files().ids()?,
    };
    let mut board = Board {
        desk,
        store: desk.snapshots()?,
        products: app::products(&desk.settings)?,
        rows: Vec::new(),
        notes: Vec::new(),
        objects: Vec::new(),
        waiting: 0,
    };
    for one in ids {
        match desk.files().read(&one) {
            Ok(tenant) => board.tenant(&tenant),
            // Asked for by its name, there is nothing else to tell.
            Err(error @ tenant::Error::Unknown(_)) if id.is_some() => return Err(error.into()),
            // The others are told of all the same.
            Err(error) => board.broken(&one, &error),
        }
    }
    Ok(board.answer())
}

/// What is told of all products.
struct Board<'a> {
    desk: &'a Desk,
    store: Store,
    products: Products,
    rows: Vec<[String; 8]>,
    /// What stands below the rows, a line each.
    notes: Vec<String>,
    objects: Vec<Value>,
    waiting: usize,
}

impl Board<'_> {
    fn tenant(&mut self, tenant: &Tenant) {
        let id = &tenant.id;
        let planned = app::planned(&self.desk.settings, &self.products, tenant);
        for product in &tenant.products {
            let night = planned.iter().find(|one| one.job.product.name == *product);
            let late = self.desk.settings.late();
            match Standing::of(&self.store, id, product, night, late) {
                Ok(standing) => self.product(id, product, &standing),
                Err(error) => {
                    let words = format!(
                        "{}; restore it from a backup, or: syllabase snapshot rollback {id} \
                         {product} NUMBER",
                        chain(&error)
                    );
                    self.unknown(id, Some(product), UNREADABLE, words);
                }
            }
        }
    }

    fn product(&mut self, id: &TenantId, product: &ProductName, standing: &Standing) {
        self.waiting += usize::from(standing.needs_a_person());
        // What cannot be told beside how things stand says nothing of how they stand.
        let running = self.store.running(id, product).unwrap_or_default();
        let current = self.store.current(id, product).unwrap_or_default();
        let reports = current.iter().flat_map(|one| &one.manifest.report.tables);
        let reports: Vec<TableReport> = reports.cloned().collect();
        let lacking = sync::lacking(&self.store, id, product, &reports).unwrap_or_default();
        let line = Line {
            id,
            product,
            standing,
            current: current.as_deref(),
            lacking: &lacking,
            running: running.as_ref(),
            now: self.desk.clock.now(),
        };
        self.objects.push(line.object());
        self.rows.push(line.columns());
        let notes = lacking.iter().map(|one| format!("{id} {product}  {one}"));
        self.notes.extend(notes);
    }

    /// A tenant whose file cannot be understood.
    fn broken(&mut self, id: &TenantId, error: &tenant::Error) {
        let words = format!(
            "{}; correct that line; a server that runs goes by the last good version",
            chain(error)
        );
        self.unknown(id, None, BROKEN, words);
    }

    /// What documents cannot be read of.
    fn unknown(
        &mut self,
        id: &TenantId,
        product: Option<&ProductName>,
        state: &str,
        words: String,
    ) {
        self.waiting += 1;
        self.objects.push(json!({
            "tenant": id.as_str(), "product": product.map(ProductName::as_str), "state": state,
            "act": true, "what_to_know": words,
        }));
        let mut row = ["-"; 8].map(str::to_owned);
        row[0] = id.to_string();
        if let Some(product) = product {
            row[1] = product.to_string();
        }
        state.clone_into(&mut row[2]);
        row[7] = words;
        self.rows.push(row);
    }

    fn answer(self) -> Answer {
        let mut text = columns(NAMES, &self.rows);
        for note in &self.notes {
            text.push_str(note);
            text.push('\n');
        }
        let waiting = self.waiting;
        let text = match (self.rows.len(), waiting) {
            (0, _) => "no tenants yet".to_owned(),
            (_, 0) => format!("{text}\nnothing waits for a person"),
            (all, _) => format!("{text}\n{waiting} of {all} wait for a person"),
        };
        let json = json!({"ok": waiting == 0, "waiting": waiting, "runs": self.objects});
        Answer::line(text, json).bad(waiting > 0)
    }
}

struct Line<'a> {
    id: &'a TenantId,
    product: &'a ProductName,
    standing: &'a Standing,
    /// The snapshot that is served.
    current: Option<&'a Published>,
    lacking: &'a [Lacking],
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
            self.state(),
            served.map_or_else(none, |served| ago(self.now, served.read_at)),
            good.map_or_else(none, |run| stamp(run.finished_at)),
            served.map_or_else(none, |served| served.rows.to_string()),
            self.changes_in_words().unwrap_or_else(none),
            self.words(),
        ]
    }

    fn state(&self) -> String {
        let state = self.standing.state.as_str();
        match self.standing.damaged().next() {
            Some(_) => format!("{state}, damaged"),
            None => state.to_owned(),
        }
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
            State::Fresh => words.extend(standing.last.as_deref().and_then(noteworthy)),
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
                standing.last.as_deref().map(why).unwrap_or_default()
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
        words.extend(self.damage());
        words.join("; ")
    }

    /// What was found damaged, first what readers miss now.
    fn damage(&self) -> Vec<String> {
        let (id, product) = (self.id, self.product);
        let mut all: Vec<_> = self.standing.damage.iter().collect();
        all.sort_by_key(|one| (one.table.is_none(), &one.path));
        let told = all.iter().take(DAMAGE_TOLD).map(|one| {
            let what = format!(
                "{}: {}, found at {}",
                one.path,
                one.reason,
                stamp(one.found_at)
            );
            match &one.table {
                Some(table) => format!(
                    "table {table} is damaged ({what}), readers get XX001; load it anew: syllabase \
                     sync run {id} {product}"
                ),
                None => format!(
                    "an earlier snapshot is damaged ({what}); bring that file back from a backup, \
                     then: syllabase snapshot verify {id} {product} --all"
                ),
            }
        });
        let mut told: Vec<_> = told.collect();
        if all.len() > DAMAGE_TOLD {
            told.push(format!(
                "{} more files are damaged",
                all.len() - DAMAGE_TOLD
            ));
        }
        told
    }

    /// The reports of the tables that are served.
    fn reports(&self) -> impl Iterator<Item = &TableReport> {
        let current = self.current.iter();
        current.flat_map(|current| &current.manifest.report.tables)
    }

    /// The changes of all tables that the one before could be compared with; None for the first.
    fn changes(&self) -> Option<Changes> {
        let each = self.reports().filter_map(|table| table.changes);
        each.reduce(|all, one| Changes {
            inserted: all.inserted + one.inserted,
            updated: all.updated + one.updated,
            deleted: all.deleted + one.deleted,
            late: all.late + one.late,
        })
    }

    /// The tables that were loaded without being compared.
    fn anew(&self) -> Vec<&str> {
        let read = self
            .reports()
            .filter(|table| matches!(table.outcome, Outcome::Loaded | Outcome::Merged));
        let anew = read.filter(|table| table.changes.is_none());
        anew.map(|table| table.table.as_str()).collect()
    }

    /// What the snapshot that is served changed when it was made.
    fn changes_in_words(&self) -> Option<String> {
        let current = self.current?;
        if self.standing.served.as_ref()?.kind == Kind::RolledBack {
            return Some("taken back".to_owned());
        }
        if current.manifest.parent.is_none() {
            return Some("first load".to_owned());
        }
        let changes = self.changes().unwrap_or_default();
        let each = [
            (changes.inserted, "new"),
            (changes.late, "of them late"),
            (changes.updated, "changed"),
            (changes.deleted, "gone"),
        ];
        let some = each.into_iter().filter(|(count, _)| *count > 0);
        let mut words: Vec<_> = some
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        match self.anew().as_slice() {
            [] => {}
            [table] => words.push(format!("{table} loaded anew")),
            tables => words.push(format!("{} tables loaded anew", tables.len())),
        }
        if words.is_empty() {
            words.push("none".to_owned());
        }
        Some(words.join(", "))
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
        let last = standing.last.as_deref();
        let outcome = last.map_or("never", |run| ending(run).0);
        json!({
            "tenant": self.id.as_str(), "product": self.product.as_str(),
            "state": standing.state.as_str(), "act": standing.needs_a_person(),
            "served": served, "outcome": outcome, "detail": last.map(|run| ending(run).1),
            "ended": last.map(|run| moment(run.finished_at)),
            "last_good": standing.good.as_ref().map(|run| moment(run.finished_at)),
            "changes": self.changes().map(|changes| json!({
                "inserted": changes.inserted, "updated": changes.updated,
                "deleted": changes.deleted, "late": changes.late,
            })),
            "loaded_anew": self.anew(),
            "lacking": self.lacking.iter().map(lacking_object).collect::<Vec<_>>(),
            "damaged": standing.damage.iter().map(|one| json!({
                "file": one.path, "reason": one.reason, "found": moment(one.found_at),
                "table": one.table,
            })).collect::<Vec<_>>(),
            "read": last.map(|run| run.read),
            "refused": last.map(|run| run.refused),
            "erased": last.map(|run| run.erased), "tried_again": standing.again.map(moment),
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

fn ending(run: &RunSummary) -> (&'static str, &str) {
    match &run.ending {
        Ending::Published { snapshot, .. } => ("published", snapshot),
        Ending::Held { reason, .. } => ("held", reason),
        Ending::Failed { reason, .. } => ("failed", reason),
    }
}

fn why(run: &RunSummary) -> String {
    format!(
        "{} at {}: {}",
        ending(run).0,
        stamp(run.finished_at),
        ending(run).1
    )
}

/// What a good night leaves to know.
fn noteworthy(run: &RunSummary) -> Option<String> {
    let worst = run.worst.as_ref()?;
    Some(format!(
        "{} rows refused, most of them of {worst}",
        run.refused
    ))
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
