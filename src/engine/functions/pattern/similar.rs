//! SIMILAR TO: SQL's regular expressions, written as PostgreSQL's.

use super::like::bad_escape;
use crate::engine::functions::call::Text;
use crate::engine::functions::registry::Registry;
use crate::pg::{Fault, SqlState};

/// Registers the functions behind SIMILAR TO and `substring(_ similar _ escape _)`.
pub(super) fn register(registry: &mut Registry) {
    registry.unary::<Text, String>("similar_to_escape(text)", |pattern, _| {
        advanced(pattern, "\\")
    });
    registry.binary::<Text, Text, String>("similar_to_escape(text,text)", |pattern, escape, _| {
        advanced(pattern, escape)
    });
    registry.kernel("similar_escape(text,text)", |call| {
        let (patterns, escapes) = (call.input::<Text>(0)?, call.input::<Text>(1)?);
        let rows = (0..call.rows).map(|row| {
            patterns
                .at(row)
                .map(|pattern| advanced(pattern, escapes.at(row).unwrap_or("\\")))
                .transpose()
        });
        <String as crate::engine::functions::Output>::collect(rows, call.rows, call.storage)
    });
}

/// The whole pattern as an advanced regular expression.
///
/// Two escape-double-quotes divide it in three; the part between becomes the only group.
pub(super) fn advanced(pattern: &str, escape: &str) -> Result<String, Fault> {
    let mut characters = escape.chars();
    let (escape, None) = (characters.next(), characters.next()) else {
        return Err(bad_escape());
    };
    let mut out = String::from("^(?:");
    let (mut after_escape, mut quotes) = (false, 0);
    let mut bracket = Bracket::default();
    for c in pattern.chars() {
        if after_escape {
            if c == '"' && bracket.depth == 0 {
                quotes += 1;
                match quotes {
                    1 => out.push_str("){1,1}?("),
                    2 => out.push_str("){1,1}(?:"),
                    _ => return Err(too_many_quotes()),
                }
            } else {
                out.push('\\');
                out.push(c);
            }
            after_escape = false;
        } else if Some(c) == escape {
            after_escape = true;
        } else if bracket.depth > 0 {
            if c == '\\' {
                out.push('\\');
            }
            out.push(c);
            bracket.step(c);
        } else {
            match c {
                '[' => {
                    out.push(c);
                    bracket = Bracket { depth: 1, read: 0 };
                }
                '%' => out.push_str(".*"),
                '_' => out.push('.'),
                '(' => out.push_str("(?:"),
                '\\' | '.' | '^' | '$' => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        }
    }
    out.push_str(")$");
    Ok(out)
}

/// Where in a bracket expression the reader is.
#[derive(Default)]
struct Bracket {
    /// How many brackets are open: a class such as `[:alpha:]` is a second one.
    depth: usize,
    /// Members read: a `]` that comes first stands for itself.
    read: usize,
}

impl Bracket {
    fn step(&mut self, c: char) {
        match c {
            ']' if self.depth > 1 || self.read > 0 => self.depth -= 1,
            '[' => self.depth += 1,
            '^' if self.read == 0 => return,
            _ => {}
        }
        self.read += 1;
    }
}

fn too_many_quotes() -> Fault {
    Fault::new(
        SqlState("2200C"),
        "SQL regular expression may not contain more than two escape-double-quote separators",
    )
}
