//! What names mean: PostgreSQL's own objects as data, and a tenant's tables derived from schemas.
//!
//! [`system`] holds what every PostgreSQL 15 has (types, functions, operators, casts and the system
//! relations), taken from a real one by `data/generate.sh`. [`Catalog`] adds one tenant's database:
//! its schemas, tables, keys, comments and sizes, for one set of pinned snapshots.

mod data;
pub(crate) mod system;

use std::fmt;
use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::ident::Oid;
use crate::pg::Type;

/// A column of a relation as `pg_attribute` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelationColumn {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: Type,
    /// Its number, from 1.
    pub(crate) number: i16,
    /// Whether it is declared NOT NULL.
    pub(crate) not_null: bool,
}

/// Where the rows of a relation come from.
#[derive(Clone)]
pub(crate) enum RelationSource {
    /// Rows in Arrow, in the storage types of the columns, in their order.
    Table(Arc<dyn TableProvider>),
    /// The rows of a query in our own SQL; its columns are cast to the declared ones.
    View(&'static str),
}

impl fmt::Debug for RelationSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(_) => f.write_str("Table"),
            Self::View(_) => f.write_str("View"),
        }
    }
}

/// A table or view that a statement may name.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// `pg_class.oid`.
    pub(crate) oid: Oid,
    /// The schema it is in.
    pub(crate) schema: String,
    /// Its name.
    pub(crate) name: String,
    /// `pg_type.oid` of its row type.
    pub(crate) row_type: Oid,
    /// Its columns in order.
    pub(crate) columns: Vec<RelationColumn>,
    /// The numbers of the primary key's columns (for functional dependency in GROUP BY).
    pub(crate) primary_key: Vec<i16>,
    /// Its rows.
    pub(crate) source: RelationSource,
}

/// One tenant's database at one set of pinned snapshots, as one role sees it.
pub(crate) struct Catalog {
    // Filled by `catalog` itself.
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Catalog")
    }
}

impl Catalog {
    /// Finds a relation; `search_path` is what `current_schemas(true)` would list.
    pub(crate) fn relation(
        &self,
        schema: Option<&str>,
        name: &str,
        search_path: &[String],
    ) -> Option<Arc<Relation>> {
        let _ = (schema, name, search_path);
        None
    }

    /// Finds a relation by oid.
    pub(crate) fn relation_by_oid(&self, oid: Oid) -> Option<Arc<Relation>> {
        let _ = oid;
        None
    }

    /// Whether a schema of this name exists.
    pub(crate) fn schema_exists(&self, schema: &str) -> bool {
        let _ = schema;
        false
    }
}
