//! Tenants' files, their sources and secrets, and their snapshots.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::Finding;
use crate::app;
use crate::cli::{Desk, Error};
use crate::config::SecretRef;
use crate::ident::{ProductName, TenantId};
use crate::schema::Products;
use crate::snapshot::{self, Store};
use crate::sync::{self, Planned, Standing, State};
use crate::telemetry;
use crate::tenant::Tenant;

pub(super) fn look(desk: &Desk, quick: bool) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let ids = desk.files().ids()?;
    // Without products nothing can be said of sources; that is a finding of its own.
    let products = app::products(&desk.settings).ok();
    let store = desk.snapshots()?;
    for id in &ids {
        let tenant = match desk.files().read(id) {
            Ok(tenant) => tenant,
            Err(error) => {
                let remedy = "correct that line; the last good version is in force until then";
                let what = format!("tenant {id}");
                findings.push(Finding::broken(what, telemetry::chain(&error), remedy));
                continue;
            }
        };
        findings.push(entry(desk, &tenant));
        findings.extend(secrets(&tenant));
        let planned = products
            .as_ref()
            .map(|products| nights(desk, products, &tenant));
        for product in &tenant.products {
            let nights = planned.iter().flatten();
            let night = nights
                .into_iter()
                .find(|one| one.job.product.name == *product);
            let patient = Patient {
                desk,
                store: &store,
                id,
                product,
                night,
            };
            if !quick {
                findings.extend(patient.source()?);
            }
            findings.push(patient.night());
            findings.extend(patient.snapshots(quick));
        }
    }
    if ids.is_empty() {
        findings.push(Finding::ok(
            "tenants",
            "none yet; syllabase tenant add makes one",
        ));
    }
    Ok(findings)
}

fn nights(desk: &Desk, products: &Products, tenant: &Tenant) -> Vec<Planned> {
    app::planned(&desk.settings, products, tenant)
}

/// Whether anybody can come in.
fn entry(desk: &Desk, tenant: &Tenant) -> Finding {
    let (id, now) = (&tenant.id, desk.clock.now());
    let what = format!("tenant {id}");
    let expired = |at: Option<_>| at.is_some_and(|at| at <= now);
    let roles = tenant.roles.iter();
    let expired: Vec<_> = roles.filter(|role| expired(role.expires)).collect();
    if tenant.allow.is_empty() {
        let remedy = format!("syllabase tenant allow {id} ADDRESS/32");
        Finding::warning(what, "no address is allowed: nobody can connect", remedy)
    } else if tenant.roles.is_empty() {
        let remedy = format!("syllabase tenant credentials add {id} ROLE --handover file:PATH");
        Finding::warning(what, "there is no role: nobody can log in", remedy)
    } else if let Some(role) = expired.first() {
        let name = &role.name;
        let found = format!("the password of role {name} has expired");
        let remedy =
            format!("syllabase tenant credentials rotate {id} {name} --handover file:PATH");
        Finding::warning(what, found, remedy)
    } else {
        Finding::ok(what, "its file is in order")
    }
}

/// Whether secrets of sources can be read, by those only who should.
fn secrets(tenant: &Tenant) -> Vec<Finding> {
    let sources = tenant.sources.iter();
    let each = sources.flat_map(|(product, source)| {
        let secrets = source.secrets().into_iter();
        secrets.map(move |secret| (product, secret))
    });
    each.map(|(product, secret)| {
        let what = format!("secret of {} {product}", tenant.id);
        if let Err(error) = secret.read() {
            let remedy = "put it there; it is read at every run";
            return Finding::broken(what, telemetry::chain(&error), remedy);
        }
        if let SecretRef::File(path) = secret
            && fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o007 != 0)
        {
            let found = format!("{} is open to every user of this machine", secret.shown());
            let remedy = format!("chmod o-rwx {}; have the secret changed", path.display());
            return Finding::broken(what, found, remedy);
        }
        Finding::ok(what, secret.shown())
    })
    .collect()
}

/// One product of one tenant.
struct Patient<'a> {
    desk: &'a Desk,
    store: &'a Store,
    id: &'a TenantId,
    product: &'a ProductName,
    night: Option<&'a Planned>,
}

impl Patient<'_> {
    fn source(&self) -> Result<Option<Finding>, Error> {
        let (id, product) = (self.id, self.product);
        let what = format!("source of {id} {product}");
        let Some(night) = self.night else {
            let remedy = format!("syllabase tenant source {id} {product} URL");
            let found = "none: its tables stay as they are";
            return Ok(Some(Finding::warning(what, found, remedy)));
        };
        self.desk
            .output
            .progress(&format!("looking at the source of {id} {product}"));
        let limits = &night.job.limits;
        let patience = limits.connect + limits.stall;
        let surveyed = app::runtime()?
            .block_on(async { tokio::time::timeout(patience, sync::survey(&night.job)).await });
        Ok(Some(match surveyed {
            Err(_) => {
                let found = format!("it said nothing for {} s", patience.as_secs());
                Finding::broken(what, found, "look at the source")
            }
            Ok(Err(error)) => {
                let remedy = format!("correct it, then: syllabase tenant check {id}");
                // Errors name the end of a path only.
                let found = format!("{}; it is {}", telemetry::chain(&error), night.job.source);
                Finding::broken(what, found, remedy)
            }
            Ok(Ok(found)) if !found.required.is_empty() => {
                let names = found.required.join(", ");
                let found = format!(
                    "required tables are missing in {}: {names}",
                    night.job.source
                );
                Finding::broken(what, found, "have them exported")
            }
            Ok(Ok(found)) => {
                let declared = night.job.product.tables.len();
                Finding::ok(what, format!("{} of {declared} tables", found.tables.len()))
            }
        }))
    }

    fn night(&self) -> Finding {
        let what = format!("nights of {} {}", self.id, self.product);
        let late = self.desk.settings.late();
        match Standing::of(self.store, self.id, self.product, self.night, late) {
            Err(error) => unreadable(what, &error),
            Ok(standing) => {
                let (state, remedy) =
                    (standing.state, format!("syllabase sync status {}", self.id));
                let found = state.as_str();
                match state {
                    State::Fresh => Finding::ok(what, found),
                    State::Never => Finding::warning(what, "nothing was loaded yet", remedy),
                    State::Late | State::Held | State::Failed => {
                        Finding::broken(what, found, remedy)
                    }
                }
            }
        }
    }

    /// The publish log without gaps, nothing of the future in it, and the newest files whole.
    fn snapshots(&self, quick: bool) -> Option<Finding> {
        let (id, product) = (self.id, self.product);
        let what = format!("snapshots of {id} {product}");
        let log = match self.store.log(id, product) {
            Ok(log) => log,
            Err(error) => return Some(unreadable(what, &error)),
        };
        let newest = log.last()?;
        let gap = (1..)
            .zip(&log)
            .find(|(number, entry)| *number != entry.number);
        if let Some((number, _)) = gap {
            let found = format!("number {number} is missing in the publish log");
            let remedy = "restore published/ of that product from a backup";
            return Some(Finding::broken(what, found, remedy));
        }
        if newest.published_at > self.desk.clock.now() {
            let found = format!("number {} was published in the future", newest.number);
            let remedy = "set the clock right; what is read as of a day is by these times";
            return Some(Finding::broken(what, found, remedy));
        }
        if quick {
            // What others noticed; the rest is found by reading.
            let damage = self.store.damage(id, product).unwrap_or_default();
            let mut damage = damage.iter();
            let found = damage.find_map(|one| Some((one.table.as_ref()?, one)));
            return Some(match found {
                Some((table, one)) => {
                    let found = format!("table {table} is damaged: {}: {}", one.path, one.reason);
                    Finding::broken(what, found, format!("syllabase sync run {id} {product}"))
                }
                None => Finding::ok(what, format!("{} in the log", log.len())),
            });
        }
        self.desk
            .output
            .progress(&format!("reading the newest snapshot of {id} {product}"));
        let verified = self.store.current(id, product).and_then(|current| {
            let current = current.as_deref();
            current
                .map(|current| self.store.verify(current))
                .transpose()
        });
        Some(match verified {
            Ok(read) => {
                let (files, _) = read.unwrap_or_default();
                let found = format!("{} in the log, {files} files as published", log.len());
                Finding::ok(what, found)
            }
            Err(error) => unreadable(what, &error),
        })
    }
}

fn unreadable(what: String, error: &snapshot::Error) -> Finding {
    let remedy = "syllabase sync run loads damaged tables anew; else snapshot list, then snapshot rollback to a whole one; look at the disk";
    Finding::broken(what, telemetry::chain(error), remedy)
}
