//! Two tenants on one server: neither can name, list or enter the other.

use std::fs;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::program::{Served, enter, password, run, syllabase};

/// The tenant beside the demo's, named so that no other text holds its name.
const OTHER: &str = "zebracorp";
/// A login of the other tenant only.
const OTHER_ROLE: &str = "okapi";

/// With which SQLSTATE and text a login is refused.
async fn refusal(port: u16, database: &str, role: &str, password: &str) -> (String, String) {
    let Err(error) = enter(port, database, role, password).await else {
        panic!("{role} came into {database}");
    };
    let fault = error.as_db_error().expect("an answer of the server");
    (fault.code().code().to_owned(), fault.message().to_owned())
}

async fn rows(client: &Client, statement: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(statement).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| {
        (0..row.len())
            .filter_map(|at| row.get(at).map(str::to_owned))
            .collect()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_neither_see_nor_enter_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let program = || syllabase(&data);
    run(program().args(["demo", "--no-serve", "--people", "20"]));
    let exports = format!("file://{}", data.join("demo-exports/learnink").display());
    let sheet = folder.path().join("other.txt");
    let handover = format!("file:{}", sheet.display());
    run(program().args(["tenant", "add", OTHER, "--product", "learnink"]));
    run(program().args(["tenant", "source", OTHER, "learnink", &exports]));
    run(program().args(["tenant", "allow", OTHER, "127.0.0.1/32"]));
    run(program().args([
        "tenant",
        "credentials",
        "add",
        OTHER,
        OTHER_ROLE,
        "--handover",
        &handover,
    ]));
    run(program().args(["sync", "run", OTHER]));
    let own = password(&fs::read_to_string(data.join("acme-reporting.txt")).unwrap());
    let others = password(&fs::read_to_string(sheet).unwrap());
    let served = Served::start(&data);
    let port = served.port;

    let client = enter(port, "acme", "reporting", &own).await.unwrap();
    let relations = "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c
                     join pg_namespace n on n.oid = c.relnamespace
                     where c.relkind in ('r', 'v') and has_table_privilege(c.oid, 'select') and n.nspname in ('pg_catalog', 'information_schema')";
    let relations = rows(&client, relations).await;
    assert!(relations.len() > 150, "only {} relations", relations.len());
    for relation in relations.iter().flatten() {
        for row in rows(&client, &format!("select * from {relation}")).await {
            let told = row
                .iter()
                .any(|value| value.contains(OTHER) || value.contains(OTHER_ROLE));
            assert!(!told, "{relation} tells of the other tenant: {row:?}");
        }
    }
    let across = client
        .simple_query(&format!("select * from {OTHER}.learnink.users"))
        .await;
    assert_eq!(across.unwrap_err().code().unwrap().code(), "0A000");

    let neighbour = enter(port, OTHER, OTHER_ROLE, &others).await.unwrap();
    let locked = "select pg_backend_pid(), pg_advisory_lock(7)";
    let process = &rows(&neighbour, locked).await[0][0];
    let seen = format!(
        "select pg_try_advisory_lock(7), pg_cancel_backend({process}), pg_terminate_backend({process}), \
         (select count(*) from pg_stat_activity where pid = {process}), \
         (select count(*) from pg_locks where pid = {process}), \
         (select count(*) from pg_stat_activity) > 0"
    );
    assert_eq!(rows(&client, &seen).await, [["t", "f", "f", "0", "0", "t"]]);
    assert_eq!(rows(&neighbour, "select 1").await, [["1"]]);

    let foreign = refusal(port, OTHER, "reporting", &own).await;
    let unknown = refusal(port, "acme", "nobody", &own).await;
    let stranger = refusal(port, "acme", OTHER_ROLE, &others).await;
    for (refused, role) in [
        (foreign, "reporting"),
        (unknown, "nobody"),
        (stranger, OTHER_ROLE),
    ] {
        let text = format!("password authentication failed for user \"{role}\"");
        assert_eq!(refused, (String::from("28P01"), text));
    }
    let (state, message) = refusal(port, "nowhere", "reporting", &own).await;
    assert_eq!(state, "28000");
    assert!(
        !message.contains(OTHER) && !message.contains("acme"),
        "{message}"
    );
}
