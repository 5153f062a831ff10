//! Reads the conditions of checks: the part of SQL that speaks of one row, and perhaps of another
//! that it refers to.

use super::{Comparison, Term};
use crate::pg::{Type, types};

/// The deepest nesting of a condition.
const DEEPEST: usize = 32;

/// Says which type a column has: one of the table itself, or of the table that is referred to.
pub(in crate::schema) struct Kinds<'a> {
    /// The type of a column, if there is such a one.
    pub(in crate::schema) of: &'a dyn Fn(Option<&str>, &str) -> Option<Type>,
}

/// Types whose values can be compared with each other here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Boolean,
    Number,
    Text,
    Time,
    Uuid,
    Other,
}

/// Reads a condition.
pub(in crate::schema) fn rule(text: &str, kinds: &Kinds<'_>) -> Result<Term, String> {
    match parsed(text, kinds)? {
        (rule, Family::Boolean) => Ok(rule),
        _ => Err("is no condition".to_owned()),
    }
}

/// Reads a value.
pub(in crate::schema) fn term(text: &str, kinds: &Kinds<'_>) -> Result<Term, String> {
    Ok(parsed(text, kinds)?.0)
}

/// Reads `table.column = value`; the value speaks of the row itself.
pub(in crate::schema) fn equation(text: &str, kinds: &Kinds<'_>) -> Option<(String, Term)> {
    let (column, value) = text.split_once(" = ")?;
    let (table, name) = column.split_once('.')?;
    let plain = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    let value = term(value, kinds).ok()?;
    (plain(table) && plain(name)).then(|| (column.to_owned(), value))
}

fn parsed(text: &str, kinds: &Kinds<'_>) -> Result<(Term, Family), String> {
    let mut parser = Parser {
        words: words(text)?,
        at: 0,
        kinds,
        depth: 0,
    };
    let found = parser.or()?;
    match parser.words.get(parser.at) {
        None => Ok(found),
        Some(word) => Err(format!("{} is not expected there", word.shown())),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Word {
    /// A name or key word, in lower case.
    Name(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

impl Word {
    fn shown(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => number.clone(),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }
}

const SIGNS: [&str; 11] = ["||", "<=", ">=", "<>", "=", "<", ">", "(", ")", ",", "."];

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = if first == '\'' {
            let (text, length) = quoted(rest)?;
            (Word::Text(text), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            let name = rest.get(..length).unwrap_or_default();
            (Word::Name(name.to_ascii_lowercase()), length)
        } else if first.is_ascii_digit() || first == '-' {
            let digits = rest.get(1..).unwrap_or_default();
            let length = 1 + run(digits, |c| c.is_ascii_digit() || c == '.');
            let number = rest.get(..length).unwrap_or_default();
            if number.parse::<f64>().is_err() {
                return Err(format!("{number} is no number"));
            }
            (Word::Number(number.to_owned()), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Word::Sign(sign), sign.len())
        } else {
            return Err(format!("{first} means nothing here"));
        };
        words.push(word);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(words)
}

fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !of(letter)).unwrap_or(text.len())
}

/// A text in single quotes, doubled ones standing for one, and its length.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let mut found = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            found.push(letter);
        } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
            found.push('\'');
        } else {
            return Ok((found, at + 1));
        }
    }
    Err("a text does not end".to_owned())
}

struct Parser<'a> {
    words: Vec<Word>,
    at: usize,
    kinds: &'a Kinds<'a>,
    depth: usize,
}

type Found = (Term, Family);

impl Parser<'_> {
    fn name(&mut self, wanted: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Name(name)) if name == wanted);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Sign(sign)) if *sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) {
            Ok(())
        } else {
            Err(format!("{sign} is missing"))
        }
    }

    fn or(&mut self) -> Result<Found, String> {
        let mut left = self.and()?;
        while self.name("or") {
            let right = self.and()?;
            left = both(left, right, Term::Or)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Found, String> {
        let mut left = self.not()?;
        while self.name("and") {
            let right = self.not()?;
            left = both(left, right, Term::And)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Found, String> {
        if self.name("not") {
            let (inner, family) = self.deeper(Self::not)?;
            return match family {
                Family::Boolean => Ok((Term::Not(Box::new(inner)), family)),
                _ => Err("not needs a condition".to_owned()),
            };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Found, String> {
        let left = self.concat()?;
        if self.name("is") {
            let not = self.name("not");
            if !self.name("null") {
                return Err("is needs null or not null".to_owned());
            }
            let found = Term::IsNull(Box::new(left.0));
            let found = if not {
                Term::Not(Box::new(found))
            } else {
                found
            };
            return Ok((found, Family::Boolean));
        }
        if self.name("in") {
            self.expect("(")?;
            let mut list = Vec::new();
            loop {
                let one = self.concat()?;
                comparable(&left, &one)?;
                list.push(one.0);
                if !self.sign(",") {
                    break;
                }
            }
            self.expect(")")?;
            return Ok((Term::In(Box::new(left.0), list), Family::Boolean));
        }
        if self.name("between") {
            let low = self.concat()?;
            if !self.name("and") {
                return Err("between needs and".to_owned());
            }
            let high = self.concat()?;
            comparable(&left, &low)?;
            comparable(&left, &high)?;
            let is = |how, with: Term| {
                let compared = Term::Compare(how, Box::new(left.0.clone()), Box::new(with));
                Box::new(compared)
            };
            let found = Term::And(
                is(Comparison::GreaterOrEqual, low.0),
                is(Comparison::LessOrEqual, high.0),
            );
            return Ok((found, Family::Boolean));
        }
        let how = Comparison::ALL.iter().find(|(sign, _)| self.sign(sign));
        let Some((_, how)) = how else {
            return Ok(left);
        };
        let right = self.concat()?;
        comparable(&left, &right)?;
        let found = Term::Compare(*how, Box::new(left.0), Box::new(right.0));
        Ok((found, Family::Boolean))
    }

    fn concat(&mut self) -> Result<Found, String> {
        let (first, family) = self.primary()?;
        if !self.sign("||") {
            return Ok((first, family));
        }
        let mut parts = vec![first];
        loop {
            parts.push(self.primary()?.0);
            if !self.sign("||") {
                return Ok((Term::Concat(parts), Family::Text));
            }
        }
    }

    fn primary(&mut self) -> Result<Found, String> {
        if self.sign("(") {
            let found = self.deeper(Self::or)?;
            self.expect(")")?;
            return Ok(found);
        }
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        match word {
            Some(Word::Text(text)) => Ok((Term::Text(text), Family::Text)),
            Some(Word::Number(number)) => Ok((Term::Number(number), Family::Number)),
            Some(Word::Name(name)) if name == "lower" && self.sign("(") => {
                let (inner, family) = self.deeper(Self::concat)?;
                self.expect(")")?;
                match family {
                    Family::Text => Ok((Term::Lower(Box::new(inner)), family)),
                    _ => Err("lower needs a text".to_owned()),
                }
            }
            Some(Word::Name(name)) => self.column(name),
            Some(Word::Sign(sign)) => Err(format!("{sign} is not expected there")),
            None => Err("ends too early".to_owned()),
        }
    }

    fn column(&mut self, first: String) -> Result<Found, String> {
        let (table, name) = if self.sign(".") {
            let Some(Word::Name(name)) = self.words.get(self.at).cloned() else {
                return Err(format!("{first}. needs a column"));
            };
            self.at += 1;
            (Some(first), name)
        } else {
            (None, first)
        };
        let Some(kind) = (self.kinds.of)(table.as_deref(), &name) else {
            let table = table.map(|table| format!("{table}.")).unwrap_or_default();
            return Err(format!("{table}{name} is no column to speak of here"));
        };
        Ok((Term::Column { table, name }, family(kind)))
    }

    fn deeper<T>(&mut self, inner: impl Fn(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("is nested too deeply".to_owned());
        }
        let found = inner(self);
        self.depth -= 1;
        found
    }
}

fn both(
    (left, of_left): Found,
    (right, of_right): Found,
    joined: fn(Box<Term>, Box<Term>) -> Term,
) -> Result<Found, String> {
    match (of_left, of_right) {
        (Family::Boolean, Family::Boolean) => {
            Ok((joined(Box::new(left), Box::new(right)), Family::Boolean))
        }
        _ => Err("and, or need conditions".to_owned()),
    }
}

fn comparable(left: &Found, right: &Found) -> Result<(), String> {
    if left.1 == right.1 && left.1 != Family::Other {
        Ok(())
    } else {
        Err("compares values of different kinds".to_owned())
    }
}

fn family(kind: Type) -> Family {
    match kind.oid {
        types::BOOL => Family::Boolean,
        types::INT2
        | types::INT4
        | types::INT8
        | types::FLOAT4
        | types::FLOAT8
        | types::NUMERIC => Family::Number,
        types::TEXT | types::VARCHAR => Family::Text,
        types::DATE | types::TIMESTAMP | types::TIMESTAMPTZ => Family::Time,
        types::UUID => Family::Uuid,
        _ => Family::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Term, String> {
        let of = |table: Option<&str>, name: &str| {
            let oid = match (table, name) {
                (None | Some("users"), "id" | "score") => types::INT4,
                (None, "status") | (Some("users"), "name") => types::TEXT,
                (None, "done") => types::BOOL,
                (None, "done_at" | "began_at") => types::TIMESTAMP,
                _ => return None,
            };
            Some(Type::plain(oid))
        };
        rule(text, &Kinds { of: &of })
    }

    #[test]
    fn conditions_bind_as_in_sql() {
        assert_eq!(
            read("done or not done and score <= 1"),
            read("done or ((not done) and (score <= 1))")
        );
        assert_eq!(
            read("score between 0 and 100 and done"),
            read("(score >= 0 and score <= 100) and done")
        );
        assert_eq!(
            read("STATUS = 'it''s' || id"),
            Ok(Term::Compare(
                Comparison::Equal,
                Box::new(Term::column("status")),
                Box::new(Term::Concat(vec![
                    Term::Text("it's".to_owned()),
                    Term::column("id")
                ]))
            ))
        );
        for good in [
            "done_at >= began_at",
            "done_at is not null",
            "status in ('a', 'b')",
            "lower(status) = users.name",
            "score > -1.5",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("", "ends too early"),
            ("score", "is no condition"),
            ("score = 'a'", "compares values of different kinds"),
            ("nope = 1", "nope is no column to speak of here"),
            ("users.nope = 1", "users.nope is no column to speak of here"),
            ("done and", "ends too early"),
            ("done done", "done is not expected there"),
            ("(done", ") is missing"),
            ("status = 'a", "a text does not end"),
            ("score ! 1", "! means nothing here"),
            ("score = 1.2.3", "1.2.3 is no number"),
            ("done is 1", "is needs null or not null"),
            ("lower(id) = 'a'", "lower needs a text"),
            ("score and done", "and, or need conditions"),
        ] {
            assert_eq!(read(text), Err(expected.to_owned()), "{text}");
        }
        let deep = format!("{}done{}", "(".repeat(40), ")".repeat(40));
        assert_eq!(read(&deep), Err("is nested too deeply".to_owned()));
    }
}
