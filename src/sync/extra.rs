//! Which undeclared columns of a table a night serves, when the tenant wants them served.
//!
//! A column that was served once stays, in its place: a night in which the source does not deliver
//! it has NULL there, as with a declared column, and no query breaks. One that comes up for the first
//! time is put behind the others; what was read without it is read once more, all rows of the
//! table, because none of them has been asked for it yet.

use crate::schema::{COLUMNS_MAX, Table, extra_name};
use crate::snapshot::TableEntry;
use crate::tenant::ExtraColumns;

/// The undeclared columns of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    /// Those that are served, in their order.
    names: Vec<String>,
    /// Those that came up and are not served yet.
    fresh: Vec<String>,
    /// How many may be served.
    most: usize,
}

impl Extras {
    /// Those of the last snapshot that are still not declared; none when the tenant does not want
    /// them.
    pub(super) fn new(
        wanted: ExtraColumns,
        table: &Table,
        before: Option<&TableEntry>,
        most: usize,
    ) -> Self {
        match wanted {
            ExtraColumns::Count => Self::default(),
            ExtraColumns::Keep => {
                let before = before.map_or(&[][..], |before| &before.extra).iter();
                let names = before.filter(|name| !table.declares(name));
                Self {
                    names: names.cloned().collect(),
                    fresh: Vec::new(),
                    most: most.min(COLUMNS_MAX.saturating_sub(table.columns.len())),
                }
            }
        }
    }

    /// Those that are served.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Looks at a column of the source that `table`, which has those that are served, does not
    /// answer to; says whether it is one to serve from the next reading on.
    pub(super) fn note(&mut self, table: &Table, spelling: &str) -> bool {
        let Some(name) = self.wanted(table, spelling) else {
            return false;
        };
        if !self.fresh.contains(&name) {
            self.fresh.push(name);
        }
        true
    }

    /// The name a column would be served under, were it asked for; None when it would not be.
    pub(super) fn wanted(&self, table: &Table, spelling: &str) -> Option<String> {
        let room = self.names.len() + self.fresh.len() < self.most;
        let name = extra_name(spelling).filter(|name| !table.declares(name))?;
        let known = self.fresh.contains(&name);
        (known || room && !self.names.contains(&name)).then_some(name)
    }

    /// Whether columns came up.
    pub(super) fn came_up(&self) -> &[String] {
        &self.fresh
    }

    /// Serves what came up; says whether anything did.
    pub(super) fn grow(&mut self) -> bool {
        let grown = !self.fresh.is_empty();
        self.names.append(&mut self.fresh);
        grown
    }

    /// Lets no more come up tonight.
    pub(super) fn close(&mut self) {
        self.most = self.names.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_in_their_places_and_are_no_more_than_allowed() {
        let products = crate::schema::builtin().unwrap();
        let users = products.iter().find_map(|product| product.table("users"));
        let users = users.unwrap();
        let mut extras = Extras::new(ExtraColumns::Keep, users, None, 2);
        assert!(extras.note(users, "Cost Center") && extras.note(users, "COST CENTER"));
        assert!(!extras.note(users, &users.columns[0].name.to_uppercase()));
        assert!(!extras.note(users, "ctid"));
        assert!(extras.grow() && !extras.grow());
        assert!(!extras.note(users, "cost center"), "it is served already");
        assert!(extras.note(users, "b") && !extras.note(users, "c"));
        assert!(extras.note(users, "b"), "it has its place");
        extras.grow();
        assert_eq!(extras.names(), ["cost center", "b"]);
        let mut none = Extras::new(ExtraColumns::Count, users, None, 2);
        assert!(!none.note(users, "b"));
    }
}
