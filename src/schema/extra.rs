//! Columns that a source delivers and no product declares, for tenants that want them served.
//!
//! Each is text, whatever the source keeps it as: nothing says that tomorrow's values, or those of
//! another file of the same table, have the type of today's, and a column must not change its type
//! from night to night. Cast it where it is used (`cost::numeric`).

use std::collections::BTreeMap;

use super::file::SYSTEM_COLUMNS;
use super::{ClockRole, Column, Origin, Product, Table};
use crate::pg::{Type, types};

/// The longest name, as in PostgreSQL.
const NAME_BYTES_MAX: usize = 63;

/// The name that a source's column is served under: its own, in lower case as PostgreSQL folds names
/// that are not quoted, and cut to 63 bytes as PostgreSQL cuts them. Any other sign stays, so that
/// such a name has to be quoted. None for what PostgreSQL would take for no column of ours.
pub fn extra_name(spelling: &str) -> Option<String> {
    let mut name = spelling.trim().to_ascii_lowercase();
    name.truncate(name.floor_char_boundary(NAME_BYTES_MAX));
    name.truncate(name.trim_end().len());
    let usable = !name.is_empty()
        && !name.chars().any(char::is_control)
        && !SYSTEM_COLUMNS.contains(&name.as_str());
    usable.then_some(name)
}

impl Column {
    /// A column that nothing declares.
    fn undeclared(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            source_names: Vec::new(),
            kind: Type::plain(types::TEXT),
            source_type: None,
            nullable: true,
            description: "Not declared: as the source delivers it, in text".to_owned(),
            note: None,
            reference: None,
            copy_of: None,
            clock: ClockRole::Server,
            change_stamp: false,
            values: None,
            origin: Origin::Delivered,
        }
    }
}

impl Table {
    /// The same table with undeclared columns after its own, in this order. One that is declared by
    /// now is not among them.
    #[must_use]
    pub fn with_extra(&self, names: &[String]) -> Self {
        let mut table = self.clone();
        let undeclared = names.iter().filter(|name| !self.declares(name));
        table
            .columns
            .extend(undeclared.map(|name| Column::undeclared(name)));
        table
    }

    /// Whether a declared column is meant by a source's spelling.
    pub fn declares(&self, spelling: &str) -> bool {
        self.columns
            .iter()
            .any(|column| column.origin != Origin::Delivered && column.answers_to(spelling))
    }
}

impl Product {
    /// The same product with the undeclared columns of some of its tables.
    #[must_use]
    pub fn with_extra(&self, tables: &BTreeMap<String, Vec<String>>) -> Self {
        let mut product = self.clone();
        for table in &mut product.tables {
            if let Some(names) = tables.get(table.name.as_str()) {
                *table = table.with_extra(names);
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_cut_as_postgresql_does_it() {
        let long = "x".repeat(70);
        let wide = "ü".repeat(40);
        let cut = ("x".repeat(63), "ü".repeat(31));
        for (spelling, name) in [
            ("COST_CENTER", Some("cost_center")),
            ("Cost Center", Some("cost center")),
            (" a\"b.c ", Some("a\"b.c")),
            ("ÄRGER", Some("Ärger")),
            ("1st", Some("1st")),
            ("", None),
            ("  ", None),
            ("a\tb", None),
            ("\u{1}file", None),
            ("CTID", None),
            (long.as_str(), Some(cut.0.as_str())),
            (wide.as_str(), Some(cut.1.as_str())),
        ] {
            assert_eq!(extra_name(spelling).as_deref(), name, "{spelling:?}");
        }
        // What it gives is a name of its own.
        assert_eq!(extra_name("cost center"), extra_name("Cost Center"));
    }

    #[test]
    fn they_come_after_the_declared_ones_and_only_under_their_own_name() {
        let products = crate::schema::builtin().unwrap();
        let users = products.iter().find_map(|product| product.table("users"));
        let users = users.unwrap();
        let own = users.columns[0].name.clone();
        let extra = ["cost center".to_owned(), own, "zz".to_owned()];
        let table = users.with_extra(&extra);
        let names: Vec<&str> = table.columns[users.columns.len()..]
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["cost center", "zz"]);
        let column = table.column("cost center").unwrap();
        assert!(column.answers_to("COST CENTER") && !column.answers_to("cost_center"));
        assert!(column.nullable && column.kind == Type::plain(types::TEXT));
    }
}
