//! The rows of each table of schema `syllabase`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Sink, Status, Stop, stamp};
use crate::ident::ProductName;
use crate::snapshot::{
    self, Aside, AsideRows, Cause, Ending, Kind, LogEntry, Manifest, Outcome, Published, RunRecord,
    TableReport,
};

/// A table of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Snapshots,
    Runs,
    Freshness,
    Changes,
    LateArrivals,
    Aside(Aside),
    SchemaChanges,
    Quality,
}

/// One row, each value as PostgreSQL reads it.
type Row = Vec<Option<String>>;

impl Source {
    /// What the declared table of that name holds.
    pub(super) fn of(table: &str) -> Option<Self> {
        Some(match table {
            "snapshots" => Self::Snapshots,
            "sync_runs" => Self::Runs,
            "freshness" => Self::Freshness,
            "changes" => Self::Changes,
            "late_arrivals" => Self::LateArrivals,
            "quarantine" => Self::Aside(Aside::Quarantine),
            "clock_corrections" => Self::Aside(Aside::Corrections),
            "schema_changes" => Self::SchemaChanges,
            "quality" => Self::Quality,
            _ => return None,
        })
    }

    /// Makes all its rows; blocks on files.
    pub(super) fn rows(
        self,
        status: &Status,
        now: DateTime<Utc>,
        sink: &mut Sink,
    ) -> Result<(), Stop> {
        for (product, number) in &status.products {
            let night = Nights {
                status,
                product,
                newest: *number,
            };
            match self {
                Self::Snapshots => night.snapshots(sink)?,
                Self::Runs => night.runs(sink)?,
                Self::Freshness => night.freshness(now, sink)?,
                Self::Changes => night.changes(sink)?,
                Self::LateArrivals => night.late_arrivals(sink)?,
                Self::Aside(what) => night.aside(what, sink)?,
                Self::SchemaChanges => night.schema_changes(sink)?,
                Self::Quality => night.quality(sink)?,
            }
        }
        Ok(())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "numbers and words come by value, names by reference"
)]
fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// The nights of one product.
struct Nights<'a> {
    status: &'a Status,
    product: &'a ProductName,
    newest: u64,
}

impl Nights<'_> {
    fn log(&self) -> Result<Vec<LogEntry>, Stop> {
        Ok(self.status.log(self.product)?)
    }

    /// The snapshot of a publication, while it is kept.
    fn published(&self, number: u64) -> Result<Option<Arc<Published>>, snapshot::Error> {
        let status = self.status;
        status.store.published(&status.tenant, self.product, number)
    }

    /// The publications that nights made: one again of an earlier snapshot tells nothing new.
    fn nights(&self) -> Result<impl Iterator<Item = LogEntry>, Stop> {
        let log = self.log()?.into_iter();
        Ok(log.filter(|entry| entry.kind != Kind::RolledBack))
    }

    /// Calls `each` for every night whose snapshot is kept, oldest first.
    fn kept(&self, mut each: impl FnMut(&Published) -> Result<(), Stop>) -> Result<(), Stop> {
        for entry in self.nights()? {
            if let Some(published) = self.published(entry.number)? {
                each(&published)?;
            }
        }
        Ok(())
    }

    fn snapshots(&self, sink: &mut Sink) -> Result<(), Stop> {
        let mut before: Option<Arc<Published>> = None;
        let store = &self.status.store;
        let pinned = store.kept_snapshots(&self.status.tenant, self.product)?;
        for entry in self.log()? {
            let published = self.published(entry.number)?;
            let figures = published.as_deref().map(|published| {
                let before = before.as_deref().map(|before| &before.manifest);
                figures(&published.manifest, before)
            });
            let figure = |at: usize| figures.and_then(|figures: [u64; 3]| text(figures.get(at)?));
            sink.push(vec![
                text(self.product),
                text(entry.number),
                text(&entry.snapshot),
                Some(stamp(entry.published_at)),
                text(entry.kind.as_str()),
                entry.predecessor.as_ref().and_then(text),
                text(published.is_some()),
                text(pinned.contains_key(&entry.snapshot)),
                figure(0),
                figure(1),
                figure(2),
            ])?;
            before = published;
        }
        Ok(())
    }

    fn runs(&self, sink: &mut Sink) -> Result<(), Stop> {
        let status = self.status;
        let runs = status.store.history(&status.tenant, self.product)?;
        let known = |run: &RunRecord| status.until.is_none_or(|until| run.finished_at <= until);
        for run in runs.into_iter().filter(known) {
            let (outcome, reason, number, snapshot) = match run.ending {
                Ending::Published { number, snapshot } => {
                    ("published", None, Some(number), Some(snapshot))
                }
                Ending::Held { snapshot, reason } => ("held", Some(reason), None, Some(snapshot)),
                Ending::Failed { reason, .. } => ("failed", Some(reason), None, None),
            };
            let sum = |of: fn(&TableReport) -> u64| text(run.tables.iter().map(of).sum::<u64>());
            sink.push(vec![
                text(self.product),
                Some(stamp(run.started_at)),
                Some(stamp(run.finished_at)),
                text(outcome),
                reason,
                number.and_then(text),
                snapshot,
                sum(|table| table.read),
                sum(|table| table.served),
                sum(|table| table.quarantined),
                sum(|table| table.erased),
            ])?;
        }
        Ok(())
    }

    fn freshness(&self, now: DateTime<Utc>, sink: &mut Sink) -> Result<(), Stop> {
        let published = match self.newest {
            0 => None,
            number => self.published(number)?,
        };
        let Some(published) = published else {
            return Ok(());
        };
        for (name, table) in &published.manifest.tables {
            let watermark = table.watermark.and_then(DateTime::from_timestamp_micros);
            sink.push(vec![
                text(self.product),
                text(name),
                text(self.newest),
                watermark.map(stamp),
                Some(stamp(table.read_at)),
                Some(stamp(published.published_at)),
                text(table.rows),
                Some(interval(now - table.read_at)),
                text(table.stale),
            ])?;
        }
        Ok(())
    }

    fn changes(&self, sink: &mut Sink) -> Result<(), Stop> {
        self.kept(|published| {
            for table in &published.manifest.report.tables {
                let changes = table.changes.as_ref();
                sink.push(vec![
                    text(self.product),
                    text(published.number),
                    text(&table.table),
                    Some(stamp(published.published_at)),
                    text(outcome(table.outcome)),
                    text(table.read),
                    text(table.served),
                    text(table.quarantined),
                    text(table.erased),
                    changes.and_then(|changes| text(changes.inserted)),
                    changes.and_then(|changes| text(changes.updated)),
                    changes.and_then(|changes| text(changes.deleted)),
                    changes.and_then(|changes| text(changes.late)),
                    text(table.corrected),
                    text(table.flagged),
                ])?;
            }
            Ok(())
        })
    }

    fn late_arrivals(&self, sink: &mut Sink) -> Result<(), Stop> {
        let status = self.status;
        for entry in self.nights()? {
            let log = status
                .store
                .change_log(&status.tenant, self.product, &entry.snapshot)?;
            let tables = log.into_iter().flat_map(|log| log.tables);
            for (table, changes) in tables {
                for day in changes.days() {
                    let late = day.causes.get(&Cause::ArrivedLate);
                    let Some(late) = late.filter(|late| late.added > 0) else {
                        continue;
                    };
                    sink.push(vec![
                        text(self.product),
                        text(&table),
                        day.day.and_then(text),
                        text(entry.number),
                        Some(stamp(entry.published_at)),
                        text(late.added),
                    ])?;
                }
            }
        }
        Ok(())
    }

    /// What nights kept aside: the columns of the files, those of corrections under longer names.
    fn aside(&self, what: Aside, sink: &mut Sink) -> Result<(), Stop> {
        let status = self.status;
        for entry in self.nights()? {
            let store = &status.store;
            let files = store.aside(what, &status.tenant, self.product, &entry.snapshot)?;
            for (table, path) in files {
                let Some(rows) = AsideRows::open(&path)? else {
                    continue;
                };
                for batch in rows {
                    for values in values(&batch?, what) {
                        let head = [
                            text(self.product),
                            text(&table),
                            text(entry.number),
                            Some(stamp(entry.published_at)),
                        ];
                        sink.push(head.into_iter().chain(values).collect())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn schema_changes(&self, sink: &mut Sink) -> Result<(), Stop> {
        let mut known: BTreeMap<String, [BTreeSet<String>; 3]> = BTreeMap::new();
        self.kept(|published| {
            let served = |table: &TableReport| {
                let entry = published.table(&table.table);
                entry.map_or(&[][..], |entry| &entry.extra)
            };
            let read =
                |table: &&TableReport| matches!(table.outcome, Outcome::Loaded | Outcome::Merged);
            for table in published.manifest.report.tables.iter().filter(read) {
                let now = [
                    table.missing_columns.as_slice(),
                    table.ignored_columns.as_slice(),
                    served(table),
                ];
                let now = now.map(|columns| columns.iter().cloned().collect::<BTreeSet<_>>());
                let before = known.entry(table.table.clone()).or_default();
                for ((before, now), words) in before.iter().zip(&now).zip(WORDS) {
                    let came = now.difference(before).map(|column| (column, words[0]));
                    let gone = before.difference(now).map(|column| (column, words[1]));
                    for (column, word) in came.chain(gone) {
                        sink.push(vec![
                            text(self.product),
                            text(&table.table),
                            text(published.number),
                            Some(stamp(published.published_at)),
                            text(column),
                            text(word),
                        ])?;
                    }
                }
                *before = now;
            }
            Ok(())
        })
    }

    fn quality(&self, sink: &mut Sink) -> Result<(), Stop> {
        self.kept(|published| {
            for table in &published.manifest.report.tables {
                for check in &table.checks {
                    sink.push(vec![
                        text(self.product),
                        text(published.number),
                        text(&table.table),
                        text(&check.check),
                        Some(stamp(published.published_at)),
                        text(&check.action),
                        text(check.rows),
                    ])?;
                }
            }
            Ok(())
        })
    }
}

/// What begins and what ends when a column is missing, undeclared and not served, or undeclared and
/// served.
const WORDS: [[&str; 2]; 3] = [
    ["missing", "delivered again"],
    ["extra", "extra gone"],
    ["extra served", "extra not served"],
];

/// Rows, bytes, and bytes of files that the snapshot before has too.
fn figures(manifest: &Manifest, before: Option<&Manifest>) -> [u64; 3] {
    let files = |manifest: &'_ Manifest| -> Vec<(String, u64)> {
        let tables = manifest.tables.values();
        let files = tables.flat_map(|table| &table.files);
        let all = files.flat_map(|file| {
            let dead = file.dead.as_ref().map(|dead| &dead.file);
            let dead = dead.map(|dead| (dead.path.clone(), dead.bytes));
            std::iter::once((file.path.clone(), file.bytes)).chain(dead)
        });
        all.collect()
    };
    let own = files(manifest);
    let before: BTreeSet<String> = before
        .into_iter()
        .flat_map(files)
        .map(|(path, _)| path)
        .collect();
    let shared = own.iter().filter(|(path, _)| before.contains(path));
    [
        manifest.tables.values().map(|table| table.rows).sum(),
        own.iter().map(|(_, bytes)| bytes).sum(),
        shared.map(|(_, bytes)| bytes).sum(),
    ]
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Loaded => "loaded",
        Outcome::Merged => "merged",
        Outcome::Unchanged => "unchanged",
        Outcome::Stale => "stale",
        Outcome::Absent => "absent",
    }
}

/// A span of time as PostgreSQL subtracts timestamps: days, then hours.
fn interval(span: TimeDelta) -> String {
    let micros = span.num_microseconds().unwrap_or_default().max(0);
    let (days, rest) = (micros / 86_400_000_000, micros % 86_400_000_000);
    format!(
        "{days} days {}.{:06} secs",
        rest / 1_000_000,
        rest % 1_000_000
    )
}

/// The rows of a file kept aside, in the order its columns are declared. A column that an older
/// file does not have is NULL.
fn values(batch: &RecordBatch, what: Aside) -> Vec<Row> {
    let schema = what.schema();
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            let column = batch.column_by_name(field.name())?;
            cast(column, &DataType::Utf8).ok()
        })
        .collect();
    let row = |row: usize| {
        let values = columns.iter().enumerate().map(|(at, column)| {
            let column = column.as_ref().filter(|column| column.is_valid(row))?;
            let value = column.as_string::<i32>().value(row);
            // The key of a corrected row is JSON; whatever else stands there is served as text.
            let json = what == Aside::Corrections && at == 0;
            Some(match serde_json::from_str::<serde_json::Value>(value) {
                Err(_) if json => serde_json::Value::from(value).to_string(),
                _ => value.to_owned(),
            })
        });
        values.collect()
    };
    (0..batch.num_rows()).map(row).collect()
}
