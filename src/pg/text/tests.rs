//! Every expectation in `oracle.tsv` was printed by a real PostgreSQL 15: style, type, input, output.

use super::*;
use crate::ident::Oid;
use crate::pg::{Fault, Type, types};

/// 2026-11-22 10:11:12.345678 UTC, the moment that `now` means.
const NOW: i64 = 1_795_342_272_345_678;

fn style(text: &str) -> Style {
    let mut style = Style::default();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap();
        match key {
            "DateStyle" => {
                let (form, order) = value.split_once(", ").unwrap();
                style.date_style = match form {
                    "ISO" => DateStyle::Iso,
                    "SQL" => DateStyle::Sql,
                    "German" => DateStyle::German,
                    _ => DateStyle::Postgres,
                };
                style.date_order = match order {
                    "DMY" => DateOrder::Dmy,
                    "YMD" => DateOrder::Ymd,
                    _ => DateOrder::Mdy,
                };
            }
            "IntervalStyle" => {
                style.interval_style = match value {
                    "postgres" => IntervalStyle::Postgres,
                    "postgres_verbose" => IntervalStyle::PostgresVerbose,
                    "sql_standard" => IntervalStyle::SqlStandard,
                    _ => IntervalStyle::Iso8601,
                }
            }
            "TimeZone" => style.zone = Zone::find(value).unwrap(),
            "extra_float_digits" => style.extra_float_digits = value.parse().unwrap(),
            "bytea_output" => style.bytea_escape = value == "escape",
            other => panic!("unknown setting {other}"),
        }
    }
    style
}

fn through(kind: Type, input: &str, style: &Style) -> Result<String, Fault> {
    let array = read(kind, input, style, NOW)?;
    let writer = Writer::new(&array, kind.oid, style, None)?;
    let mut out = Vec::new();
    writer.write(0, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn values_read_and_print_as_in_postgresql() {
    let mut wrong = Vec::new();
    for line in include_str!("oracle.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [settings, oid, modifier, input, expected] = fields.as_slice() else {
            panic!("bad line {line}");
        };
        let kind = Type {
            oid: Oid(oid.parse().unwrap()),
            modifier: modifier.parse().unwrap(),
        };
        let got = match through(kind, input, &style(settings)) {
            Ok(text) => text,
            Err(fault) => format!("!{} {}", fault.state, fault.message),
        };
        if got != *expected {
            wrong.push(format!(
                "{settings} {oid} {input:?}: {got:?}, PostgreSQL {expected:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_failed_array_leaves_no_elements_behind() {
    let style = Style::default();
    let mut reader = Reader::new(Type::plain(types::INT4_ARRAY), &style, NOW).unwrap();
    reader.append("{1,2}").unwrap();
    reader.append("{3,x}").unwrap_err();
    reader.append_null();
    reader.append("{4}").unwrap();
    let array = reader.finish().unwrap();
    let writer = Writer::new(&array, types::INT4_ARRAY, &style, None).unwrap();
    let mut out = Vec::new();
    for row in [0, 2] {
        writer.write(row, &mut out).unwrap();
    }
    assert!(writer.null(1));
    assert_eq!(out, b"{1,2}{4}");
}
