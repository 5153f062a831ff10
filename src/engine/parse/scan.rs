//! PostgreSQL 15's scanner: what its tokens are, and which texts it refuses.
//!
//! The grammar at hand is a later one. It is given the text as 15 reads it: words that became
//! keywords since are quoted, and literals get the `E` that the session's settings give them (see
//! [`super::source`]). What the later scanner reads and 15's does not, numbers such as `0x1F` or
//! `1_000`, is refused here, in 15's words and at its place.

mod escape;
mod literal;

use crate::pg::settings::Settings;
use crate::pg::{Fault, SqlState};

use super::position::character;

/// Bytes of a name that count.
const NAME_BYTES: usize = 63;

/// Keywords of the grammar at hand that PostgreSQL 15 does not have.
const NEWER: &[&str] = &[
    "absent",
    "conditional",
    "empty",
    "enforced",
    "error",
    "format",
    "indent",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "keep",
    "keys",
    "merge_action",
    "nested",
    "objects",
    "omit",
    "path",
    "period",
    "plan",
    "quotes",
    "scalar",
    "source",
    "string",
    "system_user",
    "target",
    "unconditional",
    "virtual",
];

/// How a session wants quotes and backslashes to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexing {
    /// `standard_conforming_strings`: a backslash in plain quotes is a backslash.
    pub(crate) conforming: bool,
    /// `escape_string_warning`
    pub(crate) warns: bool,
    /// `backslash_quote` is not `off`: `\'` is a quote.
    pub(crate) quotes: bool,
}

impl Lexing {
    /// What the SQL standard and PostgreSQL's defaults say.
    #[cfg(test)]
    pub(crate) const fn standard() -> Self {
        Self {
            conforming: true,
            warns: true,
            quotes: true,
        }
    }

    /// What a session's settings say.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            conforming: settings.on("standard_conforming_strings"),
            warns: settings.on("escape_string_warning"),
            quotes: settings.raw("backslash_quote") != "off",
        }
    }
}

/// One token: where it begins and ends, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What kind of token, as far as anybody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a bare name.
    Word,
    /// A word that is a keyword in later grammars only.
    NewerWord,
    /// A text in plain quotes.
    Text,
    /// A text in plain quotes whose backslashes escape.
    EscapedText,
    /// `U&'…'` or `U&"…"`
    Unicode,
    /// Everything else.
    Other,
}

/// What is wrong with a text, and the token it is found in.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Where the token begins, in bytes.
    pub(super) token: usize,
    pub(super) fault: Fault,
}

/// The tokens of a text, up to its end or to what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) tokens: Vec<Token>,
    /// What is told about tokens, with the bytes where they begin.
    pub(super) notices: Vec<(usize, Fault)>,
    pub(super) wrong: Option<Wrong>,
}

/// Scans a text.
pub(super) fn scan(text: &str, lexing: Lexing) -> Scanned {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        lexing,
        found: Scanned::default(),
    };
    scanner.run();
    let mut found = scanner.found;
    literal::check_unicode(text, &mut found);
    found
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    lexing: Lexing,
    found: Scanned,
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn operates(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

/// White space as the scanner knows it.
fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The bytes from here to the first one that does not belong.
    fn run_of(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| belongs(**byte)).count()
    }

    fn push(&mut self, start: usize, kind: Kind) {
        let end = self.at;
        self.found.tokens.push(Token { start, end, kind });
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Refuses the text at a place, quoting it up to `end`.
    fn near(&self, token: usize, message: &str, start: usize, end: usize) -> Wrong {
        let quoted = self.slice(start, end);
        let message = if start >= self.bytes.len() {
            format!("{message} at end of input")
        } else {
            format!("{message} at or near \"{quoted}\"")
        };
        let fault = Fault::new(SqlState::SYNTAX_ERROR, message);
        self.wrong(token, fault, start)
    }

    fn wrong(&self, token: usize, fault: Fault, place: usize) -> Wrong {
        Wrong {
            token,
            fault: fault.at(Some(character(self.text, place))),
        }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            if let Err(wrong) = self.token() {
                self.found.wrong = Some(wrong);
                return;
            }
        }
    }

    fn token(&mut self) -> Result<(), Wrong> {
        let start = self.at;
        match (self.peek(0), self.peek(1)) {
            (byte, _) if blank(byte) => self.at += 1,
            (b'-', b'-') => self.at += self.run_of(start, |byte| byte != b'\n' && byte != b'\r'),
            (b'/', b'*') => self.comment()?,
            (b'\'', _) => self.text(start)?,
            (b'e' | b'E', b'\'') => self.escaped(start)?,
            (b'b' | b'B', b'\'') => self.raw(start, "unterminated bit string literal")?,
            (b'x' | b'X', b'\'') => self.raw(start, "unterminated hexadecimal string literal")?,
            (b'n' | b'N', b'\'') => self.national(start)?,
            (b'u' | b'U', b'&') if matches!(self.peek(2), b'\'' | b'"') => self.unicode(start)?,
            (b'"', _) => self.quoted(start, 0, Kind::Other)?,
            (b'$', _) => self.dollar(start)?,
            (byte, next) if byte.is_ascii_digit() || byte == b'.' && next.is_ascii_digit() => {
                self.number(start)?;
            }
            (byte, _) if begins_word(byte) => self.word(start),
            (byte, _) if operates(byte) => self.operator(start),
            (b':', b':' | b'=') | (b'.', b'.') => {
                self.at += 2;
                self.push(start, Kind::Other);
            }
            (byte, _) => {
                self.at += 1;
                debug_assert!(byte < 0x80, "words begin with every other byte");
                self.push(start, Kind::Other);
            }
        }
        Ok(())
    }

    /// `/* … */`, nested.
    fn comment(&mut self) -> Result<(), Wrong> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ if self.at >= self.bytes.len() => {
                    let end = self.bytes.len();
                    return Err(self.near(start, "unterminated /* comment", start, end));
                }
                _ => self.at += 1,
            }
        }
    }

    fn word(&mut self, start: usize) {
        self.at += self.run_of(start, continues_word);
        // Only ASCII is folded, as where characters have several bytes.
        let name = self.slice(start, self.at).to_ascii_lowercase();
        let newer = NEWER.binary_search(&name.as_str()).is_ok();
        self.note_length(start, &name);
        self.push(start, if newer { Kind::NewerWord } else { Kind::Word });
    }

    /// `"…"`, after a prefix of so many bytes.
    fn quoted(&mut self, start: usize, prefix: usize, kind: Kind) -> Result<(), Wrong> {
        self.at = start + prefix + 1;
        let end = self.bytes.len();
        let unended = "unterminated quoted identifier";
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'"', b'"') => self.at += 2,
                (b'"', _) => break,
                _ if self.at >= end => return Err(self.near(start, unended, start, end)),
                _ => self.at += 1,
            }
        }
        let name = self
            .slice(start + prefix + 1, self.at)
            .replace("\"\"", "\"");
        self.at += 1;
        if name.is_empty() {
            let message = "zero-length delimited identifier";
            return Err(self.near(start, message, start, self.at));
        }
        if kind == Kind::Other {
            self.note_length(start, &name);
        }
        self.push(start, kind);
        Ok(())
    }

    fn note_length(&mut self, start: usize, name: &str) {
        if let Some(notice) = truncated(name) {
            self.found.notices.push((start, notice));
        }
    }

    /// `$1`, `$$…$$` and `$tag$…$tag$`.
    fn dollar(&mut self, start: usize) -> Result<(), Wrong> {
        let digits = self.run_of(start + 1, |byte| byte.is_ascii_digit());
        if digits > 0 {
            self.at = start + 1 + digits;
            self.parameter(start)?;
            let junk = self.run_of(self.at, continues_word);
            if junk > 0 && begins_word(self.peek(0)) {
                let message = "trailing junk after parameter";
                return Err(self.near(start, message, start, self.at + junk));
            }
            self.push(start, Kind::Other);
            return Ok(());
        }
        let tag = match self.peek(1) {
            byte if begins_word(byte) => {
                self.run_of(start + 1, |byte| continues_word(byte) && byte != b'$')
            }
            _ => 0,
        };
        if self.peek(1 + tag) != b'$' {
            self.at += 1;
            self.push(start, Kind::Other);
            return Ok(());
        }
        let mark = self.slice(start, start + tag + 2).to_owned();
        let body = start + mark.len();
        match self.text.get(body..).and_then(|rest| rest.find(&mark)) {
            Some(length) => {
                self.at = body + length + mark.len();
                self.push(start, Kind::Other);
                Ok(())
            }
            None => {
                let message = "unterminated dollar-quoted string";
                Err(self.near(start, message, start, self.bytes.len()))
            }
        }
    }

    /// The number of a parameter has 32 bits, as 15 cuts it; later scanners refuse it.
    fn parameter(&self, start: usize) -> Result<(), Wrong> {
        let digits = self.slice(start + 1, self.at);
        let number = digits.parse().unwrap_or(i64::MAX);
        if i32::try_from(number).is_ok() {
            return Ok(());
        }
        let [.., a, b, c, d] = number.to_be_bytes();
        let cut = i32::from_be_bytes([a, b, c, d]);
        let message = format!("there is no parameter ${cut}");
        let fault = Fault::new(SqlState::UNDEFINED_PARAMETER, message);
        Err(self.wrong(start, fault, start))
    }

    fn number(&mut self, start: usize) -> Result<(), Wrong> {
        let digit = |byte: u8| byte.is_ascii_digit();
        let mut end = start + self.run_of(start, digit);
        let at = |place: usize| self.bytes.get(place).copied().unwrap_or(0);
        // `1..2` is a range, not a number and a half.
        if at(end) == b'.' && at(end + 1) != b'.' {
            end += 1 + self.run_of(end + 1, digit);
        }
        let mut real_fails = None;
        if matches!(at(end), b'e' | b'E') {
            let sign = usize::from(matches!(at(end + 1), b'+' | b'-'));
            match self.run_of(end + 1 + sign, digit) {
                0 if sign == 1 => real_fails = Some(end + 2),
                0 => (),
                digits => end += 1 + sign + digits,
            }
        }
        let junk = match at(end) {
            byte if begins_word(byte) => end + self.run_of(end, continues_word),
            _ => end,
        };
        let wrong = real_fails.map_or(junk, |fails| fails.max(junk));
        if wrong > end {
            let message = "trailing junk after numeric literal";
            return Err(self.near(start, message, start, wrong));
        }
        self.at = end;
        self.push(start, Kind::Other);
        Ok(())
    }

    /// The longest operator that does not swallow a comment, nor a sign that belongs to what follows.
    fn operator(&mut self, start: usize) {
        let mut end = start + self.run_of(start, operates);
        for comment in ["/*", "--"] {
            if let Some(at) = self.slice(start, end).find(comment) {
                end = start + at;
            }
        }
        let run = self.slice(start, end);
        let odd = run.contains(['~', '!', '@', '#', '^', '&', '|', '`', '?', '%']);
        if !odd {
            let kept = run.trim_end_matches(['+', '-']).len();
            end = start + kept.max(1).min(run.len());
        }
        self.at = end.max(start + 1);
        self.push(start, Kind::Other);
    }
}

/// What is said of a name that is longer than names are.
pub(super) fn truncated(name: &str) -> Option<Fault> {
    if name.len() <= NAME_BYTES {
        return None;
    }
    let end = name.floor_char_boundary(NAME_BYTES);
    let short = name.get(..end).unwrap_or_default();
    Some(Fault::notice(
        SqlState("42622"),
        format!("identifier \"{name}\" will be truncated to \"{short}\""),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEXING: Lexing = Lexing::standard();

    fn tokens(text: &str) -> Vec<&str> {
        let scanned = scan(text, LEXING);
        assert!(scanned.wrong.is_none(), "{text}: {:?}", scanned.wrong);
        let tokens = scanned.tokens.iter();
        tokens
            .map(|token| text.get(token.start..token.end).unwrap())
            .collect()
    }

    #[test]
    fn tokens_are_those_of_the_grammar_at_hand() {
        for text in [
            "select a.b, \"c\"\"d\" from t where x >= -1.5e3 and y<>2 -- end\n order by 1",
            "select 'a''b' 'c'\n 'd', E'a\\'b', $1, $$x$y$$, $t$a$$b$t$, x'1f', U&'\\0041' uescape '!'",
            "select 1+-2, a@-1, 1 <-> 2, b::int, c := d, e => f, a[1:2], 1..2, .5, 5., $1::int",
            "select /* a /* b */ c */ é, _x$1, a*/* c */b, x--y\n, @--z\n 1",
        ] {
            let theirs = pg_query::scan(text).unwrap();
            let theirs: Vec<&str> = theirs
                .tokens
                .iter()
                .filter(|token| !matches!(token.token, 275 | 276))
                .map(|token| {
                    let place = |at| usize::try_from(at).unwrap();
                    text.get(place(token.start)..place(token.end)).unwrap()
                })
                .filter(|token| !token.starts_with("--") && !token.starts_with("/*"))
                .collect();
            let ours = tokens(text);
            if !text.contains("'\n") {
                assert_eq!(ours, theirs, "{text}");
            }
        }
    }

    #[test]
    fn newer_words_are_sorted_and_keywords_of_the_later_grammar_only() {
        assert!(NEWER.is_sorted());
        let known: Vec<&str> = crate::pg::keywords::keywords().map(|k| k.word).collect();
        for word in NEWER {
            assert!(!known.contains(word), "{word}");
            let scanned = pg_query::scan(word).unwrap();
            assert_ne!(scanned.tokens[0].keyword_kind, 0, "{word}");
        }
    }

    #[test]
    fn a_word_ends_where_a_long_name_would() {
        let long = "é".repeat(40);
        let notice = scan(&format!("select 1 as {long}"), LEXING).notices.pop();
        let message = notice.unwrap().1.message;
        assert!(
            message.ends_with(&format!("to \"{}\"", "é".repeat(31))),
            "{message}"
        );
    }
}
