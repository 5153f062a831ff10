//! The names of types as PostgreSQL prints and reads them, with their modifiers.

use std::fmt::Write as _;

use super::types::{self, Type};
use crate::ident::Oid;

/// Oid, the name `format_type` prints without a modifier, and further spellings that are read.
const NAMES: &[(Oid, &str, &[&str])] = &[
    (types::BOOL, "boolean", &["bool"]),
    (types::BYTEA, "bytea", &[]),
    (types::CHAR, "\"char\"", &[]),
    (types::NAME, "name", &[]),
    (types::INT8, "bigint", &["int8"]),
    (types::INT2, "smallint", &["int2"]),
    (types::INT2VECTOR, "int2vector", &[]),
    (types::INT4, "integer", &["int", "int4"]),
    (types::REGPROC, "regproc", &[]),
    (types::TEXT, "text", &[]),
    (types::OID, "oid", &[]),
    (types::TID, "tid", &[]),
    (types::XID, "xid", &[]),
    (types::CID, "cid", &[]),
    (types::OIDVECTOR, "oidvector", &[]),
    (types::JSON, "json", &[]),
    (types::XML, "xml", &[]),
    (types::PG_NODE_TREE, "pg_node_tree", &[]),
    (types::POINT, "point", &[]),
    (types::CIDR, "cidr", &[]),
    (types::FLOAT4, "real", &["float4"]),
    (types::FLOAT8, "double precision", &["float8", "float"]),
    (types::UNKNOWN, "unknown", &[]),
    (types::MONEY, "money", &[]),
    (types::MACADDR, "macaddr", &[]),
    (types::INET, "inet", &[]),
    (types::ACLITEM, "aclitem", &[]),
    (types::BPCHAR, "character", &["char", "bpchar"]),
    (types::VARCHAR, "character varying", &["varchar"]),
    (types::DATE, "date", &[]),
    (types::TIME, "time without time zone", &["time"]),
    (
        types::TIMESTAMP,
        "timestamp without time zone",
        &["timestamp"],
    ),
    (
        types::TIMESTAMPTZ,
        "timestamp with time zone",
        &["timestamptz"],
    ),
    (types::INTERVAL, "interval", &[]),
    (types::TIMETZ, "time with time zone", &["timetz"]),
    (types::BIT, "bit", &[]),
    (types::VARBIT, "bit varying", &["varbit"]),
    (types::NUMERIC, "numeric", &["decimal"]),
    (types::REFCURSOR, "refcursor", &[]),
    (types::REGPROCEDURE, "regprocedure", &[]),
    (types::REGOPER, "regoper", &[]),
    (types::REGOPERATOR, "regoperator", &[]),
    (types::REGCLASS, "regclass", &[]),
    (types::REGTYPE, "regtype", &[]),
    (types::RECORD, "record", &[]),
    (types::CSTRING, "cstring", &[]),
    (types::ANY, "\"any\"", &[]),
    (types::ANYARRAY, "anyarray", &[]),
    (types::VOID, "void", &[]),
    (types::TRIGGER, "trigger", &[]),
    (types::INTERNAL, "internal", &[]),
    (types::ANYELEMENT, "anyelement", &[]),
    (types::ANYNONARRAY, "anynonarray", &[]),
    (types::UUID, "uuid", &[]),
    (types::PG_LSN, "pg_lsn", &[]),
    (types::ANYENUM, "anyenum", &[]),
    (types::TSVECTOR, "tsvector", &[]),
    (types::TSQUERY, "tsquery", &[]),
    (types::REGCONFIG, "regconfig", &[]),
    (types::REGDICTIONARY, "regdictionary", &[]),
    (types::JSONB, "jsonb", &[]),
    (types::ANYRANGE, "anyrange", &[]),
    (types::JSONPATH, "jsonpath", &[]),
    (types::REGNAMESPACE, "regnamespace", &[]),
    (types::REGROLE, "regrole", &[]),
    (types::REGCOLLATION, "regcollation", &[]),
    (types::XID8, "xid8", &[]),
    (Oid(3904), "int4range", &[]),
    (Oid(3906), "numrange", &[]),
    (Oid(3908), "tsrange", &[]),
    (Oid(3910), "tstzrange", &[]),
    (Oid(3912), "daterange", &[]),
    (Oid(3926), "int8range", &[]),
    (Oid(4451), "int4multirange", &[]),
    (Oid(4532), "nummultirange", &[]),
    (Oid(4533), "tsmultirange", &[]),
    (Oid(4534), "tstzmultirange", &[]),
    (Oid(4535), "datemultirange", &[]),
    (Oid(4536), "int8multirange", &[]),
    (Oid(5038), "pg_snapshot", &[]),
    (Oid(601), "lseg", &[]),
    (Oid(602), "path", &[]),
    (Oid(603), "box", &[]),
    (Oid(604), "polygon", &[]),
    (Oid(628), "line", &[]),
    (Oid(718), "circle", &[]),
    (Oid(3642), "gtsvector", &[]),
    (types::MACADDR8, "macaddr8", &[]),
    (types::ANYMULTIRANGE, "anymultirange", &[]),
    (types::ANYCOMPATIBLE, "anycompatible", &[]),
    (types::ANYCOMPATIBLEARRAY, "anycompatiblearray", &[]),
    (types::ANYCOMPATIBLENONARRAY, "anycompatiblenonarray", &[]),
    (types::ANYCOMPATIBLERANGE, "anycompatiblerange", &[]),
    (
        types::ANYCOMPATIBLEMULTIRANGE,
        "anycompatiblemultirange",
        &[],
    ),
];

/// Bytes PostgreSQL adds to a length before it becomes a modifier.
const HEADER: i32 = 4;
/// The longest `varchar(n)` and `char(n)`.
const LENGTH_MAX: i32 = 10_485_760;
/// The largest precision of `numeric(p,s)`.
const PRECISION_MAX: i32 = 1000;

/// The type's name with its modifier, as `format_type(oid, typmod)` prints it.
///
/// A type that is not in the table is `???`, which is also PostgreSQL's answer for an unknown oid.
pub fn format_type(of: Type) -> String {
    let (element, array) = match types::element(of.oid) {
        Some(element) if !matches!(of.oid, types::INT2VECTOR | types::OIDVECTOR) => (element, true),
        _ => (of.oid, false),
    };
    if types::row_type(element) {
        return format!("{ROW_TYPE}{element}{}", if array { "[]" } else { "" });
    }
    let Some((_, name, _)) = NAMES.iter().find(|(oid, ..)| *oid == element) else {
        return "???".to_owned();
    };
    let mut text = String::new();
    with_modifier(&mut text, element, name, of.modifier);
    if array {
        text.push_str("[]");
    }
    text
}

/// Stands before the oid of a row type, whose name only a catalog knows.
pub const ROW_TYPE: &str = "row type ";

/// The type's name as error messages have it (`format_type_be`): never with a modifier.
pub fn bare_type(oid: Oid) -> String {
    match oid {
        types::BPCHAR => String::from("character"),
        types::BPCHAR_ARRAY => String::from("character[]"),
        types::BIT => String::from("bit"),
        types::BIT_ARRAY => String::from("bit[]"),
        _ => format_type(Type::plain(oid)),
    }
}

/// The type's name as people type it: `varchar(255)`, `timestamptz`, where it has a shorter spelling.
pub fn short_type(of: Type) -> String {
    let printed = format_type(of);
    let shorter = [
        ("character varying", "varchar"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamptz"),
        ("time without time zone", "time"),
        ("time with time zone", "timetz"),
    ];
    match shorter.iter().find(|(long, _)| printed.starts_with(long)) {
        Some((long, short)) => printed.replacen(long, short, 1),
        None => printed,
    }
}

fn with_modifier(text: &mut String, oid: Oid, name: &str, modifier: i32) {
    // Writing to a String cannot fail; the results are discarded for that reason.
    let _infallible = match (oid, modifier) {
        // Plain `character` and `bit` would be read back with length 1.
        (types::BPCHAR, ..0) => text.write_str("bpchar"),
        (types::BIT, ..0) => text.write_str("\"bit\""),
        (_, ..0) => text.write_str(name),
        (types::VARCHAR | types::BPCHAR, length) => write!(text, "{name}({})", length - HEADER),
        (types::BIT | types::VARBIT, length) => write!(text, "{name}({length})"),
        (types::NUMERIC, packed) => {
            let (precision, scale) = numeric_digits(packed);
            write!(text, "{name}({precision},{scale})")
        }
        (types::TIME | types::TIMETZ | types::TIMESTAMP | types::TIMESTAMPTZ, digits) => {
            match name.split_once(' ') {
                Some((head, tail)) => write!(text, "{head}({digits}) {tail}"),
                None => text.write_str(name),
            }
        }
        (types::INTERVAL, packed) => write_interval(text, packed),
        _ => text.write_str(name),
    };
}

/// Precision and scale packed in the modifier of `numeric`; the scale has eleven bits and a sign.
pub fn numeric_digits(modifier: i32) -> (i32, i32) {
    let packed = modifier - HEADER;
    ((packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024)
}

fn write_interval(text: &mut String, modifier: i32) -> std::fmt::Result {
    let fields = match (modifier >> 16) & 0x7fff {
        0x0004 => " year",
        0x0002 => " month",
        0x0008 => " day",
        0x0400 => " hour",
        0x0800 => " minute",
        0x1000 => " second",
        0x0006 => " year to month",
        0x0408 => " day to hour",
        0x0c08 => " day to minute",
        0x1c08 => " day to second",
        0x0c00 => " hour to minute",
        0x1c00 => " hour to second",
        0x1800 => " minute to second",
        _ => "",
    };
    write!(text, "interval{fields}")?;
    match modifier & 0xffff {
        0xffff => Ok(()),
        digits => write!(text, "({digits})"),
    }
}

/// Reads a type's name: `varchar(255)`, `timestamp with time zone`, `numeric(14,2)`, `text[]`.
///
/// Letters' case and extra blanks do not matter. `None` when there is no such type, or when its
/// modifier is out of range.
pub fn parse_type_name(text: &str) -> Option<Type> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(element) = text.strip_suffix("[]") {
        let element = parse_type_name(element)?;
        return Some(Type {
            oid: types::array_of(element.oid)?,
            modifier: element.modifier,
        });
    }
    let (name, arguments) = split_arguments(&text)?;
    let (oid, ..) = NAMES
        .iter()
        .find(|(_, printed, spellings)| *printed == name || spellings.contains(&name.as_str()))?;
    Some(Type {
        oid: *oid,
        modifier: modifier(*oid, &name, &arguments)?,
    })
}

/// Separates `timestamp(3) with time zone` into the name without, and the numbers inside brackets.
fn split_arguments(text: &str) -> Option<(String, Vec<i32>)> {
    let (name, arguments) = match text.split_once('(') {
        None => (text.to_owned(), Vec::new()),
        Some((head, rest)) => {
            let (inside, tail) = rest.split_once(')')?;
            let arguments = inside
                .split(',')
                .map(|number| number.trim().parse().ok())
                .collect::<Option<Vec<i32>>>()?;
            (format!("{head} {tail}"), arguments)
        }
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    Some((words.join(" "), arguments))
}

fn modifier(oid: Oid, name: &str, arguments: &[i32]) -> Option<i32> {
    let length = |n: i32| (1..=LENGTH_MAX).contains(&n).then_some(n);
    match (oid, arguments) {
        // The standard's `char` is `char(1)`; only `bpchar` has no length.
        (types::BPCHAR, []) if name != "bpchar" => Some(HEADER + 1),
        (types::BIT, []) => Some(1),
        (_, []) => Some(-1),
        (types::VARCHAR | types::BPCHAR, [n]) => length(*n).map(|n| n + HEADER),
        (types::BIT | types::VARBIT, [n]) => length(*n),
        (types::NUMERIC, [precision]) => numeric_modifier(*precision, 0),
        (types::NUMERIC, [precision, scale]) => numeric_modifier(*precision, *scale),
        (types::TIME | types::TIMETZ | types::TIMESTAMP | types::TIMESTAMPTZ, [digits]) => {
            (0..=6).contains(digits).then_some(*digits)
        }
        (types::INTERVAL, [digits]) => (0..=6).contains(digits).then_some((0x7fff << 16) | *digits),
        _ => None,
    }
}

/// The modifier of `numeric(precision, scale)`, when PostgreSQL 15 allows the two.
pub fn numeric_modifier(precision: i32, scale: i32) -> Option<i32> {
    ((1..=PRECISION_MAX).contains(&precision) && (-1000..=1000).contains(&scale))
        .then_some(((precision << 16) | (scale & 0x7ff)) + HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, oid: Oid, modifier: i32, printed: &str) {
        let read = parse_type_name(text).unwrap_or_else(|| panic!("{text} is not read"));
        assert_eq!((read.oid, read.modifier), (oid, modifier), "{text}");
        assert_eq!(format_type(read), printed, "{text}");
    }

    #[test]
    fn names_are_read_and_printed_as_postgresql_does() {
        check("integer", types::INT4, -1, "integer");
        check("INT8", types::INT8, -1, "bigint");
        check(
            "varchar(255)",
            types::VARCHAR,
            259,
            "character varying(255)",
        );
        check(
            "character  varying",
            types::VARCHAR,
            -1,
            "character varying",
        );
        check("char", types::BPCHAR, 5, "character(1)");
        check("bpchar", types::BPCHAR, -1, "bpchar");
        check("bit", types::BIT, 1, "bit(1)");
        check("numeric", types::NUMERIC, -1, "numeric");
        check("numeric(14,2)", types::NUMERIC, 917510, "numeric(14,2)");
        check("numeric(3, -2)", types::NUMERIC, 198658, "numeric(3,-2)");
        check("decimal(37,1)", types::NUMERIC, 2424837, "numeric(37,1)");
        check(
            "timestamp",
            types::TIMESTAMP,
            -1,
            "timestamp without time zone",
        );
        check(
            "timestamptz",
            types::TIMESTAMPTZ,
            -1,
            "timestamp with time zone",
        );
        check(
            "timestamp(3) with time zone",
            types::TIMESTAMPTZ,
            3,
            "timestamp(3) with time zone",
        );
        check("text[]", types::TEXT_ARRAY, -1, "text[]");
        check(
            "varchar(9)[]",
            types::VARCHAR_ARRAY,
            13,
            "character varying(9)[]",
        );
        check("\"char\"", types::CHAR, -1, "\"char\"");
        check("interval(3)", types::INTERVAL, 2147418115, "interval(3)");
        check("float", types::FLOAT8, -1, "double precision");
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "tekst",
            "varchar(0)",
            "varchar(-1)",
            "varchar(x)",
            "varchar(1",
            "text(3)",
            "numeric(1001)",
            "numeric(5,2,1)",
            "timestamp(7)",
            "text[][]",
            "[]",
        ] {
            assert_eq!(parse_type_name(text), None, "{text}");
        }
    }
}
