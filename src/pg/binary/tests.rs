//! Every expectation in `oracle.tsv` is what a real PostgreSQL 15's send functions gave: type, text, hex.

use super::*;
use crate::pg::Type;
use crate::pg::text::{Style, read as read_text};

#[test]
fn values_have_postgresqls_binary_form() {
    let style = Style::default();
    for line in include_str!("oracle.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [oid, input, expected] = fields.as_slice() else {
            panic!("bad line {line}");
        };
        let kind = Oid(oid.parse().unwrap());
        let array = read_text(Type::plain(kind), input, &style, 0).unwrap();
        let mut out = Vec::new();
        Writer::new(&array, kind)
            .unwrap()
            .write(0, &mut out)
            .unwrap();
        let hex: Vec<String> = out.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.concat(), *expected, "{oid} {input}");
        assert_eq!(
            &read(kind, &out, None).unwrap(),
            &array,
            "{oid} {input} read back"
        );
    }
}

#[test]
fn short_and_long_messages_are_refused() {
    assert_eq!(
        read(types::INT4, &[0, 0], None).unwrap_err().state,
        SqlState::PROTOCOL_VIOLATION
    );
    assert_eq!(
        read(types::INT4, &[0; 5], None).unwrap_err().state,
        SqlState::INVALID_BINARY_REPRESENTATION
    );
    assert_eq!(
        read(types::TEXT, &[0xff], None).unwrap_err().state,
        SqlState::CHARACTER_NOT_IN_REPERTOIRE
    );
}
