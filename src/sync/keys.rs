//! Keys of rows as digests of 128 bits: little enough to remember many, and two different keys never
//! share one.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::error::ArrowError;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};
use datafusion::error::DataFusionError;

use super::check::plain;

/// Something for each of some keys, by their digest, which needs no further hashing.
pub(super) type Keyed<T> = HashMap<u128, T, BuildHasherDefault<Digested>>;

/// Some keys, by their digest.
pub(super) type Digests = HashSet<u128, BuildHasherDefault<Digested>>;

/// Takes a digest for the hash that it is.
#[derive(Debug, Default)]
pub(super) struct Digested(u64);

impl Hasher for Digested {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of a digest is a digest"
    )]
    fn write_u128(&mut self, digest: u128) {
        self.0 = digest as u64;
    }
}

/// A digest of each row's values; None where one of them is NULL.
pub(super) fn digests(columns: &[ArrayRef]) -> Result<Vec<Option<u128>>, ArrowError> {
    let columns: Vec<ArrayRef> = columns.iter().map(plain).collect::<Result<_, _>>()?;
    let rows = columns.first().map_or(0, Array::len);
    let half = |seed| {
        let mut halves = vec![0; rows];
        create_hashes(&columns, &QualityRandomState::with_seed(seed), &mut halves)?;
        Ok::<_, DataFusionError>(halves)
    };
    let (high, low) = (half(1)?, half(2)?);
    let whole = high.into_iter().zip(low).enumerate();
    let whole = whole.map(|(row, (high, low))| {
        let null = columns.iter().any(|column| column.is_null(row));
        (!null).then(|| u128::from(high) << 64 | u128::from(low))
    });
    Ok(whole.collect())
}

/// Some keys, up to a bound.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Digests,
    most: usize,
    full: bool,
}

/// What a key takes in memory, about.
const KEY_BYTES: usize = 48;

impl KeySet {
    /// No key; takes as many as fit into so many bytes.
    pub(super) fn within(bytes: usize) -> Self {
        Self {
            keys: Digests::default(),
            most: bytes / KEY_BYTES,
            full: false,
        }
    }

    /// Adds the keys of rows, whose columns these are.
    pub(super) fn add(&mut self, columns: &[ArrayRef]) -> Result<(), ArrowError> {
        if !self.full {
            let keys = digests(columns)?.into_iter().flatten();
            self.keys.extend(keys);
            if self.keys.len() > self.most {
                self.full = true;
                self.keys = Digests::default();
            }
        }
        Ok(())
    }

    /// Whether keys are missing because there were too many.
    pub(super) fn full(&self) -> bool {
        self.full
    }

    /// Which rows have a key that is there.
    pub(super) fn among(&self, columns: &[ArrayRef]) -> Result<BooleanArray, ArrowError> {
        let keys = digests(columns)?.into_iter();
        let there = keys.map(|key| Some(key.is_some_and(|key| self.keys.contains(&key))));
        Ok(there.collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int32Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn equal_values_have_equal_digests_whatever_their_width() {
        let names = || Arc::new(StringArray::from(vec![Some("a"), Some("b"), None])) as ArrayRef;
        let narrow = Arc::new(Int32Array::from(vec![1, 2, 3])) as ArrayRef;
        let wide = Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef;
        let narrow = digests(&[narrow, names()]).unwrap();
        assert_eq!(narrow, digests(&[wide, names()]).unwrap());
        assert!(narrow[0].is_some() && narrow[0] != narrow[1] && narrow[2].is_none());
    }

    #[test]
    fn a_set_that_is_full_says_so() {
        let keys = |from| Arc::new(Int32Array::from_iter_values(from..from + 10)) as ArrayRef;
        let mut set = KeySet::within(15 * KEY_BYTES);
        set.add(&[keys(0)]).unwrap();
        assert!(!set.full());
        let among = set.among(&[keys(5)]).unwrap();
        assert_eq!(among.true_count(), 5);
        set.add(&[keys(10)]).unwrap();
        assert!(set.full());
    }
}
