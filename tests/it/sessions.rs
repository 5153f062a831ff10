//! Sessions that meet: what each is told is compared with a real PostgreSQL, step by step.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::clients::{Pair, Target};

/// What a statement is answered, in one line: rows, or SQLSTATE, message, detail and hint.
async fn say(client: &Client, statement: &str) -> String {
    let messages = match client.simple_query(statement).await {
        Ok(messages) => messages,
        Err(error) => {
            return match error.as_db_error() {
                Some(fault) => {
                    let more = [fault.detail(), fault.hint()];
                    let more: Vec<&str> = more.into_iter().flatten().collect();
                    let (state, message) = (fault.code().code(), fault.message());
                    format!("{state} {message} {}", more.join(" | "))
                }
                None => String::from("the connection is closed"),
            };
        }
    };
    let mut told = Vec::new();
    for message in &messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                let values = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL"));
                told.push(values.collect::<Vec<_>>().join("|"));
            }
            SimpleQueryMessage::CommandComplete(rows) => told.push(format!("done {rows}")),
            _ => (),
        }
    }
    told.join(" ")
}

/// One value of a row.
async fn value(client: &Client, statement: &str) -> String {
    let said = say(client, statement).await;
    said.trim_end_matches(" done 1").to_owned()
}

/// Waits until somebody sees that a session waits.
async fn until(client: &Client, condition: &str) {
    for _ in 0..200 {
        if value(client, &format!("select {condition}")).await == "t" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{condition} did not come true");
}

/// Numbers that differ from server to server, some of them in hexadecimal digits.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' | 'A'..='F' if out.ends_with('#') => (),
            '0'..='9' => out.push('#'),
            c => out.push(c),
        }
    }
    out
}

const PID: &str = "select pg_backend_pid()";

async fn locks(target: Target<'_>, other: Target<'_>) -> Vec<String> {
    let (a, b) = (target.connect().await, other.connect().await);
    let (first, second) = (value(&a, PID).await, value(&b, PID).await);
    let mut told = vec![
        say(&a, "select pg_advisory_lock(1), pg_advisory_lock_shared(2)").await,
        say(&b, "select pg_try_advisory_lock(1), pg_try_advisory_lock_shared(2), pg_try_advisory_lock(2), pg_advisory_unlock(1)").await,
        say(&b, "set lock_timeout = '50ms'; select pg_advisory_lock(1)").await,
        say(&b, "reset lock_timeout; set statement_timeout = '50ms'; select pg_advisory_xact_lock(1)").await,
        say(&b, "reset statement_timeout").await,
    ];
    let wait = format!("exists (select from pg_locks where pid = {second} and not granted)");
    let waiting = say(&b, "select pg_advisory_lock(1)");
    let freeing = async {
        until(&a, &wait).await;
        let seen = [
            say(&a, "select mode, granted, objid, waitstart is not null from pg_locks where locktype = 'advisory' order by 3, 2, 1").await,
            value(&a, &format!("select pg_blocking_pids({second}) = array[{first}]")).await,
            say(&a, "select pg_advisory_unlock(1)").await,
        ];
        seen.join("\n")
    };
    let (waited, freed) = tokio::join!(waiting, freeing);
    told.extend([waited, freed]);
    drop(a);
    until(&b, "pg_try_advisory_lock(2)").await;
    told.push(say(&b, "begin; select pg_advisory_xact_lock(3); commit; select count(*) from pg_locks where locktype = 'advisory'").await);
    told
}

async fn deadlock(target: Target<'_>, other: Target<'_>) -> Vec<String> {
    let (a, b) = (target.connect().await, other.connect().await);
    let mut told = vec![
        say(&a, "select pg_advisory_lock(1)").await,
        say(&b, "select pg_advisory_lock(2)").await,
    ];
    let first = async {
        let said = say(&a, "select pg_advisory_lock(2)").await;
        say(&a, "select pg_advisory_unlock_all()").await;
        said
    };
    let second = async {
        let said = say(&b, "select pg_advisory_lock(1)").await;
        say(&b, "select pg_advisory_unlock_all()").await;
        said
    };
    let (one, two) = tokio::join!(first, second);
    let mut both = [masked(&one), masked(&two)];
    both.sort();
    told.extend(both);
    told
}

async fn signals(target: Target<'_>, others: [Target<'_>; 2]) -> Vec<String> {
    let [watcher, third] = others;
    let (a, b) = (target.connect().await, watcher.connect().await);
    let first = value(&a, PID).await;
    let active = format!(
        "exists (select from pg_stat_activity where pid = {first} and state = 'active' and query ~ 'pg_sleep')"
    );
    let sleeping = say(&a, "select pg_sleep(30)");
    let cancelling = async {
        until(&b, &active).await;
        value(&b, &format!("select pg_cancel_backend({first})")).await
    };
    let (slept, cancelled) = tokio::join!(sleeping, cancelling);
    let mut told = vec![slept, cancelled];
    let idle = format!(
        "select state, wait_event_type, wait_event, query, xact_start is null, backend_type, usename from pg_stat_activity where pid = {first}"
    );
    until(
        &b,
        &format!("exists (select from pg_stat_activity where pid = {first} and state = 'idle')"),
    )
    .await;
    told.push(say(&b, &idle).await);
    told.push(say(&a, "set application_name = 'a'; begin; select 1").await);
    until(
        &b,
        &format!(
            "exists (select from pg_stat_activity where pid = {first} and state ~ '^idle in')"
        ),
    )
    .await;
    told.push(
        say(
            &b,
            &idle.replace("select state", "select application_name, state"),
        )
        .await,
    );
    told.push(say(&a, "select 1/0").await);
    until(
        &b,
        &format!("exists (select from pg_stat_activity where pid = {first} and state ~ 'aborted')"),
    )
    .await;
    told.push(say(&b, &idle).await);
    told.push(say(&b, &format!("select pg_terminate_backend({first}, 5000)")).await);
    told.push(say(&a, "select 1").await);
    until(
        &b,
        &format!("not exists (select from pg_stat_activity where pid = {first})"),
    )
    .await;
    told.push(masked(
        &say(&b, &format!("select pg_terminate_backend({first})")).await,
    ));
    let c = third.connect().await;
    let second = value(&c, PID).await;
    let sleeping = say(&c, "select pg_sleep(30)");
    let ending = async {
        until(&b, &active.replace(&first, &second)).await;
        value(&b, &format!("select pg_terminate_backend({second})")).await
    };
    let (slept, ended) = tokio::join!(sleeping, ending);
    told.extend([slept, ended]);
    told.push(say(&b, "select pg_terminate_backend(pg_backend_pid())").await);
    told.push(say(&b, "select 1").await);
    told
}

async fn snapshots(target: Target<'_>, other: Target<'_>) -> Vec<String> {
    let (a, b) = (target.connect().await, other.connect().await);
    say(&a, "begin isolation level repeatable read").await;
    let name = value(&a, "select pg_export_snapshot()").await;
    let import = format!("set transaction snapshot '{name}'");
    let mut told = vec![
        say(&b, "begin isolation level repeatable read").await,
        say(&b, &import).await,
        say(&b, "select count(*) from learnamp.teams").await,
        masked(&say(&b, &import).await),
        say(&b, "rollback; begin").await,
        say(&b, &import).await,
        say(&b, "rollback").await,
        say(&a, "savepoint x").await,
        say(&a, "select pg_export_snapshot()").await,
        say(&a, "rollback").await,
        say(&b, "begin isolation level serializable").await,
    ];
    told.push(masked(&say(&b, &import).await));
    told.push(say(&b, "rollback").await);
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_wait_for_each_other_as_in_postgresql() {
    let pair = Pair::shared();
    let (ours, theirs) = tokio::join!(
        locks(pair.ours(), pair.ours()),
        locks(pair.theirs(), pair.theirs())
    );
    assert_eq!(ours, theirs);
    let (ours, theirs) = tokio::join!(
        deadlock(pair.ours(), pair.ours()),
        deadlock(pair.theirs(), pair.theirs())
    );
    assert_eq!(ours, theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_stop_and_follow_each_other_as_in_postgresql() {
    let pair = Pair::shared();
    let (ours, theirs) = tokio::join!(
        signals(pair.ours(), [pair.ours(), pair.ours()]),
        signals(pair.theirs(), [pair.theirs(), pair.theirs()])
    );
    assert_eq!(ours, theirs);
    let (ours, theirs) = tokio::join!(
        snapshots(pair.ours(), pair.ours()),
        snapshots(pair.theirs(), pair.theirs())
    );
    assert_eq!(ours, theirs);
}
