//! Refused rows: counted by reason, and kept beside the snapshot for a person to look at.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::SchemaRef;

use super::Error;
use super::source::Refusal;
use crate::snapshot::{Aside, Staging, TableWriter};

/// Different reasons counted per table; the rest are counted together.
const MOST_REASONS: usize = 50;

/// The refused rows of one table.
pub(super) struct Quarantine {
    writer: TableWriter,
    schema: SchemaRef,
    most_rows: u64,
    rows: u64,
    reasons: BTreeMap<String, u64>,
}

impl Quarantine {
    /// Begins without a file: it is made for the first refused row.
    pub(super) fn new(staging: &Staging, table: &str, most_rows: usize) -> Self {
        Self {
            writer: staging.aside(Aside::Quarantine, table),
            schema: Aside::Quarantine.schema(),
            most_rows: most_rows as u64,
            rows: 0,
            reasons: BTreeMap::new(),
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
        match batch {
            Ok(batch) if batch.num_rows() > 0 => Ok(self.writer.append(&batch)?),
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Broken),
        }
    }

    /// Rows refused so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Closes the file, if there is one.
    pub(super) fn close(self) -> Result<BTreeMap<String, u64>, Error> {
        if self.rows > 0 {
            self.writer.close()?;
        }
        Ok(self.reasons)
    }
}
