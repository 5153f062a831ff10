//! LIKE: `%` any text, `_` any one character, and an escape character.

use crate::pg::{Fault, SqlState};

/// A compiled LIKE pattern.
#[derive(Debug)]
pub(super) struct Like {
    /// What stands between the `%` signs.
    segments: Vec<Segment>,
    /// The pattern ends in a lone escape: reaching it is an error.
    dangling: bool,
}

/// Literal texts and single characters that stand side by side.
#[derive(Debug, Default)]
struct Segment {
    units: Vec<Unit>,
    /// Characters it covers.
    characters: usize,
}

#[derive(Debug)]
enum Unit {
    Literal(String),
    One,
}

impl Like {
    /// Compiles a pattern whose escape character is the backslash.
    pub(super) fn compile(pattern: &str) -> Self {
        let (mut segments, mut current) = (Vec::new(), Segment::default());
        let mut dangling = false;
        let mut characters = pattern.chars();
        while let Some(c) = characters.next() {
            match c {
                '%' => segments.push(std::mem::take(&mut current)),
                '_' => current.one(),
                '\\' => match characters.next() {
                    Some(c) => current.literal(c),
                    None => dangling = true,
                },
                c => current.literal(c),
            }
        }
        if dangling {
            // The escape is reached where something is left after all before it.
            current.one();
            segments.push(std::mem::take(&mut current));
        }
        segments.push(current);
        Self { segments, dangling }
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> Result<bool, Fault> {
        let found = self.covers(text);
        if found && self.dangling {
            return Err(Fault::new(
                SqlState::INVALID_ESCAPE_SEQUENCE,
                "LIKE pattern must not end with escape character",
            ));
        }
        Ok(found)
    }

    fn covers(&self, text: &str) -> bool {
        let Some((first, rest)) = self.segments.split_first() else {
            return text.is_empty();
        };
        let Some(mut left) = first.strip(text) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return left.is_empty();
        };
        for segment in middle {
            match segment.find(left) {
                Some(after) => left = after,
                None => return false,
            }
        }
        last.ends(left)
    }
}

impl Segment {
    fn one(&mut self) {
        self.units.push(Unit::One);
        self.characters += 1;
    }

    fn literal(&mut self, c: char) {
        self.characters += 1;
        if let Some(Unit::Literal(text)) = self.units.last_mut() {
            text.push(c);
        } else {
            self.units.push(Unit::Literal(c.to_string()));
        }
    }

    /// What is left of the text after this segment at its beginning.
    fn strip<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.units.iter().try_fold(text, |left, unit| match unit {
            Unit::Literal(literal) => left.strip_prefix(literal.as_str()),
            Unit::One => {
                let mut characters = left.chars();
                characters.next().map(|_| characters.as_str())
            }
        })
    }

    /// What is left of the text after the first place where this segment stands.
    fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut left = text;
        loop {
            if let Some(Unit::Literal(literal)) = self.units.first() {
                left = left.get(left.find(literal.as_str())?..)?;
            }
            if let Some(after) = self.strip(left) {
                return Some(after);
            }
            let mut characters = left.chars();
            characters.next()?;
            left = characters.as_str();
        }
    }

    /// Whether the text ends with this segment.
    fn ends(&self, text: &str) -> bool {
        match self.units.as_slice() {
            [] => true,
            [Unit::Literal(literal)] => text.ends_with(literal.as_str()),
            _ => text
                .char_indices()
                .rev()
                .nth(self.characters - 1)
                .and_then(|(at, _)| self.strip(text.get(at..)?))
                .is_some_and(str::is_empty),
        }
    }
}

/// `like_escape(pattern, escape)`: the pattern with the backslash as its escape.
pub(super) fn with_escape(pattern: &str, escape: &str) -> Result<String, Fault> {
    let mut characters = escape.chars();
    let escape = match (characters.next(), characters.next()) {
        (None, _) => return Ok(pattern.replace('\\', "\\\\")),
        (Some('\\'), None) => return Ok(String::from(pattern)),
        (Some(c), None) => c,
        _ => return Err(bad_escape()),
    };
    let mut out = String::with_capacity(pattern.len());
    let mut escaped = false;
    for c in pattern.chars() {
        if c == escape && !escaped {
            out.push('\\');
            escaped = true;
        } else {
            if c == '\\' && !escaped {
                out.push('\\');
            }
            out.push(c);
            escaped = false;
        }
    }
    Ok(out)
}

/// An escape of more than one character.
pub(super) fn bad_escape() -> Fault {
    Fault::new(SqlState::INVALID_ESCAPE_SEQUENCE, "invalid escape string")
        .hint("Escape string must be empty or one character.")
}
