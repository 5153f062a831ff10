//! Ranges over every built-in subtype.
//!
//! A bound carries the sort key of its value beside its text, so that one code compares bounds of
//! all subtypes.

use std::cmp::Ordering;

use arrow::array::ArrayRef;

use super::broken;
use crate::ident::Oid;
use crate::pg::json::bytes_key;
use crate::pg::key::Keys;
use crate::pg::text::{self, Style, Writer};
use crate::pg::{Fault, SqlState, Type, binary, types};

/// The type of the bounds of a range type.
pub fn subtype(range: Oid) -> Option<Oid> {
    match range.0 {
        3904 => Some(types::INT4),
        3906 => Some(types::NUMERIC),
        3908 => Some(types::TIMESTAMP),
        3910 => Some(types::TIMESTAMPTZ),
        3912 => Some(types::DATE),
        3926 => Some(types::INT8),
        _ => None,
    }
}

/// A value that bounds a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its text in the default style.
    pub text: String,
    /// Whether it is within.
    pub inclusive: bool,
    key: Vec<u8>,
}

/// A range of one of the range types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The range type.
    pub kind: Oid,
    /// Whether it holds nothing; it has no bounds then.
    pub empty: bool,
    /// The lower bound; `None` reaches everything below.
    pub lower: Option<Bound>,
    /// The upper bound.
    pub upper: Option<Bound>,
}

fn subtype_of(range: Oid) -> Result<Oid, Fault> {
    subtype(range).ok_or_else(|| Fault::internal(format!("{range} is no range type")))
}

impl Bound {
    /// A bound that is the value of an array's row.
    pub fn of(values: &ArrayRef, kind: Oid, row: usize, inclusive: bool) -> Result<Self, Fault> {
        let style = Style::default();
        let mut out = Vec::new();
        Writer::new(values.as_ref(), kind, &style, None)?.write(row, &mut out)?;
        let mut key = Vec::new();
        Keys::new(values.as_ref(), kind)?.write(row, &mut key)?;
        Ok(Self {
            text: String::from_utf8(out).map_err(|_| broken("bound"))?,
            inclusive,
            key,
        })
    }

    fn read(
        text: &str,
        kind: Oid,
        inclusive: bool,
        style: &Style,
        now: i64,
    ) -> Result<Self, Fault> {
        let values = text::read(Type::plain(kind), text, style, now)?;
        Self::of(&values, kind, 0, inclusive)
    }

    /// Compares the values alone.
    pub fn cmp_value(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Compares two lower bounds, or two upper ones; `None` is beyond all on its side.
fn cmp_bounds(a: Option<&Bound>, b: Option<&Bound>, lower: bool) -> Ordering {
    let (below, above) = if lower {
        (Ordering::Less, Ordering::Greater)
    } else {
        (Ordering::Greater, Ordering::Less)
    };
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => below,
        (Some(_), None) => above,
        (Some(a), Some(b)) => a
            .cmp_value(b)
            .then_with(|| match (a.inclusive, b.inclusive) {
                (true, false) => below,
                (false, true) => above,
                _ => Ordering::Equal,
            }),
    }
}

/// Compares the upper bound of one range with the lower bound of another.
fn upper_against_lower(upper: Option<&Bound>, lower: Option<&Bound>) -> Ordering {
    match (upper, lower) {
        (None, _) | (_, None) => Ordering::Greater,
        (Some(upper), Some(lower)) => upper.cmp_value(lower).then(
            // At one value they share it only if both hold it.
            if upper.inclusive && lower.inclusive {
                Ordering::Equal
            } else {
                Ordering::Less
            },
        ),
    }
}

impl Range {
    /// The range that holds nothing.
    pub fn nothing(kind: Oid) -> Self {
        Self {
            kind,
            empty: true,
            lower: None,
            upper: None,
        }
    }

    /// A range of bounds, in the canonical form of its type.
    pub fn new(kind: Oid, lower: Option<Bound>, upper: Option<Bound>) -> Result<Self, Fault> {
        if let (Some(low), Some(high)) = (&lower, &upper) {
            match low.cmp_value(high) {
                Ordering::Greater => {
                    return Err(Fault::new(
                        SqlState::DATA_EXCEPTION,
                        "range lower bound must be less than or equal to range upper bound",
                    ));
                }
                Ordering::Equal if !(low.inclusive && high.inclusive) => {
                    return Ok(Self::nothing(kind));
                }
                _ => {}
            }
        }
        let range = Self {
            kind,
            empty: false,
            lower,
            upper,
        };
        range.canonical()
    }

    /// Whole numbers and days: the lower bound within, the upper one not.
    fn canonical(mut self) -> Result<Self, Fault> {
        let kind = subtype_of(self.kind)?;
        if !matches!(kind, types::INT4 | types::INT8 | types::DATE) {
            return Ok(self);
        }
        if let Some(lower) = self.lower.take_if(|lower| !lower.inclusive) {
            self.lower = Some(next(&lower, kind, true)?);
        }
        if let Some(upper) = self.upper.take_if(|upper| upper.inclusive) {
            self.upper = Some(next(&upper, kind, false)?);
        }
        let closed = match (&self.lower, &self.upper) {
            (Some(lower), Some(upper)) => lower.cmp_value(upper).is_ge(),
            _ => false,
        };
        Ok(if closed {
            Self::nothing(self.kind)
        } else {
            self
        })
    }

    /// Reads a literal.
    pub fn read(kind: Oid, text: &str, style: &Style, now: i64) -> Result<Self, Fault> {
        let (range, rest) = Self::read_part(kind, text, style, now)?;
        if rest.trim().is_empty() {
            Ok(range)
        } else {
            Err(malformed(text, "Junk after right parenthesis or bracket."))
        }
    }

    /// Reads a literal at the start of a text; what is left is given back.
    pub(super) fn read_part<'t>(
        kind: Oid,
        text: &'t str,
        style: &Style,
        now: i64,
    ) -> Result<(Self, &'t str), Fault> {
        let sub = subtype_of(kind)?;
        let start = text.trim_start();
        if let Some(word) = start.get(..5)
            && word.eq_ignore_ascii_case("empty")
        {
            let rest = start.get(5..).unwrap_or_default();
            if rest.trim().is_empty() || rest.trim_start().starts_with([',', '}']) {
                return Ok((Self::nothing(kind), rest));
            }
            return Err(malformed(text, "Junk after \"empty\" key word."));
        }
        let mut left = start.chars();
        let lower_inclusive = match left.next() {
            Some('[') => true,
            Some('(') => false,
            _ => return Err(malformed(text, "Missing left parenthesis or bracket.")),
        };
        let (low, rest) = bound_text(left.as_str(), text)?;
        let rest = rest
            .strip_prefix(',')
            .ok_or_else(|| malformed(text, "Missing comma after lower bound."))?;
        let (high, rest) = bound_text(rest, text)?;
        let mut left = rest.chars();
        let upper_inclusive = match left.next() {
            Some(']') => true,
            Some(')') => false,
            _ => return Err(malformed(text, "Too many commas.")),
        };
        let bound = |text: Option<String>, inclusive| {
            text.map(|text| Bound::read(&text, sub, inclusive, style, now))
                .transpose()
        };
        let range = Self::new(
            kind,
            bound(low, lower_inclusive)?,
            bound(high, upper_inclusive)?,
        )?;
        Ok((range, left.as_str()))
    }

    /// The range of a stored text.
    pub fn stored(kind: Oid, text: &str) -> Result<Self, Fault> {
        Self::read(kind, text, &Style::default(), 0)
    }

    /// Rewrites the texts of the bounds in a style.
    pub(super) fn restyle(&mut self, style: &Style) -> Result<(), Fault> {
        let kind = subtype_of(self.kind)?;
        for bound in [&mut self.lower, &mut self.upper].into_iter().flatten() {
            let value = text::read(Type::plain(kind), &bound.text, &Style::default(), 0)?;
            let mut out = Vec::new();
            Writer::new(value.as_ref(), kind, style, None)?.write(0, &mut out)?;
            bound.text = String::from_utf8(out).map_err(|_| broken("bound"))?;
        }
        Ok(())
    }

    /// As printed.
    pub fn text(&self) -> String {
        if self.empty {
            return String::from("empty");
        }
        let inclusive = |bound: &Option<Bound>| bound.as_ref().is_some_and(|bound| bound.inclusive);
        let mut out = String::from(if inclusive(&self.lower) { "[" } else { "(" });
        if let Some(lower) = &self.lower {
            quote(&lower.text, &mut out);
        }
        out.push(',');
        if let Some(upper) = &self.upper {
            quote(&upper.text, &mut out);
        }
        out.push(if inclusive(&self.upper) { ']' } else { ')' });
        out
    }

    pub(super) fn key(&self, out: &mut Vec<u8>) {
        if self.empty {
            out.push(0);
            return;
        }
        out.push(1);
        match &self.lower {
            None => out.push(0),
            Some(lower) => {
                out.push(1);
                bytes_key(&lower.key, out);
                out.push(u8::from(!lower.inclusive));
            }
        }
        match &self.upper {
            None => out.push(2),
            Some(upper) => {
                out.push(1);
                bytes_key(&upper.key, out);
                out.push(u8::from(upper.inclusive));
            }
        }
    }

    pub(super) fn binary(&self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let kind = subtype_of(self.kind)?;
        let set = |bound: &Option<Bound>, inclusive: u8, infinite: u8| match bound {
            Some(bound) => u8::from(bound.inclusive) * inclusive,
            None => infinite,
        };
        if self.empty {
            out.push(1);
            return Ok(());
        }
        out.push(set(&self.lower, 2, 8) | set(&self.upper, 4, 16));
        for bound in [&self.lower, &self.upper].into_iter().flatten() {
            let value = text::read(Type::plain(kind), &bound.text, &Style::default(), 0)?;
            binary::Writer::new(value.as_ref(), kind)?.sized(0, out)?;
        }
        Ok(())
    }

    /// Whether a value, as the sort key of its type, lies within.
    pub fn holds(&self, value: &Bound) -> bool {
        !self.empty
            && self.lower.as_ref().is_none_or(|lower| {
                let order = lower.cmp_value(value);
                order.is_lt() || order.is_eq() && lower.inclusive
            })
            && self.upper.as_ref().is_none_or(|upper| {
                let order = upper.cmp_value(value);
                order.is_gt() || order.is_eq() && upper.inclusive
            })
    }

    /// Compares as `ORDER BY` does.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self.empty, other.empty) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => self.cmp_lower(other).then_with(|| self.cmp_upper(other)),
        }
    }

    /// Compares lower bounds.
    pub fn cmp_lower(&self, other: &Self) -> Ordering {
        cmp_bounds(self.lower.as_ref(), other.lower.as_ref(), true)
    }

    /// Compares upper bounds.
    pub fn cmp_upper(&self, other: &Self) -> Ordering {
        cmp_bounds(self.upper.as_ref(), other.upper.as_ref(), false)
    }

    /// `@>`
    pub fn contains(&self, other: &Self) -> bool {
        other.empty || !self.empty && self.cmp_lower(other).is_le() && self.cmp_upper(other).is_ge()
    }

    /// `<<`
    pub fn before(&self, other: &Self) -> bool {
        !self.empty
            && !other.empty
            && upper_against_lower(self.upper.as_ref(), other.lower.as_ref()).is_lt()
    }

    /// `&&`
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.empty && !other.empty && !self.before(other) && !other.before(self)
    }

    /// `&<`
    pub fn not_right_of(&self, other: &Self) -> bool {
        !self.empty && !other.empty && self.cmp_upper(other).is_le()
    }

    /// `&>`
    pub fn not_left_of(&self, other: &Self) -> bool {
        !self.empty && !other.empty && self.cmp_lower(other).is_ge()
    }

    /// `-|-`
    pub fn adjacent(&self, other: &Self) -> bool {
        !self.empty && !other.empty && (self.touches(other) || other.touches(self))
    }

    /// Whether the other begins exactly where this one ends.
    fn touches(&self, other: &Self) -> bool {
        match (&self.upper, &other.lower) {
            (Some(upper), Some(lower)) => {
                upper.cmp_value(lower).is_eq() && upper.inclusive != lower.inclusive
            }
            _ => false,
        }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        if self.empty {
            return other.clone();
        }
        if other.empty {
            return self.clone();
        }
        let lower = if self.cmp_lower(other).is_le() {
            &self.lower
        } else {
            &other.lower
        };
        let upper = if self.cmp_upper(other).is_ge() {
            &self.upper
        } else {
            &other.upper
        };
        Self {
            kind: self.kind,
            empty: false,
            lower: lower.clone(),
            upper: upper.clone(),
        }
    }

    /// `+`, which has to be one range.
    pub fn union(&self, other: &Self) -> Result<Self, Fault> {
        if !self.empty && !other.empty && !self.overlaps(other) && !self.adjacent(other) {
            return Err(Fault::new(
                SqlState::DATA_EXCEPTION,
                "result of range union would not be contiguous",
            ));
        }
        Ok(self.merge(other))
    }

    /// `*`
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        if !self.overlaps(other) {
            return Self::nothing(self.kind);
        }
        let lower = if self.cmp_lower(other).is_ge() {
            &self.lower
        } else {
            &other.lower
        };
        let upper = if self.cmp_upper(other).is_le() {
            &self.upper
        } else {
            &other.upper
        };
        Self {
            kind: self.kind,
            empty: false,
            lower: lower.clone(),
            upper: upper.clone(),
        }
    }

    /// What is left of this without the other, in order.
    pub fn minus(&self, other: &Self) -> Result<Vec<Self>, Fault> {
        if !self.overlaps(other) {
            return Ok(if self.empty {
                Vec::new()
            } else {
                vec![self.clone()]
            });
        }
        let turned = |bound: &Option<Bound>| {
            bound.clone().map(|bound| Bound {
                inclusive: !bound.inclusive,
                ..bound
            })
        };
        let mut left = Vec::new();
        if self.cmp_lower(other).is_lt() {
            left.push(Self::new(
                self.kind,
                self.lower.clone(),
                turned(&other.lower),
            )?);
        }
        if self.cmp_upper(other).is_gt() {
            left.push(Self::new(
                self.kind,
                turned(&other.upper),
                self.upper.clone(),
            )?);
        }
        left.retain(|range| !range.empty);
        Ok(left)
    }
}

/// The value after a bound's, as a bound of the other inclusiveness.
fn next(bound: &Bound, kind: Oid, inclusive: bool) -> Result<Bound, Fault> {
    let style = Style::default();
    let beyond = |what: &str| {
        Fault::new(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            format!("{what} out of range"),
        )
    };
    let text = match kind {
        types::INT4 => {
            let value: i32 = bound.text.parse().map_err(|_| broken("bound"))?;
            let next = value.checked_add(1).ok_or_else(|| beyond("integer"))?;
            next.to_string()
        }
        types::INT8 => {
            let value: i64 = bound.text.parse().map_err(|_| broken("bound"))?;
            let next = value.checked_add(1).ok_or_else(|| beyond("bigint"))?;
            next.to_string()
        }
        _ if bound.text.ends_with("infinity") => {
            return Ok(bound.clone());
        }
        _ => {
            let value = text::read(Type::plain(kind), &bound.text, &style, 0)?;
            let day =
                arrow::array::AsArray::as_primitive_opt::<arrow::datatypes::Date32Type>(&value)
                    .map(|days| days.value(0))
                    .ok_or_else(|| broken("bound"))?;
            let mut out = Vec::new();
            crate::pg::datetime::write::date(day.saturating_add(1), &style, &mut out);
            String::from_utf8(out).map_err(|_| broken("bound"))?
        }
    };
    Bound::read(&text, kind, inclusive, &style, 0)
}

/// The text of a bound, unquoted; `None` for none.
fn bound_text<'t>(text: &'t str, whole: &str) -> Result<(Option<String>, &'t str), Fault> {
    if text.starts_with([',', ')', ']']) {
        return Ok((None, text));
    }
    let (mut out, mut quoted) = (String::new(), false);
    let mut left = text.chars();
    loop {
        let rest = left.as_str();
        match left.next() {
            None => return Err(malformed(whole, "Unexpected end of input.")),
            Some('\\') => match left.next() {
                Some(c) => out.push(c),
                None => return Err(malformed(whole, "Unexpected end of input.")),
            },
            Some('"') if quoted && left.as_str().starts_with('"') => {
                left.next();
                out.push('"');
            }
            Some('"') => quoted = !quoted,
            Some(',' | ')' | ']') if !quoted => return Ok((Some(out), rest)),
            Some(c) => out.push(c),
        }
    }
}

fn quote(text: &str, out: &mut String) {
    let special =
        |c: char| matches!(c, '"' | '\\' | '(' | ')' | '[' | ']' | ',') || c.is_ascii_whitespace();
    if !text.is_empty() && !text.contains(special) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}

fn malformed(text: &str, detail: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("malformed range literal: \"{text}\""),
    )
    .detail(detail)
}
