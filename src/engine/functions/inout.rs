//! Input and output functions by their names: `int4in('1')`, `date_out(current_date)`.

use arrow::array::{Array, AsArray, new_null_array};
use arrow::datatypes::Int32Type;

use super::call::Call;
use super::convert::io_cast;
use super::registry::Registry;
use crate::engine::catalog::system::{ProcRow, system};
use crate::ident::Oid;
use crate::pg::text::{Reader, Style, readable};
use crate::pg::{Fault, Type, types};

/// Registers those of every type that is read and written.
pub(crate) fn register(registry: &mut Registry) {
    for proc in system().procs() {
        match proc.arguments.as_slice() {
            [only]
                if proc.result == types::CSTRING
                    && proc.name.ends_with("out")
                    && (spoken(*only) || written_by_kind(*only)) =>
            {
                registry.kernel(signature(proc), output);
            }
            [types::CSTRING] | [types::CSTRING, types::OID, types::INT4]
                if proc.name.ends_with("in") && spoken(proc.result) =>
            {
                let result = proc.result;
                registry.kernel(signature(proc), move |call| input(call, result));
            }
            _ => {}
        }
    }
}

fn signature(proc: &ProcRow) -> String {
    let name = |oid: &Oid| {
        system()
            .type_by_oid(*oid)
            .map_or_else(|| oid.to_string(), |kind| kind.name.clone())
    };
    let arguments: Vec<String> = proc.arguments.iter().map(name).collect();
    format!("{}({})", proc.name, arguments.join(","))
}

/// Whether values of the type are read from text here.
fn spoken(kind: Oid) -> bool {
    let real = system()
        .type_by_oid(kind)
        .is_some_and(|row| matches!(row.kind, 'b' | 'r' | 'm'));
    let reads = readable(kind) && Reader::new(Type::plain(kind), &Style::default(), 0).is_ok();
    real && (reads || types::oid_like(kind))
}

/// Whether one function writes the values of all types of a kind.
fn written_by_kind(kind: Oid) -> bool {
    matches!(
        kind,
        types::ANYARRAY | types::ANYRANGE | types::ANYMULTIRANGE | types::RECORD
    )
}

fn output(call: &Call<'_>) -> Result<arrow::array::ArrayRef, Fault> {
    let kind = call.types.first().copied();
    let kind = kind.unwrap_or(Type::plain(types::TEXT));
    io_cast(kind, Type::plain(types::CSTRING))(call)
}

/// Reads the text with the modifier that the third argument gives, if there is one.
fn input(call: &Call<'_>, result: Oid) -> Result<arrow::array::ArrayRef, Fault> {
    let mut modifier = -1;
    if call.values.len() > 1 {
        let (oids, modifiers) = (call.spread(1)?, call.spread(2)?);
        if oids.null_count() + modifiers.null_count() > 0 {
            return Ok(new_null_array(call.storage, call.rows));
        }
        let modifiers = modifiers
            .as_primitive_opt::<Int32Type>()
            .ok_or_else(|| Fault::internal("a modifier is no number"))?;
        modifier = modifiers.values().first().copied().unwrap_or(-1);
        if modifiers.values().iter().any(|other| *other != modifier) {
            return Err(Fault::unsupported("a type modifier for each row"));
        }
    }
    let target = Type {
        oid: result,
        modifier,
    };
    let text = Call {
        values: call.values.get(..1).unwrap_or_default(),
        ..*call
    };
    io_cast(Type::plain(types::CSTRING), target)(&text)
}
