//! From text to PostgreSQL's parse trees, within bounds.
//!
//! Runs on a planning thread: trees may be as deep as the limits allow.

mod measure;
mod position;

use std::sync::Arc;

use pg_query::protobuf;

use crate::config::limits::Statements;
use crate::engine::statement::{self, Statement};
use crate::pg::{Fault, SqlState};

pub(crate) use measure::{Measured, measure};

/// Parses a text into its statements; empty ones are dropped.
pub(crate) fn parse(text: &Arc<str>, limits: &Statements) -> Result<Vec<Statement>, Fault> {
    tree(text, limits)?
        .stmts
        .into_iter()
        .filter_map(|raw| {
            let start = usize::try_from(raw.stmt_location).unwrap_or(0);
            let length = usize::try_from(raw.stmt_len).unwrap_or(0);
            let end = if length == 0 {
                text.len()
            } else {
                start + length
            };
            let node = raw.stmt?.node?;
            Some(statement::classify(
                Arc::clone(text),
                start..end,
                node,
                limits,
            ))
        })
        .collect()
}

fn tree(text: &str, limits: &Statements) -> Result<protobuf::ParseResult, Fault> {
    if text.len() > limits.text_bytes {
        return Err(Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("statement is longer than {} bytes", limits.text_bytes),
        ));
    }
    match pg_query::parse(text, 0) {
        Ok(parsed) => Ok(parsed.protobuf),
        Err(pg_query::Error::Parse(message)) => Err(position::located(text, &message)),
        Err(pg_query::Error::Conversion(_)) => Err(Fault::new(
            SqlState::CHARACTER_NOT_IN_REPERTOIRE,
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        )),
        Err(error) => Err(crate::engine::govern::incident(
            "parsing failed",
            &error.to_string(),
        )),
    }
}

/// Refuses a tree that is deeper or larger than the limits.
pub(crate) fn bounded(node: &protobuf::node::Node, limits: &Statements) -> Result<Measured, Fault> {
    let measured = measure(node, limits.tree_depth, limits.tree_nodes);
    let too_complex = |detail: String| {
        Err(Fault::new(SqlState::STATEMENT_TOO_COMPLEX, "statement is too complex").detail(detail))
    };
    if measured.too_deep {
        return too_complex(format!(
            "It is nested deeper than {} levels.",
            limits.tree_depth
        ));
    }
    if measured.nodes > limits.tree_nodes {
        return too_complex(format!("It has more than {} parts.", limits.tree_nodes));
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, String, Option<u32>) {
        let fault = parse(&Arc::from(text), &Statements::default()).unwrap_err();
        (fault.state.to_string(), fault.message, fault.position)
    }

    #[test]
    fn syntax_errors_say_where() {
        for (text, message, position) in [
            (
                "select 1 from from x",
                "syntax error at or near \"from\"",
                15,
            ),
            (
                "select 'é' from from x",
                "syntax error at or near \"from\"",
                17,
            ),
            ("selec", "syntax error at or near \"selec\"", 1),
            (
                "select 1; selec; select 2",
                "syntax error at or near \"selec\"",
                11,
            ),
            ("select 1 +", "syntax error at end of input", 11),
            (
                "select 'abc",
                "unterminated quoted string at or near \"'abc\"",
                8,
            ),
            (
                "select a, from, b, from t",
                "syntax error at or near \"from\"",
                11,
            ),
            ("select (1", "syntax error at end of input", 10),
            (
                "select * from t limit 1,2 limit",
                "LIMIT #,# syntax is not supported",
                23,
            ),
            (
                "select 12abc",
                "trailing junk after numeric literal at or near \"12a\"",
                8,
            ),
        ] {
            let (state, found, at) = refused(text);
            assert_eq!(
                (state.as_str(), found.as_str()),
                ("42601", message),
                "{text}"
            );
            if !message.contains("LIMIT") {
                assert_eq!(at, Some(position), "{text}");
            }
        }
    }

    #[test]
    fn statements_keep_their_own_text() {
        let found = parse(&Arc::from("select 1; ; select 2 ;"), &Statements::default()).unwrap();
        let texts: Vec<&str> = found.iter().map(Statement::text).collect();
        assert_eq!(texts, ["select 1", "select 2"]);
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let deep = format!("select {} true", "not ".repeat(300));
        let outcome = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                let chain = format!("select 1{}", "+1".repeat(5_000));
                (refused(&deep).0, refused(&chain).0)
            });
        assert_eq!(
            outcome.unwrap().join().unwrap(),
            (String::from("54001"), String::from("54001"))
        );
        let long = format!("select '{}'", "x".repeat(5 << 20));
        assert_eq!(refused(&long).0, "54000");
    }
}
