//! The tokens of a path.

use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name without quotes, keywords included.
    Name(String),
    /// A string in double quotes.
    Text(String),
    /// `$name` or `$"name"`.
    Variable(String),
    /// A number that is an integer without sign.
    Integer(String),
    /// Any other number.
    Number(Numeric),
    /// An operator or punctuation.
    Sign(&'static str),
    /// Nothing is left.
    End,
}

/// Tokens with the text PostgreSQL quotes when one cannot stand where it does.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

const SIGNS: [&str; 29] = [
    "**", "&&", "||", "==", "!=", "<>", "<=", ">=", "=", "<", ">", "!", "+", "-", "*", "/", "%",
    "?", "(", ")", "[", "]", "{", "}", ".", ",", "@", "$", ":",
];

fn special(c: char) -> bool {
    matches!(
        c,
        '?' | '%'
            | '$'
            | '.'
            | '['
            | ']'
            | '{'
            | '}'
            | '('
            | ')'
            | '|'
            | '&'
            | '!'
            | '='
            | '<'
            | '>'
            | '@'
            | '#'
            | ','
            | '*'
            | ':'
            | '-'
            | '+'
            | '/'
    )
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// 42601 at a token, or at the end where the token shows no text.
pub(super) fn syntax(what: &str, near: &str) -> Fault {
    let place = if near.is_empty() {
        String::from("at end")
    } else {
        format!("at or near \"{near}\"")
    };
    Fault::new(
        SqlState::SYNTAX_ERROR,
        format!("{what} {place} of jsonpath input"),
    )
}

fn invalid(detail: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        "invalid input syntax for type jsonpath",
    )
    .detail(detail)
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// The next token and how PostgreSQL shows it: names show nothing.
    pub(super) fn next(&mut self) -> Result<(Token, String), Fault> {
        self.space()?;
        let Some(c) = self.peek() else {
            return Ok((Token::End, String::new()));
        };
        if c == '"' {
            self.at += 1;
            return Ok((Token::Text(self.quoted()?), String::from("\"")));
        }
        if c == '$' {
            return self.dollar();
        }
        if c.is_ascii_digit() || c == '.' && self.digit_at(1) {
            return self.number();
        }
        if special(c) {
            let found = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
            return match found {
                Some(sign) => {
                    self.take(sign.len());
                    Ok((Token::Sign(sign), (*sign).to_owned()))
                }
                None => Err(syntax("syntax error", &c.to_string())),
            };
        }
        Ok((Token::Name(self.name()?), String::new()))
    }

    fn digit_at(&self, offset: usize) -> bool {
        self.rest()
            .as_bytes()
            .get(offset)
            .is_some_and(u8::is_ascii_digit)
    }

    fn space(&mut self) -> Result<(), Fault> {
        loop {
            while self.peek().is_some_and(blank) {
                self.at += 1;
            }
            if !self.rest().starts_with("/*") {
                return Ok(());
            }
            match self.rest().find("*/") {
                Some(end) => self.at += end + 2,
                None => return Err(syntax("unexpected end of comment", "")),
            }
        }
    }

    fn dollar(&mut self) -> Result<(Token, String), Fault> {
        self.at += 1;
        match self.peek() {
            Some('"') => {
                self.at += 1;
                Ok((Token::Variable(self.quoted()?), String::from("\"")))
            }
            Some(c) if !special(c) && !blank(c) && c != '\\' => {
                let name = self.plain().to_owned();
                let shown = format!("${name}");
                Ok((Token::Variable(name), shown))
            }
            _ => Ok((Token::Sign("$"), String::from("$"))),
        }
    }

    /// The characters up to one that ends a name.
    fn plain(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| special(c) || blank(c) || c == '"' || c == '\\')
            .unwrap_or(rest.len());
        self.take(end)
    }

    fn name(&mut self) -> Result<String, Fault> {
        let mut name = String::new();
        loop {
            name.push_str(self.plain());
            if self.peek() != Some('\\') {
                return Ok(name);
            }
            self.escape(&mut name)?;
        }
    }

    /// The rest of a string after its opening quote.
    fn quoted(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(['"', '\\']) else {
                return Err(syntax("unexpected end of quoted string", ""));
            };
            text.push_str(self.take(end));
            if self.peek() == Some('"') {
                self.at += 1;
                return Ok(text);
            }
            self.escape(&mut text)?;
        }
    }

    /// An escape, the backslash included.
    fn escape(&mut self, out: &mut String) -> Result<(), Fault> {
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err(syntax("unexpected end after backslash", ""));
        };
        self.at += c.len_utf8();
        match c {
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0b'),
            'x' => {
                let code = self
                    .hexadecimal(2)
                    .ok_or_else(|| syntax("invalid hexadecimal character sequence", "\\x"))?;
                out.push(char::from_u32(code).unwrap_or_default());
            }
            'u' => out.push(self.unicode()?),
            other => out.push(other),
        }
        Ok(())
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let code = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
        self.at += digits;
        Some(code)
    }

    /// The code after `\u`: four digits or up to six in braces.
    fn code(&mut self) -> Result<u32, Fault> {
        // The error names what could have been part of it.
        let rest = self.rest();
        let (brace, digits, most) = match rest.strip_prefix('{') {
            Some(digits) => ("{", digits, 6),
            None => ("", rest, 3),
        };
        let seen: String = digits
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .take(most)
            .collect();
        let wrong = || syntax("invalid unicode sequence", &format!("\\u{brace}{seen}"));
        if brace.is_empty() {
            return self.hexadecimal(4).ok_or_else(wrong);
        }
        self.at += 1;
        let digits = self
            .rest()
            .find('}')
            .filter(|digits| (1..=6).contains(digits));
        let code = digits
            .and_then(|digits| self.hexadecimal(digits))
            .ok_or_else(wrong)?;
        self.at += 1;
        Ok(code)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let low_missing = "Unicode low surrogate must follow a high surrogate.";
        match self.code()? {
            0 => Err(Fault::new(
                SqlState::UNTRANSLATABLE_CHARACTER,
                "unsupported Unicode escape sequence",
            )
            .detail("\\u0000 cannot be converted to text.")),
            high @ 0xd800..=0xdbff => {
                if !self.rest().starts_with("\\u") {
                    return Err(invalid(low_missing));
                }
                self.at += 2;
                match self.code()? {
                    low @ 0xdc00..=0xdfff => {
                        let code = 0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
                        char::from_u32(code).ok_or_else(|| invalid(low_missing))
                    }
                    0xd800..=0xdbff => Err(invalid(
                        "Unicode high surrogate must not follow a high surrogate.",
                    )),
                    _ => Err(invalid(low_missing)),
                }
            }
            0xdc00..=0xdfff => Err(invalid(low_missing)),
            code => {
                char::from_u32(code).ok_or_else(|| syntax("invalid Unicode escape sequence", "\\u"))
            }
        }
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        self.at += length;
        length
    }

    fn number(&mut self) -> Result<(Token, String), Fault> {
        let start = self.at;
        let mut integer = true;
        if self.peek() == Some('0') {
            // A leading zero stands alone.
            self.at += 1;
        } else {
            self.digits();
        }
        if self.peek() == Some('.') {
            integer = false;
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let mark = self.at;
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                self.at = mark;
            } else {
                integer = false;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if let Some(c) = self.peek()
            && !special(c)
            && !blank(c)
            && !matches!(c, '"' | '\\')
        {
            return Err(syntax(
                "trailing junk after numeric literal",
                &format!("{text}{c}"),
            ));
        }
        let token = if integer {
            Token::Integer(text.to_owned())
        } else {
            Token::Number(Numeric::parse(text)?)
        };
        Ok((token, text.to_owned()))
    }
}
