//! The relations every PostgreSQL 15 has: `pg_catalog` and `information_schema`, column by column.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::data::{DataError, File};
use super::system::system;
use super::{Class, RelationColumn, rows, views};
use crate::ident::Oid;
use crate::pg::{Type, types};

/// `pg_namespace.oid` of `pg_catalog`.
pub(crate) const PG_CATALOG: Oid = Oid(11);

/// A relation of PostgreSQL's own.
#[derive(Debug)]
pub(super) struct SystemRelation {
    /// Its row in `pg_class`.
    pub(super) class: Arc<Class>,
    /// The columns in Arrow.
    pub(super) schema: SchemaRef,
    /// The name again, as the embedded rows go by.
    name: &'static str,
    rows: OnceLock<RecordBatch>,
}

impl SystemRelation {
    /// The rows it has in every database.
    pub(super) fn rows(&self) -> &RecordBatch {
        self.rows.get_or_init(|| {
            rows::embedded(self.name, &self.schema).unwrap_or_else(|error| {
                // A test reads the same bytes of every relation.
                tracing::error!(%error, "embedded rows cannot be read");
                RecordBatch::new_empty(Arc::clone(&self.schema))
            })
        })
    }
}

/// All of them, and the indexes on them.
#[derive(Debug, Default)]
pub(super) struct SystemRelations {
    by_oid: HashMap<Oid, SystemRelation>,
    by_name: HashMap<(Oid, &'static str), Oid>,
    namespaces: Vec<Namespace>,
}

/// A row of `pg_namespace`.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: Oid,
    pub(crate) acl: Option<String>,
}

/// The one instance, loaded on first use.
pub(super) fn relations() -> &'static SystemRelations {
    static RELATIONS: LazyLock<SystemRelations> = LazyLock::new(|| {
        SystemRelations::load().unwrap_or_else(|error| {
            tracing::error!(%error, "the embedded system relations cannot be read");
            SystemRelations::default()
        })
    });
    &RELATIONS
}

impl SystemRelations {
    fn load() -> Result<Self, DataError> {
        let namespaces = namespaces()?;
        let mut columns = columns()?;
        let file = File::open("pg_class")?;
        let at = file.columns([
            "oid",
            "relname",
            "relnamespace",
            "reltype",
            "relowner",
            "relkind",
            "relacl",
        ])?;
        let mut relations = Self::default();
        for row in file.rows() {
            let row = row?;
            let oid = Oid(row.number(at[0])?);
            let namespace = Oid(row.number(at[2])?);
            let schema = namespaces.iter().find(|space| space.oid == namespace);
            let schema = schema.map(|space| space.name.clone()).unwrap_or_default();
            let name = row.raw(at[1]);
            let columns = columns.remove(&oid).unwrap_or_default();
            let class = Class {
                oid,
                name: name.to_owned(),
                namespace,
                row_type: Oid(row.number(at[3])?),
                owner: Oid(row.number(at[4])?),
                kind: row.char(at[5]),
                acl: row.text(at[6]).map(std::borrow::Cow::into_owned),
                columns,
                primary_key: Vec::new(),
                view: views::text(&schema, name),
                schema,
            };
            relations.by_name.insert((namespace, name), oid);
            relations.by_oid.insert(
                oid,
                SystemRelation {
                    name,
                    schema: arrow_schema(&class.columns),
                    class: Arc::new(class),
                    rows: OnceLock::new(),
                },
            );
        }
        relations.namespaces = namespaces;
        Ok(relations)
    }

    /// A relation by oid.
    pub(super) fn by_oid(&self, oid: Oid) -> Option<&SystemRelation> {
        self.by_oid.get(&oid)
    }

    /// A relation by name.
    pub(super) fn by_name(&self, namespace: Oid, name: &str) -> Option<&SystemRelation> {
        self.by_oid.get(self.by_name.get(&(namespace, name))?)
    }

    /// The schemas.
    pub(super) fn namespaces(&self) -> &[Namespace] {
        &self.namespaces
    }

    /// All relations, in no order.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &SystemRelation> + '_ {
        self.by_oid.values()
    }
}

/// The columns in the storage of their types.
pub(crate) fn arrow_schema(columns: &[RelationColumn]) -> SchemaRef {
    let fields: Vec<_> = columns
        .iter()
        .map(|column| Field::new(&column.name, types::storage(column.kind.oid), true))
        .collect();
    Arc::new(Schema::new(fields))
}

fn namespaces() -> Result<Vec<Namespace>, DataError> {
    let file = File::open("pg_namespace")?;
    let at = file.columns(["oid", "nspname", "nspowner", "nspacl"])?;
    file.rows()
        .map(|row| {
            let row = row?;
            Ok(Namespace {
                oid: Oid(row.number(at[0])?),
                name: row.string(at[1]),
                owner: Oid(row.number(at[2])?),
                acl: row.text(at[3]).map(std::borrow::Cow::into_owned),
            })
        })
        .collect()
}

/// The columns of every relation, those of a domain with the type the domain is over.
fn columns() -> Result<HashMap<Oid, Vec<RelationColumn>>, DataError> {
    let file = File::open("pg_attribute")?;
    let at = file.columns([
        "attrelid",
        "attname",
        "atttypid",
        "atttypmod",
        "attnum",
        "attnotnull",
        "attacl",
    ])?;
    let mut columns: HashMap<Oid, Vec<RelationColumn>> = HashMap::new();
    for row in file.rows() {
        let row = row?;
        let declared = Type {
            oid: Oid(row.number(at[2])?),
            modifier: row.number(at[3])?,
        };
        let kind = match system().type_by_oid(declared.oid) {
            Some(domain) if domain.kind == 'd' => Type {
                oid: domain.base,
                modifier: domain.base_modifier,
            },
            _ => declared,
        };
        let number = row.number(at[4])?;
        if number < 0 {
            continue;
        }
        let relation = columns.entry(Oid(row.number(at[0])?)).or_default();
        relation.push(RelationColumn {
            name: row.string(at[1]),
            kind,
            number,
            not_null: row.bool(at[5]),
            acl: row.text(at[6]).map(std::borrow::Cow::into_owned),
        });
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_of_postgresql_has_its_columns_and_rows() {
        let relations = SystemRelations::load().unwrap();
        let mut tables = 0;
        for relation in relations
            .iter()
            .filter(|relation| relation.class.kind != 'i')
        {
            assert!(!relation.class.columns.is_empty(), "{}", relation.name);
            tables += 1;
        }
        assert_eq!(tables, 208);
        // What only functions and other relations read.
        let aside = [
            "catalog_foreign_keys",
            "proc_defaults",
            "rule_definitions",
            "ts_token_type",
            "view_definitions",
        ];
        let files = super::super::data::names().filter(|name| !aside.contains(name));
        let mut read = 0;
        for name in files {
            let relation = relations
                .iter()
                .find(|relation| relation.name == name)
                .unwrap();
            let rows = rows::embedded(name, &relation.schema).unwrap();
            assert_eq!(
                rows.num_rows(),
                File::open(name).unwrap().rows().count(),
                "{name}"
            );
            assert!(rows.num_rows() > 0, "{name}");
            read += 1;
        }
        assert_eq!(read, 35);
    }
}
