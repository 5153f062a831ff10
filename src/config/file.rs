//! Reads a TOML file into a type, and says of every mistake in which file, line and key it is.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something it must not.
    #[error("{}:{line}: {}{reason}", path.display(), Quoted(key))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The dotted key, or empty when the mistake belongs to none.
        key: String,
        /// What is wrong, in one line.
        reason: String,
    },
}

/// A key in quotes and a colon, or nothing.
struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "\"{}\": ", self.0)
    }
}

/// Reads a text file of at most `most` bytes.
pub(crate) fn read(path: &Path, most: u64) -> Result<String, Error> {
    let fail = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(fail)?;
    file.take(most + 1)
        .read_to_string(&mut text)
        .map_err(fail)?;
    if text.len() as u64 > most {
        let why = format!("is larger than {most} bytes");
        return Err(fail(io::Error::new(io::ErrorKind::FileTooLarge, why)));
    }
    Ok(text)
}

/// Reads the text of a file into a type that refuses unknown keys.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        Error::Invalid {
            path: path.to_owned(),
            line: line_of(text, at.start),
            key: key_at(text, &at),
            reason: error.message().replace('\n', " "),
        }
    })
}

/// Makes the error for a value that was read but fails a check; `key` is dotted, list elements are
/// numbers from 0.
pub(crate) fn invalid(path: &Path, text: &str, key: &str, reason: impl Into<String>) -> Error {
    Error::Invalid {
        path: path.to_owned(),
        line: span_of(text, key).map_or(1, |span| line_of(text, span.start)),
        key: key.to_owned(),
        reason: reason.into(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let bytes = text.as_bytes();
    let before = bytes.get(..offset.min(bytes.len())).unwrap_or(bytes);
    before.split(|byte| *byte == b'\n').count()
}

/// The dotted key whose name or value covers a place in the text.
fn key_at(text: &str, at: &Range<usize>) -> String {
    let Ok(root) = DeTable::parse(text) else {
        return String::new();
    };
    let mut path = Vec::new();
    descend(root.get_ref(), at, &mut path);
    path.join(".")
}

fn descend(table: &DeTable<'_>, at: &Range<usize>, path: &mut Vec<String>) {
    for (name, value) in table {
        let named = name.span().start <= at.start && at.end <= name.span().end;
        if named || inside(value, at, &mut Vec::new()) {
            path.push(name.get_ref().to_string());
            if !named {
                inside(value, at, path);
            }
            return;
        }
    }
}

/// Whether a place lies in a value; adds the keys below it that lead there.
fn inside(value: &Spanned<DeValue<'_>>, at: &Range<usize>, path: &mut Vec<String>) -> bool {
    let covers = value.span().start <= at.start && at.end <= value.span().end;
    let known = path.len();
    match value.get_ref() {
        // The span of a table under a [header] is the header alone, so look at what is in it.
        DeValue::Table(table) => descend(table, at, path),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let mut below = vec![index.to_string()];
                if inside(item, at, &mut below) {
                    path.append(&mut below);
                    break;
                }
            }
        }
        _ => {}
    }
    covers || path.len() > known
}

/// Where the value of a dotted key stands.
fn span_of(text: &str, key: &str) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?;
    let mut parts = key.split('.');
    let mut value = root.get_ref().get(parts.next()?)?;
    for part in parts {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(part),
            DeValue::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }?;
    }
    Some(value.span())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

    fn complaint(text: &str) -> String {
        parse::<Limits>(Path::new("server.toml"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn mistakes_name_file_line_and_key() {
        let unknown = complaint("[login]\ndeadline = \"1s\"\ndeadlin = \"1s\"\n");
        assert!(
            unknown.starts_with("server.toml:3: \"login.deadlin\": unknown field"),
            "{unknown}"
        );
        let value = complaint("\n[session]\nprepared = \"many\"\n");
        assert!(
            value.starts_with("server.toml:3: \"session.prepared\": invalid type"),
            "{value}"
        );
        let grammar = complaint("[login]\ndeadline = = 1\n");
        assert!(grammar.starts_with("server.toml:2: "), "{grammar}");
    }

    #[test]
    fn a_failed_check_finds_its_line() {
        let text = "a = 1\n[[allow]]\nnetwork = \"1\"\n[[allow]]\nnetwork = \"x\"\n";
        let error = invalid(
            Path::new("t.toml"),
            text,
            "allow.1.network",
            "is no network",
        );
        assert_eq!(
            error.to_string(),
            "t.toml:5: \"allow.1.network\": is no network"
        );
    }
}
