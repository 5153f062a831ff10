//! Two snapshots of one product, compared table by table: what a person asks who wonders what
//! became of a number.

use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Error;
use super::check::positions;
use super::compare::{Terms, compare};
use super::earlier::Earlier;
use super::intake::{DIGEST, digested, identity};
use super::sort::Sorter;
use crate::config::limits::SyncLimits;
use crate::schema::{Product, Table};
use crate::snapshot::{Changes, Published, Store, TableEntry, file_schema_fingerprint};

/// How one table differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// The table.
    pub table: String,
    /// Its rows in the first snapshot; None when it was not there.
    pub before: Option<u64>,
    /// Its rows in the second.
    pub after: Option<u64>,
    /// What comparing the rows found.
    pub difference: Difference,
}

/// What comparing the rows of a table found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Both serve the same rows of the same files: there was nothing to read.
    Same,
    /// Row by row, by primary key; a table without one has rows that came and rows that went.
    Rows(Changes),
    /// Its columns were declared otherwise, so rows cannot be laid side by side.
    Columns,
    /// One of the two does not have it.
    Only,
}

/// Compares two snapshots of `product` in bounded memory, sorting in `scratch` where it has to. Pin
/// both before.
///
/// # Cancel safety
/// Safe: nothing is changed. It blocks its thread on files.
pub async fn diff(
    store: &Store,
    product: &Product,
    before: &Published,
    after: &Published,
    limits: &SyncLimits,
    scratch: &Path,
) -> Result<Vec<TableDifference>, Error> {
    let mut names: Vec<&String> = before.manifest.tables.keys().collect();
    names.extend(after.manifest.tables.keys());
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let difference = match (before.table(name), after.table(name)) {
            (Some(old), Some(new)) if old.files == new.files => Difference::Same,
            (Some(old), Some(new)) => match comparable(product, name, old, new) {
                Some(table) => {
                    let changes = rows(store, &table, before, after, limits, scratch).await?;
                    Difference::Rows(changes)
                }
                None => Difference::Columns,
            },
            _ => Difference::Only,
        };
        found.push(TableDifference {
            table: name.clone(),
            before: before.table(name).map(|entry| entry.rows),
            after: after.table(name).map(|entry| entry.rows),
            difference,
        });
    }
    Ok(found)
}

/// The declaration that both sides were written by, with the undeclared columns of either.
fn comparable(product: &Product, name: &str, old: &TableEntry, new: &TableEntry) -> Option<Table> {
    let table = product
        .tables
        .iter()
        .find(|one| one.name.as_str() == name)?;
    let shape = file_schema_fingerprint(&table.arrow_schema());
    let mut extra = old.extra.clone();
    extra.extend(
        new.extra
            .iter()
            .filter(|name| !old.extra.contains(name))
            .cloned(),
    );
    (old.schema == shape && new.schema == shape).then(|| table.with_extra(&extra))
}

async fn rows(
    store: &Store,
    table: &Table,
    before: &Published,
    after: &Published,
    limits: &SyncLimits,
    scratch: &Path,
) -> Result<Changes, Error> {
    let name = table.name.as_str();
    let failed = |source| Error::Prepare {
        table: name.to_owned(),
        source: Box::new(source),
    };
    let sorter = Sorter::new(limits, scratch, &CancellationToken::new());
    let columns = table.arrow_schema();
    let by = identity(table);
    let keyed = !table.primary_key().is_empty();
    let side = |published: &Published| {
        let files = Earlier::open(store, published, name, limits.batch_rows)?;
        if keyed {
            return files.sorted(&columns, &positions(&columns, &by), &sorter);
        }
        let all = digested(files.sorted(&columns, &[], &sorter)?, table).map_err(failed)?;
        let at = positions(&all.schema(), &by);
        sorter.sort(all, &at).map_err(failed)
    };
    let (old, new) = (side(before)?, side(after)?);
    let names = table.columns.iter().map(|column| column.name.clone());
    let content = if keyed {
        names.collect()
    } else {
        vec![DIGEST.to_owned()]
    };
    let over_before = before.table(name).map(|entry| entry.read_at.date_naive());
    let terms = Terms {
        by,
        content,
        complete: true,
        activity: table.activity.clone(),
        over_before: over_before.unwrap_or_default(),
    };
    let why = Box::new(|_: &_, _, cause| Ok(cause));
    let (mut added, compared) = compare(new, old, Vec::new(), terms, why).map_err(failed)?;
    while let Some(batch) = added.next().await {
        batch.map_err(failed)?;
    }
    drop(added);
    let compared = Arc::into_inner(compared).ok_or(Error::Broken)?;
    let compared = compared.into_inner().map_err(|_| Error::Broken)?;
    Ok(compared.changes)
}
