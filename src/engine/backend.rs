//! Who is connected: what each session does, who may stop it, which advisory locks it holds.
//!
//! Functions that ask about sessions, or act on them, see those of their own database only.

mod locks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::engine::catalog::Catalog;
use crate::engine::stream::Activity;
use crate::pg::Fault;
use crate::threads::locked;

pub(crate) use locks::{Key, Locks, Mode, Span, Wish};

/// Warnings of running functions that wait for the session to send them, and states one
/// transaction exports.
const SAID: usize = 1_000;

/// All sessions of an engine.
#[derive(Debug, Default)]
pub(crate) struct Backends {
    sessions: Mutex<BTreeMap<u64, Arc<Backend>>>,
    next: AtomicU64,
    /// The advisory locks they hold.
    pub(crate) locks: Locks,
}

/// A connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The client's end.
    pub client: SocketAddr,
    /// Our end.
    pub server: SocketAddr,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

/// Where a session comes from and who it is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// What `pg_backend_pid()` says.
    pub(crate) process_id: i32,
    /// Its database.
    pub(crate) database: Arc<str>,
    /// Its role.
    pub(crate) role: Arc<str>,
    /// Its connection, if it has one.
    pub(crate) link: Option<Link>,
    /// Microseconds since 1970 UTC.
    pub(crate) started_at: i64,
}

impl Identity {
    /// The client's end of its connection.
    pub(crate) fn client(&self) -> Option<SocketAddr> {
        self.link.map(|link| link.client)
    }

    /// Our end of its connection.
    pub(crate) fn server(&self) -> Option<SocketAddr> {
        self.link.map(|link| link.server)
    }

    /// Whether nobody else can read it.
    pub(crate) fn encrypted(&self) -> bool {
        self.link.is_some_and(|link| link.encrypted)
    }
}

/// One session, as the others see it.
#[derive(Debug)]
pub(crate) struct Backend {
    /// Its number in this engine; process ids are given again.
    pub(crate) number: u64,
    /// Who it is.
    pub(crate) identity: Identity,
    activity: Activity,
    ended: CancellationToken,
    gone: AtomicBool,
    doing: Mutex<Doing>,
    said: Mutex<Vec<Fault>>,
    /// The states its transaction exported, by name.
    exports: Mutex<Vec<(String, Arc<Catalog>)>>,
}

/// What a session does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doing {
    /// `application_name`
    pub(crate) application: String,
    /// Between statements, and how.
    pub(crate) state: State,
    /// The last message.
    pub(crate) query: Arc<str>,
    /// When it came, microseconds since 1970 UTC.
    pub(crate) query_start: Option<i64>,
    /// When its transaction began.
    pub(crate) transaction_start: Option<i64>,
    /// When `state` was set.
    pub(crate) state_change: Option<i64>,
}

/// The states of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// No transaction.
    #[default]
    Idle,
    /// A statement runs.
    Active,
    /// In a transaction block.
    InTransaction,
    /// In a transaction block that failed.
    Aborted,
}

impl State {
    /// As `pg_stat_activity.state` says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Active => "active",
            Self::InTransaction => "idle in transaction",
            Self::Aborted => "idle in transaction (aborted)",
        }
    }
}

impl Backends {
    /// Adds a session; it is taken off when the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, identity: Identity, activity: Activity) -> Presence {
        let backend = Arc::new(Backend {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            identity,
            activity,
            ended: CancellationToken::new(),
            gone: AtomicBool::new(false),
            doing: Mutex::default(),
            said: Mutex::default(),
            exports: Mutex::default(),
        });
        locked(&self.sessions).insert(backend.number, Arc::clone(&backend));
        Presence {
            backends: Arc::clone(self),
            backend,
        }
    }

    /// The sessions of a database, the oldest first.
    pub(crate) fn of(&self, database: &str) -> Vec<Arc<Backend>> {
        let sessions = locked(&self.sessions);
        let own = sessions
            .values()
            .filter(|b| &*b.identity.database == database);
        own.cloned().collect()
    }

    /// A session of a database by its process id.
    pub(crate) fn find(&self, database: &str, process_id: i32) -> Option<Arc<Backend>> {
        let sessions = locked(&self.sessions);
        let found = sessions
            .values()
            .find(|b| b.identity.process_id == process_id && &*b.identity.database == database);
        found.cloned()
    }
}

impl Backend {
    /// What it does now.
    pub(crate) fn doing(&self) -> Doing {
        locked(&self.doing).clone()
    }

    /// Notes what it does now.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Doing)) {
        change(&mut locked(&self.doing));
    }

    /// Adds a warning to what its client is told next; one too many is left out.
    pub(crate) fn say(&self, warning: Fault) {
        let mut said = locked(&self.said);
        if said.len() < SAID {
            said.push(warning);
        }
    }

    /// The warnings since the last call.
    pub(crate) fn take_said(&self) -> Vec<Fault> {
        std::mem::take(&mut *locked(&self.said))
    }

    /// Lets other sessions read what its transaction reads, until that ends: the name to ask for.
    pub(crate) fn export(&self, catalog: &Arc<Catalog>) -> Option<String> {
        let mut exports = locked(&self.exports);
        let count = exports.len() + 1;
        let name = format!(
            "{:08X}-{:08X}-{count}",
            self.number, self.identity.process_id
        );
        (count <= SAID).then(|| {
            exports.push((name.clone(), Arc::clone(catalog)));
            name
        })
    }

    /// What was exported under a name.
    pub(crate) fn exported(&self, name: &str) -> Option<Arc<Catalog>> {
        let exports = locked(&self.exports);
        let found = exports.iter().find(|(known, _)| known == name);
        found.map(|(_, catalog)| Arc::clone(catalog))
    }

    /// Its transaction ended.
    pub(crate) fn forget_exports(&self) {
        locked(&self.exports).clear();
    }

    /// Cancels its statement, if one runs.
    pub(crate) fn cancel(&self) {
        self.activity.cancel();
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }

    /// Fires when it was ended by another session.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Whether it has left.
    pub(crate) fn gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    /// What it is doing, and how that is stopped.
    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }
}

/// A session's place among the others; dropping it gives its place and its locks back.
#[derive(Debug)]
pub(crate) struct Presence {
    /// All of them.
    pub(crate) backends: Arc<Backends>,
    /// This one.
    pub(crate) backend: Arc<Backend>,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.backend.gone.store(true, Ordering::SeqCst);
        locked(&self.backends.sessions).remove(&self.backend.number);
        self.backends.locks.leave(self.backend.number);
    }
}
