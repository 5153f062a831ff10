//! Rows on their way from a source: converted, counted, the refused ones set aside, in key order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, AsArray, FixedSizeBinaryBuilder, RecordBatch};
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use ring::digest::{SHA256, digest};
use tokio_util::sync::CancellationToken;

use super::Error;
use super::check::{Judge, Repeats, positions};
use super::conform::{Conform, Conformed, FILE, LINE, row_text};
use super::quarantine::Quarantine;
use super::sort::{Sorter, stream};
use super::source::{Batches, RawBatch, Refusal};
use crate::schema::Table;
use crate::snapshot::Forgotten;

/// Everything that is counted while rows of one table pass.
pub(super) struct Intake {
    pub(super) conform: Conform,
    pub(super) judge: Judge,
    pub(super) refused: Quarantine,
    /// What may not come back; None when nothing was erased, or keys alone are read.
    pub(super) forgotten: Option<Arc<Mutex<Forgotten>>>,
    /// Rows that did not.
    pub(super) erased: u64,
    /// Rows that the source gave.
    pub(super) read: u64,
    /// Those of them that are not refused.
    pub(super) passed: u64,
    pub(super) stamps: Stamps,
    pub(super) stop: CancellationToken,
    /// Why reading stopped; DataFusion carries only that it did.
    pub(super) failure: Option<Error>,
}

/// The change stamps that went by.
#[derive(Debug)]
pub(super) struct Stamps {
    /// When the run began, in microseconds since 1970 UTC. A later stamp is a mistake, and would
    /// hide all that is written until then.
    began: i64,
    latest: Option<i64>,
    /// Whether a row had none: then a later night cannot tell by stamps what changed.
    missing: bool,
}

impl Stamps {
    pub(super) fn new(began: i64) -> Self {
        Self {
            began,
            latest: None,
            missing: false,
        }
    }

    fn take(&mut self, table: &Table, rows: &RecordBatch) {
        let Some(column) = table.change_stamp() else {
            self.missing = true;
            return;
        };
        let stamps = rows.column_by_name(&column.name);
        match stamps.and_then(|stamps| stamps.as_primitive_opt::<TimestampMicrosecondType>()) {
            Some(stamps) => {
                self.missing |= stamps.null_count() > 0;
                let past = stamps.iter().flatten().filter(|stamp| *stamp <= self.began);
                self.latest = self.latest.max(past.max());
            }
            None => self.missing = true,
        }
    }

    /// Where the next night goes on, when this one began at `from`.
    pub(super) fn watermark(&self, from: Option<i64>) -> Option<i64> {
        self.latest.max(from).filter(|_| !self.missing)
    }
}

impl Intake {
    fn take(&mut self, batch: Result<RawBatch, Error>) -> Result<RecordBatch, Error> {
        let batch = batch?;
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let file = Arc::clone(&batch.file);
        self.read += (batch.lines.len() + batch.refused.len()) as u64;
        let conformed = self.conform.batch(&batch)?;
        let conformed = self.without_erased(conformed)?;
        let conformed = self.judge.batch(conformed)?;
        self.refused.take(&file, &conformed.refused)?;
        self.stamps.take(self.conform.table(), &conformed.rows);
        Ok(conformed.rows)
    }

    /// Leaves out what was erased for good, of the refused rows too.
    fn without_erased(&mut self, mut conformed: Conformed) -> Result<Conformed, Error> {
        let Some(forgotten) = &self.forgotten else {
            return Ok(conformed);
        };
        let mut forgotten = forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let table = self.conform.table();
        let sifted = forgotten.sift(table.name.as_str(), &conformed.rows);
        let sifted = sifted.map_err(|_| Error::Broken)?;
        self.erased += sifted.gone.len() as u64;
        let refused = conformed.refused.len();
        conformed.refused.retain(|one| {
            !forgotten.in_record(table, one.record.as_deref(), one.detail.as_deref())
        });
        self.erased += (refused - conformed.refused.len()) as u64;
        conformed.rows = sifted.rows;
        Ok(conformed)
    }

    /// Refuses rows whose key was there before.
    fn repeats(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        let (Some(files), Some(lines)) = (rows.column_by_name(FILE), rows.column_by_name(LINE))
        else {
            return Err(Error::Broken);
        };
        let files = files.as_primitive::<UInt32Type>().values();
        let lines = lines.as_primitive::<UInt64Type>().values();
        let mut refused: BTreeMap<u32, Vec<Refusal>> = BTreeMap::new();
        for (row, (file, line)) in files.iter().zip(lines.iter()).enumerate() {
            refused.entry(*file).or_default().push(Refusal {
                line: *line,
                column: None,
                reason: "the key is there already".to_owned(),
                detail: None,
                record: Some(row_text(rows, row)),
            });
        }
        for (file, refused) in refused {
            let file = self.conform.file(file);
            self.refused.take(&file, &refused)?;
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> DataFusionError {
        self.failure.get_or_insert(error);
        DataFusionError::Execution("the rows ended early".to_owned())
    }
}

pub(super) fn taken(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The column of a table without a key that tells its rows apart.
pub(super) const DIGEST: &str = "\u{1}digest";

/// The columns that rows of a table are known by, from night to night.
pub(super) fn identity(table: &Table) -> Vec<String> {
    match table.primary_key() {
        [] => vec![DIGEST.to_owned()],
        key => key.to_vec(),
    }
}

/// Converted rows in the order of their identity, none of them twice where that is a key.
pub(super) fn rows(
    table: &Table,
    batches: Batches,
    intake: &Arc<Mutex<Intake>>,
    sorter: &Sorter,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let schema = Arc::clone(taken(intake).judge.schema());
    let shared = Arc::clone(intake);
    let converted = batches.map(move |batch| {
        let mut intake = taken(&shared);
        intake.take(batch).map_err(|error| intake.fail(error))
    });
    let mut rows = stream(Arc::clone(&schema), converted);
    let key = positions(&schema, table.primary_key());
    if key.is_empty() {
        rows = digested(rows, table)?;
    }
    let schema = rows.schema();
    let identity = positions(&schema, &identity(table));
    let position = positions(&schema, &[FILE.to_owned(), LINE.to_owned()]);
    let rows = sorter.sort(rows, &[&*identity, &*position].concat())?;
    let mut repeats = match *key {
        [] => None,
        _ => Some(Repeats::new(&schema, &key)?),
    };
    let shared = Arc::clone(intake);
    let once = rows.map(move |batch| {
        let batch = batch?;
        let (first, again) = match &mut repeats {
            Some(repeats) => repeats.split(&batch)?,
            None => (batch.clone(), batch.slice(0, 0)),
        };
        let mut intake = taken(&shared);
        intake.passed += first.num_rows() as u64;
        match intake.repeats(&again) {
            Ok(()) => Ok(first),
            Err(error) => Err(intake.fail(error)),
        }
    });
    Ok(stream(schema, once))
}

/// Adds [`DIGEST`]: of all declared columns of a row.
pub(super) fn digested(
    rows: SendableRecordBatchStream,
    table: &Table,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let names: Vec<_> = table.columns.iter().map(|one| one.name.clone()).collect();
    let declared = positions(&rows.schema(), &names);
    let kinds = rows.schema().project(&declared)?;
    let kinds = kinds.fields().iter();
    let kinds = kinds.map(|field| SortField::new(field.data_type().clone()));
    let converter = RowConverter::new(kinds.collect())?;
    let field = Field::new(DIGEST, DataType::FixedSizeBinary(DIGEST_BYTES), false);
    let mut fields = rows.schema().fields().to_vec();
    fields.push(Arc::new(field));
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let to = Arc::clone(&schema);
    let digested = rows.map(move |batch| {
        let batch = batch?;
        let values = converter.convert_columns(batch.project(&declared)?.columns())?;
        let mut digests = FixedSizeBinaryBuilder::with_capacity(batch.num_rows(), DIGEST_BYTES);
        for row in &values {
            let all = digest(&SHA256, row.as_ref());
            let some = all
                .as_ref()
                .get(..DIGEST_BYTES as usize)
                .unwrap_or_default();
            digests.append_value(some)?;
        }
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(digests.finish()));
        Ok(RecordBatch::try_new(Arc::clone(&to), columns)?)
    });
    Ok(stream(schema, digested))
}

/// Enough that two different rows never share one.
const DIGEST_BYTES: i32 = 16;
