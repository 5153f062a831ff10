//! Transaction blocks, savepoints and the context statements run in.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::state::{Savepoint, Transaction};
use super::{Rendering, Session};
use crate::engine::catalog::Catalog;
use crate::engine::functions::system::{format_reg, parse_reg};
use crate::engine::functions::{Context, Failure};
use crate::engine::statement::cursor;
use crate::pg::settings::{AS_OF, Settings};
use crate::pg::text::scalar::read_oid;
use crate::pg::{Fault, SqlState};

/// Savepoints one transaction may have.
const SAVEPOINTS: usize = 10_000;

impl Session {
    /// Whether a transaction block is open.
    pub(crate) fn in_block(&self) -> bool {
        self.transaction.block
    }

    /// Whether statements are in a block, begun or made by the message they came in.
    pub(crate) fn together(&self) -> bool {
        self.transaction.block || self.several
    }

    /// Whether the transaction block failed.
    pub(crate) fn failed(&self) -> bool {
        self.transaction.failed
    }

    /// Whether a query has run in this transaction.
    pub(crate) fn queried(&self) -> bool {
        self.transaction.queried
    }

    pub(crate) fn begin(&mut self) {
        self.transaction.block = true;
        self.layers.begin();
    }

    /// Ends the transaction block; held cursors outlive a commit, so they take their rows now.
    pub(crate) async fn leave(&mut self, commit: bool) -> Result<(), Fault> {
        let kept = if commit {
            cursor::hold(self).await
        } else {
            Ok(())
        };
        let commit = commit && kept.is_ok();
        self.cursors.retain(|_, cursor| cursor.outlives(commit));
        self.layers.end(commit);
        self.transaction = Transaction::default();
        self.release_locks(0);
        if self.several {
            self.layers.begin();
        }
        kept
    }

    /// Gives back the advisory locks taken for the session.
    pub(crate) fn unlock_all(&self) {
        let presence = &self.presence;
        let owner = presence.backend.number;
        presence.backends.locks.release_all(owner);
    }

    /// Gives back the advisory locks taken for the transaction behind so many savepoints.
    fn release_locks(&self, depth: usize) {
        let presence = &self.presence;
        let owner = presence.backend.number;
        presence.backends.locks.roll_back(owner, depth);
        if depth == 0 {
            presence.backend.forget_exports();
        }
    }

    /// Reads the state that another session's transaction exported under this name; whether there
    /// is one.
    pub(crate) fn import(&mut self, name: &str) -> bool {
        let identity = &self.presence.backend.identity;
        let others = self.presence.backends.of(&identity.database);
        let mut same = others.iter().filter(|b| b.identity.role == identity.role);
        let found = same.find_map(|backend| backend.exported(name));
        let imported = found.is_some();
        if imported {
            self.transaction.catalog = found;
        }
        imported
    }

    pub(crate) fn savepoint(&mut self, name: &str) -> Result<(), Fault> {
        if self.transaction.savepoints.len() >= SAVEPOINTS {
            return Err(Fault::new(
                SqlState::CONFIGURATION_LIMIT_EXCEEDED,
                "too many savepoints in one transaction",
            ));
        }
        let mark = self.layers.mark();
        self.transaction.savepoints.push(Savepoint {
            name: name.to_owned(),
            mark,
        });
        Ok(())
    }

    fn find_savepoint(&self, name: &str) -> Result<usize, Fault> {
        let mut savepoints = self.transaction.savepoints.iter();
        savepoints
            .rposition(|savepoint| savepoint.name == name)
            .ok_or_else(|| {
                Fault::new(
                    SqlState::INVALID_SAVEPOINT_SPECIFICATION,
                    format!("savepoint \"{name}\" does not exist"),
                )
            })
    }

    pub(crate) fn release(&mut self, name: &str) -> Result<(), Fault> {
        let at = self.find_savepoint(name)?;
        self.transaction.savepoints.truncate(at);
        let presence = &self.presence;
        let owner = presence.backend.number;
        presence.backends.locks.forget_savepoint(owner, at);
        Ok(())
    }

    pub(crate) fn roll_back_to(&mut self, name: &str) -> Result<(), Fault> {
        let at = self.find_savepoint(name)?;
        if let Some(savepoint) = self.transaction.savepoints.get(at) {
            self.layers.back_to(&savepoint.mark);
        }
        self.transaction.savepoints.truncate(at + 1);
        self.transaction.failed = false;
        self.release_locks(at + 1);
        self.cursors.retain(|_, cursor| cursor.depth() <= at);
        Ok(())
    }

    /// How many savepoints are open: cursors opened after one end with it.
    pub(crate) fn depth(&self) -> usize {
        self.transaction.savepoints.len()
    }

    /// Marks the open transaction as failed, when an error happened outside `run`.
    pub fn fail(&mut self) {
        drop(self.settings().take_asked());
        let transaction = &mut self.transaction;
        if transaction.block && !transaction.failed {
            // What was set since is gone at once, and not only when the block ends.
            match transaction.savepoints.last() {
                Some(savepoint) => self.layers.back_to(&savepoint.mark),
                None => self.layers.back(),
            }
        }
        transaction.failed = transaction.block;
        if transaction.block {
            self.release_locks(self.depth());
        } else if self.several {
            self.layers.end(false);
        }
    }

    /// Ends what the statements since the last call had in common: Sync, or the end of a Query.
    ///
    /// Outside a transaction block that is the implicit transaction with its pinned snapshots.
    pub fn end(&mut self) {
        self.activity.end();
        self.several = false;
        self.adopt_asked();
        if !self.transaction.block {
            self.transaction = Transaction::default();
            self.layers.end(true);
            self.cursors.retain(|_, cursor| cursor.held());
            self.release_locks(0);
        }
        self.note_idle();
    }

    /// Changes settings for the session, or for this transaction only.
    pub(crate) fn change_settings(
        &mut self,
        local: bool,
        change: impl FnMut(&mut Settings) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.layers.change(local, change)
    }

    /// Takes over what functions of the last statement asked for.
    pub(super) fn adopt_asked(&mut self) {
        for asked in self.settings().take_asked() {
            let set = |settings: &mut Settings| settings.set(&asked.name, &asked.value);
            if let Err(fault) = self.layers.change(asked.local, set) {
                self.notice(Fault::warning(fault.state, fault.message));
            }
        }
    }

    /// The settings the session began with.
    pub(crate) fn base_settings(&self) -> Arc<Settings> {
        Arc::clone(&self.layers.base)
    }

    /// The time of a statement begins.
    pub(super) fn begin_statement(&self) {
        let most = self.engine.limits().statement.timeout_cap;
        let own = self.settings().limit("statement_timeout");
        self.activity
            .begin(Some(own.map_or(most, |own| own.min(most))));
    }

    /// What names mean in this transaction: pinned by its first statement.
    pub(crate) async fn catalog(&mut self) -> Result<Arc<Catalog>, Fault> {
        if let Some(catalog) = &self.transaction.catalog {
            return Ok(Arc::clone(catalog));
        }
        let catalog = self.visit(self.settings().as_of()).await?;
        self.transaction.catalog = Some(Arc::clone(&catalog));
        Ok(catalog)
    }

    /// What names meant at a time, or mean now. The session holds on to a time that is past, with
    /// all its snapshots, until it goes elsewhere; a time to come is now.
    pub(crate) async fn visit(&mut self, as_of: Option<i64>) -> Result<Arc<Catalog>, Fault> {
        let now = self.engine.clock().micros();
        let Some(past) = as_of.filter(|moment| *moment < now) else {
            self.journey = None;
            return self.engine.catalog(&self.admission).await;
        };
        if let Some((moment, catalog)) = &self.journey
            && *moment == past
        {
            return Ok(Arc::clone(catalog));
        }
        // Before the year -262143 nothing was published either.
        let time = DateTime::from_timestamp_micros(past).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let catalog = self.engine.catalog_at(&self.admission, time).await?;
        self.journey = Some((past, Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// Goes to the time that start-up asked for, so that a client learns at once that it is not
    /// there.
    ///
    /// # Errors
    /// 22023 for a time that is too old.
    pub async fn arrive(&mut self) -> Result<(), Fault> {
        let as_of = self.settings().as_of();
        if as_of.is_some() {
            self.visit(as_of).await?;
        }
        Ok(())
    }

    /// Lets the transaction read another time, if it has read nothing yet.
    ///
    /// # Errors
    /// 25001 when a query of the transaction block has pinned what it reads.
    pub(crate) fn leave_time(&mut self) -> Result<(), Fault> {
        if self.together() && self.queried() {
            return Err(Fault::new(
                SqlState::ACTIVE_SQL_TRANSACTION,
                format!("{AS_OF} must be set before any query of the transaction"),
            ));
        }
        self.transaction.catalog = None;
        Ok(())
    }

    /// What a statement that begins now may know.
    pub(crate) async fn context(&mut self) -> Result<Context, Fault> {
        let catalog = self.catalog().await?;
        let now = self.engine.clock().micros();
        self.transaction.start.get_or_insert(now);
        self.names = Arc::downgrade(&catalog);
        Ok(self.context_in(catalog, now))
    }

    fn context_in(&self, catalog: Arc<Catalog>, now: i64) -> Context {
        let mut settings = Settings::clone(self.settings());
        settings.resolve_search_path(|schema| catalog.schema_exists(schema));
        Context {
            settings: Arc::new(settings),
            transaction_start: self.transaction.start.unwrap_or(now),
            statement_start: now,
            database: Arc::clone(&self.presence.backend.identity.database),
            role: Arc::from(self.admission.role().as_str()),
            process_id: self.presence.backend.identity.process_id,
            live: self.live(),
            statement: Arc::from(""),
            catalog,
            failure: Failure::default(),
        }
    }

    /// When the statement at hand began, microseconds since 1970 UTC.
    pub(crate) fn statement_start(&self) -> i64 {
        let begun = self.presence.backend.doing().query_start;
        begun.unwrap_or_else(|| self.now())
    }

    /// Notes that a query ran: the transaction's modes are settled.
    pub(crate) fn note_query(&mut self) {
        self.transaction.queried = true;
    }

    /// What turns values into text and back now.
    pub fn rendering(&self) -> Result<Rendering, Fault> {
        let now = self
            .transaction
            .start
            .unwrap_or_else(|| self.engine.clock().micros());
        let style = Arc::new(self.settings().style.clone());
        // Between transactions no snapshot is held, so names may be gone; they print as numbers.
        let Some(catalog) = self.names.upgrade() else {
            return Ok(Rendering {
                style,
                now,
                name_of: Arc::new(|_, _| None),
                oid_of: Arc::new(|_, text| read_oid(text, "oid")),
                charset: self.charset(),
            });
        };
        let writes = Arc::new(self.context_in(catalog, now));
        let reads = Arc::clone(&writes);
        Ok(Rendering {
            style,
            now,
            name_of: Arc::new(move |kind, oid| Some(format_reg(kind, oid, &writes))),
            oid_of: Arc::new(move |kind, text| parse_reg(kind, text, &reads)),
            charset: self.charset(),
        })
    }
}
