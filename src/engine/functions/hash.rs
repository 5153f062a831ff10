//! PostgreSQL's hashes, by name: `hashtext(name) % 10` draws a sample.

use arrow::array::ArrayRef;

use super::call::{Call, Int8, Output};
use super::registry::Registry;
use crate::pg::binary::Writer;
use crate::pg::hash::Hash;
use crate::pg::{Fault, types};

/// Functions of 32 bits, and what their kin of 64 bits add to the name.
const HASHED: &[(&str, &str, &str)] = &[
    ("hash_array", "anyarray", "_extended"),
    ("hash_multirange", "anymultirange", "_extended"),
    ("hash_numeric", "numeric", "_extended"),
    ("hash_range", "anyrange", "_extended"),
    ("hash_record", "record", "_extended"),
    ("hashbpchar", "bpchar", "extended"),
    ("hashchar", "char", "extended"),
    ("hashfloat4", "float4", "extended"),
    ("hashfloat8", "float8", "extended"),
    ("hashinet", "inet", "extended"),
    ("hashint2", "int2", "extended"),
    ("hashint4", "int4", "extended"),
    ("hashint8", "int8", "extended"),
    ("hashmacaddr", "macaddr", "extended"),
    ("hashmacaddr8", "macaddr8", "extended"),
    ("hashname", "name", "extended"),
    ("hashoid", "oid", "extended"),
    ("hashoidvector", "oidvector", "extended"),
    ("hashtext", "text", "extended"),
    ("hashtid", "tid", "extended"),
    ("interval_hash", "interval", "_extended"),
    ("jsonb_hash", "jsonb", "_extended"),
    ("pg_lsn_hash", "pg_lsn", "_extended"),
    ("time_hash", "time", "_extended"),
    ("timestamp_hash", "timestamp", "_extended"),
    ("timetz_hash", "timetz", "_extended"),
    ("uuid_hash", "uuid", "_extended"),
];

/// Registers them.
pub(crate) fn register(registry: &mut Registry) {
    for (name, kind, extended) in HASHED {
        registry.kernel(format!("{name}({kind})"), short);
        registry.kernel(format!("{name}{extended}({kind},int8)"), long);
    }
}

fn short(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    hashed(
        call,
        |_| Some(None),
        |hash| u32::try_from(hash).unwrap_or(0).cast_signed(),
    )
}

fn long(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let seeds = call.input::<Int8>(1)?;
    hashed(
        call,
        |row| seeds.at(row).map(|seed| Some(seed.cast_unsigned())),
        u64::cast_signed,
    )
}

fn hashed<R: Output>(
    call: &Call<'_>,
    seed: impl Fn(usize) -> Option<Option<u64>>,
    answer: impl Fn(u64) -> R,
) -> Result<ArrayRef, Fault> {
    let kind = call.types.first().map_or(types::TEXT, |kind| kind.oid);
    let (values, constant) = call.array(0)?;
    let writer = Writer::new(values.as_ref(), kind)?;
    let mut bytes = Vec::new();
    let rows = (0..call.rows).map(|row| {
        let at = if constant { 0 } else { row };
        let Some(seed) = seed(row).filter(|_| !writer.null(at)) else {
            return Ok(None);
        };
        bytes.clear();
        writer.write(at, &mut bytes)?;
        Hash { seed }
            .value(kind, &bytes)
            .map(|hash| Some(answer(hash)))
    });
    R::collect(rows, call.rows, call.storage)
}
