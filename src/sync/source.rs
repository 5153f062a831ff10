//! Where foreign data comes from. A source is opened once per run and holds what it holds (a
//! connection, a transaction) until it is dropped. Sources fetch and do not convert, and keep nothing
//! between runs; that a run is tried again is the schedule's business.

pub mod demo;
pub(super) mod files;

mod api;
mod body;
mod csv;
mod lines;
mod ndjson;
mod objects;
mod parquet;
mod postgres;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::ObjectStore;

use super::Error;
use crate::config::limits::SyncLimits;
use crate::schema::{Product, Table};
use crate::tenant::{ObjectSource, SourceSettings};

/// A place that declared tables can be read from.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// Says which declared tables are there, in which state and what can be asked of them. Reads no
    /// rows.
    async fn survey(&self, product: &Product) -> Result<Survey, Error>;

    /// Begins to read one table that a survey found, in bounded batches. `scratch` is a folder for
    /// temporary files.
    ///
    /// # Errors
    /// [`Error::Broken`] for what the table's [`Abilities`] do not have: that is asked by mistake.
    async fn read(
        &self,
        table: &Table,
        found: &Found,
        ask: Ask,
        scratch: &Path,
    ) -> Result<Batches, Error>;

    /// Makes sure, after the last table was read, that all rows are of the survey's state.
    ///
    /// # Errors
    /// [`Error::Changed`] with the table that was written to meanwhile.
    async fn settle(&self, product: &Product, survey: &Survey) -> Result<(), Error>;
}

/// A bucket of an object store and what the names in it begin with, to export to and import from.
pub fn bucket(
    from: &ObjectSource,
    limits: &SyncLimits,
) -> Result<(Arc<dyn ObjectStore>, object_store::path::Path), Error> {
    objects::bucket(from, limits)
}

/// Opens the source of a run.
pub(super) async fn open(
    settings: &SourceSettings,
    limits: &SyncLimits,
) -> Result<Box<dyn Source>, Error> {
    Ok(match settings {
        SourceSettings::Folder(folder) => Box::new(files::Files::new(folder, limits)),
        SourceSettings::Postgres(from) => Box::new(postgres::Postgres::open(from, limits).await?),
        SourceSettings::Objects(from) => Box::new(objects::Objects::open(from, limits)?),
        SourceSettings::Api(from) => Box::new(api::Api::open(from, limits)?),
    })
}

/// The declared table that a tenant's file means under a key of the source.
pub(super) fn declared<'a>(
    product: &'a Product,
    key: &'static str,
    spelling: &str,
) -> Result<&'a Table, Error> {
    let table = product
        .tables
        .iter()
        .find(|table| table.answers_to(spelling));
    table.ok_or_else(|| Error::Undeclared {
        key,
        name: spelling.to_owned(),
    })
}

/// The authorities of a PEM file.
fn authority(path: Option<&Path>) -> Result<Option<Vec<u8>>, Error> {
    path.map(|path| std::fs::read(path).map_err(Error::read(path)))
        .transpose()
}

/// Which rows of a table are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// All of them, whole.
    Everything,
    /// Those stamped at or after a moment, and those without a stamp.
    Since(Watermark),
    /// All of them, of each only the columns of the primary key.
    Keys,
}

/// A value of a table's change stamp: microseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Watermark(pub(super) i64);

/// What can be asked of a table beside everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// [`Ask::Since`].
    pub(super) since: bool,
    /// [`Ask::Keys`].
    pub(super) keys: bool,
}

/// The batches of one table, in the source's order; the first error ends them.
pub(super) type Batches = BoxStream<'static, Result<RawBatch, Error>>;

/// What a source holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The declared tables that are there, by canonical name.
    pub(super) tables: BTreeMap<String, Found>,
    /// Names of what is there and means no declared table.
    pub(super) unknown: Vec<String>,
}

impl Survey {
    /// Adds a table; one that is there already means that two entries claim it.
    fn add(&mut self, table: &Table, found: Found) -> Result<(), Error> {
        let name = table.name.as_str().to_owned();
        match self.tables.insert(name.clone(), found) {
            None => Ok(()),
            Some(_) => Err(Error::Ambiguous { table: name }),
        }
    }

    /// Compares with a later survey: equal marks mean that nothing was written meanwhile.
    fn same_as(&self, later: &Self) -> Result<(), Error> {
        for (name, found) in &self.tables {
            if later.tables.get(name).map(|now| &now.mark) != Some(&found.mark) {
                return Err(Error::Changed(name.clone()));
            }
        }
        Ok(())
    }
}

/// One table of a source.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Where it is, for the source that found it.
    place: Place,
    /// Files, objects or queries it is read from.
    pub(super) parts: u64,
    /// Bytes of all parts, where the source knows.
    pub(super) bytes: u64,
    /// Rows, where the source has an estimate.
    pub(super) rows: Option<u64>,
    /// Its columns in the source's spelling, where the source can say it before it reads.
    pub(super) columns: Option<Arc<[String]>>,
    /// Equal marks mean equal content; `None` where the source cannot tell, which is never taken for
    /// unchanged.
    pub(super) mark: Option<String>,
    /// What can be asked of it.
    pub(super) abilities: Abilities,
}

impl Found {
    /// The columns of a table that the source does not have, where it can say so before it reads.
    pub(super) fn lacks(&self, table: &Table) -> Option<Vec<String>> {
        let delivered = self.columns.as_ref()?;
        let lacking = table.columns.iter().filter(|column| {
            let mut delivered = delivered.iter();
            !delivered.any(|name| column.answers_to(name))
        });
        Some(lacking.map(|column| column.name.clone()).collect())
    }
}

/// Where a table is in its source.
#[derive(Debug, Clone)]
enum Place {
    /// Files, in reading order.
    Files(Vec<files::Exported>),
    /// Objects, in reading order.
    Objects(Vec<object_store::ObjectMeta>),
    /// What stands for the table in an address.
    Address(String),
    /// A relation or query of a database.
    Relation(postgres::Described),
}

/// Rows as the source has them.
#[derive(Debug)]
pub(super) struct RawBatch {
    /// The file, as named in the source.
    pub(super) file: Arc<str>,
    /// The line each row begins on (text files) or its number in the file (Parquet), from 1.
    pub(super) lines: Vec<u64>,
    /// The columns' names in the source's spelling.
    pub(super) names: Arc<[String]>,
    /// The columns.
    pub(super) columns: Vec<RawColumn>,
    /// Rows that could not even be taken apart.
    pub(super) refused: Vec<Refusal>,
}

impl RawBatch {
    /// What its values take in memory.
    pub(super) fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|column| match column {
            RawColumn::Text(values) | RawColumn::Json(values) => values.get_array_memory_size(),
            RawColumn::Fields(fields) => fields.bytes(),
            RawColumn::Typed(values) => values.get_array_memory_size(),
        });
        columns.sum()
    }
}

/// Values as the source has them.
#[derive(Debug)]
pub(super) enum RawColumn {
    /// Texts, NULL where the source says so.
    Text(StringArray),
    /// Texts without NUL where they lie in the source's lines.
    Fields(Fields),
    /// Each value as JSON.
    Json(StringArray),
    /// Values with a type of their own.
    Typed(ArrayRef),
}

/// One column of lines of text: where in the lines its field is, row by row.
#[derive(Debug)]
pub(super) struct Fields {
    lines: Arc<String>,
    /// The first byte of each, and the one after the last.
    places: Vec<(u32, u32)>,
}

/// The place of a field that is NULL.
const NOWHERE: (u32, u32) = (1, 0);

impl Fields {
    /// The text of a row's field; None for NULL.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.places.get(row).and_then(|place| self.text(*place))
    }

    /// The texts of all rows, None for NULL.
    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.places.iter().map(|place| self.text(*place))
    }

    /// The same as an array.
    pub(super) fn texts(&self) -> StringArray {
        let mut texts = StringBuilder::with_capacity(self.places.len(), self.bytes());
        self.iter().for_each(|text| texts.append_option(text));
        texts.finish()
    }

    fn text(&self, (from, to): (u32, u32)) -> Option<&str> {
        self.lines.get(from as usize..to as usize)
    }

    /// What they take of the lines.
    fn bytes(&self) -> usize {
        let lengths = self.places.iter();
        let lengths = lengths.map(|(from, to)| to.saturating_sub(*from) as usize);
        lengths.sum()
    }
}

/// A row that is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The line it begins on.
    pub(super) line: u64,
    /// The column at fault, when one is.
    pub(super) column: Option<String>,
    /// Why, in a few words that do not repeat the value: reasons are counted by this text.
    pub(super) reason: String,
    /// More about it, with the value.
    pub(super) detail: Option<String>,
    /// The row as it was read.
    pub(super) record: Option<String>,
}
