//! Multiranges: ranges in order, none empty, none touching.

use super::range::Range;
use crate::ident::Oid;
use crate::pg::text::Style;
use crate::pg::{Fault, SqlState};

/// The range type of a multirange type.
pub fn range_of(multirange: Oid) -> Option<Oid> {
    match multirange.0 {
        4451 => Some(Oid(3904)),
        4532 => Some(Oid(3906)),
        4533 => Some(Oid(3908)),
        4534 => Some(Oid(3910)),
        4535 => Some(Oid(3912)),
        4536 => Some(Oid(3926)),
        _ => None,
    }
}

/// The multirange type over a range type.
pub fn over(range: Oid) -> Option<Oid> {
    [4451, 4532, 4533, 4534, 4535, 4536]
        .into_iter()
        .map(Oid)
        .find(|multirange| range_of(*multirange) == Some(range))
}

/// Puts ranges in order and joins those that meet.
pub fn normal(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.retain(|range| !range.empty);
    ranges.sort_by(Range::order);
    let mut joined: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.overlaps(&range) || last.adjacent(&range) => {
                *last = last.merge(&range);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// Reads a literal of a multirange over a range type.
pub fn read(range: Oid, text: &str, style: &Style, now: i64) -> Result<Vec<Range>, Fault> {
    let refuse = |detail: &str| {
        Fault::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("malformed multirange literal: \"{text}\""),
        )
        .detail(detail)
    };
    let mut left = text
        .trim_start()
        .strip_prefix('{')
        .ok_or_else(|| refuse("Missing left brace."))?
        .trim_start();
    let mut ranges = Vec::new();
    if let Some(rest) = left.strip_prefix('}') {
        left = rest;
    } else {
        loop {
            let starts = left.starts_with(['[', '('])
                || left
                    .get(..5)
                    .is_some_and(|word| word.eq_ignore_ascii_case("empty"));
            if left.is_empty() {
                return Err(refuse("Unexpected end of input."));
            }
            if !starts {
                return Err(refuse("Expected range start."));
            }
            let (found, rest) = Range::read_part(range, left, style, now)?;
            ranges.push(found);
            left = rest.trim_start();
            if let Some(rest) = left.strip_prefix(',') {
                left = rest.trim_start();
            } else if let Some(rest) = left.strip_prefix('}') {
                left = rest;
                break;
            } else if left.is_empty() {
                return Err(refuse("Unexpected end of input."));
            } else {
                return Err(refuse("Expected comma or end of multirange."));
            }
        }
    }
    if left.trim().is_empty() {
        Ok(normal(ranges))
    } else {
        Err(refuse("Junk after closing right brace."))
    }
}

/// The ranges of a stored text.
pub fn stored(range: Oid, text: &str) -> Result<Vec<Range>, Fault> {
    read(range, text, &Style::default(), 0)
}

/// As printed.
pub fn text(ranges: &[Range]) -> String {
    let parts: Vec<String> = ranges.iter().map(Range::text).collect();
    format!("{{{}}}", parts.join(","))
}

pub(super) fn binary(ranges: &[Range], out: &mut Vec<u8>) -> Result<(), Fault> {
    let size = |count: usize| {
        u32::try_from(count)
            .map(u32::to_be_bytes)
            .map_err(|_| Fault::internal("a multirange is too long"))
    };
    out.extend_from_slice(&size(ranges.len())?);
    for range in ranges {
        let mut part = Vec::new();
        range.binary(&mut part)?;
        out.extend_from_slice(&size(part.len())?);
        out.extend(part);
    }
    Ok(())
}
