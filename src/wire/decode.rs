//! Parameters as clients send them: each becomes an array of one value in its type's storage.

use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array, new_null_array};
use bytes::Bytes;

use super::encode::Format;
use crate::engine::Rendering;
use crate::ident::Oid;
use crate::pg::types::{OID, oid_like, storage};
use crate::pg::{Fault, Type, binary, charset, text};

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
        return binary::read(kind, &value, rendering.charset);
    }
    let written = &*charset::take(rendering.charset, &value)?;
    if oid_like(kind) && kind != OID {
        let oid = (rendering.oid_of)(kind, written)?;
        return Ok(Arc::new(UInt32Array::from(vec![oid])));
    }
    text::read(Type::plain(kind), written, &rendering.style, rendering.now)
}
