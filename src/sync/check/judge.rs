//! What a row alone tells: its device stamps, and the rules of its table that refuse rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use arrow::error::ArrowError;

use super::clocks::{FOUND, Watch, column};
use super::term::failing;
use crate::schema::{Action, Demand, Table};
use crate::sync::Error;
use crate::sync::conform::{Conformed, LINE, row_text};
use crate::sync::source::Refusal;
use crate::tenant::Clocks;

/// Judges the rows of one table, batch by batch; batches beside each other.
pub(in crate::sync) struct Judge {
    table: Arc<Table>,
    watch: Option<Watch>,
    schema: SchemaRef,
}

/// Rows that each check refused.
pub(in crate::sync) type Refused = BTreeMap<String, u64>;

impl Judge {
    /// For converted rows of this schema; `now` is when the run began.
    pub(in crate::sync) fn new(
        table: Arc<Table>,
        converted: &SchemaRef,
        clocks: &Clocks,
        now: i64,
    ) -> Self {
        let watch = Watch::new(&table, clocks, now);
        let found = watch
            .is_some()
            .then(|| Field::new(FOUND, DataType::Utf8, true));
        let fields = converted.fields().iter().map(Arc::clone);
        let fields: Vec<_> = fields.chain(found.map(Arc::new)).collect();
        Self {
            table,
            watch,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    /// The schema of judged rows.
    pub(in crate::sync) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Judges one batch: impossible stamps are corrected, rows that a check refuses leave.
    pub(in crate::sync) fn batch(
        &self,
        mut batch: Conformed,
    ) -> Result<(Conformed, Refused), Error> {
        let mut refused = Refused::new();
        batch.rows = self.watched(&batch.rows).map_err(|_| Error::Broken)?;
        for check in &self.table.checks {
            let (Demand::Holds(rule), Action::Quarantine) = (&check.demand, check.action) else {
                continue;
            };
            let failing = failing(check.when.as_ref(), rule, &batch.rows);
            let failing = failing.map_err(|_| Error::Broken)?;
            if failing.true_count() == 0 {
                continue;
            }
            let mut column = None;
            rule.columns(&mut |_, name| {
                column.get_or_insert_with(|| name.to_owned());
            });
            let reason = format!("not so: {}", check.description);
            batch
                .refused
                .extend(refusals(&batch.rows, &failing, column.as_ref(), &reason));
            let kept = not(&failing).and_then(|kept| filter_record_batch(&batch.rows, &kept));
            batch.rows = kept.map_err(|_| Error::Broken)?;
            refused.insert(check.name.clone(), failing.true_count() as u64);
        }
        Ok((batch, refused))
    }

    fn watched(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let Some(watch) = &self.watch else {
            return Ok(rows.clone());
        };
        let (columns, mut found) = watch.judge(rows)?;
        let rows = RecordBatch::try_new(rows.schema(), columns)?;
        for check in &self.table.checks {
            watch.flag(check, &rows, &mut found)?;
        }
        let columns = rows.columns().iter().map(Arc::clone);
        let columns: Vec<ArrayRef> = columns.chain([column(&found)]).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn refusals(
    rows: &RecordBatch,
    failing: &BooleanArray,
    column: Option<&String>,
    reason: &str,
) -> Vec<Refusal> {
    let lines = rows.column_by_name(LINE);
    let lines = lines.and_then(|lines| lines.as_primitive_opt::<UInt64Type>());
    let failing = failing.iter().enumerate();
    let failing = failing.filter(|(_, fails)| *fails == Some(true));
    let refusal = |(row, _)| Refusal {
        line: lines.map_or(0, |lines| lines.value(row)),
        column: column.cloned(),
        reason: reason.to_owned(),
        detail: None,
        record: Some(row_text(rows, row)),
    };
    failing.map(refusal).collect()
}
