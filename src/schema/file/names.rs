//! The names a schema file uses: which are taken, which exist, and how spellings are compared.

use std::collections::{HashMap, HashSet};

use toml::Spanned;

use super::raw::{RawColumn, RawTable};
use super::{Error, Reader};
use crate::ident::Oid;
use crate::pg::typename::parse_type_name;
use crate::pg::{Type, types};
use crate::schema::{Reference, Target};

/// Which columns each table has and their types, for references that point ahead.
pub(super) struct Columns(HashMap<String, HashMap<String, Option<Type>>>);

impl Columns {
    pub(super) fn of(tables: &[RawTable]) -> Self {
        let kinds = |table: &RawTable| {
            let columns = table.columns.iter();
            let typed = |column: &RawColumn| {
                let kind = parse_type_name(column.kind.get_ref());
                (column.name.get_ref().clone(), kind)
            };
            columns.map(typed).collect()
        };
        Self(
            tables
                .iter()
                .map(|table| (table.name.get_ref().clone(), kinds(table)))
                .collect(),
        )
    }

    pub(super) fn has(&self, table: &str, column: &str) -> bool {
        let columns = self.0.get(table);
        columns.is_some_and(|columns| columns.contains_key(column))
    }

    /// The type of a column.
    pub(super) fn kind(&self, table: &str, column: &str) -> Option<Type> {
        *self.0.get(table)?.get(column)?
    }

    /// Says why values of this type cannot be compared with what they are said to refer to.
    pub(super) fn misfit(&self, kind: Type, reference: &Reference) -> Option<String> {
        let element = types::element(kind.oid);
        if reference.each && element.is_none() && kind.oid != types::JSONB {
            return Some("each element needs an array or jsonb".to_owned());
        }
        if reference.join.is_some() || kind.oid == types::JSONB {
            return None;
        }
        let own = family(element.unwrap_or(kind.oid));
        let differs = |target: &&Target| {
            let column = self.0.get(target.table.as_str())?.get(&target.column);
            Some(family((*column?)?.oid) != own)
        };
        let target = reference
            .targets
            .iter()
            .find(|target| differs(target) == Some(true))?;
        Some(format!("{target} has another type; say how to join"))
    }
}

/// Types whose values compare with each other without a cast.
fn family(oid: Oid) -> Oid {
    match oid {
        types::INT2 | types::INT4 => types::INT8,
        types::VARCHAR => types::TEXT,
        other => other,
    }
}

/// The spellings taken so far: a source's name must lead to one thing only.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn claim(
        &mut self,
        reader: &Reader<'_>,
        path: &str,
        name: &Spanned<String>,
        others: &[Spanned<String>],
    ) -> Result<(), Error> {
        let mut own = HashSet::new();
        for spelling in std::iter::once(name).chain(others) {
            let folded = fold(spelling.get_ref());
            if folded.is_empty() {
                let problem = "an empty name";
                return Err(reader.invalid(spelling.span(), path.to_owned(), &problem));
            }
            if own.insert(folded.clone()) && !self.0.insert(folded) {
                let problem = format!("the name {:?} is taken", spelling.get_ref());
                return Err(reader.invalid(spelling.span(), path.to_owned(), &problem));
            }
        }
        Ok(())
    }
}

/// The form in which spellings are compared: lower case, with everything else but digits as `_`.
fn fold(name: &str) -> String {
    name.trim()
        .chars()
        .map(|letter| match letter {
            letter if letter.is_alphanumeric() => letter.to_ascii_lowercase(),
            _ => '_',
        })
        .collect()
}

/// Whether a spelling is the name or one of the others, compared in folded form.
pub(in crate::schema) fn same_name(spelling: &str, name: &str, others: &[String]) -> bool {
    let spelling = fold(spelling);
    std::iter::once(name)
        .chain(others.iter().map(String::as_str))
        .any(|known| fold(known) == spelling)
}

pub(super) fn plain(names: Vec<Spanned<String>>) -> Vec<String> {
    names.into_iter().map(Spanned::into_inner).collect()
}
