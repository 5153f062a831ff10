//! The quoting of array elements and record fields, and the reading of array literals.

use std::iter::Peekable;
use std::str::Chars;

use crate::pg::array::{DIMENSIONS_MAX, Dimension, Shape, too_many_dimensions};
use crate::pg::{Fault, SqlState};

/// What the text of an array says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The elements' texts, quotes and backslashes resolved, the last subscript running fastest.
    pub elements: Vec<Option<String>>,
    /// The dimensions.
    pub shape: Shape,
}

/// Appends an array element, quoted where the reader needs it.
pub fn quote_element(text: &[u8], out: &mut Vec<u8>) {
    let quoted = text.is_empty()
        || text.eq_ignore_ascii_case(b"null")
        || text.iter().any(|byte| {
            matches!(
                byte,
                b'"' | b'\\' | b'{' | b'}' | b',' | b' ' | b'\t'..=b'\r'
            )
        });
    if !quoted {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Appends a record field, quoted where the reader needs it.
pub fn quote_field(text: &[u8], out: &mut Vec<u8>) {
    let quoted = text.is_empty()
        || text.iter().any(|byte| {
            matches!(
                byte,
                b'"' | b'\\' | b'(' | b')' | b',' | b' ' | b'\t'..=b'\r'
            )
        });
    if !quoted {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(*byte);
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Reads the text of an array: `{a,"b c",NULL}`, `{{1,2},{3,4}}`, `[0:1]={a,b}`.
///
/// # Errors
/// 22P02 with PostgreSQL's detail, 2202E and 54000 for bounds that cannot be.
pub fn read_array(text: &str) -> Result<Literal, Fault> {
    let malformed = |detail: String| {
        let message = format!("malformed array literal: \"{text}\"");
        Fault::new(SqlState::INVALID_TEXT_REPRESENTATION, message).detail(detail)
    };
    let mut rest = text.chars().peekable();
    let given = bounds(&mut rest, &malformed)?;
    if given.is_empty() {
        if rest.peek() != Some(&'{') {
            return Err(malformed(String::from(
                "Array value must start with \"{\" or dimension information.",
            )));
        }
    } else {
        if rest.next() != Some('=') {
            return Err(malformed(String::from(
                "Missing \"=\" after array dimensions.",
            )));
        }
        blanks(&mut rest);
        if rest.peek() != Some(&'{') {
            return Err(malformed(String::from(
                "Array contents must start with \"{\".",
            )));
        }
    }
    let mut braces = Braces::default();
    let lengths = braces.read(&mut rest, &malformed)?;
    if !given.is_empty() {
        let same = given.len() == lengths.len();
        if !same || given.iter().zip(&lengths).any(|(g, l)| g.length != *l) {
            return Err(malformed(String::from(
                "Specified array dimensions do not match array contents.",
            )));
        }
    }
    let found = lengths.iter().map(|length| Dimension {
        length: *length,
        lower: 1,
    });
    let shape = Shape::new(&if given.is_empty() {
        found.collect()
    } else {
        given
    })?;
    let mut elements = braces.elements;
    if shape.size() == 0 {
        elements.clear();
    }
    if shape.size() != elements.len() {
        return Err(malformed(String::from(
            "Specified array dimensions do not match array contents.",
        )));
    }
    Ok(Literal { elements, shape })
}

/// Reads the text of a row of so many columns: `(1,"a b",)`; nothing between commas is NULL.
///
/// # Errors
/// 22P02 with PostgreSQL's detail.
pub fn read_row(text: &str, columns: usize) -> Result<Vec<Option<String>>, Fault> {
    let malformed = |detail: &str| {
        let message = format!("malformed record literal: \"{text}\"");
        Fault::new(SqlState::INVALID_TEXT_REPRESENTATION, message).detail(detail)
    };
    let mut rest = text.chars().peekable();
    blanks(&mut rest);
    if rest.next() != Some('(') {
        return Err(malformed("Missing left parenthesis."));
    }
    let mut fields = Vec::with_capacity(columns);
    for at in 0..columns {
        if at > 0 && rest.next_if_eq(&',').is_none() {
            return Err(malformed("Too few columns."));
        }
        if matches!(rest.peek(), Some(',' | ')')) {
            fields.push(None);
            continue;
        }
        let (mut field, mut quoted) = (String::new(), false);
        while quoted || !matches!(rest.peek(), Some(',' | ')')) {
            match rest.next() {
                None => return Err(malformed("Unexpected end of input.")),
                Some('\\') => match rest.next() {
                    None => return Err(malformed("Unexpected end of input.")),
                    Some(c) => field.push(c),
                },
                Some('"') if quoted && rest.next_if_eq(&'"').is_some() => field.push('"'),
                Some('"') => quoted = !quoted,
                Some(c) => field.push(c),
            }
        }
        fields.push(Some(field));
    }
    if rest.next() != Some(')') {
        return Err(malformed("Too many columns."));
    }
    if rest.any(|c| !blank(c)) {
        return Err(malformed("Junk after right parenthesis."));
    }
    Ok(fields)
}

type Rest<'a> = Peekable<Chars<'a>>;

fn blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

fn blanks(rest: &mut Rest<'_>) {
    while rest.next_if(|c| blank(*c)).is_some() {}
}

/// `[2:3][-1:4]` before the `=`; a bound may stand for its last subscript alone.
fn bounds(
    rest: &mut Rest<'_>,
    malformed: &impl Fn(String) -> Fault,
) -> Result<Vec<Dimension>, Fault> {
    let mut found = Vec::new();
    loop {
        blanks(rest);
        if rest.next_if_eq(&'[').is_none() {
            return Ok(found);
        }
        if found.len() >= DIMENSIONS_MAX {
            return Err(too_many_dimensions(found.len() + 1));
        }
        let first = number(rest).ok_or_else(|| {
            malformed(String::from(
                "\"[\" must introduce explicitly-specified array dimensions.",
            ))
        })?;
        let (lower, upper) = if rest.next_if_eq(&':').is_some() {
            let upper = number(rest)
                .ok_or_else(|| malformed(String::from("Missing array dimension value.")))?;
            (first, upper)
        } else {
            (1, first)
        };
        if rest.next() != Some(']') {
            return Err(malformed(String::from(
                "Missing \"]\" after array dimensions.",
            )));
        }
        if upper < lower {
            return Err(Fault::new(
                SqlState::ARRAY_SUBSCRIPT_ERROR,
                "upper bound cannot be less than lower bound",
            ));
        }
        let length = upper.wrapping_sub(lower).wrapping_add(1);
        found.push(Dimension { length, lower });
    }
}

/// Digits with signs as far as they are a number; `None` when there are none at all.
fn number(rest: &mut Rest<'_>) -> Option<i32> {
    let mut text = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_digit() || matches!(c, '+' | '-')) {
        text.push(c);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let digits = digits.split(['+', '-']).next().unwrap_or_default();
    let value = digits.bytes().try_fold(0_i64, |value, digit| {
        value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i64::from(digit - b'0')))
    });
    let value = sign * value.unwrap_or(i64::MAX);
    let bounded = value.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    (!text.is_empty())
        .then(|| i32::try_from(bounded).ok())
        .flatten()
}

/// What was read last between braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    Opened,
    Bare,
    Quoting,
    Quoted,
    Comma,
    Closed,
    /// A comma after a nested list.
    Between,
}

/// The reading of `{…}`: elements, and how long the lists of each depth are.
#[derive(Debug, Default)]
struct Braces {
    elements: Vec<Option<String>>,
    last: Last,
    depth: usize,
    dimensions: usize,
    /// Members of the list now open at each depth, and of the one before it.
    members: [i32; DIMENSIONS_MAX],
    before: [i32; DIMENSIONS_MAX],
    /// What each dimension counts.
    counts: [i32; DIMENSIONS_MAX],
    /// The element being read, how much of it stays, whether something in it was escaped or quoted.
    text: String,
    kept: usize,
    literal: bool,
    /// Whether there is any element.
    filled: bool,
}

fn unexpected(c: char) -> String {
    format!("Unexpected \"{c}\" character.")
}

impl Braces {
    /// Reads up to the end of the text; the lengths of the dimensions, none for `{}`.
    fn read(
        &mut self,
        rest: &mut Rest<'_>,
        malformed: &impl Fn(String) -> Fault,
    ) -> Result<Vec<i32>, Fault> {
        let ended = || malformed(String::from("Unexpected end of input."));
        self.dimensions = 1;
        loop {
            let c = rest.next().ok_or_else(ended)?;
            if self.last == Last::Quoting && !matches!(c, '"' | '\\') {
                self.text.push(c);
                continue;
            }
            match c {
                '\\' => {
                    if !matches!(
                        self.last,
                        Last::Opened | Last::Bare | Last::Quoting | Last::Comma
                    ) {
                        return Err(malformed(unexpected('\\')));
                    }
                    self.begin(Last::Bare);
                    self.text.push(rest.next().ok_or_else(ended)?);
                    (self.kept, self.literal) = (self.text.len(), true);
                }
                '"' => self.quote().map_err(malformed)?,
                '{' => {
                    if !matches!(self.last, Last::Nothing | Last::Opened | Last::Between) {
                        return Err(malformed(unexpected('{')));
                    }
                    self.open()?;
                }
                '}' => {
                    if self.close().map_err(malformed)? {
                        break;
                    }
                }
                ',' => self.comma().map_err(malformed)?,
                c if blank(c) => {
                    if self.last == Last::Bare {
                        self.text.push(c);
                    }
                }
                c => {
                    if !matches!(self.last, Last::Opened | Last::Bare | Last::Comma) {
                        return Err(malformed(String::from("Unexpected array element.")));
                    }
                    self.begin(Last::Bare);
                    self.text.push(c);
                    self.kept = self.text.len();
                }
            }
        }
        if rest.any(|c| !blank(c)) {
            return Err(malformed(String::from("Junk after closing right brace.")));
        }
        let counts = self.counts.iter().take(self.dimensions).copied();
        Ok(if self.filled {
            counts.collect()
        } else {
            Vec::new()
        })
    }

    fn begin(&mut self, state: Last) {
        if self.last != Last::Quoting {
            self.last = state;
        }
        self.filled = true;
    }

    fn quote(&mut self) -> Result<(), String> {
        match self.last {
            Last::Opened | Last::Comma => {
                self.last = Last::Quoting;
                (self.literal, self.filled) = (true, true);
            }
            Last::Quoting => {
                self.last = Last::Quoted;
                self.kept = self.text.len();
            }
            _ => return Err(String::from("Unexpected array element.")),
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), Fault> {
        self.last = Last::Opened;
        if self.depth >= DIMENSIONS_MAX {
            return Err(too_many_dimensions(self.depth + 1));
        }
        if let Some(count) = self.counts.get_mut(self.depth) {
            *count = 0;
        }
        if let Some(members) = self.members.get_mut(self.depth) {
            *members = 1;
        }
        self.depth += 1;
        self.dimensions = self.dimensions.max(self.depth);
        Ok(())
    }

    /// Ends a list; whether it was the outermost.
    fn close(&mut self) -> Result<bool, String> {
        let empty = self.depth == 1 && self.last == Last::Opened;
        let ends = matches!(self.last, Last::Bare | Last::Quoted | Last::Closed);
        if !ends && !empty {
            return Err(unexpected('}'));
        }
        self.element();
        self.last = Last::Closed;
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(String::from("Unmatched \"}\" character."));
        };
        self.depth = depth;
        if let (Some(now), Some(before)) = (self.members.get_mut(depth), self.before.get_mut(depth))
        {
            if *before != 0 && before != now {
                return Err(String::from(
                    "Multidimensional arrays must have sub-arrays with matching dimensions.",
                ));
            }
            (*before, *now) = (*now, 1);
        }
        match depth.checked_sub(1) {
            Some(outer) => self.count(outer),
            None => self.count(self.dimensions - 1),
        }
        Ok(depth == 0)
    }

    fn count(&mut self, dimension: usize) {
        if let Some(count) = self.counts.get_mut(dimension) {
            *count += 1;
        }
    }

    fn comma(&mut self) -> Result<(), String> {
        self.last = match self.last {
            Last::Closed => Last::Between,
            Last::Bare | Last::Quoted => Last::Comma,
            _ => return Err(unexpected(',')),
        };
        self.element();
        if let Some(members) = self
            .depth
            .checked_sub(1)
            .and_then(|at| self.members.get_mut(at))
        {
            *members += 1;
        }
        self.count(self.dimensions - 1);
        Ok(())
    }

    /// Keeps the element that ends here, if one began.
    fn element(&mut self) {
        if self.kept == 0 && !self.literal {
            return;
        }
        let mut text = std::mem::take(&mut self.text);
        text.truncate(self.kept);
        let null = !self.literal && text.eq_ignore_ascii_case("null");
        self.elements.push((!null).then_some(text));
        (self.kept, self.literal) = (0, false);
    }
}
