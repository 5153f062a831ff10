//! `tsquery`: a tree over lexemes.

use super::{LEXEME_BYTES, WEIGHTS, Words, quote, weight};
use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// The furthest that words of a phrase may be apart.
const DISTANCE_MAX: i64 = 16_384;
/// The most lexemes and operators of a query, whose tree is walked by calls.
const NODES: usize = 1_000;

/// A lexeme that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    /// The lexeme.
    pub text: String,
    /// A bit for each weight that is wanted, D the lowest; 0 for any.
    pub weights: u8,
    /// Whether lexemes that begin so are meant too.
    pub prefix: bool,
}

/// A query or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// A lexeme.
    Value(Value),
    /// A word that stands for no lexeme; only while a query is made.
    Stop,
    /// `!`
    Not(Box<Query>),
    /// `&`
    And(Box<Query>, Box<Query>),
    /// `|`
    Or(Box<Query>, Box<Query>),
    /// `<->` with its distance.
    Phrase(Box<Query>, Box<Query>, u16),
}

/// What makes a query of an operand's text: the operand, its weights, whether it is a prefix.
pub type Operand<'a> = dyn FnMut(&str, u8, bool) -> Result<Query, Fault> + 'a;

/// Reads what `tsqueryin` reads; `None` for a query of nothing.
pub fn read(text: &str) -> Result<Option<Query>, Fault> {
    parse(text, &mut |text, weights, prefix| {
        if text.len() > LEXEME_BYTES {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!("word is too long in tsquery: \"{text}\""),
            ));
        }
        Ok(Query::Value(Value {
            text: text.to_owned(),
            weights,
            prefix,
        }))
    })
}

/// Reads a query whose operands `operand` makes.
pub fn parse(text: &str, operand: &mut Operand<'_>) -> Result<Option<Query>, Fault> {
    let mut parser = Parser {
        words: Words::new(text, true),
        operand,
        nodes: 0,
    };
    parser.words.space();
    if parser.words.rest.peek().is_none() {
        return Ok(None);
    }
    let query = parser.level(0)?;
    parser.words.space();
    match parser.words.rest.peek() {
        None => Ok(Some(query)),
        Some(_) => Err(parser.words.fault()),
    }
}

struct Parser<'a, 'b> {
    words: Words<'a>,
    operand: &'a mut Operand<'b>,
    nodes: usize,
}

impl Parser<'_, '_> {
    /// Level 0 is `|`, 1 `&`, 2 the phrase, 3 an operand.
    fn level(&mut self, level: u8) -> Result<Query, Fault> {
        if level == 3 {
            return self.single();
        }
        let mut left = self.level(level + 1)?;
        loop {
            self.words.space();
            left = match (level, self.words.rest.peek()) {
                (0, Some('|')) => {
                    self.words.rest.next();
                    Query::Or(Box::new(left), Box::new(self.level(1)?))
                }
                (1, Some('&')) => {
                    self.words.rest.next();
                    Query::And(Box::new(left), Box::new(self.level(2)?))
                }
                (2, Some('<')) => {
                    let distance = self.distance()?;
                    Query::Phrase(Box::new(left), Box::new(self.level(3)?), distance)
                }
                _ => return Ok(left),
            };
        }
    }

    fn distance(&mut self) -> Result<u16, Fault> {
        self.words.rest.next();
        if self.words.rest.next_if_eq(&'-').is_some() {
            return match self.words.rest.next() {
                Some('>') => Ok(1),
                _ => Err(self.words.fault()),
            };
        }
        let mut number = None;
        while let Some(digit) = self.words.rest.peek().and_then(|c| c.to_digit(10)) {
            self.words.rest.next();
            let so_far: i64 = number.unwrap_or(0);
            number = Some(so_far.saturating_mul(10).saturating_add(i64::from(digit)));
        }
        let number = number.ok_or_else(|| self.words.fault())?;
        if number > DISTANCE_MAX {
            return Err(too_far());
        }
        match self.words.rest.next() {
            Some('>') => u16::try_from(number).map_err(|_| too_far()),
            _ => Err(self.words.fault()),
        }
    }

    fn single(&mut self) -> Result<Query, Fault> {
        self.nodes += 1;
        if self.nodes > NODES / 2 {
            return Err(too_deep());
        }
        self.words.space();
        let query = match self.words.rest.peek() {
            None => {
                return Err(Fault::new(
                    SqlState::SYNTAX_ERROR,
                    format!("no operand in tsquery: \"{}\"", self.words.whole),
                ));
            }
            Some('!') => {
                self.words.rest.next();
                Query::Not(Box::new(self.single()?))
            }
            Some('(') => {
                self.words.rest.next();
                let inner = self.level(0)?;
                self.words.space();
                if self.words.rest.next() != Some(')') {
                    return Err(self.words.fault());
                }
                inner
            }
            Some(_) => {
                let word = self.words.word()?;
                let (weights, prefix) = self.marks();
                (self.operand)(&word, weights, prefix)?
            }
        };
        Ok(query)
    }

    /// Reads `:*AB`.
    fn marks(&mut self) -> (u8, bool) {
        let (mut weights, mut prefix) = (0, false);
        if self.words.rest.next_if_eq(&':').is_none() {
            return (0, false);
        }
        while let Some(c) = self.words.rest.peek().copied() {
            match c {
                '*' => prefix = true,
                c => match weight(c) {
                    Some(weight) => weights |= 1 << weight,
                    None => break,
                },
            }
            self.words.rest.next();
        }
        (weights, prefix)
    }
}

/// The fault of a query with too many parts.
pub fn too_deep() -> Fault {
    Fault::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("a text search query has more than {NODES} lexemes and operators"),
    )
}

/// The fault of a distance that is too large.
pub fn too_far() -> Fault {
    Fault::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!(
            "distance in phrase operator must be an integer value between zero and {DISTANCE_MAX} inclusive"
        ),
    )
}

impl Query {
    /// As `tsqueryout` writes it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(0, false, &mut out);
        out
    }

    fn priority(&self) -> u8 {
        match self {
            Self::Or(..) => 1,
            Self::And(..) => 2,
            Self::Phrase(..) => 3,
            _ => 4,
        }
    }

    fn write(&self, around: u8, right_of_phrase: bool, out: &mut String) {
        let priority = self.priority();
        let phrase = matches!(self, Self::Phrase(..));
        let enclosed = priority < around || (phrase && right_of_phrase);
        if enclosed {
            out.push_str("( ");
        }
        match self {
            Self::Value(value) => value.write(out),
            Self::Stop => {}
            Self::Not(inner) => {
                out.push('!');
                inner.write(priority, false, out);
            }
            Self::And(left, right) | Self::Or(left, right) | Self::Phrase(left, right, _) => {
                left.write(priority, false, out);
                match self {
                    Self::And(..) => out.push_str(" & "),
                    Self::Or(..) => out.push_str(" | "),
                    Self::Phrase(_, _, 1) => out.push_str(" <-> "),
                    Self::Phrase(_, _, distance) => out.push_str(&format!(" <{distance}> ")),
                    _ => {}
                }
                right.write(priority, phrase, out);
            }
        }
        if enclosed {
            out.push_str(" )");
        }
    }

    /// Refuses a query that has too many parts.
    pub fn bounded(self) -> Result<Self, Fault> {
        if self.nodes() > NODES {
            Err(too_deep())
        } else {
            Ok(self)
        }
    }

    /// How many lexemes and operators there are.
    pub fn nodes(&self) -> usize {
        match self {
            Self::Value(_) | Self::Stop => 1,
            Self::Not(inner) => 1 + inner.nodes(),
            Self::And(a, b) | Self::Or(a, b) | Self::Phrase(a, b, _) => 1 + a.nodes() + b.nodes(),
        }
    }

    /// Calls `visit` with every lexeme, from left to right.
    pub fn values<'a>(&'a self, visit: &mut dyn FnMut(&'a Value)) {
        match self {
            Self::Value(value) => visit(value),
            Self::Stop => {}
            Self::Not(inner) => inner.values(visit),
            Self::And(a, b) | Self::Or(a, b) | Self::Phrase(a, b, _) => {
                a.values(visit);
                b.values(visit);
            }
        }
    }

    /// Appends the binary form of the nodes, an operator before its right and then its left operand.
    pub fn binary(&self, charset: Option<&Charset>, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Value(value) => {
                out.extend_from_slice(&[1, value.weights, u8::from(value.prefix)]);
                charset::put(charset, &value.text, out)?;
                out.push(0);
            }
            Self::Stop => {}
            Self::Not(inner) => {
                out.extend_from_slice(&[2, 1]);
                inner.binary(charset, out)?;
            }
            Self::And(a, b) | Self::Or(a, b) | Self::Phrase(a, b, _) => {
                match self {
                    Self::And(..) => out.extend_from_slice(&[2, 2]),
                    Self::Or(..) => out.extend_from_slice(&[2, 3]),
                    Self::Phrase(_, _, distance) => {
                        out.extend_from_slice(&[2, 4]);
                        out.extend_from_slice(&distance.to_be_bytes());
                    }
                    _ => {}
                }
                b.binary(charset, out)?;
                a.binary(charset, out)?;
            }
        }
        Ok(())
    }

    /// The query without the words that stand for no lexeme; phrases keep their distances.
    pub fn without_stops(self) -> Option<Self> {
        self.cleaned().0
    }

    /// What is left, and how much further to the left and to the right a phrase around it reaches.
    fn cleaned(self) -> (Option<Self>, u16, u16) {
        let (left, right, distance, and) = match self {
            Self::Value(_) => return (Some(self), 0, 0),
            Self::Stop => return (None, 0, 0),
            Self::Not(inner) => {
                let (inner, left, right) = inner.cleaned();
                return (inner.map(|inner| Self::Not(Box::new(inner))), left, right);
            }
            Self::And(a, b) => (a, b, None, true),
            Self::Or(a, b) => (a, b, None, false),
            Self::Phrase(a, b, distance) => (a, b, Some(distance), false),
        };
        let (left, left_before, left_after) = left.cleaned();
        let (right, right_before, right_after) = right.cleaned();
        let sum = |parts: [u16; 3]| parts.into_iter().fold(0_u16, u16::saturating_add);
        match (left, right, distance) {
            (None, None, Some(distance)) => {
                let all = sum([left_before, distance, right_before]);
                (None, all, all)
            }
            (None, None, None) => {
                let all = left_before.max(right_before);
                (None, all, all)
            }
            (None, Some(right), Some(distance)) => (
                Some(right),
                sum([left_before, distance, right_before]),
                right_after,
            ),
            (None, Some(right), None) => (Some(right), right_before, right_after),
            (Some(left), None, Some(distance)) => (
                Some(left),
                left_before,
                sum([left_after, distance, right_after]),
            ),
            (Some(left), None, None) => (Some(left), left_before, left_after),
            (Some(left), Some(right), Some(distance)) => {
                let distance = sum([distance, left_after, right_before]);
                let phrase = Self::Phrase(Box::new(left), Box::new(right), distance);
                (Some(phrase), left_before, right_after)
            }
            (Some(left), Some(right), None) => {
                let (left, right) = (Box::new(left), Box::new(right));
                let kept = if and {
                    Self::And(left, right)
                } else {
                    Self::Or(left, right)
                };
                (Some(kept), 0, 0)
            }
        }
    }
}

impl Value {
    fn write(&self, out: &mut String) {
        quote(&self.text, out);
        if self.weights > 0 || self.prefix {
            out.push(':');
        }
        if self.prefix {
            out.push('*');
        }
        for weight in (0..4_usize).rev() {
            if self.weights & (1 << weight) != 0 {
                out.extend(WEIGHTS.get(weight));
            }
        }
    }
}

/// Appends bytes that compare as PostgreSQL compares queries, without weights; `None` is the query of nothing.
pub fn key(query: Option<&Query>, out: &mut Vec<u8>) {
    let nodes = query.map_or(0, Query::nodes);
    let mut letters = 0;
    if let Some(query) = query {
        query.values(&mut |value| letters += value.text.len() + 1);
    }
    for number in [nodes, letters] {
        out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
    }
    if let Some(query) = query {
        query.key(out);
    }
}

impl Query {
    /// The greater of a kind, of an operator or of a distance comes first.
    fn key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => {
                out.push(1);
                let sum = checksum(value.text.as_bytes()).cast_signed();
                let descending = !(sum.cast_unsigned() ^ (1 << 31));
                out.extend_from_slice(&descending.to_be_bytes());
                crate::pg::json::bytes_key(value.text.as_bytes(), out);
            }
            Self::Stop => {}
            Self::Not(inner) => {
                out.extend_from_slice(&[0, !1]);
                inner.key(out);
            }
            Self::And(a, b) | Self::Or(a, b) | Self::Phrase(a, b, _) => {
                let operator = match self {
                    Self::And(..) => 2,
                    Self::Or(..) => 3,
                    _ => 4_u8,
                };
                out.extend_from_slice(&[0, !operator]);
                a.key(out);
                b.key(out);
                if let Self::Phrase(_, _, distance) = self {
                    out.extend_from_slice(&(!distance).to_be_bytes());
                }
            }
        }
    }
}

/// The sum that PostgreSQL keeps beside each lexeme: CRC-32's table, walked from the other end.
fn checksum(bytes: &[u8]) -> u32 {
    let entry = |index: u32| {
        (0..8).fold(index, |value, _| {
            if value & 1 == 1 {
                value >> 1 ^ 0xedb8_8320
            } else {
                value >> 1
            }
        })
    };
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        entry((sum >> 24 ^ u32::from(*byte)) & 0xff) ^ sum << 8
    });
    !sum
}
