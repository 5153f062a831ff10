//! Parameters as clients send them: each becomes an array of one value in its type's storage.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array, new_null_array};
use bytes::Bytes;

use super::encode::Format;
use super::frontend::not_utf8;
use crate::engine::Rendering;
use crate::ident::Oid;
use crate::pg::types::{OID, oid_like, storage};
use crate::pg::{Fault, SqlState, Type, binary, text};

/// Reads one parameter.
///
/// # Errors
/// What PostgreSQL's input or receive function of the type says, such as 22P02 or 22P03.
pub(super) fn decode(
    kind: Oid,
    format: Format,
    value: Option<Bytes>,
    rendering: &Rendering,
) -> Result<ArrayRef, Fault> {
    let Some(value) = value else {
        return Ok(new_null_array(&storage(kind), 1));
    };
    if format == Format::Binary {
        return binary::read(kind, &value);
    }
    let written = std::str::from_utf8(&value).map_err(|error| not_utf8(&value, error))?;
    if written.contains('\0') {
        return Err(Fault::new(
            SqlState::CHARACTER_NOT_IN_REPERTOIRE,
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        ));
    }
    if oid_like(kind) && kind != OID {
        let oid = (rendering.oid_of)(kind, written)?;
        return Ok(Arc::new(UInt32Array::from(vec![oid])));
    }
    text::read(Type::plain(kind), written, &rendering.style, rendering.now)
}
