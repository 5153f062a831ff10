//! Refused rows: counted by reason, and kept beside the snapshot for a person to look at.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use serde_json::Value;

use super::Error;
use super::conform::json;
use super::source::Refusal;
use crate::pg::text::read_uuid;
use crate::pg::types;
use crate::schema::Table;
use crate::snapshot::{Aside, AsideRows, Published, Staging, Store, TableWriter};

/// Different reasons counted per table; the rest are counted together.
const MOST_REASONS: usize = 50;

/// The refused rows of one table.
pub(super) struct Quarantine {
    table: Table,
    /// None when refused rows are counted only.
    writer: Option<TableWriter>,
    schema: SchemaRef,
    most_rows: u64,
    rows: u64,
    reasons: BTreeMap<String, u64>,
    /// The keys of those that are kept.
    keys: HashSet<String>,
}

impl Quarantine {
    /// Begins without a file: it is made for the first refused row.
    pub(super) fn new(staging: &Staging, table: &Table, most_rows: usize) -> Self {
        Self {
            writer: Some(staging.aside(Aside::Quarantine, table.name.as_str())),
            most_rows: most_rows as u64,
            ..Self::none(table)
        }
    }

    /// Counts, and keeps nothing.
    pub(super) fn none(table: &Table) -> Self {
        Self {
            table: table.clone(),
            writer: None,
            schema: Aside::Quarantine.schema(),
            most_rows: 0,
            rows: 0,
            reasons: BTreeMap::new(),
            keys: HashSet::new(),
        }
    }

    /// Takes refused rows of one file.
    pub(super) fn take(&mut self, file: &str, refused: &[Refusal]) -> Result<(), Error> {
        if refused.is_empty() {
            return Ok(());
        }
        let (mut files, mut lines) = (StringBuilder::new(), Int64Builder::new());
        let mut texts = [(); 4].map(|()| StringBuilder::new());
        for one in refused {
            self.rows += 1;
            let known = self.reasons.len() < MOST_REASONS || self.reasons.contains_key(&one.reason);
            let reason = if known {
                one.reason.as_str()
            } else {
                "other reasons"
            };
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
            if self.rows > self.most_rows {
                continue;
            }
            let record = one.record.as_deref();
            let key = record.and_then(|record| key_of_record(record, &self.table));
            self.keys.extend(key);
            files.append_value(file);
            lines.append_value(i64::try_from(one.line).unwrap_or(i64::MAX));
            let values = [
                one.column.as_deref(),
                Some(one.reason.as_str()),
                one.detail.as_deref(),
                one.record.as_deref(),
            ];
            for (builder, value) in texts.iter_mut().zip(values) {
                builder.append_option(value);
            }
        }
        let [column, reason, detail, record] = texts.each_mut().map(StringBuilder::finish);
        let batch = RecordBatch::try_new(
            Arc::clone(&self.schema),
            vec![
                Arc::new(files.finish()),
                Arc::new(lines.finish()),
                Arc::new(column),
                Arc::new(reason),
                Arc::new(detail),
                Arc::new(record),
            ],
        );
        let batch = batch.map_err(|_| Error::Broken)?;
        match &mut self.writer {
            Some(writer) if batch.num_rows() > 0 => Ok(writer.append(&batch)?),
            _ => Ok(()),
        }
    }

    /// The keys of the rows that are kept, as [`key_of`] writes them.
    pub(super) fn keys(&self) -> HashSet<String> {
        self.keys.clone()
    }

    /// Takes all back: the table is read once more.
    pub(super) fn forget(&mut self) -> Result<(), Error> {
        if let Some(writer) = self.writer.take()
            && self.rows > 0
        {
            for (path, _) in writer.finish()?.files() {
                fs::remove_file(&path).map_err(Error::read(&path))?;
            }
        }
        Ok(())
    }

    /// Rows refused so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Closes the file, if there is one.
    pub(super) fn close(self) -> Result<BTreeMap<String, u64>, Error> {
        if let Some(writer) = self.writer.filter(|_| self.rows > 0) {
            writer.finish()?;
        }
        Ok(self.reasons)
    }
}

/// The keys of refused rows that earlier nights kept, as [`key_of`] writes them.
pub(super) fn refused_keys(
    store: &Store,
    published: &Published,
    table: &Table,
) -> Result<HashSet<String>, Error> {
    let manifest = &published.manifest;
    let (tenant, product) = (&manifest.tenant, &manifest.product);
    let mut keys = HashSet::new();
    for (of, path) in store.aside(Aside::Quarantine, tenant, product, &published.id)? {
        if of != table.name.as_str() {
            continue;
        }
        let rows = match AsideRows::open(&path) {
            Ok(Some(rows)) => rows,
            Ok(None) => continue,
            // The rows that come now are served as what they are, new ones.
            Err(error) if error.lost() => {
                let cause = crate::telemetry::chain(&error);
                tracing::error!(cause, "it is not known which rows were refused before");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for batch in rows {
            let batch = batch?;
            let records = batch.column_by_name("record");
            let records = records.and_then(|column| column.as_string_opt::<i32>());
            let records = records.into_iter().flatten().flatten();
            keys.extend(records.filter_map(|record| key_of_record(record, table)));
        }
    }
    Ok(keys)
}

/// The key of a row, as a text that is the same however its values were spelled in the source.
pub(super) fn key_of(
    batch: &RecordBatch,
    row: usize,
    key: &[String],
) -> Result<String, ArrowError> {
    let mut text = String::new();
    for name in key {
        let Some(column) = batch.column_by_name(name) else {
            return Err(ArrowError::SchemaError(format!("no column {name}")));
        };
        let mut value = String::new();
        json::write_value(column.as_ref(), row, &mut value);
        spell(&json::scalar(&value), &mut text);
    }
    Ok(text)
}

/// The key of a refused row, when all of it came.
fn key_of_record(record: &str, table: &Table) -> Option<String> {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(record).ok()?;
    let mut text = String::new();
    for name in table.primary_key() {
        let column = table.column(name)?;
        let (_, value) = fields.iter().find(|(name, _)| column.answers_to(name))?;
        match value {
            Value::Null => return None,
            Value::String(value) if column.kind.oid == types::UUID => {
                // Sources write them with hyphens or without, in braces, in capitals.
                match read_uuid(value.trim()) {
                    Ok(bytes) => spell(&json::uuid(&bytes), &mut text),
                    Err(_) => spell(value, &mut text),
                }
            }
            Value::String(value) => spell(value, &mut text),
            other => spell(&other.to_string(), &mut text),
        }
    }
    (!text.is_empty()).then_some(text)
}

fn spell(value: &str, text: &mut String) {
    text.push_str(&value.trim().to_ascii_lowercase());
    text.push('\u{1}');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, FixedSizeBinaryArray};

    use super::*;

    #[test]
    fn keys_of_refused_and_of_served_rows_are_told_alike() {
        let products = crate::schema::builtin().unwrap();
        let learnink = products.get(&"learnink".parse().unwrap()).unwrap();
        let table = learnink.table("users").unwrap();
        let text = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
        let bytes = read_uuid(text).unwrap();
        let ids = FixedSizeBinaryArray::try_from_iter([bytes].into_iter()).unwrap();
        let rows = RecordBatch::try_from_iter([("id", Arc::new(ids) as ArrayRef)]).unwrap();
        let served = key_of(&rows, 0, table.primary_key()).unwrap();
        for spelled in [
            text.to_owned(),
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
        ] {
            let record = format!(r#"{{"ID": "{spelled}", "custom_name": "Ann"}}"#);
            assert_eq!(key_of_record(&record, table), Some(served.clone()));
        }
        assert_eq!(key_of_record(r#"{"custom_name": "Ann"}"#, table), None);
    }
}
