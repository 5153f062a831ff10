//! What PostgreSQL's own machinery calls and a reader may call too: comparisons by keys, the greater
//! and the smaller of two values, binary output.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryViewBuilder};
use arrow::compute::interleave;

use super::call::{Call, Output};
use super::registry::Registry;
use crate::pg::binary::Writer;
use crate::pg::key::Keys;
use crate::pg::{Fault, types};

/// Registers them.
pub(crate) fn register(registry: &mut Registry) {
    tests(registry);
    orders(registry);
    choices(registry);
    for signature in SENT {
        registry.kernel(*signature, send);
    }
}

/// Types with six comparison functions over keys: prefix of the name, type.
const COMPARED: &[(&str, &str)] = &[
    ("array_", "anyarray"),
    ("record_", "record"),
    ("record_image_", "record"),
    ("jsonb_", "jsonb"),
    ("bit", "bit"),
    ("varbit", "varbit"),
    ("network_", "inet"),
    ("macaddr_", "macaddr"),
    ("macaddr8_", "macaddr8"),
    ("cash_", "money"),
    ("tid", "tid"),
    ("pg_lsn_", "pg_lsn"),
    ("range_", "anyrange"),
    ("multirange_", "anymultirange"),
    ("tsvector_", "tsvector"),
    ("tsquery_", "tsquery"),
];

fn tests(registry: &mut Registry) {
    let tests: [(&str, fn(Ordering) -> bool); 6] = [
        ("eq", Ordering::is_eq),
        ("ne", Ordering::is_ne),
        ("lt", Ordering::is_lt),
        ("le", Ordering::is_le),
        ("gt", Ordering::is_gt),
        ("ge", Ordering::is_ge),
    ];
    for (prefix, kind) in COMPARED {
        for (suffix, holds) in tests {
            registry.kernel(format!("{prefix}{suffix}({kind},{kind})"), move |call| {
                compare(call, holds)
            });
        }
    }
}

/// Functions that answer -1, 0 or 1: name, type.
const ORDERED: &[(&str, &str)] = &[
    ("btarraycmp", "anyarray"),
    ("btrecordcmp", "record"),
    ("btrecordimagecmp", "record"),
    ("jsonb_cmp", "jsonb"),
    ("btboolcmp", "bool"),
    ("btcharcmp", "char"),
    ("btfloat4cmp", "float4"),
    ("btfloat8cmp", "float8"),
    ("btoidcmp", "oid"),
    ("btoidvectorcmp", "oidvector"),
    ("bttidcmp", "tid"),
    ("bpcharcmp", "bpchar"),
    ("bitcmp", "bit"),
    ("varbitcmp", "varbit"),
    ("cash_cmp", "money"),
    ("date_cmp", "date"),
    ("interval_cmp", "interval"),
    ("macaddr_cmp", "macaddr"),
    ("macaddr8_cmp", "macaddr8"),
    ("network_cmp", "inet"),
    ("pg_lsn_cmp", "pg_lsn"),
    ("range_cmp", "anyrange"),
    ("multirange_cmp", "anymultirange"),
    ("time_cmp", "time"),
    ("timestamp_cmp", "timestamp"),
    ("timestamptz_cmp", "timestamptz"),
    ("timetz_cmp", "timetz"),
    ("uuid_cmp", "uuid"),
    ("xid8cmp", "xid8"),
    ("tsvector_cmp", "tsvector"),
    ("tsquery_cmp", "tsquery"),
];

fn orders(registry: &mut Registry) {
    for (name, kind) in ORDERED {
        registry.kernel(format!("{name}({kind},{kind})"), |call| {
            compare(call, |order| order as i32)
        });
    }
}

/// Functions that give the greater or the smaller argument: name before `larger`, type.
const CHOSEN: &[(&str, &str)] = &[
    ("array_", "anyarray"),
    ("bpchar_", "bpchar"),
    ("cash", "money"),
    ("float4", "float4"),
    ("float8", "float8"),
    ("interval_", "interval"),
    ("network_", "inet"),
    ("oid", "oid"),
    ("pg_lsn_", "pg_lsn"),
    ("tid", "tid"),
    ("timetz_", "timetz"),
    ("xid8_", "xid8"),
];

fn choices(registry: &mut Registry) {
    for (prefix, kind) in CHOSEN {
        for (suffix, wanted) in [("larger", Ordering::Greater), ("smaller", Ordering::Less)] {
            registry.kernel(format!("{prefix}{suffix}({kind},{kind})"), move |call| {
                let (left, right) = (call.spread(0)?, call.spread(1)?);
                let mut picks = Vec::with_capacity(call.rows);
                each(call, |row, order| {
                    picks.push(match order {
                        // A NULL argument makes the result NULL.
                        None if left.is_null(row) => (0, row),
                        Some(order) if order == wanted || order == Ordering::Equal => (0, row),
                        _ => (1, row),
                    });
                })?;
                interleave(&[left.as_ref(), right.as_ref()], &picks)
                    .map_err(|_| Fault::internal("two values of one type differ in storage"))
            });
        }
    }
}

/// Orders the two arguments of each row by their keys; `None` where one is NULL.
fn each(call: &Call<'_>, mut visit: impl FnMut(usize, Option<Ordering>)) -> Result<(), Fault> {
    let kind = call.types.first().map_or(types::TEXT, |kind| kind.oid);
    let (left, right) = (call.array(0)?, call.array(1)?);
    let (left_keys, right_keys) = (Keys::new(&left.0, kind)?, Keys::new(&right.0, kind)?);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for row in 0..call.rows {
        let (at_left, at_right) = (if left.1 { 0 } else { row }, if right.1 { 0 } else { row });
        if left_keys.null(at_left) || right_keys.null(at_right) {
            visit(row, None);
            continue;
        }
        a.clear();
        b.clear();
        left_keys.write(at_left, &mut a)?;
        right_keys.write(at_right, &mut b)?;
        visit(row, Some(a.cmp(&b)));
    }
    Ok(())
}

/// Compares two arguments of one type by their keys.
fn compare<R: Output>(call: &Call<'_>, answer: impl Fn(Ordering) -> R) -> Result<ArrayRef, Fault> {
    let mut answers = Vec::with_capacity(call.rows);
    each(call, |_, order| answers.push(Ok(order.map(&answer))))?;
    R::collect(answers.into_iter(), call.rows, call.storage)
}

/// Binary output functions.
const SENT: &[&str] = &[
    "array_send(anyarray)",
    "bit_send(bit)",
    "boolsend(bool)",
    "bpcharsend(bpchar)",
    "byteasend(bytea)",
    "cash_send(money)",
    "charsend(char)",
    "cidr_send(cidr)",
    "cidsend(cid)",
    "date_send(date)",
    "float4send(float4)",
    "float8send(float8)",
    "inet_send(inet)",
    "int2send(int2)",
    "int2vectorsend(int2vector)",
    "int4send(int4)",
    "int8send(int8)",
    "interval_send(interval)",
    "json_send(json)",
    "jsonb_send(jsonb)",
    "macaddr_send(macaddr)",
    "macaddr8_send(macaddr8)",
    "multirange_send(anymultirange)",
    "namesend(name)",
    "numeric_send(numeric)",
    "oidsend(oid)",
    "oidvectorsend(oidvector)",
    "pg_lsn_send(pg_lsn)",
    "range_send(anyrange)",
    "record_send(record)",
    "regclasssend(regclass)",
    "regcollationsend(regcollation)",
    "regconfigsend(regconfig)",
    "regdictionarysend(regdictionary)",
    "regnamespacesend(regnamespace)",
    "regoperatorsend(regoperator)",
    "regopersend(regoper)",
    "regproceduresend(regprocedure)",
    "regprocsend(regproc)",
    "regrolesend(regrole)",
    "regtypesend(regtype)",
    "textsend(text)",
    "tidsend(tid)",
    "time_send(time)",
    "timestamp_send(timestamp)",
    "timestamptz_send(timestamptz)",
    "timetz_send(timetz)",
    "uuid_send(uuid)",
    "varbit_send(varbit)",
    "varcharsend(varchar)",
    "xid8send(xid8)",
    "xidsend(xid)",
    "tsvectorsend(tsvector)",
    "tsquerysend(tsquery)",
];

fn send(call: &Call<'_>) -> Result<ArrayRef, Fault> {
    let kind = call.types.first().map_or(types::TEXT, |kind| kind.oid);
    let (values, constant) = call.array(0)?;
    let writer = Writer::new(values.as_ref(), kind)?;
    let mut builder = BinaryViewBuilder::with_capacity(call.rows);
    let mut bytes = Vec::new();
    for row in 0..call.rows {
        let row = if constant { 0 } else { row };
        if writer.null(row) {
            builder.append_null();
            continue;
        }
        bytes.clear();
        writer.write(row, &mut bytes)?;
        builder.append_value(&bytes);
    }
    Ok(Arc::new(builder.finish()))
}
