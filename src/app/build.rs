//! The composition: settings → products → certificate → directory → store → engine → faces →
//! schedule.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::alert::Alerts;
use super::nights::Nights;
use super::probe::Probe;
use super::{Error, products};
use crate::clock::Clock;
use crate::config::Settings;
use crate::engine::{Engine, EngineParts};
use crate::schema::Products;
use crate::snapshot::Store;
use crate::sync::{Planned, Schedule};
use crate::telemetry;
use crate::tenant::{Directory, Door};
use crate::tls::Certificate;
use crate::wire::{Shutdown, Wire};

/// A server that listens and waits to be run.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    directory: Arc<Directory>,
    store: Store,
    engine: Arc<Engine>,
    certificate: Option<Arc<Certificate>>,
    wire: Arc<Wire>,
    schedule: Schedule,
    listeners: Vec<TcpListener>,
    probe: Option<(TcpListener, Probe)>,
    alerts: Option<Alerts>,
}

/// Builds a server and takes its addresses; nobody is answered before [`Server::run`].
pub async fn build(settings: Settings, clock: &Clock) -> Result<Server, Error> {
    if let Some(reason) = settings.refusal() {
        return Err(Error::Unsafe(reason));
    }
    let products = products(&settings)?;
    let certificate = match &settings.tls {
        Some(files) => Some(Arc::new(Certificate::load(
            &files.certificate,
            &files.key,
            clock,
        )?)),
        None => None,
    };
    let door = Door {
        require_encryption: certificate.is_some(),
    };
    let directory = Arc::new(Directory::open(&settings.folders, door, clock)?);
    let store = Store::open(&settings.folders.snapshots, clock.clone())?;
    empty(&settings.folders.spill).map_err(Error::Spill)?;
    let engine = Engine::new(EngineParts {
        store: store.clone(),
        products: products.clone(),
        limits: settings.limits.clone(),
        clock: clock.clone(),
        spill: settings.folders.spill.clone(),
    })
    .map_err(Error::Engine)?;
    let wire = Wire::new(
        Arc::clone(&engine),
        Arc::clone(&directory),
        certificate.clone(),
        Arc::new(settings.limits.clone()),
    );
    let nights = Nights::new(&directory, &store, &products, &settings);
    let alerts = settings.alerts.webhook.clone();
    let alerts = alerts.map(|to| Alerts::new(nights.clone(), to, clock, &settings.folders.state));
    let plan = nightly(&settings, &directory, products);
    let schedule = Schedule::new(store.clone(), settings.limits.sync.runs, plan);
    let mut listeners = Vec::with_capacity(settings.listen.len());
    for at in &settings.listen {
        listeners.push(listen(*at).await?);
    }
    let probe = match settings.probe {
        Some(at) => Some((
            listen(at).await?,
            Probe::new(&directory, nights, &store, certificate.as_ref(), clock),
        )),
        None => None,
    };
    Ok(Server {
        settings,
        directory,
        store,
        engine,
        certificate,
        wire,
        schedule,
        listeners,
        probe,
        alerts,
    })
}

/// What the schedule asks for at every look: the jobs of all tenants as their files are then.
fn nightly(
    settings: &Settings,
    directory: &Arc<Directory>,
    products: Products,
) -> impl Fn() -> Vec<Planned> + use<> {
    let (settings, directory) = (settings.clone(), Arc::clone(directory));
    move || {
        let tenants = directory.tenants();
        let planned = tenants.iter();
        let planned = planned.flat_map(|tenant| super::planned(&settings, &products, tenant));
        planned.collect()
    }
}

async fn listen(at: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(at)
        .await
        .map_err(|source| Error::Listen { at, source })
}

/// Makes the spill folder and throws away what an earlier process left there.
fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

impl Server {
    /// The addresses that are listened on: the true port where port 0 was asked for.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.listeners.iter().map(TcpListener::local_addr);
        addresses.filter_map(Result::ok).collect()
    }

    /// Serves until `stop`: then nobody new comes in, running statements have the grace, syncs end
    /// at a step boundary.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut start = |name: &'static str, task: BoxedTask| {
            tasks.spawn(async move {
                if let Err(error) = telemetry::spawn(name, task).await {
                    error!(name, %error, "a task of the server ended by accident");
                }
            });
        };
        for address in self.addresses() {
            info!(%address, encrypted = self.certificate.is_some(), "serving");
        }
        if self.certificate.is_none() && self.listens_to_the_network() {
            warn!("serving the network without TLS, as the server file asks");
        }
        for listener in self.listeners {
            let shutdown = Shutdown {
                drain: stop.clone(),
                grace: self.settings.grace,
            };
            let wire = Arc::clone(&self.wire);
            start("wire", Box::pin(wire.serve(listener, shutdown)));
        }
        start(
            "directory",
            Box::pin(Arc::clone(&self.directory).watch(stop.clone())),
        );
        let (store, until) = (self.store.clone(), stop.clone());
        start(
            "snapshots",
            Box::pin(async move { store.follow(until.cancelled()).await }),
        );
        let (engine, until) = (self.engine, stop.clone());
        start(
            "catalogs",
            Box::pin(async move { engine.let_go(until).await }),
        );
        if let Some(certificate) = self.certificate.clone() {
            let until = stop.clone();
            start(
                "certificate",
                Box::pin(async move { certificate.watch(until).await }),
            );
        }
        if let Some((listener, probe)) = self.probe {
            start("probe", Box::pin(probe.serve(listener, stop.clone())));
        }
        if let Some(alerts) = self.alerts {
            start("alerts", Box::pin(alerts.run(stop.clone())));
        }
        let (schedule, until) = (self.schedule, stop.clone());
        start(
            "schedule",
            Box::pin(async move { schedule.run(until).await }),
        );
        while tasks.join_next().await.is_some() {}
        info!("stopped");
    }

    fn listens_to_the_network(&self) -> bool {
        self.addresses().iter().any(|at| !at.ip().is_loopback())
    }
}

type BoxedTask = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
