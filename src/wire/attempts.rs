//! How often logins may fail: a bucket of failures for each address and for each role.
//!
//! Some failures are free and come back with time; after them a failed login waits for its answer,
//! so that guessing slows down. What succeeds never waits: nobody can lock a role out by failing in
//! its name. Unknown tenants and roles are counted like known ones.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::limits::Login;

/// Addresses and roles that are counted at one time.
const COUNTED_MAX: usize = 20_000;

/// What has failed of late.
#[derive(Debug)]
pub(super) struct Attempts {
    free: usize,
    interval: Duration,
    wait_max: Duration,
    hashes: RandomState,
    /// By address or role: when as many failures as there were will be forgotten.
    full: Mutex<HashMap<u64, Instant>>,
}

impl Attempts {
    /// Nothing has failed yet.
    pub(super) fn new(limits: &Login) -> Self {
        Self {
            free: limits.failures,
            interval: limits.failure_interval,
            wait_max: limits.failure_wait_max,
            hashes: RandomState::new(),
            full: Mutex::default(),
        }
    }

    /// Counts a login that failed at `now`; how long its answer has to wait.
    pub(super) fn failed(
        &self,
        now: Instant,
        peer: IpAddr,
        database: &str,
        user: &str,
    ) -> Duration {
        let keys = [
            self.hashes.hash_one(peer),
            self.hashes.hash_one((database, user)),
        ];
        let free = self
            .interval
            .saturating_mul(u32::try_from(self.free).unwrap_or(u32::MAX));
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if full.len() + keys.len() > COUNTED_MAX {
            full.retain(|_, at| *at > now);
        }
        let waits = keys.map(|key| {
            if full.len() >= COUNTED_MAX && !full.contains_key(&key) {
                // So many guess at once that one more or less of them makes no difference.
                return self.wait_max;
            }
            let at = full.entry(key).or_insert(now);
            let owed = at.saturating_duration_since(now) + self.interval;
            let wait = owed.saturating_sub(free).min(self.wait_max);
            // What nobody waited for is not owed any longer than the longest wait.
            *at = now + owed.min(free + self.wait_max);
            wait
        });
        waits.into_iter().max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Attempts {
        Attempts::new(&Login {
            failures: 3,
            failure_interval: Duration::from_secs(10),
            failure_wait_max: Duration::from_secs(15),
            ..Login::default()
        })
    }

    #[test]
    fn failures_are_free_then_dear_and_come_back() {
        let attempts = attempts();
        let [here, there] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let begun = Instant::now();
        let seconds = |at, peer, user| {
            let now = begun + Duration::from_secs(at);
            attempts.failed(now, peer, "acme", user).as_secs()
        };
        assert_eq!([0; 5].map(|at| seconds(at, here, "a")), [0, 0, 0, 10, 15]);
        // The address has failed too often for another role, the role for another address.
        assert_eq!(seconds(0, here, "b"), 15);
        assert_eq!(seconds(0, there, "a"), 15);
        assert_eq!(seconds(0, there, "c"), 0);
        assert_eq!(seconds(20, there, "c"), 0);
        assert!(seconds(20, here, "a") > 0);
        assert_eq!(
            seconds(80, here, "a"),
            0,
            "nothing is held against it for ever"
        );
    }

    #[test]
    fn memory_is_bounded_however_many_guess() {
        let attempts = attempts();
        let peer = IpAddr::from([192, 0, 2, 1]);
        for user in 0..2 * COUNTED_MAX {
            attempts.failed(Instant::now(), peer, "acme", &user.to_string());
        }
        assert!(attempts.full.lock().unwrap().len() <= COUNTED_MAX);
    }
}
