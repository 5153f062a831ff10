//! Times that people's devices stamped: impossible ones are corrected, doubtful ones flagged, and
//! both are written down for rows that are new or others than the night before.

use std::fs;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch, StringArray, StringBuilder,
};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;

use super::term::failing;
use crate::pg::datetime::write;
use crate::pg::text::Style;
use crate::pg::types;
use crate::schema::{Action, Check, ClockRole, Column, Demand, Table};
use crate::snapshot::{self, Aside, Staging, TableWriter};
use crate::sync::Error;
use crate::sync::conform::json;
use crate::tenant::Clocks;

/// Name of the column that says what was found in the device stamps of a row, while the row is on
/// its way: a JSON array of `[column, original, corrected or null, method]`, or NULL.
pub(super) const FOUND: &str = "\u{1}clocks";

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// What was found in one stamp.
type Finding = (String, String, Option<String>, String);

/// Judges the device stamps of one table.
pub(super) struct Watch {
    /// Where its device stamps are.
    stamps: Vec<(usize, Column)>,
    /// Where the server's stamp of the row's last change is.
    receipt: Option<usize>,
    rules: Clocks,
    /// When the run began.
    now: i64,
}

impl Watch {
    /// For a table; None when no device stamps it.
    pub(super) fn new(table: &Table, rules: &Clocks, now: i64) -> Option<Self> {
        let stamps = table.columns.iter().enumerate();
        let stamps = stamps.filter(|(_, column)| column.clock == ClockRole::Device);
        let stamps: Vec<_> = stamps.map(|(at, column)| (at, column.clone())).collect();
        (!stamps.is_empty()).then(|| Self {
            stamps,
            receipt: table.columns.iter().position(|column| column.change_stamp),
            rules: rules.clone(),
            now,
        })
    }

    /// The declared columns of rows with impossible stamps corrected, and what was found a row.
    pub(super) fn judge(
        &self,
        rows: &RecordBatch,
    ) -> Result<(Vec<ArrayRef>, Vec<Vec<Finding>>), ArrowError> {
        let mut found = vec![Vec::new(); rows.num_rows()];
        let mut columns = rows.columns().to_vec();
        let receipts = self.receipt.and_then(|at| columns.get(at));
        let receipts = receipts.and_then(|column| column.as_primitive_opt().cloned());
        let tolerance = i64::try_from(self.rules.tolerance.as_micros()).unwrap_or(i64::MAX);
        let first_day = self
            .rules
            .first_day
            .map(|day| i64::from(day.to_epoch_days()).saturating_mul(MICROSECONDS_A_DAY));
        for (at, column) in &self.stamps {
            let Some(values) = columns.get_mut(*at) else {
                continue;
            };
            let stamps: &PrimitiveArray<TimestampMicrosecondType> = values.as_primitive();
            let mut corrected = Vec::new();
            for (row, stamp) in stamps.iter().enumerate() {
                let Some(stamp) = stamp else { continue };
                let (received, method) = self.received(receipts.as_ref(), row);
                let text = |stamp| stamp_text(column, stamp);
                let finding = if stamp > received.saturating_add(tolerance) {
                    if self.rules.correct {
                        corrected.push((row, received));
                        let method = format!("set to {method}");
                        Some((Some(text(received)), method))
                    } else {
                        Some((None, format!("flagged: later than {method}")))
                    }
                } else if first_day.is_some_and(|first| stamp < first) {
                    Some((None, "flagged: before the tenant's first day".to_owned()))
                } else {
                    None
                };
                if let (Some((now, method)), Some(found)) = (finding, found.get_mut(row)) {
                    found.push((column.name.clone(), text(stamp), now, method));
                }
            }
            if !corrected.is_empty() {
                let mut times: Vec<Option<i64>> = stamps.iter().collect();
                for (row, time) in corrected {
                    if let Some(slot) = times.get_mut(row) {
                        *slot = Some(time);
                    }
                }
                let times: PrimitiveArray<TimestampMicrosecondType> = times.into_iter().collect();
                let kind = stamps.data_type().clone();
                *values = Arc::new(times.with_data_type(kind));
            }
        }
        Ok((columns, found))
    }

    /// When a row was received, as far as is known, and how that is known.
    fn received(
        &self,
        receipts: Option<&PrimitiveArray<TimestampMicrosecondType>>,
        row: usize,
    ) -> (i64, &'static str) {
        match receipts.filter(|receipts| receipts.is_valid(row)) {
            // A server's stamp of the future says nothing about when a row was received.
            Some(receipts) if receipts.value(row) <= self.now => {
                (receipts.value(row), "the server's stamp of the row")
            }
            _ => (self.now, "the time of the sync"),
        }
    }

    /// Adds the stamps that fail a check which flags.
    pub(super) fn flag(
        &self,
        check: &Check,
        rows: &RecordBatch,
        found: &mut [Vec<Finding>],
    ) -> Result<(), ArrowError> {
        let (Demand::Holds(rule), Action::Flag) = (&check.demand, check.action) else {
            return Ok(());
        };
        let mut named = Vec::new();
        rule.columns(&mut |_, name| named.push(name));
        // The first one that the rule speaks of is the one in doubt.
        let stamp = named.iter().find_map(|name| {
            let mut stamps = self.stamps.iter();
            stamps.find(|(_, column)| column.name == *name)
        });
        let Some((at, column)) = stamp else {
            return Ok(());
        };
        let values = rows.column(*at).as_primitive::<TimestampMicrosecondType>();
        let failing = failing(check.when.as_ref(), rule, rows)?;
        for (row, found) in found.iter_mut().enumerate() {
            if failing.value(row) && values.is_valid(row) {
                let stamp = stamp_text(column, values.value(row));
                let method = format!("flagged: not so: {}", check.description);
                found.push((column.name.clone(), stamp, None, method));
            }
        }
        Ok(())
    }
}

/// What was found in the stamps of rows, as a column.
pub(super) fn column(found: &[Vec<Finding>]) -> ArrayRef {
    let text = |found: &Vec<Finding>| {
        let some = !found.is_empty();
        some.then(|| serde_json::to_string(found).unwrap_or_default())
    };
    Arc::new(found.iter().map(text).collect::<StringArray>())
}

fn stamp_text(column: &Column, stamp: i64) -> String {
    let mut text = Vec::new();
    match column.kind.oid {
        types::TIMESTAMPTZ => write::timestamptz(stamp, &Style::default(), &mut text),
        _ => write::timestamp(stamp, &Style::default(), &mut text),
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Whether a column of a row holds a corrected time.
pub(in crate::sync) fn was_corrected(rows: &RecordBatch, row: usize, column: &str) -> bool {
    findings(rows, row)
        .iter()
        .any(|(name, _, now, _)| name == column && now.is_some())
}

fn findings(rows: &RecordBatch, row: usize) -> Vec<Finding> {
    let found = rows
        .column_by_name(FOUND)
        .and_then(|found| found.as_string_opt::<i32>());
    let found = found.filter(|found| found.is_valid(row));
    let found = found.map(|found| serde_json::from_str(found.value(row)).unwrap_or_default());
    found.unwrap_or_default()
}

/// Writes down what was found in rows that are new or others than the night before.
pub(in crate::sync) struct Corrections {
    key: Vec<String>,
    writer: TableWriter,
    most: u64,
    corrected: u64,
    flagged: u64,
}

impl Corrections {
    /// Of one table; keeps at most so many.
    pub(in crate::sync) fn new(staging: &Staging, table: &Table, most: usize) -> Self {
        Self {
            key: table.key.clone(),
            writer: staging.aside(Aside::Corrections, table.name.as_str()),
            most: most as u64,
            corrected: 0,
            flagged: 0,
        }
    }

    /// Takes rows that are new or others.
    pub(in crate::sync) fn take(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        let found = rows.column_by_name(FOUND);
        if found.is_none_or(|found| found.null_count() == rows.num_rows()) {
            return Ok(());
        }
        let mut columns = [(); 5].map(|()| StringBuilder::new());
        for row in 0..rows.num_rows() {
            for (column, original, corrected, method) in findings(rows, row) {
                match &corrected {
                    Some(_) => self.corrected += 1,
                    None => self.flagged += 1,
                }
                if self.corrected + self.flagged > self.most {
                    continue;
                }
                let [key, name, was, now, how] = &mut columns;
                key.append_value(self.key_text(rows, row));
                name.append_value(column);
                was.append_value(original);
                now.append_option(corrected);
                how.append_value(method);
            }
        }
        let columns = columns
            .each_mut()
            .map(|one| Arc::new(one.finish()) as ArrayRef);
        let batch = RecordBatch::try_new(Aside::Corrections.schema(), columns.to_vec());
        let batch = batch.map_err(|_| Error::Broken)?;
        if batch.num_rows() > 0 {
            self.writer.append(&batch)?;
        }
        Ok(())
    }

    /// The key of a row as a JSON object.
    fn key_text(&self, rows: &RecordBatch, row: usize) -> String {
        let mut text = String::from("{");
        for (at, name) in self.key.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            json::write_text(name, &mut text);
            text.push(':');
            match rows.column_by_name(name) {
                Some(column) => json::write_value(column.as_ref(), row, &mut text),
                None => text.push_str("null"),
            }
        }
        text.push('}');
        text
    }

    /// Takes all back: the table is read once more.
    pub(in crate::sync) fn forget(self) -> Result<(), Error> {
        if self.writer.rows() > 0 {
            for (path, _) in self.writer.finish()?.files() {
                fs::remove_file(&path).map_err(Error::read(&path))?;
            }
        }
        Ok(())
    }

    /// Closes the file, if there is one; says how many were corrected, and how many flagged.
    pub(in crate::sync) fn close(self) -> Result<(u64, u64), snapshot::Error> {
        if self.writer.rows() > 0 {
            self.writer.finish()?;
        }
        Ok((self.corrected, self.flagged))
    }
}
