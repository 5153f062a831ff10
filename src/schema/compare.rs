//! Says what changed between two versions of a product, and whether readers of the old one are safe.

use std::fmt;

use super::{Column, Product, Table};
use crate::pg::typename::format_type;

/// One difference between two versions of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed: `table` or `table.column`.
    pub subject: String,
    /// How.
    pub kind: ChangeKind,
}

/// How something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A table or nullable column is new.
    Added,
    /// A column is new and never null: stored rows of earlier nights cannot have it.
    AddedNotNull,
    /// A table or column is gone.
    Removed,
    /// A column has another type.
    Type {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// A column may now be null.
    Nullable,
    /// A column may no longer be null.
    NotNull,
    /// Columns that were there before come in another order.
    Order,
    /// Other columns identify a row, or they began or ceased to be enforced.
    Key,
    /// Rows are stored in another order.
    Sort,
}

impl Change {
    /// Whether every query on the old version still means the same, on old nights and new ones.
    pub fn additive(&self) -> bool {
        match self.kind {
            ChangeKind::Added | ChangeKind::Nullable | ChangeKind::Sort => true,
            ChangeKind::AddedNotNull
            | ChangeKind::Removed
            | ChangeKind::Type { .. }
            | ChangeKind::NotNull
            | ChangeKind::Order
            | ChangeKind::Key => false,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match &self.kind {
            ChangeKind::Added => write!(f, "{subject} is new"),
            ChangeKind::AddedNotNull => write!(f, "{subject} is new and never null"),
            ChangeKind::Removed => write!(f, "{subject} is gone"),
            ChangeKind::Type { from, to } => write!(f, "{subject} was {from} and is {to}"),
            ChangeKind::Nullable => write!(f, "{subject} may now be null"),
            ChangeKind::NotNull => write!(f, "{subject} may no longer be null"),
            ChangeKind::Order => write!(f, "{subject} has its columns in another order"),
            ChangeKind::Key => write!(f, "{subject} has another key"),
            ChangeKind::Sort => write!(f, "{subject} is sorted by other columns"),
        }
    }
}

/// Why a new version cannot take the place of an old one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "product {product} changed in a way that needs major version {needed}: {}",
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
)]
pub struct Incompatible {
    /// The product.
    pub product: String,
    /// The lowest major version that may bring these changes.
    pub needed: u32,
    /// The changes that are not additive.
    pub changes: Vec<Change>,
}

/// Accepts `new` after `old`: only additions, or a higher major version.
pub fn accept(old: &Product, new: &Product) -> Result<Vec<Change>, Incompatible> {
    let changes = changes(old, new);
    let breaking: Vec<Change> = changes
        .iter()
        .filter(|change| !change.additive())
        .cloned()
        .collect();
    if breaking.is_empty() || new.major_version > old.major_version {
        Ok(changes)
    } else {
        Err(Incompatible {
            product: new.name.to_string(),
            needed: old.major_version.saturating_add(1),
            changes: breaking,
        })
    }
}

/// All differences that readers or stored rows can notice, in the order of the declarations.
pub fn changes(old: &Product, new: &Product) -> Vec<Change> {
    let mut found = Vec::new();
    for before in &old.tables {
        match new.table(before.name.as_str()) {
            Some(after) => found.extend(table_changes(before, after)),
            None => found.push(change(before.name.as_str(), ChangeKind::Removed)),
        }
    }
    for after in &new.tables {
        if old.table(after.name.as_str()).is_none() {
            found.push(change(after.name.as_str(), ChangeKind::Added));
        }
    }
    found
}

fn table_changes(old: &Table, new: &Table) -> Vec<Change> {
    let mut found = Vec::new();
    for before in &old.columns {
        let subject = format!("{}.{}", old.name, before.name);
        match new.column(&before.name) {
            Some(after) => found.extend(column_changes(&subject, before, after)),
            None => found.push(change(&subject, ChangeKind::Removed)),
        }
    }
    for after in &new.columns {
        if old.column(&after.name).is_none() {
            let kind = if after.nullable {
                ChangeKind::Added
            } else {
                ChangeKind::AddedNotNull
            };
            found.push(change(&format!("{}.{}", new.name, after.name), kind));
        }
    }
    let table = new.name.as_str();
    if shared(old, new).ne(shared(new, old)) {
        found.push(change(table, ChangeKind::Order));
    }
    if (&old.key, old.key_enforced) != (&new.key, new.key_enforced) {
        found.push(change(table, ChangeKind::Key));
    }
    if old.sort != new.sort {
        found.push(change(table, ChangeKind::Sort));
    }
    found
}

/// The names of the columns of `table` that `other` has too, in order.
fn shared<'a>(table: &'a Table, other: &'a Table) -> impl Iterator<Item = &'a str> {
    let names = table.columns.iter().map(|column| column.name.as_str());
    names.filter(|name| other.column(name).is_some())
}

fn column_changes(subject: &str, old: &Column, new: &Column) -> Vec<Change> {
    let mut found = Vec::new();
    if old.kind != new.kind {
        let (from, to) = (format_type(old.kind), format_type(new.kind));
        found.push(change(subject, ChangeKind::Type { from, to }));
    }
    match (old.nullable, new.nullable) {
        (false, true) => found.push(change(subject, ChangeKind::Nullable)),
        (true, false) => found.push(change(subject, ChangeKind::NotNull)),
        _ => {}
    }
    found
}

fn change(subject: &str, kind: ChangeKind) -> Change {
    Change {
        subject: subject.to_owned(),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"format = 1
product = { name = "shop", display_name = "Shop", major_version = 1, description = "Things" }
[[table]]
name = "goods"
description = "What is sold"
grain = "one row per thing"
key = ["id"]
column = [
    { name = "id", type = "integer", nullable = false, description = "Key" },
    { name = "price", type = "numeric(9,2)", description = "Price" },
]
"#;

    fn check(from: &str, to: &str, expected: &str, additive: bool) {
        let old = Product::parse(OLD, "old").unwrap();
        let new = Product::parse(&OLD.replace(from, to), "new").unwrap();
        let changes = changes(&old, &new);
        let printed: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(printed.join("; "), expected);
        assert_eq!(accept(&old, &new).is_ok(), additive, "{expected}");
    }

    const PRICE: &str = r#"{ name = "price", type = "numeric(9,2)", description = "Price" },"#;

    #[test]
    fn additions_are_accepted_and_the_rest_is_not() {
        check("Price", "What it costs", "", true);
        check(
            "numeric(9,2)\"",
            "numeric(9,2)\", nullable = false",
            "goods.price may no longer be null",
            false,
        );
        check(
            "(9,2)",
            "(9,3)",
            "goods.price was numeric(9,2) and is numeric(9,3)",
            false,
        );
        check(PRICE, "", "goods.price is gone", false);
        check(
            "\"id\"]",
            "\"id\", \"price\"]\nkey_enforced = false",
            "goods has another key; goods is sorted by other columns",
            false,
        );
        let size = r#"{ name = "size", type = "text", description = "Size" },"#;
        check(PRICE, &format!("{size}{PRICE}"), "goods.size is new", true);
    }

    #[test]
    fn a_higher_major_version_may_break() {
        let old = Product::parse(OLD, "old").unwrap();
        let text = OLD
            .replace(PRICE, "")
            .replace("major_version = 1", "major_version = 2");
        let new = Product::parse(&text, "new").unwrap();
        assert_eq!(accept(&old, &new).unwrap().len(), 1);
    }
}
