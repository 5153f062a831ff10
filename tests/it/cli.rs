//! The program itself, as support staff use it: every verb, its answers and its exit codes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde_json::Value;
use syllabase::schema;
use syllabase::sync::source::demo::{self, Flavour, Options};
use tokio_postgres::Client;

use crate::program::{SYLLABASE, Served, enter};

/// Long enough for a busy machine; nothing here waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// One installation in a folder of its own, and everything its commands ever printed.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    printed: Mutex<String>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            printed: Mutex::default(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(SYLLABASE);
        command
            .current_dir(self.folder.path())
            .env_remove("SYLLABASE_CONFIG")
            .args(["--data", "data"]);
        command
    }

    pub(crate) fn run(&self, words: &str) -> Output {
        let output = self.command().args(words.split(' ')).output().unwrap();
        let mut printed = self.printed.lock().unwrap();
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Runs a command that must succeed; gives what it answered.
    pub(crate) fn done(&self, words: &str) -> String {
        let output = self.run(words);
        let said = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}: {said}{error}");
        said
    }

    /// Runs a command that must fail with a code; gives what it complained.
    pub(crate) fn fails(&self, code: i32, words: &str) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words}: {said}{error}");
        said + &error
    }

    pub(crate) fn json(&self, words: &str) -> Value {
        let said = self.done(&format!("--json {words}"));
        assert_eq!(said.lines().count(), 1, "{said}");
        serde_json::from_str(&said).unwrap()
    }

    /// Makes a tenant that this machine may reach; gives the password of its role `reporting`.
    pub(crate) fn tenant(&self, name: &str, products: &[&str]) -> String {
        let products: Vec<_> = products
            .iter()
            .map(|one| format!("--product {one}"))
            .collect();
        self.done(&format!("tenant add {name} {}", products.join(" ")));
        self.done(&format!("tenant allow {name} 127.0.0.1/32"));
        let sheet = format!("{name}.txt");
        self.done(&format!(
            "tenant credentials add {name} reporting --handover file:{sheet}"
        ));
        self.password(&sheet)
    }

    /// The password of a connection sheet, which nothing may ever have printed.
    pub(crate) fn password(&self, sheet: &str) -> String {
        let path = self.path(sheet);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{sheet}");
        let text = fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with("password "));
        let password = line.unwrap().split_whitespace().last().unwrap().to_owned();
        assert!(password.len() >= 24);
        password
    }

    /// Writes the files a product's source would export.
    pub(crate) fn export(&self, product: &str, folder: &Path) -> u64 {
        let products = schema::builtin().unwrap();
        let product = products.get(&product.parse().unwrap()).unwrap();
        let options = Options {
            seed: 7,
            people: 40,
            today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
            flavour: Flavour::Usual,
        };
        demo::write(product, folder, &options).unwrap()
    }

    pub(crate) fn serve(&self) -> Served {
        self.serve_with(&["serve", "--listen", "127.0.0.1:0"])
    }

    pub(crate) fn serve_with(&self, words: &[&str]) -> Served {
        Served::begin(self.command().args(words))
    }
}

impl Served {
    /// Logs in; the error is the server's SQLSTATE.
    pub(crate) async fn login(
        &self,
        database: &str,
        role: &str,
        password: &str,
    ) -> Result<Client, String> {
        let entered = enter(self.port, database, role, password).await;
        entered.map_err(|error| match error.code() {
            Some(code) => code.code().to_owned(),
            None => error.to_string(),
        })
    }
}

/// Asks again until the answer is right; says how long that took.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut ask: impl FnMut() -> F) -> Duration {
    let begun = Instant::now();
    while !ask().await {
        assert!(begun.elapsed() < PATIENCE, "it never came true");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one walk, told in order")]
async fn a_tenant_is_provisioned_served_changed_and_removed() {
    let desk = Desk::new();
    let rows = desk.export("learnink", &desk.path("export"));
    let url = format!("file://{}", desk.path("export").display());

    let said = desk.done("tenant add acme --product learnink --product learnamp");
    assert!(said.contains("nobody can connect"), "{said}");
    desk.done(&format!("tenant source acme learnink {url}"));
    desk.done("tenant allow acme 127.0.0.1/32 --note tests");
    desk.done("tenant credentials add acme reporting --handover file:sheet.txt");
    let password = desk.password("sheet.txt");

    let checked = desk.fails(1, "tenant check acme");
    assert!(checked.contains("learnink: 11 of 11 tables"), "{checked}");
    assert!(checked.contains("learnamp has no source"), "{checked}");
    let loaded = desk.json("sync run acme learnink");
    assert_eq!(loaded["runs"][0]["rows_read"], rows);
    let shown = desk.done("sync status acme");
    assert!(shown.contains("fresh"), "{shown}");
    assert_eq!(
        desk.json("snapshot list acme")["snapshots"][0]["rows"],
        rows
    );
    desk.done("snapshot verify acme");
    let sheet = desk.json("tenant show acme");
    assert_eq!(sheet["allow"][0]["note"], "tests");
    assert!(sheet["snapshots"][0]["published"].is_string());
    assert_eq!(sheet["roles"][0]["name"], "reporting");

    let server = desk.serve();
    let client = server.login("acme", "reporting", &password).await.unwrap();
    let users = client.query("SELECT id FROM users", &[]).await.unwrap();
    assert!(!users.is_empty());
    assert_eq!(
        server
            .login("acme", "reporting", "wrong")
            .await
            .unwrap_err(),
        "28P01"
    );
    assert_eq!(
        server.login("acme", "ghost", &password).await.unwrap_err(),
        "28P01"
    );
    assert_eq!(
        server
            .login("ghost", "reporting", &password)
            .await
            .unwrap_err(),
        "28000"
    );

    // A new password ends the old one and its sessions, without a restart.
    desk.done("tenant credentials rotate acme reporting --handover file:sheet2.txt");
    let took = eventually(|| async { client.is_closed() }).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(
        server
            .login("acme", "reporting", &password)
            .await
            .unwrap_err(),
        "28P01"
    );
    let password = desk.password("sheet2.txt");
    let client = server.login("acme", "reporting", &password).await.unwrap();

    // A broken file is reported, and its last good version stays in force.
    let file = desk.path("data/tenants/acme.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("products", "produkts")).unwrap();
    let said = desk.fails(1, "tenant list");
    assert!(
        said.contains("acme.toml:") && said.contains("produkts"),
        "{said}"
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(server.login("acme", "reporting", &password).await.is_ok());
    assert!(!client.is_closed());
    fs::write(&file, good).unwrap();

    // A removed address ends its sessions, and is then a stranger.
    desk.done("tenant deny acme 127.0.0.1/32");
    eventually(|| async { client.is_closed() }).await;
    assert_eq!(
        server
            .login("acme", "reporting", &password)
            .await
            .unwrap_err(),
        "28000"
    );
    desk.done("tenant credentials remove acme reporting");
    desk.done("tenant remove acme");
    assert_eq!(server.terminate(), Some(0));

    let printed = desk.printed.lock().unwrap();
    for sheet in ["sheet.txt", "sheet2.txt"] {
        assert!(
            !printed.contains(&desk.password(sheet)),
            "a password was printed"
        );
    }
    let audit = fs::read_to_string(desk.path("data/state/audit.ndjson")).unwrap();
    let verbs: Vec<String> = audit
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["verb"].to_string())
        .collect();
    assert_eq!(verbs.len(), 8, "{verbs:?}");
}

/// Exit code, words, and what the complaint has to say.
const MISTAKES: &[(i32, &str, &str)] = &[
    (2, "tenant", "Usage"),
    (2, "tenant add Acme --product learnink", "must be 1 to 63"),
    (2, "tenant add b", "--product"),
    (1, "tenant add b --product nope", "one of: learnink"),
    (1, "tenant add acme --product learnink", "already there"),
    (1, "tenant show ghost", "there is no tenant \"ghost\""),
    (
        1,
        "tenant source acme learnink postgresql://reader:hunter2@db/x",
        "say where it is kept in credentials",
    ),
    (
        1,
        "tenant source acme learnink s3://bucket/x --credentials hunter2",
        "file:/absolute/path or env:NAME",
    ),
    (
        1,
        "tenant source acme learnink file:///x --region eu-west-1",
        "means nothing for file:// sources",
    ),
    (1, "tenant source acme learnink export", "file:///"),
    (
        1,
        "tenant source acme learnamp file:///x",
        "does not have product",
    ),
    (
        2,
        "tenant allow acme 203.0.113.9/24",
        "did you mean 203.0.113.0/24",
    ),
    (1, "tenant allow acme 0.0.0.0/0", "--yes"),
    (1, "tenant allow acme 203.0.113.9/32", "overlaps"),
    (
        1,
        "tenant deny acme 203.0.113.9/32",
        "part of 203.0.113.0/24",
    ),
    (
        2,
        "tenant credentials add acme r --handover stdout",
        "file:PATH",
    ),
    (2, "tenant credentials add acme r", "--handover"),
    (
        1,
        "tenant credentials rotate acme r --handover file:r.txt",
        "has no role",
    ),
    (1, "tenant credentials remove acme r", "has no role"),
    (1, "tenant check acme", "no role"),
    (1, "sync run acme", "no source"),
    (1, "snapshot publish acme learnink --held", "is held"),
    (1, "schema show learnink.nope", "no table \"nope\""),
    (1, "samples show nope", "samples list"),
    (1, "serve --listen 0.0.0.0:0", "without TLS"),
    (1, "--config missing.toml tenant list", "missing.toml"),
];

#[test]
fn mistakes_say_what_where_and_what_to_do() {
    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    desk.done("tenant allow acme 203.0.113.0/24");
    for (code, words, said) in MISTAKES {
        let complaint = desk.fails(*code, words);
        assert!(complaint.contains(said), "{words}: {complaint}");
        assert!(!complaint.contains("hunter2"), "{words}: {complaint}");
    }
    assert!(
        !desk.path("r.txt").is_file(),
        "a sheet for a password that was not stored"
    );
    let error = desk.run("--json tenant show ghost");
    let error: Value = serde_json::from_slice(&error.stderr).unwrap();
    assert_eq!(error["ok"], false);
    assert!(error["remedy"].is_string());
}

#[test]
fn a_schedule_is_said_piece_by_piece_and_checked() {
    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    let shown = || desk.json("tenant show acme")["schedule"].to_string();
    let said = desk.done("tenant schedule acme --time 01:30 --zone Europe/Paris --window 180min");
    assert!(
        said.contains("01:30 Europe/Paris, tried again for 3h"),
        "{said}"
    );
    desk.done("tenant schedule acme --spread 0s");
    assert_eq!(
        shown(),
        r#"{"spread":"0s","time":"01:30","window":"3h","zone":"Europe/Paris"}"#
    );
    desk.done("tenant schedule acme --window server --time 02:00");
    assert_eq!(
        shown(),
        r#"{"spread":"0s","time":"02:00","window":null,"zone":"Europe/Paris"}"#
    );
    for (code, words, expected) in [
        (2, "tenant schedule acme", "required"),
        (2, "tenant schedule acme --time 25:00", "no time such as"),
        (2, "tenant schedule acme --window long", "a length of time"),
        (1, "tenant schedule acme --window 25h", "at most a day"),
        (1, "tenant schedule acme --window 1h --spread 2h", "longer"),
    ] {
        let said = desk.fails(code, words);
        assert!(said.contains(expected), "{words}: {said}");
    }
}

#[test]
fn a_hand_over_file_is_never_overwritten() {
    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    fs::write(desk.path("sheet.txt"), "mine").unwrap();
    let said = desk.fails(1, "tenant credentials add acme r --handover file:sheet.txt");
    assert!(said.contains("sheet.txt"), "{said}");
    assert!(
        said.contains("try: name a file that is not there yet"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(desk.path("sheet.txt")).unwrap(), "mine");
    assert!(
        desk.json("tenant show acme")["roles"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_empty_variable_names_no_server_file() {
    let desk = Desk::new();
    let said = |command: &mut Command| command.output().unwrap();
    let mut command = desk.command();
    command.env("SYLLABASE_CONFIG", "").args(["tenant", "list"]);
    assert!(said(&mut command).status.success());
    // Said in so many words, it is a variable of somebody's script that has no value.
    let empty = said(desk.command().args(["--config", "", "tenant", "list"]));
    assert_eq!(empty.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&empty.stderr).into_owned();
    assert!(complaint.contains("try: name a file"), "{complaint}");
    let missing = said(
        desk.command()
            .env("SYLLABASE_CONFIG", "none.toml")
            .args(["tenant", "list"]),
    );
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn a_mistake_in_the_server_file_names_its_line() {
    let desk = Desk::new();
    fs::write(
        desk.path("s.toml"),
        "data = \"d\"\n[limits.login]\ndedline = \"1s\"\n",
    )
    .unwrap();
    let said = desk.fails(1, "--config s.toml tenant list");
    assert!(
        said.contains("s.toml:3: \"limits.login.dedline\""),
        "{said}"
    );
}

#[test]
fn commands_that_change_one_tenant_at_once_lose_nothing() {
    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    let at_once: Vec<Child> = (1..=8)
        .map(|last| {
            let network = format!("192.0.2.{last}/32");
            let mut command = desk.command();
            command.args(["tenant", "allow", "acme", &network]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in at_once {
        assert!(child.wait().unwrap().success());
    }
    let shown = desk.json("tenant show acme");
    assert_eq!(shown["allow"].as_array().unwrap().len(), 8);
}

#[test]
fn schemas_and_samples_are_there_to_read() {
    let desk = Desk::new();
    let checked = desk.json("schema check");
    assert_eq!(checked["products"].as_array().unwrap().len(), 3);
    assert!(desk.json("schema list")["tables"].as_array().unwrap().len() >= 68);
    assert!(desk.done("schema show learnamp.users").contains("users"));
    assert!(
        desk.done("schema ddl learnink")
            .contains("CREATE TABLE learnink.users")
    );
    assert!(desk.done("schema erd learning360").starts_with("<svg"));
    assert!(desk.done("schema docs learnamp").starts_with('#'));
    assert!(desk.done("samples list learnink").contains("learnink/"));
    let sql = desk.done("samples show learnink/course_completion_rate");
    assert!(sql.contains("learnink."), "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_ready_at_once_and_found_again() {
    let desk = Desk::new();
    let first = desk.json("demo --no-serve --people 12");
    let snapshots = desk.json("snapshot list acme");
    assert_eq!(snapshots["snapshots"].as_array().unwrap().len(), 3);
    let password = desk.password("data/acme-reporting.txt");
    assert_eq!(first["database"], "acme");

    let server = desk.serve_with(&["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(desk.password("data/acme-reporting.txt"), password);
    assert_eq!(
        desk.json("snapshot list acme"),
        snapshots,
        "nothing is loaded twice"
    );
    let client = server.login("acme", "reporting", &password).await.unwrap();
    for table in ["learnink.users", "learnamp.users", "learning360.users"] {
        let rows = client
            .query(&format!("SELECT * FROM {table}"), &[])
            .await
            .unwrap();
        assert!(!rows.is_empty(), "{table}");
    }
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_port_tells_health_readiness_and_metrics() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let probe = free.local_addr().unwrap();
    drop(free);
    fs::write(desk.path("s.toml"), format!("probe = \"{probe}\"\n")).unwrap();
    let server = desk.serve_with(&["--config", "s.toml", "serve", "--listen", "127.0.0.1:0"]);
    for (request, status, body) in [
        ("GET /health HTTP/1.1\r\n\r\n", "200", "alive"),
        ("GET /ready HTTP/1.1\r\n\r\n", "200", "ready"),
        (
            "GET /metrics HTTP/1.1\r\n\r\n",
            "200",
            "syllabase_tenants 1",
        ),
        ("GET /etc/passwd HTTP/1.1\r\n\r\n", "404", ""),
        ("POST /ready HTTP/1.1\r\n\r\n", "405", ""),
    ] {
        let mut socket = tokio::net::TcpStream::connect(probe).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains(body), "{answer}");
    }
    assert_eq!(server.terminate(), Some(0));
}

/// What LearnInk needs, and its results: so many rows, some of them wrong.
fn export(folder: &Path, rows: usize, wrong: usize) {
    fs::create_dir_all(folder).unwrap();
    let id = |kind: usize, at: usize| format!("{kind:08}-0000-4000-8000-{at:012}");
    let mut users = "id,custom_name,created_at,updated_at\n".to_owned();
    for at in 0..50 {
        let when = "2026-01-01T00:00:00Z";
        users += &format!("{},Secret Name,{when},{when}\n", id(1, at));
    }
    fs::write(folder.join("users.csv"), users).unwrap();
    let course = id(2, 0);
    let when = "2026-01-01T00:00:00Z";
    let courses = format!("id,name,created_at,updated_at\n{course},First aid,{when},{when}\n");
    fs::write(folder.join("courses.csv"), courses).unwrap();
    let mut results = "id,user_id,course_id,started_at,completed_at,average_score,updated_at,\
        num_baseline_answers_correct,num_baseline_answers_incorrect,num_endline_answers_correct,\
        num_endline_answers_incorrect,num_endline_attempts_successful,\
        num_endline_attempts_unsuccessful\n"
        .to_owned();
    for at in 0..rows {
        let score = if at < wrong { "lots" } else { "80" };
        let (began, done) = ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z");
        results += &format!(
            "{},{},{course},{began},{done},{score},{done},0,0,1,0,1,0\n",
            id(3, at),
            id(1, at % 50)
        );
    }
    fs::write(folder.join("user_course_performance.csv"), results).unwrap();
}

#[test]
fn a_held_snapshot_is_looked_at_published_or_thrown_away() {
    let desk = Desk::new();
    desk.done("tenant add acme --product learnink");
    let folder = desk.path("export");
    export(&folder, 300, 0);
    desk.done(&format!(
        "tenant source acme learnink file://{}",
        folder.display()
    ));
    desk.done("sync run acme");
    let shown = desk.done("snapshot show acme learnink");
    assert!(shown.contains("is served"), "{shown}");
    // 50 people and one course: 250 rows more than one per person and course.
    assert!(
        shown.contains("user_course_performance: 250 rows fail person_once (count)"),
        "{shown}"
    );
    let complaint = desk.fails(1, "snapshot show acme learnink --held");
    assert!(complaint.contains("is held"), "{complaint}");

    export(&folder, 120, 2);
    let served = |desk: &Desk| desk.json("snapshot list acme")["snapshots"].clone();
    let before = served(&desk).as_array().unwrap().len();
    desk.run("sync run acme");
    let shown = desk.done("snapshot show acme learnink --held");
    for part in [
        "is held: table user_course_performance shrank from 300 to 118 rows",
        "compared with",
        "refused user_course_performance.csv line 2, average_score: invalid input syntax for type integer",
        "snapshot discard acme learnink --held",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        !shown.contains("lots") && !shown.contains("Secret"),
        "{shown}"
    );
    let json = desk.json("snapshot show acme learnink --held");
    let tables = json["tables"].as_array().unwrap();
    let results = tables
        .iter()
        .find(|one| one["table"] == "user_course_performance")
        .unwrap();
    assert_eq!(
        (&results["rows_before"], &results["rows"]),
        (&300.into(), &118.into())
    );
    assert_eq!(results["refused"], 2);
    assert_eq!(results["changes"]["deleted"], 182);

    desk.done("snapshot discard acme learnink --held");
    assert_eq!(served(&desk).as_array().unwrap().len(), before);
    desk.fails(1, "snapshot discard acme learnink --held");
    desk.run("sync run acme");
    desk.done("snapshot publish acme learnink --held");
    let shown = desk.done("snapshot show acme learnink");
    assert!(
        shown.contains("is served") && shown.contains("118"),
        "{shown}"
    );
    desk.fails(1, "snapshot show acme learnink --held");
}
