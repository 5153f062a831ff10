//! PostgreSQL's advanced regular expressions, written as the `regex` crate reads them.
//!
//! Source: PostgreSQL manual, "POSIX Regular Expressions". Look-around and back-references have no
//! counterpart in an engine that answers in linear time; they are refused with 0A000.

use crate::pg::{Fault, SqlState};

/// The most bytes a pattern may have.
const PATTERN_BYTES: usize = 32 << 10;
/// The deepest nesting of parentheses.
const DEPTH: usize = 200;
/// The largest count in `{m,n}`.
const REPETITIONS: u32 = 255;

/// The options of a match, from a flags argument or from the pattern itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one letter of the manual's table"
)]
pub(super) struct Flags {
    /// `i`: letters match without regard to case.
    pub(super) ignore_case: bool,
    /// `n`, `p`: `.` and `[^x]` do not match a newline.
    pub(super) stop_at_newline: bool,
    /// `n`, `w`: `^` and `$` match at newlines too.
    pub(super) anchor_at_newline: bool,
    /// `x`: white space and comments are left out.
    pub(super) expanded: bool,
    /// `q`: the pattern is a literal text.
    pub(super) quote: bool,
    /// `b`, `e` and the default: how escapes and operators are read.
    pub(super) dialect: Dialect,
    /// `g`: every match, not only the first.
    pub(super) global: bool,
}

/// How operators are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Everything the manual describes.
    #[default]
    Advanced,
    /// `e`: a backslash before a letter is that letter.
    Extended,
    /// `b`: basic expressions.
    Basic,
}

impl Flags {
    /// Reads a flags argument.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut flags = Self::default();
        for c in text.chars() {
            if c == 'g' {
                flags.global = true;
            } else if !flags.letter(c) {
                return Err(Fault::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("invalid regular expression option: \"{c}\""),
                ));
            }
        }
        Ok(flags)
    }

    /// Applies one letter; false when there is none such.
    fn letter(&mut self, c: char) -> bool {
        match c {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'm' | 'n' => (self.stop_at_newline, self.anchor_at_newline) = (true, true),
            's' => (self.stop_at_newline, self.anchor_at_newline) = (false, false),
            'p' => (self.stop_at_newline, self.anchor_at_newline) = (true, false),
            'w' => (self.stop_at_newline, self.anchor_at_newline) = (false, true),
            'x' => self.expanded = true,
            't' => self.expanded = false,
            'q' => self.quote = true,
            'b' => self.dialect = Dialect::Basic,
            'e' => self.dialect = Dialect::Extended,
            _ => return false,
        }
        true
    }
}

/// A pattern in the syntax of the `regex` crate.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) flags: Flags,
    /// The shortest match is wanted instead of the longest.
    pub(super) shortest: bool,
    /// Alternatives or repetitions exist, so the first match may not be the longest.
    pub(super) ambiguous: bool,
}

/// Translates a pattern.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<Translated, Fault> {
    if pattern.len() > PATTERN_BYTES {
        return Err(invalid("regular expression is too complex"));
    }
    let mut flags = flags;
    let mut rest = pattern;
    if let Some(literal) = rest.strip_prefix("***=") {
        flags.quote = true;
        rest = literal;
    } else if let Some(advanced) = rest.strip_prefix("***:") {
        flags.dialect = Dialect::Advanced;
        rest = advanced;
    } else if rest.starts_with("***") {
        return Err(invalid("quantifier operand invalid"));
    }
    if flags.quote {
        return Ok(Translated {
            pattern: regex::escape(rest),
            flags,
            shortest: false,
            ambiguous: false,
        });
    }
    if flags.dialect == Dialect::Basic {
        return Err(Fault::unsupported("a basic regular expression"));
    }
    if flags.dialect == Dialect::Advanced
        && let Some(options) = rest.strip_prefix("(?")
        && options.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        let (letters, after) = options
            .split_once(')')
            .ok_or_else(|| invalid("invalid embedded option"))?;
        if !letters.chars().all(|c| flags.letter(c)) {
            return Err(invalid("invalid embedded option"));
        }
        rest = after;
        if flags.quote {
            return translate(&["***=", rest].concat(), flags);
        }
    }
    let mut reader = Reader {
        left: rest.chars(),
        out: String::with_capacity(rest.len() + 16),
        flags,
        groups: 0,
        depth: 0,
        choices: 0,
    };
    let preference = reader.alternatives()?;
    if reader.left.next().is_some() {
        return Err(invalid("parentheses () not balanced"));
    }
    Ok(Translated {
        pattern: reader.out,
        flags,
        shortest: preference == Some(Preference::Shortest),
        ambiguous: reader.choices > 1 || preference == Some(Preference::Shortest),
    })
}

/// An error of a pattern.
pub(super) fn invalid(what: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_REGULAR_EXPRESSION,
        format!("invalid regular expression: {what}"),
    )
}

/// Which of several matches an expression prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preference {
    Longest,
    Shortest,
}

/// What was read before a quantifier.
struct Atom {
    /// A constraint such as `^` takes no quantifier.
    quantifiable: bool,
    preference: Option<Preference>,
}

impl Atom {
    const PLAIN: Self = Self {
        quantifiable: true,
        preference: None,
    };
    const CONSTRAINT: Self = Self {
        quantifiable: false,
        preference: None,
    };
}

struct Reader<'a> {
    left: std::str::Chars<'a>,
    out: String,
    flags: Flags,
    groups: u32,
    depth: usize,
    choices: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.left.clone().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.left.next();
        }
        there
    }

    fn take_text(&mut self, wanted: &str) -> bool {
        match self.left.as_str().strip_prefix(wanted) {
            Some(rest) => {
                self.left = rest.chars();
                true
            }
            None => false,
        }
    }

    /// `a|b|c`, up to a closing parenthesis or the end.
    fn alternatives(&mut self) -> Result<Option<Preference>, Fault> {
        let mut preference = self.branch()?;
        while self.take('|') {
            self.out.push('|');
            self.choices += 2;
            self.branch()?;
            preference = Some(Preference::Longest);
        }
        Ok(preference)
    }

    fn branch(&mut self) -> Result<Option<Preference>, Fault> {
        let mut preference = None;
        loop {
            self.skip_space();
            let Some(c) = self.peek() else { break };
            if c == '|' || (c == ')' && self.depth > 0) {
                break;
            }
            self.left.next();
            let start = self.out.len();
            let Some(atom) = self.atom(c)? else { continue };
            self.skip_space();
            let quantified = self.quantifier(&atom, start)?;
            preference = preference.or(quantified);
        }
        Ok(preference)
    }

    fn skip_space(&mut self) {
        while self.flags.expanded {
            match self.peek() {
                Some('#') => while !matches!(self.left.next(), Some('\n') | None) {},
                Some(c) if c.is_whitespace() => {
                    self.left.next();
                }
                _ => return,
            }
        }
    }

    /// Reads one atom that begins with `c`; `None` for a comment.
    fn atom(&mut self, c: char) -> Result<Option<Atom>, Fault> {
        match c {
            '(' => return self.group(),
            '[' => {
                if self.take_text("[:<:]]") {
                    self.out.push_str(r"\b{start}");
                    return Ok(Some(Atom::CONSTRAINT));
                }
                if self.take_text("[:>:]]") {
                    self.out.push_str(r"\b{end}");
                    return Ok(Some(Atom::CONSTRAINT));
                }
                super::bracket::read(&mut self.left, self.flags, &mut self.out)?;
            }
            ')' => return Err(invalid("parentheses () not balanced")),
            '*' | '+' | '?' => return Err(invalid("quantifier operand invalid")),
            '{' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return Err(invalid("quantifier operand invalid"));
            }
            '.' => self.out.push_str(if self.flags.stop_at_newline {
                r"[^\n]"
            } else {
                "(?s:.)"
            }),
            '^' | '$' => {
                self.out.push_str(match (c, self.flags.anchor_at_newline) {
                    ('^', true) => "(?m:^)",
                    ('^', false) => r"\A",
                    (_, true) => "(?m:$)",
                    (_, false) => r"\z",
                });
                return Ok(Some(Atom::CONSTRAINT));
            }
            '\\' => return self.escape().map(Some),
            c => literal(&mut self.out, c),
        }
        Ok(Some(Atom::PLAIN))
    }

    fn group(&mut self) -> Result<Option<Atom>, Fault> {
        if self.depth >= DEPTH {
            return Err(invalid("regular expression is too complex"));
        }
        if self.take_text("?#") {
            return match self.left.by_ref().find(|c| *c == ')') {
                Some(_) => Ok(None),
                None => Err(invalid("parentheses () not balanced")),
            };
        }
        if self.take_text("?:") {
            self.out.push_str("(?:");
        } else if ["?=", "?!", "?<=", "?<!"]
            .iter()
            .any(|look| self.left.as_str().starts_with(look))
        {
            return Err(Fault::unsupported("look-around in a regular expression"));
        } else if self.peek() == Some('?') {
            return Err(invalid("quantifier operand invalid"));
        } else {
            self.groups += 1;
            self.out.push('(');
        }
        self.depth += 1;
        let preference = self.alternatives()?;
        self.depth -= 1;
        if !self.take(')') {
            return Err(invalid("parentheses () not balanced"));
        }
        self.out.push(')');
        Ok(Some(Atom {
            quantifiable: true,
            preference,
        }))
    }

    /// Reads what follows a backslash outside brackets.
    fn escape(&mut self) -> Result<Atom, Fault> {
        let Some(c) = self.left.next() else {
            return Err(invalid(r"invalid escape \ sequence"));
        };
        if self.flags.dialect == Dialect::Extended && c.is_alphanumeric() {
            literal(&mut self.out, c);
            return Ok(Atom::PLAIN);
        }
        let constraint = match c {
            'A' => r"\A",
            'Z' => r"\z",
            'm' => r"\b{start}",
            'M' => r"\b{end}",
            'y' => r"\b",
            'Y' => r"\B",
            _ => "",
        };
        if !constraint.is_empty() {
            self.out.push_str(constraint);
            return Ok(Atom::CONSTRAINT);
        }
        match c {
            'd' => self.out.push_str("[0-9]"),
            'D' if self.flags.stop_at_newline => self.out.push_str(r"[^0-9\n]"),
            'D' => self.out.push_str("[^0-9]"),
            's' | 'S' | 'w' | 'W' => {
                self.out.push('\\');
                self.out.push(c);
            }
            '1'..='9' => return self.reference(c),
            c => literal(&mut self.out, escaped(c, &mut self.left)?),
        }
        Ok(Atom::PLAIN)
    }

    /// A digit after a backslash: a back-reference, or an octal character.
    fn reference(&mut self, first: char) -> Result<Atom, Fault> {
        let digits = self.left.as_str();
        let more = digits.chars().take_while(char::is_ascii_digit).count();
        let number = digits
            .get(..more)
            .and_then(|more| format!("{first}{more}").parse::<u32>().ok());
        match number {
            Some(number) if number <= self.groups => Err(Fault::unsupported(
                "a back-reference in a regular expression",
            )),
            _ if more == 0 => Err(invalid("invalid backreference number")),
            _ => {
                let octal: String = std::iter::once(first)
                    .chain(digits.chars().take(more.min(2)))
                    .collect();
                let code = u32::from_str_radix(&octal, 8)
                    .map_err(|_| invalid(r"invalid escape \ sequence"))?;
                for _ in 0..more.min(2) {
                    self.left.next();
                }
                literal(&mut self.out, character(code)?);
                Ok(Atom::PLAIN)
            }
        }
    }

    /// Reads a quantifier after an atom that was written at `start`.
    fn quantifier(&mut self, atom: &Atom, start: usize) -> Result<Option<Preference>, Fault> {
        let text = match self.peek() {
            Some(c @ ('*' | '+' | '?')) => {
                self.left.next();
                c.to_string()
            }
            Some('{') => {
                let mut ahead = self.left.clone();
                ahead.next();
                if !ahead.next().is_some_and(|c| c.is_ascii_digit()) {
                    return Ok(atom.preference);
                }
                self.left.next();
                self.repetition()?
            }
            _ => return Ok(atom.preference),
        };
        if !atom.quantifiable {
            return Err(invalid("quantifier operand invalid"));
        }
        let fixed = text.starts_with('{') && !text.contains(',');
        let lazy = self.take('?');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(invalid("quantifier operand invalid"));
        }
        // Grouping keeps a quantifier off a preceding one and off an escape such as `\b{start}`.
        // `{1,1}?` makes its operand as a whole prefer the shortest, whatever stands inside.
        let shortened = lazy && text == "{1,1}" && atom.preference == Some(Preference::Longest);
        let open = if shortened { "(?U:" } else { "(?:" };
        self.out.insert_str(start, open);
        self.out.push(')');
        self.out.push_str(&text);
        if lazy && !fixed {
            self.out.push('?');
        }
        if fixed {
            return Ok(atom.preference);
        }
        self.choices += 1;
        Ok(Some(if lazy {
            Preference::Shortest
        } else {
            Preference::Longest
        }))
    }

    /// Reads `m}`, `m,}` or `m,n}`.
    fn repetition(&mut self) -> Result<String, Fault> {
        let low = self.number()?;
        let mut text = format!("{{{low}");
        if self.take(',') {
            text.push(',');
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                let high = self.number()?;
                if high < low {
                    return Err(invalid("invalid repetition count(s)"));
                }
                text.push_str(&high.to_string());
            }
        }
        if !self.take('}') {
            return Err(invalid(if self.peek().is_none() {
                "braces {} not balanced"
            } else {
                "invalid repetition count(s)"
            }));
        }
        text.push('}');
        Ok(text)
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut value = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = value * 10 + digit;
            if value > REPETITIONS {
                return Err(invalid("invalid repetition count(s)"));
            }
            self.left.next();
        }
        Ok(value)
    }
}

/// Writes one character that stands for itself.
fn literal(out: &mut String, c: char) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// The character that an escape names, in or out of brackets; `c` follows the backslash.
pub(super) fn escaped(c: char, left: &mut std::str::Chars<'_>) -> Result<char, Fault> {
    let mut hexadecimal = |least: usize, most: usize| {
        let digits: String = left
            .clone()
            .take(most)
            .take_while(char::is_ascii_hexdigit)
            .collect();
        if digits.len() < least {
            return Err(invalid(r"invalid escape \ sequence"));
        }
        for _ in 0..digits.len() {
            left.next();
        }
        u32::from_str_radix(&digits, 16)
            .map_err(|_| invalid(r"invalid escape \ sequence"))
            .and_then(character)
    };
    match c {
        'a' => Ok('\u{7}'),
        'b' => Ok('\u{8}'),
        'B' => Ok('\\'),
        'e' => Ok('\u{1b}'),
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\u{b}'),
        'u' => hexadecimal(4, 4),
        'U' => hexadecimal(8, 8),
        'x' => hexadecimal(1, 255),
        'c' => match left.next() {
            Some(c) => character(u32::from(c) & 0x1f),
            None => Err(invalid(r"invalid escape \ sequence")),
        },
        '0' => {
            let digits: String = left
                .clone()
                .take(2)
                .take_while(|c| ('0'..='7').contains(c))
                .collect();
            for _ in 0..digits.len() {
                left.next();
            }
            character(u32::from_str_radix(&digits, 8).unwrap_or(0))
        }
        c if c.is_alphanumeric() => Err(invalid(r"invalid escape \ sequence")),
        c => Ok(c),
    }
}

fn character(code: u32) -> Result<char, Fault> {
    char::from_u32(code).ok_or_else(|| invalid(r"invalid escape \ sequence"))
}
