//! Every sample query on the demo data gives what a PostgreSQL with the same rows gives: names and
//! types of columns, values in text and in binary.

use std::error::Error;

use syllabase::schema::samples::{SAMPLES, Sample};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::clients::Pair;

/// Samples that may find nothing in so little demo data.
const EMPTY_MOST: usize = 5;

#[tokio::test]
async fn samples_answer_as_postgresql_does() {
    let pair = Pair::shared();
    let (ours, theirs) = (pair.ours().connect().await, pair.theirs().connect().await);
    let mut differing = Vec::new();
    let mut empty = Vec::new();
    for sample in SAMPLES {
        let name = format!("{}/{}", sample.product, sample.name);
        let expected = answer(&theirs, sample).await.unwrap();
        match answer(&ours, sample).await {
            Ok(found) if found == expected => {}
            Ok(found) => differing.push(format!("{name}: {}", first_difference(&expected, &found))),
            Err(error) => differing.push(format!("{name}: {error:?}")),
        }
        if expected.binary.is_empty() {
            empty.push(name);
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(empty.len() <= EMPTY_MOST, "without rows: {empty:?}");
}

/// All that a client is told about a query.
#[derive(Debug, PartialEq)]
struct Answer {
    /// Names and type oids.
    columns: Vec<(String, u32)>,
    /// Rows of the simple protocol.
    text: Vec<Vec<Option<String>>>,
    /// Rows of the extended protocol.
    binary: Vec<Vec<Option<Vec<u8>>>>,
}

async fn answer(client: &Client, sample: &Sample) -> Result<Answer, tokio_postgres::Error> {
    let prepared = client.prepare(sample.sql).await?;
    let columns = prepared.columns().iter();
    let columns = columns
        .map(|column| (column.name().to_owned(), column.type_().oid()))
        .collect();
    let rows = client.query(&prepared, &[]).await?;
    let binary = rows
        .iter()
        .map(|row| (0..row.len()).map(|at| row.get::<_, Option<Bytes>>(at).map(|raw| raw.0)))
        .map(Iterator::collect)
        .collect();
    let messages = client.simple_query(sample.sql).await?;
    let text = messages
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
    Ok(Answer {
        columns,
        text,
        binary,
    })
}

fn first_difference(expected: &Answer, found: &Answer) -> String {
    if expected.columns != found.columns {
        return format!("columns {:?}, not {:?}", found.columns, expected.columns);
    }
    if expected.text.len() != found.text.len() {
        return format!("{} rows, not {}", found.text.len(), expected.text.len());
    }
    let pairs = expected.text.iter().zip(&found.text).enumerate();
    match pairs.into_iter().find(|(_, (theirs, ours))| theirs != ours) {
        Some((at, (theirs, ours))) => format!("row {at}: {ours:?}, not {theirs:?}"),
        None => "the same in text, but not in binary".to_owned(),
    }
}

/// A value as it comes, of whatever type.
struct Bytes(Vec<u8>);

impl<'a> FromSql<'a> for Bytes {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
