//! What went wrong is told once to whoever listens.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::{damage, flip, loaded};
use crate::program::Served;
use crate::webhook::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn failed_and_held_nights_are_told_once_to_whoever_listens() {
    let desk = loaded();
    let secret = "a-secret-path";
    let receiver = Receiver::start(secret).await;
    fs::write(desk.path("address"), receiver.address() + "\n").unwrap();
    let place = format!("file:{}", desk.path("address").display());
    fs::write(
        desk.path("s.toml"),
        format!("[alerts]\nwebhook = \"{place}\"\n"),
    )
    .unwrap();
    let log = desk.path("log");
    let words = ["--config", "s.toml", "serve", "--listen", "127.0.0.1:0"];
    let server = Served::logging(desk.command().args(words), &log);

    let users = desk.path("export/users.csv");
    let good = fs::read_to_string(&users).unwrap();
    let nonsense = "id,custom_id\n".to_owned() + &"nobody,Mary Private\n".repeat(200);
    fs::write(&users, nonsense).unwrap();
    desk.fails(1, "sync run acme");
    // Refused, so that it has to come again.
    let first = receiver.next("503 Service Unavailable").await;
    assert_eq!(first["event"], "sync_failed");
    assert_eq!(
        (&first["tenant"], &first["product"]),
        (&"acme".into(), &"learnink".into())
    );
    assert!(!first.to_string().contains("Private"), "{first}");
    let again = receiver.next("204 No Content").await;
    assert_eq!(again["last_run"], first["last_run"]);

    // The same failure is not told again; what comes next is another one.
    fs::write(&users, good).unwrap();
    let path = desk.path("export/user_course_performance.csv");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&path, lines[..lines.len() / 4].join("\n") + "\n").unwrap();
    desk.fails(1, "sync run acme");
    let held = receiver.next("200 OK").await;
    assert_eq!(held["event"], "sync_held");
    crate::cli::eventually(|| async {
        fs::read_to_string(desk.path("data/state/alerts.json"))
            .is_ok_and(|told| told.contains("held"))
    })
    .await;
    assert_eq!(server.terminate(), Some(0));

    // Nor is it after a restart.
    let server = Served::logging(desk.command().args(words), &log);
    let quiet = receiver.is_quiet(Duration::from_secs(15)).await;
    assert!(quiet, "the same night was told twice");
    assert_eq!(server.terminate(), Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains(secret), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_once_for_each_finding() {
    let desk = loaded();
    let receiver = Receiver::start("a-secret-path").await;
    fs::write(desk.path("address"), receiver.address() + "\n").unwrap();
    let place = format!("file:{}", desk.path("address").display());
    let config = format!("[alerts]\nwebhook = \"{place}\"\n");
    fs::write(desk.path("s.toml"), config).unwrap();
    let words = ["--config", "s.toml", "serve", "--listen", "127.0.0.1:0"];
    let server = desk.serve_with(&words);

    let users = damage(&desk, "users");
    desk.fails(1, "snapshot verify acme");
    let told = receiver.next("204 No Content").await;
    let place = ["event", "tenant", "product"].map(|key| told[key].as_str().unwrap());
    assert_eq!(place, ["damage_found", "acme", "learnink"]);
    assert_eq!(
        (&told["files"], &told["tables"][0]),
        (&1.into(), &"users".into())
    );
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("who reads users gets XX001") && text.contains("syllabase sync status acme"),
        "{text}"
    );
    let path = users.file_name().unwrap().to_str().unwrap();
    assert!(!told.to_string().contains(path), "{told}");
    crate::cli::eventually(|| async {
        fs::read_to_string(desk.path("data/state/alerts.json"))
            .is_ok_and(|told| told.contains("damage"))
    })
    .await;
    assert_eq!(server.terminate(), Some(0));

    // Neither with time nor after a restart; one more file is news, and so is one that is found again.
    let server = desk.serve_with(&words);
    let quiet = receiver.is_quiet(Duration::from_secs(15)).await;
    assert!(quiet, "the same damage was told twice");
    let courses = damage(&desk, "courses");
    desk.fails(1, "snapshot verify acme");
    let told = receiver.next("204 No Content").await;
    assert_eq!(
        (&told["files"], told["tables"].to_string()),
        (&2.into(), "[\"courses\",\"users\"]".to_owned())
    );
    flip(&users);
    flip(&courses);
    desk.done("snapshot verify acme");
    flip(&users);
    desk.fails(1, "snapshot verify acme");
    let told = receiver.next("204 No Content").await;
    assert_eq!(
        (&told["files"], told["tables"].to_string()),
        (&1.into(), "[\"users\"]".to_owned())
    );
    assert_eq!(server.terminate(), Some(0));

    // What says which files there are.
    fs::write(
        desk.path("data/snapshots/acme/learnink/published/000000000001.json"),
        "{}",
    )
    .unwrap();
    let server = desk.serve_with(&words);
    let told = receiver.next("204 No Content").await;
    assert_eq!(
        (&told["event"], &told["tables"]),
        (&"damage_found".into(), &Value::Null)
    );
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_with_one_state_one_tells_and_the_other_takes_over() {
    let desk = loaded();
    let receiver = Receiver::start("a-secret-path").await;
    fs::write(desk.path("address"), receiver.address() + "\n").unwrap();
    let place = format!("file:{}", desk.path("address").display());
    let config = format!("[alerts]\nwebhook = \"{place}\"\n");
    fs::write(desk.path("s.toml"), config).unwrap();
    let words = ["--config", "s.toml", "serve", "--listen", "127.0.0.1:0"];
    let servers = [desk.serve_with(&words), desk.serve_with(&words)];

    let users = desk.path("export/users.csv");
    let good = fs::read_to_string(&users).unwrap();
    let nonsense = "id,custom_id\n".to_owned() + &"nobody,x\n".repeat(200);
    fs::write(&users, &nonsense).unwrap();
    desk.fails(1, "sync run acme");
    assert_eq!(
        receiver.next("204 No Content").await["event"],
        "sync_failed"
    );
    let quiet = receiver.is_quiet(Duration::from_secs(15)).await;
    assert!(quiet, "both servers told of the night");

    // The one that tells dies, whichever it is: the other knows what was told, and tells the rest.
    let [first, second] = servers;
    first.kill();
    let quiet = receiver.is_quiet(Duration::from_secs(12)).await;
    assert!(quiet, "the other server told of the same night");
    fs::write(&users, good).unwrap();
    desk.done("sync run acme");
    fs::write(&users, &nonsense).unwrap();
    desk.fails(1, "sync run acme");
    assert_eq!(
        receiver.next("204 No Content").await["event"],
        "sync_failed"
    );
    assert_eq!(second.terminate(), Some(0));
}
