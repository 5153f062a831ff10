//! Parquet files of a source, read by their own types.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::{RawBatch, RawColumn};
use crate::config::limits::SyncLimits;
use crate::sync::Error;

/// Reads the batches of one file.
pub(super) struct Reader {
    batches: ParquetRecordBatchReader,
    file: Arc<str>,
    names: Arc<[String]>,
    rows: u64,
}

impl Reader {
    pub(super) fn open(path: &Path, file: Arc<str>, limits: &SyncLimits) -> Result<Self, Error> {
        let input = File::open(path).map_err(Error::read(path))?;
        let broken = |source| Error::Parquet {
            file: file.to_string(),
            source,
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(input).map_err(broken)?;
        // Wide texts: a batch of many rows could be larger than memory allows.
        let groups = builder.metadata().row_groups().iter();
        let widest = groups
            .filter(|group| group.num_rows() > 0)
            .map(|group| group.total_byte_size() / group.num_rows())
            .max();
        let row_bytes = usize::try_from(widest.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let rows = limits.batch_rows.min(((32 << 20) / row_bytes).max(1));
        let batches = builder.with_batch_size(rows).build().map_err(broken)?;
        let fields = arrow::array::RecordBatchReader::schema(&batches);
        let names = fields
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        Ok(Self {
            batches,
            file,
            names,
            rows: 0,
        })
    }
}

impl Iterator for Reader {
    type Item = Result<RawBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(source) => {
                return Some(Err(Error::Parquet {
                    file: self.file.to_string(),
                    source: source.into(),
                }));
            }
        };
        let first = self.rows + 1;
        self.rows += batch.num_rows() as u64;
        Some(Ok(RawBatch {
            file: Arc::clone(&self.file),
            lines: (first..=self.rows).collect(),
            names: Arc::clone(&self.names),
            columns: batch
                .columns()
                .iter()
                .cloned()
                .map(RawColumn::Typed)
                .collect(),
            refused: Vec::new(),
        }))
    }
}
