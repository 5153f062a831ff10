//! Queries as people type them into a search box.

use super::query::{Operand, Query, too_deep};
use crate::pg::Fault;

/// The most words of one such query.
const WORDS: usize = 1_000;

/// Reads words, `"phrases"`, `or` and `-not`; everything else is passed over.
pub fn read(text: &str, operand: &mut Operand<'_>) -> Result<Option<Query>, Fault> {
    let mut reader = Reader { rest: text };
    let (mut whole, mut all): (Option<Query>, Option<Query>) = (None, None);
    let mut words = 0;
    loop {
        let mut negations = 0;
        let word = loop {
            match reader.next(all.is_none() || negations > 0) {
                Some(Piece::Not) => negations += 1,
                Some(Piece::Or) => {
                    whole = joined(whole, all.take(), Query::Or);
                }
                Some(Piece::Word(word)) => break Some(word),
                None => break None,
            }
        };
        let Some(word) = word else {
            return Ok(joined(whole, all, Query::Or));
        };
        words += 1;
        if words > WORDS {
            return Err(too_deep());
        }
        let mut query = operand(word, 0, false)?;
        for _ in 0..negations {
            query = Query::Not(Box::new(query));
        }
        all = joined(all, Some(query), Query::And);
    }
}

fn joined(
    left: Option<Query>,
    right: Option<Query>,
    operator: fn(Box<Query>, Box<Query>) -> Query,
) -> Option<Query> {
    match (left, right) {
        (Some(left), Some(right)) => Some(operator(Box::new(left), Box::new(right))),
        (left, right) => left.or(right),
    }
}

enum Piece<'a> {
    Not,
    Or,
    Word(&'a str),
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The next piece; `first` says that there is no word yet that `or` could follow.
    fn next(&mut self, first: bool) -> Option<Piece<'a>> {
        loop {
            let c = self.rest.chars().next()?;
            match c {
                '"' => {
                    self.advance(1);
                    let end = self.rest.find('"').unwrap_or(self.rest.len());
                    let phrase = self.rest.get(..end).unwrap_or_default();
                    self.advance(end + 1);
                    return Some(Piece::Word(phrase));
                }
                '-' => {
                    self.advance(1);
                    return Some(Piece::Not);
                }
                '!' | '&' | '|' | '(' | ')' | ':' => self.advance(1),
                c if c.is_whitespace() => self.advance(c.len_utf8()),
                _ if !first && self.or() => {
                    self.advance(2);
                    return Some(Piece::Or);
                }
                _ => {
                    let ends = |c: char| {
                        c.is_whitespace() || matches!(c, '"' | '!' | '&' | '|' | '(' | ')' | ':')
                    };
                    let end = self.rest.find(ends).unwrap_or(self.rest.len());
                    let word = self.rest.get(..end).unwrap_or_default();
                    self.advance(end);
                    return Some(Piece::Word(word));
                }
            }
        }
    }

    /// Whether an `or` stands here as a word of its own with something behind it.
    fn or(&self) -> bool {
        let word = self.rest.get(..2).unwrap_or_default();
        let behind = self.rest.get(2..).unwrap_or_default();
        word.eq_ignore_ascii_case("or")
            && !behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && !behind.trim_start().is_empty()
    }
}
