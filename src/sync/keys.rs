//! Keys of rows as digests of 128 bits: little enough to remember many, and so many bits that two
//! different keys do not share one by chance. They are no proof against somebody who makes keys up,
//! and need not be: what they count and find is the customer's own.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::filter;
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

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write_u128(&mut self, digest: u128) {
        self.0 = lower(digest);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "half of a digest is a digest"
)]
fn lower(digest: u128) -> u64 {
    digest as u64
}

/// A digest of each row's values; None where one of them is NULL.
pub(super) fn digests(columns: &[ArrayRef]) -> Result<Vec<Option<u128>>, ArrowError> {
    let columns: Vec<ArrayRef> = columns.iter().map(plain).collect::<Result<_, _>>()?;
    let whole = half(&columns, HIGH)?.into_iter().zip(half(&columns, LOW)?);
    let whole = whole.map(|(high, low)| u128::from(high) << 64 | u128::from(low));
    let nulls = columns.iter().fold(None, |nulls, column| {
        NullBuffer::union(nulls.as_ref(), column.logical_nulls().as_ref())
    });
    Ok(match nulls {
        None => whole.map(Some).collect(),
        Some(nulls) => {
            let known = whole.zip(nulls.iter());
            known
                .map(|(digest, known)| known.then_some(digest))
                .collect()
        }
    })
}

/// The seeds of a digest's halves.
const HIGH: u64 = 1;
const LOW: u64 = 2;

fn half(columns: &[ArrayRef], seed: u64) -> Result<Vec<u64>, DataFusionError> {
    let mut halves = vec![0; columns.first().map_or(0, Array::len)];
    create_hashes(columns, &QualityRandomState::with_seed(seed), &mut halves)?;
    Ok(halves)
}

/// Keys of which only is asked how many were there already. They lie in shares by their first bits, and
/// are looked through when all are there, share by share: each fits into a processor's cache, which a
/// set of all of them does not.
#[derive(Debug, Default)]
pub(super) struct Counted(Vec<Vec<u128>>);

/// How many shares there are: 1 << this.
const SHARES_BITS: u32 = 8;

impl Counted {
    /// Adds a key.
    pub(super) fn add(&mut self, key: u128) {
        if self.0.is_empty() {
            self.0.resize(1 << SHARES_BITS, Vec::new());
        }
        let share = usize::try_from(key >> (u128::BITS - SHARES_BITS)).unwrap_or_default();
        if let Some(share) = self.0.get_mut(share) {
            share.push(key);
        }
    }

    /// How many of the keys were added before, each time they came.
    pub(super) fn repeats(self) -> u64 {
        let repeats = self.0.into_iter().map(|mut share| {
            share.sort_unstable();
            let all = share.len();
            share.dedup();
            (all - share.len()) as u64
        });
        repeats.sum()
    }
}

/// Some keys, up to a bound.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Digests,
    /// The lower half of each.
    halves: HashSet<u64, BuildHasherDefault<Digested>>,
    most: usize,
    full: bool,
}

/// What a key takes in memory, about, its half included.
const KEY_BYTES: usize = 72;

impl KeySet {
    /// No key; takes as many as fit into so many bytes.
    pub(super) fn within(bytes: usize) -> Self {
        Self {
            keys: Digests::default(),
            halves: HashSet::default(),
            most: bytes / KEY_BYTES,
            full: false,
        }
    }

    /// Adds the keys of rows, whose columns these are.
    pub(super) fn add(&mut self, columns: &[ArrayRef]) -> Result<(), ArrowError> {
        if !self.full {
            for key in digests(columns)?.into_iter().flatten() {
                self.keys.insert(key);
                self.halves.insert(lower(key));
            }
            if self.keys.len() > self.most {
                self.full = true;
                (self.keys, self.halves) = (Digests::default(), HashSet::default());
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
        // Few are, as a rule: half of a digest tells most of the others.
        let plain: Vec<ArrayRef> = columns.iter().map(plain).collect::<Result<_, _>>()?;
        let halves = half(&plain, LOW)?;
        let maybe: BooleanBuffer = halves
            .iter()
            .map(|half| self.halves.contains(half))
            .collect();
        if maybe.count_set_bits() == 0 {
            return Ok(BooleanArray::new(maybe, None));
        }
        let maybe = BooleanArray::new(maybe, None);
        let some = columns.iter().map(|column| filter(column, &maybe));
        let some = digests(&some.collect::<Result<Vec<_>, _>>()?)?;
        let mut some = some.into_iter();
        let there = maybe.iter().map(|maybe| {
            let key = maybe.unwrap_or_default().then(|| some.next().flatten());
            Some(key.flatten().is_some_and(|key| self.keys.contains(&key)))
        });
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
    fn a_key_that_came_thrice_is_repeated_twice() {
        let mut counted = Counted::default();
        let numbers = Arc::new(Int32Array::from_iter_values(0..10_000)) as ArrayRef;
        let keys = digests(&[numbers]).unwrap();
        for key in keys.iter().chain(&keys[..100]).chain(&keys[..1]).flatten() {
            counted.add(*key);
        }
        assert_eq!(counted.repeats(), 101);
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
