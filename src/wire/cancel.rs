//! Which sessions can be cancelled, and by whom.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::RngCore;
use tokio::time::Instant;

use super::scram::same;
use crate::engine::CancelHandle;

/// Key bytes of protocol 3.0.
pub(super) const SHORT_KEY: usize = 4;
/// Key bytes of protocol 3.2.
pub(super) const LONG_KEY: usize = 32;

/// Addresses whose cancel requests are counted at one time.
const COUNTED_ADDRESSES: usize = 10_000;

/// All sessions of this server by process id.
#[derive(Default)]
pub(super) struct Cancels {
    sessions: Mutex<HashMap<i32, Entry>>,
    recent: Mutex<HashMap<IpAddr, (Instant, usize)>>,
    per_second: usize,
}

struct Entry {
    key: Vec<u8>,
    handle: Option<CancelHandle>,
}

impl std::fmt::Debug for Cancels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cancels").finish_non_exhaustive()
    }
}

/// The process id and key of one session; dropping it gives the id back.
pub(super) struct Seat {
    /// What `pg_backend_pid()` says.
    pub(super) process_id: i32,
    /// What a cancel request must know.
    pub(super) key: Vec<u8>,
    cancels: Arc<Cancels>,
}

impl Cancels {
    /// An empty table that answers `per_second` requests of one address.
    pub(super) fn new(per_second: usize) -> Self {
        Self {
            per_second,
            ..Self::default()
        }
    }

    /// Takes a free process id with a random key.
    pub(super) fn seat(self: &Arc<Self>, key_bytes: usize) -> Seat {
        let mut random = rand::rng();
        let mut key = vec![0; key_bytes];
        random.fill_bytes(&mut key);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // Far fewer sessions than ids exist, so this ends at once.
        let process_id = loop {
            let id = i32::try_from(random.next_u32() >> 1).unwrap_or_default();
            if id != 0 && !sessions.contains_key(&id) {
                break id;
            }
        };
        sessions.insert(
            process_id,
            Entry {
                key: key.clone(),
                handle: None,
            },
        );
        Seat {
            process_id,
            key,
            cancels: Arc::clone(self),
        }
    }

    /// Cancels what the session runs if the key fits; says nothing in either case.
    pub(super) fn cancel(&self, peer: IpAddr, process_id: i32, key: &[u8]) {
        if !self.counted(peer) {
            return;
        }
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = sessions.get(&process_id) else {
            return;
        };
        if same(&entry.key, key)
            && let Some(handle) = &entry.handle
        {
            handle.cancel();
        }
    }

    /// Whether one more request of this address is within its rate.
    fn counted(&self, peer: IpAddr) -> bool {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= COUNTED_ADDRESSES {
            recent.retain(|_, (since, _)| now.duration_since(*since) < second);
            if recent.len() >= COUNTED_ADDRESSES {
                return false;
            }
        }
        let (since, count) = recent.entry(peer).or_insert((now, 0));
        if now.duration_since(*since) >= second {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= self.per_second
    }
}

impl Seat {
    /// Says how the session is cancelled, once it exists.
    pub(super) fn occupy(&self, handle: CancelHandle) {
        let mut sessions = self
            .cancels
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = sessions.get_mut(&self.process_id) {
            entry.handle = Some(handle);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.cancels
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.process_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_cannot_guess_without_bound() {
        let cancels = Cancels::new(10);
        let peer = IpAddr::from([192, 0, 2, 1]);
        let taken = (0..1_000).filter(|_| cancels.counted(peer)).count();
        assert_eq!(taken, 10);
        assert!(cancels.counted(IpAddr::from([192, 0, 2, 2])));
    }

    #[test]
    fn a_seat_is_given_back() {
        let cancels = Arc::new(Cancels::new(10));
        let seat = cancels.seat(LONG_KEY);
        assert_eq!(seat.key.len(), 32);
        assert_eq!(cancels.sessions.lock().unwrap().len(), 1);
        drop(seat);
        assert!(cancels.sessions.lock().unwrap().is_empty());
    }
}
