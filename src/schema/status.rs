//! The schema that every database has beside its products': tables and functions about nights.

use super::{Error, Product, file};
use crate::pg::{Type, types};

const TEXT: &str = include_str!("../../schemas/syllabase.toml");

/// A function of the status schema, which returns rows.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its comment.
    pub comment: &'static str,
    /// What it takes.
    pub arguments: &'static [(&'static str, Type)],
    /// The columns it returns.
    pub columns: &'static [(&'static str, Type)],
}

/// The functions of the status schema: called with NULLs too, stable, internal.
pub const FUNCTIONS: &[Function] = &[Function {
    name: "explain_change",
    comment: "Why the rows of a day changed between two times: what the snapshots published after \
              the first and up to the second brought and took, by cause.",
    arguments: &[
        ("table", Type::plain(types::TEXT)),
        ("day", Type::plain(types::DATE)),
        ("from", Type::plain(types::TIMESTAMPTZ)),
        ("to", Type::plain(types::TIMESTAMPTZ)),
    ],
    columns: &[
        ("cause", Type::plain(types::TEXT)),
        ("rows_added", Type::plain(types::INT8)),
        ("rows_removed", Type::plain(types::INT8)),
        ("rows_changed", Type::plain(types::INT8)),
        ("nights", Type::plain(types::INT8)),
    ],
}];

/// The name of the schema.
pub const SCHEMA: &str = "syllabase";

/// The tables of the status schema, declared like a product's.
pub fn status() -> Result<Product, Error> {
    file::parse_own(TEXT, "schemas/syllabase.toml")
}
