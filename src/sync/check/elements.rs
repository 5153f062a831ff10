//! Columns that are lists of keys: arrays, and documents that hold a JSON array.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::error::ArrowError;
use serde_json::value::RawValue;

use super::term::texts;
use crate::sync::conform::json;

/// The elements of the lists of some rows.
pub(super) struct Elements {
    /// All of them, one list after the other.
    pub(super) values: ArrayRef,
    /// The row each is of.
    pub(super) rows: Vec<usize>,
    /// Rows with a document that is no list.
    pub(super) none: Vec<usize>,
}

impl Elements {
    /// Takes lists apart.
    pub(super) fn of(lists: &ArrayRef) -> Result<Self, ArrowError> {
        let mut rows = Vec::new();
        if let Some(lists) = lists.as_list_opt::<i32>() {
            // A NULL list may stand over elements that nobody sees.
            let mut seen = Vec::new();
            for (row, range) in lists.value_offsets().windows(2).enumerate() {
                let &[from, to] = range else { continue };
                if lists.is_valid(row) {
                    seen.extend(from..to);
                    rows.extend((from..to).map(|_| row));
                }
            }
            let seen = arrow::array::Int32Array::from(seen);
            return Ok(Self {
                values: arrow::compute::take(lists.values(), &seen, None)?,
                rows,
                none: Vec::new(),
            });
        }
        let (mut values, mut none) = (Vec::new(), Vec::new());
        let documents = texts(lists);
        for (row, document) in documents.iter().enumerate() {
            let Some(document) = document.filter(|text| *text != "null") else {
                continue;
            };
            match serde_json::from_str::<Vec<&RawValue>>(document) {
                Ok(elements) => {
                    for element in elements.into_iter().map(RawValue::get) {
                        let value = (element != "null").then(|| json::scalar(element));
                        values.push(value.map(std::borrow::Cow::into_owned));
                        rows.push(row);
                    }
                }
                Err(_) => none.push(row),
            }
        }
        Ok(Self {
            values: Arc::new(StringArray::from(values)),
            rows,
            none,
        })
    }
}

/// Keys as documents write them, so that they compare with those of any type: numbers in digits,
/// uuids in lower case without dashes.
pub(super) fn spelled(values: &ArrayRef) -> ArrayRef {
    let texts = texts(values);
    let spelled = texts.iter().map(|text| text.map(key));
    Arc::new(spelled.collect::<StringArray>())
}

fn key(text: &str) -> String {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let uuid = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if uuid {
        digits.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::builder::{ListBuilder, StringBuilder};

    use super::*;

    fn elements(lists: &ArrayRef) -> (Vec<(usize, Option<String>)>, Vec<usize>) {
        let found = Elements::of(lists).unwrap();
        let values = found.values.as_string::<i32>().iter();
        let values = values.map(|value| value.map(str::to_owned));
        (found.rows.into_iter().zip(values).collect(), found.none)
    }

    #[test]
    fn arrays_and_documents_give_the_same_elements() {
        let mut arrays = ListBuilder::new(StringBuilder::new());
        arrays.append_value([Some("a"), None]);
        arrays.append_value([] as [Option<&str>; 0]);
        arrays.append_null();
        arrays.append_value([Some("b")]);
        let arrays: ArrayRef = Arc::new(arrays.finish());
        let documents: ArrayRef = Arc::new(StringArray::from(vec![
            Some("[\"a\", null]"),
            Some("[]"),
            None,
            Some("[\"b\"]"),
        ]));
        let expected = vec![
            (0, Some("a".to_owned())),
            (0, None),
            (3, Some("b".to_owned())),
        ];
        assert_eq!(elements(&arrays), (expected.clone(), Vec::new()));
        assert_eq!(elements(&documents), (expected, Vec::new()));
        assert_eq!(elements(&arrays.slice(2, 2)).0, [(1, Some("b".to_owned()))]);
    }

    #[test]
    fn documents_that_are_no_list_are_named() {
        let documents = vec!["{\"a\": 1}", "null", "7", "[7, {\"a\": 1}]"];
        let documents: ArrayRef = Arc::new(StringArray::from(documents));
        let (values, none) = elements(&documents);
        let values: Vec<_> = values
            .iter()
            .map(|(row, value)| (*row, value.as_deref()))
            .collect();
        assert_eq!(values, [(3, Some("7")), (3, Some("{\"a\": 1}"))]);
        assert_eq!(none, [0, 2]);
    }

    #[test]
    fn keys_are_spelled_alike_whatever_their_type() {
        let text = "6F9619FF-8B86-4d01-b42d-00cf4fc964ff";
        let mut uuids = arrow::array::FixedSizeBinaryBuilder::new(16);
        let bytes = 0x6f96_19ff_8b86_4d01_b42d_00cf_4fc9_64ff_u128.to_be_bytes();
        uuids.append_value(bytes).unwrap();
        let numbers = arrow::array::Int64Array::from(vec![7]);
        for (one, other) in [
            (Arc::new(uuids.finish()) as ArrayRef, text),
            (Arc::new(numbers) as ArrayRef, "7"),
        ] {
            let other: ArrayRef = Arc::new(StringArray::from(vec![other]));
            assert_eq!(&spelled(&one), &spelled(&other));
        }
    }
}
