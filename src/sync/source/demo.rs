//! Demo data for any product, derived from its declaration: seeded, referentially sound, and
//! written as source files, so that it comes in through the normal sync.
//!
//! Every cell is a function of (seed, table, row, column): a reference names a row by its number,
//! and copied names and times are asked of the row they come from. So nothing is kept in memory,
//! tables are written in any order, and the same seed gives the same bytes.

mod cell;
mod edge;
mod keep;
mod plan;
mod random;
mod texts;
mod words;
mod write;

use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::Error;
use crate::schema::Product;

/// What demo data to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Another seed gives other data.
    pub seed: u64,
    /// About how many people; the largest tables get 40 rows for each.
    pub people: u64,
    /// The day the data was exported: nothing happens after it, but for devices with wrong clocks.
    pub today: NaiveDate,
    /// What the values are like.
    pub flavour: Flavour,
}

/// What demo values are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// As a customer's would be.
    Usual,
    /// At the edges of what their types hold: for tests.
    Edge,
}

/// Writes one file or folder per table into `folder`, which is created; says how many rows.
///
/// Tables come as CSV and NDJSON by turns, some packed, some in parts, under the names the source
/// would use.
pub fn write(product: &Product, folder: &Path, options: &Options) -> Result<u64, Error> {
    fs::create_dir_all(folder).map_err(Error::read(folder))?;
    let world = cell::World::new(product, options);
    let mut rows = 0;
    for table in 0..product.tables.len() {
        rows += write::table(&world, table, folder)?;
    }
    Ok(rows)
}

/// Writes the same rows as one plain `<table>.csv` each, with PostgreSQL's array literals and the
/// declared column names in their order: files that `COPY … WITH (FORMAT csv, HEADER)` and the sync
/// both read.
pub fn write_for_copy(product: &Product, folder: &Path, options: &Options) -> Result<u64, Error> {
    fs::create_dir_all(folder).map_err(Error::read(folder))?;
    let world = cell::World::new(product, options);
    let mut rows = 0;
    for table in 0..product.tables.len() {
        rows += write::table_for_copy(&world, table, folder)?;
    }
    Ok(rows)
}
