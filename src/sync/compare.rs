//! A night against the last snapshot: which rows are new, which are others now, which are gone.
//!
//! Both sides come sorted by the same columns, so one pass over them tells, in the memory of two
//! batches. However the rows were asked for (all of them, those stamped since, or keys alone), what
//! comes out is the same: rows to add, positions that are dead, and counts.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{
    DataType, Date32Type, SchemaRef, TimeUnit, TimestampMicrosecondType, UInt32Type,
};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use chrono::NaiveDate;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::check::positions;
use super::earlier::{PART, ROW};
use super::sort::{ASCENDING, stream};
use crate::snapshot::{Cause, Changes, Moved, RowSet, TableChanges};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// How a night's rows stand to the earlier ones.
pub(super) struct Terms {
    /// The columns both are sorted by; among equals rows pair in their order.
    pub(super) by: Vec<String>,
    /// The columns whose values make a row another one.
    pub(super) content: Vec<String>,
    /// Whether earlier rows that did not come are gone.
    pub(super) complete: bool,
    /// The column by whose days rows are counted.
    pub(super) activity: Option<String>,
    /// Rows of days before this one were expected in an earlier night.
    pub(super) over_before: NaiveDate,
}

/// What a comparison found.
#[derive(Debug)]
pub(super) struct Compared {
    /// For each earlier file the rows that are not served any more, those that were not before
    /// included.
    pub(super) dead: Vec<RowSet>,
    /// How many rows.
    pub(super) changes: Changes,
    /// Of which days, and why.
    pub(super) days: TableChanges,
}

/// Finds out, row by row, why an added or removed row is one: its batch, its position in it, and
/// the cause that the comparison sees.
pub(super) type Why =
    Box<dyn FnMut(&RecordBatch, usize, Cause) -> Result<Cause, ArrowError> + Send>;

/// Compares two streams: gives the rows of `new` that are to be added, and fills `compared` on the
/// way. The columns of `terms` have the same types in both; `old` has [`PART`] and [`ROW`] too.
pub(super) fn compare(
    new: SendableRecordBatchStream,
    old: SendableRecordBatchStream,
    dead: Vec<RowSet>,
    terms: Terms,
    why: Why,
) -> Result<(SendableRecordBatchStream, Arc<Mutex<Compared>>), DataFusionError> {
    let schema = new.schema();
    let shared = Arc::new(Mutex::new(Compared {
        dead,
        changes: Changes::default(),
        days: TableChanges::default(),
    }));
    let converters = Arc::new(Converters::new(&schema, &terms)?);
    let comparison = Comparison {
        new: Side::new(new, &terms, Arc::clone(&converters))?,
        old: Side::new(old, &terms, converters)?,
        terms,
        why,
        compared: Arc::clone(&shared),
    };
    let rows = futures::stream::try_unfold(comparison, |mut comparison| async move {
        Ok(comparison.next().await?.map(|batch| (batch, comparison)))
    });
    Ok((stream(schema, rows), shared))
}

struct Comparison {
    new: Side,
    old: Side,
    terms: Terms,
    why: Why,
    compared: Arc<Mutex<Compared>>,
}

impl Comparison {
    /// The rows to add of the next batch of new ones, once there is one.
    async fn next(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        while self.new.fill().await? {
            let rows = self.new.rows();
            let mut add = Vec::with_capacity(rows);
            while self.new.at < rows {
                let order = if self.old.fill().await? {
                    self.new.key().cmp(&self.old.key())
                } else {
                    Ordering::Less
                };
                match order {
                    Ordering::Less => {
                        self.insert()?;
                        add.push(true);
                        self.new.at += 1;
                    }
                    Ordering::Equal => {
                        let other = self.new.content() != self.old.content();
                        if other {
                            self.update()?;
                        }
                        add.push(other);
                        self.new.at += 1;
                        self.old.at += 1;
                    }
                    Ordering::Greater => {
                        self.delete()?;
                        self.old.at += 1;
                    }
                }
            }
            let add = BooleanArray::from(add);
            let added = filter_record_batch(&self.new.batch, &add)?;
            if added.num_rows() > 0 {
                return Ok(Some(added));
            }
        }
        while self.old.fill().await? {
            self.delete()?;
            self.old.at += 1;
        }
        Ok(None)
    }

    fn insert(&mut self) -> Result<(), ArrowError> {
        let day = self.new.day();
        let late = day.is_some_and(|day| day < self.terms.over_before);
        let seen = if late { Cause::ArrivedLate } else { Cause::New };
        let cause = (self.why)(&self.new.batch, self.new.at, seen)?;
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        compared.changes.inserted += 1;
        // Released or corrected rows of such a day are counted as that.
        compared.changes.late += u64::from(cause == Cause::ArrivedLate);
        compared.days.count(day, cause, ADDED);
        Ok(())
    }

    fn update(&mut self) -> Result<(), ArrowError> {
        let (before, after) = (self.old.day(), self.new.day());
        let cause = (self.why)(&self.new.batch, self.new.at, Cause::Edited)?;
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        compared.changes.updated += 1;
        if before == after {
            compared.days.count(after, cause, CHANGED);
        } else {
            compared.days.count(before, cause, REMOVED);
            compared.days.count(after, cause, ADDED);
        }
        self.old.kill(&mut compared);
        Ok(())
    }

    fn delete(&mut self) -> Result<(), ArrowError> {
        let cause = (self.why)(&self.old.batch, self.old.at, Cause::Deleted)?;
        // Where only changes came, a row that did not is as it was, unless its new form was refused.
        if !self.terms.complete && cause != Cause::Quarantined {
            return Ok(());
        }
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        compared.changes.deleted += 1;
        compared.days.count(self.old.day(), cause, REMOVED);
        self.old.kill(&mut compared);
        Ok(())
    }
}

const ADDED: Moved = Moved {
    added: 1,
    removed: 0,
    changed: 0,
};
const REMOVED: Moved = Moved {
    added: 0,
    removed: 1,
    changed: 0,
};
const CHANGED: Moved = Moved {
    added: 0,
    removed: 0,
    changed: 1,
};

/// What makes values of both sides comparable.
struct Converters {
    keys: RowConverter,
    contents: RowConverter,
}

impl Converters {
    fn new(schema: &SchemaRef, terms: &Terms) -> Result<Self, ArrowError> {
        let converter = |columns: &[String]| {
            let fields = schema.project(&positions(schema, columns))?;
            let fields = fields.fields().iter();
            let fields = fields
                .map(|field| SortField::new_with_options(field.data_type().clone(), ASCENDING));
            RowConverter::new(fields.collect())
        };
        Ok(Self {
            keys: converter(&terms.by)?,
            contents: converter(&terms.content)?,
        })
    }
}

/// One of the two streams and how far it was read.
struct Side {
    stream: SendableRecordBatchStream,
    by: Arc<[usize]>,
    content: Arc<[usize]>,
    activity: Option<usize>,
    converters: Arc<Converters>,
    batch: RecordBatch,
    key_rows: Rows,
    content_rows: Rows,
    days: Option<Int32Array>,
    /// The row at hand.
    at: usize,
}

impl Side {
    fn new(
        stream: SendableRecordBatchStream,
        terms: &Terms,
        converters: Arc<Converters>,
    ) -> Result<Self, ArrowError> {
        let schema = stream.schema();
        let (by, content) = (
            positions(&schema, &terms.by),
            positions(&schema, &terms.content),
        );
        let activity = terms.activity.as_ref();
        let activity = activity.and_then(|name| schema.index_of(name).ok());
        Ok(Self {
            key_rows: converters.keys.empty_rows(0, 0),
            content_rows: converters.contents.empty_rows(0, 0),
            converters,
            by,
            content,
            activity,
            batch: RecordBatch::new_empty(schema),
            days: None,
            stream,
            at: 0,
        })
    }

    fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Makes sure that a row is at hand; false at the end.
    async fn fill(&mut self) -> Result<bool, DataFusionError> {
        while self.at >= self.rows() {
            let Some(batch) = self.stream.next().await else {
                return Ok(false);
            };
            self.batch = batch?;
            self.at = 0;
            let keys = self.batch.project(&self.by)?;
            self.key_rows = self.converters.keys.convert_columns(keys.columns())?;
            let content = self.batch.project(&self.content)?;
            self.content_rows = self
                .converters
                .contents
                .convert_columns(content.columns())?;
            let activity = self.activity.map(|at| self.batch.column(at));
            self.days = activity.and_then(days);
        }
        Ok(true)
    }

    fn key(&self) -> arrow::row::Row<'_> {
        self.key_rows.row(self.at)
    }

    fn content(&self) -> arrow::row::Row<'_> {
        self.content_rows.row(self.at)
    }

    /// The day of activity of the row at hand.
    fn day(&self) -> Option<NaiveDate> {
        let days = self.days.as_ref().filter(|days| days.is_valid(self.at))?;
        NaiveDate::from_epoch_days(days.value(self.at))
    }

    /// Marks the earlier row at hand as not served any more.
    fn kill(&self, compared: &mut Compared) {
        let place = |name| {
            let column: Option<&ArrayRef> = self.batch.column_by_name(name);
            let column = column.and_then(|column| column.as_primitive_opt::<UInt32Type>());
            column.map(|column| column.value(self.at))
        };
        if let (Some(part), Some(row)) = (place(PART), place(ROW))
            && let Some(dead) = compared.dead.get_mut(part as usize)
        {
            dead.insert(row);
        }
    }
}

/// The days of a time or date column, in UTC since 1970; None for columns of other types.
fn days(column: &ArrayRef) -> Option<Int32Array> {
    match column.data_type() {
        DataType::Date32 => Some(column.as_primitive::<Date32Type>().reinterpret_cast()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            let day = |time: i64| i32::try_from(time.div_euclid(MICROSECONDS_A_DAY)).ok();
            Some(times.iter().map(|time| time.and_then(day)).collect())
        }
        _ => None,
    }
}
