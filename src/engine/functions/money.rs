//! `money` and `pg_lsn`: arithmetic and casts.

use super::call::{Float4, Float8, Input, Int2, Int4, Int8, Text};
use super::numbers::Value;
use super::registry::Registry;
use crate::pg::numeric::{Numeric, division_by_zero};
use crate::pg::printed::money::{beyond, stored, text};
use crate::pg::printed::{lsn, lsn_text};
use crate::pg::{Fault, SqlState};

/// Registers what is done with money and with log positions.
pub(crate) fn register(registry: &mut Registry) {
    casts(registry);
    registry.binary::<Text, Text, String>("cash_pl(money,money)", |a, b, _| {
        sum(stored(a)?, stored(b)?)
    });
    registry.binary::<Text, Text, String>("cash_mi(money,money)", |a, b, _| {
        let difference = stored(a)?.checked_sub(stored(b)?);
        difference.map(text).ok_or_else(beyond)
    });
    registry.binary::<Text, Text, f64>("cash_div_cash(money,money)", |a, b, _| {
        let (a, b) = (stored(a)?, stored(b)?);
        if b == 0 {
            return Err(division_by_zero());
        }
        Ok(float(a) / float(b))
    });
    by_integer::<Int2>(registry, "int2");
    by_integer::<Int4>(registry, "int4");
    by_integer::<Int8>(registry, "int8");
    by_float::<Float4>(registry, "float4", "flt4");
    by_float::<Float8>(registry, "float8", "flt8");
    registry.unary::<Text, String>("cash_words(money)", |a, _| Ok(words(stored(a)?)));
    positions(registry);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "PostgreSQL computes with the nearest float too"
)]
fn float(value: i64) -> f64 {
    value as f64
}

/// The sum of two stored amounts.
pub(super) fn sum_of(a: &str, b: &str) -> Result<String, Fault> {
    sum(stored(a)?, stored(b)?)
}

fn sum(a: i64, b: i64) -> Result<String, Fault> {
    a.checked_add(b).map(text).ok_or_else(beyond)
}

/// The nearest amount, halves to even.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and within 64 bits"
)]
fn nearest(value: f64) -> Result<String, Fault> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    let rounded = value.round_ties_even();
    if (-TWO_63..TWO_63).contains(&rounded) {
        Ok(text(rounded as i64))
    } else {
        Err(beyond())
    }
}

fn casts(registry: &mut Registry) {
    let amount = |value: i64| value.checked_mul(100).map(text);
    registry.unary::<Int4, String>("money(int4)", move |value, _| {
        amount(value.into()).ok_or_else(beyond)
    });
    registry.unary::<Int8, String>("money(int8)", move |value, _| {
        amount(value)
            .ok_or_else(|| Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range"))
    });
    registry.unary::<Value, String>("money(numeric)", |value, _| {
        let hundredths = value?.mul(&Numeric::from(100))?;
        Ok(text(hundredths.round(0)?.to_i64()?))
    });
    registry.unary::<Text, Value>("numeric(money)", |a, _| {
        Ok(Value(Numeric::from_unscaled(stored(a)?.into(), 2)))
    });
}

fn by_integer<I>(registry: &mut Registry, kind: &str)
where
    I: Input + 'static,
    for<'a> I::Value<'a>: Into<i64>,
{
    let times =
        |amount: &str, by: i64| stored(amount)?.checked_mul(by).map(text).ok_or_else(beyond);
    registry
        .binary::<Text, I, String>(format!("cash_mul_{kind}(money,{kind})"), move |a, by, _| {
            times(a, by.into())
        });
    registry
        .binary::<I, Text, String>(format!("{kind}_mul_cash({kind},money)"), move |by, a, _| {
            times(a, by.into())
        });
    registry.binary::<Text, I, String>(
        format!("cash_div_{kind}(money,{kind})"),
        |a, by, _| match by.into() {
            0 => Err(division_by_zero()),
            by => stored(a)?.checked_div(by).map(text).ok_or_else(beyond),
        },
    );
}

fn by_float<F>(registry: &mut Registry, kind: &str, name: &str)
where
    F: Input + 'static,
    for<'a> F::Value<'a>: Into<f64>,
{
    registry.binary::<Text, F, String>(format!("cash_mul_{name}(money,{kind})"), |a, by, _| {
        nearest(float(stored(a)?) * by.into())
    });
    registry.binary::<F, Text, String>(format!("{name}_mul_cash({kind},money)"), |by, a, _| {
        nearest(float(stored(a)?) * by.into())
    });
    registry.binary::<Text, F, String>(format!("cash_div_{name}(money,{kind})"), |a, by, _| {
        let by: f64 = by.into();
        if by == 0.0 {
            return Err(division_by_zero());
        }
        nearest(float(stored(a)?) / by)
    });
}

/// A number below 1000 in words.
fn small(value: u64) -> String {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = [
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let word = |table: &[&'static str], at: u64| {
        let at = usize::try_from(at).unwrap_or(0);
        table.get(at).copied().unwrap_or_default()
    };
    let below_hundred = |value: u64| match (value / 10, value % 10) {
        (0 | 1, _) => word(&ONES, value).to_owned(),
        (tens, 0) => word(&TENS, tens).to_owned(),
        (tens, ones) => format!("{} {}", word(&TENS, tens), word(&ONES, ones)),
    };
    let (hundreds, rest) = (value / 100, value % 100);
    match (hundreds, rest) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{} hundred", word(&ONES, hundreds)),
        (hundreds, 1..=9) => {
            format!(
                "{} hundred and {}",
                word(&ONES, hundreds),
                below_hundred(rest)
            )
        }
        (hundreds, rest) => format!("{} hundred {}", word(&ONES, hundreds), below_hundred(rest)),
    }
}

/// An amount in English words.
fn words(amount: i64) -> String {
    let size = amount.unsigned_abs();
    let (dollars, cents) = (size / 100, size % 100);
    let mut out = String::from(if amount < 0 { "minus " } else { "" });
    let scales = [
        (1_000_000_000_000_000, "quadrillion"),
        (1_000_000_000_000, "trillion"),
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
        (1_000, "thousand"),
    ];
    for (scale, name) in scales {
        let part = dollars / scale % 1000;
        if part > 0 {
            out.push_str(&format!("{} {name} ", small(part)));
        }
    }
    if dollars == 0 {
        out.push_str("zero");
    } else if dollars % 1000 > 0 {
        out.push_str(&small(dollars % 1000));
    }
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let whole = out.trim_end();
    let text = format!(
        "{whole} dollar{} and {} cent{}",
        plural(dollars),
        small(cents),
        plural(cents)
    );
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}

/// The log position of a number.
fn position_at(at: &Numeric) -> Result<String, Fault> {
    let mut digits = String::new();
    at.round(0)?.write(&mut digits);
    digits
        .parse()
        .map(lsn_text)
        .map_err(|_| Fault::new(SqlState::INVALID_PARAMETER_VALUE, "pg_lsn out of range"))
}

fn positions(registry: &mut Registry) {
    for name in ["pg_lsn_mi", "pg_wal_lsn_diff"] {
        registry.binary::<Text, Text, Value>(format!("{name}(pg_lsn,pg_lsn)"), |a, b, _| {
            let difference = i128::from(lsn(a)?) - i128::from(lsn(b)?);
            Numeric::parse(&difference.to_string()).map(Value)
        });
    }
    registry.unary::<Value, String>("pg_lsn(numeric)", |at, _| {
        let at = at?;
        let what = match at {
            Numeric::Finite(_) => return position_at(&at),
            Numeric::NaN => "NaN",
            _ => "infinity",
        };
        Err(Fault::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("cannot convert {what} to pg_lsn"),
        ))
    });
    let moved = |a: &str, by: &Numeric, forward: bool| -> Result<String, Fault> {
        let what = match by {
            Numeric::Finite(_) => None,
            Numeric::NaN if forward => Some("add NaN to pg_lsn"),
            Numeric::NaN => Some("subtract NaN from pg_lsn"),
            _ => Some("convert infinity to pg_lsn"),
        };
        if let Some(what) = what {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("cannot {what}"),
            ));
        }
        let at = Numeric::parse(&lsn(a)?.to_string())?;
        let to = if forward { at.add(by)? } else { at.sub(by)? };
        position_at(&to)
    };
    registry.binary::<Text, Value, String>("pg_lsn_pli(pg_lsn,numeric)", move |a, by, _| {
        moved(a, &by?, true)
    });
    registry.binary::<Value, Text, String>("numeric_pl_pg_lsn(numeric,pg_lsn)", move |by, a, _| {
        moved(a, &by?, true)
    });
    registry.binary::<Text, Value, String>("pg_lsn_mii(pg_lsn,numeric)", move |a, by, _| {
        moved(a, &by?, false)
    });
}
