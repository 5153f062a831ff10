//! The engine that all sessions share, and how a session begins.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use datafusion::catalog::TableProvider;

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
use crate::engine::stream::Activity;
use crate::engine::table::SnapshotTable;
use crate::ident::{ProductName, RoleName, TenantId};
use crate::pg::settings::Settings;
use crate::pg::{ClientFault, Fault, Severity};
use crate::schema::Products;
use crate::snapshot::{self, Pin, Store};
use crate::telemetry;
use crate::tenant::Admission;

/// Catalogs kept for the next statement; one per tenant and role that is active.
const CATALOGS: usize = 4_096;

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

/// What names mean, per tenant and role.
#[derive(Debug)]
struct Served {
    store: Store,
    products: Products,
    declarations: Declarations,
    /// Microseconds since 1970 UTC.
    started_at: i64,
    catalogs: Mutex<HashMap<(TenantId, RoleName), Current>>,
}

/// A catalog and the snapshots it was made of.
#[derive(Debug)]
struct Current {
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
}

impl Served {
    /// The catalog of the last statement, when no product has a newer snapshot.
    fn unchanged(&self, admission: &Admission) -> Result<Option<Arc<Catalog>>, Fault> {
        let key = (admission.tenant().clone(), admission.role().clone());
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
        let number = |pin: &Option<Pin>| pin.as_ref().map_or(0, |pin| pin.published().number);
        let numbers: Vec<u64> = pins.iter().map(|(_, pin)| number(pin)).collect();
        let key = (admission.tenant().clone(), admission.role().clone());
        let mut catalogs = self.catalogs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = catalogs.get(&key)
            && current.numbers == numbers
        {
            return Ok(Arc::clone(&current.catalog));
        }
        let products = pins
            .iter()
            .filter_map(|(product, pin)| self.part(product, pin.as_ref()));
        let catalog = Arc::new(Catalog::new(Parts {
            database: Arc::from(admission.tenant().as_str()),
            role: Arc::from(admission.role().as_str()),
            products: products.collect(),
            started_at: self.started_at,
        }));
        if catalogs.len() >= CATALOGS {
            // What is in use lives on in its sessions; the rest is made again when asked for.
            catalogs.clear();
        }
        catalogs.insert(
            key,
            Current {
                numbers,
                catalog: Arc::clone(&catalog),
            },
        );
        Ok(catalog)
    }

    /// One product at its snapshot; one that this server does not know is not served.
    fn part(&self, product: &ProductName, pin: Option<&Pin>) -> Option<ProductPart> {
        let declared = self.declarations.get(product)?;
        let tables = self.products.get(product)?.tables.iter().map(|table| {
            let entry = pin.and_then(|pin| pin.published().table(table.name.as_str()));
            let provider = pin.and_then(|pin| SnapshotTable::new(table, &self.store, pin));
            TablePart {
                provider: provider.map(|table| Arc::new(table) as Arc<dyn TableProvider>),
                rows: entry.map_or(0, |entry| entry.rows),
                bytes: entry.map_or(0, |entry| entry.bytes),
            }
        });
        Some(ProductPart {
            declared: Arc::clone(declared),
            tables: tables.collect(),
        })
    }
}

fn fault_of(error: &snapshot::Error) -> Fault {
    tracing::error!(
        error = telemetry::chain(error),
        "a snapshot cannot be pinned"
    );
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
            tenant: Arc::from(admission.tenant().as_str()),
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
        };
        session.note_idle();
        Ok(session)
    }

    /// Who this session is.
    pub(crate) fn admission(&self) -> &Admission {
        &self.admission
    }
}
