//! The program itself, as tests run it: its commands, and a server that is gone when dropped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};

/// The program under test.
pub(crate) const SYLLABASE: &str = env!("CARGO_BIN_EXE_syllabase");

/// A command of the program on one data folder.
pub(crate) fn syllabase(data: &Path) -> Command {
    let mut command = Command::new(SYLLABASE);
    command.env_remove("SYLLABASE_CONFIG");
    command.arg("--data").arg(data).stdin(Stdio::null());
    command
}

/// Runs a program that has to succeed; gives what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The password on a connection sheet.
pub(crate) fn password(sheet: &str) -> String {
    let line = sheet.lines().find_map(|line| line.strip_prefix("password"));
    line.unwrap().trim().to_owned()
}

/// Logs in on 127.0.0.1.
pub(crate) async fn enter(
    port: u16,
    database: &str,
    role: &str,
    password: &str,
) -> Result<Client, Error> {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).dbname(database);
    config.user(role).password(password);
    connect(&config).await
}

/// Connects without TLS.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's connection needs no name and ends with the runtime"
)]
pub(crate) async fn connect(config: &Config) -> Result<Client, Error> {
    let (client, connection) = config.connect(NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}

/// The rows a statement answers, values between bars, `∅` for NULL.
pub(crate) async fn rows(client: &Client, statement: &str) -> Vec<String> {
    let messages = client.simple_query(statement).await;
    let messages = messages.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    let row = |message: &SimpleQueryMessage| {
        let SimpleQueryMessage::Row(row) = message else {
            return None;
        };
        let values = (0..row.len()).map(|at| row.get(at).unwrap_or("∅"));
        Some(values.collect::<Vec<_>>().join("|"))
    };
    messages.iter().filter_map(row).collect()
}

/// A server that runs as a process of its own; dropped, it is gone.
pub(crate) struct Served {
    child: Child,
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
}

impl Served {
    /// Serves a data folder on a free port.
    pub(crate) fn start(data: &Path) -> Self {
        Self::begin(syllabase(data).args(["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts a command that serves on a free port and waits until it says where.
    pub(crate) fn begin(command: &mut Command) -> Self {
        Self::wait(command.stderr(Stdio::null()))
    }

    /// The same with its log in a file.
    pub(crate) fn logging(command: &mut Command, log: &Path) -> Self {
        Self::wait(command.stderr(File::create(log).unwrap()))
    }

    fn wait(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said =
            lines.find_map(|line| Some(line.unwrap().strip_prefix("serving on ")?.to_owned()));
        let said = said.expect("the server says where it serves");
        let port = said.split(';').next().unwrap().rsplit(':').next();
        Self {
            port: port.unwrap().parse().unwrap(),
            child,
        }
    }

    /// Asks the process to stop; its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// Ends the process at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has usually ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
