//! Finding parts of a checked JSON text without building it: what `json` must return as written,
//! and what `jsonb` stores in normal form already.

use super::Json;
use crate::pg::Fault;

/// What a JSON text is at its outermost level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// As `json_typeof` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::Text => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Holds the escapes of a whole document to characters there are: input as `json` only looks at
/// their digits.
pub fn readable(text: &str) -> Result<(), Fault> {
    if text.contains("\\u") {
        super::parse(text)?;
    }
    Ok(())
}

/// The kind of a checked JSON text.
pub fn kind(text: &str) -> Kind {
    match text.bytes().find(|byte| !blank(*byte)) {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::Text,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// The elements of an array; `None` when it is none.
pub fn elements(text: &str) -> Option<Vec<&str>> {
    if kind(text) != Kind::Array {
        return None;
    }
    let mut walk = Walk::inside(text);
    let mut found = Vec::new();
    while let Some(value) = walk.value() {
        found.push(value);
    }
    Some(found)
}

/// The keys (escapes resolved) and values of an object as written; `None` when it is none.
pub fn members(text: &str) -> Result<Option<Vec<(String, &str)>>, Fault> {
    if kind(text) != Kind::Object {
        return Ok(None);
    }
    let mut walk = Walk::inside(text);
    let mut found = Vec::new();
    while let Some(key) = walk.value() {
        let Some(value) = walk.value() else { break };
        found.push((string(key)?, value));
    }
    Ok(Some(found))
}

/// The value of a key, the last one if there are several.
pub fn member<'a>(text: &'a str, key: &str) -> Result<Option<&'a str>, Fault> {
    if kind(text) != Kind::Object {
        return Ok(None);
    }
    let mut walk = Walk::inside(text);
    let mut found = None;
    while let Some(name) = walk.value() {
        let Some(value) = walk.value() else { break };
        let plain = name
            .get(1..name.len().saturating_sub(1))
            .unwrap_or_default();
        let same = if plain.contains('\\') {
            string(name)? == key
        } else {
            plain == key
        };
        if same {
            found = Some(value);
        }
    }
    Ok(found)
}

/// An element of an array; negative counts from the end.
pub fn element(text: &str, index: i64) -> Option<&str> {
    let elements = elements(text)?;
    elements
        .get(super::position(index, elements.len())?)
        .copied()
}

/// The value at a path of keys and indexes.
pub fn at_path<'a>(text: &'a str, path: &[String]) -> Result<Option<&'a str>, Fault> {
    let mut here = text.trim_matches(|c: char| u8::try_from(c).is_ok_and(blank));
    for step in path {
        let next = match kind(here) {
            Kind::Object => member(here, step)?,
            Kind::Array => match step.trim().parse() {
                Ok(index) => element(here, index),
                Err(_) => None,
            },
            _ => None,
        };
        match next {
            Some(value) => here = value,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// The value as text: strings without quotes, NULL for `null`.
pub fn as_text(text: &str) -> Result<Option<String>, Fault> {
    Ok(match kind(text) {
        Kind::Null => None,
        Kind::Text => Some(string(text.trim())?),
        _ => Some(text.to_owned()),
    })
}

/// The text of a string literal.
fn string(literal: &str) -> Result<String, Fault> {
    let plain = literal
        .get(1..literal.len().saturating_sub(1))
        .unwrap_or_default();
    if !plain.contains('\\') {
        return Ok(plain.to_owned());
    }
    match super::parse(literal)? {
        Json::Text(text) => Ok(text),
        _ => Err(Fault::internal("a JSON string is none")),
    }
}

/// Goes over the values inside a container, keys included.
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn inside(text: &'a str) -> Self {
        let at = text.find(['[', '{']).map_or(text.len(), |at| at + 1);
        Self { text, at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next value; `None` at the end of the container.
    fn value(&mut self) -> Option<&'a str> {
        while self
            .peek()
            .is_some_and(|byte| blank(byte) || matches!(byte, b',' | b':'))
        {
            self.at += 1;
        }
        let start = self.at;
        match self.peek()? {
            b']' | b'}' => return None,
            b'"' => self.skip_string(),
            b'[' | b'{' => self.skip_container(),
            _ => {
                while self
                    .peek()
                    .is_some_and(|byte| !blank(byte) && !matches!(byte, b',' | b']' | b'}' | b':'))
                {
                    self.at += 1;
                }
            }
        }
        self.text.get(start..self.at)
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
    }

    fn skip_container(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}
