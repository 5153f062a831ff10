//! The same statements said to us and to a real PostgreSQL with the same rows: column names, type
//! oids, values in text and in binary, SQLSTATE and message have to be equal.

use std::error::Error;
use std::fs;
use std::path::Path;

use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::clients::Pair;

#[tokio::test]
async fn statements_answer_as_postgresql_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let text = fs::read_to_string(folder.join("first.sql")).unwrap();
    let pair = Pair::shared();
    let (ours, theirs) = (pair.ours().connect().await, pair.theirs().connect().await);
    let mut differing = Vec::new();
    let mut said = 0;
    for statement in text.lines().filter(|line| !line.starts_with("--")) {
        said += 1;
        let (found, expected) = (ask(&ours, statement).await, ask(&theirs, statement).await);
        if found != expected {
            differing.push(format!(
                "{statement}\n  ours:   {found:?}\n  theirs: {expected:?}"
            ));
        }
    }
    assert!(said > 80, "only {said} statements");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// All that a client is told about a statement.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// Rows, with names and type oids of their columns.
    Rows {
        /// Names and type oids.
        columns: Vec<(String, u32)>,
        /// Rows of the simple protocol.
        text: Vec<Vec<Option<String>>>,
        /// Rows of the extended protocol.
        binary: Vec<Vec<Option<Vec<u8>>>>,
    },
    /// An error.
    Refused { state: String, message: String },
}

/// Says a statement through both protocols.
pub(crate) async fn ask(client: &Client, statement: &str) -> Said {
    match rows(client, statement).await {
        Ok(said) => said,
        Err(error) => match error.as_db_error() {
            Some(fault) => Said::Refused {
                state: fault.code().code().to_owned(),
                message: fault.message().to_owned(),
            },
            None => panic!("{statement}: {error:?}"),
        },
    }
}

async fn rows(client: &Client, statement: &str) -> Result<Said, tokio_postgres::Error> {
    let prepared = client.prepare(statement).await?;
    let columns = prepared.columns().iter();
    let columns = columns
        .map(|column| (column.name().to_owned(), column.type_().oid()))
        .collect();
    let binary = client.query(&prepared, &[]).await?;
    let binary = binary
        .iter()
        .map(|row| {
            (0..row.len())
                .map(|at| row.get::<_, Option<Raw>>(at).map(|raw| raw.0))
                .collect()
        })
        .collect();
    let text = client.simple_query(statement).await?;
    let text = text
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .map(|row| {
            (0..row.len())
                .map(|at| row.get(at).map(str::to_owned))
                .collect()
        })
        .collect();
    Ok(Said::Rows {
        columns,
        text,
        binary,
    })
}

/// A value as it comes, of whatever type.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
