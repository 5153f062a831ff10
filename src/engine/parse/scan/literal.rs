//! Texts in quotes: where they end, and what their backslashes mean.

use super::escape::{self, Escape};
use super::{Kind, Scanned, Scanner, Wrong, blank, truncated};
use crate::engine::parse::position::character;
use crate::pg::{Fault, SqlState};

const NONSTANDARD_USE: SqlState = SqlState("22P06");

impl Scanner<'_> {
    /// After a closing quote: the text goes on when white space with a line end and another quote
    /// follow. Leaves the scanner behind that quote.
    fn goes_on(&mut self) -> bool {
        let mut at = self.at;
        let mut line = false;
        loop {
            match self.bytes.get(at).copied() {
                Some(byte) if blank(byte) => {
                    line |= matches!(byte, b'\n' | b'\r');
                    at += 1;
                }
                Some(b'-') if self.bytes.get(at + 1) == Some(&b'-') => {
                    at += self.run_of(at, |byte| !matches!(byte, b'\n' | b'\r'));
                }
                Some(b'\'') if line => {
                    self.at = at + 1;
                    return true;
                }
                _ => return false,
            }
        }
    }

    /// A text without escapes, from behind its opening quote to behind its last one.
    fn plain(&mut self, start: usize, unended: &str) -> Result<(), Wrong> {
        let end = self.bytes.len();
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'\'', b'\'') => self.at += 2,
                (b'\'', _) => {
                    self.at += 1;
                    if !self.goes_on() {
                        return Ok(());
                    }
                }
                _ if self.at >= end => return Err(self.near(start, unended, start, end)),
                _ => self.at += 1,
            }
        }
    }

    /// `'…'`
    pub(super) fn text(&mut self, start: usize) -> Result<(), Wrong> {
        self.at = start + 1;
        let kind = if self.lexing.conforming {
            self.plain(start, "unterminated quoted string")?;
            Kind::Text
        } else if self.escapes(start, self.lexing.warns)? {
            Kind::EscapedText
        } else {
            Kind::Text
        };
        self.push(start, kind);
        Ok(())
    }

    /// `E'…'`
    pub(super) fn escaped(&mut self, start: usize) -> Result<(), Wrong> {
        self.at = start + 2;
        self.escapes(start, false)?;
        self.push(start, Kind::Other);
        Ok(())
    }

    /// `B'…'` and `X'…'`
    pub(super) fn raw(&mut self, start: usize, unended: &str) -> Result<(), Wrong> {
        self.at = start + 2;
        self.plain(start, unended)?;
        self.push(start, Kind::Other);
        Ok(())
    }

    /// `N'…'` is the keyword NCHAR and a text.
    pub(super) fn national(&mut self, start: usize) -> Result<(), Wrong> {
        self.at = start + 1;
        self.push(start, Kind::Other);
        self.text(start + 1)?;
        match self.found.tokens.last() {
            Some(token) if token.kind == Kind::EscapedText => {
                let fault = Fault::unsupported("an escape in a national character literal");
                Err(self.wrong(start, fault, start))
            }
            _ => Ok(()),
        }
    }

    /// `U&'…'` and `U&"…"`; what their escapes mean is known when UESCAPE was read.
    pub(super) fn unicode(&mut self, start: usize) -> Result<(), Wrong> {
        if self.peek(2) == b'"' {
            return self.quoted(start, 2, Kind::Unicode);
        }
        if !self.lexing.conforming {
            let fault = Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "unsafe use of string constant with Unicode escapes",
            )
            .detail(
                "String constants with Unicode escapes cannot be used when \
                 standard_conforming_strings is off.",
            );
            return Err(self.wrong(start, fault, start));
        }
        self.at = start + 3;
        self.plain(start, "unterminated quoted string")?;
        self.push(start, Kind::Unicode);
        Ok(())
    }

    /// A text with escapes, from behind its opening quote; whether it has any. The first one is
    /// warned of where it is not expected.
    fn escapes(&mut self, start: usize, mut warns: bool) -> Result<bool, Wrong> {
        let end = self.bytes.len();
        let (mut found, mut high) = (false, false);
        loop {
            let place = self.at;
            if place >= end && !high {
                return Err(self.near(start, "unterminated quoted string", start, end));
            }
            let escape = escape::read(self.bytes.get(place..).unwrap_or_default());
            if high && !matches!(escape, Some(Escape::Unicode { .. } | Escape::Short)) {
                let next = self.slice(place, end).chars().next();
                let width = next.map_or(0, char::len_utf8);
                return Err(self.bad_pair(start, place, place + width));
            }
            match (escape, self.peek(0), self.peek(1)) {
                (Some(escape), _, second) => {
                    found = true;
                    high = self.escape(start, escape, high)?;
                    if std::mem::take(&mut warns) {
                        let notice = self.warning(start, second);
                        self.found.notices.push((start, notice));
                    }
                }
                (None, b'\'', b'\'') => self.at += 2,
                (None, b'\'', _) => {
                    self.at += 1;
                    if !self.goes_on() {
                        return Ok(found);
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn bad_pair(&self, start: usize, from: usize, to: usize) -> Wrong {
        self.near(start, "invalid Unicode surrogate pair", from, to)
    }

    /// Takes one escape; whether the first half of a surrogate pair is open after it.
    fn escape(&mut self, start: usize, escape: Escape, high: bool) -> Result<bool, Wrong> {
        let place = self.at;
        match escape {
            Escape::Quote if !self.lexing.quotes => {
                let hint = "Use '' to write quotes in strings. \\' is insecure in client-only \
                            encodings.";
                let fault = Fault::new(NONSTANDARD_USE, "unsafe use of \\' in a string literal");
                Err(self.wrong(start, fault.hint(hint), start))
            }
            Escape::Quote | Escape::Other { .. } => {
                self.at += escape.length();
                Ok(false)
            }
            Escape::Short => {
                let fault = Fault::new(SqlState("22025"), "invalid Unicode escape")
                    .hint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
                Err(self.wrong(start, fault, place))
            }
            Escape::Unicode { code, length } => {
                let end = place + length;
                if !(1..=0x0010_FFFF).contains(&code) {
                    return Err(self.near(start, "invalid Unicode escape value", place, end));
                }
                let (first, second) = escape::surrogate(code);
                if high != second {
                    return Err(self.bad_pair(start, place, end));
                }
                self.at = end;
                Ok(first)
            }
        }
    }

    fn warning(&self, start: usize, escaped: u8) -> Fault {
        let (message, hint) = match escaped {
            b'\'' => (
                "nonstandard use of \\' in a string literal",
                "Use '' to write quotes in strings, or use the escape string syntax (E'...').",
            ),
            b'\\' => (
                "nonstandard use of \\\\ in a string literal",
                "Use the escape string syntax for backslashes, e.g., E'\\\\'.",
            ),
            _ => (
                "nonstandard use of escape in a string literal",
                "Use the escape string syntax for escapes, e.g., E'\\r\\n'.",
            ),
        };
        Fault::warning(NONSTANDARD_USE, message)
            .hint(hint)
            .at(Some(character(self.text, start)))
    }
}

/// Whether UESCAPE takes a character.
fn marks(sign: char) -> bool {
    !(sign.is_ascii_hexdigit() || matches!(sign, '+' | '\'' | '"') || sign.is_ascii_whitespace())
}

/// Reads the escapes of `U&` tokens, each with the character its UESCAPE names.
pub(super) fn check_unicode(text: &str, found: &mut Scanned) {
    for (at, token) in found.tokens.iter().enumerate() {
        if token.kind != Kind::Unicode {
            continue;
        }
        let said = |ahead: usize| {
            let token = found.tokens.get(at + ahead)?;
            text.get(token.start..token.end)
        };
        let named = match (said(1), said(2)) {
            (Some(word), Some(quoted)) if word.eq_ignore_ascii_case("uescape") => {
                let mut signs = quoted.trim_matches('\'').chars();
                let sign = signs.next().filter(|_| signs.next().is_none());
                // Another one is refused by the grammar.
                let Some(sign) = sign.filter(|sign| marks(*sign)) else {
                    continue;
                };
                Some(sign)
            }
            _ => None,
        };
        let whole = text.get(token.start..token.end).unwrap_or_default();
        let quote = if whole.ends_with('"') { "\"" } else { "'" };
        let body = whole.get(3..whole.len() - 1).unwrap_or_default();
        let body = body.replace(&quote.repeat(2), quote);
        match escape::unicode(&body, named.unwrap_or('\\')) {
            Ok(name) => {
                if let Some(notice) = truncated(&name).filter(|_| quote == "\"") {
                    found.notices.push((token.start, notice));
                }
            }
            Err((offset, fault)) => {
                // The place is counted in the text without its doubled quotes.
                let place = character(text, token.start + 3 + offset);
                found.wrong = Some(Wrong {
                    token: token.start,
                    fault: fault.at(Some(place)),
                });
                break;
            }
        }
    }
    let end = found.wrong.as_ref().map_or(usize::MAX, |wrong| wrong.token);
    found.tokens.retain(|token| token.start < end);
    found.notices.retain(|(start, _)| *start <= end);
    found.notices.sort_by_key(|(start, _)| *start);
}
