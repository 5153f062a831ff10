//! What depends on what: rows of `pg_depend` and `pg_shdepend` about a tenant's objects.

use arrow::record_batch::RecordBatch;

use super::data::DataError;
use super::declared::{Constraint, DeclaredTable, namespace_oid, rows_of};
use super::relations::{PG_CATALOG, relations};
use super::rows::Rows;
use super::system::system;
use super::{Catalog, OWNER};
use crate::ident::Oid;
use crate::schema::status::SCHEMA;

/// An object, or a column of one, with the relation that lists it.
type Object = (&'static str, Oid, i16);

/// Goes with what it depends on: a key with its columns.
const AUTOMATIC: &str = "a";
/// Is a part of what it depends on: the index of a key.
const INTERNAL: &str = "i";
/// Keeps what it depends on from being dropped.
const NORMAL: &str = "n";

/// Rows of `pg_depend` about the tables of one product.
pub(super) fn rows(tables: &[DeclaredTable]) -> Result<RecordBatch, DataError> {
    let mut rows = rows_of("pg_depend", &[])?;
    for table in tables {
        let class = &table.class;
        let (own, row_type) = (("pg_class", class.oid, 0), ("pg_type", class.row_type, 0));
        let schema = ("pg_namespace", class.namespace, 0);
        push(&mut rows, own, schema, NORMAL)?;
        push(&mut rows, row_type, own, INTERNAL)?;
        let array = ("pg_type", table.array_type, 0);
        push(&mut rows, array, row_type, INTERNAL)?;
        for key in &table.constraints {
            push_key(&mut rows, class.oid, key)?;
        }
    }
    rows.finish()
}

fn push_key(rows: &mut Rows, table: Oid, key: &Constraint) -> Result<(), DataError> {
    let own = ("pg_constraint", key.oid, 0);
    let index = ("pg_class", key.index, 0);
    for column in &key.columns {
        push(rows, own, ("pg_class", table, *column), AUTOMATIC)?;
    }
    let Some((target, columns)) = &key.target else {
        return push(rows, index, own, INTERNAL);
    };
    for column in columns {
        push(rows, own, ("pg_class", *target, *column), NORMAL)?;
    }
    push(rows, own, index, NORMAL)?;
    for trigger in &key.triggers {
        push(rows, ("pg_trigger", trigger.oid, 0), own, INTERNAL)?;
    }
    Ok(())
}

fn push(rows: &mut Rows, object: Object, on: Object, how: &str) -> Result<(), DataError> {
    rows.push([
        ("classid", listed_in(object.0)),
        ("objid", object.1.to_string()),
        ("objsubid", object.2.to_string()),
        ("refclassid", listed_in(on.0)),
        ("refobjid", on.1.to_string()),
        ("refobjsubid", on.2.to_string()),
        ("deptype", how.to_owned()),
    ])
}

/// The oid of a relation of `pg_catalog`.
fn listed_in(relation: &str) -> String {
    let found = relations().by_name(PG_CATALOG, relation);
    let found = found.map_or(Oid::INVALID, |relation| relation.class.oid);
    found.to_string()
}

impl Catalog {
    /// Rows of `pg_shdepend`: what the role owns that owns everything.
    pub(super) fn owned(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of("pg_shdepend", &[("objsubid", "0"), ("deptype", "o")])?;
        let database = self.database_oid();
        let mut own = |within: Oid, relation: &str, object: Oid| {
            rows.push([
                ("dbid", within.to_string()),
                ("classid", listed_in(relation)),
                ("objid", object.to_string()),
                ("refclassid", listed_in("pg_authid")),
                ("refobjid", OWNER.oid.to_string()),
            ])
        };
        own(Oid::INVALID, "pg_database", database)?;
        for part in &self.parts.products {
            own(database, "pg_namespace", part.declared.namespace.oid)?;
            for table in &part.declared.tables {
                own(database, "pg_class", table.class.oid)?;
            }
        }
        for function in system().procs() {
            if function.namespace == namespace_oid(SCHEMA) {
                own(database, "pg_proc", function.oid)?;
            }
        }
        rows.finish()
    }
}
