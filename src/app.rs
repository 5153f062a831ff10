//! Puts everything together: who is built with what, in which order, and how it all stops.
//!
//! [`fn@build`] is the whole composition; [`Server::run`] serves until it is told to stop. Nothing
//! else in the program knows who exists.

mod alert;
mod build;
mod nights;
mod probe;
mod stop;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Settings;
use crate::config::limits::SyncLimits;
use crate::pg::Fault;
use crate::schema::{self, Products};
use crate::snapshot;
use crate::sync::{Job, Night, Planned};
use crate::tenant;
use crate::tenant::Tenant;
use crate::tls;

pub use build::{Server, build};
pub use stop::on_signals;

/// Why the server cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings must not be served.
    #[error("{0}")]
    Unsafe(String),
    /// The log filter is no filter.
    #[error("log.filter cannot be understood")]
    Log(#[from] tracing_subscriber::filter::ParseError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The products.
    #[error(transparent)]
    Schema(#[from] schema::Error),
    /// The tenants.
    #[error(transparent)]
    Tenant(#[from] tenant::Error),
    /// The snapshots.
    #[error(transparent)]
    Snapshot(#[from] snapshot::Error),
    /// The engine.
    #[error("the engine does not start: {0}")]
    Engine(Fault),
    /// A folder of the server's own.
    #[error("cannot empty the spill folder")]
    Spill(#[source] io::Error),
    /// An address is taken, or is not this machine's.
    #[error("cannot listen on {at}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The runtime or its signals.
    #[error("the runtime does not start")]
    Runtime(#[source] io::Error),
}

/// The products this installation knows: the shipped ones, and those of the configured folder.
pub fn products(settings: &Settings) -> Result<Products, schema::Error> {
    let shipped = schema::builtin()?;
    let more = settings
        .schemas
        .as_deref()
        .map(schema::load_dir)
        .transpose()?;
    let all = shipped.iter().chain(more.iter().flat_map(Products::iter));
    Products::new(all.map(|product| product.as_ref().clone()))
}

/// The sync jobs of a tenant: one for each product that has a source and is known.
pub fn jobs(settings: &Settings, products: &Products, tenant: &Tenant) -> Vec<Job> {
    let sourced = tenant.products.iter().filter_map(|name| {
        let source = tenant.sources.get(name)?;
        Some((products.get(name)?, source))
    });
    sourced
        .map(|(product, source)| Job {
            tenant: tenant.id.clone(),
            product: Arc::clone(product),
            source: source.clone(),
            extra_columns: tenant.extra(&product.name),
            may_be_empty: tenant.empty(&product.name),
            limits: limits(settings, tenant),
            clocks: tenant.clocks.clone(),
            retention: snapshot::Policy {
                days: tenant.retention.days,
                at_least: usize::try_from(tenant.retention.at_least).unwrap_or(usize::MAX),
                month_ends: usize::try_from(tenant.retention.month_ends).unwrap_or(usize::MAX),
            },
            accept_shrinking: false,
            night: None,
        })
        .collect()
}

/// What a tenant's runs may use, and when: the server's limits, with what its schedule says otherwise.
fn limits(settings: &Settings, tenant: &Tenant) -> SyncLimits {
    let limits = &settings.limits.sync;
    let window = tenant.schedule.window.unwrap_or(limits.window);
    let spread = tenant.schedule.spread.unwrap_or(limits.spread);
    SyncLimits {
        window,
        // A night that begins after its window would never be tried again.
        spread: spread.min(window),
        ..limits.clone()
    }
}

/// The nights of a tenant: each job, and when it is to run.
pub fn planned(settings: &Settings, products: &Products, tenant: &Tenant) -> Vec<Planned> {
    let night = Night {
        at: tenant.schedule.time,
        zone: tenant.schedule.zone,
    };
    let jobs = jobs(settings, products, tenant).into_iter();
    jobs.map(|job| Planned { job, night }).collect()
}

/// The runtime that faces, sync and engine share.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("syllabase")
        .build()
        .map_err(Error::Runtime)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tenant::SourceSettings;

    #[test]
    fn a_tenant_has_its_own_window_and_spread() {
        let products = schema::builtin().unwrap();
        let product = products.iter().next().unwrap();
        let mut tenant = Tenant::new("acme".parse().unwrap(), vec![product.name.clone()]);
        let source = SourceSettings::Folder("/data".into());
        tenant.sources.insert(product.name.clone(), source);
        let settings = Settings::load(None, None).unwrap();
        let own = |tenant: &Tenant| {
            let limits = planned(&settings, &products, tenant).remove(0).job.limits;
            (limits.window, limits.spread)
        };
        let server = (settings.limits.sync.window, settings.limits.sync.spread);
        assert_eq!(own(&tenant), server);
        tenant.schedule.window = Some(Duration::from_mins(2));
        let (short, most) = (Duration::from_mins(2), server.1);
        assert!(short < most);
        assert_eq!(own(&tenant), (short, short));
        tenant.schedule.spread = Some(Duration::ZERO);
        assert_eq!(own(&tenant), (short, Duration::ZERO));
    }
}
