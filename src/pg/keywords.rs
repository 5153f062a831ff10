//! The keywords of PostgreSQL's grammar, and which names need quotes because of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A keyword of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyword {
    /// The word, in lower case.
    pub word: &'static str,
    /// `U` unreserved, `C` column name, `T` type or function name, `R` reserved.
    pub kind: char,
    /// Whether it can be a column label without AS.
    pub bare_label: bool,
}

/// All keywords, sorted; `keywords.tsv` is what `pg_get_keywords()` of PostgreSQL 15 says.
pub fn keywords() -> impl Iterator<Item = Keyword> {
    let lines = include_str!("keywords.tsv").lines();
    lines.filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Keyword {
            word: fields.next()?,
            kind: fields.next()?.chars().next()?,
            bare_label: fields.next()? == "t",
        })
    })
}

fn kinds() -> &'static HashMap<&'static str, char> {
    static KINDS: LazyLock<HashMap<&str, char>> = LazyLock::new(|| {
        keywords()
            .map(|keyword| (keyword.word, keyword.kind))
            .collect()
    });
    &KINDS
}

/// Whether a word in lower case can be no name at all.
pub fn is_reserved(word: &str) -> bool {
    kinds().get(word) == Some(&'R')
}

/// The name as an identifier in SQL: in double quotes if it would not be read back without.
pub fn quote_ident(name: &str) -> Cow<'_, str> {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && kinds().get(name).is_none_or(|kind| *kind == 'U');
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_postgresql_quotes_them() {
        for (name, quoted) in [
            ("users", "users"),
            ("user", "\"user\""),
            ("Users", "\"Users\""),
            ("_x1", "_x1"),
            ("1x", "\"1x\""),
            ("a\"b", "\"a\"\"b\""),
            ("", "\"\""),
            ("abort", "abort"),
            ("bigint", "\"bigint\""),
            ("left", "\"left\""),
            ("a$", "\"a$\""),
            ("é", "\"é\""),
        ] {
            assert_eq!(quote_ident(name), quoted, "{name}");
        }
        assert_eq!(keywords().count(), 460);
    }
}
