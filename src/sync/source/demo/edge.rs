//! Values at the edges of their types.

use super::cell::Value;
use super::random::Dice;
use crate::pg::types;
use crate::schema::Column;

const TEXTS: &[&str] = &[
    "",
    " ",
    "\"",
    "'",
    "a,b",
    "two\nlines",
    "carriage\rreturn",
    "both\r\nends",
    "tab\there",
    "NULL",
    "null",
    "\\N",
    "\\.",
    "back\\slash",
    "\"quoted\"",
    "ünï©ødé",
    "漢字",
    "👩‍🌾",
    "e\u{301}",
    "\u{202e}right",
    "{a,b}",
    "[1]",
    "$1",
    "--",
    ";",
    "\u{feff}mark",
    "trailing ",
    "\u{1}\u{7f}",
    "%s",
    "C:\\temp\\",
];
const INTEGERS: &[&str] = &["0", "-1", "1", "7"];
const DATES: &[&str] = &[
    "4713-01-01 BC",
    "0001-01-01",
    "1899-12-31",
    "1970-01-01",
    "2000-02-29",
    "9999-12-31",
    "5874897-12-31",
    "infinity",
    "-infinity",
];
const TIMES: &[&str] = &[
    "4713-01-01 00:00:00 BC",
    "0001-01-01 00:00:00",
    "1969-12-31 23:59:59.999999",
    "2000-01-01 00:00:00",
    "2016-12-31 23:59:60",
    "2026-03-29 02:30:00.5",
    "9999-12-31 24:00:00",
    "infinity",
    "-infinity",
    "2026-01-02T03:04:05.000001",
];
const ZONES: &[&str] = &["", "Z", "+00", "+03", "-05:30", "+05:45"];
const FLOATS: &[&str] = &[
    "0",
    "-0",
    "1e308",
    "-1.7976931348623157e308",
    "5e-324",
    "0.1",
    "3.141592653589793",
    "NaN",
    "Infinity",
    "-Infinity",
    "123456789012345680",
];
const DOCUMENTS: &[&str] = &[
    "{}",
    "[]",
    "0",
    "\"\"",
    "true",
    "-1.50",
    "1e5",
    "12345678901234567890.123456789",
    "{\"b\":1,\"a\":{\"c\":[1,2,{\"d\":null}]},\"aa\":\"x\"}",
    "{\"a\":1,\"a\":2}",
    "[\"\\u00e9\",\"\\n\",\"\\\"\",\"漢\"]",
    "[[[[[[]]]]]]",
    "  {\"space\" :  [ 1 , 2 ] }  ",
    "{\"\":\"\"}",
];

/// An edge value for a column without a meaning of its own; `None` for the usual one.
pub(super) fn value(column: &Column, dice: &mut Dice) -> Option<Value> {
    if column.nullable && dice.percent(20) {
        return Some(Value::Null);
    }
    let oid = column.kind.oid;
    if let Some(element) = types::element(oid) {
        let count = dice.below(4);
        let elements = (0..count).map(|_| match element {
            _ if dice.percent(20) => Value::Null,
            types::TIMESTAMP | types::TIMESTAMPTZ => text(TIMES, dice),
            _ => text(TEXTS, dice),
        });
        return Some(Value::List(elements.collect()));
    }
    Some(match oid {
        types::BOOL => text(&["t", "f", "TRUE", "no", "1", "off"], dice),
        types::INT2 => limits(dice, "-32768", "32767"),
        types::INT4 => limits(dice, "-2147483648", "2147483647"),
        types::INT8 => limits(dice, "-9223372036854775808", "9223372036854775807"),
        types::FLOAT4 | types::FLOAT8 => text(FLOATS, dice),
        types::NUMERIC => {
            let (precision, scale) = crate::pg::typename::numeric_digits(column.kind.modifier);
            let whole = usize::try_from(precision - scale).unwrap_or(0);
            let places = usize::try_from(scale).unwrap_or(0);
            let most = format!("{}.{}", "9".repeat(whole), "9".repeat(places));
            match dice.below(4) {
                0 => Value::Text(format!("-{most}")),
                1 => Value::Text(most),
                2 => Value::Text("0".into()),
                _ => Value::Text("1.005".into()),
            }
        }
        types::DATE => text(DATES, dice),
        types::TIMESTAMP => text(TIMES, dice),
        types::TIMESTAMPTZ => {
            let (Some(time), Some(zone)) = (dice.pick(TIMES), dice.pick(ZONES)) else {
                return None;
            };
            let zoned = time.ends_with(|last: char| last.is_ascii_digit());
            Value::Text(if zoned {
                format!("{time}{zone}")
            } else {
                (*time).to_owned()
            })
        }
        types::JSON | types::JSONB => {
            let document = dice.pick(DOCUMENTS)?;
            Value::Json(serde_json::from_str(document).ok()?)
        }
        types::UUID => text(
            &[
                "00000000-0000-0000-0000-000000000000",
                "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
                "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            ],
            dice,
        ),
        types::TEXT | types::VARCHAR => match dice.below(12) {
            // As long as the type allows, in characters, not bytes.
            0 if column.kind.modifier > 4 => {
                let length = usize::try_from(column.kind.modifier - 4).unwrap_or(0);
                Value::Text("é".repeat(length))
            }
            _ => text(TEXTS, dice),
        },
        _ => return None,
    })
}

fn text(list: &[&str], dice: &mut Dice) -> Value {
    dice.pick(list)
        .map_or(Value::Null, |text| Value::Text((*text).to_owned()))
}

fn limits(dice: &mut Dice, least: &str, most: &str) -> Value {
    match dice.below(4) {
        0 => Value::Number(least.to_owned()),
        1 => Value::Number(most.to_owned()),
        _ => Value::Number(dice.pick(INTEGERS).copied().unwrap_or("0").to_owned()),
    }
}
