//! A product's tables as PostgreSQL objects: made once per product, shared by all its tenants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arrow::record_batch::RecordBatch;

use super::data::DataError;
use super::relations::{Namespace, PG_CATALOG, relations};
use super::rows::Rows;
use super::system::{TypeRow, system};
use super::trigger::Trigger;
use super::{Class, OWNER, RelationColumn, TABLE_ACL, depend, trigger};
use crate::ident::{Oid, ProductName};
use crate::pg::types;
use crate::schema::status::{SCHEMA, status};
use crate::schema::{Product, Products, Table};

/// The first oid of ours; below are those PostgreSQL gives its own objects, and fixed ones.
const FIRST_USER_OID: u32 = 16_400;
/// The access method of indexes; `pg_am.oid` of btree.
const BTREE: Oid = Oid(403);
/// The columns every table has of itself: name, type and number.
const SYSTEM_COLUMNS: [(&str, Oid, i16); 6] = [
    ("ctid", types::TID, -1),
    ("xmin", types::XID, -2),
    ("cmin", types::CID, -3),
    ("xmax", types::XID, -4),
    ("cmax", types::CID, -5),
    ("tableoid", types::OID, -6),
];
/// `pg_collation.oid` of `default`.
const DEFAULT_COLLATION: Oid = Oid(100);

/// Why products cannot be served together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeclareError {
    /// Two objects have the same number.
    #[error("{first} and {second} get the same oid {oid}; rename one of them")]
    Collision {
        /// The number.
        oid: Oid,
        /// One object.
        first: String,
        /// The other.
        second: String,
    },
    /// The schema that every database has cannot be read.
    #[error("the status schema cannot be read")]
    Status(#[from] crate::schema::Error),
    /// The rows of a product cannot be made.
    #[error("the catalog rows of {product} cannot be made")]
    Rows {
        /// The product.
        product: String,
        /// Why.
        source: DataError,
    },
}

/// The oid of an object of ours, from its kind and name alone: the same in every database, process
/// and night.
///
/// It stays below 2³¹ because some clients read oids as signed numbers.
pub(super) fn oid_of(kind: &str, name: &str) -> Oid {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in kind.bytes().chain([0]).chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    // The number of a row type tells that it is one: `types::row_type`.
    let (first, room) = if kind == "type" {
        (types::ROW_TYPES, types::ROW_TYPES_ROOM)
    } else {
        (FIRST_USER_OID, i32::MAX.unsigned_abs() - FIRST_USER_OID)
    };
    let offset = u32::try_from(hash % u64::from(room));
    Oid(first + offset.unwrap_or_default())
}

/// The oid of the schema of this name.
pub(crate) fn namespace_oid(schema: &str) -> Oid {
    oid_of("schema", schema)
}

/// A primary or foreign key.
#[derive(Debug)]
pub(crate) struct Constraint {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    /// `p` or `f`.
    pub(crate) kind: char,
    /// The numbers of its columns.
    pub(crate) columns: Vec<i16>,
    /// For a foreign key: the table and the numbers of the columns it refers to.
    pub(crate) target: Option<(Oid, Vec<i16>)>,
    /// The index that holds it up.
    pub(crate) index: Oid,
    /// What enforces a foreign key.
    pub(crate) triggers: Vec<Trigger>,
}

/// An index on columns of a table.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) class: Arc<Class>,
    pub(crate) table: Oid,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<i16>,
}

/// A table with what belongs to it.
#[derive(Debug)]
pub(crate) struct DeclaredTable {
    pub(crate) class: Arc<Class>,
    pub(crate) array_type: Oid,
    pub(crate) comment: String,
    /// The comments of its columns, in order.
    pub(crate) column_comments: Vec<String>,
    pub(crate) index: Option<Index>,
    pub(crate) constraints: Vec<Constraint>,
    /// Whether a foreign key starts or ends here.
    pub(crate) references: bool,
}

/// A product with its rows of the system relations that do not depend on a tenant.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) namespace: Namespace,
    pub(crate) comment: String,
    pub(crate) tables: Vec<DeclaredTable>,
    pub(super) by_name: HashMap<String, usize>,
    /// Rows by relation: `pg_attribute`, `pg_type`, `pg_constraint`, `pg_index`, `pg_trigger`,
    /// `pg_depend`, `pg_description`.
    rows: HashMap<&'static str, RecordBatch>,
}

/// All products a server knows, as PostgreSQL objects without a clash.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declarations {
    declared: Vec<Arc<Declared>>,
    /// Products with undeclared columns, for as long as a catalog has them: by the fingerprint of
    /// all columns, which those of many tenants and nights share.
    extended: Arc<Mutex<HashMap<String, Weak<Declared>>>>,
}

impl Declarations {
    /// Declares the products.
    ///
    /// # Errors
    /// A collision of oids, which a new name resolves.
    pub(crate) fn new(products: &Products) -> Result<Self, DeclareError> {
        let mut declared = Vec::new();
        let mut known: HashMap<Oid, String> = HashMap::new();
        let status = status()?;
        for product in products.iter().map(Arc::as_ref).chain([&status]) {
            let product = Declared::new(product)?;
            for (oid, name) in product.objects() {
                if let Some(first) = known.insert(oid, name.clone()) {
                    return Err(DeclareError::Collision {
                        oid,
                        first,
                        second: name,
                    });
                }
            }
            declared.push(Arc::new(product));
        }
        Ok(Self {
            declared,
            extended: Arc::default(),
        })
    }

    /// A product with columns that it does not declare. Its objects are numbered as without them.
    ///
    /// # Errors
    /// Rows of the system relations that cannot be made.
    pub(crate) fn extended(&self, product: &Product) -> Result<Arc<Declared>, DeclareError> {
        let mut extended = self.extended.lock().unwrap_or_else(PoisonError::into_inner);
        let key = product.fingerprint();
        if let Some(known) = extended.get(&key).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let made = Arc::new(Declared::new(product)?);
        extended.retain(|_, declared| declared.strong_count() > 0);
        extended.insert(key, Arc::downgrade(&made));
        Ok(made)
    }

    /// A product by name.
    pub(crate) fn get(&self, product: &ProductName) -> Option<&Arc<Declared>> {
        self.schema(product.as_str())
    }

    /// The schema that every database has beside its products'.
    pub(crate) fn status(&self) -> Option<&Arc<Declared>> {
        self.schema(SCHEMA)
    }

    fn schema(&self, name: &str) -> Option<&Arc<Declared>> {
        let mut declared = self.declared.iter();
        declared.find(|declared| declared.namespace.name == name)
    }
}

impl Declared {
    fn new(product: &Product) -> Result<Self, DeclareError> {
        let name = product.name.as_str();
        let namespace = Namespace {
            oid: namespace_oid(name),
            name: name.to_owned(),
            owner: OWNER.oid,
            acl: Some(format!("{{{0}=U/{0}}}", OWNER.name)),
        };
        let tables: Vec<_> = product
            .tables
            .iter()
            .map(|table| declare_table(product, table, namespace.oid))
            .collect();
        let by_name = tables.iter().enumerate();
        let mut declared = Self {
            by_name: by_name
                .map(|(at, table)| (table.class.name.clone(), at))
                .collect(),
            comment: product.description.clone(),
            namespace,
            tables,
            rows: HashMap::new(),
        };
        declared.rows = declared.make_rows().map_err(|source| DeclareError::Rows {
            product: name.to_owned(),
            source,
        })?;
        Ok(declared)
    }

    /// Every oid with what it means.
    fn objects(&self) -> impl Iterator<Item = (Oid, String)> + '_ {
        let schema = &self.namespace.name;
        let tables = self.tables.iter().flat_map(move |table| {
            let name = format!("{schema}.{}", table.class.name);
            let own = [
                (table.class.oid, format!("table {name}")),
                (table.class.row_type, format!("type {name}")),
                (table.array_type, format!("array type {name}")),
            ];
            let index = table.index.iter().map(move |index| &index.class);
            let index =
                index.map(move |class| (class.oid, format!("index {schema}.{}", class.name)));
            let keys = table.constraints.iter();
            let keys = keys.map(move |key| (key.oid, format!("constraint {schema}.{}", key.name)));
            let triggers = table.constraints.iter().flat_map(|key| &key.triggers);
            let triggers = triggers.map(|trigger| (trigger.oid, trigger.name()));
            own.into_iter().chain(index).chain(keys).chain(triggers)
        });
        [(self.namespace.oid, format!("schema {schema}"))]
            .into_iter()
            .chain(tables)
    }

    /// Its rows of a system relation.
    pub(super) fn rows(&self, relation: &str) -> Option<&RecordBatch> {
        self.rows.get(relation)
    }

    /// A table by name.
    pub(crate) fn table(&self, name: &str) -> Option<&DeclaredTable> {
        self.tables.get(*self.by_name.get(name)?)
    }

    fn make_rows(&self) -> Result<HashMap<&'static str, RecordBatch>, DataError> {
        Ok(HashMap::from([
            ("pg_attribute", self.attributes()?),
            ("pg_type", self.row_types()?),
            ("pg_constraint", self.keys()?),
            ("pg_index", self.indexes()?),
            ("pg_trigger", trigger::rows(&self.tables)?),
            ("pg_depend", depend::rows(&self.tables)?),
            ("pg_description", self.comments()?),
        ]))
    }

    fn attributes(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_attribute",
            &[
                ("attstattarget", "-1"),
                ("attcacheoff", "-1"),
                ("attcompression", ""),
                ("atthasdef", "f"),
                ("atthasmissing", "f"),
                ("attidentity", ""),
                ("attgenerated", ""),
                ("attisdropped", "f"),
                ("attislocal", "t"),
                ("attinhcount", "0"),
            ],
        )?;
        let indexes = self.tables.iter().filter_map(|table| table.index.as_ref());
        let classes = self.tables.iter().map(|table| &table.class);
        for class in classes.chain(indexes.map(|index| &index.class)) {
            for column in &class.columns {
                let Some(kind) = system().type_by_oid(column.kind.oid) else {
                    continue;
                };
                let array = kind.category == 'A';
                rows.push([
                    ("attrelid", class.oid.to_string()),
                    ("attname", column.name.clone()),
                    ("atttypid", kind.oid.to_string()),
                    ("attlen", kind.length.to_string()),
                    ("attnum", column.number.to_string()),
                    (
                        "attndims",
                        i32::from(array && class.kind == 'r').to_string(),
                    ),
                    ("atttypmod", column.kind.modifier.to_string()),
                    ("attbyval", kind.by_value.to_string()),
                    ("attalign", kind.alignment.to_string()),
                    ("attstorage", kind.storage.to_string()),
                    (
                        "attnotnull",
                        (column.not_null && class.kind == 'r').to_string(),
                    ),
                    ("attcollation", collation(kind).to_string()),
                ])?;
            }
        }
        for table in &self.tables {
            for (name, kind, number) in SYSTEM_COLUMNS {
                let Some(kind) = system().type_by_oid(kind) else {
                    continue;
                };
                rows.push([
                    ("attrelid", table.class.oid.to_string()),
                    ("attname", String::from(name)),
                    ("atttypid", kind.oid.to_string()),
                    ("attstattarget", String::from("0")),
                    ("attlen", kind.length.to_string()),
                    ("attnum", number.to_string()),
                    ("attndims", String::from("0")),
                    ("atttypmod", String::from("-1")),
                    ("attbyval", kind.by_value.to_string()),
                    ("attalign", kind.alignment.to_string()),
                    ("attstorage", kind.storage.to_string()),
                    ("attnotnull", String::from("t")),
                    ("attcollation", String::from("0")),
                ])?;
            }
        }
        rows.finish()
    }

    fn row_types(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_type",
            &[
                ("typlen", "-1"),
                ("typbyval", "f"),
                ("typispreferred", "f"),
                ("typisdefined", "t"),
                ("typdelim", ","),
                ("typmodin", "0"),
                ("typmodout", "0"),
                ("typalign", "d"),
                ("typstorage", "x"),
                ("typnotnull", "f"),
                ("typbasetype", "0"),
                ("typtypmod", "-1"),
                ("typndims", "0"),
                ("typcollation", "0"),
            ],
        )?;
        for table in &self.tables {
            let class = &table.class;
            for (array, name) in [(false, class.name.clone()), (true, array_name(&class.name))] {
                let own = if array {
                    table.array_type
                } else {
                    class.row_type
                };
                let pick = |of_array: Oid, of_row: Oid| if array { of_array } else { of_row };
                let code = |of_array: &str, of_row: &str| {
                    let name = if array { of_array } else { of_row };
                    let found = system().procs_by_name(name).first();
                    found.map_or(Oid::INVALID, |proc| proc.oid).to_string()
                };
                rows.push([
                    ("oid", own.to_string()),
                    ("typname", name),
                    ("typnamespace", class.namespace.to_string()),
                    ("typowner", class.owner.to_string()),
                    ("typtype", String::from(if array { "b" } else { "c" })),
                    ("typcategory", String::from(if array { "A" } else { "C" })),
                    ("typrelid", pick(Oid::INVALID, class.oid).to_string()),
                    ("typsubscript", code("array_subscript_handler", "")),
                    ("typelem", pick(class.row_type, Oid::INVALID).to_string()),
                    ("typarray", pick(Oid::INVALID, table.array_type).to_string()),
                    ("typinput", code("array_in", "record_in")),
                    ("typoutput", code("array_out", "record_out")),
                    ("typreceive", code("array_recv", "record_recv")),
                    ("typsend", code("array_send", "record_send")),
                    ("typanalyze", code("array_typanalyze", "")),
                ])?;
            }
        }
        rows.finish()
    }

    fn keys(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_constraint",
            &[
                ("condeferrable", "f"),
                ("condeferred", "f"),
                ("convalidated", "t"),
                ("contypid", "0"),
                ("conparentid", "0"),
                ("conislocal", "t"),
                ("coninhcount", "0"),
                ("connoinherit", "t"),
                ("confupdtype", " "),
                ("confdeltype", " "),
                ("confmatchtype", " "),
                ("confrelid", "0"),
            ],
        )?;
        for table in &self.tables {
            for key in &table.constraints {
                let own = [
                    ("oid", key.oid.to_string()),
                    ("conname", key.name.clone()),
                    ("connamespace", self.namespace.oid.to_string()),
                    ("contype", key.kind.to_string()),
                    ("conrelid", table.class.oid.to_string()),
                    ("conindid", key.index.to_string()),
                    ("conkey", braced(&key.columns)),
                ];
                let Some((target, columns)) = &key.target else {
                    rows.push(own)?;
                    continue;
                };
                let equal: Vec<_> = key
                    .columns
                    .iter()
                    .map(|n| equality(&table.class, *n))
                    .collect();
                rows.push(own.into_iter().chain([
                    ("confrelid", target.to_string()),
                    ("confkey", braced(columns)),
                    ("confupdtype", String::from("a")),
                    ("confdeltype", String::from("a")),
                    ("confmatchtype", String::from("s")),
                    // Sources may refer to what they never delivered, so nothing is promised.
                    ("convalidated", String::from("f")),
                    ("conpfeqop", braced(&equal)),
                    ("conppeqop", braced(&equal)),
                    ("conffeqop", braced(&equal)),
                ]))?;
            }
        }
        rows.finish()
    }

    fn indexes(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of(
            "pg_index",
            &[
                ("indisunique", "t"),
                ("indnullsnotdistinct", "f"),
                ("indisprimary", "t"),
                ("indisexclusion", "f"),
                ("indimmediate", "t"),
                ("indisclustered", "f"),
                ("indisvalid", "t"),
                ("indcheckxmin", "f"),
                ("indisready", "t"),
                ("indislive", "t"),
                ("indisreplident", "f"),
            ],
        )?;
        for index in self.tables.iter().filter_map(|table| table.index.as_ref()) {
            let kinds = index.class.columns.iter();
            let kinds: Vec<_> = kinds
                .filter_map(|c| system().type_by_oid(c.kind.oid))
                .collect();
            let width = index.columns.len().to_string();
            rows.push([
                ("indexrelid", index.class.oid.to_string()),
                ("indrelid", index.table.to_string()),
                ("indnatts", width.clone()),
                ("indnkeyatts", width),
                ("indkey", spaced(index.columns.iter())),
                (
                    "indcollation",
                    spaced(kinds.iter().map(|kind| collation(kind))),
                ),
                (
                    "indclass",
                    spaced(kinds.iter().map(|kind| operator_class(kind))),
                ),
                ("indoption", spaced(kinds.iter().map(|_| 0))),
            ])?;
        }
        rows.finish()
    }

    fn comments(&self) -> Result<RecordBatch, DataError> {
        let mut rows = rows_of("pg_description", &[("objsubid", "0")])?;
        let mut comment = |object: Oid, class: &str, number: usize, text: &str| {
            let class = relations().by_name(PG_CATALOG, class);
            let class = class.map_or(Oid::INVALID, |relation| relation.class.oid);
            if text.is_empty() {
                return Ok(());
            }
            rows.push([
                ("objoid", object.to_string()),
                ("classoid", class.to_string()),
                ("objsubid", number.to_string()),
                ("description", text.to_owned()),
            ])
        };
        comment(self.namespace.oid, "pg_namespace", 0, &self.comment)?;
        for table in &self.tables {
            let own = std::iter::once(&table.comment).chain(&table.column_comments);
            for (number, text) in own.enumerate() {
                comment(table.class.oid, "pg_class", number, text)?;
            }
        }
        rows.finish()
    }
}

/// Rows of a system relation, by its name in `pg_catalog`.
pub(super) fn rows_of(
    name: &'static str,
    defaults: &[(&str, &'static str)],
) -> Result<Rows, DataError> {
    let relation = relations()
        .by_name(PG_CATALOG, name)
        .ok_or_else(|| DataError::Missing(name.to_owned()))?;
    Rows::new(name, Arc::clone(&relation.schema), defaults)
}

#[expect(clippy::too_many_lines, reason = "a table: one case after the other")]
fn declare_table(product: &Product, table: &Table, namespace: Oid) -> DeclaredTable {
    let schema = product.name.as_str();
    let columns: Vec<_> = (1..)
        .zip(&table.columns)
        .map(|(number, column)| RelationColumn {
            name: column.name.clone(),
            kind: column.kind,
            number,
            not_null: !column.nullable || table.primary_key().contains(&column.name),
            acl: None,
        })
        .collect();
    let number = |of: &Table, name: &str| {
        let at = of.columns.iter().position(|column| column.name == name);
        at.and_then(|at| i16::try_from(at + 1).ok())
            .unwrap_or_default()
    };
    let primary_key: Vec<_> = table
        .primary_key()
        .iter()
        .map(|name| number(table, name))
        .collect();
    let qualified = format!("{schema}.{}", table.name);
    let class = Arc::new(Class {
        oid: oid_of("table", &qualified),
        name: table.name.to_string(),
        namespace,
        schema: schema.to_owned(),
        kind: 'r',
        row_type: oid_of("type", &qualified),
        owner: OWNER.oid,
        acl: Some(String::from(TABLE_ACL)),
        columns,
        primary_key,
        view: None,
    });
    let index = primary_index(&class);
    let mut constraints: Vec<_> = index
        .iter()
        .map(|index| Constraint {
            oid: oid_of("constraint", &format!("{qualified}.{}", index.class.name)),
            name: index.class.name.clone(),
            kind: 'p',
            columns: index.columns.clone(),
            target: None,
            index: index.class.oid,
            triggers: Vec::new(),
        })
        .collect();
    for (column, to) in product.foreign_keys(table) {
        let name = object_name(table.name.as_str(), Some(&column.name), "fkey");
        let target = oid_of("table", &format!("{schema}.{}", to.name));
        let own = format!("{qualified}.{name}");
        constraints.push(Constraint {
            oid: oid_of("constraint", &own),
            triggers: Trigger::of_key(&own, class.oid, target),
            name,
            kind: 'f',
            columns: vec![number(table, &column.name)],
            target: Some((
                target,
                to.primary_key()
                    .iter()
                    .map(|name| number(to, name))
                    .collect(),
            )),
            index: oid_of(
                "index",
                &format!("{schema}.{}", pkey_name(to.name.as_str())),
            ),
        });
    }
    let mut others = product.tables.iter();
    let referred = others.any(|other| {
        product
            .foreign_keys(other)
            .any(|(_, to)| to.name == table.name)
    });
    DeclaredTable {
        array_type: types::array_of(class.row_type).unwrap_or(Oid::INVALID),
        comment: table.comment(),
        column_comments: table
            .columns
            .iter()
            .map(crate::schema::Column::comment)
            .collect(),
        references: referred || constraints.iter().any(|key| key.kind == 'f'),
        constraints,
        index,
        class,
    }
}

/// The index of the primary key, if there is one.
fn primary_index(table: &Class) -> Option<Index> {
    if table.primary_key.is_empty() {
        return None;
    }
    let name = pkey_name(&table.name);
    let columns = (1..)
        .zip(&table.primary_key)
        .filter_map(|(number, of)| {
            Some(RelationColumn {
                number,
                ..table.column(*of)?.clone()
            })
        })
        .collect();
    Some(Index {
        class: Arc::new(Class {
            oid: oid_of("index", &format!("{}.{name}", table.schema)),
            name,
            namespace: table.namespace,
            schema: table.schema.clone(),
            kind: 'i',
            row_type: Oid::INVALID,
            owner: table.owner,
            acl: None,
            columns,
            primary_key: Vec::new(),
            view: None,
        }),
        table: table.oid,
        unique: true,
        columns: table.primary_key.clone(),
    })
}

fn pkey_name(table: &str) -> String {
    object_name(table, None, "pkey")
}

/// The name PostgreSQL would choose: parts joined by `_`, the longer one cut until 63 bytes hold all.
fn object_name(first: &str, second: Option<&str>, label: &str) -> String {
    let (mut first, mut second) = (first.to_owned(), second.map(str::to_owned));
    let overhead = label.len() + 1 + usize::from(second.is_some());
    while first.len() + second.as_ref().map_or(0, String::len) + overhead > 63 {
        match &mut second {
            Some(second) if second.len() >= first.len() => second.pop(),
            _ => first.pop(),
        };
    }
    match second {
        Some(second) => format!("{first}_{second}_{label}"),
        None => format!("{first}_{label}"),
    }
}

/// The name of the array type over a row type: an underscore before it, at most 63 bytes.
fn array_name(name: &str) -> String {
    let mut array = format!("_{name}");
    array.truncate(63);
    array
}

fn collation(kind: &TypeRow) -> Oid {
    if kind.collation.valid() {
        DEFAULT_COLLATION
    } else {
        Oid::INVALID
    }
}

/// The equality operator of a column's type, through its binary compatible cousin if need be.
fn equality(class: &Class, number: i16) -> Oid {
    let kind = class
        .column(number)
        .map_or(Oid::INVALID, |column| column.kind.oid);
    let kind = if kind == types::VARCHAR {
        types::TEXT
    } else {
        kind
    };
    let equal = system().operators_by_name("=").iter();
    let mut equal = equal.filter(|operator| operator.left == kind && operator.right == kind);
    equal.next().map_or(Oid::INVALID, |operator| operator.oid)
}

/// The default btree operator class of a type.
fn operator_class(kind: &TypeRow) -> Oid {
    let oid = match kind.oid {
        types::VARCHAR => types::TEXT,
        _ if kind.category == 'A' => types::ANYARRAY,
        other => other,
    };
    system().operator_class(BTREE, oid).unwrap_or_default()
}

fn braced<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    format!("{{{}}}", items.join(","))
}

fn spaced<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    items.join(" ")
}
