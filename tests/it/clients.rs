//! Real clients: what they see here is what they see at a PostgreSQL made from our DDL.
//!
//! The demo tenant is served by the program itself; the PostgreSQL beside it is made by
//! `syllabase schema ddl` and filled with the same rows. Each client then says the same to both.

use futures::StreamExt as _;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::postgres::Postgres;
use crate::program::{SYLLABASE, Served, enter, password, run, syllabase};

/// The role at both.
const ROLE: &str = "reporting";
/// Differences shown of one comparison.
const SHOWN_MOST: usize = 40;

/// The served demo tenant and its likeness.
pub(crate) struct Pair {
    postgres: Postgres,
    served: Served,
    password: String,
    folder: tempfile::TempDir,
}

/// One of the two.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    port: u16,
    password: &'a str,
}

impl Pair {
    /// The pair that all tests share while one of them runs.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Pair>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = shared.upgrade() {
            return pair;
        }
        let pair = Arc::new(Self::start());
        *shared = Arc::downgrade(&pair);
        pair
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let demo = ["demo", "--no-serve", "--people", "40"];
        run(syllabase(&data).args(demo));
        let sheet = fs::read_to_string(data.join("acme-reporting.txt")).unwrap();
        let password = password(&sheet);
        let pair = Self {
            postgres: Postgres::start(),
            served: Served::start(&data),
            password,
            folder,
        };
        pair.fill();
        pair
    }

    /// Us.
    pub(crate) fn ours(&self) -> Target<'_> {
        Target {
            port: self.served.port,
            password: &self.password,
        }
    }

    /// PostgreSQL, which asks for no password.
    pub(crate) fn theirs(&self) -> Target<'_> {
        Target {
            port: self.postgres.port(),
            password: "unused",
        }
    }

    /// Makes PostgreSQL's database out of our DDL and our rows.
    fn fill(&self) {
        self.postgres.psql(
            "create role syllabase; create role reporting login; grant syllabase to reporting;
             create database acme owner syllabase;
             alter role reporting set default_transaction_read_only = on;
             alter database acme set search_path = learnink, learnamp, learning360, public;",
        );
        let ddl = run(Command::new(SYLLABASE).args(["schema", "ddl"]));
        // Internal functions are a superuser's to make.
        let status = run(Command::new(SYLLABASE).args(["schema", "ddl", "--status"]));
        let list = "select format('%I.%I', table_schema, table_name) from information_schema.tables
                    where table_schema like 'learn%' order by 1";
        self.postgres.psql(&format!(
            "\\c acme\nalter role syllabase superuser; set role syllabase;\n{ddl}\n{status}\n
             reset role; alter role syllabase nosuperuser; set role syllabase;
             revoke all on schema learnink, learnamp, learning360, syllabase from syllabase;
             grant usage on schema learnink, learnamp, learning360, syllabase to syllabase;
             reset role;
             drop extension plpgsql;
             revoke create on schema public from pg_database_owner;
             revoke temporary on database acme from public;
             revoke all on database acme from syllabase;
             grant connect on database acme to syllabase;"
        ));
        let tables = self.postgres.psql(&format!("\\c acme\n{list}"));
        let (mut out, mut into) = (String::new(), String::from("\\c acme\n"));
        into.push_str("set session_replication_role = replica;\n");
        for table in tables.lines() {
            let file = self.folder.path().join(table).display().to_string();
            writeln!(
                out,
                "\\copy (select * from {table}) to '{file}' (format binary)"
            )
            .unwrap();
            writeln!(into, "\\copy {table} from '{file}' (format binary)").unwrap();
        }
        for schema in ["learnink", "learnamp", "learning360", "syllabase"] {
            writeln!(
                into,
                "revoke all on all tables in schema {schema} from syllabase;"
            )
            .unwrap();
            writeln!(
                into,
                "grant select on all tables in schema {schema} to syllabase;"
            )
            .unwrap();
        }
        let script = self.folder.path().join("out.sql");
        fs::write(&script, out).unwrap();
        let mut psql = Command::new("psql");
        psql.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(script);
        run(self.ours().enter(&mut psql));
        self.postgres.psql(&into);
    }

    /// Runs the same client against both and compares what it prints.
    fn compare(&self, what: &str, client: impl Fn(Target<'_>) -> String) {
        let (ours, theirs) = (client(self.ours()), client(self.theirs()));
        let difference = differing(&theirs, &ours);
        assert!(
            difference.is_empty(),
            "{what}: - is PostgreSQL's, + is ours\n{difference}"
        );
    }
}

/// Notices of a connection, as they come.
pub(crate) type Notices = tokio::sync::mpsc::UnboundedReceiver<tokio_postgres::error::DbError>;

impl Target<'_> {
    /// A connection of tokio-postgres.
    pub(crate) async fn connect(self) -> tokio_postgres::Client {
        enter(self.port, "acme", ROLE, self.password).await.unwrap()
    }

    /// The same, with the notices that come.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's connection needs no name and ends with the runtime"
    )]
    pub(crate) async fn connect_hearing(self) -> (tokio_postgres::Client, Notices) {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).dbname("acme");
        config.user(ROLE).password(self.password);
        let (client, mut connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        let (say, notices) = tokio::sync::mpsc::unbounded_channel();
        drop(tokio::spawn(async move {
            let next = |cx: &mut std::task::Context<'_>| connection.poll_message(cx);
            let mut messages = futures::stream::poll_fn(next);
            while let Some(Ok(message)) = messages.next().await {
                if let tokio_postgres::AsyncMessage::Notice(notice) = message {
                    drop(say.send(notice));
                }
            }
        }));
        (client, notices)
    }

    /// A client that finds the server in libpq's variables.
    fn enter(self, client: &mut Command) -> &mut Command {
        client.env("PGHOST", "127.0.0.1").env("PGDATABASE", "acme");
        client.env("PGPORT", self.port.to_string());
        client.env("PGUSER", ROLE).env("PGPASSWORD", self.password);
        client
    }

    /// A script of `tests/clients` in Python with its drivers.
    fn python(self, script: &str) -> String {
        let folder = std::env::var_os("SYLLABASE_TEST_VENV")
            .map_or_else(|| repository().join("target/test-venv"), PathBuf::from);
        let script = repository().join("tests/clients").join(script);
        run(self.enter(Command::new(folder.join("bin/python")).arg(script)))
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lines that only one of two texts has, in order, as `diff` shows them.
fn differing(theirs: &str, ours: &str) -> String {
    let (theirs, ours): (Vec<_>, Vec<_>) = (theirs.lines().collect(), ours.lines().collect());
    let mut text = String::new();
    let (mut left, mut right, mut shown) = (0, 0, 0);
    while (left < theirs.len() || right < ours.len()) && shown < SHOWN_MOST {
        let (their, our) = (theirs.get(left), ours.get(right));
        if their == our {
            (left, right) = (left + 1, right + 1);
            continue;
        }
        // The shorter way to where both agree again.
        let added = our.and_then(|_| ours[right..].iter().position(|line| Some(line) == their));
        let missing = their.and_then(|_| theirs[left..].iter().position(|line| Some(line) == our));
        let take_ours = match (added, missing) {
            (Some(added), Some(missing)) => added <= missing,
            (added, _) => added.is_some() || their.is_none(),
        };
        let (mark, line) = if take_ours {
            right += 1;
            ('+', our)
        } else {
            left += 1;
            ('-', their)
        };
        writeln!(text, "{mark} {}", line.copied().unwrap_or_default()).unwrap();
        shown += 1;
    }
    text
}

#[test]
fn psql_describes_the_same_objects() {
    let pair = Pair::shared();
    pair.compare("psql", |target| target.python("psql.py"));
}

#[test]
fn pgjdbc_reads_the_same_metadata_and_values() {
    let pair = Pair::shared();
    pair.compare("pgjdbc", |target| {
        let mut java = Command::new("java");
        java.args(["-cp", "/usr/share/java/postgresql.jar"]);
        java.arg(repository().join("tests/clients/Pgjdbc.java"));
        run(target.enter(&mut java))
    });
}

#[test]
fn psqlodbc_reads_the_same_metadata_and_values() {
    let pair = Pair::shared();
    pair.compare("psqlODBC", |target| target.python("psqlodbc.py"));
}

#[test]
fn sqlalchemy_reflects_the_same_tables() {
    let pair = Pair::shared();
    pair.compare("SQLAlchemy", |target| {
        target.python("sqlalchemy_reflection.py")
    });
}

#[test]
fn psycopg_reads_the_same_values() {
    let pair = Pair::shared();
    pair.compare("psycopg", |target| target.python("psycopg_values.py"));
}

#[test]
fn asyncpg_reads_and_learns_the_same() {
    let pair = Pair::shared();
    pair.compare("asyncpg", |target| target.python("asyncpg_tour.py"));
}
