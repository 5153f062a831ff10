//! What operators do, with the program itself: look at nights, compare and go back, find out what
//! is wrong, be told of it.

mod alerts;
mod carry;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::Desk;
use crate::postgres::Postgres;
use crate::program::Served;

/// A tenant with one product that is read from a folder, loaded once.
fn loaded() -> Desk {
    let desk = Desk::new();
    desk.export("learnink", &desk.path("export"));
    let url = format!("file://{}", desk.path("export").display());
    desk.done("tenant add acme --product learnink");
    desk.done(&format!("tenant source acme learnink {url}"));
    desk.done("tenant allow acme 127.0.0.1/32");
    desk.done("sync run acme");
    desk
}

/// Changes one user, removes one, adds one.
fn edit_users(desk: &Desk) {
    let path = desk.path("export/users.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let removed = lines.pop().unwrap();
    let (_, rest) = removed.split_once(',').unwrap();
    lines.push(format!("00000000-0000-4000-8000-000000000001,{rest}"));
    lines[1] = lines[1].replacen("EMP-", "NEW-", 1);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
}

fn audited(desk: &Desk) -> Vec<String> {
    let audit = fs::read_to_string(desk.path("data/state/audit.ndjson")).unwrap();
    let lines = audit.lines();
    let verb = |line| serde_json::from_str::<Value>(line).unwrap()["verb"].clone();
    lines
        .map(|line| verb(line).as_str().unwrap().to_owned())
        .collect()
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test(flavor = "multi_thread")]
async fn earlier_snapshots_are_compared_kept_and_published_again() {
    let desk = loaded();
    desk.done("tenant credentials add acme reporting --handover file:sheet.txt");
    edit_users(&desk);
    desk.done("sync run acme");

    let list = desk.json("snapshot list acme");
    let (first, second) = (&list["snapshots"][0], &list["snapshots"][1]);
    assert_eq!(
        (&first["kind"], &second["kind"]),
        (&"run".into(), &"run".into())
    );
    for one in [first, second] {
        // All tables but one are shared.
        let (own, shared) = (&one["own_bytes"], &one["shared_bytes"]);
        assert!(
            own.as_u64() > Some(0) && shared.as_u64() > own.as_u64(),
            "{one}"
        );
    }
    let number = |one: &Value, key: &str| one[key].as_u64().unwrap();
    let served = number(first, "bytes") + number(second, "own_bytes");
    assert!(number(&list, "disk_bytes") > served, "{list}");
    assert_eq!(first["shared_bytes"], second["shared_bytes"]);

    let diff = desk.json("snapshot diff acme learnink 1 2");
    for table in diff["tables"].as_array().unwrap() {
        let expected = match table["table"].as_str().unwrap() {
            "users" => ["rows".into(), 1.into(), 1.into(), 1.into()],
            _ => ["none".into(), Value::from(0), 0.into(), 0.into()],
        };
        let found = ["difference", "inserted", "updated", "deleted"].map(|key| &table[key]);
        assert_eq!(found, expected.each_ref(), "{table}");
    }
    let said = desk.done("snapshot diff acme learnink 1 2");
    assert!(said.contains("1 tables differ, 10 are the same"), "{said}");

    // A session that is open sees the earlier state with its next statement.
    let server = desk.serve();
    let password = desk.password("sheet.txt");
    let client = server.login("acme", "reporting", &password).await.unwrap();
    let renamed = "SELECT count(*) FROM users WHERE custom_id LIKE 'NEW-%'";
    let count = client.query_one(renamed, &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 1);
    let said = desk.done("snapshot rollback acme learnink 1");
    assert!(said.contains("as number 3"), "{said}");
    assert!(
        said.contains("readers see learnink as it was published at"),
        "{said}"
    );
    let count = client.query_one(renamed, &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 0);
    assert_eq!(server.terminate(), Some(0));

    let list = desk.json("snapshot list acme");
    assert_eq!(list["snapshots"][2]["kind"], "rolled_back");
    assert_eq!(list["snapshots"][2]["snapshot"], first["snapshot"]);
    let status = desk.done("sync status acme");
    assert!(
        status.contains("an earlier snapshot was published again"),
        "{status}"
    );
    let same = desk.done("snapshot diff acme learnink 1 3");
    assert!(same.contains("0 tables differ"), "{same}");
    // The next night goes on from what is served now.
    let night = desk.json("sync run acme");
    assert_eq!(night["ok"], true);
    let diff = desk.json("snapshot diff acme learnink 2 4");
    let tables = diff["tables"].as_array().unwrap();
    assert!(tables.iter().all(|table| table["inserted"] == 0), "{diff}");

    desk.done("snapshot keep acme learnink 1 --reason audit-2026");
    let list = desk.json("snapshot list acme");
    assert_eq!(list["snapshots"][0]["kept"], "audit-2026");
    assert_eq!(list["snapshots"][1]["kept"], Value::Null);
    desk.done("snapshot let-go acme learnink 1");
    assert_eq!(
        desk.json("snapshot list acme")["snapshots"][0]["kept"],
        Value::Null
    );

    for (words, said) in [
        (
            "snapshot rollback acme learnink 99",
            "no snapshot number 99",
        ),
        ("snapshot rollback acme learnink 4", "see already"),
        ("snapshot let-go acme learnink 1", "was not kept"),
        ("snapshot diff acme learnink 1 99", "no snapshot number 99"),
        ("snapshot diff acme learnamp 1 2", "does not have product"),
    ] {
        let complaint = desk.fails(1, words);
        assert!(complaint.contains(said), "{words}: {complaint}");
    }
    let verbs = audited(&desk);
    for verb in ["snapshot rollback", "snapshot keep", "snapshot let-go"] {
        assert_eq!(
            verbs.iter().filter(|one| *one == verb).count(),
            1,
            "{verbs:?}"
        );
    }
}

#[test]
fn a_damaged_snapshot_is_not_published_again() {
    let desk = loaded();
    edit_users(&desk);
    desk.done("sync run acme");
    let first = desk.json("snapshot list acme")["snapshots"][0]["snapshot"].clone();
    let folder = format!(
        "data/snapshots/acme/learnink/data/{}/users",
        first.as_str().unwrap()
    );
    let file = fs::read_dir(desk.path(&folder)).unwrap().next().unwrap();
    let file = file.unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let complaint = desk.fails(1, "snapshot rollback acme learnink 1");
    assert!(complaint.contains("is damaged"), "{complaint}");
    let list = desk.json("snapshot list acme");
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 2);
}

/// Flips a bit in the middle of a file of the newest snapshot's table.
fn damage(desk: &Desk, table: &str) -> PathBuf {
    let list = desk.json("snapshot list acme");
    let newest = list["snapshots"].as_array().unwrap().last().unwrap();
    let snapshot = newest["snapshot"].as_str().unwrap();
    let folder = format!("data/snapshots/acme/learnink/data/{snapshot}/{table}");
    let file = fs::read_dir(desk.path(&folder)).unwrap().next().unwrap();
    let file = file.unwrap().path();
    flip(&file);
    file
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// A server with its private port.
fn watched(desk: &Desk) -> (Served, u16) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    fs::write(
        desk.path("s.toml"),
        format!("probe = \"127.0.0.1:{port}\"\n"),
    )
    .unwrap();
    let server = desk.serve_with(&["--config", "s.toml", "serve", "--listen", "127.0.0.1:0"]);
    (server, port)
}

/// The body that the private port answers with.
fn probed(port: u16, path: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    body.to_owned()
}

#[test]
fn the_morning_names_what_the_source_ceased_to_deliver() {
    let desk = loaded();
    let quiet = desk.done("sync status acme");
    assert!(!quiet.contains("deliver"), "{quiet}");

    let users = desk.path("export/users.csv");
    let good = fs::read_to_string(&users).unwrap();
    let (header, rest) = good.split_once('\n').unwrap();
    let renamed = header
        .replace("custom_name", "nick")
        .replace("sex", "gender");
    fs::write(&users, format!("{renamed}\n{rest}")).unwrap();
    let paths = desk.path("export/learning_paths.csv");
    fs::rename(&paths, desk.path("paths.csv")).unwrap();
    let lines = [
        "learning_paths: the source does not deliver it any more; the rows of 20",
        "users: the source delivers it without custom_name, sex, which it had; NULL is served",
    ];
    let told = |said: &str| lines.map(|line| said.contains(line));
    assert_eq!(told(&desk.done("sync run acme")), [true, true]);
    // Also on the mornings after, and after nights that read nothing new.
    for _ in 0..2 {
        let said = desk.done("sync status acme");
        assert_eq!(told(&said), [true, true], "{said}");
        assert!(said.contains("nothing waits for a person"), "{said}");
        let run = desk.json("sync run acme");
        assert_eq!(
            run["runs"][0]["lacking"][1]["columns"][0], "custom_name",
            "{run}"
        );
    }
    let status = desk.json("sync status acme");
    let lacking = &status["runs"][0]["lacking"];
    assert_eq!(lacking[0]["table"], "learning_paths");
    assert!(lacking[0]["rows_of"].is_string(), "{lacking}");

    fs::write(&users, good).unwrap();
    fs::rename(desk.path("paths.csv"), &paths).unwrap();
    let said = desk.done("sync run acme") + &desk.done("sync status acme");
    assert!(!said.contains("deliver"), "{said}");
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test(flavor = "multi_thread")]
async fn damage_that_a_reader_came_upon_is_told_in_the_morning() {
    let desk = loaded();
    desk.done("tenant credentials add acme reporting --handover file:sheet.txt");
    let password = desk.password("sheet.txt");
    let (server, port) = watched(&desk);
    let client = server.login("acme", "reporting", &password).await.unwrap();
    client.query("SELECT * FROM courses", &[]).await.unwrap();
    assert_eq!(probed(port, "/ready"), "ready\n");
    let file = damage(&desk, "users");
    // Nobody has noticed.
    assert!(desk.done("sync status acme").contains("fresh  "));
    let refused = client.query("SELECT * FROM users", &[]).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "XX001");
    let said = desk.fails(1, "sync status acme");
    for words in [
        "fresh, damaged",
        "table users is damaged (data/",
        "syllabase sync run acme learnink",
        "1 of 1 wait for a person",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let ready = probed(port, "/ready");
    assert!(
        ready.starts_with("ready\nacme learnink: table users is damaged"),
        "{ready}"
    );
    let gauge = "syllabase_damaged_files{tenant=\"acme\",product=\"learnink\",snapshot=\"newest\"}";
    assert!(probed(port, "/metrics").contains(&format!("{gauge} 1\n")));

    // The file is brought back, and read.
    flip(&file);
    client.query("SELECT * FROM users", &[]).await.unwrap();
    assert!(desk.done("sync status acme").contains("fresh  "));
    assert!(probed(port, "/metrics").contains(&format!("{gauge} 0\n")));

    // Or the table is loaded anew; then only the earlier snapshot lacks it.
    flip(&file);
    assert!(desk.fails(1, "snapshot verify acme").contains("is damaged"));
    assert!(desk.fails(1, "sync status acme").contains("fresh, damaged"));
    let doctor = desk.fails(1, "doctor --quick");
    assert!(doctor.contains("table users is damaged"), "{doctor}");
    // What a column had that has nothing now cannot be known any more; it is no reason to stop.
    let users = desk.path("export/users.csv");
    let text = fs::read_to_string(&users).unwrap();
    fs::write(&users, text.replacen("user_groups", "groups", 1)).unwrap();
    desk.done("sync run acme");
    let said = desk.done("sync status acme");
    assert!(said.contains("users loaded anew"), "{said}");
    assert!(
        said.contains("an earlier snapshot is damaged (data/"),
        "{said}"
    );
    client.query("SELECT * FROM users", &[]).await.unwrap();
    flip(&file);
    desk.done("snapshot verify acme --all");
    assert!(!desk.done("sync status acme").contains("damaged"));

    // A footer that nobody has read yet: its file was compared, and counted by its manifest alone.
    let count = "SELECT count(*) FROM sequences";
    client.query(count, &[]).await.unwrap();
    let folder = file.parent().unwrap().with_file_name("sequences");
    let file = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = fs::read(&file).unwrap();
    let footer = bytes.len() - 40;
    bytes[footer] ^= 1;
    fs::write(&file, bytes).unwrap();
    client.query(count, &[]).await.unwrap();
    let refused = client
        .query("SELECT * FROM sequences", &[])
        .await
        .unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "XX001", "{refused:?}");
    assert!(
        desk.fails(1, "sync status acme")
            .contains("table sequences is damaged")
    );
    assert_eq!(server.terminate(), Some(0));
}

/// What was remembered of the look before hides nothing of what others did since.
#[test]
fn what_happened_shows_in_the_next_scrape() {
    let desk = loaded();
    let (server, port) = watched(&desk);
    let told = |name: &str, more: &str| {
        let begin = format!("syllabase_{name}{{tenant=\"acme\",product=\"learnink\"{more}}} ");
        let metrics = probed(port, "/metrics");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&begin));
        value.unwrap_or_default().parse::<i64>().unwrap()
    };
    let state = |state: &str| told("sync_state", &format!(",state=\"{state}\""));
    let damaged = || told("damaged_files", ",snapshot=\"newest\"");
    let before = told("snapshot_rows", "");
    assert_eq!((state("fresh"), damaged()), (1, 0));

    // A night that publishes,
    let users = desk.path("export/users.csv");
    let good = fs::read_to_string(&users).unwrap();
    let (less, _) = good.trim_end().rsplit_once('\n').unwrap();
    fs::write(&users, format!("{less}\n")).unwrap();
    desk.done("sync run acme");
    assert_eq!(told("snapshot_rows", ""), before - 1);
    // one that fails,
    fs::write(&users, "id\n".to_owned() + &"nobody\n".repeat(200)).unwrap();
    desk.fails(1, "sync run acme");
    assert_eq!((state("failed"), told("sync_last_run_ok", "")), (1, 0));
    assert_eq!(told("snapshot_rows", ""), before - 1);
    // a person's decision,
    desk.done("snapshot rollback acme learnink 1");
    assert_eq!((state("fresh"), told("snapshot_rows", "")), (1, before));
    // a manifest that cannot be read any more,
    let list = desk.json("snapshot list acme");
    let newest = list["snapshots"].as_array().unwrap().last().unwrap();
    let manifest = desk.path(&format!(
        "data/snapshots/acme/learnink/data/{}/manifest.json",
        newest["snapshot"].as_str().unwrap()
    ));
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("users", "losers", 1)).unwrap();
    assert!(!probed(port, "/metrics").contains("tenant=\"acme\""));
    fs::write(&manifest, text).unwrap();
    assert_eq!(told("snapshot_rows", ""), before);
    // damage that somebody found, and its end.
    let file = damage(&desk, "courses");
    desk.fails(1, "snapshot verify acme");
    assert_eq!(damaged(), 1);
    assert!(probed(port, "/ready").contains("table courses is damaged"));
    flip(&file);
    desk.done("snapshot verify acme");
    assert_eq!(damaged(), 0);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_broken_tenant_is_named_and_hides_nobody() {
    let desk = loaded();
    desk.done("tenant add brick --product learnink");
    let file = desk.path("data/tenants/brick.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("products", "produkts")).unwrap();
    let said = desk.fails(1, "sync status");
    assert!(
        said.contains("fresh") && said.contains("1 of 2 wait for a person"),
        "{said}"
    );
    assert!(
        said.contains("broken") && said.contains("brick.toml:"),
        "{said}"
    );
    desk.done("sync status acme");
    assert!(desk.fails(1, "sync status brick").contains("produkts"));
    assert!(
        desk.fails(1, "sync status ghost")
            .contains("there is no tenant")
    );
    let output = desk.run("--json sync status");
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [acme, brick] = [0, 1].map(|at| &status["runs"][at]);
    assert_eq!(
        (&acme["state"], &brick["state"]),
        (&"fresh".into(), &"broken".into())
    );
    assert_eq!(brick["act"], true);
}

#[test]
fn the_morning_says_who_has_to_act_and_what_to_do() {
    let desk = loaded();
    desk.done("tenant add quiet --product learnamp");
    let status = desk.json("sync status");
    assert_eq!(status["waiting"], 0);
    let [acme, quiet] = [0, 1].map(|at| &status["runs"][at]);
    assert_eq!(
        (&acme["state"], &acme["act"]),
        (&"fresh".into(), &false.into())
    );
    assert_eq!(acme["served"]["number"], 1);
    assert!(
        acme["served"]["age_seconds"].as_i64().unwrap() < 600,
        "{acme}"
    );
    assert!(
        acme["last_good"].is_string() && acme["next"].is_string(),
        "{acme}"
    );
    assert_eq!(acme["refused"], 0);
    assert_eq!(quiet["state"], "never");
    let said = desk.done("sync status");
    assert!(
        said.contains("syllabase tenant source quiet learnamp URL"),
        "{said}"
    );
    assert!(said.contains("nothing waits for a person"), "{said}");

    edit_users(&desk);
    desk.done("sync run acme");
    let said = desk.done("sync status acme");
    assert!(said.contains("1 new"), "{said}");
    assert!(said.contains("1 changed, 1 gone"), "{said}");

    // Half of a table is gone: a person has to say that this is right.
    let path = desk.path("export/user_course_performance.csv");
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    fs::write(&path, lines[..lines.len() / 4].join("\n") + "\n").unwrap();
    desk.fails(1, "sync run acme");
    let said = desk.fails(1, "sync status acme");
    assert!(said.contains("held"), "{said}");
    assert!(
        said.contains("snapshot show acme learnink --held"),
        "{said}"
    );
    assert!(said.contains("1 of 1 wait for a person"), "{said}");
    desk.done("snapshot publish acme learnink --held");
    // What readers see now, not what the night before it changed.
    let said = desk.done("sync status acme");
    let gone = lines.len() - lines.len() / 4;
    assert!(
        said.contains("fresh") && said.contains(&format!("{gone} gone")),
        "{said}"
    );
    fs::write(&path, good).unwrap();

    let nonsense = "id,custom_id\n".to_owned() + &"nobody,x\n".repeat(200);
    fs::write(desk.path("export/users.csv"), nonsense).unwrap();
    desk.fails(1, "sync run acme");
    let output = desk.run("--json sync status acme");
    assert_eq!(output.status.code(), Some(1));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let acme = &status["runs"][0];
    assert_eq!(
        (&acme["outcome"], &acme["state"]),
        (&"failed".into(), &"failed".into())
    );
    assert!(
        acme["what_to_know"].as_str().unwrap().contains("users"),
        "{acme}"
    );
    assert_eq!(acme["served"]["number"], 3);
}

fn finding<'a>(doctor: &'a Value, what: &str) -> &'a Value {
    let findings = doctor["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["what"] == what);
    found.unwrap_or_else(|| panic!("nothing about {what}: {doctor}"))
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[test]
fn the_doctor_finds_what_is_wrong_and_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt;

    let desk = loaded();
    desk.done("tenant credentials add acme reporting --handover file:sheet.txt");
    let doctor = desk.json("doctor");
    assert_eq!(doctor["broken"], 0, "{doctor}");
    for what in [
        "server file",
        "products",
        "folder snapshots",
        "disk of snapshots",
        "certificate",
        "clock",
        "tenant acme",
        "source of acme learnink",
        "nights of acme learnink",
        "snapshots of acme learnink",
    ] {
        let health = &finding(&doctor, what)["health"];
        assert!(health == "ok" || what.starts_with("disk"), "{doctor}");
    }

    let examine = || -> Value {
        let output = desk.run("--json --config s.toml doctor");
        let doctor: Value = serde_json::from_slice(&output.stdout).unwrap();
        let broken = doctor["broken"].as_u64().unwrap() > 0;
        assert_eq!(output.status.code(), Some(i32::from(broken)));
        doctor
    };
    let broken = |doctor: &Value, what: &str, found: &str, remedy: &str| {
        let one = finding(doctor, what);
        assert_eq!(one["health"], "broken", "{one}");
        assert!(one["found"].as_str().unwrap().contains(found), "{one}");
        assert!(one["remedy"].as_str().unwrap().contains(remedy), "{one}");
    };
    fs::write(
        desk.path("s.toml"),
        "data = \"data\"\nlisten = [\"0.0.0.0:0\"]\n[alerts]\nwebhook = \"env:SYLLABASE_NO_SUCH\"\n",
    )
    .unwrap();
    fs::rename(desk.path("export/users.csv"), desk.path("users.csv")).unwrap();
    let open = |name: &str, mode| {
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    open("data/state", 0o755);
    fs::write(desk.path("secret"), "word\n").unwrap();
    open("secret", 0o644);
    desk.done("tenant add other --product learnamp");
    desk.done(&format!(
        "tenant source other learnamp postgresql://reader@127.0.0.1:1/x?sslmode=disable --credentials file:{}",
        desk.path("secret").display()
    ));
    let later = File::open(desk.path("data/tenants/acme.toml")).unwrap();
    let modified = later.metadata().unwrap().modified().unwrap();
    later
        .set_modified(modified + Duration::from_secs(86_400))
        .unwrap();
    let data = desk.path("data/snapshots/acme/learnink/data");
    let snapshot = fs::read_dir(&data).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(snapshot.join("users"))
        .unwrap()
        .next()
        .unwrap();
    let mut bytes = fs::read(file.as_ref().unwrap().path()).unwrap();
    bytes[100] ^= 1;
    fs::write(file.unwrap().path(), bytes).unwrap();

    let doctor = examine();
    broken(&doctor, "server file", "without TLS", "serve refuses it");
    broken(&doctor, "alerts", "SYLLABASE_NO_SUCH", "[alerts]");
    broken(&doctor, "folder state", "open to every user", "chmod");
    broken(&doctor, "clock", "were written", "set the clock");
    broken(
        &doctor,
        "secret of other learnamp",
        "open to every user",
        "chmod",
    );
    broken(
        &doctor,
        "source of other learnamp",
        "127.0.0.1",
        "tenant check other",
    );
    broken(&doctor, "source of acme learnink", "users", "exported");
    broken(
        &doctor,
        "snapshots of acme learnink",
        "is damaged",
        "rollback",
    );
    // How many are to watch depends on the machine's disk, too.
    assert!(desk.fails(1, "doctor").contains(" to watch, 6 broken"));

    // A log with a gap is found without reading a file of a table.
    let log = desk.path("data/snapshots/acme/learnink/published");
    fs::rename(log.join("000000000001.json"), log.join("000000000002.json")).unwrap();
    let quick = desk.run("--json doctor --quick");
    let quick: Value = serde_json::from_slice(&quick.stdout).unwrap();
    let one = finding(&quick, "snapshots of acme learnink");
    assert_eq!(one["health"], "broken", "{one}");
}

/// A table that a real PostgreSQL sends slowly: its rows are told while they come.
#[test]
fn a_long_table_tells_how_far_it_is() {
    let postgres = Postgres::start();
    postgres.psql(
        "create table users (id int, first_name text);
         insert into users values (1, 'Ann');
         create table content (type_with_id text, name text);
         insert into content values ('item-1', 'Thing');
         create view activities as select id, 1 as user_id,
            case when pg_sleep(0.004) is not null then 'item' end as type
            from generate_series(1, 2000) id",
    );
    let desk = Desk::new();
    let url = format!(
        "postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable",
        postgres.port()
    );
    desk.done("tenant add acme --product learnamp");
    desk.done(&format!("tenant source acme learnamp {url}"));
    let config = "[limits.sync]\nprogress = \"200ms\"\nbatch_rows = 64\n";
    fs::write(desk.path("server.toml"), config).unwrap();
    let mut command = desk.command();
    command.args([
        "--config",
        "server.toml",
        "sync",
        "run",
        "acme",
        "--progress",
    ]);
    let said = File::create(desk.path("said")).unwrap();
    let mut child = command.stderr(said).stdout(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let mut seen: Vec<u64> = Vec::new();
    while child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120), "{seen:?}");
        let output = desk.run("--json sync status acme");
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let one = &status["runs"][0];
        let running = &one["running"];
        if running["table"] == "activities" {
            assert!(running["bytes"].as_u64() > Some(0) || running["rows"] == 0);
            assert!(running["number"].as_u64() <= running["tables"].as_u64());
            let words = one["what_to_know"].as_str().unwrap();
            assert!(words.contains("a run is at work since"), "{words}");
            seen.push(running["rows"].as_u64().unwrap());
        }
    }
    assert!(child.wait().unwrap().success());
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(seen.iter().any(|rows| (1..2000).contains(rows)), "{seen:?}");
    let said = fs::read_to_string(desk.path("said")).unwrap();
    let lines = said
        .lines()
        .filter(|line| line.contains("activities: ") && line.contains("rows read so far"));
    assert!(lines.count() > 3, "{said}");
    let after = desk.json("sync status acme");
    assert_eq!(after["runs"][0]["running"], Value::Null);
    let left = desk.path("data/snapshots/acme/learnamp/running.json");
    assert!(!left.try_exists().unwrap());
}
