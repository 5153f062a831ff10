//! What others can see of a session, and what its own functions can.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{Kept, Session, State};
use crate::engine::backend::{Backend, Backends};
use crate::engine::statement::Statement;
use crate::engine::statement::cursor::Cursor;
use crate::ident::Oid;
use crate::pg::settings::Settings;

/// Plans made for the values at hand before one for all values is used, as PostgreSQL does it.
const CUSTOM_PLANS: i64 = 5;

/// What the functions of a statement can see of its session.
#[derive(Debug)]
pub(crate) struct Live {
    /// All sessions.
    pub(crate) backends: Arc<Backends>,
    /// This one.
    pub(crate) backend: Arc<Backend>,
    /// Its cursors and portals.
    pub(crate) cursors: Vec<Arc<Listed>>,
    /// Its prepared statements.
    pub(crate) kept: Arc<HashMap<String, Arc<Kept>>>,
    /// Its savepoints.
    pub(crate) depth: usize,
}

/// A cursor or portal, as `pg_cursors` shows it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// Its name.
    pub(crate) name: String,
    /// The message that declared it.
    pub(crate) statement: Arc<str>,
    /// WITH HOLD
    pub(crate) holdable: bool,
    /// BINARY
    pub(crate) binary: bool,
    /// Whether it goes back.
    pub(crate) scrollable: bool,
    /// Microseconds since 1970 UTC.
    pub(crate) created_at: i64,
}

/// How often a prepared statement was planned.
#[derive(Debug, Default)]
pub struct Uses {
    generic: AtomicI64,
    custom: AtomicI64,
}

impl Uses {
    /// How often for all values.
    pub(crate) fn generic(&self) -> i64 {
        self.generic.load(Ordering::Relaxed)
    }

    /// How often for the values at hand.
    pub(crate) fn custom(&self) -> i64 {
        self.custom.load(Ordering::Relaxed)
    }

    fn count(&self, parameters: &[Oid], settings: &Settings) {
        let mode = settings.raw("plan_cache_mode");
        let custom = !parameters.is_empty()
            && mode != "force_generic_plan"
            && (mode == "force_custom_plan" || self.custom() < CUSTOM_PLANS);
        let counter = if custom { &self.custom } else { &self.generic };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Session {
    /// Counts a use of a prepared statement.
    pub fn count_use(&self, kept: &Kept) {
        kept.uses.count(&kept.prepared.parameters, self.settings());
    }

    /// The present moment, microseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        self.engine.clock().micros()
    }

    /// Lists a portal that the protocol opened.
    pub fn open_portal(&mut self, name: &str, statement: Option<&Statement>) {
        let listed = Listed {
            name: name.to_owned(),
            statement: statement.map_or_else(|| Arc::from(""), |said| Arc::clone(said.text())),
            holdable: false,
            binary: false,
            scrollable: false,
            created_at: self.now(),
        };
        self.portals.insert(name.to_owned(), Arc::new(listed));
    }

    /// Lists a portal no more.
    pub fn close_portal(&mut self, name: &str) {
        self.portals.remove(name);
    }

    /// Lists no portal any more.
    pub fn close_portals(&mut self) {
        self.portals.clear();
    }

    /// What the functions of a statement can see.
    pub(super) fn live(&self) -> Arc<Live> {
        let cursors = self.cursors.values().map(Cursor::listed);
        let mut cursors: Vec<_> = cursors.chain(self.portals.values()).cloned().collect();
        cursors.sort_by(|a, b| a.name.cmp(&b.name));
        Arc::new(Live {
            backends: Arc::clone(&self.presence.backends),
            backend: Arc::clone(&self.presence.backend),
            cursors,
            kept: Arc::clone(&self.kept),
            depth: self.depth(),
        })
    }

    /// Notes for the other sessions that a message came.
    pub(super) fn note_message(&self, text: &str) {
        self.note_running(&Arc::from(text));
    }

    /// Notes for the other sessions what runs.
    pub(super) fn note_running(&self, query: &Arc<str>) {
        let now = self.now();
        self.note(State::Active, |doing| {
            doing.query = Arc::clone(query);
            doing.query_start = Some(now);
            doing.transaction_start.get_or_insert(now);
        });
    }

    /// Notes for the other sessions that nothing runs any more.
    pub(super) fn note_idle(&self) {
        let state = match (self.in_block(), self.failed()) {
            (false, _) => State::Idle,
            (true, false) => State::InTransaction,
            (true, true) => State::Aborted,
        };
        self.note(state, |doing| {
            if matches!(state, State::Idle | State::Aborted) {
                doing.transaction_start = None;
            }
        });
    }

    fn note(&self, state: State, change: impl FnOnce(&mut crate::engine::backend::Doing)) {
        let now = self.now();
        let application = self.settings().raw("application_name");
        self.presence.backend.note(|doing| {
            if doing.application != application {
                application.clone_into(&mut doing.application);
            }
            doing.state = state;
            doing.state_change = Some(now);
            change(doing);
        });
    }
}

#[cfg(test)]
impl Live {
    /// A session without others.
    pub(crate) fn alone(process_id: i32) -> Arc<Self> {
        let backends: Arc<Backends> = Arc::default();
        let identity = crate::engine::backend::Identity {
            process_id,
            database: Arc::from("acme"),
            role: Arc::from("reporting"),
            link: None,
            started_at: 0,
        };
        let presence = backends.enter(identity, crate::engine::stream::Activity::default());
        Arc::new(Self {
            backends: Arc::clone(&backends),
            backend: Arc::clone(&presence.backend),
            cursors: Vec::new(),
            kept: Arc::default(),
            depth: 0,
        })
    }
}
