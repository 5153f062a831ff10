//! What is true of the rows that are about to be served: counted over the staged files, table by
//! table and across tables. Keys are compared by a digest of 128 bits; what does not fit into the
//! run's memory is looked at in several passes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::iter;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef, UInt32Type};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use futures::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::elements::{Elements, spelled};
use super::positions;
use super::term::{failing, is_true, qualified, value};
use crate::config::limits::SyncLimits;
use crate::pg::types;
use crate::schema::{Action, Check, Demand, Product, Table, Target, Term};
use crate::snapshot::{
    Changes, CheckReport, Outcome, Published, RowSet, Staging, Store, TableEntry, TableReport,
};
use crate::sync::Error;
use crate::sync::ahead::{ahead, broken};
use crate::sync::earlier::{Earlier, PART, ROW};
use crate::sync::keys::{Counted, Digests, Keyed, digests};
use crate::sync::sort::Sorter;
use crate::threads::{by_two, locked};

/// A table of which only changes were read is counted anew when it has at most so many rows, or in
/// the nights in which all its keys are compared.
const ROWS_EVERY_NIGHT: u64 = 5_000_000;
/// From so many rows on, two threads look at them.
const MANY_ROWS: u64 = 100_000;
/// What a key takes in memory, about.
const KEY_BYTES: u64 = 48;
/// What a row that is referred to takes in memory, about.
const ROW_BYTES: u64 = 256;
/// Values of which it is remembered that what they refer to is there.
const MOST_KNOWN: usize = 1 << 16;

/// Everything the checks of one run look at.
pub(in crate::sync) struct Across<'a> {
    pub(in crate::sync) store: &'a Store,
    pub(in crate::sync) product: &'a Product,
    pub(in crate::sync) staging: &'a Staging,
    pub(in crate::sync) reports: &'a [TableReport],
    pub(in crate::sync) limits: &'a SyncLimits,
    pub(in crate::sync) sorter: &'a Sorter,
    pub(in crate::sync) handle: &'a Handle,
    pub(in crate::sync) stop: &'a CancellationToken,
}

impl Across<'_> {
    /// What the checks of one table find; those of a table that is as it was are as they were.
    pub(in crate::sync) fn table(&self, table: &Table) -> Result<Vec<CheckReport>, Error> {
        let (mut found, mut known, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for check in &table.checks {
            if check.action == Action::Quarantine {
                continue;
            }
            let mut tables = vec![table.name.as_str()];
            match &check.demand {
                Demand::Holds(_) | Demand::Unique(_) => {}
                Demand::HoldsVia { target, .. } => tables.push(target.table.as_str()),
                Demand::Within { targets, .. } => {
                    tables.extend(targets.iter().map(|target| target.table.as_str()));
                }
            }
            // What never came says nothing of what refers to it.
            if tables
                .iter()
                .any(|name| self.outcome(name) == Some(Outcome::Absent))
            {
                continue;
            }
            match self.before(table, check, &tables) {
                Some(rows) => known.push((check, rows)),
                // Nothing to look through, so nothing to compare it with either.
                None if self.rows(table.name.as_str()) == 0 => known.push((check, 0)),
                None => open.push(check),
            }
        }
        known.extend(self.count(table, &open)?);
        for check in &table.checks {
            let Some((_, rows)) = known.iter().find(|(one, _)| one.name == check.name) else {
                continue;
            };
            found.push(CheckReport {
                check: check.name.clone(),
                action: check.action.as_str().to_owned(),
                rows: *rows,
            });
        }
        found.extend(self.emptied(table)?);
        Ok(found)
    }

    fn report(&self, table: &str) -> Option<&TableReport> {
        self.reports.iter().find(|report| report.table == table)
    }

    fn outcome(&self, table: &str) -> Option<Outcome> {
        self.report(table).map(|report| report.outcome)
    }

    /// What the check found the night before, where it would find the same now, or where looking
    /// again has to wait for a night that reads all.
    fn before(&self, table: &Table, check: &Check, tables: &[&str]) -> Option<u64> {
        let parent = self.staging.parent()?;
        let before = parent.manifest.report.tables.iter();
        let before = before
            .clone()
            .find(|report| report.table == table.name.as_str())?;
        let before = before.checks.iter().find(|one| one.check == check.name)?;
        let same = tables.iter().all(|name| self.as_before(parent, name));
        same.then_some(before.rows)
    }

    fn as_before(&self, parent: &Published, table: &str) -> bool {
        let Some(report) = self.report(table) else {
            return false;
        };
        match report.outcome {
            Outcome::Unchanged | Outcome::Stale => true,
            // Changes were asked for, and those that came were there already.
            Outcome::Merged if report.changes == Some(Changes::default()) => true,
            Outcome::Merged => {
                let staged = self.staging.table(table);
                let complete =
                    |entry: Option<&TableEntry>| entry.and_then(|entry| entry.complete_at);
                staged.is_some_and(|entry| entry.rows > ROWS_EVERY_NIGHT)
                    && complete(staged) == complete(parent.table(table))
            }
            _ => false,
        }
    }

    /// Counts checks: the table's rows are read once for as many of them as fit into memory.
    fn count<'c>(
        &self,
        table: &Table,
        checks: &[&'c Check],
    ) -> Result<Vec<(&'c Check, u64)>, Error> {
        let mut counts: Vec<_> = checks.iter().map(|check| (*check, 0)).collect();
        // Several shares of the keys may find the same row.
        let mut strays: HashMap<usize, Vec<RowSet>> = HashMap::new();
        let mut waiting: VecDeque<(usize, Look<'c>)> = VecDeque::new();
        for (at, check) in checks.iter().enumerate() {
            waiting.extend(self.looks(table, check).map(|look| (at, look)));
        }
        while let Some((at, first)) = waiting.pop_front() {
            let mut bytes = first.bytes;
            let mut looks = vec![(at, first)];
            while let Some((_, next)) = waiting.front()
                && bytes + next.bytes <= self.memory()
            {
                bytes += next.bytes;
                looks.extend(waiting.pop_front());
            }
            for (_, look) in &mut looks {
                self.learn(look)?;
            }
            for (at, mut look) in self.shown(table, looks)? {
                if let Some(found) = look.strays.take() {
                    let strays = strays.entry(at).or_insert_with(|| self.no_rows(table));
                    for (all, found) in strays.iter_mut().zip(found) {
                        for row in found.iter() {
                            all.insert(row);
                        }
                    }
                }
                if let Some((_, rows)) = counts.get_mut(at) {
                    *rows += look.found();
                }
            }
        }
        for (at, strays) in strays {
            if let Some((_, rows)) = counts.get_mut(at) {
                *rows = strays.iter().map(RowSet::len).sum();
            }
        }
        Ok(counts)
    }

    /// Shows the rows of a table to some looks: where they are many, two batches at once, each to one
    /// look after the other.
    fn shown<'c>(
        &self,
        table: &Table,
        looks: Vec<(usize, Look<'c>)>,
    ) -> Result<Vec<(usize, Look<'c>)>, Error> {
        let wanted = looks.iter().flat_map(|(_, look)| look.columns.iter());
        let wanted: Vec<String> = wanted.cloned().collect();
        let mut shown = Vec::new();
        for (at, mut look) in looks {
            if look.is_list() {
                look.strays = Some(self.no_rows(table));
            }
            shown.push((at, Mutex::new(look)));
        }
        let rows = self.limits.batch_rows;
        let staged = Earlier::staged(self.staging, table.name.as_str(), rows)?;
        let mut batches = Box::pin(self.batches(table, &staged, &wanted)?);
        let batches = iter::from_fn(|| self.next(table, &mut batches).transpose());
        let much = self.rows(table.name.as_str()) >= MANY_ROWS;
        by_two(much, batches, |batch| {
            let batch = batch?;
            for (_, look) in &shown {
                let taken = locked(look).take(&batch);
                taken.map_err(|error| failed(table)(error.into()))?;
            }
            Ok::<_, Error>(())
        })?;
        let ended = shown.into_iter();
        let ended = ended.map(|(at, look)| {
            let look = look.into_inner().unwrap_or_else(PoisonError::into_inner);
            (at, look)
        });
        Ok(ended.collect())
    }

    /// No row of each file of a staged table.
    fn no_rows(&self, table: &Table) -> Vec<RowSet> {
        let entry = self.staging.table(table.name.as_str());
        let files = entry.map_or(&[][..], |entry| &entry.files).iter();
        files.map(|file| RowSet::none_of(file.rows)).collect()
    }

    /// What has to be looked at for a check: all at once, or one share of the keys after the other.
    fn looks<'c>(
        &self,
        table: &Table,
        check: &'c Check,
    ) -> impl Iterator<Item = Look<'c>> + use<'c> {
        let when = check.when.as_ref();
        let rows = |table: &str| self.rows(table);
        let (keys, columns) = match &check.demand {
            Demand::Holds(rule) => (0, named(&[when, Some(rule)], &[])),
            Demand::Unique(columns) => {
                let keys = rows(table.name.as_str()).saturating_mul(KEY_BYTES);
                (keys, named(&[when], columns))
            }
            Demand::Within { value, targets, .. } => {
                let known: u64 = targets.iter().map(|one| rows(one.table.as_str())).sum();
                (
                    known.saturating_mul(KEY_BYTES),
                    named(&[when, Some(value)], &[]),
                )
            }
            Demand::HoldsVia { via, target, rule } => {
                let known = rows(target.table.as_str()).saturating_mul(ROW_BYTES);
                (known, named(&[when, Some(rule)], std::slice::from_ref(via)))
            }
        };
        let count = keys.div_ceil(self.memory()).max(1);
        let form = form(table, &check.demand);
        (0..count).map(move |at| Look {
            check,
            pass: Pass { at, count },
            bytes: keys / count,
            columns: columns.clone(),
            form,
            keys: Digests::default(),
            counted: Counted::default(),
            there: Digests::default(),
            others: None,
            places: Keyed::default(),
            found: 0,
            strays: None,
        })
    }

    /// Reads what the rows of a look are compared with.
    fn learn(&self, look: &mut Look<'_>) -> Result<(), Error> {
        match &look.check.demand {
            Demand::Holds(_) | Demand::Unique(_) => Ok(()),
            Demand::Within { targets, .. } => {
                let keys = usize::try_from(look.bytes / KEY_BYTES).unwrap_or(0);
                look.keys.reserve(keys);
                for target in targets {
                    let wanted = [target.column.clone()];
                    self.scan(self.declared(target)?, &wanted, |batch| {
                        let values = batch.columns().iter().take(1).map(look.form);
                        let keys = digests(&values.collect::<Vec<_>>())?;
                        let keys = keys.into_iter().flatten();
                        let keys = keys.filter(|key| look.pass.has(*key));
                        look.keys.extend(keys);
                        Ok(())
                    })?;
                }
                Ok(())
            }
            Demand::HoldsVia { target, rule, .. } => self.learn_rows(look, target, rule),
        }
    }

    /// Reads the rows that others refer to, of each key the first.
    fn learn_rows(&self, look: &mut Look<'_>, target: &Target, rule: &Term) -> Result<(), Error> {
        let other = self.declared(target)?;
        let mut wanted = vec![target.column.clone()];
        rule.columns(&mut |table, name| {
            if table.is_some() {
                wanted.push(name.to_owned());
            }
        });
        let (mut batches, mut count) = (Vec::new(), 0_u32);
        self.scan(other, &wanted, |batch| {
            let at = positions(&batch.schema(), std::slice::from_ref(&target.column));
            let keys = digests(batch.project(&at)?.columns())?;
            let here: BooleanArray = keys
                .iter()
                .map(|key| {
                    let fresh = key.filter(|key| look.pass.has(*key));
                    match fresh.map(|key| look.places.entry(key)) {
                        Some(Entry::Vacant(place)) => {
                            place.insert(count);
                            count += 1;
                            Some(true)
                        }
                        _ => Some(false),
                    }
                })
                .collect();
            batches.push(filter_record_batch(batch, &here)?);
            Ok(())
        })?;
        if let Some(first) = batches.first() {
            let others = concat_batches(&first.schema(), &batches);
            let others = others.and_then(|others| renamed(&others, target.table.as_str()));
            look.others = Some(others.map_err(|error| failed(other)(error.into()))?);
        }
        Ok(())
    }

    /// Columns that identify or refer to rows, had values the night before, and have none now: the
    /// source has lost them.
    fn emptied(&self, table: &Table) -> Result<Vec<CheckReport>, Error> {
        let name = table.name.as_str();
        let read = matches!(self.outcome(name), Some(Outcome::Loaded));
        let Some(parent) = self.staging.parent().filter(|_| read) else {
            return Ok(Vec::new());
        };
        let rows = self.rows(name);
        let before = parent.table(name).map_or(0, |entry| entry.rows);
        if rows == 0 || before == 0 {
            return Ok(Vec::new());
        }
        let keys = table.columns.iter().filter(|column| {
            column.nullable && (column.reference.is_some() || table.key.contains(&column.name))
        });
        let keys: Vec<String> = keys.map(|column| column.name.clone()).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = vec![0_usize; keys.len()];
        let mut count = |batch: &RecordBatch| {
            for (values, name) in values.iter_mut().zip(&keys) {
                let column = batch.column_by_name(name);
                *values += column.map_or(0, |column| column.len() - column.null_count());
            }
            Ok(())
        };
        self.scan(table, &keys, &mut count)?;
        let mut emptied: Vec<&String> = Vec::new();
        for (name, values) in keys.iter().zip(&values) {
            if *values == 0 {
                emptied.push(name);
            }
        }
        let mut found = Vec::new();
        // Nobody can tell any more what damaged rows had; the table was loaded anew because of it.
        let damaged = || self.store.verify_table(parent, name);
        if !emptied.is_empty() && damaged().is_err_and(|error| error.lost()) {
            return Ok(found);
        }
        for column in emptied {
            let mut had = 0;
            let earlier = Earlier::open(self.store, parent, name, self.limits.batch_rows)?;
            self.read(table, &earlier, std::slice::from_ref(column), |batch| {
                had += batch
                    .columns()
                    .first()
                    .map_or(0, |one| one.len() - one.null_count());
                Ok(())
            })?;
            if had > 0 {
                found.push(CheckReport {
                    check: format!("{column}_present"),
                    action: Action::Hold.as_str().to_owned(),
                    rows,
                });
            }
        }
        Ok(found)
    }

    fn rows(&self, table: &str) -> u64 {
        self.staging.table(table).map_or(0, |entry| entry.rows)
    }

    fn declared(&self, target: &Target) -> Result<&Table, Error> {
        self.product
            .table(target.table.as_str())
            .ok_or(Error::Broken)
    }

    /// What may be remembered of keys and rows while a table is read.
    fn memory(&self) -> u64 {
        (self.limits.memory_bytes as u64 / 2).max(1)
    }

    /// Reads columns of all rows of a staged table.
    fn scan(
        &self,
        table: &Table,
        columns: &[String],
        with: impl FnMut(&RecordBatch) -> Result<(), ArrowError>,
    ) -> Result<(), Error> {
        let rows = self.limits.batch_rows;
        let staged = Earlier::staged(self.staging, table.name.as_str(), rows)?;
        self.read(table, &staged, columns, with)
    }

    fn read(
        &self,
        table: &Table,
        files: &Earlier,
        columns: &[String],
        mut with: impl FnMut(&RecordBatch) -> Result<(), ArrowError>,
    ) -> Result<(), Error> {
        let mut batches = pin!(self.batches(table, files, columns)?);
        while let Some(batch) = self.next(table, &mut batches)? {
            with(&batch).map_err(|error| failed(table)(error.into()))?;
        }
        Ok(())
    }

    /// Columns of all rows of a table's files, in any order.
    fn batches(
        &self,
        table: &Table,
        files: &Earlier,
        columns: &[String],
    ) -> Result<impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + use<>, Error>
    {
        let schema = table.arrow_schema();
        let fields = schema.fields().iter();
        let fields = fields
            .filter(|field| columns.contains(field.name()))
            .map(Arc::clone);
        let projected: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batches = files.sorted(&projected, &[], self.sorter)?;
        Ok(ahead(batches, || broken("reading what is staged")).fuse())
    }

    /// The next of a table's batches, while the run may go on.
    fn next(
        &self,
        table: &Table,
        batches: &mut (impl Stream<Item = Result<RecordBatch, DataFusionError>> + Unpin),
    ) -> Result<Option<RecordBatch>, Error> {
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let next = self.handle.block_on(batches.next());
        next.transpose().map_err(failed(table))
    }
}

/// One check, counted while the rows of its table pass; or a share of it, where what it has to
/// remember does not fit into memory.
struct Look<'c> {
    check: &'c Check,
    pass: Pass,
    /// What it remembers takes so much.
    bytes: u64,
    /// The columns of the table that it looks at.
    columns: Vec<String>,
    /// The form that keys are compared in.
    form: fn(&ArrayRef) -> ArrayRef,
    /// Keys that are there.
    keys: Digests,
    /// Keys that came.
    counted: Counted,
    /// Values, by their digest, of which it is known that what they refer to is there.
    there: Digests,
    /// The rows that are referred to, and where among them is the one of a key.
    others: Option<RecordBatch>,
    places: Keyed<u32>,
    /// How many rows were not as they should be.
    found: u64,
    /// Which rows they were, of each file, where one may be found more than once.
    strays: Option<Vec<RowSet>>,
}

impl Look<'_> {
    /// Whether it looks at the elements of lists.
    fn is_list(&self) -> bool {
        matches!(self.check.demand, Demand::Within { each: true, .. })
    }

    /// Looks at some rows.
    fn take(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self.astray(batch)? {
            Some(rows) => mark(self.strays.as_deref_mut().unwrap_or_default(), batch, &rows),
            None => {
                self.found += self.failing(batch)?;
                Ok(())
            }
        }
    }

    /// The rows whose list has an element that is not there, or whose document is no list; None for
    /// other checks.
    fn astray(&self, batch: &RecordBatch) -> Result<Option<Vec<usize>>, ArrowError> {
        let Demand::Within {
            value: lists,
            each: true,
            ..
        } = &self.check.demand
        else {
            return Ok(None);
        };
        let when = self.check.when.as_ref();
        let when = when.map(|when| is_true(when, batch)).transpose()?;
        let elements = Elements::of(&value(lists, batch)?)?;
        let keys = digests(&[(self.form)(&elements.values)])?;
        let strays = elements.rows.iter().zip(keys).filter_map(|(row, key)| {
            let key = key.filter(|key| self.pass.has(*key))?;
            (!self.keys.contains(&key)).then_some(*row)
        });
        let strays = strays.chain(elements.none.iter().copied());
        let concerned = |row: &usize| when.as_ref().is_none_or(|when| when.value(*row));
        Ok(Some(strays.filter(concerned).collect()))
    }

    /// What rows refer to, without those of which it is known that it is there: where that has to be
    /// computed, it is for each of some values once.
    fn references(
        &mut self,
        term: &Term,
        batch: &RecordBatch,
    ) -> Result<Vec<Option<u128>>, ArrowError> {
        let columns = positions(&batch.schema(), &named(&[Some(term)], &[]));
        let columns = batch.project(&columns)?;
        if matches!(term, Term::Column { .. }) || columns.num_columns() == 0 {
            return digests(&[value(term, batch)?]);
        }
        let values = digests(columns.columns())?;
        let known = |value: &Option<u128>| value.is_some_and(|value| self.there.contains(&value));
        let open: BooleanArray = values.iter().map(|value| Some(!known(value))).collect();
        let keys = digests(&[value(term, &filter_record_batch(&columns, &open)?)?])?;
        let mut keys = keys.into_iter();
        let mut references = Vec::with_capacity(values.len());
        for (value, open) in values.into_iter().zip(open.values()) {
            let key = if open { keys.next().flatten() } else { None };
            if let (Some(value), Some(key)) = (value, key)
                && self.there.len() < MOST_KNOWN
                && self.keys.contains(&key)
            {
                self.there.insert(value);
            }
            references.push(key);
        }
        Ok(references)
    }

    /// How many rows were not as they should be, when all were looked at.
    fn found(self) -> u64 {
        self.found + self.counted.repeats()
    }

    /// How many of some rows are not as they should be.
    fn failing(&mut self, batch: &RecordBatch) -> Result<u64, ArrowError> {
        let (when, pass) = (self.check.when.as_ref(), self.pass);
        match &self.check.demand {
            Demand::Holds(rule) => Ok(failing(when, rule, batch)?.true_count() as u64),
            Demand::Unique(columns) => {
                let values = batch.project(&positions(&batch.schema(), columns))?;
                for key in concerned(when, batch, digests(values.columns())?)?.flatten() {
                    if pass.has(key) {
                        self.counted.add(key);
                    }
                }
                Ok(0)
            }
            Demand::Within { value: one, .. } => {
                let keys = self.references(one, batch)?;
                let keys = concerned(when, batch, keys)?.flatten();
                let astray = keys.filter(|key| pass.has(*key) && !self.keys.contains(key));
                Ok(astray.count() as u64)
            }
            Demand::HoldsVia { via, rule, .. } => {
                let Some(others) = &self.others else {
                    return Ok(0);
                };
                let at = positions(&batch.schema(), std::slice::from_ref(via));
                let keys = digests(batch.project(&at)?.columns())?;
                let found = keys
                    .iter()
                    .map(|key| self.places.get(key.as_ref()?).copied());
                let found: Vec<Option<u32>> = found.collect();
                let known: BooleanArray = found.iter().map(|one| Some(one.is_some())).collect();
                let theirs: UInt32Array = found.into_iter().flatten().map(Some).collect();
                // Only what the rule speaks of is put beside each other.
                let own = positions(&batch.schema(), &named(&[when, Some(rule)], &[]));
                let ours = filter_record_batch(&batch.project(&own)?, &known)?;
                let both = beside(&ours, &take_record_batch(others, &theirs)?)?;
                Ok(failing(when, rule, &both)?.true_count() as u64)
            }
        }
    }
}

/// One look at the keys of a table, or at a share of them.
#[derive(Debug, Clone, Copy)]
struct Pass {
    at: u64,
    count: u64,
}

impl Pass {
    fn has(self, key: u128) -> bool {
        self.count == 1 || key % u128::from(self.count) == u128::from(self.at)
    }
}

fn failed(table: &Table) -> impl Fn(DataFusionError) -> Error {
    let table = table.name.to_string();
    move |source| Error::Prepare {
        table: table.clone(),
        source: Box::new(source),
    }
}

/// The form in which keys are compared: as they are, or as documents write them.
fn form(table: &Table, demand: &Demand) -> fn(&ArrayRef) -> ArrayRef {
    if let Demand::Within {
        value, each: true, ..
    } = demand
    {
        let columns = named(&[Some(value)], &[]);
        let mut columns = columns.iter().filter_map(|name| table.column(name));
        if columns.any(|column| types::element(column.kind.oid).is_none()) {
            return spelled;
        }
    }
    Arc::clone
}

/// Adds some rows of a batch to those of the files they are in.
fn mark(files: &mut [RowSet], batch: &RecordBatch, rows: &[usize]) -> Result<(), ArrowError> {
    let place = |name: &str| {
        let column = batch.column_by_name(name);
        let column = column.and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let missing = || ArrowError::SchemaError(format!("no column {name:?}"));
        column.ok_or_else(missing)
    };
    let (parts, places) = (place(PART)?, place(ROW)?);
    for row in rows {
        let part = usize::try_from(parts.value(*row)).unwrap_or(usize::MAX);
        if let Some(file) = files.get_mut(part) {
            file.insert(places.value(*row));
        }
    }
    Ok(())
}

/// The columns of the row itself that terms mention, and more.
fn named(terms: &[Option<&Term>], more: &[String]) -> Vec<String> {
    let mut names = more.to_vec();
    for term in terms.iter().flatten() {
        term.columns(&mut |table, name| {
            if table.is_none() {
                names.push(name.to_owned());
            }
        });
    }
    names
}

/// The keys of the rows a check speaks of.
fn concerned(
    when: Option<&Term>,
    batch: &RecordBatch,
    keys: Vec<Option<u128>>,
) -> Result<impl Iterator<Item = Option<u128>>, ArrowError> {
    let when = when.map(|when| is_true(when, batch)).transpose()?;
    let keys = keys.into_iter().enumerate();
    Ok(
        keys.map(move |(row, key)| {
            key.filter(|_| when.as_ref().is_none_or(|when| when.value(row)))
        }),
    )
}

/// Columns of a row that is referred to, by the names rules know them by.
fn renamed(rows: &RecordBatch, table: &str) -> Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    let fields = schema.fields().iter();
    let fields = fields.map(|field| {
        let name = qualified(table, field.name());
        Field::new(name, field.data_type().clone(), true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, rows.columns().to_vec())
}

fn beside(ours: &RecordBatch, theirs: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let (own, other) = (ours.schema(), theirs.schema());
    let fields = own
        .fields()
        .iter()
        .chain(other.fields().iter())
        .map(Arc::clone);
    let columns = ours
        .columns()
        .iter()
        .chain(theirs.columns())
        .map(Arc::clone);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.collect())
}
