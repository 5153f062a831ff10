//! `tsvector`: the lexemes of a document, sorted by their bytes, with positions and weights.

use super::{LEXEME_BYTES, POSITION_MAX, POSITIONS, VECTOR_BYTES, WEIGHTS, Words, quote, weight};
use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// Where a lexeme stands, and its weight from D (0) to A (3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub at: u16,
    /// 0 to 3.
    pub weight: u8,
}

/// One lexeme of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexeme {
    /// The lexeme.
    pub text: String,
    /// Ascending; empty where the vector was stripped or written without.
    pub positions: Vec<Position>,
}

/// A `tsvector`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vector {
    /// Sorted by bytes, each once.
    pub lexemes: Vec<Lexeme>,
}

impl Vector {
    /// A vector of lexemes in any order: equal ones become one.
    pub fn of(mut lexemes: Vec<Lexeme>) -> Result<Self, Fault> {
        lexemes.sort_by(|a, b| a.text.cmp(&b.text));
        let mut kept: Vec<Lexeme> = Vec::with_capacity(lexemes.len());
        for lexeme in lexemes {
            match kept.last_mut() {
                Some(last) if last.text == lexeme.text => last.positions.extend(lexeme.positions),
                _ => kept.push(lexeme),
            }
        }
        let mut size = 0;
        for lexeme in &mut kept {
            // Of one position the greatest weight stays.
            lexeme
                .positions
                .sort_by(|a, b| a.at.cmp(&b.at).then(b.weight.cmp(&a.weight)));
            lexeme.positions.dedup_by_key(|position| position.at);
            lexeme.positions.truncate(POSITIONS);
            size += lexeme.text.len() + 2 * lexeme.positions.len();
        }
        if size > VECTOR_BYTES {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!("string is too long for tsvector ({size} bytes, max {VECTOR_BYTES} bytes)"),
            ));
        }
        Ok(Self { lexemes: kept })
    }

    /// Reads what `tsvectorin` reads.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut words = Words::new(text, false);
        let mut lexemes = Vec::new();
        loop {
            words.space();
            if words.rest.peek().is_none() {
                break;
            }
            let word = words.word()?;
            if word.len() > LEXEME_BYTES {
                return Err(Fault::new(
                    SqlState::PROGRAM_LIMIT_EXCEEDED,
                    format!(
                        "word is too long ({} bytes, max {LEXEME_BYTES} bytes)",
                        word.len()
                    ),
                ));
            }
            let positions = if words.rest.next_if_eq(&':').is_some() {
                positions(&mut words)?
            } else {
                Vec::new()
            };
            lexemes.push(Lexeme {
                text: word,
                positions,
            });
        }
        Self::of(lexemes)
    }

    /// As `tsvectorout` writes it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (at, lexeme) in self.lexemes.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            quote(&lexeme.text, &mut out);
            for (at, position) in lexeme.positions.iter().enumerate() {
                out.push(if at == 0 { ':' } else { ',' });
                out.push_str(&position.at.to_string());
                if position.weight > 0 {
                    out.extend(WEIGHTS.get(usize::from(position.weight)));
                }
            }
        }
        out
    }

    /// Appends the binary form.
    pub fn binary(&self, charset: Option<&Charset>, out: &mut Vec<u8>) -> Result<(), Fault> {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        out.extend_from_slice(&count(self.lexemes.len()).to_be_bytes());
        for lexeme in &self.lexemes {
            charset::put(charset, &lexeme.text, out)?;
            out.push(0);
            let positions = u16::try_from(lexeme.positions.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&positions.to_be_bytes());
            for position in &lexeme.positions {
                let packed = u16::from(position.weight) << 14 | position.at;
                out.extend_from_slice(&packed.to_be_bytes());
            }
        }
        Ok(())
    }

    /// The lexeme of this text.
    pub fn lexeme(&self, text: &str) -> Option<&Lexeme> {
        let at = self
            .lexemes
            .binary_search_by(|lexeme| lexeme.text.as_str().cmp(text))
            .ok()?;
        self.lexemes.get(at)
    }

    /// The lexemes that begin with this text.
    pub fn beginning(&self, text: &str) -> &[Lexeme] {
        let from = self
            .lexemes
            .partition_point(|lexeme| lexeme.text.as_str() < text);
        let rest = self.lexemes.get(from..).unwrap_or_default();
        let count = rest.partition_point(|lexeme| lexeme.text.starts_with(text));
        rest.get(..count).unwrap_or_default()
    }

    /// The vector without positions.
    #[must_use]
    pub fn stripped(mut self) -> Self {
        for lexeme in &mut self.lexemes {
            lexeme.positions.clear();
        }
        self
    }

    /// This document followed by another.
    pub fn followed_by(&self, other: &Self) -> Result<Self, Fault> {
        let last = self
            .lexemes
            .iter()
            .filter_map(|lexeme| lexeme.positions.last())
            .map(|position| position.at)
            .max()
            .unwrap_or(0);
        let moved = other.lexemes.iter().map(|lexeme| {
            let shifted = lexeme.positions.iter().map(|position| Position {
                at: position.at.saturating_add(last).min(POSITION_MAX),
                ..*position
            });
            Lexeme {
                text: lexeme.text.clone(),
                positions: shifted.collect(),
            }
        });
        Self::of(self.lexemes.iter().cloned().chain(moved).collect())
    }

    /// How many words the document has.
    pub fn length(&self) -> usize {
        self.lexemes
            .iter()
            .map(|lexeme| lexeme.positions.len().max(1))
            .sum()
    }

    /// Appends bytes that compare as PostgreSQL compares vectors: smaller ones first.
    pub fn key(&self, out: &mut Vec<u8>) {
        // PostgreSQL compares the sizes of the stored forms first.
        let lengths: usize = self.lexemes.iter().fold(0, |size, lexeme| {
            let size = size + lexeme.text.len();
            if lexeme.positions.is_empty() {
                size
            } else {
                size.next_multiple_of(2) + 2 + 2 * lexeme.positions.len()
            }
        });
        for number in [lengths + 4 * self.lexemes.len(), self.lexemes.len()] {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            out.extend_from_slice(&number.to_be_bytes());
        }
        for lexeme in &self.lexemes {
            // More positions, further ones and heavier ones come first.
            out.push(u8::from(lexeme.positions.is_empty()));
            crate::pg::json::bytes_key(lexeme.text.as_bytes(), out);
            let count = u16::try_from(lexeme.positions.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&(!count).to_be_bytes());
            for position in &lexeme.positions {
                out.extend_from_slice(&(!position.at).to_be_bytes());
                out.push(!position.weight);
            }
        }
    }
}

/// Reads `1A,2` after a colon.
fn positions(words: &mut Words<'_>) -> Result<Vec<Position>, Fault> {
    let mut positions = Vec::new();
    loop {
        let mut number: Option<u32> = None;
        while let Some(digit) = words.rest.peek().and_then(|c| c.to_digit(10)) {
            words.rest.next();
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        }
        let Some(number) = number else {
            return Err(words.fault());
        };
        let at = u16::try_from(number)
            .unwrap_or(POSITION_MAX)
            .min(POSITION_MAX);
        if at == 0 {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!("wrong position info in tsvector: \"{}\"", words.whole),
            ));
        }
        let mut position = Position { at, weight: 0 };
        while let Some(c) = words.rest.peek().copied() {
            match c {
                '*' => position.weight = 3,
                c => match weight(c) {
                    Some(weight) => position.weight = weight,
                    None => break,
                },
            }
            words.rest.next();
        }
        positions.push(position);
        match words.rest.peek() {
            Some(',') => {
                words.rest.next();
            }
            Some(c) if !c.is_whitespace() => return Err(words.fault()),
            _ => return Ok(positions),
        }
    }
}
