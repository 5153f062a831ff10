//! Raw batches into declared ones: names matched, values converted as PostgreSQL's COPY converts
//! them. A value that cannot be converted refuses its row, never the run.

mod build;
pub(super) mod json;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use self::build::Builder;
use super::Error;
use super::extra::Extras;
use super::source::{RawBatch, RawColumn, Refusal};
use crate::pg::Fault;
use crate::schema::{Column, Origin, Table};

/// Name of the column that says which file a row came from, while it is on its way.
pub(super) const FILE: &str = "\u{1}file";
/// Name of the column that says which line.
pub(super) const LINE: &str = "\u{1}line";
/// Why a row without a key is refused.
pub(super) const NO_KEY: &str = "null value in the key";
/// Why a row is refused that lacks another value.
const NO_VALUE: &str = "null value in a column that is never null";
/// Text kept of a refused row.
const RECORD_KEPT: usize = 64 << 10;
/// Undeclared columns named; a source with more has none.
const MOST_IGNORED: usize = 1_000;

/// Converts the batches of one table.
pub(super) struct Conform {
    table: Arc<Table>,
    schema: SchemaRef,
    /// Files seen so far; a row's file is a position in here.
    files: Vec<Arc<str>>,
    /// How the names of the latest batch map: per declared column the source column.
    map: Option<(Arc<[String]>, Arc<[Option<usize>]>)>,
    /// Undeclared columns that are to be served from the next reading on.
    extras: Extras,
    ignored: BTreeSet<String>,
    delivered: BTreeSet<String>,
    /// When the run began, in microseconds since 1970 UTC.
    now: i64,
}

/// One batch and all that its conversion needs: it can be converted beside others.
pub(super) struct Plan {
    raw: RawBatch,
    table: Arc<Table>,
    schema: SchemaRef,
    map: Arc<[Option<usize>]>,
    /// The position of its file among those seen.
    position: u32,
    now: i64,
}

/// One batch after conversion.
#[derive(Debug)]
pub(super) struct Conformed {
    /// The file it came from.
    pub(super) file: Arc<str>,
    /// Rows with their declared columns, then [`FILE`] and [`LINE`].
    pub(super) rows: RecordBatch,
    /// The rest.
    pub(super) refused: Vec<Refusal>,
}

impl Conform {
    pub(super) fn new(table: Arc<Table>, extras: Extras, now: i64) -> Self {
        let declared = table.arrow_schema();
        let mut fields: Vec<_> = declared.fields().iter().map(Arc::clone).collect();
        fields.push(Arc::new(Field::new(FILE, DataType::UInt32, false)));
        fields.push(Arc::new(Field::new(LINE, DataType::UInt64, false)));
        Self {
            table,
            schema: Arc::new(Schema::new(fields)),
            files: Vec::new(),
            map: None,
            extras,
            ignored: BTreeSet::new(),
            delivered: BTreeSet::new(),
            now,
        }
    }

    /// The table they are converted for.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// The schema of converted batches.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The name of a file by its position.
    pub(super) fn file(&self, position: u32) -> Arc<str> {
        let found = self.files.get(position as usize).map(Arc::clone);
        found.unwrap_or_else(|| Arc::from(""))
    }

    /// Undeclared columns that came up and are to be served.
    pub(super) fn came_up(&self) -> &[String] {
        self.extras.came_up()
    }

    /// Source columns that nothing declares and that are not served.
    pub(super) fn ignored(&self) -> Vec<String> {
        self.ignored.iter().cloned().collect()
    }

    /// Declared columns that no file had; none when there was no row.
    pub(super) fn missing(&self) -> Vec<String> {
        let all = self.table.columns.iter().map(|column| &column.name);
        let missing = all.filter(|name| !self.delivered.contains(*name));
        if self.map.is_some() {
            missing.cloned().collect()
        } else {
            Vec::new()
        }
    }

    /// Prepares the conversion of the next batch.
    pub(super) fn plan(&mut self, raw: RawBatch) -> Result<Plan, Error> {
        Ok(Plan {
            map: self.map(&raw)?,
            position: self.file_position(&raw.file),
            table: Arc::clone(&self.table),
            schema: Arc::clone(&self.schema),
            now: self.now,
            raw,
        })
    }

    fn file_position(&mut self, file: &Arc<str>) -> u32 {
        if self.files.last() != Some(file) {
            self.files.push(Arc::clone(file));
        }
        u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Finds each declared column among the names of a batch.
    fn map(&mut self, raw: &RawBatch) -> Result<Arc<[Option<usize>]>, Error> {
        if let Some((names, map)) = &self.map
            && *names == raw.names
        {
            return Ok(Arc::clone(map));
        }
        let mut map = vec![None; self.table.columns.len()];
        for (from, name) in raw.names.iter().enumerate() {
            let to = self
                .table
                .columns
                .iter()
                .position(|column| column.answers_to(name));
            let Some(to) = to else {
                if !self.extras.note(&self.table, name) && self.ignored.len() < MOST_IGNORED {
                    self.ignored.insert(name.clone());
                }
                continue;
            };
            let (Some(slot), Some(column)) = (map.get_mut(to), self.table.columns.get(to)) else {
                continue;
            };
            // Two that differ in their letters' case only: the first is served.
            if column.origin == Origin::Delivered && slot.is_some() {
                self.ignored.insert(name.clone());
                continue;
            }
            if slot.replace(from).is_some() {
                return Err(Error::TwoColumns {
                    file: raw.file.to_string(),
                    column: column.name.clone(),
                });
            }
            self.delivered.insert(column.name.clone());
        }
        let map: Arc<[Option<usize>]> = map.into();
        self.map = Some((Arc::clone(&raw.names), Arc::clone(&map)));
        Ok(map)
    }
}

impl Plan {
    /// The table it is converted for.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Converts the batch.
    pub(super) fn convert(self) -> Result<Conformed, Error> {
        let (raw, table) = (&self.raw, &self.table);
        let rows = raw.lines.len();
        let mut refusals: BTreeMap<usize, Refusal> = BTreeMap::new();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (column, from) in table.columns.iter().zip(self.map.iter()) {
            let from = from.and_then(|at| raw.columns.get(at));
            let mut refuse = |row: usize, reason: String, detail: Option<String>| {
                refusals.entry(row).or_insert_with(|| Refusal {
                    line: raw.lines.get(row).copied().unwrap_or_default(),
                    column: Some(column.name.clone()),
                    reason,
                    detail,
                    record: None,
                });
            };
            let array =
                convert(column, from, rows, self.now, &mut refuse).map_err(|_| Error::Broken)?;
            let identifies = table.primary_key().contains(&column.name);
            let never_null = !column.nullable || identifies;
            let reason = if identifies { NO_KEY } else { NO_VALUE };
            if never_null && array.null_count() > 0 {
                for row in (0..rows).filter(|row| array.is_null(*row)) {
                    refuse(row, reason.to_owned(), None);
                }
            }
            columns.push(array);
        }
        columns.push(Arc::new(UInt32Array::from_value(self.position, rows)));
        columns.push(Arc::new(UInt64Array::from_iter_values(
            raw.lines.iter().copied(),
        )));
        self.finish(columns, refusals)
    }

    fn finish(
        self,
        columns: Vec<ArrayRef>,
        refusals: BTreeMap<usize, Refusal>,
    ) -> Result<Conformed, Error> {
        let broken = |_| Error::Broken;
        // Refused rows may be NULL where nothing may be, until they are filtered out.
        let loose: Vec<_> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(true))
            .collect();
        let rows = RecordBatch::try_new(Arc::new(Schema::new(loose)), columns).map_err(broken)?;
        let rows = if refusals.is_empty() {
            rows
        } else {
            let kept = (0..rows.num_rows()).map(|row| Some(!refusals.contains_key(&row)));
            filter_record_batch(&rows, &kept.collect::<BooleanArray>()).map_err(broken)?
        };
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())
            .map_err(broken)?;
        let raw = self.raw;
        let mut refused = raw.refused.clone();
        for (row, refusal) in refusals {
            refused.push(Refusal {
                record: Some(record(&raw, row)),
                ..refusal
            });
        }
        refused.sort_by_key(|one| one.line);
        let file = raw.file;
        Ok(Conformed {
            file,
            rows,
            refused,
        })
    }
}

/// Converts one column; rows that cannot be are told to `refuse` and hold NULL.
fn convert(
    column: &Column,
    from: Option<&RawColumn>,
    rows: usize,
    now: i64,
    refuse: &mut dyn FnMut(usize, String, Option<String>),
) -> Result<ArrayRef, Fault> {
    if let Some(texts) = from.and_then(|from| build::as_they_are(column.kind, from)) {
        return Ok(Arc::new(texts));
    }
    let mut builder = Builder::new(column.kind, now)?;
    match from {
        None => (0..rows).for_each(|_| builder.null()),
        Some(RawColumn::Text(texts)) => {
            let put = if texts.value_data().contains(&0) {
                Builder::text
            } else {
                Builder::clean
            };
            for (row, text) in texts.iter().enumerate() {
                append(&mut builder, row, text, put, refuse);
            }
        }
        Some(RawColumn::Fields(fields)) => builder.fields(fields, |row, fault| {
            refuse(row, reason(&fault.message), Some(fault.message));
        }),
        Some(RawColumn::Json(values)) => {
            for (row, value) in values.iter().enumerate() {
                append(&mut builder, row, value, Builder::json, refuse);
            }
        }
        Some(RawColumn::Typed(values)) => {
            if let Some(same) = typed::same(column.kind, values) {
                return Ok(same);
            }
            let values = typed::Texts::new(column.kind, values);
            for row in 0..rows {
                let text = values.get(row);
                append(&mut builder, row, text.as_deref(), Builder::text, refuse);
            }
        }
    }
    builder.finish()
}

fn append(
    builder: &mut Builder,
    row: usize,
    value: Option<&str>,
    put: fn(&mut Builder, &str) -> Result<(), Fault>,
    refuse: &mut dyn FnMut(usize, String, Option<String>),
) {
    let Some(value) = value else {
        builder.null();
        return;
    };
    if let Err(fault) = put(builder, value) {
        builder.null();
        refuse(row, reason(&fault.message), Some(fault.message));
    }
}

/// The words of a message without the values it quotes, so that equal causes count together.
fn reason(message: &str) -> String {
    let mut words = String::new();
    for (at, part) in message.split('"').enumerate() {
        if at % 2 == 0 {
            words.push_str(part);
        }
    }
    let words: Vec<_> = words.split_whitespace().collect();
    words.join(" ").trim_end_matches([':', ' ']).to_owned()
}

/// The declared columns of a converted row as a JSON object.
pub(super) fn row_text(rows: &RecordBatch, row: usize) -> String {
    let schema = rows.schema();
    let declared = schema.fields().iter().zip(rows.columns());
    let declared = declared.filter(|(field, _)| !field.name().starts_with('\u{1}'));
    let mut text = String::from("{");
    for (field, column) in declared {
        if text.len() > RECORD_KEPT {
            break;
        }
        if text.len() > 1 {
            text.push(',');
        }
        json::write_text(field.name(), &mut text);
        text.push(':');
        json::write_value(column.as_ref(), row, &mut text);
    }
    text.push('}');
    shortened(text)
}

fn shortened(mut text: String) -> String {
    if text.len() > RECORD_KEPT {
        text.truncate(text.floor_char_boundary(RECORD_KEPT));
    }
    text
}

/// A row of a raw batch as a JSON object.
fn record(raw: &RawBatch, row: usize) -> String {
    let mut text = String::from("{");
    for (name, column) in raw.names.iter().zip(&raw.columns) {
        if text.len() > RECORD_KEPT {
            break;
        }
        if text.len() > 1 {
            text.push(',');
        }
        json::write_text(name, &mut text);
        text.push(':');
        match column {
            RawColumn::Text(texts) if texts.is_valid(row) => {
                json::write_text(texts.value(row), &mut text);
            }
            RawColumn::Fields(fields) => match fields.get(row) {
                Some(field) => json::write_text(field, &mut text),
                None => text.push_str("null"),
            },
            RawColumn::Json(values) if values.is_valid(row) => text.push_str(values.value(row)),
            RawColumn::Typed(values) => json::write_value(values.as_ref(), row, &mut text),
            RawColumn::Text(_) | RawColumn::Json(_) => text.push_str("null"),
        }
    }
    text.push('}');
    shortened(text)
}
