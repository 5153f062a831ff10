//! Text functions: lengths, case, parts, padding, trimming, searching, and comparison.
//!
//! The database is served as `LC_COLLATE "C"` (order of bytes) and `LC_CTYPE "C.UTF-8"` (case of all
//! letters, one character to one character, as `towupper` does).

use datafusion::logical_expr::Operator;

use super::call::{Bytes, Int4, Int8, Text};
use super::registry::Registry;
use crate::pg::{Fault, SqlState};

/// The most bytes one text result may have.
pub(super) const RESULT_BYTES: usize = 16 << 20;

/// Registers every text function of this file.
pub(crate) fn register(registry: &mut Registry) {
    lengths(registry);
    comparisons(registry);
    parts(registry);
    changes(registry);
    trims(registry);
    numbers(registry);
}

fn lengths(registry: &mut Registry) {
    for name in ["length", "char_length", "character_length", "textlen"] {
        registry.unary::<Text, i32>(format!("{name}(text)"), |s, _| count(s.chars().count()));
    }
    for name in ["length", "char_length", "character_length"] {
        registry.unary::<Text, i32>(format!("{name}(bpchar)"), |s, _| {
            count(s.trim_end_matches(' ').chars().count())
        });
    }
    for signature in ["octet_length(text)", "octet_length(bpchar)"] {
        registry.unary::<Text, i32>(signature, |s, _| count(s.len()));
    }
    registry.unary::<Text, i32>("bit_length(text)", |s, _| count(s.len() * 8));
    for signature in ["octet_length(bytea)", "length(bytea)"] {
        registry.unary::<Bytes, i32>(signature, |s, _| count(s.len()));
    }
    registry.unary::<Bytes, i32>("bit_length(bytea)", |s, _| count(s.len() * 8));
}

/// Comparison is of bytes for every type that is stored as text, so DataFusion's operators do it.
fn comparisons(registry: &mut Registry) {
    let operators = [
        ("eq", Operator::Eq),
        ("ne", Operator::NotEq),
        ("lt", Operator::Lt),
        ("le", Operator::LtEq),
        ("gt", Operator::Gt),
        ("ge", Operator::GtEq),
    ];
    for (suffix, operator) in operators {
        let text = match suffix {
            "eq" | "ne" => format!("text{suffix}(text,text)"),
            _ => format!("text_{suffix}(text,text)"),
        };
        registry.infix(text, operator);
        registry.infix(format!("name{suffix}(name,name)"), operator);
        registry.infix(format!("name{suffix}text(name,text)"), operator);
        registry.infix(format!("text{suffix}name(text,name)"), operator);
        registry.infix(format!("char{suffix}(char,char)"), operator);
        registry.infix(format!("bytea{suffix}(bytea,bytea)"), operator);
        if !matches!(suffix, "eq" | "ne") {
            registry.infix(format!("text_pattern_{suffix}(text,text)"), operator);
        }
    }
    let padded: [(&str, fn(&str, &str) -> bool); 6] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("le", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("ge", |a, b| a >= b),
    ];
    for (suffix, holds) in padded {
        registry.binary::<Text, Text, bool>(
            format!("bpchar{suffix}(bpchar,bpchar)"),
            move |a, b, _| Ok(holds(a.trim_end_matches(' '), b.trim_end_matches(' '))),
        );
        if !matches!(suffix, "eq" | "ne") {
            registry.binary::<Text, Text, bool>(
                format!("bpchar_pattern_{suffix}(bpchar,bpchar)"),
                move |a, b, _| Ok(holds(a.trim_end_matches(' '), b.trim_end_matches(' '))),
            );
        }
    }
    for (signature, larger) in [
        ("text_larger(text,text)", true),
        ("text_smaller(text,text)", false),
    ] {
        registry.binary::<Text, Text, String>(signature, move |a, b, _| {
            Ok(String::from(if (a > b) == larger { a } else { b }))
        });
    }
    for signature in [
        "bttextcmp(text,text)",
        "btnamecmp(name,name)",
        "btnametextcmp(name,text)",
        "bttextnamecmp(text,name)",
        "bttext_pattern_cmp(text,text)",
    ] {
        registry.binary::<Text, Text, i32>(signature, |a, b, _| Ok(a.cmp(b) as i32));
    }
    registry.binary::<Bytes, Bytes, i32>("byteacmp(bytea,bytea)", |a, b, _| Ok(a.cmp(b) as i32));
}

fn parts(registry: &mut Registry) {
    for name in ["substr", "substring"] {
        registry.binary::<Text, Int4, String>(format!("{name}(text,int4)"), |s, from, _| {
            Ok(String::from(window(s, from, None)?))
        });
        registry.ternary::<Text, Int4, Int4, String>(
            format!("{name}(text,int4,int4)"),
            |s, from, length, _| Ok(String::from(window(s, from, Some(length))?)),
        );
        registry.binary::<Bytes, Int4, Vec<u8>>(format!("{name}(bytea,int4)"), |s, from, _| {
            slice(s, from, None)
        });
        registry.ternary::<Bytes, Int4, Int4, Vec<u8>>(
            format!("{name}(bytea,int4,int4)"),
            |s, from, length, _| slice(s, from, Some(length)),
        );
    }
    registry.binary::<Text, Int4, String>("left(text,int4)", |s, n, _| {
        Ok(String::from(split_at(s, n).0))
    });
    registry.binary::<Text, Int4, String>("right(text,int4)", |s, n, _| {
        Ok(String::from(match n {
            0 => "",
            // Its negation does not exist; PostgreSQL returns the whole text.
            i32::MIN => s,
            n => split_at(s, -n).1,
        }))
    });
    registry.ternary::<Text, Text, Int4, String>("split_part(text,text,int4)", split_part);
    for name in ["strpos", "position"] {
        registry.binary::<Text, Text, i32>(format!("{name}(text,text)"), |s, part, _| {
            match s.find(part) {
                Some(at) => count(s.get(..at).unwrap_or_default().chars().count() + 1),
                None => Ok(0),
            }
        });
    }
    registry.binary::<Bytes, Bytes, i32>("position(bytea,bytea)", |s, part, _| {
        if part.is_empty() {
            return Ok(1);
        }
        count(
            s.windows(part.len())
                .position(|w| w == part)
                .map_or(0, |at| at + 1),
        )
    });
    registry.binary::<Text, Text, bool>("starts_with(text,text)", |s, part, _| {
        Ok(s.starts_with(part))
    });
}

fn changes(registry: &mut Registry) {
    registry.unary::<Text, String>("lower(text)", |s, _| Ok(lower(s)));
    registry.unary::<Text, String>("upper(text)", |s, _| Ok(upper(s)));
    registry.unary::<Text, String>("initcap(text)", |s, _| Ok(initcap(s)));
    registry.unary::<Text, String>("reverse(text)", |s, _| Ok(s.chars().rev().collect()));
    registry.binary::<Text, Int4, String>("lpad(text,int4)", |s, n, _| pad(s, n, " ", true));
    registry.binary::<Text, Int4, String>("rpad(text,int4)", |s, n, _| pad(s, n, " ", false));
    registry.ternary::<Text, Int4, Text, String>("lpad(text,int4,text)", |s, n, fill, _| {
        pad(s, n, fill, true)
    });
    registry.ternary::<Text, Int4, Text, String>("rpad(text,int4,text)", |s, n, fill, _| {
        pad(s, n, fill, false)
    });
    registry.binary::<Text, Int4, String>("repeat(text,int4)", |s, n, _| {
        let times = usize::try_from(n).unwrap_or(0);
        match s.len().checked_mul(times) {
            Some(bytes) if bytes <= RESULT_BYTES => Ok(s.repeat(times)),
            _ => Err(too_large()),
        }
    });
    registry.ternary::<Text, Text, Text, String>("replace(text,text,text)", |s, from, to, _| {
        if from.is_empty() {
            return Ok(String::from(s));
        }
        let hits = s.matches(from).count();
        if s.len() + hits.saturating_mul(to.len()) > RESULT_BYTES.max(s.len()) {
            return Err(too_large());
        }
        Ok(s.replace(from, to))
    });
    registry.ternary::<Text, Text, Text, String>("translate(text,text,text)", |s, from, to, _| {
        let table: Vec<(char, Option<char>)> = {
            let mut to = to.chars();
            from.chars().map(|c| (c, to.next())).collect()
        };
        Ok(s.chars()
            .filter_map(|c| match table.iter().find(|(f, _)| *f == c) {
                Some((_, to)) => *to,
                None => Some(c),
            })
            .collect())
    });
    registry.ternary::<Text, Text, Int4, String>("overlay(text,text,int4)", |s, new, from, _| {
        overlay(s, new, from, count(new.chars().count())?)
    });
    registry.quaternary::<Text, Text, Int4, Int4, String>(
        "overlay(text,text,int4,int4)",
        |s, new, from, length, _| overlay(s, new, from, length),
    );
    registry
        .ternary::<Bytes, Bytes, Int4, Vec<u8>>("overlay(bytea,bytea,int4)", |s, new, from, _| {
            overlay_bytes(s, new, from, count(new.len())?)
        });
    registry.quaternary::<Bytes, Bytes, Int4, Int4, Vec<u8>>(
        "overlay(bytea,bytea,int4,int4)",
        |s, new, from, length, _| overlay_bytes(s, new, from, length),
    );
    registry.binary::<Text, Text, String>("textcat(text,text)", |a, b, _| joined(a, b));
    registry
        .binary::<Bytes, Bytes, Vec<u8>>("byteacat(bytea,bytea)", |a, b, _| Ok([a, b].concat()));
}

fn trims(registry: &mut Registry) {
    for (name, left, right) in [
        ("btrim", true, true),
        ("ltrim", true, false),
        ("rtrim", false, true),
    ] {
        registry.unary::<Text, String>(format!("{name}(text)"), move |s, _| {
            Ok(String::from(trim(s, |c| c == ' ', left, right)))
        });
        registry.binary::<Text, Text, String>(format!("{name}(text,text)"), move |s, set, _| {
            Ok(String::from(trim(s, |c| set.contains(c), left, right)))
        });
        registry.binary::<Bytes, Bytes, Vec<u8>>(
            format!("{name}(bytea,bytea)"),
            move |mut s, set, _| {
                while left
                    && let Some((first, rest)) = s.split_first()
                    && set.contains(first)
                {
                    s = rest;
                }
                while right
                    && let Some((last, rest)) = s.split_last()
                    && set.contains(last)
                {
                    s = rest;
                }
                Ok(s.to_vec())
            },
        );
    }
}

fn numbers(registry: &mut Registry) {
    registry.unary::<Text, i32>("ascii(text)", |s, _| {
        Ok(s.chars().next().map_or(0, |c| (u32::from(c)).cast_signed()))
    });
    registry.unary::<Int4, String>("chr(int4)", |n, _| {
        let code = u32::try_from(n).map_err(|_| {
            Fault::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "character number must be positive",
            )
        })?;
        let limit = |text| Fault::new(SqlState::PROGRAM_LIMIT_EXCEEDED, text);
        match char::from_u32(code) {
            Some('\0') => Err(limit(String::from("null character not permitted"))),
            Some(c) => Ok(c.to_string()),
            None if code > 0x0010_ffff => Err(limit(format!(
                "requested character too large for encoding: {code}"
            ))),
            None => Err(limit(format!(
                "requested character not valid for encoding: {code}"
            ))),
        }
    });
    registry.unary::<Int4, String>("to_hex(int4)", |n, _| Ok(format!("{n:x}")));
    registry.unary::<Int8, String>("to_hex(int8)", |n, _| Ok(format!("{n:x}")));
}

/// Lower case, one character to one character.
pub(super) fn lower(s: &str) -> String {
    if s.is_ascii() {
        return s.to_ascii_lowercase();
    }
    s.chars().map(lower_char).collect()
}

fn upper(s: &str) -> String {
    if s.is_ascii() {
        return s.to_ascii_uppercase();
    }
    s.chars().map(upper_char).collect()
}

/// The lower case of a character; of the one that has two, the first.
pub(super) fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn upper_char(c: char) -> char {
    let mut cased = c.to_uppercase();
    match (cased.next(), cased.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn initcap(s: &str) -> String {
    let mut inside = false;
    s.chars()
        .map(|c| {
            let cased = if inside { lower_char(c) } else { upper_char(c) };
            inside = c.is_alphanumeric();
            cased
        })
        .collect()
}

/// Where the `count`-th character begins; the end of the text when there are fewer.
fn offset(s: &str, count: usize) -> usize {
    s.char_indices().nth(count).map_or(s.len(), |(at, _)| at)
}

/// The text before and from the `n`-th character; a negative `n` counts from the end.
fn split_at(s: &str, n: i32) -> (&str, &str) {
    let wanted = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    let at = if n >= 0 {
        offset(s, wanted)
    } else {
        s.char_indices()
            .nth_back(wanted - 1)
            .map_or(0, |(at, _)| at)
    };
    s.split_at_checked(at).unwrap_or((s, ""))
}

/// The bounds, from 0, of `substring(_ from start for length)`.
fn bounds(start: i32, length: Option<i32>) -> Result<(usize, Option<usize>), Fault> {
    let from = usize::try_from(start.max(1) - 1).unwrap_or(0);
    let Some(length) = length else {
        return Ok((from, None));
    };
    if length < 0 {
        return Err(negative_length());
    }
    match start.checked_add(length) {
        None => Ok((from, None)),
        Some(end) => {
            let end = usize::try_from(end.max(1) - 1).unwrap_or(0);
            Ok((from, Some(end.saturating_sub(from))))
        }
    }
}

/// `substring(s from start for length)`.
pub(super) fn window(s: &str, start: i32, length: Option<i32>) -> Result<&str, Fault> {
    let (from, length) = bounds(start, length)?;
    let rest = s.get(offset(s, from)..).unwrap_or_default();
    Ok(match length {
        Some(length) => rest.get(..offset(rest, length)).unwrap_or_default(),
        None => rest,
    })
}

fn slice(s: &[u8], start: i32, length: Option<i32>) -> Result<Vec<u8>, Fault> {
    let (from, length) = bounds(start, length)?;
    let rest = s.get(from..).unwrap_or_default();
    Ok(match length {
        Some(length) => rest.get(..length).unwrap_or(rest).to_vec(),
        None => rest.to_vec(),
    })
}

fn overlay(s: &str, new: &str, from: i32, length: i32) -> Result<String, Fault> {
    if from <= 0 {
        return Err(negative_length());
    }
    let rest = from
        .checked_add(length)
        .ok_or_else(|| Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range"))?;
    let head = window(s, 1, Some(from - 1))?;
    Ok([head, new, window(s, rest, None)?].concat())
}

fn overlay_bytes(s: &[u8], new: &[u8], from: i32, length: i32) -> Result<Vec<u8>, Fault> {
    let Some(before) = usize::try_from(from)
        .ok()
        .and_then(|from| from.checked_sub(1))
    else {
        return Err(negative_length());
    };
    let after = i64::from(from) + i64::from(length) - 1;
    if i32::try_from(after).is_err() {
        return Err(Fault::new(
            SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "integer out of range",
        ));
    }
    let after = usize::try_from(after).unwrap_or(0);
    let head = s.get(..before).unwrap_or(s);
    Ok([head, new, s.get(after..).unwrap_or_default()].concat())
}

fn split_part(s: &str, by: &str, n: i32, _: &super::Context) -> Result<String, Fault> {
    let wanted = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    let Some(wanted) = wanted.checked_sub(1) else {
        return Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "field position must not be zero",
        ));
    };
    let part = match (by.is_empty(), n > 0) {
        (true, _) => (wanted == 0).then_some(s),
        (false, true) => s.split(by).nth(wanted),
        (false, false) => {
            let parts = s.split(by).count();
            parts
                .checked_sub(wanted + 1)
                .and_then(|at| s.split(by).nth(at))
        }
    };
    Ok(String::from(part.unwrap_or_default()))
}

fn pad(s: &str, length: i32, fill: &str, left: bool) -> Result<String, Fault> {
    let wanted = usize::try_from(length).unwrap_or(0);
    if wanted > RESULT_BYTES {
        return Err(too_large());
    }
    let present = s.chars().count();
    let kept = s.get(..offset(s, wanted)).unwrap_or(s);
    let missing = if fill.is_empty() {
        0
    } else {
        wanted.saturating_sub(present)
    };
    let padding = fill.chars().cycle().take(missing);
    let mut out = String::with_capacity(kept.len() + missing);
    if left {
        out.extend(padding);
        out.push_str(kept);
    } else {
        out.push_str(kept);
        out.extend(padding);
    }
    if out.len() > RESULT_BYTES {
        return Err(too_large());
    }
    Ok(out)
}

fn trim(s: &str, drop: impl Fn(char) -> bool, left: bool, right: bool) -> &str {
    let s = if left { s.trim_start_matches(&drop) } else { s };
    if right { s.trim_end_matches(&drop) } else { s }
}

/// Two texts as one, within the bound of a result.
pub(super) fn joined(a: &str, b: &str) -> Result<String, Fault> {
    if a.len() + b.len() > RESULT_BYTES.max(a.len()).max(b.len()) {
        return Err(too_large());
    }
    Ok([a, b].concat())
}

/// A count as PostgreSQL's `int4`.
pub(super) fn count(n: usize) -> Result<i32, Fault> {
    i32::try_from(n)
        .map_err(|_| Fault::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range"))
}

/// What PostgreSQL says to a result beyond the bound.
pub(super) fn too_large() -> Fault {
    Fault::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        "requested length too large",
    )
}

fn negative_length() -> Fault {
    Fault::new(
        SqlState::SUBSTRING_ERROR,
        "negative substring length not allowed",
    )
}
