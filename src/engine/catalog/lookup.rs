//! Finding objects by name and number, for name resolution and the system information functions.

use std::sync::Arc;

use super::declared::{Constraint, DeclaredTable, Index, oid_of};
use super::relations::{Namespace, PG_CATALOG, relations};
use super::system::system;
use super::trigger::Trigger;
use super::{Catalog, Class};
use crate::ident::Oid;

/// `pg_namespace.oid` of `public`.
const PUBLIC: Oid = Oid(2200);

impl Catalog {
    /// The database's name.
    pub(crate) fn database(&self) -> &Arc<str> {
        &self.parts.database
    }

    /// The database's oid.
    pub(crate) fn database_oid(&self) -> Oid {
        oid_of("database", &self.parts.database)
    }

    /// The schemas: PostgreSQL's own, `public`, the tenant's products.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &Namespace> + '_ {
        static PUBLIC_SPACE: std::sync::LazyLock<Namespace> =
            std::sync::LazyLock::new(|| Namespace {
                oid: PUBLIC,
                name: String::from("public"),
                owner: Oid(6171),
                acl: Some(String::from(
                    "{pg_database_owner=U/pg_database_owner,=U/pg_database_owner}",
                )),
            });
        let products = self
            .parts
            .products
            .iter()
            .map(|part| &part.declared.namespace);
        relations()
            .namespaces()
            .iter()
            .chain([&*PUBLIC_SPACE])
            .chain(products)
    }

    /// A schema by name.
    pub(crate) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces().find(|space| space.name == name)
    }

    /// A schema by oid.
    pub(crate) fn namespace_by_oid(&self, oid: Oid) -> Option<&Namespace> {
        self.namespaces().find(|space| space.oid == oid)
    }

    /// A table, view or index by name; without a schema, the first of `search_path` that has it.
    pub(crate) fn class(
        &self,
        schema: Option<&str>,
        name: &str,
        search_path: &[String],
    ) -> Option<&Arc<Class>> {
        match schema {
            Some(schema) => self.class_in(schema, name),
            None => search_path
                .iter()
                .find_map(|schema| self.class_in(schema, name)),
        }
    }

    fn class_in(&self, schema: &str, name: &str) -> Option<&Arc<Class>> {
        let mut products = self.parts.products.iter();
        if let Some(part) = products.find(|part| part.declared.namespace.name == schema) {
            if let Some(table) = part.declared.table(name) {
                return Some(&table.class);
            }
            let mut indexes = part
                .declared
                .tables
                .iter()
                .filter_map(|table| table.index.as_ref());
            return indexes
                .find(|index| index.class.name == name)
                .map(|index| &index.class);
        }
        let space = relations()
            .namespaces()
            .iter()
            .find(|space| space.name == schema)?;
        relations()
            .by_name(space.oid, name)
            .map(|relation| &relation.class)
    }

    /// A table, view or index by oid.
    pub(crate) fn class_by_oid(&self, oid: Oid) -> Option<&Arc<Class>> {
        if let Some((_, table)) = self.table_part(oid) {
            if table.class.oid == oid {
                return Some(&table.class);
            }
            return table.index.as_ref().map(|index| &index.class);
        }
        relations().by_oid(oid).map(|relation| &relation.class)
    }

    /// A tenant's table by oid.
    pub(crate) fn declared_table(&self, oid: Oid) -> Option<&DeclaredTable> {
        let (_, table) = self.table_part(oid)?;
        (table.class.oid == oid).then_some(table)
    }

    /// Rows and bytes of a tenant's table, or of the table an index of ours is on.
    pub(crate) fn figures(&self, oid: Oid) -> Option<(u64, u64)> {
        self.table_part(oid)
            .map(|(part, _)| (part.rows, part.bytes))
    }

    /// Rows and bytes of all of the tenant's tables, by the table's oid.
    pub(crate) fn all_figures(&self) -> impl Iterator<Item = (Oid, u64, u64)> + '_ {
        self.parts.products.iter().flat_map(|part| {
            let tables = part.declared.tables.iter().zip(&part.tables);
            tables.map(|(table, part)| (table.class.oid, part.rows, part.bytes))
        })
    }

    /// All of the tenant's tables.
    pub(crate) fn declared_tables(&self) -> impl Iterator<Item = &DeclaredTable> + '_ {
        self.parts
            .products
            .iter()
            .flat_map(|part| &part.declared.tables)
    }

    /// An index of ours by oid.
    pub(crate) fn index(&self, oid: Oid) -> Option<&Index> {
        let (_, table) = self.table_part(oid)?;
        table.index.as_ref().filter(|index| index.class.oid == oid)
    }

    /// A key of ours by oid, with its table.
    pub(crate) fn constraint(&self, oid: Oid) -> Option<(&DeclaredTable, &Constraint)> {
        self.declared_tables().find_map(|table| {
            let mut keys = table.constraints.iter();
            keys.find(|key| key.oid == oid).map(|key| (table, key))
        })
    }

    /// A trigger of ours by oid.
    pub(crate) fn trigger(&self, oid: Oid) -> Option<&Trigger> {
        let keys = self.declared_tables().flat_map(|table| &table.constraints);
        let mut triggers = keys.flat_map(|key| &key.triggers);
        triggers.find(|trigger| trigger.oid == oid)
    }

    /// Schema and name of a type, row types of the tenant's tables included.
    pub(crate) fn type_name(&self, oid: Oid) -> Option<(Oid, String)> {
        if let Some(row) = system().type_by_oid(oid) {
            return Some((row.namespace, row.name.clone()));
        }
        self.declared_tables().find_map(|table| {
            if table.class.row_type == oid {
                Some((table.class.namespace, table.class.name.clone()))
            } else if table.array_type == oid {
                Some((table.class.namespace, format!("_{}", table.class.name)))
            } else {
                None
            }
        })
    }

    /// When the server started, microseconds since 1970 UTC.
    pub(crate) fn started_at(&self) -> i64 {
        self.parts.started_at
    }

    /// The element type of a true array type.
    pub(crate) fn element_type(&self, oid: Oid) -> Option<Oid> {
        if let Some(row) = system().type_by_oid(oid) {
            // The vectors have elements too, but are no arrays over them.
            let element = system().type_by_oid(row.element)?;
            return (element.array == oid).then_some(element.oid);
        }
        let mut tables = self.declared_tables();
        tables
            .find(|table| table.array_type == oid)
            .map(|table| table.class.row_type)
    }

    /// The array type over a type.
    pub(crate) fn array_type(&self, oid: Oid) -> Option<Oid> {
        if let Some(row) = system().type_by_oid(oid) {
            return Some(row.array).filter(|array| array.valid());
        }
        let mut tables = self.declared_tables();
        tables
            .find(|table| table.class.row_type == oid)
            .map(|table| table.array_type)
    }

    /// The relation that a row type belongs to.
    pub(crate) fn class_of_type(&self, oid: Oid) -> Option<Oid> {
        if let Some(row) = system().type_by_oid(oid) {
            return Some(row.relation).filter(|relation| relation.valid());
        }
        let mut tables = self.declared_tables();
        tables
            .find(|table| table.class.row_type == oid)
            .map(|table| table.class.oid)
    }

    /// The comment on one of the tenant's schemas.
    pub(crate) fn schema_comment(&self, oid: Oid) -> Option<&str> {
        if oid == PUBLIC {
            return Some("standard public schema");
        }
        let mut products = self.parts.products.iter();
        let found = products.find(|part| part.declared.namespace.oid == oid)?;
        Some(found.declared.comment.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether an object of a schema is found by its bare name, if nothing before hides it.
    pub(crate) fn searched(&self, namespace: Oid, search_path: &[String]) -> bool {
        namespace == PG_CATALOG
            || self
                .namespace_by_oid(namespace)
                .is_some_and(|space| search_path.contains(&space.name))
    }
}
