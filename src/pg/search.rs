//! Full text search: manual chapter 12. Documents as sorted lexemes with positions, queries as trees
//! over lexemes, the default parser, the dictionaries of the configurations `simple` and `english`.

pub mod document;
pub mod matching;
pub mod parser;
pub mod query;
pub mod rank;
pub mod web;
pub mod words;

use crate::pg::{Fault, SqlState};

/// The largest position a lexeme may have.
pub const POSITION_MAX: u16 = 16_383;
/// The most positions one lexeme keeps.
const POSITIONS: usize = 256;
/// The longest lexeme, in bytes.
pub const LEXEME_BYTES: usize = 2046;
/// The largest vector, in bytes.
const VECTOR_BYTES: usize = (1 << 20) - 1;

/// Weights as they are written, from D (0) to A (3).
const WEIGHTS: [char; 4] = ['D', 'C', 'B', 'A'];

/// A weight's number, 0 for D to 3 for A.
pub fn weight(letter: char) -> Option<u8> {
    let letter = letter.to_ascii_uppercase();
    WEIGHTS
        .iter()
        .position(|weight| *weight == letter)
        .and_then(|at| u8::try_from(at).ok())
}

/// Appends a lexeme as both types print it.
fn quote(lexeme: &str, out: &mut String) {
    out.push('\'');
    for c in lexeme.chars() {
        if matches!(c, '\'' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
}

fn syntax(kind: &str, text: &str) -> Fault {
    Fault::new(
        SqlState::SYNTAX_ERROR,
        format!("syntax error in {kind}: \"{text}\""),
    )
}

/// Reads words as both types write them: quoted or bare, with escapes.
struct Words<'a> {
    whole: &'a str,
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    /// `tsquery` ends a bare word at an operator.
    query: bool,
}

impl<'a> Words<'a> {
    fn new(whole: &'a str, query: bool) -> Self {
        Self {
            whole,
            rest: whole.chars().peekable(),
            query,
        }
    }

    fn space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn fault(&self) -> Fault {
        syntax(if self.query { "tsquery" } else { "tsvector" }, self.whole)
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        self.rest.next().ok_or_else(|| {
            Fault::new(
                SqlState::SYNTAX_ERROR,
                format!("there is no escaped character: \"{}\"", self.whole),
            )
        })
    }

    /// The next word; what follows it is left.
    fn word(&mut self) -> Result<String, Fault> {
        let mut word = String::new();
        if self.rest.next_if_eq(&'\'').is_some() {
            loop {
                match self.rest.next() {
                    None => return Err(self.fault()),
                    Some('\'') if self.rest.next_if_eq(&'\'').is_none() => break,
                    Some('\\') => word.push(self.escaped()?),
                    Some(c) => word.push(c),
                }
            }
        } else {
            while let Some(c) = self.rest.peek().copied() {
                let ends = c.is_whitespace()
                    || c == ':'
                    || (self.query && matches!(c, '!' | '&' | '|' | '(' | ')' | '<'));
                if ends {
                    break;
                }
                self.rest.next();
                word.push(if c == '\\' { self.escaped()? } else { c });
            }
        }
        if word.is_empty() {
            return Err(self.fault());
        }
        Ok(word)
    }
}
