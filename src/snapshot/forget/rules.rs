//! What the schema says of a table: what identifies its rows, what they refer to and copy.

use std::borrow::Cow;

use crate::pg::types;
use crate::schema::{Column, OnErase, Product, Reference, Table, Target};

/// How the rows of one table stand to others.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) key: Option<Identity>,
    /// Columns that others point to or copy from.
    pub(super) told: Vec<Spot>,
    pub(super) pointers: Vec<Pointer>,
    pub(super) copies: Vec<Copied>,
}

/// The columns that identify a row.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) place: String,
    pub(super) columns: Vec<Spot>,
}

/// A column, where its values are known under, and how they are spelled.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) column: String,
    pub(super) place: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) struct Pointer {
    pub(super) column: String,
    pub(super) each: bool,
    pub(super) on_erase: OnErase,
    pub(super) selector: Option<String>,
    pub(super) targets: Vec<(Spot, Option<String>)>,
}

#[derive(Debug)]
pub(super) struct Copied {
    pub(super) column: String,
    pub(super) from: Spot,
    /// The one reference of the row to where it was copied from.
    pub(super) via: Option<String>,
}

/// How different spellings of one value are told from different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Number,
    Text,
}

impl Kind {
    fn of(column: &Column) -> Self {
        match types::element(column.kind.oid).unwrap_or(column.kind.oid) {
            types::UUID => Self::Uuid,
            types::INT2 | types::INT4 | types::INT8 => Self::Number,
            _ => Self::Text,
        }
    }

    pub(super) fn normal(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Text => Cow::Borrowed(text),
            Self::Uuid => {
                let digits = text.chars().filter(char::is_ascii_hexdigit);
                Cow::Owned(digits.map(|digit| digit.to_ascii_lowercase()).collect())
            }
            Self::Number => match text.trim().parse::<i128>() {
                Ok(number) => Cow::Owned(number.to_string()),
                Err(_) => Cow::Borrowed(text.trim()),
            },
        }
    }
}

impl Rules {
    pub(super) fn of(product: &Product, table: &Table) -> Self {
        let spot = |table: &Table, column: &Column| Spot {
            column: column.name.clone(),
            place: format!("{}.{}", table.name, column.name),
            kind: Kind::of(column),
        };
        let aimed = |target: &Target| {
            let of = product.table(target.table.as_str())?;
            Some(spot(of, of.column(&target.column)?))
        };
        let key = table.primary_key();
        let key = (!key.is_empty()).then(|| Identity {
            place: format!("{}.{}", table.name, key.join(",")),
            columns: key
                .iter()
                .filter_map(|name| Some(spot(table, table.column(name)?)))
                .collect(),
        });
        let pointer = |column: &Column| {
            let reference = column.reference.as_ref()?;
            let targets = reference.targets.iter();
            let targets = targets.filter_map(|target| Some((aimed(target)?, target.when.clone())));
            // What another condition joins cannot be followed by its value.
            reference.join.is_none().then(|| Pointer {
                column: column.name.clone(),
                each: reference.each,
                on_erase: reference.on_erase,
                selector: reference.selector.clone(),
                targets: targets.collect(),
            })
        };
        let copied = |column: &Column| {
            let from = column.copy_of.as_ref()?;
            let same = |one: &&Column| {
                let to = one.reference.as_ref().and_then(Reference::plain);
                to.is_some_and(|to| to.table == from.table)
            };
            let mut over = table.columns.iter().filter(same);
            let (first, another) = (over.next(), over.next());
            Some(Copied {
                column: column.name.clone(),
                from: aimed(from)?,
                via: first
                    .filter(|_| another.is_none())
                    .map(|one| one.name.clone()),
            })
        };
        let told = table.columns.iter().filter(|column| {
            let here = |target: &Target| target.table == table.name && target.column == column.name;
            let mut others = product.tables.iter().flat_map(|other| &other.columns);
            others.any(|other| {
                let references = other.reference.iter().flat_map(|one| &one.targets);
                references.chain(&other.copy_of).any(here)
            })
        });
        Self {
            key,
            told: told.map(|column| spot(table, column)).collect(),
            pointers: table.columns.iter().filter_map(pointer).collect(),
            copies: table.columns.iter().filter_map(copied).collect(),
        }
    }

    /// The columns of others whose values decide about rows of the table.
    pub(super) fn followed(&self) -> impl Iterator<Item = &Spot> {
        let targets = self.pointers.iter().flat_map(|pointer| &pointer.targets);
        let copied = self.copies.iter().map(|copy| &copy.from);
        targets.map(|(spot, _)| spot).chain(copied)
    }

    /// Those, and the columns of its own key.
    pub(super) fn spots(&self) -> impl Iterator<Item = &Spot> {
        let key = self.key.iter().flat_map(|key| &key.columns);
        key.chain(self.followed())
    }
}
