//! The engine that all sessions share, and how a session begins.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::catalog::TableProvider;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::state::{Layers, Transaction};
use super::{Session, Wishes};
use crate::clock::Clock;
use crate::config::limits::Limits;
use crate::engine::backend::{Backends, Identity};
use crate::engine::catalog::declared::Declarations;
use crate::engine::catalog::{Catalog, Parts, ProductPart, TablePart};
use crate::engine::exec::{Local, Planning};
use crate::engine::govern::{Governor, incident};
use crate::engine::plan::Planners;
use crate::engine::status::Status;
use crate::engine::stream::Activity;
use crate::engine::table::SnapshotTable;
use crate::ident::{ProductName, RoleName, TenantId};
use crate::pg::settings::Settings;
use crate::pg::{ClientFault, Fault, Severity, SqlState};
use crate::schema::{Product, Products};
use crate::snapshot::{self, Pin, Store};
use crate::telemetry;
use crate::tenant::Admission;

/// Catalogs kept for the next statement; one per tenant and role that is active.
const CATALOGS: usize = 4_096;

/// How often snapshots are let go of that nobody reads any more.
const LET_GO_EVERY: Duration = Duration::from_secs(5);

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    /// The snapshots.
    pub store: Store,
    /// The products that can be served.
    pub products: Products,
    /// Every bound.
    pub limits: Limits,
    /// What time it is.
    pub clock: Clock,
    /// Where statements spill; an empty folder of ours.
    pub spill: PathBuf,
}

/// What all sessions share: schemas, snapshots, limits and the runtime that executes.
#[derive(Debug)]
pub struct Engine {
    governor: Governor,
    clock: Clock,
    planners: Planners,
    planning: Planning,
    local: Local,
    served: Arc<Served>,
    backends: Arc<Backends>,
}

/// Whose catalog of the past: a database, a role, a time.
type Journey = (String, RoleName, DateTime<Utc>);

/// What names mean, per database and role.
#[derive(Debug)]
struct Served {
    store: Store,
    products: Products,
    declarations: Declarations,
    /// Microseconds since 1970 UTC.
    started_at: i64,
    catalogs: Mutex<HashMap<(String, RoleName), Current>>,
    /// Catalogs of the past that sessions hold.
    journeys: Mutex<HashMap<Journey, Weak<Catalog>>>,
}

/// A catalog and the snapshots it was made of.
#[derive(Debug)]
struct Current {
    tenant: TenantId,
    products: Vec<ProductName>,
    numbers: Vec<u64>,
    catalog: Arc<Catalog>,
}

impl Engine {
    /// Starts an engine: its planning threads and its execution threads.
    pub fn new(parts: EngineParts) -> Result<Arc<Self>, Fault> {
        // More than processors: planning that a client gave up on runs to its end, and the others
        // must not wait for it.
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .max(4)
            * 2;
        let declarations = Declarations::new(&parts.products)
            .map_err(|error| incident("products cannot be served", &telemetry::chain(&error)))?;
        Ok(Arc::new(Self {
            planners: Planners::start(threads, parts.limits.memory.thread_stack_bytes)?,
            planning: Planning::new(&parts.limits)?,
            local: Local::start(&parts.limits)?,
            governor: Governor::new(parts.limits, parts.spill),
            served: Arc::new(Served {
                store: parts.store,
                products: parts.products,
                declarations,
                started_at: parts.clock.micros(),
                catalogs: Mutex::default(),
                journeys: Mutex::default(),
            }),
            clock: parts.clock,
            backends: Arc::default(),
        }))
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.governor.limits()
    }

    pub(crate) fn governor(&self) -> &Governor {
        &self.governor
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn planners(&self) -> &Planners {
        &self.planners
    }

    pub(crate) fn planning(&self) -> &Planning {
        &self.planning
    }

    pub(crate) fn local(&self) -> &Local {
        &self.local
    }

    /// What names mean to a tenant now: pins the newest snapshot of each of its products.
    pub(super) async fn catalog(&self, admission: &Admission) -> Result<Arc<Catalog>, Fault> {
        // One look per product tells whether anything is new; making a catalog takes longer.
        if let Some(catalog) = self.served.unchanged(admission)? {
            return Ok(catalog);
        }
        let (served, admission) = (Arc::clone(&self.served), admission.clone());
        self.planners.run(move || served.catalog(&admission)).await
    }

    /// Until `stop`, lets go of snapshots that are not the newest any more: what a role read last is
    /// kept for its next statement, which may never come, and would keep files that were erased.
    pub async fn let_go(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LET_GO_EVERY) => {}
            }
            let served = Arc::clone(&self.served);
            let looked = tokio::task::spawn_blocking(move || served.let_go()).await;
            if looked.is_err() {
                error!("looking for snapshots to let go of broke down");
            }
        }
    }

    /// What names meant to a tenant at a time that is past.
    pub(super) async fn catalog_at(
        &self,
        admission: &Admission,
        moment: DateTime<Utc>,
    ) -> Result<Arc<Catalog>, Fault> {
        let (served, admission) = (Arc::clone(&self.served), admission.clone());
        let work = move || served.catalog_at(&admission, moment);
        self.planners.run(work).await
    }
}

impl Served {
    fn let_go(&self) {
        let catalogs = || self.catalogs.lock().unwrap_or_else(PoisonError::into_inner);
        // Looking takes files; statements do not wait for it.
        let known: Vec<_> = {
            let catalogs = catalogs();
            let known = catalogs.iter().map(|(key, now)| {
                let places = (now.tenant.clone(), now.products.clone());
                (key.clone(), places, now.numbers.clone())
            });
            known.collect()
        };
        for (key, (tenant, products), numbers) in known {
            let newest = products.iter().map(|product| {
                let newest = self.store.current(&tenant, product);
                newest.map(|newest| newest.map_or(0, |newest| newest.number))
            });
            // What cannot be looked at is left to the next statement, which says why.
            let newest: Result<Vec<u64>, _> = newest.collect();
            if newest.is_ok_and(|newest| newest != numbers) {
                let mut catalogs = catalogs();
                if catalogs.get(&key).is_some_and(|now| now.numbers == numbers) {
                    catalogs.remove(&key);
                }
            }
        }
    }

    /// The catalog of the last statement, when no product has a newer snapshot.
    fn unchanged(&self, admission: &Admission) -> Result<Option<Arc<Catalog>>, Fault> {
        let key = (admission.database(), admission.role().clone());
        let known = {
            let catalogs = self.catalogs.lock().unwrap_or_else(PoisonError::into_inner);
            catalogs
                .get(&key)
                .map(|now| (now.numbers.clone(), Arc::clone(&now.catalog)))
        };
        let Some((numbers, catalog)) = known else {
            return Ok(None);
        };
        if numbers.len() != admission.products().len() {
            return Ok(None);
        }
        for (product, number) in admission.products().iter().zip(numbers) {
            let newest = self.store.current(admission.tenant(), product);
            let newest = newest.map_err(|error| fault_of(&error))?;
            if newest.map_or(0, |newest| newest.number) != number {
                return Ok(None);
            }
        }
        Ok(Some(catalog))
    }

    fn catalog(&self, admission: &Admission) -> Result<Arc<Catalog>, Fault> {
        let mut pins = Vec::with_capacity(admission.products().len());
        for product in admission.products() {
            let pin = self.store.pin_current(admission.tenant(), product);
            pins.push((product, pin.map_err(|error| fault_of(&error))?));
        }
        let numbers: Vec<u64> = pins.iter().map(|(_, pin)| number(pin.as_ref())).collect();
        let key = (admission.database(), admission.role().clone());
        let mut catalogs = self.catalogs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = catalogs.get(&key)
            && current.numbers == numbers
        {
            return Ok(Arc::clone(&current.catalog));
        }
        let catalog = self.make(admission, &pins, None)?;
        if catalogs.len() >= CATALOGS {
            // What is in use lives on in its sessions; the rest is made again when asked for.
            catalogs.clear();
        }
        catalogs.insert(
            key,
            Current {
                tenant: admission.tenant().clone(),
                products: admission.products().to_vec(),
                numbers,
                catalog: Arc::clone(&catalog),
            },
        );
        Ok(catalog)
    }

    /// What names meant at a time that is past, with every product as it was published then. A
    /// product that was not yet published has empty tables, as on its first day.
    fn catalog_at(
        &self,
        admission: &Admission,
        moment: DateTime<Utc>,
    ) -> Result<Arc<Catalog>, Fault> {
        let key = (admission.database(), admission.role().clone(), moment);
        let journeys = || self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(catalog) = journeys().get(&key).and_then(Weak::upgrade) {
            return Ok(catalog);
        }
        let mut pins = Vec::with_capacity(admission.products().len());
        for product in admission.products() {
            let pin = self.pin_at(admission.tenant(), product, moment);
            pins.push((product, pin.map_err(|error| fault_of(&error))?));
        }
        if pins.iter().all(|(_, pin)| pin.is_none()) {
            return Err(self.too_early(admission, moment));
        }
        let catalog = self.make(admission, &pins, Some(moment))?;
        let mut journeys = journeys();
        // As many are left as sessions travel.
        journeys.retain(|_, catalog| catalog.strong_count() > 0);
        journeys.insert(key, Arc::downgrade(&catalog));
        Ok(catalog)
    }

    fn pin_at(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        moment: DateTime<Utc>,
    ) -> Result<Option<Pin>, snapshot::Error> {
        let Some(then) = self.store.at(tenant, product, moment)? else {
            return Ok(None);
        };
        match self.store.pin(&then) {
            // Retention was faster, and the store says what is left; or rows were erased from it.
            Err(snapshot::Error::Expired(_)) => match self.store.at(tenant, product, moment)? {
                Some(then) => self.store.pin(&then).map(Some),
                None => Ok(None),
            },
            pinned => pinned.map(Some),
        }
    }

    /// Nothing at all had been published by then.
    fn too_early(&self, admission: &Admission, moment: DateTime<Utc>) -> Fault {
        let first = |product| {
            self.store
                .log(admission.tenant(), product)
                .ok()?
                .into_iter()
                .next()
        };
        let published = admission.products().iter().filter_map(first);
        let oldest = published.map(|entry| entry.published_at).min();
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let fault = Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("nothing had been published by {}", text(moment)),
        );
        match oldest {
            Some(oldest) => fault.detail(format!(
                "The oldest snapshot was published at {}.",
                text(oldest)
            )),
            None => fault.detail("Nothing has been published yet."),
        }
    }

    fn make(
        &self,
        admission: &Admission,
        pins: &[(&ProductName, Option<Pin>)],
        until: Option<DateTime<Utc>>,
    ) -> Result<Arc<Catalog>, Fault> {
        let mut products = Vec::with_capacity(pins.len() + 1);
        for (product, pin) in pins {
            products.extend(self.part(product, pin.as_ref())?);
        }
        let known = pins.iter();
        let known = known.map(|(product, pin)| ((*product).clone(), number(pin.as_ref())));
        let store = self.store.clone();
        let status = Status::new(store, admission.tenant().clone(), known.collect(), until);
        if let Some(declared) = self.declarations.status() {
            products.push(ProductPart {
                tables: status.tables(&declared.tables),
                declared: Arc::clone(declared),
            });
        }
        Ok(Arc::new(Catalog::new(Parts {
            database: admission.database().into(),
            role: Arc::from(admission.role().as_str()),
            products,
            started_at: self.started_at,
            status: Some(status),
        })))
    }

    /// One product at its snapshot; one that this server does not know is not served.
    fn part(&self, product: &ProductName, pin: Option<&Pin>) -> Result<Option<ProductPart>, Fault> {
        let Some(own) = self.products.get(product) else {
            return Ok(None);
        };
        let extended = pin.and_then(|pin| extended(own, pin));
        let declared = match &extended {
            None => self.declarations.get(product).map(Arc::clone),
            Some(extended) => Some(self.declarations.extended(extended).map_err(|error| {
                incident(
                    "undeclared columns cannot be served",
                    &telemetry::chain(&error),
                )
            })?),
        };
        let Some(declared) = declared else {
            return Ok(None);
        };
        let tables = &extended.as_ref().unwrap_or(own).tables;
        let tables = tables.iter().map(|table| {
            let entry = pin.and_then(|pin| pin.published().table(table.name.as_str()));
            let provider = pin.and_then(|pin| SnapshotTable::new(table, &self.store, pin));
            TablePart {
                provider: provider.map(|table| Arc::new(table) as Arc<dyn TableProvider>),
                rows: entry.map_or(0, |entry| entry.rows),
                bytes: entry.map_or(0, |entry| entry.bytes),
            }
        });
        Ok(Some(ProductPart {
            tables: tables.collect(),
            declared,
        }))
    }
}

/// The product with the undeclared columns that a snapshot serves; None when it serves none.
fn extended(product: &Product, pin: &Pin) -> Option<Product> {
    let tables = pin.published().manifest.tables.iter();
    let tables = tables.filter(|(_, entry)| !entry.extra.is_empty());
    let extra: BTreeMap<_, _> = tables
        .map(|(name, entry)| (name.clone(), entry.extra.clone()))
        .collect();
    (!extra.is_empty()).then(|| product.with_extra(&extra))
}

fn number(pin: Option<&Pin>) -> u64 {
    pin.map_or(0, |pin| pin.published().number)
}

fn fault_of(error: &snapshot::Error) -> Fault {
    // To ask for what is gone is no fault of ours.
    if !matches!(error, snapshot::Error::TooOld { .. }) {
        tracing::error!(
            error = telemetry::chain(error),
            "a snapshot cannot be pinned"
        );
    }
    error.client_fault()
}

impl Session {
    /// Opens a session for an admitted client.
    ///
    /// # Errors
    /// FATAL with the refusal of a setting that does not exist or take the value wished for.
    pub fn open(engine: &Arc<Engine>, admission: Admission, wishes: Wishes) -> Result<Self, Fault> {
        let mut settings = Settings::default();
        let path: Vec<&str> = admission
            .products()
            .iter()
            .map(ProductName::as_str)
            .collect();
        let timeout = engine.limits().statement.timeout.as_millis().to_string();
        let path = [path, vec!["public"]].concat().join(", ");
        settings.set_by_server("search_path", &path)?;
        settings.set_by_server("statement_timeout", &timeout)?;
        settings.set_by_server("session_authorization", admission.role().as_str())?;
        if let Some(as_of) = admission.as_of() {
            settings.fix_as_of(as_of)?;
        }
        let Wishes {
            settings: wished,
            process_id,
            link,
        } = wishes;
        for (name, value) in &wished {
            settings.set_at_start(name, value).map_err(|fault| Fault {
                severity: Severity::Fatal,
                ..fault
            })?;
        }
        let activity = Activity::default();
        let identity = Identity {
            process_id,
            database: admission.database().into(),
            role: Arc::from(admission.role().as_str()),
            link,
            started_at: engine.clock.micros(),
        };
        let session = Self {
            engine: Arc::clone(engine),
            admission,
            presence: engine.backends.enter(identity, activity.clone()),
            layers: Layers::new(settings),
            transaction: Transaction::default(),
            kept: Arc::default(),
            cursors: HashMap::new(),
            several: false,
            portals: HashMap::new(),
            notices: Vec::new(),
            reported: HashMap::new(),
            activity,
            names: Weak::new(),
            journey: None,
        };
        session.note_idle();
        Ok(session)
    }

    /// Who this session is.
    pub(crate) fn admission(&self) -> &Admission {
        &self.admission
    }
}
