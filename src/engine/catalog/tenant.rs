//! The rows that a tenant adds to the system relations.

use arrow::record_batch::RecordBatch;

use super::data::DataError;
use super::declared::{DeclaredTable, oid_of, rows_of};
use super::{Catalog, Class, OWNER, TablePart};
use crate::ident::Oid;

/// Bytes of a page, the unit of `pg_class.relpages`.
const PAGE_BYTES: u64 = 8192;

impl Catalog {
    /// The tenant's rows of a relation of `pg_catalog`.
    pub(super) fn tenant_rows(&self, relation: &str) -> Result<Vec<RecordBatch>, DataError> {
        Ok(match relation {
            "pg_class" => vec![self.classes()?],
            "pg_namespace" => vec![self.schemas()?],
            "pg_database" => vec![self.databases()?],
            "pg_authid" => vec![self.roles()?],
            "pg_auth_members" => vec![self.memberships()?],
            "pg_db_role_setting" => vec![self.settings()?],
            "pg_shdepend" => vec![self.owned()?],
            "pg_description" => {
                let products = self.product_rows(relation);
                products.collect()
            }
            _ => self.product_rows(relation).collect(),
        })
    }

    fn product_rows(&self, relation: &str) -> impl Iterator<Item = RecordBatch> {
        let products = self.parts.products.iter();
        products.filter_map(move |part| part.declared.rows(relation).cloned())
    }

    fn classes(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_class",
            &[
                ("reloftype", "0"),
                ("reltablespace", "0"),
                ("relallvisible", "0"),
                ("reltoastrelid", "0"),
                ("relisshared", "f"),
                ("relpersistence", "p"),
                ("relchecks", "0"),
                ("relhasrules", "f"),
                ("relhassubclass", "f"),
                ("relrowsecurity", "f"),
                ("relforcerowsecurity", "f"),
                ("relispopulated", "t"),
                ("relispartition", "f"),
                ("relrewrite", "0"),
            ],
        )?;
        for part in &self.parts.products {
            for (table, figures) in part.declared.tables.iter().zip(&part.tables) {
                let index = table.index.as_ref().map(|index| &*index.class);
                for class in [Some(&*table.class), index].into_iter().flatten() {
                    push_class(&mut rows, class, table, figures)?;
                }
            }
        }
        rows.finish()
    }

    fn schemas(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of("pg_namespace", &[])?;
        for space in self.namespaces().filter(|space| space.oid.0 >= 2200) {
            if matches!(space.name.as_str(), "information_schema") {
                continue;
            }
            rows.push([
                ("oid", space.oid.to_string()),
                ("nspname", space.name.clone()),
                ("nspowner", space.owner.to_string()),
                ("nspacl", space.acl.clone().unwrap_or_default()),
            ])?;
        }
        rows.finish()
    }

    fn databases(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_database",
            &[
                ("encoding", "6"),
                ("datlocprovider", "c"),
                ("datistemplate", "f"),
                ("datallowconn", "t"),
                ("datconnlimit", "-1"),
                ("datfrozenxid", "3"),
                ("datminmxid", "1"),
                ("dattablespace", "1663"),
                ("datcollate", "C"),
                ("datctype", "C.UTF-8"),
            ],
        )?;
        rows.push([
            ("oid", self.database_oid().to_string()),
            ("datname", self.parts.database.to_string()),
            ("datdba", OWNER.oid.to_string()),
            ("datacl", self.database_acl()),
        ])?;
        rows.finish()
    }

    fn roles(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_authid",
            &[
                ("rolsuper", "f"),
                ("rolinherit", "t"),
                ("rolcreaterole", "f"),
                ("rolcreatedb", "f"),
                ("rolreplication", "f"),
                ("rolbypassrls", "f"),
                ("rolconnlimit", "-1"),
            ],
        )?;
        for (oid, name, login) in self.own_roles() {
            rows.push([
                ("oid", oid.to_string()),
                ("rolname", name),
                ("rolcanlogin", login.to_string()),
            ])?;
        }
        rows.finish()
    }

    fn memberships(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_auth_members",
            &[("grantor", "10"), ("admin_option", "f")],
        )?;
        for (oid, _, login) in self.own_roles() {
            if login && oid != OWNER.oid {
                rows.push([
                    ("roleid", OWNER.oid.to_string()),
                    ("member", oid.to_string()),
                ])?;
            }
        }
        rows.finish()
    }

    /// What every session starts with: the schemas of the products, and no writing.
    fn settings(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_db_role_setting",
            &[("setdatabase", "0"), ("setrole", "0")],
        )?;
        rows.push([
            ("setdatabase", self.database_oid().to_string()),
            (
                "setconfig",
                format!(
                    "{{\"search_path={}\"}}",
                    self.default_search_path().join(", ")
                ),
            ),
        ])?;
        rows.push([
            (
                "setrole",
                self.role_oid(&self.parts.role)
                    .unwrap_or_default()
                    .to_string(),
            ),
            (
                "setconfig",
                String::from("{default_transaction_read_only=on}"),
            ),
        ])?;
        rows.finish()
    }

    /// The roles that PostgreSQL does not have of itself: oid, name, whether it can log in.
    pub(super) fn own_roles(&self) -> Vec<(Oid, String, bool)> {
        let role = self.parts.role.to_string();
        if role == OWNER.name {
            return vec![(OWNER.oid, role, true)];
        }
        let owner = (OWNER.oid, OWNER.name.to_owned(), false);
        vec![owner, (oid_of("role", &role), role, true)]
    }
}

fn push_class(
    rows: &mut super::rows::Rows,
    class: &Class,
    table: &DeclaredTable,
    figures: &TablePart,
) -> Result<(), DataError> {
    let is_table = class.kind == 'r';
    let text = |table: &str, index: &str| String::from(if is_table { table } else { index });
    let bytes = if is_table { figures.bytes } else { 0 };
    let acl = class.acl.clone();
    let own = [
        ("oid", class.oid.to_string()),
        ("relname", class.name.clone()),
        ("relnamespace", class.namespace.to_string()),
        ("reltype", class.row_type.to_string()),
        ("relowner", class.owner.to_string()),
        ("relam", text("2", "403")),
        ("relfilenode", class.oid.to_string()),
        (
            "relpages",
            bytes.div_ceil(PAGE_BYTES).min(i32::MAX as u64).to_string(),
        ),
        ("reltuples", figures.rows.to_string()),
        (
            "relhasindex",
            (is_table && table.index.is_some()).to_string(),
        ),
        ("relkind", class.kind.to_string()),
        ("relnatts", class.columns.len().to_string()),
        ("relhastriggers", (is_table && table.references).to_string()),
        ("relreplident", text("d", "n")),
        ("relfrozenxid", text("3", "0")),
        ("relminmxid", text("1", "0")),
    ];
    rows.push(own.into_iter().chain(acl.map(|acl| ("relacl", acl))))
}
