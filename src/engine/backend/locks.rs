//! Advisory locks: numbers that sessions of one tenant take to keep out of each other's way.
//!
//! A lock is waited for on a thread that execution gives up for as long; few may wait at a time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::{Backend, locked};
use crate::pg::{Fault, SqlState};

/// Different locks one session may hold.
const PER_SESSION: usize = 6_400;
/// Sessions that may wait at a time.
const WAITERS: usize = 100;
/// How often a waiter looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(20);
/// `deadlock_timeout`: how long a lock is waited for before somebody looks for a circle.
const DEADLOCK_AFTER: Duration = Duration::from_secs(1);

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The database.
    pub(crate) tenant: Arc<str>,
    /// Its oid.
    pub(crate) database: u32,
    /// `pg_locks.classid`
    pub(crate) class: u32,
    /// `pg_locks.objid`
    pub(crate) object: u32,
    /// `pg_locks.objsubid`: 1 for one number, 2 for two.
    pub(crate) part: u16,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            database,
            class,
            object,
            part,
            ..
        } = self;
        write!(f, "advisory lock [{database},{class},{object},{part}]")
    }
}

/// With whom a lock is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// With others who share.
    Share,
    /// With nobody.
    Exclusive,
}

impl Mode {
    /// As `pg_locks.mode` says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Share => "ShareLock",
            Self::Exclusive => "ExclusiveLock",
        }
    }

    fn conflicts(self, other: Self) -> bool {
        self == Self::Exclusive || other == Self::Exclusive
    }
}

/// How long a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Until it is given back, or the session ends.
    Session,
    /// Until the transaction ends; taken behind so many savepoints.
    Transaction(usize),
}

/// One lock in one mode as one session has it, or waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// The lock.
    pub(crate) key: Key,
    /// The session.
    pub(crate) owner: u64,
    /// Its mode.
    pub(crate) mode: Mode,
    /// Since when it is waited for, microseconds since 1970 UTC; `None` when it is held.
    pub(crate) waits: Option<i64>,
}

#[derive(Debug, Clone)]
struct Hold {
    owner: u64,
    mode: Mode,
    /// How often it was taken for the session.
    session: usize,
    /// How often for the transaction, each with the savepoints there were.
    transaction: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Wait {
    ticket: u64,
    owner: u64,
    process_id: i32,
    key: Key,
    mode: Mode,
    since: i64,
}

#[derive(Debug, Default)]
struct Table {
    held: HashMap<Key, Vec<Hold>>,
    /// How many holds each session has.
    counts: HashMap<u64, usize>,
    /// In the order in which they came.
    waiting: Vec<Wait>,
    processes: HashMap<u64, i32>,
    next: u64,
}

/// The locks of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    table: Mutex<Table>,
    freed: Condvar,
}

/// A wish for a lock.
#[derive(Debug, Clone)]
pub(crate) struct Wish<'a> {
    /// Who.
    pub(crate) backend: &'a Backend,
    /// What.
    pub(crate) key: &'a Key,
    /// How.
    pub(crate) mode: Mode,
    /// For how long.
    pub(crate) span: Span,
}

impl Table {
    /// Whether nobody else's hold, and nobody's earlier wish, is in the way.
    fn free(&self, owner: u64, key: &Key, mode: Mode, ticket: u64) -> bool {
        let holds = self.held.get(key).map_or(&[][..], Vec::as_slice);
        let others = |hold: &Hold| hold.owner != owner && hold.mode.conflicts(mode);
        let own = holds.iter().any(|hold| hold.owner == owner);
        let before = |wait: &Wait| {
            wait.ticket < ticket
                && wait.owner != owner
                && wait.key == *key
                && wait.mode.conflicts(mode)
        };
        !holds.iter().any(others) && (own || !self.waiting.iter().any(before))
    }

    fn take(&mut self, wish: &Wish<'_>) -> Result<(), Fault> {
        let owner = wish.backend.number;
        let count = self.counts.entry(owner).or_default();
        let holds = self.held.entry(wish.key.clone()).or_default();
        let same = |hold: &&mut Hold| hold.owner == owner && hold.mode == wish.mode;
        let hold = match holds.iter_mut().find(same) {
            Some(hold) => hold,
            None if *count >= PER_SESSION => {
                return Err(Fault::new(SqlState::OUT_OF_MEMORY, "out of shared memory")
                    .hint("You might need to increase max_locks_per_transaction."));
            }
            None => {
                *count += 1;
                self.processes
                    .insert(owner, wish.backend.identity.process_id);
                holds.push(Hold {
                    owner,
                    mode: wish.mode,
                    session: 0,
                    transaction: Vec::new(),
                });
                match holds.last_mut() {
                    Some(hold) => hold,
                    None => return Err(Fault::internal("a lock was not kept")),
                }
            }
        };
        match wish.span {
            Span::Session => hold.session += 1,
            Span::Transaction(depth) => hold.transaction.push(depth),
        }
        Ok(())
    }

    /// Changes the holds of one session, and drops those that hold nothing any more.
    fn change(&mut self, owner: u64, mut change: impl FnMut(&mut Hold)) {
        let mut left = 0;
        self.held.retain(|_, holds| {
            holds.retain_mut(|hold| {
                if hold.owner != owner {
                    return true;
                }
                change(hold);
                let holds = hold.session > 0 || !hold.transaction.is_empty();
                left += usize::from(holds);
                holds
            });
            !holds.is_empty()
        });
        if left == 0 {
            self.counts.remove(&owner);
            self.processes.remove(&owner);
        } else {
            self.counts.insert(owner, left);
        }
    }

    /// Whom a wait waits for.
    fn blockers(&self, wait: &Wait) -> Vec<u64> {
        let holds = self.held.get(&wait.key).map_or(&[][..], Vec::as_slice);
        let holding = holds
            .iter()
            .filter(|hold| hold.owner != wait.owner && hold.mode.conflicts(wait.mode))
            .map(|hold| hold.owner);
        let own = holds.iter().any(|hold| hold.owner == wait.owner);
        let before = self.waiting.iter().filter(|other| {
            !own && other.ticket < wait.ticket
                && other.owner != wait.owner
                && other.key == wait.key
                && other.mode.conflicts(wait.mode)
        });
        holding.chain(before.map(|other| other.owner)).collect()
    }

    fn process(&self, owner: u64) -> i32 {
        let waiting = self.waiting.iter().find(|wait| wait.owner == owner);
        let known = waiting.map(|wait| wait.process_id);
        known
            .or_else(|| self.processes.get(&owner).copied())
            .unwrap_or_default()
    }

    /// The waits of a circle that leads from a session back to it.
    fn circle(&self, first: u64) -> Option<Vec<(&Wait, u64)>> {
        let mut open: Vec<Vec<(&Wait, u64)>> = vec![Vec::new()];
        let mut seen = Vec::new();
        while let Some(path) = open.pop() {
            let at = path.last().map_or(first, |(_, owner)| *owner);
            for wait in self.waiting.iter().filter(|wait| wait.owner == at) {
                for blocker in self.blockers(wait) {
                    let mut longer = path.clone();
                    longer.push((wait, blocker));
                    if blocker == first {
                        return Some(longer);
                    }
                    if !seen.contains(&blocker) {
                        seen.push(blocker);
                        open.push(longer);
                    }
                }
            }
        }
        None
    }

    fn deadlock(&self, first: u64) -> Option<Fault> {
        let lines = self.circle(first)?.into_iter().map(|(wait, blocker)| {
            format!(
                "Process {} waits for {} on {}; blocked by process {}.",
                wait.process_id,
                wait.mode.word(),
                wait.key,
                self.process(blocker)
            )
        });
        let detail = lines.collect::<Vec<_>>().join("\n");
        Some(
            Fault::new(SqlState("40P01"), "deadlock detected")
                .detail(detail)
                .hint("See server log for query details."),
        )
    }
}

impl Locks {
    /// Takes a lock if it is free.
    pub(crate) fn attempt(&self, wish: &Wish<'_>) -> Result<bool, Fault> {
        let mut table = locked(&self.table);
        if !table.free(wish.backend.number, wish.key, wish.mode, u64::MAX) {
            return Ok(false);
        }
        table.take(wish).map(|()| true)
    }

    /// Takes a lock, after those who have it, as long as the statement goes on.
    ///
    /// # Errors
    /// 40P01, 55P03, and 57014 when nobody waits for the answer any more.
    pub(crate) fn acquire(
        &self,
        wish: &Wish<'_>,
        limit: Option<Duration>,
        now: i64,
    ) -> Result<(), Fault> {
        if self.attempt(wish)? {
            return Ok(());
        }
        let round = wish.backend.activity().mark();
        let ticket = self.queue(wish, now)?;
        let outcome = blocking(|| {
            self.wait(wish, ticket, limit, || {
                wish.backend.gone() || wish.backend.activity().is_over(&round)
            })
        });
        locked(&self.table)
            .waiting
            .retain(|wait| wait.ticket != ticket);
        self.freed.notify_all();
        outcome
    }

    fn queue(&self, wish: &Wish<'_>, since: i64) -> Result<u64, Fault> {
        let mut table = locked(&self.table);
        if table.waiting.len() >= WAITERS {
            return Err(Fault::new(
                SqlState::INSUFFICIENT_RESOURCES,
                "too many sessions wait for advisory locks",
            ));
        }
        let ticket = table.next;
        table.next += 1;
        table.waiting.push(Wait {
            ticket,
            owner: wish.backend.number,
            process_id: wish.backend.identity.process_id,
            key: wish.key.clone(),
            mode: wish.mode,
            since,
        });
        Ok(ticket)
    }

    fn wait(
        &self,
        wish: &Wish<'_>,
        ticket: u64,
        limit: Option<Duration>,
        over: impl Fn() -> bool,
    ) -> Result<(), Fault> {
        let start = Instant::now();
        let mut looked = false;
        let mut table = locked(&self.table);
        loop {
            if over() {
                return Err(Fault::new(
                    SqlState::QUERY_CANCELED,
                    "canceling statement due to user request",
                ));
            }
            if table.free(wish.backend.number, wish.key, wish.mode, ticket) {
                return table.take(wish);
            }
            let waited = start.elapsed();
            if limit.is_some_and(|limit| waited >= limit) {
                return Err(Fault::new(
                    SqlState("55P03"),
                    "canceling statement due to lock timeout",
                ));
            }
            if !looked && waited >= DEADLOCK_AFTER {
                looked = true;
                if let Some(fault) = table.deadlock(wish.backend.number) {
                    return Err(fault);
                }
            }
            let woken = self.freed.wait_timeout(table, GLANCE);
            table = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for something that a session brings about, such as that it leaves.
    pub(crate) fn wait_until(&self, over: impl Fn() -> bool) {
        blocking(|| {
            let mut table = locked(&self.table);
            while !over() {
                let woken = self.freed.wait_timeout(table, GLANCE);
                table = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        });
    }

    /// Gives back a lock that was taken for the session; whether there was one.
    pub(crate) fn release(&self, owner: u64, key: &Key, mode: Mode) -> bool {
        let mut released = false;
        locked(&self.table).change_at(owner, key, |hold| {
            if hold.mode == mode && hold.session > 0 {
                hold.session -= 1;
                released = true;
            }
        });
        self.freed.notify_all();
        released
    }

    fn change(&self, owner: u64, change: impl FnMut(&mut Hold)) {
        let mut table = locked(&self.table);
        if table.counts.contains_key(&owner) {
            table.change(owner, change);
            self.freed.notify_all();
        }
    }

    /// Gives back every lock that was taken for the session.
    pub(crate) fn release_all(&self, owner: u64) {
        self.change(owner, |hold| hold.session = 0);
    }

    /// Gives back what was taken for the transaction behind so many savepoints, or more.
    pub(crate) fn roll_back(&self, owner: u64, depth: usize) {
        self.change(owner, |hold| hold.transaction.retain(|at| *at < depth));
    }

    /// A savepoint is gone: what was taken behind it lives as long as what is around it.
    pub(crate) fn forget_savepoint(&self, owner: u64, depth: usize) {
        self.change(owner, |hold| {
            for at in &mut hold.transaction {
                *at = (*at).min(depth);
            }
        });
    }

    /// A session is gone.
    pub(crate) fn leave(&self, owner: u64) {
        self.change(owner, |hold| {
            hold.session = 0;
            hold.transaction.clear();
        });
    }

    /// The locks of a tenant's sessions, held and waited for.
    pub(crate) fn listed(&self, tenant: &str) -> Vec<Listed> {
        let table = locked(&self.table);
        let mut listed = Vec::new();
        for (key, holds) in table.held.iter().filter(|(key, _)| &*key.tenant == tenant) {
            listed.extend(holds.iter().map(|hold| Listed {
                key: key.clone(),
                owner: hold.owner,
                mode: hold.mode,
                waits: None,
            }));
        }
        listed.sort_by(|a, b| (a.owner, &a.key).cmp(&(b.owner, &b.key)));
        let waiting = table
            .waiting
            .iter()
            .filter(|wait| &*wait.key.tenant == tenant);
        listed.extend(waiting.map(|wait| Listed {
            key: wait.key.clone(),
            owner: wait.owner,
            mode: wait.mode,
            waits: Some(wait.since),
        }));
        listed
    }

    /// The process ids that a session waits for.
    pub(crate) fn blocking(&self, owner: u64) -> Vec<i32> {
        let table = locked(&self.table);
        let waits = table.waiting.iter().filter(|wait| wait.owner == owner);
        let blockers = waits.flat_map(|wait| table.blockers(wait));
        blockers.map(|blocker| table.process(blocker)).collect()
    }
}

impl Table {
    fn change_at(&mut self, owner: u64, key: &Key, mut change: impl FnMut(&mut Hold)) {
        let before = self.held.get(key).map_or(0, Vec::len);
        if let Some(holds) = self.held.get_mut(key) {
            for hold in holds.iter_mut().filter(|hold| hold.owner == owner) {
                change(hold);
            }
            holds.retain(|hold| hold.session > 0 || !hold.transaction.is_empty());
            let gone = before - holds.len();
            if holds.is_empty() {
                self.held.remove(key);
            }
            if let Some(count) = self.counts.get_mut(&owner) {
                *count = count.saturating_sub(gone);
            }
        }
    }
}

/// Waits without keeping a thread from other statements.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::backend::{Backends, Identity, Presence};
    use crate::engine::stream::Activity;

    fn session(backends: &Arc<Backends>, process_id: i32) -> Presence {
        let identity = Identity {
            process_id,
            database: Arc::from("acme"),
            role: Arc::from("reader"),
            link: None,
            started_at: 0,
        };
        backends.enter(identity, Activity::default())
    }

    fn key(object: u32) -> Key {
        Key {
            tenant: Arc::from("acme"),
            database: 1,
            class: 0,
            object,
            part: 1,
        }
    }

    fn wish<'a>(session: &'a Presence, key: &'a Key, mode: Mode, span: Span) -> Wish<'a> {
        Wish {
            backend: &session.backend,
            key,
            mode,
            span,
        }
    }

    #[test]
    fn locks_exclude_count_and_end_with_their_span() {
        let backends = Arc::default();
        let (one, two) = (session(&backends, 1), session(&backends, 2));
        let (locks, key) = (&backends.locks, key(1));
        let exclusive = |session| wish(session, &key, Mode::Exclusive, Span::Session);
        let shared = |session| wish(session, &key, Mode::Share, Span::Transaction(0));
        assert!(locks.attempt(&exclusive(&one)).unwrap());
        assert!(locks.attempt(&exclusive(&one)).unwrap());
        assert!(!locks.attempt(&shared(&two)).unwrap());
        assert!(locks.release(one.backend.number, &key, Mode::Exclusive));
        assert!(!locks.attempt(&shared(&two)).unwrap());
        assert!(locks.release(one.backend.number, &key, Mode::Exclusive));
        assert!(!locks.release(one.backend.number, &key, Mode::Exclusive));
        assert!(locks.attempt(&shared(&two)).unwrap());
        assert!(!locks.attempt(&exclusive(&one)).unwrap());
        assert!(locks.attempt(&shared(&one)).unwrap());
        assert_eq!(locks.listed("acme").len(), 2);
        assert!(locks.listed("other").is_empty());
        locks.roll_back(two.backend.number, 0);
        locks.roll_back(one.backend.number, 0);
        assert!(locks.listed("acme").is_empty());
        assert!(locks.attempt(&exclusive(&one)).unwrap());
        locks.leave(one.backend.number);
        assert!(locks.attempt(&exclusive(&two)).unwrap());
        locks.leave(two.backend.number);
        assert!(locks.table.lock().unwrap().counts.is_empty());
    }

    #[test]
    fn a_circle_of_waits_is_broken_and_a_limit_ends_one() {
        let backends = Arc::default();
        let (one, two) = (session(&backends, 1), session(&backends, 2));
        let (a, b) = (key(1), key(2));
        let take = |session: &Presence, key: &Key, limit| {
            let wish = wish(session, key, Mode::Exclusive, Span::Session);
            backends.locks.acquire(&wish, limit, 0)
        };
        take(&one, &a, None).unwrap();
        take(&two, &b, None).unwrap();
        let short = Some(Duration::from_millis(50));
        let late = take(&two, &a, short).unwrap_err();
        assert_eq!(late.message, "canceling statement due to lock timeout");
        let outcomes = std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                let outcome = take(&one, &b, None);
                if outcome.is_err() {
                    backends.locks.release_all(one.backend.number);
                }
                outcome
            });
            let second = scope.spawn(|| {
                let outcome = take(&two, &a, None);
                if outcome.is_err() {
                    backends.locks.release_all(two.backend.number);
                }
                outcome
            });
            [first.join().unwrap(), second.join().unwrap()]
        });
        let refused: Vec<_> = outcomes.iter().filter_map(|o| o.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{outcomes:?}");
        let detail = refused[0].detail.as_deref().unwrap();
        assert!(
            detail.contains("waits for ExclusiveLock on advisory lock [1,0,"),
            "{detail}"
        );
        assert_eq!(detail.lines().count(), 2, "{detail}");
    }

    #[test]
    fn a_session_holds_so_many_locks_and_no_more() {
        let backends = Arc::default();
        let one = session(&backends, 1);
        let take = |object| {
            let key = key(object);
            backends
                .locks
                .attempt(&wish(&one, &key, Mode::Share, Span::Session))
        };
        for object in 0..u32::try_from(PER_SESSION).unwrap() {
            assert!(take(object).unwrap());
        }
        assert_eq!(take(1_000_000).unwrap_err().message, "out of shared memory");
        assert!(take(0).unwrap());
    }
}
