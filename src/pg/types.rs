//! The types we can store and send: PostgreSQL oid, size and relations beside the Arrow storage.
//!
//! One PostgreSQL type has exactly one Arrow storage type, so analysis, kernels and encoders never
//! ask twice. Several PostgreSQL types may share a storage (`text` and `jsonb`, `bytea` and
//! `numeric`): the PostgreSQL type travels beside the array and is what decides.
//!
//! Storage:
//!
//! | PostgreSQL | Arrow |
//! |---|---|
//! | bool; int2, int4, int8; float4, float8 | the same widths |
//! | oid, reg*, xid, cid | `UInt32`; xid8 `UInt64` |
//! | text, varchar, bpchar, name, "char", json, jsonb (normal form), unknown, and every type that only its text form is needed of | `Utf8View` |
//! | bytea | `BinaryView` |
//! | numeric | `BinaryView`, the form of [`super::numeric`] (every value has its own display scale) |
//! | date | `Date32`; infinity is `i32::MAX`, -infinity `i32::MIN` |
//! | time | `Time64(µs)`; timetz `FixedSizeBinary(12)`: µs as i64 LE, then seconds west of UTC as i32 LE |
//! | timestamp | `Timestamp(µs)`; infinity is `i64::MAX`, -infinity `i64::MIN` |
//! | timestamptz | `Timestamp(µs, "UTC")`, same infinities |
//! | interval | `Interval(MonthDayNano)`, microseconds in its last part |
//! | uuid | `FixedSizeBinary(16)` |
//! | arrays | `Struct` of a list of the element's storage and a shape: [`super::array`] |
//! | record | `Struct`; each child field carries its type's oid in the metadata key [`OID_KEY`] |

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};

use crate::ident::Oid;

/// Metadata key under which a field says its PostgreSQL type's oid.
pub const OID_KEY: &str = "pg.oid";

/// A PostgreSQL type with its modifier (`-1`: none), as `pg_attribute.atttypid` and `atttypmod`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Type {
    /// The type's oid.
    pub oid: Oid,
    /// The modifier; -1 when there is none.
    pub modifier: i32,
}

impl Type {
    /// A type without a modifier.
    pub const fn plain(oid: Oid) -> Self {
        Self { oid, modifier: -1 }
    }
}

impl From<Oid> for Type {
    fn from(oid: Oid) -> Self {
        Self::plain(oid)
    }
}

macro_rules! oids {
    ($($name:ident = $oid:literal),* $(,)?) => {
        $(
            #[expect(missing_docs, reason = "each is the oid of the type of that name in pg_type")]
            pub const $name: Oid = Oid($oid);
        )*
    };
}

oids! {
    BOOL = 16, BYTEA = 17, CHAR = 18, NAME = 19, INT8 = 20, INT2 = 21, INT2VECTOR = 22, INT4 = 23,
    REGPROC = 24, TEXT = 25, OID = 26, TID = 27, XID = 28, CID = 29, OIDVECTOR = 30,
    JSON = 114, XML = 142, PG_NODE_TREE = 194, POINT = 600, CIDR = 650,
    FLOAT4 = 700, FLOAT8 = 701, UNKNOWN = 705, MONEY = 790, MACADDR = 829, MACADDR8 = 774, INET = 869,
    ACLITEM = 1033, BPCHAR = 1042, VARCHAR = 1043, DATE = 1082, TIME = 1083, TIMESTAMP = 1114,
    TIMESTAMPTZ = 1184, INTERVAL = 1186, TIMETZ = 1266, BIT = 1560, VARBIT = 1562, NUMERIC = 1700,
    REFCURSOR = 1790, REGPROCEDURE = 2202, REGOPER = 2203, REGOPERATOR = 2204, REGCLASS = 2205,
    REGTYPE = 2206, RECORD = 2249, CSTRING = 2275, ANY = 2276, ANYARRAY = 2277, VOID = 2278,
    TRIGGER = 2279, INTERNAL = 2281, ANYELEMENT = 2283, ANYNONARRAY = 2776, UUID = 2950,
    TXID_SNAPSHOT = 2970, PG_SNAPSHOT = 5038, PG_LSN = 3220, ANYENUM = 3500, TSVECTOR = 3614, TSQUERY = 3615, REGCONFIG = 3734,
    REGDICTIONARY = 3769, JSONB = 3802, ANYRANGE = 3831, JSONPATH = 4072, REGNAMESPACE = 4089,
    REGROLE = 4096, REGCOLLATION = 4191, XID8 = 5069, ANYCOMPATIBLEMULTIRANGE = 4538,
    ANYMULTIRANGE = 4537, ANYCOMPATIBLE = 5077, ANYCOMPATIBLEARRAY = 5078,
    ANYCOMPATIBLENONARRAY = 5079, ANYCOMPATIBLERANGE = 5080,
    BOOL_ARRAY = 1000, BYTEA_ARRAY = 1001, CHAR_ARRAY = 1002, NAME_ARRAY = 1003,
    INT2_ARRAY = 1005, INT4_ARRAY = 1007, TEXT_ARRAY = 1009, BPCHAR_ARRAY = 1014,
    VARCHAR_ARRAY = 1015, INT8_ARRAY = 1016, FLOAT4_ARRAY = 1021, FLOAT8_ARRAY = 1022,
    OID_ARRAY = 1028, ACLITEM_ARRAY = 1034, TIMESTAMP_ARRAY = 1115, DATE_ARRAY = 1182,
    TIMESTAMPTZ_ARRAY = 1185, NUMERIC_ARRAY = 1231, UUID_ARRAY = 2951, BIT_ARRAY = 1561, JSON_ARRAY = 199,
    JSONB_ARRAY = 3807, RECORD_ARRAY = 2287,
}

/// Pairs of element and array type for every base type of PostgreSQL 15 that can be in an array.
const ARRAYS: &[(u32, u32)] = &[
    (16, 1000),
    (17, 1001),
    (18, 1002),
    (19, 1003),
    (20, 1016),
    (21, 1005),
    (22, 1006),
    (23, 1007),
    (24, 1008),
    (25, 1009),
    (26, 1028),
    (27, 1010),
    (28, 1011),
    (29, 1012),
    (30, 1013),
    (114, 199),
    (142, 143),
    (600, 1017),
    (601, 1018),
    (602, 1019),
    (603, 1020),
    (604, 1027),
    (628, 629),
    (650, 651),
    (700, 1021),
    (701, 1022),
    (718, 719),
    (774, 775),
    (790, 791),
    (829, 1040),
    (869, 1041),
    (1033, 1034),
    (1042, 1014),
    (1043, 1015),
    (1082, 1182),
    (1083, 1183),
    (1114, 1115),
    (1184, 1185),
    (1186, 1187),
    (1266, 1270),
    (1560, 1561),
    (1562, 1563),
    (1700, 1231),
    (1790, 2201),
    (2202, 2207),
    (2203, 2208),
    (2204, 2209),
    (2205, 2210),
    (2206, 2211),
    (2249, 2287),
    (2275, 1263),
    (2950, 2951),
    (2970, 2949),
    (3220, 3221),
    (3614, 3643),
    (3615, 3645),
    (3642, 3644),
    (3734, 3735),
    (3769, 3770),
    (3802, 3807),
    (3904, 3905),
    (3906, 3907),
    (3908, 3909),
    (3910, 3911),
    (3912, 3913),
    (3926, 3927),
    (4072, 4073),
    (4089, 4090),
    (4096, 4097),
    (4191, 4192),
    (5038, 5039),
    (5069, 271),
    (4451, 6150),
    (4532, 6151),
    (4533, 6152),
    (4534, 6153),
    (4535, 6155),
    (4536, 6157),
];

/// Where the oids of row types of a product's tables begin; those of arrays of them follow in the
/// same order, so that one tells the other.
pub const ROW_TYPES: u32 = 0x4000_0000;
/// How many oids there are for such row types.
pub const ROW_TYPES_ROOM: u32 = 0x2000_0000;

/// Whether this is the row type of a product's table.
pub fn row_type(oid: Oid) -> bool {
    (ROW_TYPES..ROW_TYPES + ROW_TYPES_ROOM).contains(&oid.0)
}

/// The element type of an array type; `int2vector` and `oidvector` count as arrays.
pub fn element(oid: Oid) -> Option<Oid> {
    match oid {
        INT2VECTOR => Some(INT2),
        OIDVECTOR => Some(OID),
        _ if oid.0 >= ROW_TYPES => {
            Some(Oid(oid.0.wrapping_sub(ROW_TYPES_ROOM))).filter(|element| row_type(*element))
        }
        _ => ARRAYS
            .iter()
            .find(|(_, array)| *array == oid.0)
            .map(|(element, _)| Oid(*element)),
    }
}

/// The array type over an element type.
pub fn array_of(oid: Oid) -> Option<Oid> {
    if row_type(oid) {
        return Some(Oid(oid.0 + ROW_TYPES_ROOM));
    }
    ARRAYS
        .iter()
        .find(|(element, _)| *element == oid.0)
        .map(|(_, array)| Oid(*array))
}

/// Whether this is an array type, the two vector types not counted.
pub fn true_array(oid: Oid) -> bool {
    !vector(oid) && element(oid).is_some()
}

/// Whether values are written as numbers between blanks and begin at subscript 0.
pub fn vector(oid: Oid) -> bool {
    matches!(oid, INT2VECTOR | OIDVECTOR)
}

/// Whether values are kept as text (`Utf8View`) and compare, group and sort by their bytes.
pub fn text_like(oid: Oid) -> bool {
    matches!(
        oid,
        TEXT | VARCHAR | NAME | CHAR | UNKNOWN | PG_NODE_TREE | CSTRING
    )
}

/// Whether this is `oid` or one of the aliases that print as a name.
pub fn oid_like(oid: Oid) -> bool {
    matches!(
        oid,
        OID | REGPROC
            | REGPROCEDURE
            | REGOPER
            | REGOPERATOR
            | REGCLASS
            | REGTYPE
            | REGCONFIG
            | REGDICTIONARY
            | REGNAMESPACE
            | REGROLE
            | REGCOLLATION
    )
}

/// The Arrow storage of a type; `record` without known fields is an empty struct.
pub fn storage(oid: Oid) -> DataType {
    match oid {
        BOOL => DataType::Boolean,
        INT2 => DataType::Int16,
        INT4 => DataType::Int32,
        INT8 => DataType::Int64,
        FLOAT4 => DataType::Float32,
        FLOAT8 => DataType::Float64,
        XID | CID => DataType::UInt32,
        XID8 => DataType::UInt64,
        BYTEA | NUMERIC => DataType::BinaryView,
        DATE => DataType::Date32,
        TIME => DataType::Time64(TimeUnit::Microsecond),
        TIMETZ => DataType::FixedSizeBinary(12),
        TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
        INTERVAL => DataType::Interval(IntervalUnit::MonthDayNano),
        UUID => DataType::FixedSizeBinary(16),
        RECORD => DataType::Struct(arrow::datatypes::Fields::empty()),
        other if row_type(other) => DataType::Struct(arrow::datatypes::Fields::empty()),
        other if oid_like(other) => DataType::UInt32,
        other => match element(other) {
            Some(element) => super::array::storage(storage(element)),
            None => DataType::Utf8View,
        },
    }
}
