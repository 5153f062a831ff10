//! The declared truth of products: which tables there are, what their columns mean, what they refer
//! to. Everything else about tables is derived from here.
//!
//! One file per product, `schemas/*.toml`, in the format of `schemas/FORMAT.md`. [`Product::parse`]
//! reads and checks one, [`builtin`] gives the ones we ship, [`load_dir`] any others: nothing in the
//! code knows a product by name.
//!
//! Never here: where data lives, who reads it.

pub mod arrow;
mod check;
pub mod compare;
mod extra;
mod file;
pub mod render;
pub mod samples;
pub mod status;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::ident::{ProductName, TableName};
use crate::pg::Type;

pub use check::{Action, Check, Comparison, Demand, Term};
pub use extra::extra_name;
pub use file::{COLUMNS_MAX, Error};

/// The schema files we ship, by name of the file.
const BUILTIN: [(&str, &str); 3] = [
    (
        "schemas/learnink.toml",
        include_str!("../schemas/learnink.toml"),
    ),
    (
        "schemas/learnamp.toml",
        include_str!("../schemas/learnamp.toml"),
    ),
    (
        "schemas/learning360.toml",
        include_str!("../schemas/learning360.toml"),
    ),
];

/// A declared set of tables: one PostgreSQL schema of a tenant's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name; also the name of its schema.
    pub name: ProductName,
    /// Its name as people write it.
    pub display_name: String,
    /// Goes up when a change is not additive; see [`compare`].
    pub major_version: u32,
    /// What it is; the comment of its schema.
    pub description: String,
    /// What a reader or the person who loads it should know of the source.
    pub notes: Vec<String>,
    /// Its tables in documented order.
    pub tables: Vec<Table>,
}

/// A declared table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Other spellings a source may use for it.
    pub source_names: Vec<String>,
    /// What it holds.
    pub description: String,
    /// What one row stands for ("one row per …").
    pub grain: String,
    /// The columns that identify a row; empty when nothing does.
    pub key: Vec<String>,
    /// Whether the key is unique and never null. Only then it is a primary key and repeats are refused.
    pub key_enforced: bool,
    /// Where the key comes from.
    pub key_origin: Origin,
    /// Whether a night without this table fails.
    pub required: bool,
    /// The columns stored rows are sorted by.
    pub sort: Vec<String>,
    /// The time by whose day in UTC its rows are reported; None when they have no such day.
    pub activity: Option<String>,
    /// Where the list of columns comes from.
    pub origin: Origin,
    /// What a reader should watch for.
    pub notes: Vec<String>,
    /// The share of its rows it may lose in one night, when other than the server's.
    pub shrink_percent: Option<u8>,
    /// Its columns in documented order.
    pub columns: Vec<Column>,
    /// What its rows have to be: declared, then what follows from its columns.
    pub checks: Vec<Check>,
}

/// A declared column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Other spellings a source may use for it.
    pub source_names: Vec<String>,
    /// Its type as served.
    pub kind: Type,
    /// Its type as the source documents it, when it does.
    pub source_type: Option<String>,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it holds.
    pub description: String,
    /// What a reader should watch for.
    pub note: Option<String>,
    /// What its values point to.
    pub reference: Option<Reference>,
    /// The column of another table whose values it copies; such a value goes with the row it came
    /// from when that is erased.
    pub copy_of: Option<Target>,
    /// Whose clock made its values, for times.
    pub clock: ClockRole,
    /// Whether it is the server's stamp of the row's last change: the only safe watermark.
    pub change_stamp: bool,
    /// The values it may or usually does have.
    pub values: Option<Values>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a declared fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The product's documents say so.
    #[default]
    Documented,
    /// We concluded it; the product may differ.
    Inferred,
    /// No schema file has it; a source delivered it.
    #[serde(skip)]
    Delivered,
}

/// Whose clock stamped a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockRole {
    /// A server's, or it is no stamp of an event.
    #[default]
    Server,
    /// A phone's: may be wrong, and its rows may arrive days later.
    Device,
}

/// What the values of a column point to: a key of one table, or of one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where they may point; at least one.
    pub targets: Vec<Target>,
    /// Whether the column is a list (array or JSON array) whose elements point.
    pub each: bool,
    /// The column of the same row that tells which target applies.
    pub selector: Option<String>,
    /// The condition to join with, where comparing the two columns is not enough.
    pub join: Option<String>,
    /// What is done about values that point nowhere.
    pub action: Action,
    /// What becomes of it when the row it points to is erased.
    pub on_erase: OnErase,
}

/// What goes when a row is erased that a reference points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnErase {
    /// The row that refers to it: it is about that row alone.
    #[default]
    Row,
    /// The reference only: it is emptied, or the element taken out of the list.
    Value,
}

/// One place a reference may point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The table, of the same product.
    pub table: TableName,
    /// The column, its key.
    pub column: String,
    /// The selector's value for which this target applies.
    pub when: Option<String>,
}

/// The values of a column that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// The values.
    pub list: Vec<String>,
    /// Whether there are no others. An open list must never be used to refuse data.
    pub closed: bool,
    /// Where the list comes from.
    pub origin: Origin,
    /// What is done about other values, when the list is closed.
    pub action: Action,
}

impl Product {
    /// Reads and checks the text of a schema file; `origin` names the file in errors.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        file::parse(text, origin)
    }

    /// Finds a table.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.as_str() == name)
    }

    /// The foreign keys of a table that `pg_constraint` can show: plain columns whose values are the
    /// single-column primary key of one other table.
    pub fn foreign_keys<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (&'a Column, &'a Table)> {
        table.columns.iter().filter_map(|column| {
            let target = column.reference.as_ref()?.plain()?;
            let to = self.table(target.table.as_str())?;
            (to.primary_key() == [target.column.as_str()]).then_some((column, to))
        })
    }
}

impl Table {
    /// Finds a column.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether a source's spelling means this table: letters' case and separators do not matter.
    pub fn answers_to(&self, spelling: &str) -> bool {
        file::same_name(spelling, self.name.as_str(), &self.source_names)
    }

    /// The columns of the primary key as the catalog shows it; empty when there is none.
    pub fn primary_key(&self) -> &[String] {
        if self.key_enforced { &self.key } else { &[] }
    }

    /// The column of the server's stamp of a row's last change, when the table has one.
    pub fn change_stamp(&self) -> Option<&Column> {
        self.columns.iter().find(|column| column.change_stamp)
    }

    /// The name of the primary key's constraint and index, as PostgreSQL would choose it.
    pub fn primary_key_name(&self) -> String {
        constraint_name(self.name.as_str(), "", "pkey")
    }

    /// The name of the constraint of a foreign key, as PostgreSQL would choose it.
    pub fn foreign_key_name(&self, column: &Column) -> String {
        constraint_name(self.name.as_str(), &column.name, "fkey")
    }

    /// The comment of the table, as `pg_description` and the documents have it.
    pub fn comment(&self) -> String {
        let mut text = Sentences::new(&self.description);
        text.add(&capitalised(&self.grain));
        if self.origin == Origin::Inferred {
            text.add("Its columns are not documented by the source; they are inferred");
        }
        for note in &self.notes {
            text.add(note);
        }
        text.finish()
    }
}

impl Column {
    /// Whether a source's spelling means this column: letters' case and separators do not matter,
    /// but for one that nothing declares, which has its own name only.
    pub fn answers_to(&self, spelling: &str) -> bool {
        if self.origin == Origin::Delivered {
            return extra_name(spelling).as_ref() == Some(&self.name);
        }
        file::same_name(spelling, &self.name, &self.source_names)
    }

    /// The comment of the column, as `pg_description` and the documents have it.
    pub fn comment(&self) -> String {
        let mut text = Sentences::new(&self.description);
        if let Some(reference) = &self.reference {
            text.add(&reference.to_string());
        }
        if let Some(values) = &self.values {
            text.add(&values.to_string());
        }
        if self.clock == ClockRole::Device {
            text.add("Stamped by the person's device: may arrive late, and may be wrong");
        }
        if let Some(note) = &self.note {
            text.add(note);
        }
        text.finish()
    }
}

impl Reference {
    /// The one target, if values are simply the target's key.
    pub fn plain(&self) -> Option<&Target> {
        match self.targets.as_slice() {
            [target] if !self.each && self.selector.is_none() && self.join.is_none() => {
                Some(target)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.each {
            "Each element refers to "
        } else {
            "Refers to "
        })?;
        for (at, target) in self.targets.iter().enumerate() {
            if at > 0 {
                f.write_str(" or ")?;
            }
            write!(f, "{target}")?;
            if let (Some(when), Some(selector)) = (&target.when, &self.selector) {
                write!(f, " when {selector} is '{when}'")?;
            }
        }
        match &self.join {
            Some(join) => write!(f, "; join on {join}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.closed, self.origin) {
            (true, _) => "One of: ",
            (false, Origin::Documented) => "Known values, others may come: ",
            (false, Origin::Inferred | Origin::Delivered) => {
                "Values assumed, the source may use others: "
            }
        })?;
        f.write_str(&self.list.join(", "))
    }
}

/// Joins the parts of a name with `_`; too long, the longer of table and column is cut until it fits.
fn constraint_name(table: &str, column: &str, label: &str) -> String {
    const NAME_BYTES_MAX: usize = 63;
    let separators = if column.is_empty() { 1 } else { 2 };
    let room = NAME_BYTES_MAX.saturating_sub(label.len() + separators);
    let (mut table, mut column) = (table, column);
    while table.len() + column.len() > room {
        let longer = if table.len() > column.len() {
            &mut table
        } else {
            &mut column
        };
        // Names are ASCII, so every byte is a boundary.
        *longer = longer.get(..longer.len() - 1).unwrap_or_default();
    }
    [table, column, label]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("_")
}

/// Joins statements into sentences, each ending with one full stop.
struct Sentences(String);

impl Sentences {
    fn new(first: &str) -> Self {
        let mut text = Self(String::new());
        text.add(first);
        text
    }

    fn add(&mut self, sentence: &str) {
        let sentence = sentence.trim_end_matches('.');
        if sentence.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(sentence);
        self.0.push('.');
    }

    fn finish(self) -> String {
        self.0
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The products a server knows, each name once.
#[derive(Debug, Clone)]
pub struct Products(Arc<[Arc<Product>]>);

impl Products {
    /// Collects products; a name that comes twice is an error.
    pub fn new(products: impl IntoIterator<Item = Product>) -> Result<Self, Error> {
        let mut known: Vec<Arc<Product>> = Vec::new();
        for product in products {
            if known.iter().any(|other| other.name == product.name) {
                return Err(Error::Repeated {
                    product: product.name,
                });
            }
            known.push(Arc::new(product));
        }
        Ok(Self(known.into()))
    }

    /// Finds a product.
    pub fn get(&self, name: &ProductName) -> Option<&Arc<Product>> {
        self.0.iter().find(|product| product.name == *name)
    }

    /// All of them, in the order they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Product>> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Products {
    type Item = &'a Arc<Product>;
    type IntoIter = std::slice::Iter<'a, Arc<Product>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The products we ship.
pub fn builtin() -> Result<Products, Error> {
    let products: Vec<Product> = BUILTIN
        .iter()
        .map(|(origin, text)| Product::parse(text, origin))
        .collect::<Result<_, _>>()?;
    Products::new(products)
}

/// The products of all `*.toml` files of a folder, in the order of the files' names.
pub fn load_dir(folder: &Path) -> Result<Products, Error> {
    Products::new(file::read_dir(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_products_we_ship_are_complete() {
        let products = builtin().unwrap();
        let counts: Vec<_> = products
            .iter()
            .map(|product| {
                let columns = product.tables.iter().map(|table| table.columns.len());
                (product.name.as_str(), product.tables.len(), columns.sum())
            })
            .collect();
        assert_eq!(
            counts,
            [
                ("learnink", 11, 85_usize),
                ("learnamp", 39, 278),
                ("learning360", 18, 161)
            ]
        );
    }
}
