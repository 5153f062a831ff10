//! A real PostgreSQL 15 for tests: a fresh cluster in a temporary folder, gone when dropped.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use syllabase::pg::quote::quote_ident;
use syllabase::schema::Product;
use syllabase::schema::render::{DdlPart, ddl};

/// Where Debian puts the programs of PostgreSQL 15.
const BINARIES: &str = "/usr/lib/postgresql/15/bin";
/// How long a server may take to accept connections, and to stop.
const WAIT_SECONDS_MAX: &str = "120";
/// How often another port is tried when somebody else took the one that was free.
const ATTEMPTS_MAX: usize = 5;

/// A running server on 127.0.0.1 that trusts everybody; superuser and first database: `postgres`.
#[derive(Debug)]
pub(crate) struct Postgres {
    port: u16,
    account: Account,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Makes a cluster (UTF-8, collation C, characters by Unicode, UTC, nothing synced to disk), starts it and waits until
    /// it answers.
    pub(crate) fn start() -> Self {
        let account = Account::for_server();
        let folder = tempfile::Builder::new()
            .prefix("syllabase-pg-")
            .tempdir()
            .unwrap();
        account.give(folder.path());
        let mut initdb = account.command("initdb", folder.path());
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync"]);
        initdb.args(["--locale=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8"]);
        initdb.arg("--pgdata=data");
        succeed(&mut initdb);
        let port = (0..ATTEMPTS_MAX)
            .find_map(|_| serve(&account, folder.path()))
            .unwrap_or_else(|| panic!("PostgreSQL found no free port"));
        Self {
            port,
            account,
            folder,
        }
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How to connect, as tokio-postgres and libpq read it.
    pub(crate) fn connection_string(&self) -> String {
        format!(
            "host=127.0.0.1 port={} user=postgres dbname=postgres",
            self.port
        )
    }

    /// Encrypts connections with a certificate from now on.
    pub(crate) fn encrypt(&self, certificate: &Path, key: &Path) {
        let data = self.folder.path().join("data");
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = data.join(name);
            fs::copy(from, &to).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
            self.account.give(&to);
        }
        self.psql("alter system set ssl = on");
        self.psql("select pg_reload_conf()");
    }

    /// Asks one login for its password from now on.
    pub(crate) fn ask_password(&self, user: &str) {
        let path = self.folder.path().join("data/pg_hba.conf");
        let rules = fs::read_to_string(&path).unwrap();
        let rule = format!("host all {user} 127.0.0.1/32 scram-sha-256\n");
        fs::write(&path, rule + &rules).unwrap();
        self.psql("select pg_reload_conf()");
    }

    /// Connects.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's connection needs no name and ends with the runtime"
    )]
    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) =
            tokio_postgres::connect(&self.connection_string(), tokio_postgres::NoTls)
                .await
                .unwrap();
        drop(tokio::spawn(connection));
        client
    }

    /// Makes the tables of a product, in a schema of its name, and loads the `<table>.csv` of a folder.
    /// References need not exist, and tables come one by one.
    pub(crate) fn fill(&self, product: &Product, folder: &Path) {
        let mut script = ddl(product, DdlPart::Tables);
        script.push_str("set session_replication_role = replica;\n");
        for table in &product.tables {
            script.push_str(&format!(
                "\\copy {} from '{}' with (format csv, header)\n",
                qualified(product, table.name.as_str()),
                folder.join(format!("{}.csv", table.name)).display()
            ));
        }
        self.psql(&script);
    }

    /// Runs a script in psql, stopping at the first error, and gives what it printed (`-At`).
    pub(crate) fn psql(&self, script: &str) -> String {
        let mut psql = self.account.command("psql", self.folder.path());
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-d", &self.connection_string()]);
        let mut running = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = running.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // Written aside: psql may fill its output before it has read all its input. It closes
            // its input early only when it stops at an error, which its exit code tells.
            scope.spawn(move || drop(input.write_all(script.as_bytes())));
            running.wait_with_output().unwrap()
        });
        accept("psql", output)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.account.command("pg_ctl", self.folder.path());
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata=data"]);
        // Best effort: a server that is gone already needs no stopping.
        drop(stop.output());
    }
}

/// A table's name with its product's, as SQL has it.
pub(crate) fn qualified(product: &Product, table: &str) -> String {
    format!(
        "{}.{}",
        quote_ident(product.name.as_str()),
        quote_ident(table)
    )
}

/// Starts the server of a cluster on a free port; `None` when the port was taken meanwhile.
fn serve(account: &Account, folder: &Path) -> Option<u16> {
    let probe = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
         -c synchronous_commit=off -c full_page_writes=off -c timezone=UTC -c log_timezone=UTC \
         -c max_connections=50 -c shared_buffers=64MB -c max_wal_size=4GB"
    );
    let mut start = account.command("pg_ctl", folder);
    start.args(["start", "--wait", "--silent", "--pgdata=data", "--log=log"]);
    start.args(["--timeout", WAIT_SECONDS_MAX, "--options", &options]);
    if start
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .status
        .success()
    {
        return Some(port);
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    assert!(
        log.contains("Address already in use"),
        "PostgreSQL does not start:\n{log}"
    );
    None
}

/// Who runs the server: it refuses to be root.
#[derive(Debug)]
struct Account(Option<(u32, u32)>);

impl Account {
    fn for_server() -> Self {
        if id("-u", None) != 0 {
            return Self(None);
        }
        Self(Some((
            id("-u", Some("postgres")),
            id("-g", Some("postgres")),
        )))
    }

    fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            chown(folder, Some(user), Some(group)).unwrap();
        }
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(Path::new(BINARIES).join(program));
        command.current_dir(folder).env("LC_ALL", "C");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

fn id(option: &str, user: Option<&str>) -> u32 {
    let output = Command::new("id").arg(option).args(user).output().unwrap();
    accept("id", output).trim().parse().unwrap()
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    accept(&format!("{command:?}"), output);
}

fn accept(what: &str, output: Output) -> String {
    assert!(
        output.status.success(),
        "{what} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
