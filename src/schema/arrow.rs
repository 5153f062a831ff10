//! What the Parquet files of a snapshot hold for each declared type, so that other tools read them.
//!
//! | PostgreSQL | Arrow in files |
//! |---|---|
//! | boolean, smallint, integer, bigint, real, double precision | the same widths |
//! | numeric(p,s), p up to 38, s from 0 to p | `Decimal128(p, s)`; `NaN` has no place in it |
//! | text, varchar, char, json, jsonb (normal form) | `Utf8` |
//! | bytea | `Binary` |
//! | date; infinity is `i32::MAX`, -infinity `i32::MIN` | `Date32` |
//! | time | `Time64(µs)` |
//! | timestamp; infinity is `i64::MAX`, -infinity `i64::MIN` | `Timestamp(µs)` |
//! | timestamptz, same infinities | `Timestamp(µs, "UTC")` |
//! | uuid | `FixedSizeBinary(16)` |
//! | arrays | `List` of the element's type, field `item`, nullable |
//!
//! [`crate::pg::types::storage`] says what the engine computes with; a scan converts.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::{Column, Origin, Product, Table};
use crate::pg::Type;
use crate::pg::typename::{format_type, numeric_digits};
use crate::pg::types;

/// Metadata key under which a field says its PostgreSQL type in words, such as `numeric(14,2)`.
pub const TYPE_KEY: &str = "pg.type";

/// Metadata key of a column that no schema file declares: files may be older than it.
pub const UNDECLARED_KEY: &str = "syllabase.undeclared";

/// What the values of some rows take in memory, whatever else lies in the buffers they share.
pub fn value_bytes(rows: &RecordBatch) -> usize {
    rows.columns().iter().map(|column| taken(column)).sum()
}

fn taken(values: &dyn Array) -> usize {
    let Some(lists) = values.as_list_opt::<i32>() else {
        let own = values.to_data().get_slice_memory_size();
        return own.unwrap_or_else(|_| values.get_array_memory_size());
    };
    let offsets = lists.value_offsets();
    let ends = offsets.first().zip(offsets.last());
    let place = |at: &i32| usize::try_from(*at).unwrap_or_default();
    let (from, to) = ends.map_or((0, 0), |(from, to)| (place(from), place(to)));
    size_of_val(offsets) + taken(lists.values().slice(from, to - from).as_ref())
}

/// Whether a declared column can have this type.
pub(super) fn storable(of: Type) -> bool {
    let element = types::element(of.oid).unwrap_or(of.oid);
    match element {
        types::NUMERIC => decimal(of.modifier).is_some(),
        types::BOOL
        | types::INT2
        | types::INT4
        | types::INT8
        | types::FLOAT4
        | types::FLOAT8
        | types::TEXT
        | types::VARCHAR
        | types::BPCHAR
        | types::JSON
        | types::JSONB
        | types::BYTEA
        | types::DATE
        | types::TIME
        | types::TIMESTAMP
        | types::TIMESTAMPTZ
        | types::UUID => !matches!(of.oid, types::INT2VECTOR | types::OIDVECTOR),
        _ => false,
    }
}

/// What a file holds for values of a declared type.
///
/// A type no declared column can have is given its text.
pub fn file_type(of: Type) -> DataType {
    if let Some(element) = types::element(of.oid) {
        let element = file_type(Type {
            oid: element,
            modifier: of.modifier,
        });
        return DataType::List(Arc::new(Field::new("item", element, true)));
    }
    match of.oid {
        types::NUMERIC => decimal(of.modifier).unwrap_or(DataType::Utf8),
        types::BYTEA => DataType::Binary,
        other => match types::storage(other) {
            DataType::Utf8View => DataType::Utf8,
            DataType::BinaryView => DataType::Binary,
            same => same,
        },
    }
}

fn decimal(modifier: i32) -> Option<DataType> {
    if modifier < 0 {
        return None;
    }
    let (precision, scale) = numeric_digits(modifier);
    (precision <= 38 && (0..=precision).contains(&scale)).then_some(())?;
    Some(DataType::Decimal128(
        u8::try_from(precision).ok()?,
        i8::try_from(scale).ok()?,
    ))
}

impl Column {
    /// The column as a field of its file.
    pub fn arrow_field(&self) -> Field {
        let mut says = HashMap::from([
            (types::OID_KEY.to_owned(), self.kind.oid.to_string()),
            (TYPE_KEY.to_owned(), format_type(self.kind)),
        ]);
        if self.origin == Origin::Delivered {
            says.insert(UNDECLARED_KEY.to_owned(), "true".to_owned());
        }
        Field::new(&self.name, file_type(self.kind), self.nullable).with_metadata(says)
    }
}

impl Table {
    /// The schema of the table's files.
    pub fn arrow_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns
                .iter()
                .map(Column::arrow_field)
                .collect::<Vec<_>>(),
        ))
    }

    /// Names the table's shape: SHA-256, in hex, of what stored rows depend on (columns with type
    /// and nullability, key, sort). Texts for people do not change it.
    pub fn fingerprint(&self) -> String {
        hash(&self.shape())
    }

    fn shape(&self) -> String {
        let mut lines = vec![format!("table {}", self.name)];
        for column in &self.columns {
            let null = if column.nullable { "" } else { " not null" };
            let kind = format_type(column.kind);
            lines.push(format!("{} {kind}{null}", column.name));
        }
        lines.push(format!("key {} {}", self.key.join(","), self.key_enforced));
        lines.push(format!("sort {}\n", self.sort.join(",")));
        lines.join("\n")
    }
}

impl Product {
    /// Names the shape of all tables, as [`Table::fingerprint`] does for one.
    pub fn fingerprint(&self) -> String {
        let shapes: String = self.tables.iter().map(Table::shape).collect();
        hash(&format!(
            "product {} {}\n{shapes}",
            self.name, self.major_version
        ))
    }
}

fn hash(text: &str) -> String {
    use std::fmt::Write as _;

    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::typename::parse_type_name;
    use crate::schema::builtin;

    #[test]
    fn files_hold_types_that_other_tools_read() {
        for (name, expected) in [
            ("varchar(255)", "Utf8"),
            ("jsonb", "Utf8"),
            ("bytea", "Binary"),
            ("numeric(37,1)", "Decimal128(37, 1)"),
            ("numeric(14,2)[]", "List(Decimal128(14, 2))"),
            ("uuid", "FixedSizeBinary(16)"),
            ("timestamptz", "Timestamp(µs, \"UTC\")"),
            ("timestamp[]", "List(Timestamp(µs))"),
        ] {
            let kind = parse_type_name(name).unwrap();
            assert!(storable(kind), "{name}");
            assert_eq!(file_type(kind).to_string(), expected, "{name}");
        }
    }

    #[test]
    fn types_without_a_place_in_a_file_are_refused() {
        for name in [
            "numeric",
            "numeric(39,0)",
            "numeric(4,-2)",
            "numeric(4,5)",
            "interval",
            "oid",
            "int2vector",
            "record",
        ] {
            assert!(!storable(parse_type_name(name).unwrap()), "{name}");
        }
    }

    #[test]
    fn a_fingerprint_follows_the_shape_and_not_the_texts() {
        let products = builtin().unwrap();
        let product = products.iter().next().unwrap();
        let before = product.fingerprint();
        assert_eq!(before.len(), 64);
        let mut changed = Product::clone(product);
        changed.tables[0].columns[0].description = "Other words".to_owned();
        assert_eq!(changed.fingerprint(), before);
        changed.tables[0].columns[1].nullable = false;
        assert_ne!(changed.fingerprint(), before);
    }
}
