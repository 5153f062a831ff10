//! The state of a session that a transaction keeps or gives back.

use std::sync::Arc;

use crate::engine::catalog::Catalog;
use crate::pg::settings::Settings;

/// The settings at their four ages.
#[derive(Debug, Clone)]
pub(super) struct Layers {
    /// When the session began; what RESET goes back to.
    pub(super) base: Arc<Settings>,
    /// What stays when the transaction commits.
    session: Arc<Settings>,
    /// What holds now, SET LOCAL included.
    effective: Arc<Settings>,
    /// What comes back when the transaction rolls back.
    before: Option<Arc<Settings>>,
}

/// The settings at a savepoint.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    session: Arc<Settings>,
    effective: Arc<Settings>,
}

impl Layers {
    pub(super) fn new(settings: Settings) -> Self {
        let settings = Arc::new(settings);
        Self {
            base: Arc::clone(&settings),
            session: Arc::clone(&settings),
            effective: settings,
            before: None,
        }
    }

    pub(super) fn effective(&self) -> &Arc<Settings> {
        &self.effective
    }

    /// Takes over settings that were changed in a copy of [`Layers::session`] or
    /// [`Layers::effective`].
    pub(super) fn change<E>(
        &mut self,
        local: bool,
        mut change: impl FnMut(&mut Settings) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut effective = Settings::clone(&self.effective);
        change(&mut effective)?;
        if !local {
            let mut session = Settings::clone(&self.session);
            change(&mut session)?;
            self.session = Arc::new(session);
        } else if effective.knows_more_than(&self.session) {
            let mut session = Settings::clone(&self.session);
            session.learn(&effective);
            self.session = Arc::new(session);
        }
        self.effective = Arc::new(effective);
        Ok(())
    }

    pub(super) fn begin(&mut self) {
        // A block that takes in what came before it in its message goes back to before that.
        self.before.get_or_insert_with(|| Arc::clone(&self.session));
    }

    pub(super) fn end(&mut self, commit: bool) {
        if let (Some(before), false) = (self.before.take(), commit) {
            self.session = before;
        }
        self.effective = Arc::clone(&self.session);
    }

    /// Goes back to where the transaction began, which goes on.
    pub(super) fn back(&mut self) {
        if let Some(before) = &self.before {
            self.session = Arc::clone(before);
            self.effective = Arc::clone(before);
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            session: Arc::clone(&self.session),
            effective: Arc::clone(&self.effective),
        }
    }

    pub(super) fn back_to(&mut self, mark: &Mark) {
        self.session = Arc::clone(&mark.session);
        self.effective = Arc::clone(&mark.effective);
    }
}

/// A savepoint.
#[derive(Debug)]
pub(super) struct Savepoint {
    pub(super) name: String,
    pub(super) mark: Mark,
}

/// The transaction at hand: a block, or what the statements up to the next `end` share.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// A block was begun.
    pub(super) block: bool,
    pub(super) failed: bool,
    /// A query has run in it.
    pub(super) queried: bool,
    /// Microseconds since 1970 UTC.
    pub(super) start: Option<i64>,
    pub(super) savepoints: Vec<Savepoint>,
    /// What it reads, from its first statement on.
    pub(super) catalog: Option<Arc<Catalog>>,
}
