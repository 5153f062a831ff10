//! What is true of the rows that are about to be served: counted over the staged files, table by
//! table and across tables. Keys are compared by a digest of 128 bits; what does not fit into the
//! run's memory is looked at in several passes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::positions;
use super::term::{failing, is_true, plain, qualified, value};
use crate::config::limits::SyncLimits;
use crate::schema::{Action, Check, Demand, Product, Table, Target, Term};
use crate::snapshot::{CheckReport, Outcome, Published, Staging, Store, TableEntry, TableReport};
use crate::sync::Error;
use crate::sync::earlier::Earlier;
use crate::sync::sort::Sorter;

/// A table of which only changes were read is counted anew when it has at most so many rows, or in
/// the nights in which all its keys are compared.
const ROWS_EVERY_NIGHT: u64 = 5_000_000;
/// What a key takes in memory, about.
const KEY_BYTES: u64 = 48;
/// What a row that is referred to takes in memory, about.
const ROW_BYTES: u64 = 256;

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
        let mut found = Vec::new();
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
            let rows = match self.before(table, check, &tables) {
                Some(rows) => rows,
                None => self.count(table, check)?,
            };
            found.push(CheckReport {
                check: check.name.clone(),
                action: check.action.as_str().to_owned(),
                rows,
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
        match self.outcome(table) {
            Some(Outcome::Unchanged | Outcome::Stale) => true,
            Some(Outcome::Merged) => {
                let staged = self.staging.table(table);
                let complete =
                    |entry: Option<&TableEntry>| entry.and_then(|entry| entry.complete_at);
                staged.is_some_and(|entry| entry.rows > ROWS_EVERY_NIGHT)
                    && complete(staged) == complete(parent.table(table))
            }
            _ => false,
        }
    }

    fn count(&self, table: &Table, check: &Check) -> Result<u64, Error> {
        let when = check.when.as_ref();
        match &check.demand {
            Demand::Holds(rule) => {
                let mut rows = 0;
                let wanted = named(&[when, Some(rule)], &[]);
                self.scan(table, &wanted, |batch| {
                    rows += failing(when, rule, batch)?.true_count() as u64;
                    Ok(())
                })?;
                Ok(rows)
            }
            Demand::Unique(columns) => self.repeated(table, when, columns),
            Demand::Within { value, targets } => self.astray(table, when, value, targets),
            Demand::HoldsVia { via, target, rule } => {
                self.disagreeing(table, when, via, target, rule)
            }
        }
    }

    /// Rows that have the same values as one before.
    fn repeated(
        &self,
        table: &Table,
        when: Option<&Term>,
        columns: &[String],
    ) -> Result<u64, Error> {
        let mut repeats = 0;
        for pass in self.passes(table.name.as_str(), KEY_BYTES) {
            let mut seen = HashSet::new();
            self.scan(table, &named(&[when], columns), |batch| {
                let values = batch.project(&positions(&batch.schema(), columns))?;
                for key in concerned(when, batch, digests(values.columns())?)?.flatten() {
                    repeats += u64::from(pass.has(key) && !seen.insert(key));
                }
                Ok(())
            })?;
        }
        Ok(repeats)
    }

    /// Rows whose value is in none of the targets.
    fn astray(
        &self,
        table: &Table,
        when: Option<&Term>,
        looked_up: &Term,
        targets: &[Target],
    ) -> Result<u64, Error> {
        let mut astray = 0;
        let largest = targets
            .iter()
            .max_by_key(|one| self.rows(one.table.as_str()));
        let largest = largest.map_or("", |one| one.table.as_str());
        for pass in self.passes(largest, KEY_BYTES * targets.len() as u64) {
            let mut known = HashSet::new();
            for target in targets {
                let wanted = [target.column.clone()];
                self.scan(self.declared(target)?, &wanted, |batch| {
                    let keys = digests(batch.columns().get(..1).unwrap_or_default())?;
                    known.extend(keys.into_iter().flatten().filter(|key| pass.has(*key)));
                    Ok(())
                })?;
            }
            self.scan(table, &named(&[when, Some(looked_up)], &[]), |batch| {
                let keys = digests(&[value(looked_up, batch)?])?;
                for key in concerned(when, batch, keys)?.flatten() {
                    astray += u64::from(pass.has(key) && !known.contains(&key));
                }
                Ok(())
            })?;
        }
        Ok(astray)
    }

    /// Rows that do not agree with the row they refer to.
    fn disagreeing(
        &self,
        table: &Table,
        when: Option<&Term>,
        via: &str,
        target: &Target,
        rule: &Term,
    ) -> Result<u64, Error> {
        let other = self.declared(target)?;
        let mut copied = Vec::new();
        rule.columns(&mut |table, name| {
            if table.is_some() {
                copied.push(name.to_owned());
            }
        });
        let wanted = [copied.as_slice(), std::slice::from_ref(&target.column)].concat();
        let mut rows = 0;
        for pass in self.passes(target.table.as_str(), ROW_BYTES) {
            let (mut places, mut batches, mut count) = (HashMap::new(), Vec::new(), 0_u32);
            self.scan(other, &wanted, |batch| {
                let at = positions(&batch.schema(), std::slice::from_ref(&target.column));
                let keys = digests(batch.project(&at)?.columns())?;
                let here: BooleanArray = keys
                    .iter()
                    .map(|key| {
                        let fresh = key
                            .filter(|key| pass.has(*key))
                            .map(|key| places.entry(key));
                        match fresh {
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
            let Some(first) = batches.first() else {
                continue;
            };
            let others = concat_batches(&first.schema(), &batches);
            let others = others.map_err(|error| failed(table)(error.into()))?;
            let others = renamed(&others, target.table.as_str());
            let others = others.map_err(|error| failed(table)(error.into()))?;
            let own = named(&[when, Some(rule)], &[via.to_owned()]);
            self.scan(table, &own, |batch| {
                let at = positions(&batch.schema(), &[via.to_owned()]);
                let keys = digests(batch.project(&at)?.columns())?;
                let found = keys.iter().map(|key| places.get(key.as_ref()?).copied());
                let found: Vec<Option<u32>> = found.collect();
                let known: BooleanArray = found.iter().map(|one| Some(one.is_some())).collect();
                let theirs: UInt32Array = found.into_iter().flatten().map(Some).collect();
                let ours = filter_record_batch(batch, &known)?;
                let theirs = take_record_batch(&others, &theirs)?;
                let both = beside(&ours, &theirs)?;
                rows += failing(when, rule, &both)?.true_count() as u64;
                Ok(())
            })?;
        }
        Ok(rows)
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

    /// How often to look, so that what is remembered each time fits into memory.
    fn passes(&self, table: &str, bytes: u64) -> impl Iterator<Item = Pass> + use<> {
        let most = (self.limits.memory_bytes as u64 / 2).max(1);
        let count = self.rows(table).saturating_mul(bytes).div_ceil(most).max(1);
        (0..count).map(move |at| Pass { at, count })
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
        let schema = table.arrow_schema();
        let fields = schema.fields().iter();
        let fields = fields
            .filter(|field| columns.contains(field.name()))
            .map(Arc::clone);
        let projected: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut batches = files.sorted(&projected, &[], self.sorter)?;
        while let Some(batch) = self.handle.block_on(batches.next()) {
            if self.stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            let batch = batch.map_err(failed(table))?;
            with(&batch).map_err(|error| failed(table)(error.into()))?;
        }
        Ok(())
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
        key % u128::from(self.count) == u128::from(self.at)
    }
}

fn failed(table: &Table) -> impl Fn(DataFusionError) -> Error {
    let table = table.name.to_string();
    move |source| Error::Prepare {
        table: table.clone(),
        source: Box::new(source),
    }
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

/// A digest of each row's values; None where one of them is NULL.
fn digests(columns: &[ArrayRef]) -> Result<Vec<Option<u128>>, ArrowError> {
    let columns: Vec<ArrayRef> = columns.iter().map(plain).collect::<Result<_, _>>()?;
    let kinds = columns.iter();
    let kinds = kinds.map(|column| SortField::new(column.data_type().clone()));
    let rows = RowConverter::new(kinds.collect())?.convert_columns(&columns)?;
    let null = |row| columns.iter().any(|column| column.is_null(row));
    let digest = |(at, row): (usize, arrow::row::Row<'_>)| {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(salt);
            hasher.write(row.as_ref());
            u128::from(hasher.finish())
        };
        (!null(at)).then(|| half(0) << 64 | half(1))
    };
    Ok(rows.iter().enumerate().map(digest).collect())
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
