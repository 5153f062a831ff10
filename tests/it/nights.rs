//! Nights and earlier states, as a client sees them: a small source, loaded night after night by the
//! program and served by it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Served, connect, enter, password, rows, run, syllabase};

/// A tenant with one product whose source a test writes.
struct House {
    folder: tempfile::TempDir,
    password: String,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let house = Self {
            folder,
            password: String::new(),
        };
        let source = format!("file://{}", house.source().display());
        fs::create_dir(house.source()).unwrap();
        house.write_file(
            "courses.csv",
            "id,name,created_at,updated_at\n\
             6f9619ff-8b86-4d01-b42d-00cf4fc964ff,Safety,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z\n",
        );
        house.write_file(
            "user_course_performance.csv",
            "id,user_id,course_id,started_at\n",
        );
        house.say(&[
            "tenant",
            "add",
            "acme",
            "--product",
            "learnink",
            "--product",
            "learnamp",
        ]);
        house.say(&["tenant", "source", "acme", "learnink", &source]);
        house.say(&["tenant", "allow", "acme", "127.0.0.1/32"]);
        let sheet = house.folder.path().join("sheet.txt");
        let handover = format!("file:{}", sheet.display());
        house.say(&[
            "tenant",
            "credentials",
            "add",
            "acme",
            "reporting",
            "--handover",
            &handover,
        ]);
        let password = password(&fs::read_to_string(sheet).unwrap());
        Self { password, ..house }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn say(&self, words: &[&str]) -> String {
        run(syllabase(&self.data()).args(words))
    }

    fn write_file(&self, name: &str, text: &str) {
        let path: &Path = &self.source().join(name);
        fs::write(path, text).unwrap();
    }

    /// One night with this file of users.
    fn night(&self, lines: &[&str]) {
        self.write_file("users.csv", &(lines.join("\n") + "\n"));
        self.say(&["sync", "run", "acme", "learnink"]);
    }
}

/// SQLSTATE and text of what is refused.
fn refused(error: &tokio_postgres::Error) -> (String, String) {
    let fault = error.as_db_error().expect("an answer of the server");
    (fault.code().code().to_owned(), fault.message().to_owned())
}

const COLUMNS: &str = "id,custom_name,created_at,registered_at,updated_at";
const ANN: &str = "00000000-0000-4000-8000-000000000001,Ann,2026-01-01T08:00:00Z,2026-01-02T08:00:00Z,2026-01-02T08:00:00Z";
const BEN: &str = "00000000-0000-4000-8000-000000000002,Ben,2026-01-03T08:00:00Z,2026-01-03T09:00:00Z,2026-01-03T09:00:00Z";
const BENJAMIN: &str = "00000000-0000-4000-8000-000000000002,Benjamin,2026-01-03T08:00:00Z,2026-01-03T09:00:00Z,2026-02-02T08:00:00Z";
/// Registered in January; the source tells of it later.
const LATE: &str = "00000000-0000-4000-8000-000000000003,Cleo,2026-01-02T08:00:00Z,2026-01-02T10:00:00Z,2026-02-01T08:00:00Z";
const BROKEN: &str =
    "not a key,Dora,2026-01-02T08:00:00Z,2026-01-02T10:00:00Z,2026-02-01T08:00:00Z";
const COUNT: &str = "select count(*) from learnink.users";

/// Three nights: two users; one changed, one late, one refused; one gone.
fn three_nights() -> House {
    let house = House::new();
    house.night(&[COLUMNS, ANN, BEN]);
    let sized = |line: &str| format!("{line},44");
    let second = [
        &(String::from(COLUMNS) + ",shoe_size"),
        &sized(ANN),
        &sized(BENJAMIN),
        &sized(LATE),
        &sized(BROKEN),
    ];
    house.night(&second.map(String::as_str));
    house.night(&[COLUMNS, BENJAMIN, LATE]);
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_are_told_in_sql() {
    let house = three_nights();
    let served = Served::start(&house.data());
    let port = served.port;
    let client = enter(port, "acme", "reporting", &house.password)
        .await
        .unwrap();

    for (statement, expected) in [
        (
            "select number, kind, kept, pinned, rows from syllabase.snapshots order by 1",
            vec!["1|run|t|f|3", "2|run|t|f|4", "3|run|t|f|3"],
        ),
        (
            "select outcome, number, rows_served, rows_quarantined from syllabase.sync_runs order by started_at",
            vec!["published|1|3|0", "published|2|4|1", "published|3|3|0"],
        ),
        (
            "select table_name, rows, source_watermark, age < '1 hour', stale from syllabase.freshness where rows > 0 order by 1",
            vec![
                "courses|1|2026-01-01 00:00:00+00|t|f",
                "users|2|2026-02-02 08:00:00+00|t|f",
            ],
        ),
        (
            "select count(*) filter (where rows = 0) > 0, count(*) filter (where stale) from syllabase.freshness",
            vec!["t|0"],
        ),
        (
            "with never as (select table_name from syllabase.changes where product = 'learnink' and number = 1 and outcome = 'absent') select number, outcome, count(*) > 3 from syllabase.changes join never using (table_name) group by 1, 2 order by 1",
            vec!["1|absent|t", "2|absent|t", "3|absent|t"],
        ),
        (
            "select number, inserted, updated, deleted, late from syllabase.changes where table_name = 'users' and number > 1 order by 1",
            vec!["2|1|1|0|1", "3|0|0|1|0"],
        ),
        (
            "select table_name, day, number, rows_added from syllabase.late_arrivals where number > 1",
            vec!["users|2026-01-02|2|1"],
        ),
        (
            "select number, table_name, line, column_name, record like '%Dora%' from syllabase.quarantine",
            vec!["2|users|5|id|t"],
        ),
        (
            "select number, column_name, change from syllabase.schema_changes where table_name = 'users' and change like 'extra%' order by 1",
            vec!["2|shoe_size|extra", "3|shoe_size|extra gone"],
        ),
        (
            "select count(*) from syllabase.clock_corrections",
            vec!["0"],
        ),
        (
            "select e.* from syllabase.snapshots a, syllabase.snapshots b, lateral syllabase.explain_change('users', '2026-01-02', a.published_at, b.published_at) e where a.number = 1 and b.number = 3",
            vec!["arrived_late|1|0|0|1", "deleted|0|1|0|1"],
        ),
        ("show search_path", vec!["learnink, learnamp, public"]),
        ("select count(*) from learnamp.users", vec!["0"]),
    ] {
        assert_eq!(rows(&client, statement).await, expected, "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_go_back_in_time() {
    let house = three_nights();
    let served = Served::start(&house.data());
    let port = served.port;
    let client = enter(port, "acme", "reporting", &house.password)
        .await
        .unwrap();
    // Times as a client would write them: those of the second publication.
    let then = "select to_char(published_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from syllabase.snapshots where number = 2";
    let then = rows(&client, then).await.remove(0);
    for (options, database) in [
        (format!("-c syllabase.as_of={then}"), String::from("acme")),
        (String::new(), format!("acme@{then}")),
    ] {
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(port)
            .user("reporting")
            .password(&house.password);
        config.dbname(&database).options(&options);
        let client = connect(&config).await.unwrap();
        assert_eq!(rows(&client, COUNT).await, ["3"], "{database} {options}");
        let known = "select current_database(), (select max(number) from syllabase.snapshots)";
        assert_eq!(rows(&client, known).await, [format!("{database}|2")]);
        let left = client.batch_execute("set syllabase.as_of = ''").await;
        if database == "acme" {
            left.unwrap();
            assert_eq!(rows(&client, COUNT).await, ["2"]);
        } else {
            assert_eq!(refused(&left.unwrap_err()).0, "55P02");
        }
    }
    client
        .batch_execute(&format!("begin; set local syllabase.as_of = '{then}'"))
        .await
        .unwrap();
    assert_eq!(rows(&client, COUNT).await, ["3"]);
    client.batch_execute("commit").await.unwrap();
    assert_eq!(rows(&client, COUNT).await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_of_an_earlier_state_is_the_tenants() {
    let house = House::new();
    house.night(&[COLUMNS, ANN]);
    let served = Served::start(&house.data());
    let refusal = async |database: &str, role: &str, password: &str| {
        let entered = enter(served.port, database, role, password).await;
        refused(
            &entered
                .err()
                .unwrap_or_else(|| panic!("{role} came into {database}")),
        )
    };
    let own = house.password.as_str();
    let (state, message) = refusal("acme@2020-01-01", "reporting", own).await;
    assert_eq!(state, "22023");
    assert!(
        message.starts_with("nothing had been published by 2020-01-01"),
        "{message}"
    );
    assert_eq!(refusal("acme@soon", "reporting", own).await.0, "22023");
    // Who may not come in learns nothing else by naming a time.
    let wrong = |role: &str| {
        let text = format!("password authentication failed for user \"{role}\"");
        (String::from("28P01"), text)
    };
    for time in ["", "@2020-01-01", "@soon", "@"] {
        let (acme, ghost) = (format!("acme{time}"), format!("ghost{time}"));
        assert_eq!(
            refusal(&acme, "reporting", "wrong").await,
            wrong("reporting")
        );
        assert_eq!(refusal(&acme, "nobody", own).await, wrong("nobody"));
        assert_eq!(refusal(&ghost, "reporting", own).await.0, "28000");
    }
}
