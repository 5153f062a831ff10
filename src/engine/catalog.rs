//! What names mean: PostgreSQL's own objects as data, and a tenant's tables derived from schemas.
//!
//! [`system`] holds what every PostgreSQL 15 has (types, functions, operators, casts and the system
//! relations), taken from a real one by `data/generate.sh`. [`declared`] makes PostgreSQL objects of
//! the products' tables, once per product. [`Catalog`] joins both for one tenant's database and one
//! set of pinned snapshots, and adds only what differs there: sources, sizes, the role.

mod data;
pub(crate) mod declared;
mod depend;
mod lookup;
pub(crate) mod named;
pub(crate) mod privilege;
pub(crate) mod relations;
mod roles;
mod rows;
pub(crate) mod system;
mod tenant;
pub(crate) mod trigger;
mod views;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;

use crate::engine::status::Status;
use crate::ident::Oid;
use crate::pg::Type;
use crate::schema::status::SCHEMA;
use data::DataError;
pub(crate) use data::catalog_foreign_keys;
use declared::Declared;
pub(crate) use declared::DeclaredTable;
pub(crate) use relations::arrow_schema;
use relations::{PG_CATALOG, SystemRelation, relations};
pub(crate) use rows::text_array;

/// A column of a relation as `pg_attribute` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelationColumn {
    /// Its name.
    pub(crate) name: String,
    /// Its type; for a column of a domain, the type the domain is over.
    pub(crate) kind: Type,
    /// Its number, from 1.
    pub(crate) number: i16,
    /// Whether it is declared NOT NULL.
    pub(crate) not_null: bool,
    /// Who may do what with it, beside those who may with the whole relation.
    pub(crate) acl: Option<String>,
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

/// A row of `pg_class` with its columns: a table, a view or an index.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    /// `pg_class.oid`.
    pub(crate) oid: Oid,
    /// Its name.
    pub(crate) name: String,
    /// The schema it is in.
    pub(crate) namespace: Oid,
    /// The schema's name.
    pub(crate) schema: String,
    /// `r` table, `v` view, `i` index.
    pub(crate) kind: char,
    /// `pg_type.oid` of its row type, if it has one.
    pub(crate) row_type: Oid,
    /// The role that owns it.
    pub(crate) owner: Oid,
    /// Who may do what, in the text of `aclitem[]`; `None` for the owner alone.
    pub(crate) acl: Option<String>,
    /// Its columns in order.
    pub(crate) columns: Vec<RelationColumn>,
    /// The numbers of the primary key's columns.
    pub(crate) primary_key: Vec<i16>,
    /// The query behind it, for a view that we define.
    pub(crate) view: Option<&'static str>,
}

impl Class {
    /// A column by number.
    pub(crate) fn column(&self, number: i16) -> Option<&RelationColumn> {
        self.columns
            .get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

/// A role that always exists.
#[derive(Debug)]
pub(crate) struct FixedRole {
    /// `pg_roles.oid`.
    pub(crate) oid: Oid,
    /// Its name.
    pub(crate) name: &'static str,
}

/// The role that owns every database, schema and table of tenants. Nobody can log in as it; every
/// login role is a member, as `information_schema` shows keys only to members of the owner.
pub(crate) const OWNER: FixedRole = FixedRole {
    oid: Oid(16_384),
    name: "syllabase",
};

/// The privileges on a tenant's table: even the owner only reads.
const TABLE_ACL: &str = "{syllabase=r/syllabase}";

/// A table of a product at one snapshot.
#[derive(Clone)]
pub(crate) struct TablePart {
    /// Its rows; `None` when the snapshot has none of it, which reads as empty.
    pub(crate) provider: Option<Arc<dyn TableProvider>>,
    /// How many rows.
    pub(crate) rows: u64,
    /// How many bytes they take in the store.
    pub(crate) bytes: u64,
}

impl fmt::Debug for TablePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TablePart")
            .field("rows", &self.rows)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// A product of the tenant at one snapshot.
#[derive(Debug, Clone)]
pub(crate) struct ProductPart {
    /// The product, from [`declared::Declarations`].
    pub(crate) declared: Arc<Declared>,
    /// Its tables, in the order of the product.
    pub(crate) tables: Vec<TablePart>,
}

/// What a catalog is made of.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// The database, which is the tenant.
    pub(crate) database: Arc<str>,
    /// The role that logged in.
    pub(crate) role: Arc<str>,
    /// The tenant's products in the order of its file, then the status schema.
    pub(crate) products: Vec<ProductPart>,
    /// What nights did.
    pub(crate) status: Option<Arc<Status>>,
    /// When the server started, microseconds since 1970 UTC.
    pub(crate) started_at: i64,
}

/// One tenant's database at one set of pinned snapshots, as one role sees it.
pub(crate) struct Catalog {
    parts: Parts,
    /// Where the tenant's relations stand in `parts`: product and table; index oids too.
    places: HashMap<Oid, (usize, usize)>,
    /// Relations whose rows depend on the tenant, made when first asked for.
    made: Mutex<HashMap<Oid, Arc<Relation>>>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("database", &self.parts.database)
            .field("role", &self.parts.role)
            .finish_non_exhaustive()
    }
}

impl Catalog {
    /// Makes the catalog of a database; cheap, as rows are made when they are asked for.
    pub(crate) fn new(parts: Parts) -> Self {
        let mut places = HashMap::new();
        for (product, part) in parts.products.iter().enumerate() {
            for (at, table) in part.declared.tables.iter().enumerate() {
                places.insert(table.class.oid, (product, at));
                if let Some(index) = &table.index {
                    places.insert(index.class.oid, (product, at));
                }
            }
        }
        Self {
            parts,
            places,
            made: Mutex::default(),
        }
    }

    /// Finds a relation; `search_path` is what `current_schemas(true)` would list.
    pub(crate) fn relation(
        &self,
        schema: Option<&str>,
        name: &str,
        search_path: &[String],
    ) -> Option<Arc<Relation>> {
        let class = self.class(schema, name, search_path)?;
        self.relation_by_oid(class.oid)
    }

    /// Finds a relation by oid: a table or a view.
    pub(crate) fn relation_by_oid(&self, oid: Oid) -> Option<Arc<Relation>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(relation) = made.get(&oid) {
            return Some(Arc::clone(relation));
        }
        let class = self.class_by_oid(oid).filter(|class| class.kind != 'i')?;
        let source = match self.source(class) {
            Ok(source) => source,
            Err(error) => {
                tracing::error!(relation = class.name, %error, "catalog rows cannot be made");
                return None;
            }
        };
        let relation = Arc::new(Relation {
            oid,
            schema: class.schema.clone(),
            name: class.name.clone(),
            row_type: class.row_type,
            columns: class.columns.clone(),
            primary_key: class.primary_key.clone(),
            source,
        });
        made.insert(oid, Arc::clone(&relation));
        Some(relation)
    }

    /// Whether a schema of this name exists.
    pub(crate) fn schema_exists(&self, schema: &str) -> bool {
        self.namespace(schema).is_some()
    }

    /// The default `search_path`: the tenant's products in order, then `public`.
    pub(crate) fn default_search_path(&self) -> Vec<String> {
        let products = self.parts.products.iter();
        let names = products.map(|part| part.declared.namespace.name.clone());
        let names = names.filter(|name| name != SCHEMA);
        names.chain([String::from("public")]).collect()
    }

    /// What nights did, up to the pinned snapshots.
    pub(crate) fn status(&self) -> Option<&Arc<Status>> {
        self.parts.status.as_ref()
    }

    fn source(&self, class: &Class) -> Result<RelationSource, DataError> {
        if let Some((part, _)) = self.table_part(class.oid)
            && let Some(provider) = &part.provider
        {
            return Ok(RelationSource::Table(Arc::clone(provider)));
        }
        if let Some(text) = class.view {
            return Ok(RelationSource::View(text));
        }
        let system = relations().by_oid(class.oid);
        let schema = match system {
            Some(system) => Arc::clone(&system.schema),
            None => arrow_schema(&class.columns),
        };
        let mut batches: Vec<_> = system
            .map(SystemRelation::rows)
            .cloned()
            .into_iter()
            .collect();
        if class.namespace == PG_CATALOG {
            batches.extend(self.tenant_rows(&class.name)?);
        }
        let provider =
            MemTable::try_new(schema, vec![batches]).map_err(|error| DataError::Value {
                file: "catalog",
                column: class.name.clone(),
                text: error.to_string(),
                expected: "rows of one relation",
            })?;
        Ok(RelationSource::Table(Arc::new(provider)))
    }

    /// A tenant's table (also by the oid of its index) with its snapshot's figures.
    fn table_part(&self, oid: Oid) -> Option<(&TablePart, &DeclaredTable)> {
        let (product, at) = *self.places.get(&oid)?;
        let product = self.parts.products.get(product)?;
        Some((product.tables.get(at)?, product.declared.tables.get(at)?))
    }
}

#[cfg(test)]
mod tests;
