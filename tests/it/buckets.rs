//! Real servers of object stores for tests, each with one bucket, `acme`: moto's S3 from PyPI, and
//! Azurite, Microsoft's emulator, from npm. They are gone when dropped.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use syllabase::tenant::{SourceKeys, SourceSettings};

use crate::sources::{python, settings};

/// A running server.
pub(crate) struct Buckets {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
}

impl Buckets {
    /// One that speaks S3.
    pub(crate) fn s3() -> Self {
        let mut command = Command::new(python());
        command.arg(script("s3.py"));
        Self::start(command)
    }

    /// Azure's. `make test` installs it and says where.
    pub(crate) fn azure() -> Self {
        let modules = std::env::var_os("SYLLABASE_TEST_AZURITE");
        let modules = modules.expect("SYLLABASE_TEST_AZURITE, set by make test");
        let mut command = Command::new("node");
        command.arg(script("azurite.js")).env("NODE_PATH", modules);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut server = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            port: 0,
        };
        server.port = server.told().parse().unwrap();
        server.say("bucket\tacme");
        server
    }

    fn told(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn say(&mut self, words: &str) {
        writeln!(self.input, "{words}").unwrap();
        assert_eq!(self.told(), "done", "{words}");
    }

    /// Puts a file.
    pub(crate) fn put(&mut self, key: &str, file: &Path) {
        self.say(&format!("put\tacme\t{key}\t{}", file.display()));
    }

    /// Takes a file away.
    pub(crate) fn delete(&mut self, key: &str) {
        self.say(&format!("delete\tacme\t{key}"));
    }

    /// Puts all files of a folder below a prefix.
    pub(crate) fn put_folder(&mut self, prefix: &str, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let key = format!("{prefix}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                self.put_folder(&key, &path);
            } else {
                self.put(&key, &path);
            }
        }
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn script(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    tests.join("buckets").join(name)
}

/// What the command line says of how to reach an S3 server; the two halves of a key are in files.
pub(crate) fn reach(port: u16, folder: &Path) -> String {
    let [id, secret] = key(folder);
    format!(
        "--endpoint http://127.0.0.1:{port} --region eu-west-1 --access-key file:{} --credentials file:{}",
        id.display(),
        secret.display()
    )
}

fn key(folder: &Path) -> [PathBuf; 2] {
    [("id", "an-id\n"), ("secret", "a-secret\n")].map(|(name, text)| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    })
}

/// A prefix of the bucket of an S3 server as a source; the two halves of a key are in files.
pub(crate) fn bucket(port: u16, prefix: &str, folder: &Path) -> SourceSettings {
    let [id, secret] = key(folder);
    settings(SourceKeys {
        url: format!("s3://acme/{prefix}"),
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        region: Some("eu-west-1".to_owned()),
        access_key: Some(format!("file:{}", id.display())),
        credentials: Some(format!("file:{}", secret.display())),
        ..SourceKeys::default()
    })
}
