//! Where a syntax error is.
//!
//! The parser library gives PostgreSQL's message and not its position. The parser stops at the first
//! token that cannot follow what came before, so the place is the first token of that spelling up to
//! which the text is refused with the same message.

use crate::pg::{Fault, SqlState};

/// Turns the parser's message into a fault with a position where one can be found.
pub(super) fn located(text: &str, message: &str) -> Fault {
    let at = offset(text, message)
        .or_else(|| frame_bound(text, message))
        .map(|bytes| character(text, bytes));
    Fault::new(state(message), shortened(message)).at(at)
}

/// PostgreSQL 15 quotes a number with the first letter of what follows it, later ones all of it.
fn shortened(message: &str) -> String {
    let junk = message.strip_prefix("trailing junk after ");
    let quoted = junk.and_then(|junk| junk.split_once(" at or near \""));
    let Some((what, near)) = quoted else {
        return message.to_owned();
    };
    let number = near.find(|c: char| c != '$' && c != '.' && !c.is_ascii_digit());
    let shown: String = near
        .chars()
        .take(number.map_or(near.len(), |end| end + 1))
        .collect();
    format!(
        "trailing junk after {what} at or near \"{}\"",
        shown.trim_end_matches('"')
    )
}

fn state(message: &str) -> SqlState {
    if message.contains("stack depth limit") {
        SqlState::STATEMENT_TOO_COMPLEX
    } else if message.contains("not yet implemented") || message.contains("memory exhausted") {
        SqlState::FEATURE_NOT_SUPPORTED
    } else if message.starts_with("frame ") {
        SqlState::WINDOWING_ERROR
    } else if message.starts_with("invalid byte sequence") {
        SqlState::CHARACTER_NOT_IN_REPERTOIRE
    } else if message.starts_with("unsafe use of \\'") {
        SqlState("22P06")
    } else {
        SqlState::SYNTAX_ERROR
    }
}

/// A byte offset as a number of characters from 1.
pub(super) fn character(text: &str, offset: usize) -> u32 {
    let before = text
        .char_indices()
        .take_while(|(at, _)| *at < offset)
        .count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// Where a refused WITHIN GROUP or end of a window frame stands.
fn frame_bound(text: &str, message: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    if message.ends_with("with WITHIN GROUP") {
        return lower.find("within group");
    }
    if !message.starts_with("frame ") {
        return None;
    }
    let between = lower.find(" between ")? + " between ".len();
    let rest = lower.get(between..)?;
    let bound = if message.starts_with("frame start ") {
        between
    } else {
        between + rest.find(" and ")? + " and ".len()
    };
    Some(bound + lower.get(bound..)?.find(|c: char| !c.is_whitespace())?)
}

fn offset(text: &str, message: &str) -> Option<usize> {
    if message.ends_with("at end of input") {
        return Some(text.len());
    }
    let (_, near) = message.split_once(" at or near \"")?;
    let near = near.strip_suffix('"')?;
    // Errors of the scanner quote the text from the bad token to its end.
    let Ok(scanned) = pg_query::scan(text) else {
        return text
            .ends_with(near)
            .then(|| text.len() - near.len())
            .or_else(|| text.find(near));
    };
    let spans = scanned.tokens.iter().filter_map(|token| {
        let (start, end) = (
            usize::try_from(token.start).ok()?,
            usize::try_from(token.end).ok()?,
        );
        (text.get(start..end)? == near).then_some((start, end))
    });
    let spans: Vec<(usize, usize)> = spans.collect();
    // Refused from the bad token on, accepted or merely unfinished before it: a binary search.
    let found = spans.partition_point(|(_, end)| !refused(text.get(..*end).unwrap_or(text)));
    spans.get(found).or(spans.last()).map(|(start, _)| *start)
}

/// Whether the parser stops inside this text, and not only at its end.
fn refused(text: &str) -> bool {
    match pg_query::parse(text, 0) {
        Err(pg_query::Error::Parse(message)) => !message.ends_with("at end of input"),
        _ => false,
    }
}
