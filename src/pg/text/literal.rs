//! The quoting of array elements and record fields, and the reading of array literals.

use crate::pg::{Fault, SqlState};

/// What an array literal holds at its innermost level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// An unquoted NULL.
    Null,
    /// A text, quotes and backslashes resolved.
    Text(String),
    /// A nested array.
    List(Vec<Element>),
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

struct Cursor<'a> {
    whole: &'a str,
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

/// Reads an array literal: `{a,"b c",NULL}`, nested to any depth up to 6.
pub fn read_array(text: &str) -> Result<Vec<Element>, Fault> {
    let mut cursor = Cursor {
        whole: text,
        rest: text.chars().peekable(),
    };
    cursor.space();
    if cursor.rest.peek() == Some(&'[') {
        cursor.bounds()?;
    }
    if cursor.rest.next() != Some('{') {
        return Err(
            malformed(text).detail("Array value must start with \"{\" or dimension information.")
        );
    }
    let elements = cursor.list(1)?;
    cursor.space();
    if cursor.rest.next().is_some() {
        return Err(malformed(text).detail("Junk after closing right brace."));
    }
    Ok(elements)
}

fn malformed(text: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("malformed array literal: \"{text}\""),
    )
}

impl Cursor<'_> {
    fn space(&mut self) {
        while self
            .rest
            .peek()
            .is_some_and(|c| c.is_ascii_whitespace() || *c == '\x0b')
        {
            self.rest.next();
        }
    }

    /// `[1:3]=`: only a lower bound of 1 is kept by what we store.
    fn bounds(&mut self) -> Result<(), Fault> {
        let mut text = String::new();
        for c in self.rest.by_ref() {
            if c == '=' {
                break;
            }
            text.push(c);
        }
        self.space();
        if text.starts_with("[1:") {
            Ok(())
        } else {
            Err(Fault::unsupported(
                "an array with a lower bound other than 1",
            ))
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Element>, Fault> {
        if depth > 6 {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                "number of array dimensions exceeds the maximum allowed (6)",
            ));
        }
        let mut elements = Vec::new();
        loop {
            self.space();
            match self.rest.peek() {
                Some('}') if elements.is_empty() => {
                    self.rest.next();
                    return Ok(elements);
                }
                Some('{') => {
                    self.rest.next();
                    elements.push(Element::List(self.list(depth + 1)?));
                }
                Some('}' | ',') => {
                    let found = self.rest.peek().copied().unwrap_or(',');
                    return Err(
                        malformed(self.whole).detail(format!("Unexpected \"{found}\" character."))
                    );
                }
                Some(_) => elements.push(self.element()?),
                None => return Err(self.ended()),
            }
            self.space();
            match self.rest.next() {
                Some(',') => {}
                Some('}') => return self.even(elements),
                Some('{') => {
                    return Err(malformed(self.whole).detail("Unexpected \"{\" character."));
                }
                Some(_) => {
                    return Err(malformed(self.whole).detail("Unexpected array element."));
                }
                None => return Err(self.ended()),
            }
        }
    }

    /// All elements of a level are lists of one length, or none is a list.
    fn even(&self, elements: Vec<Element>) -> Result<Vec<Element>, Fault> {
        let width = |element: &Element| match element {
            Element::List(inner) => Some(inner.len()),
            _ => None,
        };
        let mut widths = elements.iter().map(width);
        let first = widths.next().flatten();
        if widths.all(|width| width == first) {
            Ok(elements)
        } else {
            Err(malformed(self.whole)
                .detail("Multidimensional arrays must have sub-arrays with matching dimensions."))
        }
    }

    fn ended(&self) -> Fault {
        malformed(self.whole).detail("Unexpected end of input.")
    }

    fn element(&mut self) -> Result<Element, Fault> {
        let mut text = String::new();
        if self.rest.peek() == Some(&'"') {
            self.rest.next();
            loop {
                match self.rest.next() {
                    Some('"') => return Ok(Element::Text(text)),
                    Some('\\') => text.push(self.rest.next().ok_or_else(|| self.ended())?),
                    Some(c) => text.push(c),
                    None => return Err(self.ended()),
                }
            }
        }
        // Blanks at the end belong to the element only when escaped.
        let (mut kept, mut escaped) = (0, false);
        loop {
            match self.rest.peek() {
                None => return Err(self.ended()),
                Some(',' | '}') => break,
                Some('"') => {
                    return Err(malformed(self.whole).detail("Incorrectly quoted array element."));
                }
                Some('{') => {
                    return Err(malformed(self.whole).detail("Unexpected \"{\" character."));
                }
                Some('\\') => {
                    self.rest.next();
                    text.push(self.rest.next().ok_or_else(|| self.ended())?);
                    (kept, escaped) = (text.len(), true);
                }
                Some(c) => {
                    let c = *c;
                    self.rest.next();
                    text.push(c);
                    if !c.is_ascii_whitespace() {
                        kept = text.len();
                    }
                }
            }
        }
        text.truncate(kept);
        Ok(if !escaped && text.eq_ignore_ascii_case("null") {
            Element::Null
        } else {
            Element::Text(text)
        })
    }
}
