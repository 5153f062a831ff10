//! Whether a document is what a query asks for.

use super::document::{Lexeme, Position, Vector};
use super::query::{Query, Value};

/// An answer that may be unknown: positions are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    No,
    Maybe,
    Yes,
}

/// Where a part of a phrase ends in a document.
#[derive(Debug, Default)]
struct Places {
    /// Ascending.
    at: Vec<u32>,
    /// It is everywhere but there.
    negated: bool,
    /// How many positions it spans before its end.
    width: u32,
}

/// Whether the document matches; a query of nothing matches none.
pub fn matches(document: &Vector, query: &Query) -> bool {
    decide(query, &|value| look(document, value)) == Answer::Yes
}

/// The same where `present` says which lexemes the document has at which positions.
pub fn matches_where(query: &Query, present: &dyn Fn(&Value) -> Option<Vec<u32>>) -> bool {
    let looked = |value: &Value| match present(value) {
        Some(at) => (Answer::Yes, at),
        None => (Answer::No, Vec::new()),
    };
    decide(query, &looked) == Answer::Yes
}

type Look<'a> = &'a dyn Fn(&Value) -> (Answer, Vec<u32>);

/// The lexemes that a value of a query means.
pub fn meant<'a>(document: &'a Vector, value: &Value) -> &'a [Lexeme] {
    if value.prefix {
        return document.beginning(&value.text);
    }
    document
        .lexeme(&value.text)
        .map(std::slice::from_ref)
        .unwrap_or_default()
}

fn wanted(value: &Value, position: Position) -> bool {
    value.weights == 0 || value.weights & (1 << position.weight) != 0
}

fn look(document: &Vector, value: &Value) -> (Answer, Vec<u32>) {
    let (mut answer, mut places) = (Answer::No, Vec::new());
    for lexeme in meant(document, value) {
        if lexeme.positions.is_empty() {
            answer = Answer::Yes;
            continue;
        }
        let found = lexeme
            .positions
            .iter()
            .filter(|position| wanted(value, **position));
        let before = places.len();
        places.extend(found.map(|position| u32::from(position.at)));
        if places.len() > before {
            answer = Answer::Yes;
        }
    }
    places.sort_unstable();
    places.dedup();
    (answer, places)
}

fn decide(query: &Query, look: Look<'_>) -> Answer {
    match query {
        Query::Value(value) => look(value).0,
        Query::Stop => Answer::No,
        Query::Not(inner) => match decide(inner, look) {
            Answer::No => Answer::Yes,
            Answer::Maybe => Answer::Maybe,
            Answer::Yes => Answer::No,
        },
        Query::And(a, b) => match decide(a, look) {
            Answer::No => Answer::No,
            left => left.min(decide(b, look)),
        },
        Query::Or(a, b) => match decide(a, look) {
            Answer::Yes => Answer::Yes,
            left => left.max(decide(b, look)),
        },
        // What a phrase cannot tell without positions it denies.
        Query::Phrase(..) => match phrase(query, look).0 {
            Answer::Yes => Answer::Yes,
            _ => Answer::No,
        },
    }
}

fn phrase(query: &Query, look: Look<'_>) -> (Answer, Places) {
    let (a, b, distance) = match query {
        Query::Value(value) => {
            let (answer, at) = look(value);
            let answer = match answer {
                Answer::No => Answer::No,
                _ if at.is_empty() => Answer::Maybe,
                answer => answer,
            };
            let places = Places {
                at,
                ..Places::default()
            };
            return (answer, places);
        }
        Query::Stop => return (Answer::No, Places::default()),
        Query::Not(inner) => return denied(phrase(inner, look)),
        Query::Or(a, b) => return either(phrase(a, look), phrase(b, look)),
        Query::And(a, b) => (a, b, None),
        Query::Phrase(a, b, distance) => (a, b, Some(u32::from(*distance))),
    };
    let (found, left) = phrase(a, look);
    if found == Answer::No {
        return (Answer::No, Places::default());
    }
    let (also, right) = phrase(b, look);
    let answer = found.min(also);
    if answer != Answer::Yes {
        return (answer, Places::default());
    }
    let (width, left_by, right_by) = match distance {
        Some(distance) => (
            distance + left.width + right.width,
            distance + right.width,
            0,
        ),
        None => {
            let width = left.width.max(right.width);
            (width, width - left.width, width - right.width)
        }
    };
    let (keep, negated): (Keep, bool) = match (left.negated, right.negated) {
        (true, true) => (|_, _| true, true),
        (true, false) => (|left, right| right && !left, false),
        (false, true) => (|left, right| left && !right, false),
        (false, false) => (|left, right| left && right, false),
    };
    joined(&left, &right, (left_by, right_by), keep, negated, width)
}

fn denied((answer, places): (Answer, Places)) -> (Answer, Places) {
    match answer {
        Answer::No => {
            let everywhere = Places {
                negated: true,
                ..Places::default()
            };
            (Answer::Yes, everywhere)
        }
        Answer::Yes if places.at.is_empty() && places.negated => (Answer::No, Places::default()),
        Answer::Yes => {
            let places = Places {
                negated: !places.negated,
                ..places
            };
            (Answer::Yes, places)
        }
        Answer::Maybe => (Answer::Maybe, places),
    }
}

fn either(
    (found, mut left): (Answer, Places),
    (also, mut right): (Answer, Places),
) -> (Answer, Places) {
    if found == Answer::Maybe || also == Answer::Maybe {
        return (Answer::Maybe, Places::default());
    }
    if found == Answer::No && also == Answer::No {
        return (Answer::No, Places::default());
    }
    if found == Answer::No {
        left.width = 0;
    }
    if also == Answer::No {
        right.width = 0;
    }
    let width = left.width.max(right.width);
    let by = (width - left.width, width - right.width);
    let (keep, negated): (Keep, bool) = match (left.negated, right.negated) {
        (true, true) => (|left, right| left && right, true),
        (true, false) => (|left, right| left && !right, true),
        (false, true) => (|left, right| right && !left, true),
        (false, false) => (|_, _| true, false),
    };
    joined(&left, &right, by, keep, negated, width)
}

/// Whether a position stays that is among the left ones, among the right ones, or both.
type Keep = fn(bool, bool) -> bool;

fn joined(
    left: &Places,
    right: &Places,
    (left_by, right_by): (u32, u32),
    keep: Keep,
    negated: bool,
    width: u32,
) -> (Answer, Places) {
    let lefts: Vec<u32> = left.at.iter().map(|at| at + left_by).collect();
    let rights: Vec<u32> = right.at.iter().map(|at| at + right_by).collect();
    let mut at: Vec<u32> = [lefts.as_slice(), &rights].concat();
    at.sort_unstable();
    at.dedup();
    at.retain(|at| {
        keep(
            lefts.binary_search(at).is_ok(),
            rights.binary_search(at).is_ok(),
        )
    });
    let answer = if at.is_empty() && !negated {
        Answer::No
    } else {
        Answer::Yes
    };
    (answer, Places { at, negated, width })
}
