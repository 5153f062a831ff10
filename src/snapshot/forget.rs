//! Who is to be forgotten, and what of a row goes for it.
//!
//! Keys are known as salted digests only, so that what keeps a person from coming back does not
//! name the person. A row goes when its own key was asked for, or when it refers to a row that went
//! and the schema says that it goes with it; else only the reference is emptied, and what was copied
//! from that row.

mod rules;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, nullif};
use arrow::error::ArrowError;
use ring::digest::{Context, SHA256};
use serde_json::Value;

use self::rules::{Identity, Rules, Spot};
use self::values::{spelled, texts_of, without, words};
use crate::schema::{OnErase, Product, Table};

/// Enough that two different values never share one.
const DIGEST_BYTES: usize = 16;

pub(super) type Digest = [u8; DIGEST_BYTES];

/// Digests of values by place: `table.column`, or `table.column,column` for keys of several.
pub(super) type Places = BTreeMap<String, HashSet<Digest>>;

/// What was erased of one product, and what that means for each of its tables.
#[derive(Debug)]
pub struct Forgotten {
    salt: Vec<u8>,
    rules: BTreeMap<String, Rules>,
    /// The keys that were asked for.
    asked: Places,
    /// Those, and the keys and copied values of every row that went with them.
    gone: Places,
    /// What was added to `gone` since it was last taken.
    grown: Places,
}

/// What is left of some rows.
#[derive(Debug)]
pub struct Sifted {
    /// Those that stay, emptied where they have to be.
    pub rows: RecordBatch,
    /// Positions of those that went.
    pub gone: Vec<usize>,
    /// Positions of those of which something was emptied.
    pub emptied: Vec<usize>,
}

impl Forgotten {
    pub(super) fn new(product: &Product, salt: Vec<u8>) -> Self {
        let rules = product.tables.iter().map(|table| {
            let rules = Rules::of(product, table);
            (table.name.as_str().to_owned(), rules)
        });
        Self {
            salt,
            rules: rules.collect(),
            asked: Places::new(),
            gone: Places::new(),
            grown: Places::new(),
        }
    }

    /// Whether nothing was erased yet.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty()
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Adds a key that was asked for.
    pub(super) fn ask(&mut self, place: &str, digest: Digest) {
        for places in [&mut self.asked, &mut self.gone] {
            places.entry(place.to_owned()).or_default().insert(digest);
        }
    }

    /// Adds what is known to have gone.
    pub(super) fn add(&mut self, place: &str, digests: impl IntoIterator<Item = Digest>) {
        let gone = self.gone.entry(place.to_owned()).or_default();
        gone.extend(digests);
    }

    /// The digest under which a value of a table's one key column is known; `None` when the table
    /// has no such key.
    pub(super) fn digest_of_key(&self, place: &str, value: &str) -> Option<Digest> {
        let (table, column) = place.split_once('.')?;
        let key = self.rules.get(table)?.key.as_ref()?;
        match key.columns.as_slice() {
            [only] if only.column == column => {
                Some(self.digest(&only.place, &only.kind.normal(value)))
            }
            _ => None,
        }
    }

    /// What was added since the last time, by place.
    pub(super) fn take_grown(&mut self) -> Places {
        std::mem::take(&mut self.grown)
    }

    /// Says again what was taken.
    pub(super) fn give_back(&mut self, grown: Places) {
        self.grown = grown;
    }

    /// Where something has gone.
    pub(super) fn places(&self) -> BTreeSet<String> {
        self.gone.keys().cloned().collect()
    }

    /// How many digests there are.
    pub(super) fn len(&self) -> usize {
        self.gone.values().map(HashSet::len).sum()
    }

    /// Whether rows of a table can go, or be emptied, for what is known under these places.
    pub(super) fn concerns(&self, table: &str, places: &BTreeSet<String>) -> bool {
        let rules = self.rules.get(table);
        let own = |rules: &Rules| {
            let mut key = rules.key.iter();
            key.any(|key| places.contains(&key.place) && self.asked.contains_key(&key.place))
        };
        rules.is_some_and(|rules| {
            own(rules) || rules.followed().any(|spot| places.contains(&spot.place))
        })
    }

    /// The columns that [`Forgotten::sift`] looks at.
    pub(super) fn columns(&self, table: &str) -> Vec<&str> {
        let Some(rules) = self.rules.get(table) else {
            return Vec::new();
        };
        let key = rules.key.iter().flat_map(|key| &key.columns);
        let spots = key.chain(&rules.told).map(|spot| &spot.column);
        let pointers = rules.pointers.iter();
        let pointers = pointers.flat_map(|one| one.selector.iter().chain([&one.column]));
        let copies = rules.copies.iter().map(|one| &one.column);
        let all = spots.chain(pointers).chain(copies);
        let all: BTreeSet<&str> = all.map(String::as_str).collect();
        all.into_iter().collect()
    }

    /// Takes out of some rows of a table what has to go; columns are found by name, and one that is
    /// missing says nothing. The keys of rows that go are known from then on.
    pub fn sift(&mut self, table: &str, batch: &RecordBatch) -> Result<Sifted, ArrowError> {
        let mut gone = vec![false; batch.num_rows()];
        let mut emptied = vec![false; batch.num_rows()];
        let mut columns = batch.columns().to_vec();
        if let Some(rules) = self.rules.get(table) {
            self.own(rules, batch, &mut gone)?;
            self.follow(rules, batch, &mut columns, &mut gone, &mut emptied)?;
            self.copied(rules, batch, &mut columns, &mut emptied)?;
        }
        let positions = |marks: &[bool]| {
            let marked = marks.iter().enumerate().filter(|(_, mark)| **mark);
            marked.map(|(at, _)| at).collect::<Vec<_>>()
        };
        for (emptied, gone) in emptied.iter_mut().zip(&gone) {
            *emptied &= !gone;
        }
        let (left, went) = (positions(&emptied), positions(&gone));
        let mut rows = batch.clone();
        if !left.is_empty() {
            rows = RecordBatch::try_new(batch.schema(), columns)?;
        }
        if !went.is_empty() {
            self.learn(table, batch, &went)?;
            let stay: BooleanArray = gone.iter().map(|gone| Some(!gone)).collect();
            rows = filter_record_batch(&rows, &stay)?;
        }
        Ok(Sifted {
            rows,
            gone: went,
            emptied: left,
        })
    }

    /// How many rows of a batch have a key that is known to have gone.
    pub fn gone_keys(&self, table: &str, batch: &RecordBatch) -> Result<u64, ArrowError> {
        let key = self.rules.get(table).and_then(|rules| rules.key.as_ref());
        let Some((key, known)) = key.and_then(|key| Some((key, self.gone.get(&key.place)?))) else {
            return Ok(0);
        };
        let mut rows = 0;
        for row in 0..batch.num_rows() {
            let digest = self.identity(key, batch, row)?;
            rows += u64::from(digest.is_some_and(|digest| known.contains(&digest)));
        }
        Ok(rows)
    }

    /// Rows whose own key was asked for.
    fn own(&self, rules: &Rules, batch: &RecordBatch, gone: &mut [bool]) -> Result<(), ArrowError> {
        let Some(key) = &rules.key else {
            return Ok(());
        };
        let Some(asked) = self.asked.get(&key.place) else {
            return Ok(());
        };
        for (row, gone) in gone.iter_mut().enumerate() {
            let digest = self.identity(key, batch, row)?;
            *gone |= digest.is_some_and(|digest| asked.contains(&digest));
        }
        Ok(())
    }

    /// Rows that refer to what has gone.
    fn follow(
        &self,
        rules: &Rules,
        batch: &RecordBatch,
        columns: &mut [ArrayRef],
        gone: &mut [bool],
        emptied: &mut [bool],
    ) -> Result<(), ArrowError> {
        let heeded = rules.pointers.iter().filter(|pointer| {
            let mut targets = pointer.targets.iter();
            targets.any(|(spot, _)| self.gone.contains_key(&spot.place))
        });
        for pointer in heeded {
            let Ok(at) = batch.schema().index_of(&pointer.column) else {
                continue;
            };
            let column = Arc::clone(batch.column(at));
            let selector = pointer.selector.as_ref();
            let selector = selector.and_then(|name| batch.column_by_name(name));
            let hit = |row: usize, text: &str| -> Result<bool, ArrowError> {
                for (spot, when) in &pointer.targets {
                    let applies = match (when, selector) {
                        (Some(when), Some(selector)) => {
                            spelled(selector.as_ref(), row)?.as_deref() == Some(when.as_str())
                        }
                        (Some(_), None) => false,
                        (None, _) => true,
                    };
                    if applies && self.knows(&self.gone, spot, text) {
                        return Ok(true);
                    }
                }
                Ok(false)
            };
            let (marks, left) = if pointer.each {
                without(&column, hit)?
            } else {
                let mut marks = Vec::with_capacity(column.len());
                for row in 0..column.len() {
                    let text = spelled(column.as_ref(), row)?;
                    marks.push(match text {
                        Some(text) => hit(row, &text)?,
                        None => false,
                    });
                }
                let left = if marks.contains(&true) {
                    nullif(&column, &BooleanArray::from(marks.clone()))?
                } else {
                    column
                };
                (marks, left)
            };
            // Files of an earlier declaration may not have room for nothing: then all of it goes.
            let empties = pointer.each || batch.schema().field(at).is_nullable();
            let marked = match pointer.on_erase {
                OnErase::Value if empties => {
                    if let Some(slot) = columns.get_mut(at) {
                        *slot = left;
                    }
                    &mut *emptied
                }
                OnErase::Value | OnErase::Row => &mut *gone,
            };
            for (marked, mark) in marked.iter_mut().zip(marks) {
                *marked |= mark;
            }
        }
        Ok(())
    }

    /// Values that were copied from a row that has gone.
    fn copied(
        &self,
        rules: &Rules,
        batch: &RecordBatch,
        columns: &mut [ArrayRef],
        emptied: &mut [bool],
    ) -> Result<(), ArrowError> {
        for copy in &rules.copies {
            let Ok(at) = batch.schema().index_of(&copy.column) else {
                continue;
            };
            let column = batch.column(at);
            let via = copy.via.as_ref();
            let via = via.and_then(|via| batch.schema().index_of(via).ok());
            let via = via.and_then(|at| Some((batch.column(at), columns.get(at)?)));
            let mut marks = Vec::with_capacity(column.len());
            for (row, emptied) in emptied.iter_mut().enumerate() {
                // What it was copied over went away just now.
                let cut =
                    via.is_some_and(|(before, after)| before.is_valid(row) && after.is_null(row));
                let mark = match spelled(column.as_ref(), row)? {
                    Some(text) => cut || self.knows(&self.gone, &copy.from, &text),
                    None => false,
                };
                *emptied |= mark;
                marks.push(mark);
            }
            if marks.contains(&true)
                && let Some(slot) = columns.get_mut(at)
            {
                *slot = nullif(slot, &BooleanArray::from(marks))?;
            }
        }
        Ok(())
    }

    /// Takes note of the keys of rows that go.
    fn learn(
        &mut self,
        table: &str,
        batch: &RecordBatch,
        rows: &[usize],
    ) -> Result<(), ArrowError> {
        let mut found = Vec::new();
        if let Some(rules) = self.rules.get(table) {
            for row in rows {
                if let Some(key) = &rules.key
                    && let Some(digest) = self.identity(key, batch, *row)?
                {
                    found.push((key.place.clone(), digest));
                }
                for spot in &rules.told {
                    let column = batch.column_by_name(&spot.column);
                    let text = column.map(|column| spelled(column.as_ref(), *row));
                    if let Some(text) = text.transpose()?.flatten()
                        && !text.trim().is_empty()
                    {
                        let digest = self.digest(&spot.place, &spot.kind.normal(&text));
                        found.push((spot.place.clone(), digest));
                    }
                }
            }
        }
        for (place, digest) in found {
            if self.gone.entry(place.clone()).or_default().insert(digest) {
                self.grown.entry(place).or_default().insert(digest);
            }
        }
        Ok(())
    }

    fn identity(
        &self,
        key: &Identity,
        batch: &RecordBatch,
        row: usize,
    ) -> Result<Option<Digest>, ArrowError> {
        let mut texts = Vec::with_capacity(key.columns.len());
        for spot in &key.columns {
            let column = batch.column_by_name(&spot.column);
            let text = column.map(|column| spelled(column.as_ref(), row));
            let Some(text) = text.transpose()?.flatten() else {
                return Ok(None);
            };
            texts.push(spot.kind.normal(&text).into_owned());
        }
        Ok(Some(self.digest(&key.place, &texts.join("\u{1f}"))))
    }

    fn knows(&self, places: &Places, spot: &Spot, text: &str) -> bool {
        let known = places.get(&spot.place);
        let digest = || self.digest(&spot.place, &spot.kind.normal(text));
        known.is_some_and(|known| known.contains(&digest()))
    }

    fn digest(&self, place: &str, value: &str) -> Digest {
        let mut context = Context::new(&SHA256);
        for part in [&self.salt, place.as_bytes(), b"\x1f", value.as_bytes()] {
            context.update(part);
        }
        let mut digest = Digest::default();
        let all = context.finish();
        for (to, from) in digest.iter_mut().zip(all.as_ref()) {
            *to = *from;
        }
        digest
    }
}

/// What is kept beside snapshots as text.
impl Forgotten {
    /// Whether a refused row is one that goes, or refers to one: as its JSON says, and where that
    /// cannot be read, when a word of it is a key that was asked for.
    pub fn in_record(&self, table: &Table, record: Option<&str>, detail: Option<&str>) -> bool {
        let Some(rules) = self.rules.get(table.name.as_str()) else {
            return false;
        };
        let fields = record.and_then(|record| serde_json::from_str(record).ok());
        let Some(Value::Object(fields)) = fields else {
            let texts = record.into_iter().chain(detail);
            let mut words = texts.flat_map(words);
            return words.any(|word| {
                rules
                    .spots()
                    .any(|spot| self.knows(&self.asked, spot, word))
            });
        };
        let values = |name: &str| {
            let column = table.column(name);
            let mut fields = fields.iter();
            let found = column.and_then(|column| fields.find(|(name, _)| column.answers_to(name)));
            found.map_or_else(Vec::new, |(_, value)| texts_of(value))
        };
        let told = rules.told.iter().any(|spot| {
            let mut values = values(&spot.column).into_iter();
            values.any(|text| self.knows(&self.gone, spot, &text))
        });
        let pointed = rules.pointers.iter().any(|pointer| {
            let values = values(&pointer.column);
            let lists = pointer
                .each
                .then(|| values.iter().flat_map(|text| words(text)));
            let lists = lists.into_iter().flatten();
            let mut texts = values.iter().map(String::as_str).chain(lists);
            texts.any(|text| {
                let mut targets = pointer.targets.iter();
                targets.any(|(spot, _)| self.knows(&self.gone, spot, text))
            })
        });
        let copied = rules.copies.iter().any(|copy| {
            let mut values = values(&copy.column).into_iter();
            values.any(|text| self.knows(&self.gone, &copy.from, &text))
        });
        let key = rules.key.as_ref().is_some_and(|key| {
            let mut all = Vec::with_capacity(key.columns.len());
            for spot in &key.columns {
                let Some(text) = values(&spot.column).into_iter().next() else {
                    return false;
                };
                all.push(spot.kind.normal(&text).into_owned());
            }
            let digest = self.digest(&key.place, &all.join("\u{1f}"));
            let known = self.gone.get(&key.place);
            known.is_some_and(|known| known.contains(&digest))
        });
        told || pointed || copied || key
    }
}
