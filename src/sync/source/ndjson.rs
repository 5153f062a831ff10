//! One JSON object per line. Columns are found by name, in any order; an absent one is NULL.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, Read};
use std::sync::Arc;

use arrow::array::StringBuilder;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{RawBatch, RawColumn, Refusal};
use crate::config::limits::SyncLimits;
use crate::sync::Error;

/// Raw text kept of a line that is no object.
const RECORD_KEPT: usize = 4096;
/// Bytes after which a batch is passed on before it has all its rows.
const BATCH_BYTES: usize = 8 << 20;
/// Different names in one file; more is a mistake.
const MOST_NAMES: usize = 4096;

/// Reads the batches of one file.
pub(super) struct Reader {
    input: Box<dyn BufRead + Send>,
    file: Arc<str>,
    limits: SyncLimits,
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    line: u64,
    text: Vec<u8>,
    done: bool,
}

impl Reader {
    pub(super) fn open(
        input: Box<dyn BufRead + Send>,
        file: Arc<str>,
        limits: &SyncLimits,
    ) -> Self {
        Self {
            input,
            file,
            limits: limits.clone(),
            names: Vec::new(),
            numbers: HashMap::new(),
            line: 0,
            text: Vec::new(),
            done: false,
        }
    }

    fn batch(&mut self) -> Result<Option<RawBatch>, Error> {
        let mut columns: Vec<_> = self.names.iter().map(|_| StringBuilder::new()).collect();
        let mut batch = RawBatch {
            file: Arc::clone(&self.file),
            lines: Vec::new(),
            names: Arc::from([]),
            columns: Vec::new(),
            refused: Vec::new(),
        };
        let mut bytes = 0;
        while batch.lines.len() + batch.refused.len() < self.limits.batch_rows
            && bytes < BATCH_BYTES
            && self.next_line()?
        {
            bytes += self.text.len();
            if self.text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let text = std::mem::take(&mut self.text);
            match self.row(&text, batch.lines.len(), &mut columns) {
                Ok(()) => batch.lines.push(self.line),
                Err(Broken::Row(reason, detail)) => batch.refused.push(Refusal {
                    line: self.line,
                    column: None,
                    reason: reason.to_owned(),
                    detail,
                    record: Some(shown(&text)),
                }),
                Err(Broken::File(error)) => return Err(error),
            }
            self.text = text;
        }
        if batch.lines.is_empty() && batch.refused.is_empty() {
            return Ok(None);
        }
        batch.names = Arc::from(self.names.as_slice());
        batch.columns = columns
            .iter_mut()
            .map(|column| RawColumn::Json(column.finish()))
            .collect();
        Ok(Some(batch))
    }

    /// Takes one line apart; nothing is added to the columns when that fails.
    fn row(
        &mut self,
        text: &[u8],
        rows: usize,
        columns: &mut Vec<StringBuilder>,
    ) -> Result<(), Broken> {
        let Pairs(pairs) = serde_json::from_slice(text)
            .map_err(|error| Broken::Row("invalid JSON object", Some(error.to_string())))?;
        let mut values: Vec<Option<&str>> = vec![None; columns.len()];
        let mut seen = vec![false; columns.len()];
        for (name, value) in pairs {
            let number = match self.numbers.get(name.as_ref()) {
                Some(number) => *number,
                None => self.add_name(&name, rows, columns)?,
            };
            values.resize(columns.len(), None);
            seen.resize(columns.len(), false);
            if value.get().len() > self.limits.value_bytes {
                return Err(Broken::Row("a value is too long", None));
            }
            let (Some(slot), Some(seen)) = (values.get_mut(number), seen.get_mut(number)) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                return Err(Broken::Row(
                    "a name is there twice",
                    Some(name.into_owned()),
                ));
            }
            *slot = Some(value.get()).filter(|text| *text != "null");
        }
        for (column, value) in columns.iter_mut().zip(values) {
            column.append_option(value);
        }
        Ok(())
    }

    fn add_name(
        &mut self,
        name: &str,
        rows: usize,
        columns: &mut Vec<StringBuilder>,
    ) -> Result<usize, Broken> {
        let number = self.names.len();
        if number == MOST_NAMES {
            return Err(Broken::File(Error::TooLarge {
                file: self.file.to_string(),
                what: "number of different names",
                most: MOST_NAMES as u64,
            }));
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        let mut column = StringBuilder::new();
        column.append_nulls(rows);
        columns.push(column);
        Ok(number)
    }

    /// Reads the next line without its end; `false` at the end of the file.
    fn next_line(&mut self) -> Result<bool, Error> {
        self.text.clear();
        let most = self.limits.row_bytes as u64;
        let mut input = self.input.by_ref().take(most + 1);
        let read = input
            .read_until(b'\n', &mut self.text)
            .map_err(|source| Error::Read {
                file: self.file.to_string(),
                source,
            })?;
        self.line += 1;
        if read as u64 > most {
            return Err(Error::TooLarge {
                file: format!("{} line {}", self.file, self.line),
                what: "row",
                most,
            });
        }
        if self.line == 1 && self.text.starts_with(b"\xef\xbb\xbf") {
            self.text.drain(..3);
        }
        Ok(read > 0)
    }
}

enum Broken {
    Row(&'static str, Option<String>),
    File(Error),
}

impl Iterator for Reader {
    type Item = Result<RawBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch().transpose();
        self.done = !matches!(batch, Some(Ok(_)));
        batch
    }
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text.get(..RECORD_KEPT).unwrap_or(text)).into_owned()
}

/// The members of an object in their order, each value as its text.
struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &RawValue>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }

        from.deserialize_map(Members)
    }
}

/// A member's name, borrowed unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        from.deserialize_str(Text)
    }
}
