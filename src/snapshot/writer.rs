//! Writing the files of a table: Parquet, sorted and digested, its columns encoded beside each other.

mod group;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, SortField};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use ring::digest::{Context, SHA256};

use self::group::Group;
use super::checked::Summing;
use super::manifest::{FORMAT, hex};
use super::{Error, FileEntry, Staging, Store, aside, disk};

/// A row group is closed early when it holds this much in memory.
const GROUP_BYTES: usize = 96 << 20;
/// A new part begins after this many rows, so that readers, and whoever compares digests, can share a
/// table.
const ROWS_PER_PART: u64 = 1 << 20;
/// Fewer values do not tell whether a column's repeat.
const TELLING_ROWS: usize = 1_000;

/// Files that are complete and durable, but part of no table yet.
#[derive(Debug)]
pub struct Written {
    pub(super) schema: SchemaRef,
    product_folder: PathBuf,
    pub(super) files: Vec<FileEntry>,
}

impl Written {
    /// Their rows.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Where each is, and its rows.
    pub fn files(&self) -> impl Iterator<Item = (PathBuf, u64)> + '_ {
        let files = self.files.iter();
        files.map(|file| (self.product_folder.join(&file.path), file.rows))
    }
}

/// Writes one table's rows into Parquet parts; memory is bounded by one row group.
pub struct TableWriter {
    store: Store,
    folder: PathBuf,
    product_folder: PathBuf,
    name: Box<dyn Fn(usize) -> String + Send>,
    schema: SchemaRef,
    properties: Arc<WriterProperties>,
    row_group_rows: usize,
    pub(super) rows_per_part: u64,
    /// Whether a file's name has its digest, as no manifest names it.
    pub(super) named_by_digest: bool,
    part: Option<Part>,
    files: Vec<FileEntry>,
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// One file that is being written.
struct Part {
    path: PathBuf,
    file: SerializedFileWriter<Digesting>,
    groups: ArrowRowGroupWriterFactory,
    group: Option<Group>,
    rows: u64,
}

impl Part {
    /// Appends rows to row groups of at most so many.
    fn append(
        &mut self,
        batch: &RecordBatch,
        schema: &SchemaRef,
        most: usize,
    ) -> Result<(), ParquetError> {
        let mut rest = batch.clone();
        while rest.num_rows() > 0 {
            let number = self.file.flushed_row_groups().len();
            let group = match &mut self.group {
                Some(group) => group,
                none => {
                    let columns = self.groups.create_column_writers(number)?;
                    none.insert(Group::new(schema, columns))
                }
            };
            let now = rest.num_rows().min(most - group.rows());
            group.append(rest.slice(0, now))?;
            rest = rest.slice(now, rest.num_rows() - now);
            if group.rows() == most || group.bytes() > GROUP_BYTES {
                self.close_group()?;
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), ParquetError> {
        let Some(group) = self.group.take() else {
            return Ok(());
        };
        let mut row_group = self.file.next_row_group()?;
        for column in group.close()? {
            column.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        Ok(())
    }

    /// Ends the file and gives it back.
    fn close(mut self) -> Result<Digesting, ParquetError> {
        self.close_group()?;
        self.file.into_inner()
    }
}

impl TableWriter {
    pub(super) fn new(
        staging: &Staging,
        table: &str,
        folder: PathBuf,
        schema: &SchemaRef,
        sorted: &[usize],
        name: impl Fn(usize) -> String + Send + 'static,
    ) -> Self {
        Self {
            store: staging.store().clone(),
            folder,
            product_folder: staging.folder.clone(),
            name: Box::new(name),
            schema: Arc::clone(schema),
            properties: Arc::new(properties(staging, table, sorted)),
            row_group_rows: staging.row_group_rows.max(1),
            rows_per_part: ROWS_PER_PART,
            named_by_digest: false,
            part: None,
            files: Vec::new(),
        }
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        let closed: u64 = self.files.iter().map(|file| file.rows).sum();
        closed + self.part.as_ref().map_or(0, |part| part.rows)
    }

    /// Appends rows.
    pub fn append(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if self
            .part
            .as_ref()
            .is_some_and(|part| part.rows >= self.rows_per_part)
        {
            self.close_part()?;
        }
        let mut part = match self.part.take() {
            Some(part) => part,
            None => self.open_part(batch)?,
        };
        let written = part.append(batch, &self.schema, self.row_group_rows);
        written.map_err(failed(&part.path))?;
        self.part = Some(part);
        Ok(())
    }

    /// Closes and syncs everything; a table without rows still has one file with its columns.
    pub fn finish(mut self) -> Result<Written, Error> {
        if self.part.is_none() && self.files.is_empty() {
            let none = RecordBatch::new_empty(Arc::clone(&self.schema));
            self.part = Some(self.open_part(&none)?);
        }
        self.close_part()?;
        disk::sync_folder(&self.folder)?;
        Ok(Written {
            schema: self.schema,
            product_folder: self.product_folder,
            files: self.files,
        })
    }

    /// Begins a file for rows like these.
    fn open_part(&self, first: &RecordBatch) -> Result<Part, Error> {
        disk::create_folder(&self.folder)?;
        let path = self.folder.join((self.name)(self.files.len()));
        let file = File::create(&path).map_err(disk::failed("create", &path))?;
        let output = Digesting {
            file,
            context: Context::new(&SHA256),
            blocks: Summing::new(),
            bytes: 0,
        };
        let properties = dictionaries(self.properties.as_ref().clone(), first);
        let parts = properties.and_then(|properties| {
            let schema = Arc::clone(&self.schema);
            ArrowWriter::try_new(output, schema, Some(properties))?.into_serialized_writer()
        });
        let (file, groups) = parts.map_err(failed(&path))?;
        Ok(Part {
            path,
            file,
            groups,
            group: None,
            rows: 0,
        })
    }

    fn close_part(&mut self) -> Result<(), Error> {
        let Some(part) = self.part.take() else {
            return Ok(());
        };
        let (written, rows) = (part.path.clone(), part.rows);
        let output = part.close().map_err(failed(&written))?;
        output
            .file
            .sync_all()
            .map_err(disk::failed("sync", &written))?;
        let sha256 = hex(output.context.finish().as_ref());
        let path = if self.named_by_digest {
            let path = aside::named(&written, &sha256);
            fs::rename(&written, &path).map_err(disk::failed("rename", &written))?;
            path
        } else {
            self.store.wrote(&written, output.blocks.finish());
            written
        };
        let shown = path.strip_prefix(&self.product_folder).unwrap_or(&path);
        self.files.push(FileEntry {
            path: shown.to_string_lossy().into_owned(),
            bytes: output.bytes,
            sha256,
            rows,
            dead: None,
        });
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(ParquetError) -> Error {
    let path = disk::shown(path);
    move |source| Error::Write { path, source }
}

fn properties(staging: &Staging, table: &str, sorted: &[usize]) -> WriterProperties {
    let says = |key: &str, value: &str| KeyValue::new(format!("syllabase.{key}"), value.to_owned());
    let sorting: Vec<_> = sorted
        .iter()
        .filter_map(|column| i32::try_from(*column).ok())
        .map(|column_idx| SortingColumn {
            column_idx,
            descending: false,
            nulls_first: false,
        })
        .collect();
    // Level 1 of zstd costs about as much time as the encoding around it; more levels, more than
    // the smaller files give back.
    let level = ZstdLevel::try_new(1).map_or(Compression::SNAPPY, Compression::ZSTD);
    WriterProperties::builder()
        .set_compression(level)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting))
        .set_key_value_metadata(Some(vec![
            says("format", &FORMAT.to_string()),
            says("tenant", staging.lock.tenant.as_str()),
            says("product", staging.lock.product.as_str()),
            says("snapshot", staging.id().as_str()),
            says("table", table),
        ]))
        .build()
}

/// Columns whose values hardly repeat among the first rows have no dictionary: it would be filled, and
/// then given up, again and again.
fn dictionaries(
    properties: WriterProperties,
    first: &RecordBatch,
) -> Result<WriterProperties, ParquetError> {
    let mut properties = properties.into_builder();
    let schema = first.schema();
    for (field, values) in schema.fields().iter().zip(first.columns()) {
        let known = values.len() - values.null_count();
        if field.data_type().is_nested() || known < TELLING_ROWS {
            continue;
        }
        let converter = RowConverter::new(vec![SortField::new(field.data_type().clone())])?;
        let values = converter.convert_columns(&[Arc::clone(values)])?;
        let distinct: HashSet<_> = values.iter().collect();
        if distinct.len() > known / 10 * 9 {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties.set_column_dictionary_enabled(column, false);
        }
    }
    Ok(properties.build())
}

/// A file that counts and digests what is written to it.
struct Digesting {
    file: File,
    context: Context,
    blocks: Summing,
    bytes: u64,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let passed = bytes.get(..written).unwrap_or_default();
        self.context.update(passed);
        self.blocks.add(passed);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
