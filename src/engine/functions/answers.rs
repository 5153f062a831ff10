//! Statements and what a real PostgreSQL 15 answered: `answers.tsv`, one statement per line.
//!
//! Rows are separated by newlines and fields by `|`, as psql prints them unaligned; an error is
//! `!SQLSTATE message`.

use crate::engine::testing::{World, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_answer_as_in_postgresql() {
    let world = World::new();
    let mut session = world.session_with(&[("timezone", "UTC")]);
    let mut wrong = Vec::new();
    for line in include_str!("answers.tsv").lines() {
        let (statement, expected) = line.split_once('\t').unwrap();
        let got = match run(&mut session, &statement.replace("\\n", "\n")).await {
            Ok(replies) => {
                let rows = replies.iter().flat_map(|reply| &reply.rows);
                let rows = rows.map(|row| {
                    let fields: Vec<&str> = row
                        .iter()
                        .map(|field| field.as_deref().unwrap_or(""))
                        .collect();
                    fields.join("|")
                });
                let rows: Vec<String> = rows.collect();
                rows.join("\n").replace('\n', "\\n").replace('\t', "\\t")
            }
            Err(fault) => format!("!{} {}", fault.state, fault.message),
        };
        if got != expected {
            wrong.push(format!(
                "{statement}\n    {got}\n    PostgreSQL: {expected}"
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
