//! Finding what goes: nothing is changed here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use parquet::arrow::ProjectionMask;

use super::{BATCH_ROWS, KEYS_MOST, State, Touched, opened, rows_of, unreadable};
use crate::schema::Product;
use crate::snapshot::Error;
use crate::snapshot::forget::{Forgotten, Places};

/// Finds the rows that go, and those that are emptied, in every file that some snapshot names: the
/// tables that refer to what went are looked at again until nothing more is found.
pub(super) fn survey(
    folder: &Path,
    product: &Product,
    states: &[State],
    forgotten: &mut Forgotten,
) -> Result<HashMap<String, Touched>, Error> {
    let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, entry) in states.iter().flat_map(|state| &state.manifest.tables) {
        let paths = entry.files.iter().map(|file| file.path.as_str());
        files.entry(table).or_default().extend(paths);
    }
    let mut touched = HashMap::new();
    let mut places = forgotten.places();
    let mut all_grown = BTreeSet::new();
    let mut found = Places::new();
    while !places.is_empty() {
        let tables = product.tables.iter().map(|table| table.name.as_str());
        let due: Vec<&str> = tables
            .filter(|table| forgotten.concerns(table, &places))
            .collect();
        for table in due {
            for path in files.get(table).into_iter().flatten() {
                let positions = looked_at(&folder.join(path), table, forgotten)?;
                if !positions.gone.is_empty() || !positions.emptied.is_empty() {
                    touched.insert((*path).to_owned(), positions);
                }
            }
        }
        if forgotten.len() > KEYS_MOST {
            return Err(Error::TooMany(KEYS_MOST));
        }
        let grown = forgotten.take_grown();
        places = grown.keys().cloned().collect();
        all_grown.extend(places.iter().cloned());
        for (place, digests) in grown {
            found.entry(place).or_default().extend(digests);
        }
    }
    forgotten.give_back(found);
    unfollowed(product, &all_grown)?;
    Ok(touched)
}

/// Refuses what would leave references behind that only a condition leads to.
fn unfollowed(product: &Product, grown: &BTreeSet<String>) -> Result<(), Error> {
    for table in &product.tables {
        for column in &table.columns {
            let joined = column.reference.as_ref().filter(|one| one.join.is_some());
            let mut targets = joined.into_iter().flat_map(|one| &one.targets);
            if targets.any(|target| grown.contains(&target.to_string())) {
                return Err(Error::Unfollowed(format!("{}.{}", table.name, column.name)));
            }
        }
    }
    Ok(())
}

/// The positions in one file.
fn looked_at(path: &Path, table: &str, forgotten: &mut Forgotten) -> Result<Touched, Error> {
    let builder = opened(path)?;
    let columns = forgotten.columns(table);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build();
    let reader = reader.map_err(|_| unreadable(path))?;
    let (mut touched, mut first) = (Touched::default(), 0);
    for batch in reader {
        let batch = batch.map_err(|_| unreadable(path))?;
        let sifted = forgotten.sift(table, &batch).map_err(rows_of(path))?;
        let position = |at: &usize| u32::try_from(first + at).unwrap_or(u32::MAX);
        touched.gone.extend(sifted.gone.iter().map(position));
        touched.emptied.extend(sifted.emptied.iter().map(position));
        first += batch.num_rows();
    }
    Ok(touched)
}
