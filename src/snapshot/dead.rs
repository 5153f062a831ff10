//! Rows of published files that later nights replaced or deleted.
//!
//! A file is never changed. A later snapshot that shares it says which of its rows it does not
//! serve; the list is a file of its own, small beside the one it speaks of.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};

use super::{CheckedFile, DeadRows, Error, FileEntry, Published, Store, disk, locked};

/// Positions kept of files that were read; beyond, all are forgotten and read again.
const REMEMBERED_BYTES_MOST: usize = 64 << 20;

/// Positions written at once.
const BATCH_ROWS: usize = 64 << 10;

/// Some rows of one file, by position.
#[derive(Clone, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    len: u64,
}

impl fmt::Debug for RowSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowSet({})", self.len)
    }
}

impl RowSet {
    /// No row of a file of this many.
    pub fn none_of(rows: u64) -> Self {
        let words = usize::try_from(rows.div_ceil(64)).unwrap_or(0);
        Self {
            words: vec![0; words],
            len: 0,
        }
    }

    /// Adds a row; says whether it was not there. One beyond the file is never there.
    pub fn insert(&mut self, row: u32) -> bool {
        let Some(word) = self.words.get_mut(row as usize / 64) else {
            return false;
        };
        let bit = 1 << (row % 64);
        let fresh = *word & bit == 0;
        *word |= bit;
        self.len += u64::from(fresh);
        fresh
    }

    /// Whether a row is there.
    pub fn contains(&self, row: u32) -> bool {
        let word = self.words.get(row as usize / 64);
        word.is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    /// How many rows.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no row is there.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = (0_u32..).zip(&self.words);
        words.flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// What is left of a file of this many rows without these.
    pub fn others(&self, rows: u64) -> RowSelection {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let (mut selectors, mut next) = (Vec::new(), 0_usize);
        for row in self.iter().map(|row| row as usize) {
            if row > next {
                selectors.push(RowSelector::select(row - next));
            }
            selectors.push(RowSelector::skip(1));
            next = row + 1;
        }
        if rows > next {
            selectors.push(RowSelector::select(rows - next));
        }
        RowSelection::from(selectors)
    }

    fn bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// The column of a file of positions.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(
        "row",
        DataType::UInt32,
        false,
    )]))
}

/// The positions as batches of such a file.
pub(super) fn batches(set: &RowSet) -> impl Iterator<Item = Result<RecordBatch, Error>> + '_ {
    let mut rows = set.iter().peekable();
    std::iter::from_fn(move || {
        rows.peek()?;
        let positions = UInt32Array::from_iter_values(rows.by_ref().take(BATCH_ROWS));
        let batch = RecordBatch::try_new(schema(), vec![Arc::new(positions)]);
        Some(batch.map_err(|source| Error::Write {
            path: String::new(),
            source: source.into(),
        }))
    })
}

impl Store {
    /// The rows of one file that a snapshot does not serve; None when it serves all. The file of
    /// positions is compared with its digest and read once, so this may block for milliseconds.
    pub fn dead_rows(
        &self,
        published: &Published,
        file: &FileEntry,
    ) -> Result<Option<Arc<RowSet>>, Error> {
        self.dead_rows_in(&published.folder, file)
    }

    /// The same for a file of a product's folder.
    pub(super) fn dead_rows_in(
        &self,
        folder: &Path,
        file: &FileEntry,
    ) -> Result<Option<Arc<RowSet>>, Error> {
        let Some(dead) = &file.dead else {
            return Ok(None);
        };
        let path = folder.join(&dead.file.path);
        if let Some(known) = locked(&self.shared.dead).get(&path) {
            return Ok(Some(Arc::clone(known)));
        }
        self.verify_file(&path, dead.file.bytes, &dead.file.sha256)?;
        let found = Arc::new(read(self.open_checked(&path)?, &path, file.rows, dead)?);
        let mut remembered = locked(&self.shared.dead);
        let bytes: usize = remembered.values().map(|set| set.bytes()).sum();
        if bytes + found.bytes() > REMEMBERED_BYTES_MOST {
            remembered.clear();
        }
        remembered.insert(path, Arc::clone(&found));
        Ok(Some(found))
    }
}

fn read(file: CheckedFile, path: &Path, rows: u64, dead: &DeadRows) -> Result<RowSet, Error> {
    let failed = |reason| Error::Damaged {
        path: disk::shown(path),
        reason,
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
        .map_err(|_| failed("it is no file of positions"))?;
    let mut set = RowSet::none_of(rows);
    for batch in reader {
        let batch = batch.map_err(|_| failed("it is no file of positions"))?;
        let positions = batch.columns().first();
        let positions = positions.and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let positions = positions.ok_or_else(|| failed("it is no file of positions"))?;
        for row in positions.values() {
            if u64::from(*row) >= rows || !set.insert(*row) {
                return Err(failed("a position is not of the file it speaks of"));
            }
        }
    }
    if set.len() != dead.rows {
        return Err(failed("it has another number of rows than was published"));
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_know_their_rows_and_the_others() {
        let mut set = RowSet::none_of(200);
        for row in [0, 63, 64, 199, 63] {
            set.insert(row);
        }
        assert!(!set.insert(1_000));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert_eq!(set.len(), 4);
        let others = set.others(200);
        assert_eq!(others.row_count(), 196);
        let picked: Vec<_> = Vec::<RowSelector>::from(others);
        assert_eq!(
            picked,
            [
                RowSelector::skip(1),
                RowSelector::select(62),
                RowSelector::skip(2),
                RowSelector::select(134),
                RowSelector::skip(1),
            ]
        );
    }
}
