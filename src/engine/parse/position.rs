//! Where a syntax error is.
//!
//! The parser library gives PostgreSQL's message and not its position. The parser stops at the first
//! token that cannot follow what came before, so the place is the first token of that spelling up to
//! which the text is refused with the same message.

use super::scan::Token;
use super::source::Source;
use crate::pg::{Fault, SqlState};

/// Turns the parser's message into a fault with a position where one can be found.
pub(super) fn located(source: &Source, tokens: &[Token], message: &str) -> Fault {
    let text = source.read();
    let (at, near) = match offset(source, tokens, message) {
        Some((at, near)) => (Some(at), near),
        None => (frame_bound(text, message), None),
    };
    // What the parser quotes is the token as it read it.
    let message = match (near, message.split_once(" at or near ")) {
        (Some(near), Some((what, _))) => format!("{what} at or near \"{near}\""),
        _ => message.to_owned(),
    };
    Fault::new(state(&message), message).at(at.map(|at| source.character(at)))
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

/// Where the parser stopped in the text as read, and the token there as it was sent.
fn offset<'a>(
    source: &'a Source,
    tokens: &[Token],
    message: &str,
) -> Option<(usize, Option<&'a str>)> {
    let text = source.read();
    if message.ends_with("at end of input") {
        return Some((text.len(), None));
    }
    let (_, near) = message.split_once(" at or near \"")?;
    let near = near.strip_suffix('"')?;
    let spans = tokens.iter().filter_map(|token| {
        let (start, end) = (source.forth(token.start), source.forth(token.end));
        (text.get(start..end)? == near).then_some((start, end, *token))
    });
    let spans: Vec<_> = spans.collect();
    // Refused from the bad token on, accepted or merely unfinished before it: a binary search.
    let stops = |end: usize| text.get(..end).is_some_and(|text| stopped(text).is_some());
    let found = spans.partition_point(|(_, end, _)| !stops(*end));
    let (start, _, token) = spans.get(found).or(spans.last())?;
    Some((*start, source.sent().get(token.start..token.end)))
}

/// The parser's message, if it stops inside this text and not only at its end.
pub(super) fn stopped(text: &str) -> Option<String> {
    match pg_query::parse(text, 0) {
        Err(pg_query::Error::Parse(message)) if !message.ends_with("at end of input") => {
            Some(message)
        }
        _ => None,
    }
}
