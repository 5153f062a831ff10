//! Conversions between types: the functions that `pg_cast` names, and the lengths of
//! modifiers. Conversion through text is in [`super::convert`].

use datafusion::logical_expr::Expr;

use super::call::{
    Bool, Context, Date, Fixed, Float4, Float8, Int2, Int4, Int8, Interval as IntervalInput,
    Output, Text, Time, Timestamp,
};
use super::numbers::Value;
use super::registry::{Registry, cast_constant};
use crate::pg::datetime::{self, DAY, SECOND};
use crate::pg::interval::{self, Interval};
use crate::pg::json::{self, Json};
use crate::pg::numeric::Numeric;
use crate::pg::text::{Style, join_timetz, scalar, split_timetz};
use crate::pg::{Fault, SqlState, types};

/// Registers every cast function.
pub(crate) fn register(registry: &mut Registry) {
    integers(registry);
    floats(registry);
    numerics(registry);
    texts(registry);
    lengths(registry);
    times(registry);
    documents(registry);
}

/// Lets Arrow convert where no value can fail or change.
fn widen(registry: &mut Registry, signature: &str, target: crate::ident::Oid) {
    registry.expression(signature, move |mut arguments: Vec<Expr>| {
        let argument = arguments.pop().unwrap_or_default();
        cast_constant(argument, &types::storage(target))
    });
}

fn out_of_range(name: &str) -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("{name} out of range"),
    )
}

fn integers(registry: &mut Registry) {
    widen(registry, "int4(int2)", types::INT4);
    widen(registry, "int8(int2)", types::INT8);
    widen(registry, "int8(int4)", types::INT8);
    widen(registry, "int8(oid)", types::INT8);
    registry.unary::<Int4, i16>("int2(int4)", |n, _| {
        i16::try_from(n).map_err(|_| out_of_range("smallint"))
    });
    registry.unary::<Int8, i16>("int2(int8)", |n, _| {
        i16::try_from(n).map_err(|_| out_of_range("smallint"))
    });
    registry.unary::<Int8, i32>("int4(int8)", |n, _| {
        i32::try_from(n).map_err(|_| out_of_range("integer"))
    });
    registry.unary::<Int8, u32>("oid(int8)", |n, _| {
        u32::try_from(n).map_err(|_| out_of_range("OID"))
    });
    registry.unary::<Bool, i32>("int4(bool)", |b, _| Ok(i32::from(b)));
    registry.unary::<Int4, bool>("bool(int4)", |n, _| Ok(n != 0));
    registry.unary::<Text, i32>("int4(char)", |text, _| {
        Ok(i32::from(scalar::char_byte(text).cast_signed()))
    });
    registry.unary::<Int4, String>("char(int4)", |n, _| match i8::try_from(n) {
        Ok(byte) => Ok(scalar::char_from(byte.cast_unsigned())),
        Err(_) => Err(out_of_range("\"char\"")),
    });
}

/// The nearest whole number, halves to even, or an error outside `low..high`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and within the bounds of i64"
)]
fn whole(value: f64, low: f64, high: f64, name: &str) -> Result<i64, Fault> {
    let rounded = value.round_ties_even();
    if rounded >= low && rounded < high {
        Ok(rounded as i64)
    } else {
        Err(out_of_range(name))
    }
}

fn floats(registry: &mut Registry) {
    const TWO_31: f64 = 2_147_483_648.0;
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    for (source, target) in [
        ("float4", "int2"),
        ("float4", "int4"),
        ("float4", "int8"),
        ("float8", "int2"),
        ("float8", "int4"),
        ("float8", "int8"),
    ] {
        let signature = format!("{target}({source})");
        let convert = move |value: f64| match target {
            "int2" => whole(value, -32_768.0, 32_768.0, "smallint"),
            "int4" => whole(value, -TWO_31, TWO_31, "integer"),
            _ => whole(value, -TWO_63, TWO_63, "bigint"),
        };
        match (source, target) {
            ("float4", "int2") => {
                registry
                    .unary::<Float4, i16>(signature, move |v, _| narrow(convert(f64::from(v))?));
            }
            ("float4", "int4") => {
                registry
                    .unary::<Float4, i32>(signature, move |v, _| narrow(convert(f64::from(v))?));
            }
            ("float4", _) => {
                registry.unary::<Float4, i64>(signature, move |v, _| convert(f64::from(v)));
            }
            (_, "int2") => {
                registry.unary::<Float8, i16>(signature, move |v, _| narrow(convert(v)?));
            }
            (_, "int4") => {
                registry.unary::<Float8, i32>(signature, move |v, _| narrow(convert(v)?));
            }
            _ => registry.unary::<Float8, i64>(signature, move |v, _| convert(v)),
        }
    }
    for source in ["int2", "int4", "int8"] {
        widen(registry, &format!("float4({source})"), types::FLOAT4);
        widen(registry, &format!("float8({source})"), types::FLOAT8);
    }
    widen(registry, "float8(float4)", types::FLOAT8);
    registry.unary::<Float8, f32>("float4(float8)", |value, _| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the nearest float4 is what the cast means; overflow is checked below"
        )]
        let near = value as f32;
        super::number::checked_f32(near, value.is_infinite(), value == 0.0)
    });
}

fn narrow<T: TryFrom<i64>>(value: i64) -> Result<T, Fault> {
    T::try_from(value).map_err(|_| Fault::internal("a checked integer does not fit"))
}

fn numerics(registry: &mut Registry) {
    registry.unary::<Int2, Value>("numeric(int2)", |n, _| Ok(Value(Numeric::from(n))));
    registry.unary::<Int4, Value>("numeric(int4)", |n, _| Ok(Value(Numeric::from(n))));
    registry.unary::<Int8, Value>("numeric(int8)", |n, _| Ok(Value(Numeric::from(n))));
    registry.unary::<Float4, Value>("numeric(float4)", |v, _| Ok(Value(Numeric::from_f32(v))));
    registry.unary::<Float8, Value>("numeric(float8)", |v, _| Ok(Value(Numeric::from_f64(v))));
    registry.unary::<Value, i16>("int2(numeric)", |n, _| n?.to_i16());
    registry.unary::<Value, i32>("int4(numeric)", |n, _| n?.to_i32());
    registry.unary::<Value, i64>("int8(numeric)", |n, _| n?.to_i64());
    registry.unary::<Value, f32>("float4(numeric)", |n, _| n?.to_f32());
    registry.unary::<Value, f64>("float8(numeric)", |n, _| n?.to_f64());
    registry.binary::<Value, Int4, Value>("numeric(numeric,int4)", |n, modifier, _| {
        n?.with_modifier(modifier).map(Value)
    });
}

fn texts(registry: &mut Registry) {
    for signature in [
        "text(name)",
        "text(char)",
        "varchar(name)",
        "bpchar(name)",
        "bpchar(char)",
    ] {
        registry.expression(signature, |mut arguments: Vec<Expr>| {
            arguments.pop().unwrap_or_default()
        });
    }
    registry.unary::<Text, String>("text(bpchar)", |s, _| {
        Ok(s.trim_end_matches(' ').to_owned())
    });
    registry.unary::<Bool, String>("text(bool)", |b, _| {
        Ok(String::from(if b { "true" } else { "false" }))
    });
    for signature in ["name(text)", "name(varchar)"] {
        registry.unary::<Text, String>(signature, |s, _| Ok(scalar::name(s).to_owned()));
    }
    registry.unary::<Text, String>("name(bpchar)", |s, _| {
        Ok(scalar::name(s.trim_end_matches(' ')).to_owned())
    });
    registry.unary::<Text, String>("char(text)", |s, _| Ok(scalar::char_of(s)));
}

/// Length coercions: a modifier, and whether a cast was written.
fn lengths(registry: &mut Registry) {
    for (signature, padded) in [
        ("varchar(varchar,int4,bool)", false),
        ("bpchar(bpchar,int4,bool)", true),
    ] {
        registry.ternary::<Text, Int4, Bool, String>(
            signature,
            move |text, modifier, explicit, _| {
                let fitted = scalar::with_length(text, modifier, padded, explicit)?;
                Ok(fitted.unwrap_or_else(|| text.to_owned()))
            },
        );
    }
    registry.binary::<Time, Int4, i64>("time(time,int4)", |at, modifier, _| {
        Ok(datetime::round_time(at, modifier))
    });
    registry.binary::<Fixed, Int4, [u8; 12]>("timetz(timetz,int4)", |at, modifier, _| {
        let (micros, west) = split_timetz(at)?;
        Ok(join_timetz(datetime::round_time(micros, modifier), west))
    });
    for signature in ["timestamp(timestamp,int4)", "timestamptz(timestamptz,int4)"] {
        registry.binary::<Timestamp, Int4, i64>(signature, |at, modifier, _| {
            Ok(datetime::round_timestamp(at, modifier))
        });
    }
    registry.kernel("interval(interval,int4)", |call| {
        let (spans, modifiers) = (call.input::<IntervalInput>(0)?, call.input::<Int4>(1)?);
        let rows = (0..call.rows).map(|row| match (spans.at(row), modifiers.at(row)) {
            (Some(span), Some(modifier)) => {
                let kept = interval::with_modifier(Interval::from_arrow(span), modifier);
                Ok(Some(kept.to_arrow()))
            }
            _ => Ok(None),
        });
        Output::collect(rows, call.rows, call.storage)
    });
}

fn times(registry: &mut Registry) {
    let local = |at: i64, context: &Context| match at {
        datetime::INFINITY | datetime::NEGATIVE_INFINITY => at,
        _ => style(context).zone.local(at),
    };
    registry.unary::<Timestamp, i32>("date(timestamp)", |at, _| day(at));
    registry.unary::<Timestamp, i32>("date(timestamptz)", move |at, context| {
        day(local(at, context))
    });
    registry.unary::<Date, i64>("timestamp(date)", |date, _| midnight(date));
    registry.unary::<Date, i64>("timestamptz(date)", |date, context| {
        in_utc(midnight(date)?, context).map_err(|_| {
            Fault::new(
                SqlState::DATETIME_FIELD_OVERFLOW,
                "date out of range for timestamp",
            )
        })
    });
    registry.unary::<Timestamp, i64>("timestamp(timestamptz)", move |at, context| {
        Ok(local(at, context))
    });
    registry.unary::<Timestamp, i64>("timestamptz(timestamp)", in_utc);
    registry.unary::<Timestamp, Option<i64>>("time(timestamp)", |at, _| Ok(clock(at)));
    registry.unary::<Timestamp, Option<i64>>("time(timestamptz)", move |at, context| {
        Ok(clock(local(at, context)))
    });
    registry.unary::<Fixed, i64>("time(timetz)", |at, _| Ok(split_timetz(at)?.0));
    registry.unary::<IntervalInput, i64>("time(interval)", |span, _| {
        Ok(Interval::from_arrow(span).micros.rem_euclid(DAY))
    });
    registry.kernel("interval(time)", |call| {
        let times = call.input::<Time>(0)?;
        let rows = (0..call.rows).map(|row| {
            let span = times.at(row).map(|micros| Interval {
                micros,
                ..Interval::default()
            });
            Ok(span.map(Interval::to_arrow))
        });
        Output::collect(rows, call.rows, call.storage)
    });
    registry.unary::<Time, [u8; 12]>("timetz(time)", |at, context| {
        let zone = &style(context).zone;
        let (today, _) = datetime::split(zone.local(context.transaction_start));
        Ok(join_timetz(at, -zone.east_at_local(today * DAY + at)))
    });
    registry.unary::<Timestamp, Option<[u8; 12]>>("timetz(timestamptz)", |at, context| {
        let east = style(context).zone.east_at(at);
        let local = at.saturating_add(i64::from(east) * SECOND);
        Ok(clock(at).map(|_| join_timetz(datetime::split(local).1, -east)))
    });
}

fn style(context: &Context) -> &Style {
    &context.settings.style
}

fn day(at: i64) -> Result<i32, Fault> {
    match at {
        datetime::INFINITY => Ok(datetime::DATE_INFINITY),
        datetime::NEGATIVE_INFINITY => Ok(datetime::DATE_NEGATIVE_INFINITY),
        _ => i32::try_from(datetime::split(at).0)
            .map_err(|_| Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "date out of range")),
    }
}

fn midnight(date: i32) -> Result<i64, Fault> {
    match date {
        datetime::DATE_INFINITY => Ok(datetime::INFINITY),
        datetime::DATE_NEGATIVE_INFINITY => Ok(datetime::NEGATIVE_INFINITY),
        _ if i64::from(date) < datetime::TIMESTAMP_END => Ok(i64::from(date) * DAY),
        _ => Err(Fault::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            "date out of range for timestamp",
        )),
    }
}

fn in_utc(local: i64, context: &Context) -> Result<i64, Fault> {
    match local {
        datetime::INFINITY | datetime::NEGATIVE_INFINITY => Ok(local),
        _ => style(context)
            .zone
            .utc(local)
            .filter(|utc| *utc >= datetime::FIRST_DAY * DAY)
            .ok_or_else(|| Fault::new(SqlState::DATETIME_FIELD_OVERFLOW, "timestamp out of range")),
    }
}

/// The time of day; infinity has none.
fn clock(at: i64) -> Option<i64> {
    match at {
        datetime::INFINITY | datetime::NEGATIVE_INFINITY => None,
        _ => Some(datetime::split(at).1),
    }
}

/// `jsonb` to numbers and booleans.
fn documents(registry: &mut Registry) {
    registry.unary::<Text, bool>("bool(jsonb)", |text, _| match json::parse(text)? {
        Json::Bool(value) => Ok(value),
        other => Err(no_cast(&other, "boolean")),
    });
    registry.unary::<Text, Value>("numeric(jsonb)", |text, _| {
        number(text, "numeric").map(Value)
    });
    registry.unary::<Text, i16>("int2(jsonb)", |text, _| number(text, "smallint")?.to_i16());
    registry.unary::<Text, i32>("int4(jsonb)", |text, _| number(text, "integer")?.to_i32());
    registry.unary::<Text, i64>("int8(jsonb)", |text, _| number(text, "bigint")?.to_i64());
    registry.unary::<Text, f32>("float4(jsonb)", |text, _| number(text, "real")?.to_f32());
    registry.unary::<Text, f64>("float8(jsonb)", |text, _| {
        number(text, "double precision")?.to_f64()
    });
}

fn number(text: &str, target: &str) -> Result<Numeric, Fault> {
    match json::parse(text)? {
        Json::Number(value) => Ok(value),
        other => Err(no_cast(&other, target)),
    }
}

fn no_cast(value: &Json, target: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!(
            "cannot cast jsonb {} to type {target}",
            match value.kind() {
                "number" => "numeric",
                kind => kind,
            }
        ),
    )
}
