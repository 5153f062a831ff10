//! Where a container lies in PostgreSQL's binary form of a document: `.keyvalue()` shows it.

use crate::pg::json::Json;
use crate::pg::numeric::Numeric;

/// The distance of `wanted` from the start of `whole`, which contains it.
pub(super) fn of(whole: &Json, wanted: &Json) -> Option<usize> {
    walked(whole, 0, wanted).err()
}

/// The size of a number: a header of four bytes, one of two, and two for each group of digits.
fn number(value: &Numeric) -> usize {
    let mut bytes = Vec::new();
    value.write_binary(&mut bytes);
    bytes.len().saturating_sub(2)
}

fn aligned(at: usize) -> usize {
    at.next_multiple_of(4)
}

/// Goes past a container that starts at `start`: its end, or as an error where `wanted` starts.
fn walked(container: &Json, start: usize, wanted: &Json) -> Result<usize, usize> {
    if std::ptr::eq(container, wanted) {
        return Err(start);
    }
    let past = |at: usize, value: &Json| match value {
        Json::Null | Json::Bool(_) => Ok(at),
        Json::Text(text) => Ok(at + text.len()),
        Json::Number(value) => Ok(aligned(at) + number(value)),
        Json::Array(_) | Json::Object(_) => walked(value, aligned(at), wanted),
    };
    match container {
        Json::Array(items) => {
            let mut at = start + 4 + 4 * items.len();
            for item in items {
                at = past(at, item)?;
            }
            Ok(at)
        }
        Json::Object(pairs) => {
            let keys: usize = pairs.iter().map(|(key, _)| key.len()).sum();
            let mut at = start + 4 + 8 * pairs.len() + keys;
            for (_, value) in pairs {
                at = past(at, value)?;
            }
            Ok(at)
        }
        _ => Ok(start),
    }
}
