//! A server of ours for tests: its own folder, one tenant, a free port of 127.0.0.1.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use syllabase::clock::Clock;
use syllabase::config::{Folders, Limits, Secret};
use syllabase::engine::{Engine, EngineParts};
use syllabase::snapshot::Store;
use syllabase::tenant::{Allowed, Directory, Door, Files, Role, Tenant, Verifier};
use syllabase::tls::Certificate;
use syllabase::wire::{Shutdown, Wire};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::raw::Raw;

/// The role and its password.
pub(crate) const ROLE: &str = "reporting";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// How a test's server differs from the usual one.
#[derive(Default)]
pub(crate) struct House {
    pub(crate) limits: Limits,
    /// Makes a certificate, and refuses plain text.
    pub(crate) tls: bool,
    pub(crate) grace: Duration,
}

/// A running server; dropped, it is gone.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) folders: Folders,
    pub(crate) drain: CancellationToken,
    pub(crate) ended: CancellationToken,
    folder: tempfile::TempDir,
    runtime: Runtime,
}

impl Server {
    /// Starts a server with the tenant `acme`.
    pub(crate) fn start(house: House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        let folders = Folders {
            tenants: at("tenants"),
            snapshots: at("snapshots"),
            state: at("state"),
            spill: at("spill"),
        };
        put(&folders, &acme());
        let clock = Clock::system();
        let runtime = Runtime::new().unwrap();
        let inside = runtime.enter();
        let door = Door {
            require_encryption: house.tls,
        };
        let directory = Arc::new(Directory::open(&folders, door, &clock).unwrap());
        let certificate = house.tls.then(|| {
            let (certificate, key) = certify(folder.path());
            Arc::new(Certificate::load(&certificate, &key, &clock).unwrap())
        });
        let drain = CancellationToken::new();
        if let Some(certificate) = certificate.clone() {
            let drain = drain.clone();
            drop(runtime.spawn(async move { certificate.watch(drain).await }));
        }
        let engine = Engine::new(EngineParts {
            store: Store::open(&folders.snapshots, clock.clone()).unwrap(),
            products: syllabase::schema::builtin().unwrap(),
            limits: house.limits.clone(),
            clock,
            spill: folders.spill.clone(),
        })
        .unwrap();
        let wire = Wire::new(
            engine,
            Arc::clone(&directory),
            certificate,
            Arc::new(house.limits),
        );
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let ended = CancellationToken::new();
        let shutdown = Shutdown {
            drain: drain.clone(),
            grace: house.grace,
        };
        drop(runtime.spawn(directory.watch(drain.clone())));
        let end = ended.clone();
        drop(runtime.spawn(async move {
            wire.serve(listener, shutdown).await;
            end.cancel();
        }));
        drop(inside);
        Self {
            address,
            folders,
            drain,
            ended,
            folder,
            runtime,
        }
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where the test may put files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Logs in as the one role.
    pub(crate) fn log_in(&self) -> Raw {
        Raw::log_in(self.port(), "acme", ROLE, PASSWORD)
    }

    /// How libpq and tokio-postgres connect.
    pub(crate) fn connection_string(&self) -> String {
        format!(
            "host=127.0.0.1 port={} user={ROLE} dbname=acme password='{PASSWORD}'",
            self.port()
        )
    }

    /// Waits for a condition that the server brings about.
    pub(crate) fn wait_for(&self, within: Duration, mut condition: impl FnMut() -> bool) -> bool {
        let runtime = self.runtime.handle();
        runtime.block_on(async {
            let poll = async {
                while !condition() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(within, poll).await.is_ok()
        })
    }
}

/// The usual tenant: this machine may come in.
pub(crate) fn acme() -> Tenant {
    let products = ["learnink", "learnamp", "learning360"];
    let mut tenant = Tenant::new(
        "acme".parse().unwrap(),
        products.iter().map(|name| name.parse().unwrap()).collect(),
    );
    tenant.allow.push(Allowed {
        network: "127.0.0.0/8".parse().unwrap(),
        note: "tests".to_owned(),
    });
    tenant.roles.push(Role {
        name: ROLE.parse().unwrap(),
        verifier: Verifier::of(&Secret::new(PASSWORD.to_owned())).unwrap(),
        created: Clock::system().now(),
        expires: None,
        connections: None,
        allow: Vec::new(),
    });
    tenant
}

/// Writes a tenant's file, as the command line does.
pub(crate) fn put(folders: &Folders, tenant: &Tenant) {
    let files = Files::new(&folders.tenants);
    files.writer().unwrap().put(tenant).unwrap();
}

/// Makes a self-signed certificate for `localhost`.
pub(crate) fn certify(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (certificate, key) = (folder.join("server.crt"), folder.join("server.key"));
    let done = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "10"])
        .args([
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-out",
        ])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    (certificate, key)
}
