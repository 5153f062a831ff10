//! Numbers: operators and comparisons of every width, and the functions of manual 9.3.

mod degrees;
mod float;
mod mathematics;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, Operator, binary_expr};

pub(super) use float::checked_f32;

use super::call::{Int2, Int4, Int8};
use super::key::sort_key;
use super::numbers::Value;
use super::registry::{Registry, cast_constant};
use crate::ident::Oid;
use crate::pg::numeric::{Numeric, division_by_zero};
use crate::pg::{Fault, SqlState, Type, types};

/// Suffix of a comparison function, and DataFusion's operator for it.
const COMPARISONS: [(&str, Operator); 6] = [
    ("eq", Operator::Eq),
    ("ne", Operator::NotEq),
    ("lt", Operator::Lt),
    ("le", Operator::LtEq),
    ("gt", Operator::Gt),
    ("ge", Operator::GtEq),
];

/// Registers every number function.
pub(crate) fn register(registry: &mut Registry) {
    comparisons(registry);
    integers(registry);
    bits(registry);
    numerics(registry);
    float::register(registry);
    mathematics::register(registry);
    degrees::register(registry);
}

fn out_of_range(name: &str) -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("{name} out of range"),
    )
}

/// Registers DataFusion's operator between two arguments, both in the wider of their types.
fn compared(registry: &mut Registry, signature: String, operator: Operator, wider: DataType) {
    registry.expression(signature, move |arguments| {
        let mut sides = arguments
            .into_iter()
            .map(|argument| cast_constant(argument, &wider));
        let (left, right) = (sides.next(), sides.next());
        binary_expr(
            left.unwrap_or_default(),
            operator,
            right.unwrap_or_default(),
        )
    });
}

fn comparisons(registry: &mut Registry) {
    let widths = [("2", "int2"), ("4", "int4"), ("8", "int8")];
    for (suffix, operator) in COMPARISONS {
        for (at, (left_digit, left)) in widths.iter().enumerate() {
            registry.infix(format!("{left}{suffix}({left},{left})"), operator);
            for (other, (right_digit, right)) in widths.iter().enumerate() {
                if at == other {
                    continue;
                }
                let wider = match at.max(other) {
                    1 => DataType::Int32,
                    _ => DataType::Int64,
                };
                let signature = format!("int{left_digit}{right_digit}{suffix}({left},{right})");
                compared(registry, signature, operator, wider);
            }
        }
        registry.infix(format!("bool{suffix}(bool,bool)"), operator);
        registry.infix(format!("oid{suffix}(oid,oid)"), operator);
        registry.infix(format!("uuid_{suffix}(uuid,uuid)"), operator);
        registry.infix(format!("xid8{suffix}(xid8,xid8)"), operator);
        keyed(
            registry,
            format!("numeric_{suffix}(numeric,numeric)"),
            operator,
            types::NUMERIC,
        );
        keyed(
            registry,
            format!("float4{suffix}(float4,float4)"),
            operator,
            types::FLOAT4,
        );
        for signature in [
            format!("float8{suffix}(float8,float8)"),
            format!("float48{suffix}(float4,float8)"),
            format!("float84{suffix}(float8,float4)"),
        ] {
            keyed(registry, signature, operator, types::FLOAT8);
        }
    }
    registry.infix("cideq(cid,cid)", Operator::Eq);
    registry.infix("xideq(xid,xid)", Operator::Eq);
    registry.infix("xidneq(xid,xid)", Operator::NotEq);
    compared(
        registry,
        String::from("xideqint4(xid,int4)"),
        Operator::Eq,
        DataType::Int64,
    );
    compared(
        registry,
        String::from("xidneqint4(xid,int4)"),
        Operator::NotEq,
        DataType::Int64,
    );
}

/// Registers an operator between the sort keys of the arguments.
fn keyed(registry: &mut Registry, signature: String, operator: Operator, kind: Oid) {
    registry.expression(signature, move |arguments| {
        let mut sides = arguments.into_iter().map(|argument: Expr| {
            let argument = if kind == types::FLOAT8 {
                cast_constant(argument, &DataType::Float64)
            } else {
                argument
            };
            match sort_key(Type::plain(kind)) {
                Some(key) => key.call(vec![argument]),
                None => argument,
            }
        });
        let (left, right) = (sides.next(), sides.next());
        binary_expr(
            left.unwrap_or_default(),
            operator,
            right.unwrap_or_default(),
        )
    });
}

/// The four operations between two integer types, in the wider one, and their order.
macro_rules! arithmetic {
    ($registry:expr; $($prefix:literal $left:ident $right:ident $wide:ty, $name:literal);* $(;)?) => {
        $({
            let kinds = concat!("(", stringify!($left), ",", stringify!($right), ")");
            let kinds = kinds.to_ascii_lowercase();
            let range = || out_of_range($name);
            $registry.binary::<$left, $right, i32>(
                format!("bt{}cmp{kinds}", $prefix),
                |a, b, _| Ok(<$wide>::from(a).cmp(&<$wide>::from(b)) as i32),
            );
            $registry.binary::<$left, $right, $wide>(
                format!("{}pl{kinds}", $prefix),
                move |a, b, _| <$wide>::from(a).checked_add(<$wide>::from(b)).ok_or_else(range),
            );
            $registry.binary::<$left, $right, $wide>(
                format!("{}mi{kinds}", $prefix),
                move |a, b, _| <$wide>::from(a).checked_sub(<$wide>::from(b)).ok_or_else(range),
            );
            $registry.binary::<$left, $right, $wide>(
                format!("{}mul{kinds}", $prefix),
                move |a, b, _| <$wide>::from(a).checked_mul(<$wide>::from(b)).ok_or_else(range),
            );
            $registry.binary::<$left, $right, $wide>(
                format!("{}div{kinds}", $prefix),
                move |a, b, _| {
                    if b == 0 {
                        return Err(division_by_zero());
                    }
                    <$wide>::from(a).checked_div(<$wide>::from(b)).ok_or_else(range)
                },
            );
        })*
    };
}

/// What one integer type has of its own.
macro_rules! alone {
    ($registry:expr; $($prefix:literal $kind:ident $native:ty, $name:literal);* $(;)?) => {
        $({
            let range = || out_of_range($name);
            for name in ["mod", concat!($prefix, "mod")] {
                $registry.binary::<$kind, $kind, $native>(
                    format!("{name}({0},{0})", $prefix),
                    |a, b, _| if b == 0 { Err(division_by_zero()) } else { Ok(a.wrapping_rem(b)) },
                );
            }
            $registry.unary::<$kind, $native>(
                concat!($prefix, "um(", $prefix, ")"),
                move |a, _| a.checked_neg().ok_or_else(range),
            );
            $registry.unary::<$kind, $native>(
                concat!($prefix, "up(", $prefix, ")"),
                |a, _| Ok(a),
            );
            for name in ["abs", concat!($prefix, "abs")] {
                $registry.unary::<$kind, $native>(
                    format!("{name}({})", $prefix),
                    move |a, _| a.checked_abs().ok_or_else(range),
                );
            }
            for (name, larger) in [("larger", true), ("smaller", false)] {
                $registry.binary::<$kind, $kind, $native>(
                    format!("{0}{name}({0},{0})", $prefix),
                    move |a, b, _| Ok(if larger { a.max(b) } else { a.min(b) }),
                );
            }
            $registry.binary::<$kind, $kind, $native>(
                format!("{0}and({0},{0})", $prefix),
                |a, b, _| Ok(a & b),
            );
            $registry.binary::<$kind, $kind, $native>(
                format!("{0}or({0},{0})", $prefix),
                |a, b, _| Ok(a | b),
            );
            $registry.binary::<$kind, $kind, $native>(
                format!("{0}xor({0},{0})", $prefix),
                |a, b, _| Ok(a ^ b),
            );
            $registry.unary::<$kind, $native>(format!("{0}not({0})", $prefix), |a, _| Ok(!a));
        })*
    };
}

fn integers(registry: &mut Registry) {
    arithmetic! { registry;
        "int2" Int2 Int2 i16, "smallint";
        "int24" Int2 Int4 i32, "integer";
        "int28" Int2 Int8 i64, "bigint";
        "int42" Int4 Int2 i32, "integer";
        "int4" Int4 Int4 i32, "integer";
        "int48" Int4 Int8 i64, "bigint";
        "int82" Int8 Int2 i64, "bigint";
        "int84" Int8 Int4 i64, "bigint";
        "int8" Int8 Int8 i64, "bigint";
    }
    alone! { registry;
        "int2" Int2 i16, "smallint";
        "int4" Int4 i32, "integer";
        "int8" Int8 i64, "bigint";
    }
}

/// Shifts go by the low bits of the distance, as the machine does.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a shift of a short drops the bits that leave it"
)]
fn bits(registry: &mut Registry) {
    let distance = i32::cast_unsigned;
    registry.binary::<Int2, Int4, i16>("int2shl(int2,int4)", move |a, b, _| {
        Ok(i32::from(a).wrapping_shl(distance(b)) as i16)
    });
    registry.binary::<Int2, Int4, i16>("int2shr(int2,int4)", move |a, b, _| {
        Ok(i32::from(a).wrapping_shr(distance(b)) as i16)
    });
    registry.binary::<Int4, Int4, i32>("int4shl(int4,int4)", move |a, b, _| {
        Ok(a.wrapping_shl(distance(b)))
    });
    registry.binary::<Int4, Int4, i32>("int4shr(int4,int4)", move |a, b, _| {
        Ok(a.wrapping_shr(distance(b)))
    });
    registry.binary::<Int8, Int4, i64>("int8shl(int8,int4)", move |a, b, _| {
        Ok(a.wrapping_shl(distance(b)))
    });
    registry.binary::<Int8, Int4, i64>("int8shr(int8,int4)", move |a, b, _| {
        Ok(a.wrapping_shr(distance(b)))
    });
}

type Binary = fn(&Numeric, &Numeric) -> Result<Numeric, Fault>;
type Unary = fn(&Numeric) -> Result<Numeric, Fault>;

#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
fn numerics(registry: &mut Registry) {
    let two: [(&[&str], Binary); 9] = [
        (&["numeric_add"], Numeric::add),
        (&["numeric_sub"], Numeric::sub),
        (&["numeric_mul"], Numeric::mul),
        (&["numeric_div"], Numeric::div),
        (&["numeric_mod", "mod"], Numeric::rem),
        (&["numeric_div_trunc", "div"], Numeric::div_trunc),
        (&["numeric_power", "power", "pow"], Numeric::power),
        (&["gcd"], Numeric::gcd),
        (&["lcm"], Numeric::lcm),
    ];
    for (names, apply) in two {
        for name in names {
            registry.binary::<Value, Value, Value>(
                format!("{name}(numeric,numeric)"),
                move |a, b, _| apply(&a?, &b?).map(Value),
            );
        }
    }
    for name in ["numeric_log", "log"] {
        registry
            .binary::<Value, Value, Value>(format!("{name}(numeric,numeric)"), |base, value, _| {
                value?.log(&base?).map(Value)
            });
    }
    let one: [(&[&str], Unary); 14] = [
        (&["numeric_uminus"], |a| Ok(a.neg())),
        (&["numeric_uplus"], |a| Ok(a.clone())),
        (&["numeric_abs", "abs"], |a| Ok(a.abs())),
        (&["sign"], |a| Ok(a.sign())),
        (&["ceil", "ceiling"], Numeric::ceil),
        (&["floor"], Numeric::floor),
        (&["round"], |a| a.round(0)),
        (&["trunc"], |a| a.trunc(0)),
        (&["sqrt", "numeric_sqrt"], Numeric::sqrt),
        (&["exp", "numeric_exp"], Numeric::exp),
        (&["ln", "numeric_ln"], Numeric::ln),
        (&["log", "log10"], Numeric::log10),
        (&["trim_scale"], |a| Ok(a.trim_scale())),
        (&["numeric_inc"], |a| a.add(&Numeric::ONE)),
    ];
    for (names, apply) in one {
        for name in names {
            registry.unary::<Value, Value>(format!("{name}(numeric)"), move |a, _| {
                apply(&a?).map(Value)
            });
        }
    }
    registry.binary::<Value, Int4, Value>("round(numeric,int4)", |a, places, _| {
        a?.round(places.min(16_383)).map(Value)
    });
    registry.binary::<Value, Int4, Value>("trunc(numeric,int4)", |a, places, _| {
        a?.trunc(places.min(16_383)).map(Value)
    });
    registry.unary::<Value, Option<i32>>("scale(numeric)", |a, _| {
        Ok(match a? {
            Numeric::Finite(value) => Some(i32::from(value.scale())),
            _ => None,
        })
    });
    registry.unary::<Value, Option<i32>>("min_scale(numeric)", |a, _| {
        Ok(a?.min_scale().and_then(|scale| i32::try_from(scale).ok()))
    });
    registry.binary::<Value, Value, i32>("numeric_cmp(numeric,numeric)", |a, b, _| {
        Ok(a?.cmp(&b?) as i32)
    });
    for (name, larger) in [("numeric_larger", true), ("numeric_smaller", false)] {
        registry.binary::<Value, Value, Value>(
            format!("{name}(numeric,numeric)"),
            move |a, b, _| {
                let (a, b) = (a?, b?);
                // Of equal values the second is the answer, and its scale shows.
                let first = if larger { a > b } else { a < b };
                Ok(Value(if first { a } else { b }))
            },
        );
    }
    registry.unary::<Int8, Value>("factorial(int8)", |n, _| Numeric::factorial(n).map(Value));
}
