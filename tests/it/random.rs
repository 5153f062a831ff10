//! Random well-typed queries over the demo tables, said to us and to a real PostgreSQL.
//!
//! `SYLLABASE_RANDOM_SECONDS` sets how long (150 statements without it) and `SYLLABASE_RANDOM_SEED` where the
//! series starts. A difference is shown with the seed of its statement: a run of 0 seconds from
//! that seed says the statement again.

mod compose;

use std::time::{Duration, Instant};

use crate::clients::Pair;
use crate::differential::{Said, ask};
use compose::{Composer, Statement, Table};

/// Where the series of a normal run starts.
const SEED: u64 = 20_261_122;

/// Statements of a normal run; one that is told its seconds says as many as it can.
const STATEMENTS: u64 = 150;

/// Differences after which a run ends.
const DIFFERENCES_MOST: usize = 40;

#[tokio::test]
async fn random_queries_answer_as_postgresql_does() {
    let seed = number("SYLLABASE_RANDOM_SEED").unwrap_or(SEED);
    let seconds = number("SYLLABASE_RANDOM_SECONDS");
    let pair = Pair::shared();
    let (ours, theirs) = (pair.ours().connect().await, pair.theirs().connect().await);
    for client in [&ours, &theirs] {
        let limit = "set statement_timeout = '5s'";
        client.simple_query(limit).await.unwrap();
    }
    let tables = tables(&theirs).await;
    assert!(tables.len() > 40, "{} tables", tables.len());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut said, mut rows, mut refused, mut late) = (0, 0, 0, 0);
    let mut differing = Vec::new();
    for seed in seed.. {
        let statement = Composer::new(seed, &tables).statement();
        let text = &statement.text;
        let (found, expected) = futures::join!(ask(&ours, text), ask(&theirs, text));
        said += 1;
        match (&found, &expected) {
            (Said::Refused { state, .. }, _) | (_, Said::Refused { state, .. })
                if state == "57014" =>
            {
                late += 1;
            }
            (_, Said::Refused { .. }) if refusal(&found) == refusal(&expected) => refused += 1,
            _ if same(found.clone(), expected.clone(), &statement) => rows += 1,
            _ => {
                let (found, expected) = (shortened(&found), shortened(&expected));
                let shown = format!("seed {seed}: {text}\n  ours:   {found}\n  theirs: {expected}");
                println!("{shown}");
                differing.push(shown);
            }
        }
        let ended = match end {
            Some(end) => Instant::now() >= end,
            None => said >= STATEMENTS,
        };
        if ended || differing.len() >= DIFFERENCES_MOST {
            break;
        }
    }
    println!("{said} said, {rows} answered alike, {refused} refused alike, {late} too slow");
    assert!(
        differing.is_empty(),
        "{} of {said} differ\n{}",
        differing.len(),
        differing.join("\n")
    );
    assert!(said < 50 || rows * 2 > said, "too few had an answer");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's length and start, not configuration"
)]
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// The tables of the three products with the columns that statements are made of.
async fn tables(client: &tokio_postgres::Client) -> Vec<Table> {
    let sql = "select table_schema || '.' || table_name, column_name, udt_name
        from information_schema.columns where table_schema like 'learn%' order by 1, ordinal_position";
    let mut tables: Vec<Table> = Vec::new();
    for row in client.query(sql, &[]).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(Table::new(table));
        }
        tables.last_mut().unwrap().add(&column, &kind);
    }
    tables
}

fn refusal(said: &Said) -> Option<&str> {
    match said {
        Said::Refused { state, .. } => state.get(..2),
        _ => None,
    }
}

/// Whether both gave the same columns and rows; in the same order, if the statement settles one.
fn same(mut found: Said, mut expected: Said, statement: &Statement) -> bool {
    if !statement.ordered {
        sort(&mut found);
        sort(&mut expected);
    }
    if found == expected {
        return true;
    }
    if !statement.merges {
        return false;
    }
    // Which of several equal values is shown is open: 1.0 or 1.00.
    let (mut found, mut expected) = (plain(found), plain(expected));
    sort(&mut found);
    sort(&mut expected);
    found == expected
}

fn sort(said: &mut Said) {
    if let Said::Rows { text, binary, .. } = said {
        text.sort();
        binary.sort();
    }
}

/// The rows as text, numbers without trailing zeros.
fn plain(said: Said) -> Said {
    let Said::Rows { columns, text, .. } = said else {
        return said;
    };
    let value = |value: Option<String>| {
        value.map(|value| match value.parse::<f64>() {
            Ok(_) if value.contains('.') => {
                let short = value.trim_end_matches('0').trim_end_matches('.');
                short.to_owned()
            }
            _ => value,
        })
    };
    let text = text
        .into_iter()
        .map(|row| row.into_iter().map(value).collect())
        .collect();
    let binary = Vec::new();
    Said::Rows {
        columns,
        text,
        binary,
    }
}

fn shortened(said: &Said) -> String {
    let shown = match said {
        Said::Rows { columns, text, .. } => {
            format!("{} rows of {columns:?}: {text:?}", text.len())
        }
        other => format!("{other:?}"),
    };
    shown.chars().take(600).collect()
}
