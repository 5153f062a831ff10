//! Reading Parquet files with causes kept: DataFusion makes a text of what a file's metadata could
//! not be read for, and a text has no SQLSTATE.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result as PlanResult;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetFileReaderFactory;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;

use crate::snapshot::CheckedFiles;

/// Makes readers of which every error has its cause.
#[derive(Debug)]
pub(super) struct Readers {
    /// Those that read.
    pub(super) inner: Arc<dyn ParquetFileReaderFactory>,
    /// Knows what is wrong with a file.
    pub(super) files: CheckedFiles,
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> PlanResult<Box<dyn AsyncFileReader + Send>> {
        let location = file.object_meta.location.clone();
        let inner = self
            .inner
            .create_reader(partition, file, metadata_size_hint, metrics)?;
        Ok(Box::new(Reader {
            inner,
            files: self.files.clone(),
            location,
        }))
    }
}

struct Reader {
    inner: Box<dyn AsyncFileReader + Send>,
    files: CheckedFiles,
    location: Path,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.inner.get_bytes(range)
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        self.inner.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let read = self.inner.get_metadata(options).await;
            // A file that was found damaged is not opened any more, and the refusal says why.
            read.map_err(|error| match self.files.refusal(&self.location) {
                Some(cause) => ParquetError::External(Box::new(cause)),
                None => error,
            })
        }
        .boxed()
    }
}
