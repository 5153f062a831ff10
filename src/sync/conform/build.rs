//! One declared column being built from texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, ListArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::json;
use crate::pg::array::{Arrays, Shape};
use crate::pg::numeric::Numeric;
use crate::pg::text::literal::{quote_element, read_array};
use crate::pg::text::{Reader, Style};
use crate::pg::{Fault, SqlState, Type, types};
use crate::schema::arrow::file_type;
use crate::sync::source::{Fields, RawColumn};

/// Builds a column in the form of its file.
pub(super) struct Builder {
    kind: Type,
    list: bool,
    reader: Reader,
}

/// Texts that are what a column of this type holds, every one of them.
pub(super) fn as_they_are(kind: Type, from: &RawColumn) -> Option<StringArray> {
    let longest = match (kind.oid, kind.modifier) {
        (types::TEXT, _) | (types::VARCHAR, -1) => usize::MAX,
        // A length in bytes is never less than the one in characters, which the modifier is about.
        (types::VARCHAR, modifier) => usize::try_from(modifier - VARCHAR_HEADER).ok()?,
        _ => return None,
    };
    match from {
        RawColumn::Text(texts) => {
            let fit = texts.offsets().lengths().all(|length| length <= longest);
            let same = fit && !texts.value_data().contains(&0);
            same.then(|| texts.clone())
        }
        RawColumn::Fields(fields) => {
            let fit = fields.iter().flatten().all(|text| text.len() <= longest);
            fit.then(|| fields.texts())
        }
        RawColumn::Json(_) | RawColumn::Typed(_) => None,
    }
}

/// What PostgreSQL adds to the length in a modifier.
const VARCHAR_HEADER: i32 = 4;

impl Builder {
    /// `now` is what the words `now` and `today` mean, in microseconds since 1970 UTC.
    pub(super) fn new(kind: Type, now: i64) -> Result<Self, Fault> {
        let reader = Reader::new(kind, &Style::default(), now)?;
        let list = types::element(kind.oid).is_some();
        Ok(Self { kind, list, reader })
    }

    pub(super) fn null(&mut self) {
        self.reader.append_null();
    }

    /// Appends a value as COPY reads it; arrays may also be written in JSON. On an error nothing is
    /// appended.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Fault> {
        if text.contains('\0') {
            return Err(Fault::new(
                SqlState::CHARACTER_NOT_IN_REPERTOIRE,
                "invalid byte sequence for encoding UTF8: 0x00",
            ));
        }
        self.clean(text)
    }

    /// The same for a text of which it is known that it has no NUL.
    pub(super) fn clean(&mut self, text: &str) -> Result<(), Fault> {
        if !self.list {
            return self.reader.append(text);
        }
        let json = text.trim_start().starts_with('[');
        let json = json.then(|| array_literal(text)).flatten();
        let literal = read_array(json.as_deref().unwrap_or(text))?;
        // A file has lists only.
        if literal.shape != Shape::plain(literal.elements.len()) {
            return Err(Fault::unsupported(
                "an array of several dimensions or of other bounds",
            ));
        }
        self.reader.append_literal(&literal)
    }

    /// Appends texts without NUL, NULL for None. One that is no value is told to `refused` with its place,
    /// and is NULL too.
    pub(super) fn fields(&mut self, fields: &Fields, mut refused: impl FnMut(usize, Fault)) {
        if !self.list {
            return self.reader.append_all(fields.iter(), refused);
        }
        for (at, text) in fields.iter().enumerate() {
            let appended = text.map(|text| self.clean(text));
            if !matches!(appended, Some(Ok(()))) {
                self.null();
            }
            if let Some(Err(fault)) = appended {
                refused(at, fault);
            }
        }
    }

    /// Appends a JSON value. On an error nothing is appended.
    pub(super) fn json(&mut self, value: &str) -> Result<(), Fault> {
        match self.kind.oid {
            types::JSON | types::JSONB => self.reader.append(value),
            _ => self.text(&json::scalar(value)),
        }
    }

    pub(super) fn finish(mut self) -> Result<ArrayRef, Fault> {
        let stored = self.reader.finish()?;
        filed(self.kind, &stored)
    }
}

/// A JSON array as PostgreSQL writes it; `None` when the text is no JSON array.
fn array_literal(text: &str) -> Option<String> {
    let mut literal = vec![b'{'];
    for element in json::elements(text)? {
        if literal.len() > 1 {
            literal.push(b',');
        }
        match element.get() {
            "null" => literal.extend_from_slice(b"NULL"),
            value => quote_element(json::scalar(value).as_bytes(), &mut literal),
        }
    }
    literal.push(b'}');
    String::from_utf8(literal).ok()
}

/// Values in the form the engine computes with, as a file holds them.
fn filed(kind: Type, stored: &ArrayRef) -> Result<ArrayRef, Fault> {
    let wanted = file_type(kind);
    match &wanted {
        DataType::Decimal128(precision, scale) => decimals(stored, *precision, *scale),
        DataType::List(item) => {
            let element = types::element(kind.oid).unwrap_or(types::TEXT);
            let arrays = Arrays::of(stored).ok_or_else(misfit)?;
            let list = arrays.lists()?;
            let values = filed(
                Type {
                    oid: element,
                    modifier: kind.modifier,
                },
                list.values(),
            )?;
            let list = ListArray::try_new(
                Arc::clone(item),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            );
            Ok(Arc::new(list.map_err(|_| misfit())?))
        }
        _ if stored.data_type() == &wanted => Ok(Arc::clone(stored)),
        _ => cast(stored, &wanted).map_err(|_| misfit()),
    }
}

fn decimals(stored: &ArrayRef, precision: u8, scale: i8) -> Result<ArrayRef, Fault> {
    let places = u16::try_from(scale).map_err(|_| misfit())?;
    let stored = stored.as_binary_view();
    let mut unscaled = Vec::with_capacity(stored.len());
    for value in stored {
        unscaled.push(match value {
            None => None,
            Some(bytes) => Some(
                Numeric::decode(bytes)?
                    .to_unscaled(places)
                    .ok_or_else(misfit)?,
            ),
        });
    }
    let array = Decimal128Array::from(unscaled).with_precision_and_scale(precision, scale);
    Ok(Arc::new(array.map_err(|_| misfit())?))
}

fn misfit() -> Fault {
    Fault::internal("a converted value does not fit its file")
}
