//! One table of a run: read what has to be read, compare it with the last snapshot, stage the rest.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::task::JoinHandle;
use tracing::Span;

use super::Run;
use super::stage::{Night, in_stored_order, named, stored_order};
use super::verdict::refusing;
use crate::schema::{Action, Origin, Table};
use crate::snapshot::{
    Cause, Changes, CheckReport, Forgotten, Outcome, Published, Reading, Staging, Store,
    TableEntry, TableReport, TableWriter, file_schema_fingerprint,
};
use crate::sync::Error;
use crate::sync::ahead::{ahead, broken};
use crate::sync::check::{Corrections, Judge, Refused, positions, was_corrected};
use crate::sync::compare::{Compared, Terms, Why, compare};
use crate::sync::conform::{Conform, NO_KEY};
use crate::sync::earlier::Earlier;
use crate::sync::extra::Extras;
use crate::sync::intake::{
    DIGEST, Intake, Stamps, digested, identity, met, rows, rows_ordered, taken,
};
use crate::sync::keys::KeySet;
use crate::sync::quarantine::{Quarantine, key_of, refused_keys};
use crate::sync::sort::{Sorter, stream};
use crate::sync::source::{Ask, Batches, Found, Source, Watermark};
use crate::telemetry::chain;

/// What is known of a table before it is read.
struct Before<'a> {
    published: &'a Arc<Published>,
    entry: &'a TableEntry,
}

impl Before<'_> {
    /// Whether all undeclared columns that are to be served are, and no others.
    fn serves(&self, table: &Table, extras: &Extras) -> bool {
        let wanted = |name: &String| extras.wanted(table, name).is_some();
        let mut more = self
            .report(table)
            .into_iter()
            .flat_map(|one| &one.ignored_columns);
        self.entry.extra == extras.names() && !more.any(wanted)
    }

    /// Whether the source has the columns that it had the night before: what came with other ones
    /// cannot be put beside what comes now. Yes where the source cannot say it beforehand.
    fn delivered(&self, table: &Table, found: &Found) -> bool {
        let (Some(now), Some(report)) = (found.lacks(table), self.report(table)) else {
            return true;
        };
        let extra = |name: &String| !self.entry.extra.contains(name) && !table.declares(name);
        let mut new = table.columns.iter().map(|column| &column.name);
        now == report.missing_columns && !new.any(extra)
    }

    fn report(&self, table: &Table) -> Option<&TableReport> {
        let mut reports = self.published.manifest.report.tables.iter();
        reports.find(|one| one.table == table.name.as_str())
    }
}

/// How a table is read, and the rows that come of it.
struct Asked {
    ask: Ask,
    batches: Batches,
    extras: Extras,
}

/// What of a table came through reading.
struct Passed {
    read: u64,
    passed: u64,
    stamps: Stamps,
    report: TableReport,
}

impl Run {
    /// Stages one table: read it, or serve what is there already.
    pub(super) fn table(
        &self,
        source: &dyn Source,
        table: &Table,
        found: Option<&Found>,
        staging: &mut Staging,
    ) -> Result<TableReport, Error> {
        let name = table.name.as_str();
        let shape = file_schema_fingerprint(&table.arrow_schema());
        let parent = staging.parent().map(Arc::clone);
        let extras = self.extras(table, parent.as_deref());
        let before = parent.as_ref().and_then(|published| {
            let entry = published
                .table(name)
                .filter(|entry| entry.schema == shape)?;
            Some(Before { published, entry })
        });
        match (found, before) {
            (Some(found), Some(before))
                if found.mark.as_ref() == Some(&before.entry.mark)
                    && before.serves(table, &extras)
                    && self.linkable(&before, name)? =>
            {
                staging.link(name, before.entry, false)?;
                let tables = &before.published.manifest.report.tables;
                let last = tables.iter().find(|one| one.table == name);
                let mut report = last.cloned();
                if let Some(report) = &mut report {
                    let refusing = Action::Quarantine.as_str();
                    report.checks.retain(|check| check.action == refusing);
                    (report.corrected, report.flagged) = (0, 0);
                }
                Ok(TableReport {
                    outcome: Outcome::Unchanged,
                    served: before.entry.rows,
                    changes: Some(Changes::default()),
                    ..report.unwrap_or_else(|| empty_report(name, Outcome::Unchanged))
                })
            }
            (Some(found), before) => {
                self.load(source, table, found, before.as_ref(), extras, staging)
            }
            (None, Some(before)) => {
                // Columns that are not served any more are hidden at once, until the table is rewritten.
                let entry = TableEntry {
                    extra: extras.names().to_vec(),
                    ..before.entry.clone()
                };
                // What never came lacks nothing that was there once.
                let came = entry.delivered();
                staging.link(name, &entry, came)?;
                let outcome = if came {
                    Outcome::Stale
                } else {
                    Outcome::Absent
                };
                let last = before.report(table);
                Ok(TableReport {
                    served: before.entry.rows,
                    changes: Some(Changes::default()),
                    missing_columns: last
                        .map_or_else(Vec::new, |last| last.missing_columns.clone()),
                    ..empty_report(name, outcome)
                })
            }
            (None, None) => {
                let writer = staging.write(name, &table.arrow_schema(), &[])?;
                let reading = Reading {
                    mark: TableEntry::absent(),
                    ..Reading::default()
                };
                staging.add(name, writer.finish()?, reading)?;
                Ok(empty_report(name, Outcome::Absent))
            }
        }
    }

    /// The undeclared columns of a table that are served, as far as the last snapshot knows.
    fn extras(&self, table: &Table, last: Option<&Published>) -> Extras {
        let most = self.job.limits.extra_columns;
        let last = last.and_then(|published| published.table(table.name.as_str()));
        Extras::new(self.job.extra_columns, table, last, most)
    }

    /// Whether the last snapshot's files of a table can be served on. They are only looked through when
    /// a person asks for the run, as that reads all of them.
    fn linkable(&self, before: &Before<'_>, name: &str) -> Result<bool, Error> {
        if self.job.night.is_some() {
            return Ok(true);
        }
        whole(&self.store, before.published, name)
    }

    /// Whether the last snapshot's files of a table can be built upon, found out while its source
    /// looks for what is asked.
    fn building_on(&self, before: &Before<'_>, name: &str) -> JoinHandle<Result<bool, Error>> {
        let parent = Arc::clone(before.published);
        let (store, name, span) = (self.store.clone(), name.to_owned(), Span::current());
        let work = move || span.in_scope(|| whole(&store, &parent, &name));
        self.handle.spawn_blocking(work)
    }

    /// How much of a table has to be read: what changed, if that can be asked, the columns are those
    /// of the night before, and the keys were compared not long ago or can be compared without the
    /// rest.
    fn ask(&self, table: &Table, found: &Found, before: Option<&Before<'_>>) -> Ask {
        let limits = &self.job.limits;
        let overlap = i64::try_from(limits.overlap.as_micros()).unwrap_or(i64::MAX);
        let same = before.is_some_and(|before| before.delivered(table, found));
        match before.and_then(|before| before.entry.watermark) {
            Some(watermark)
                if same
                    && found.abilities.since
                    && (found.abilities.keys || !self.keys_due(before)) =>
            {
                Ask::Since(Watermark(watermark.saturating_sub(overlap)))
            }
            _ => Ask::Everything,
        }
    }

    /// Whether it is time to look for rows that the source has no more.
    fn keys_due(&self, before: Option<&Before<'_>>) -> bool {
        let Some(last) = before.and_then(|before| before.entry.complete_at) else {
            return true;
        };
        let age = (self.report.started_at - last).to_std();
        // A clock that went back says nothing about the source.
        age.map_or(true, |age| age >= self.job.limits.compare_every)
    }

    /// Reads a table, once more where reading it shows that more is needed: all rows, because the
    /// source has keys that never came as changes and its stamps cannot be trusted tonight, or
    /// columns that are to be served and were not known before.
    fn load(
        &self,
        source: &dyn Source,
        table: &Table,
        found: &Found,
        mut before: Option<&Before<'_>>,
        mut extras: Extras,
        staging: &mut Staging,
    ) -> Result<TableReport, Error> {
        let mut whole = before.map(|before| self.building_on(before, table.name.as_str()));
        let other = before.is_none_or(|before| !before.serves(table, &extras));
        for name in found.columns.as_deref().unwrap_or_default() {
            extras.note(table, name);
        }
        extras.grow();
        let known = table.with_extra(extras.names());
        let mut ask = match before {
            Some(_) if !other => self.ask(&known, found, before),
            _ => Ask::Everything,
        };
        loop {
            let scratch = staging.scratch()?;
            let batches = self.wait(source.read(table, found, ask, &scratch))?;
            let batches = self.look_ahead(table, batches, &mut extras)?;
            // What is damaged is not built upon, and the source has its rows: they are read anew.
            if let Some(whole) = whole.take()
                && !self.wait(async { whole.await.unwrap_or(Err(Error::Broken)) })?
            {
                before = None;
                if ask != Ask::Everything {
                    ask = Ask::Everything;
                    continue;
                }
            }
            if extras.grow() && ask != Ask::Everything {
                ask = Ask::Everything;
                continue;
            }
            let table = table.with_extra(extras.names());
            let asked = Asked {
                ask,
                batches,
                extras: extras.clone(),
            };
            match self.read(source, &table, found, before, asked, staging) {
                Ok(Some(report)) => return Ok(report),
                Ok(None) if ask == Ask::Everything => return Err(Error::Broken),
                Ok(None) => {}
                Err(Error::NewColumns { columns, .. }) => {
                    for name in &columns {
                        extras.note(&table, name);
                    }
                    extras.grow();
                    extras.close();
                }
                Err(error) => return Err(error),
            }
            ask = Ask::Everything;
        }
    }

    /// Learns the columns of the first batch before it is passed on, so that a table of which all
    /// parts have the same columns is read once.
    fn look_ahead(
        &self,
        table: &Table,
        batches: Batches,
        extras: &mut Extras,
    ) -> Result<Batches, Error> {
        // One that ends here, as nothing changed, is asked again below.
        let mut batches = batches.fuse();
        let first = self.wait(async { Ok(batches.next().await) })?;
        if let Some(Ok(first)) = &first {
            let known = table.with_extra(extras.names());
            for name in first.names.iter() {
                extras.note(&known, name);
            }
        }
        Ok(futures::stream::iter(first).chain(batches).boxed())
    }

    /// Reads a table as asked and stages it; `None` when what came turns out not to be all that
    /// changed.
    fn read(
        &self,
        source: &dyn Source,
        table: &Table,
        found: &Found,
        before: Option<&Before<'_>>,
        asked: Asked,
        staging: &mut Staging,
    ) -> Result<Option<TableReport>, Error> {
        let name = table.name.as_str();
        let ask = asked.ask;
        let scratch = staging.scratch()?;
        let limits = &self.job.limits;
        let refused = Quarantine::new(staging, table, limits.quarantine_rows);
        let intake = self.intake(table, refused, asked.extras, self.forgotten.clone());
        let Some(before) = before else {
            let report = self.first(table, asked.batches, intake, outcome(ask), found, staging);
            return report.map(Some);
        };
        if ask != Ask::Everything {
            taken(&intake).keys = Some(Arc::new(KeySet::within(limits.memory_bytes / 4)));
        }
        let sorter = Sorter::new(limits, &scratch, &self.stop);
        let new = rows(table, asked.batches, &intake, &sorter).map_err(prepare(name))?;
        let mut corrections = Corrections::new(staging, table, limits.quarantine_rows);
        let outcome = outcome(ask);
        let earlier = Earlier::open(&self.store, before.published, name, limits.batch_rows)?;
        let complete = ask == Ask::Everything;
        let why = self.why(table, before, &intake)?;
        let (changed, compared) = self.compared(
            table, new, &earlier, before, complete, why, &intake, &sorter,
        )?;
        let changed = in_stored_order(table, changed, &sorter).map_err(prepare(name))?;
        let mut writer = staging.more(name, &table.arrow_schema(), &stored_order(table));
        let written = self.write(table, changed, &mut writer, &mut corrections, &intake);
        again(written, &intake)?;
        let more = writer.finish()?;
        let mut compared = out_of(compared)?;
        let mut looked = complete;
        if !complete && self.keys_due(Some(before)) {
            let unknown = self.gone(source, table, found, before, &mut compared, &scratch)?;
            if unknown != compared.changes.inserted {
                staging.discard(more)?;
                corrections.forget()?;
                taken(&intake).refused.forget()?;
                return Ok(None);
            }
            looked = true;
        }
        let changes = compared.changes;
        let taken = self.account(table, outcome, intake, u64::MAX, found)?;
        let reading = self.reading(table, found, &taken.stamps, Some(before.entry), looked);
        let night = Night {
            compared,
            more,
            reading,
        };
        let served = self.stage(table, before.entry, earlier, night, staging, &sorter)?;
        if complete {
            taken.all_served(name, served)?;
        }
        let (corrected, flagged) = corrections.close()?;
        Ok(Some(TableReport {
            served,
            corrected,
            flagged,
            changes: Some(changes),
            ..taken.report
        }))
    }

    /// Stages a table that no earlier snapshot can be compared with.
    fn first(
        &self,
        table: &Table,
        batches: Batches,
        intake: Arc<Mutex<Intake>>,
        outcome: Outcome,
        found: &Found,
        staging: &mut Staging,
    ) -> Result<TableReport, Error> {
        let name = table.name.as_str();
        let (limits, scratch) = (&self.job.limits, staging.scratch()?);
        let sorted = stored_order(table);
        let new = if table.primary_key().starts_with(&named(table, &sorted)) {
            let sorter = Sorter::within(limits.memory_bytes, limits, &scratch, &self.stop);
            rows(table, batches, &intake, &sorter)
        } else {
            // The keys take a fourth of the memory, and the rows the rest.
            let part = limits.memory_bytes / 4;
            let rest = limits.memory_bytes - part;
            let sorter = Sorter::within(rest, limits, &scratch, &self.stop);
            let beside = sorter.beside(part);
            rows_ordered(table, batches, &intake, &sorted, &sorter, &beside)
        };
        let new = new.map_err(prepare(name))?;
        let mut corrections = Corrections::new(staging, table, limits.quarantine_rows);
        let mut writer = staging.write(name, &table.arrow_schema(), &sorted)?;
        let ended = self.write(table, new, &mut writer, &mut corrections, &intake);
        again(ended, &intake)?;
        let written = writer.finish()?;
        let passed = self.account(table, outcome, intake, written.rows(), found)?;
        let reading = self.reading(table, found, &passed.stamps, None, true);
        staging.add(name, written, reading)?;
        let (corrected, flagged) = corrections.close()?;
        Ok(TableReport {
            served: passed.passed,
            corrected,
            flagged,
            ..passed.report
        })
    }

    fn intake(
        &self,
        table: &Table,
        refused: Quarantine,
        extras: Extras,
        forgotten: Option<Arc<Mutex<Forgotten>>>,
    ) -> Arc<Mutex<Intake>> {
        let now = self.report.started_at.timestamp_micros();
        let table = Arc::new(table.clone());
        let conform = Conform::new(Arc::clone(&table), extras, now);
        Arc::new(Mutex::new(Intake {
            judge: Arc::new(Judge::new(table, conform.schema(), &self.job.clocks, now)),
            refused_by: Refused::new(),
            conform,
            refused,
            forgotten,
            erased: 0,
            read: 0,
            passed: 0,
            stamps: Stamps::new(now),
            keys: None,
            progress: Arc::clone(&self.progress),
            stop: self.stop.clone(),
            failure: None,
        }))
    }

    /// The rows that are new or others than before.
    fn compared(
        &self,
        table: &Table,
        new: SendableRecordBatchStream,
        earlier: &Earlier,
        before: &Before<'_>,
        complete: bool,
        why: Why,
        intake: &Arc<Mutex<Intake>>,
        sorter: &Sorter,
    ) -> Result<(SendableRecordBatchStream, Arc<Mutex<Compared>>), Error> {
        let name = table.name.as_str();
        let all = table.arrow_schema();
        let mut content: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
        let mut columns = Arc::clone(&all);
        if let (false, Some(stamp)) = (complete, table.change_stamp()) {
            // Asked for changes, the stamp alone says whether a row is one.
            content = vec![stamp.name.clone()];
            let wanted = [table.primary_key(), &content, table.activity.as_slice()].concat();
            columns = projected(&all, &wanted)?;
        }
        let by = identity(table);
        let old = if table.primary_key().is_empty() {
            let old = earlier.sorted(&columns, &[], sorter)?;
            let old = digested(old, table).map_err(prepare(name))?;
            let at = positions(&old.schema(), &by);
            content = vec![DIGEST.to_owned()];
            sorter.sort(old, &at).map_err(prepare(name))?
        } else if complete {
            let old = earlier.sorted(&columns, &positions(&columns, &by), sorter)?;
            stream(
                old.schema(),
                ahead(old, || broken("reading the last snapshot")),
            )
        } else {
            let (old, streams) = earlier.streams(&columns, BESIDE)?;
            let old = met(streams, &old, table, intake);
            let at = positions(&old.schema(), &by);
            sorter.sort(old, &at).map_err(prepare(name))?
        };
        let terms = Terms {
            by,
            content,
            complete,
            activity: table.activity.clone(),
            over_before: before.entry.read_at.date_naive(),
        };
        compare(new, old, earlier.dead(), terms, why).map_err(prepare(name))
    }

    /// Compares all keys of the source with those of the last snapshot and marks what is gone; says
    /// how many keys the last snapshot did not have.
    fn gone(
        &self,
        source: &dyn Source,
        table: &Table,
        found: &Found,
        before: &Before<'_>,
        compared: &mut Compared,
        scratch: &Path,
    ) -> Result<u64, Error> {
        let name = table.name.as_str();
        let mut keys = table.clone();
        keys.columns
            .retain(|column| table.primary_key().contains(&column.name));
        keys.activity = None;
        keys.checks.clear();
        let sorter = Sorter::new(&self.job.limits, scratch, &self.stop);
        let intake = self.intake(&keys, Quarantine::none(&keys), Extras::default(), None);
        let batches = source.read(table, found, Ask::Keys, scratch);
        let batches = self.wait(batches)?;
        let new = rows(&keys, batches, &intake, &sorter).map_err(prepare(name))?;
        let rows = self.job.limits.batch_rows;
        let earlier = Earlier::open(&self.store, before.published, name, rows)?;
        let wanted = [table.primary_key(), table.activity.as_slice()].concat();
        let columns = projected(&table.arrow_schema(), &wanted)?;
        let by = identity(table);
        let old = earlier.sorted(&columns, &positions(&columns, &by), &sorter)?;
        let terms = Terms {
            content: by.clone(),
            by,
            complete: true,
            activity: table.activity.clone(),
            over_before: before.entry.read_at.date_naive(),
        };
        let dead = std::mem::take(&mut compared.dead);
        let why: Why = Box::new(|_, _, cause| Ok(cause));
        let (mut unknown, gone) = compare(new, old, dead, terms, why).map_err(prepare(name))?;
        let mut erased = 0;
        while let Some(batch) = self.wait(async { Ok(unknown.next().await) })? {
            self.alive()?;
            let batch = batch.map_err(|error| failure(&intake, name, error))?;
            erased += self.erased_among(name, &batch)?;
        }
        drop(unknown);
        let gone = out_of(gone)?;
        compared.dead = gone.dead;
        compared.changes.deleted += gone.changes.deleted;
        for day in gone.days.days() {
            if let Some(moved) = day.causes.get(&Cause::Deleted) {
                compared.days.count(day.day, Cause::Deleted, *moved);
            }
        }
        Ok(gone.changes.inserted - erased)
    }

    /// How many of some keys that are not served belong to rows that were erased.
    fn erased_among(&self, table: &str, keys: &RecordBatch) -> Result<u64, Error> {
        let Some(forgotten) = &self.forgotten else {
            return Ok(0);
        };
        let forgotten = forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let found = forgotten.gone_keys(table, keys);
        found.map_err(|error| prepare(table)(error.into()))
    }

    /// Why rows come and go, beyond what their days say: they were refused before, or are now.
    fn why(
        &self,
        table: &Table,
        before: &Before<'_>,
        intake: &Arc<Mutex<Intake>>,
    ) -> Result<Why, Error> {
        if table.primary_key().is_empty() {
            return Ok(Box::new(|_, _, cause| Ok(cause)));
        }
        let refused_before = refused_keys(&self.store, before.published, table)?;
        let key = table.primary_key().to_vec();
        let activity = table.activity.clone();
        let intake = Arc::clone(intake);
        let mut refused_now: Option<HashSet<String>> = None;
        Ok(Box::new(move |batch: &RecordBatch, row, cause| {
            let dated_anew = |activity: &String| was_corrected(batch, row, activity);
            Ok(match cause {
                Cause::New | Cause::ArrivedLate | Cause::Edited
                    if activity.as_ref().is_some_and(dated_anew) =>
                {
                    Cause::ClockCorrected
                }
                Cause::New | Cause::ArrivedLate if !refused_before.is_empty() => {
                    if refused_before.contains(&key_of(batch, row, &key)?) {
                        Cause::Released
                    } else {
                        cause
                    }
                }
                // Rows come out sorted, so all of them were read and judged by now.
                Cause::Deleted => {
                    let now = refused_now.get_or_insert_with(|| taken(&intake).refused.keys());
                    if !now.is_empty() && now.contains(&key_of(batch, row, &key)?) {
                        Cause::Quarantined
                    } else {
                        cause
                    }
                }
                other => other,
            })
        }))
    }

    /// Writes the declared columns of rows that are new or others, and what their clocks did.
    fn write(
        &self,
        table: &Table,
        rows: SendableRecordBatchStream,
        writer: &mut TableWriter,
        corrections: &mut Corrections,
        intake: &Mutex<Intake>,
    ) -> Result<(), Error> {
        let name = table.name.as_str();
        let declared: Vec<usize> = (0..table.columns.len()).collect();
        let mut rows = pin!(ahead(rows, || broken("making rows ready")));
        while let Some(batch) = self.wait(async { Ok(rows.next().await) })? {
            self.alive()?;
            let batch = batch.map_err(|error| failure(intake, name, error))?;
            corrections.take(&batch)?;
            self.progress.wrote(batch.num_rows());
            let batch = batch.project(&declared);
            writer.append(&batch.map_err(|error| prepare(name)(error.into()))?)?;
        }
        Ok(())
    }

    fn reading(
        &self,
        table: &Table,
        found: &Found,
        stamps: &Stamps,
        before: Option<&TableEntry>,
        looked: bool,
    ) -> Reading {
        Reading {
            mark: found.mark.clone().unwrap_or_default(),
            watermark: stamps.watermark(before.and_then(|before| before.watermark)),
            complete_at: if looked {
                Some(self.report.started_at)
            } else {
                before.and_then(|before| before.complete_at)
            },
            extra: undeclared(table),
        }
    }

    /// Counts what was read, and refuses a table that lost too much. `served` are the rows that were
    /// written, when all that came were.
    fn account(
        &self,
        table: &Table,
        outcome: Outcome,
        intake: Arc<Mutex<Intake>>,
        served: u64,
        found: &Found,
    ) -> Result<Passed, Error> {
        let Some(intake) = Arc::into_inner(intake) else {
            return Err(Error::Broken);
        };
        let intake = intake.into_inner().unwrap_or_else(PoisonError::into_inner);
        let name = table.name.as_str();
        let (read, refused, erased) = (intake.read, intake.refused.rows(), intake.erased);
        let passed = intake.passed;
        let mut report = TableReport {
            checks: refusing(&table.checks, &intake.refused_by),
            read,
            quarantined: refused,
            erased,
            ignored_columns: intake.conform.ignored(),
            missing_columns: found
                .lacks(table)
                .unwrap_or_else(|| intake.conform.missing()),
            source_files: found.parts,
            source_bytes: found.bytes,
            reasons: intake.refused.close()?,
            ..empty_report(name, outcome)
        };
        if read != passed + refused + erased || (served != u64::MAX && served != passed) {
            return Err(Error::Unaccounted {
                table: name.to_owned(),
                read,
                served: passed,
                refused,
            });
        }
        let limits = &self.job.limits;
        let too_many =
            refused.saturating_mul(100) > read.saturating_mul(limits.refused_percent as u64);
        if too_many && refused > limits.refused_rows_free as u64 {
            let worst = report.reasons.iter().max_by_key(|(_, count)| **count);
            // The source lost its keys: a person has to see what is left of the table.
            if let Some((_, rows)) = worst.filter(|(reason, _)| *reason == NO_KEY) {
                report.checks.push(CheckReport {
                    check: "key_present".to_owned(),
                    action: Action::Hold.as_str().to_owned(),
                    rows: *rows,
                });
                return Ok(Passed {
                    read,
                    passed,
                    stamps: intake.stamps,
                    report,
                });
            }
            return Err(Error::Refused {
                table: name.to_owned(),
                refused,
                read,
                reason: worst.map(|(reason, _)| reason.clone()).unwrap_or_default(),
            });
        }
        Ok(Passed {
            read,
            passed,
            stamps: intake.stamps,
            report,
        })
    }
}

/// Streams that the last snapshot's rows are looked through in.
const BESIDE: usize = 2;

/// Whether the files of a table are as they were published. Those that are not are said in the log.
fn whole(store: &Store, published: &Published, name: &str) -> Result<bool, Error> {
    match store.verify_table(published, name) {
        Ok(()) => Ok(true),
        Err(error) if error.lost() => {
            let cause = chain(&error);
            tracing::error!(table = name, cause, "a damaged table is loaded anew");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// The columns of a table that nothing declares.
fn undeclared(table: &Table) -> Vec<String> {
    let columns = table.columns.iter();
    let columns = columns.filter(|column| column.origin == Origin::Delivered);
    columns.map(|column| column.name.clone()).collect()
}

impl Passed {
    /// Makes sure that all rows that came through are served.
    fn all_served(&self, table: &str, served: u64) -> Result<(), Error> {
        if served == self.passed {
            return Ok(());
        }
        Err(Error::Unaccounted {
            table: table.to_owned(),
            read: self.read,
            served,
            refused: self.report.quarantined,
        })
    }
}

/// What is made of a table that is asked for so.
fn outcome(ask: Ask) -> Outcome {
    match ask {
        Ask::Everything => Outcome::Loaded,
        Ask::Since(_) | Ask::Keys => Outcome::Merged,
    }
}

/// The named columns of a schema, in its order.
fn projected(schema: &SchemaRef, wanted: &[String]) -> Result<SchemaRef, Error> {
    let fields = schema.fields().iter().enumerate();
    let at = fields.filter(|(_, field)| wanted.contains(field.name()));
    let at: Vec<usize> = at.map(|(at, _)| at).collect();
    let projected = schema.project(&at).map_err(|_| Error::Broken)?;
    Ok(Arc::new(projected))
}

/// Why a stream ended: what the source said, else what DataFusion did.
fn failure(intake: &Mutex<Intake>, name: &str, source: DataFusionError) -> Error {
    let failure = taken(intake).failure.take();
    failure.unwrap_or_else(|| prepare(name)(source))
}

pub(super) fn prepare(name: &str) -> impl Fn(DataFusionError) -> Error {
    let table = name.to_owned();
    move |source| Error::Prepare {
        table: table.clone(),
        source: Box::new(source),
    }
}

/// Passes on how writing ended; what was refused is forgotten where the table is read once more.
fn again(ended: Result<(), Error>, intake: &Mutex<Intake>) -> Result<(), Error> {
    if let Err(Error::NewColumns { .. }) = &ended {
        taken(intake).refused.forget()?;
    }
    ended
}

/// What a comparison found, after its stream was dropped.
fn out_of(compared: Arc<Mutex<Compared>>) -> Result<Compared, Error> {
    let compared = Arc::into_inner(compared).ok_or(Error::Broken)?;
    Ok(compared
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

fn empty_report(table: &str, outcome: Outcome) -> TableReport {
    TableReport {
        table: table.to_owned(),
        outcome,
        read: 0,
        served: 0,
        quarantined: 0,
        erased: 0,
        reasons: BTreeMap::new(),
        ignored_columns: Vec::new(),
        missing_columns: Vec::new(),
        source_files: 0,
        source_bytes: 0,
        changes: None,
        corrected: 0,
        flagged: 0,
        checks: Vec::new(),
        milliseconds: 0,
    }
}
