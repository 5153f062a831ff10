//! Reading JSON text, with PostgreSQL's errors.

use super::Json;
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// How deeply values may nest.
const DEPTH: usize = 1000;

/// Checks that a text is JSON, as the input of `json` does.
pub fn check(text: &str) -> Result<(), Fault> {
    Parser::new(text, false).whole().map(|_| ())
}

/// Reads a JSON text into the form of `jsonb`.
pub fn parse(text: &str) -> Result<Json, Fault> {
    Parser::new(text, true).whole()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    build: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, build: bool) -> Self {
        Self { text, at: 0, build }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The text from `start` to here.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn whole(&mut self) -> Result<Json, Fault> {
        let value = self.value(0, "Expected JSON value")?;
        self.space();
        if self.peek().is_some() {
            return Err(self.unexpected("Expected end of input"));
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize, expected: &str) -> Result<Json, Fault> {
        if depth > DEPTH {
            return Err(Fault::new(
                SqlState::STATEMENT_TOO_COMPLEX,
                "stack depth limit exceeded",
            ));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b']' | b'}' | b',' | b':') | None => Err(self.unexpected(expected)),
            Some(_) => match self.word() {
                "null" => Ok(Json::Null),
                "true" => Ok(Json::Bool(true)),
                "false" => Ok(Json::Bool(false)),
                word => Err(self.invalid_token(word)),
            },
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut pairs = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(pairs));
        }
        let mut expected = "Expected string or \"}\"";
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected(expected));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("Expected \":\""));
            }
            self.at += 1;
            let value = self.value(depth + 1, "Expected JSON value")?;
            if self.build {
                pairs.push((key, value));
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::object(pairs));
                }
                _ => return Err(self.unexpected("Expected \",\" or \"}\"")),
            }
            expected = "Expected string";
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            let item = self.value(depth + 1, "Expected JSON value")?;
            if self.build {
                items.push(item);
            }
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.unexpected("Expected \",\" or \"]\"")),
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let mut good = match self.peek() {
            Some(b'0') => {
                self.at += 1;
                true
            }
            _ => self.digits() > 0,
        };
        if good && self.peek() == Some(b'.') {
            self.at += 1;
            good = self.digits() > 0;
        }
        if good && matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good = self.digits() > 0;
        }
        // What hangs on to a number makes it a bad token as a whole.
        let end = self.at;
        self.skip_word();
        if !good || self.at != end {
            let token = self.since(start);
            return Err(self.invalid_token(token));
        }
        if self.build {
            Numeric::parse(self.since(start)).map(Json::Number)
        } else {
            Ok(Json::Null)
        }
    }

    fn skip_word(&mut self) {
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80)
        {
            self.at += 1;
        }
    }

    /// A run of letters and digits, or else one character.
    fn word(&mut self) -> &'a str {
        let start = self.at;
        self.skip_word();
        if self.at == start {
            self.at += 1;
        }
        self.since(start)
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let run = self.at;
            while self
                .peek()
                .is_some_and(|b| b >= b' ' && b != b'"' && b != b'\\')
            {
                self.at += 1;
            }
            if self.build {
                out.push_str(self.since(run));
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(start, &mut out)?;
                }
                Some(byte) => {
                    return Err(self.fault(format!(
                        "Character with value 0x{byte:02x} must be escaped."
                    )));
                }
                None => {
                    let token = self.since(start);
                    return Err(self.invalid_token(token));
                }
            }
        }
    }

    fn escape(&mut self, start: usize, out: &mut String) -> Result<(), Fault> {
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode(out);
            }
            Some(_) => {
                let shown = self
                    .text
                    .get(self.at..)
                    .and_then(|rest| rest.chars().next())
                    .unwrap_or('?');
                self.at += shown.len_utf8();
                return Err(self.fault(format!("Escape sequence \"\\{shown}\" is invalid.")));
            }
            None => {
                let token = self.since(start);
                return Err(self.invalid_token(token));
            }
        };
        self.at += 1;
        if self.build {
            out.push(plain);
        }
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                if self.peek().is_some() {
                    self.at += 1;
                }
                return Err(self.fault(String::from(
                    "\"\\u\" must be followed by four hexadecimal digits.",
                )));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn unicode(&mut self, out: &mut String) -> Result<(), Fault> {
        let unit = self.code_unit()?;
        if !self.build {
            return Ok(());
        }
        let low_missing = "Unicode low surrogate must follow a high surrogate.";
        let code = match unit {
            0 => {
                let mut fault = self.fault(String::from("\\u0000 cannot be converted to text."));
                fault.state = SqlState::UNTRANSLATABLE_CHARACTER;
                fault.message = String::from("unsupported Unicode escape sequence");
                return Err(fault);
            }
            0xd800..=0xdbff => {
                let follows = self
                    .text
                    .get(self.at..)
                    .is_some_and(|rest| rest.starts_with("\\u"));
                if !follows {
                    return Err(self.fault(low_missing.to_owned()));
                }
                self.at += 2;
                match self.code_unit()? {
                    low @ 0xdc00..=0xdfff => 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                    0xd800..=0xdbff => {
                        return Err(self.fault(String::from(
                            "Unicode high surrogate must not follow a high surrogate.",
                        )));
                    }
                    _ => return Err(self.fault(low_missing.to_owned())),
                }
            }
            0xdc00..=0xdfff => return Err(self.fault(low_missing.to_owned())),
            unit => unit,
        };
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    /// Reads the token here only to name it in an error.
    fn unexpected(&mut self, expected: &str) -> Fault {
        let start = self.at;
        let token = match self.peek() {
            None => return self.fault(String::from("The input string ended unexpectedly.")),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                let word = self.word();
                if matches!(word, "true" | "false" | "null") {
                    Ok(())
                } else {
                    Err(self.invalid_token(word))
                }
            }
        };
        match token {
            Ok(()) => {
                let found = self.since(start);
                self.fault(format!("{expected}, but found \"{found}\"."))
            }
            Err(fault) => fault,
        }
    }

    fn invalid_token(&self, token: &str) -> Fault {
        self.fault(format!("Token \"{token}\" is invalid."))
    }

    /// The error with its detail, and the line up to here as context.
    fn fault(&self, detail: String) -> Fault {
        let end = self.text.floor_char_boundary(self.at);
        let before = self.text.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let mut start = line_start;
        while end - start >= 50 {
            start = self.text.ceil_char_boundary(start + 1);
        }
        if start - line_start <= 3 {
            start = line_start;
        }
        let prefix = if start > line_start { "..." } else { "" };
        let more = self.text.as_bytes().get(end);
        let suffix = match more {
            None | Some(b'\n' | b'\r') => "",
            Some(_) => "...",
        };
        let shown = self.text.get(start..end).unwrap_or_default();
        let mut fault = Fault::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            "invalid input syntax for type json",
        )
        .detail(detail);
        fault.context = Some(format!("JSON data, line {line}: {prefix}{shown}{suffix}"));
        fault
    }
}
