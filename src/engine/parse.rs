//! From text to PostgreSQL's parse trees, within bounds.
//!
//! Runs on a planning thread: trees may be as deep as the limits allow.

mod measure;
mod position;
mod scan;
mod source;

use std::sync::Arc;

use pg_query::protobuf;

use crate::config::limits::Statements;
use crate::engine::statement::{self, Statement};
use crate::pg::{Fault, SqlState};

pub(crate) use measure::{Measured, measure};
pub(crate) use scan::Lexing;
pub(crate) use source::Source;

use scan::Token;

/// What became of a text.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Its statements; empty ones are dropped.
    pub(crate) statements: Result<Vec<Statement>, Fault>,
    /// What is told about its tokens, up to the place of an error.
    pub(crate) notices: Vec<Fault>,
}

/// Parses a text into its statements.
pub(crate) fn parse(text: &Arc<str>, lexing: Lexing, limits: &Statements) -> Parsed {
    if text.len() > limits.text_bytes {
        let message = format!("statement is longer than {} bytes", limits.text_bytes);
        return Parsed {
            statements: Err(Fault::new(SqlState::PROGRAM_LIMIT_EXCEEDED, message)),
            notices: Vec::new(),
        };
    }
    let scanned = scan::scan(text, lexing);
    let source = Arc::new(Source::new(text, &scanned.tokens));
    let statements = match scanned.wrong {
        None => statements(&source, &scanned.tokens, limits),
        Some(wrong) => {
            // The grammar may have refused what came before.
            let before = source.read().get(..source.forth(wrong.token));
            let before = before.unwrap_or_default();
            Err(position::stopped(before).map_or(wrong.fault, |message| {
                position::located(&source, &scanned.tokens, &message)
            }))
        }
    };
    let end = match &statements {
        Err(Fault {
            position: Some(at), ..
        }) => *at,
        _ => u32::MAX,
    };
    let told = |(start, _): &(usize, Fault)| position::character(text, *start) <= end;
    let notices = scanned.notices.into_iter().filter(told);
    Parsed {
        statements,
        notices: notices.map(|(_, notice)| notice).collect(),
    }
}

fn statements(
    source: &Arc<Source>,
    tokens: &[Token],
    limits: &Statements,
) -> Result<Vec<Statement>, Fault> {
    tree(source, tokens)?
        .stmts
        .into_iter()
        .filter_map(|raw| {
            let node = raw.stmt?.node?;
            Some(statement::classify(Arc::clone(source), node, limits))
        })
        .collect()
}

fn tree(source: &Source, tokens: &[Token]) -> Result<protobuf::ParseResult, Fault> {
    match pg_query::parse(source.read(), 0) {
        Ok(parsed) => Ok(parsed.protobuf),
        Err(pg_query::Error::Parse(message)) => Err(position::located(source, tokens, &message)),
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

    fn parsed(text: &str) -> Parsed {
        parse(&Arc::from(text), Lexing::standard(), &Statements::default())
    }

    fn refused(text: &str) -> (String, String, Option<u32>) {
        let fault = parsed(text).statements.unwrap_err();
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
                "trailing junk after numeric literal at or near \"12abc\"",
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
    fn words_that_became_keywords_later_are_names() {
        let found = parsed("select 1 as JSON_table; select json('{}')").statements;
        assert_eq!(found.unwrap().len(), 2);
        for (text, message, position) in [
            ("select '1' is JSON", "syntax error at or near \"JSON\"", 15),
            (
                "select json, '1' is not json",
                "syntax error at or near \"json\"",
                25,
            ),
            ("select json,, 1", "syntax error at or near \",\"", 13),
            (
                "select json from from 0x1",
                "syntax error at or near \"from\"",
                18,
            ),
        ] {
            let (_, found, at) = refused(text);
            assert_eq!((found.as_str(), at), (message, Some(position)), "{text}");
        }
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
