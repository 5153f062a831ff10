//! Making text of values: `concat`, `format`, quoting, `||` of text with anything.

use arrow::array::{Array, ArrayRef};

use super::call::{Call, Elements, Output, Text};
use super::registry::Registry;
use super::system::format_reg;
use super::text::{RESULT_BYTES, count, joined, too_large};
use crate::ident::Oid;
use crate::pg::array::Arrays;
use crate::pg::keywords::quote_ident;
use crate::pg::quote::quote_literal;
use crate::pg::text::{Writer, scalar};
use crate::pg::{Fault, SqlState, types};

/// Registers what makes text of values.
pub(crate) fn register(registry: &mut Registry) {
    registry.kernel("concat(any)", |call| {
        texts(call, |values, row| {
            if values.no_array(row) {
                return Ok(None);
            }
            let mut out = String::new();
            for at in 0..values.len(row) {
                out.push_str(&values.text(at, row)?.unwrap_or_default());
            }
            bounded(out).map(Some)
        })
    });
    registry.kernel("concat_ws(text,any)", |call| {
        texts(call, |values, row| {
            let Some(separator) = values.text(0, row)?.filter(|_| !values.no_array(row)) else {
                return Ok(None);
            };
            let mut parts = Vec::new();
            for at in 1..values.len(row) {
                parts.extend(values.text(at, row)?);
            }
            bounded(parts.join(&separator)).map(Some)
        })
    });
    for signature in ["format(text)", "format(text,any)"] {
        registry.kernel(signature, |call| {
            texts(call, |values, row| match values.text(0, row)? {
                Some(template) => format(&template, values, row).and_then(bounded).map(Some),
                None => Ok(None),
            })
        });
    }
    for signature in [
        "textanycat(text,anynonarray)",
        "anytextcat(anynonarray,text)",
    ] {
        registry.kernel(signature, |call| {
            texts(call, |values, row| {
                match (values.cast_text(0, row)?, values.cast_text(1, row)?) {
                    (Some(a), Some(b)) => joined(&a, &b).map(Some),
                    _ => Ok(None),
                }
            })
        });
    }
    counts(registry);
    registry.unary::<Text, String>("quote_ident(text)", |s, _| Ok(quote_ident(s).into_owned()));
    for kind in ["text", "anyelement"] {
        registry.kernel(format!("quote_literal({kind})"), |call| {
            texts(call, |values, row| {
                Ok(values.cast_text(0, row)?.map(|text| quote_literal(&text)))
            })
        });
        registry.kernel(format!("quote_nullable({kind})"), |call| {
            texts(call, |values, row| {
                let text = values.cast_text(0, row)?;
                Ok(Some(text.map_or_else(
                    || String::from("NULL"),
                    |text| quote_literal(&text),
                )))
            })
        });
    }
    registry.binary::<Text, super::call::Bool, Elements<String>>(
        "parse_ident(text,bool)",
        |text, strict, _| parse_ident(text, strict),
    );
}

fn counts(registry: &mut Registry) {
    for (name, nulls) in [("num_nulls", true), ("num_nonnulls", false)] {
        registry.kernel(format!("{name}(any)"), move |call| {
            let values = Values::of(call)?;
            let rows = (0..call.rows).map(|row| {
                if values.no_array(row) {
                    return Ok(None);
                }
                let counted = (0..values.len(row)).filter(|at| values.null(*at, row) == nulls);
                count(counted.count()).map(Some)
            });
            i32::collect(rows, call.rows, call.storage)
        });
    }
}

fn bounded(text: String) -> Result<String, Fault> {
    if text.len() > RESULT_BYTES {
        return Err(too_large());
    }
    Ok(text)
}

/// The arguments of a call, readable as text.
pub(super) struct Values<'a> {
    call: &'a Call<'a>,
    arrays: Vec<(ArrayRef, bool)>,
}

impl<'a> Values<'a> {
    fn of(call: &'a Call<'a>) -> Result<Self, Fault> {
        let arrays = (0..call.values.len())
            .map(|at| call.array(at))
            .collect::<Result<_, _>>()?;
        Ok(Self { call, arrays })
    }

    /// Whether an argument is NULL.
    fn null(&self, at: usize, row: usize) -> bool {
        let last = self.arrays.len().saturating_sub(1);
        match (self.elements(row), self.arrays.get(at)) {
            (Some(elements), _) if at >= last => elements.is_null(at - last),
            (_, Some((array, constant))) => array.is_null(if *constant { 0 } else { row }),
            _ => true,
        }
    }

    /// How many arguments a row has: a NULL array of arguments stands for none.
    fn len(&self, row: usize) -> usize {
        match self.elements(row) {
            Some(elements) => self.arrays.len() - 1 + elements.len(),
            None if self.call.spread => self.arrays.len() - 1,
            None => self.arrays.len(),
        }
    }

    /// Whether the arguments are an array that is NULL.
    fn no_array(&self, row: usize) -> bool {
        self.call.spread && self.elements(row).is_none()
    }

    /// The array that stands for arguments in this row.
    fn elements(&self, row: usize) -> Option<ArrayRef> {
        let (array, constant) = self.arrays.last().filter(|_| self.call.spread)?;
        let row = if *constant { 0 } else { row };
        Arrays::of(array)
            .filter(|arrays| !arrays.null(row))
            .map(|arrays| arrays.value(row))
    }

    /// The text of an argument as its type's output function gives it; `None` for NULL.
    fn text(&self, at: usize, row: usize) -> Result<Option<String>, Fault> {
        let last = self.arrays.len().saturating_sub(1);
        if self.call.spread && at >= last {
            let kind = self
                .call
                .types
                .last()
                .and_then(|kind| types::element(kind.oid));
            return match (self.elements(row), kind) {
                (Some(elements), Some(kind)) => self.print(&elements, kind, at - last),
                _ => Ok(None),
            };
        }
        match (self.arrays.get(at), self.call.types.get(at)) {
            (Some((array, constant)), Some(kind)) => {
                self.print(array, kind.oid, if *constant { 0 } else { row })
            }
            _ => Ok(None),
        }
    }

    fn print(&self, array: &ArrayRef, kind: Oid, row: usize) -> Result<Option<String>, Fault> {
        let names = |kind: Oid, oid: u32| Some(format_reg(kind, oid, self.call.context));
        let style = &self.call.context.settings.style;
        let writer = Writer::new(array.as_ref(), kind, style, Some(&names))?;
        if writer.null(row) {
            return Ok(None);
        }
        let mut out = Vec::new();
        writer.write(row, &mut out)?;
        String::from_utf8(out)
            .map(Some)
            .map_err(|_| Fault::internal("output text is not UTF-8"))
    }

    /// The text of an argument as a cast to `text` gives it.
    fn cast_text(&self, at: usize, row: usize) -> Result<Option<String>, Fault> {
        let text = self.text(at, row)?;
        let kind = self.call.types.get(at).map(|kind| kind.oid);
        Ok(text.map(|text| match (kind, text.as_str()) {
            (Some(types::BOOL), "t") => String::from("true"),
            (Some(types::BOOL), "f") => String::from("false"),
            (Some(types::BPCHAR), padded) => String::from(padded.trim_end_matches(' ')),
            _ => text,
        }))
    }
}

/// Makes a text per row from arguments of any type.
fn texts(
    call: &Call<'_>,
    body: impl Fn(&Values<'_>, usize) -> Result<Option<String>, Fault>,
) -> Result<ArrayRef, Fault> {
    let values = Values::of(call)?;
    String::collect(
        (0..call.rows).map(|row| body(&values, row)),
        call.rows,
        call.storage,
    )
}

/// Where the width of a specification comes from.
#[derive(Default, Clone, Copy)]
enum Width {
    /// The template itself.
    #[default]
    Written,
    /// `*`: the next argument.
    Next,
    /// `*n$`: this argument, from 1.
    Argument(i64),
}

/// One `%` specification.
#[derive(Default)]
struct Specification {
    /// From 1; 0 is the next argument.
    argument: Option<i64>,
    left: bool,
    width: Option<i64>,
    width_argument: Width,
}

/// Fills a template of `%s`, `%I`, `%L` and `%%`.
fn format(template: &str, values: &Values<'_>, row: usize) -> Result<String, Fault> {
    let mut out = String::new();
    let mut left = template.chars();
    let mut used = 0;
    while let Some(c) = left.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if left.as_str().is_empty() {
            return Err(unterminated());
        }
        if left.as_str().starts_with('%') {
            left.next();
            out.push('%');
            continue;
        }
        let specification = Specification::read(&mut left)?;
        let kind = left.next().ok_or_else(unterminated)?;
        if !matches!(kind, 's' | 'I' | 'L') {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("unrecognized format() type specifier \"{kind}\""),
            )
            .hint("For a single \"%\" use \"%%\"."));
        }
        let mut width = specification.width.unwrap_or(0);
        let from = match specification.width_argument {
            Width::Written => None,
            Width::Next => Some(None),
            Width::Argument(argument) => Some(Some(argument)),
        };
        if let Some(argument) = from {
            let at = take(argument, &mut used, values.len(row))?;
            width = match values.text(at, row)? {
                Some(text) => i64::from(scalar::read_integer::<i32>(&text, "integer")?),
                None => 0,
            };
        }
        let at = take(specification.argument, &mut used, values.len(row))?;
        let text = values.text(at, row)?;
        let text = match (kind, text) {
            ('s', text) => text.unwrap_or_default(),
            ('L', text) => text.map_or_else(|| String::from("NULL"), |text| quote_literal(&text)),
            (_, Some(text)) => quote_ident(&text).into_owned(),
            (_, None) => {
                return Err(Fault::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
        };
        append(&mut out, &text, width, specification.left)?;
    }
    Ok(out)
}

/// Which argument comes next, or the one that is named.
fn take(argument: Option<i64>, used: &mut usize, count: usize) -> Result<usize, Fault> {
    let at = match argument {
        None => *used + 1,
        Some(0) => {
            return Err(Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "format specifies argument 0, but arguments are numbered from 1",
            ));
        }
        Some(argument) => usize::try_from(argument).unwrap_or(usize::MAX),
    };
    if at >= count {
        return Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "too few arguments for format()",
        ));
    }
    *used = at;
    Ok(at)
}

fn append(out: &mut String, text: &str, width: i64, left: bool) -> Result<(), Fault> {
    let wanted = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    if wanted > RESULT_BYTES {
        return Err(too_large());
    }
    let padding = " ".repeat(wanted.saturating_sub(text.chars().count()));
    if left || width < 0 {
        out.push_str(text);
        out.push_str(&padding);
    } else {
        out.push_str(&padding);
        out.push_str(text);
    }
    Ok(())
}

fn unterminated() -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        "unterminated format() type specifier",
    )
    .hint("For a single \"%\" use \"%%\".")
}

fn out_of_range() -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        "number is out of range",
    )
}

impl Specification {
    /// Reads what stands between `%` and the letter.
    fn read(left: &mut std::str::Chars<'_>) -> Result<Self, Fault> {
        let mut specification = Self::default();
        let first = number(left)?;
        if let Some(first) = first {
            if !left.as_str().starts_with('$') {
                specification.width = Some(first);
                return Ok(specification);
            }
            left.next();
            specification.argument = Some(first);
            if left.as_str().is_empty() {
                return Err(unterminated());
            }
        }
        while left.as_str().starts_with('-') {
            specification.left = true;
            left.next();
            if left.as_str().is_empty() {
                return Err(unterminated());
            }
        }
        if left.as_str().starts_with('*') {
            left.next();
            if left.as_str().is_empty() {
                return Err(unterminated());
            }
            let argument = number(left)?;
            if argument.is_some() {
                if !left.as_str().starts_with('$') {
                    return Err(Fault::new(
                        SqlState::INVALID_PARAMETER_VALUE,
                        "width argument position must be ended by \"$\"",
                    ));
                }
                left.next();
            }
            specification.width_argument = argument.map_or(Width::Next, Width::Argument);
        } else {
            specification.width = number(left)?;
        }
        if left.as_str().is_empty() {
            return Err(unterminated());
        }
        Ok(specification)
    }
}

/// The digits that come next as a number.
fn number(left: &mut std::str::Chars<'_>) -> Result<Option<i64>, Fault> {
    let mut value: Option<i32> = None;
    while let Some(digit) = left.as_str().chars().next().and_then(|c| c.to_digit(10)) {
        left.next();
        let digit = i32::try_from(digit).unwrap_or(0);
        value = Some(
            value
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit))
                .ok_or_else(out_of_range)?,
        );
    }
    if value.is_some() && left.as_str().is_empty() {
        return Err(unterminated());
    }
    Ok(value.map(i64::from))
}

/// Divides a qualified name into its parts, folded and unquoted.
fn parse_ident(text: &str, strict: bool) -> Result<Elements<String>, Fault> {
    let refused = |detail: &str| {
        let fault = Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("string is not a valid identifier: \"{text}\""),
        );
        if detail.is_empty() {
            fault
        } else {
            fault.detail(detail)
        }
    };
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let (mut parts, mut left, mut after_dot) = (Vec::new(), text.trim_start_matches(space), false);
    loop {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        if let Some(quoted) = left.strip_prefix('"') {
            let (part, rest) =
                unquoted(quoted).ok_or_else(|| refused("String has unclosed double quotes."))?;
            if part.is_empty() {
                return Err(refused("Quoted identifier must not be empty."));
            }
            parts.push(Some(part));
            left = rest;
        } else if left.starts_with(starts) {
            let end = left
                .find(|c: char| !(starts(c) || c.is_ascii_digit() || c == '$'))
                .unwrap_or(left.len());
            let (part, rest) = left.split_at_checked(end).unwrap_or((left, ""));
            parts.push(Some(part.to_ascii_lowercase()));
            left = rest;
        } else if left.starts_with('.') {
            return Err(refused("No valid identifier before \".\"."));
        } else if after_dot {
            return Err(refused("No valid identifier after \".\"."));
        } else {
            return Err(refused(""));
        }
        left = left.trim_start_matches(space);
        match left.strip_prefix('.') {
            Some(rest) => {
                after_dot = true;
                left = rest.trim_start_matches(space);
            }
            None if left.is_empty() || !strict => return Ok(Elements(parts)),
            None => return Err(refused("")),
        }
    }
}

/// The text up to a closing quote, and what is left behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut out, mut left) = (String::new(), text);
    loop {
        let (part, rest) = left.split_once('"')?;
        out.push_str(part);
        match rest.strip_prefix('"') {
            Some(rest) => {
                out.push('"');
                left = rest;
            }
            None => return Some((out, rest)),
        }
    }
}
