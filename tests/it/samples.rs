//! Every sample query on the demo data gives what a PostgreSQL with the same rows gives: names and
//! types of columns, values in text and in binary.

use syllabase::schema::samples::SAMPLES;

use crate::clients::Pair;
use crate::differential::{Said, ask};

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
        let (found, expected) = (ask(&ours, sample.sql).await, ask(&theirs, sample.sql).await);
        if found != expected {
            differing.push(format!(
                "{name}\n  ours:   {found:?}\n  theirs: {expected:?}"
            ));
        }
        match expected {
            Said::Rows { text, .. } if text.is_empty() => empty.push(name),
            Said::Rows { .. } => {}
            refused => differing.push(format!("{name}: {refused:?}")),
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(empty.len() <= EMPTY_MOST, "without rows: {empty:?}");
}
