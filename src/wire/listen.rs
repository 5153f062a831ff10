//! Who may hold a connection, from accept to drain.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::attempts::Attempts;
use super::cancel::{Cancels, LONG_KEY, SHORT_KEY};
use super::channel::{Channel, Ending, Lifeline, farewell};
use super::conversation::Conversation;
use super::startup::{Door, Guest, TLS_HANDSHAKE, Visitor};
use crate::config::Limits;
use crate::config::limits::Connections;
use crate::engine::{Engine, Link, Session, Wishes};
use crate::ident::{RoleName, TenantId};
use crate::pg::{Fault, SqlState};
use crate::telemetry;
use crate::tenant::{Admission, Directory, Screened};
use crate::tls::Certificate;

/// How long somebody who was not let in is listened to.
const REFUSAL: Duration = Duration::from_millis(100);

/// The PostgreSQL face: everything a connection is judged by and served from.
pub struct Wire {
    engine: Arc<Engine>,
    door: Door,
    limits: Arc<Limits>,
    permits: Permits,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// When to stop, and how gently.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// Fires once: nobody new is let in, idle sessions end.
    pub drain: CancellationToken,
    /// How long running statements may go on after that.
    pub grace: Duration,
}

impl Wire {
    /// Builds the face. With a certificate nobody comes in without TLS.
    pub fn new(
        engine: Arc<Engine>,
        directory: Arc<Directory>,
        tls: Option<Arc<Certificate>>,
        limits: Arc<Limits>,
    ) -> Arc<Self> {
        Arc::new(Self {
            engine,
            permits: Permits::new(&limits.connections),
            door: Door {
                directory,
                tls,
                cancels: Arc::new(Cancels::new(limits.login.cancels_per_second)),
                attempts: Attempts::new(&limits.login),
                limits: Arc::clone(&limits),
            },
            limits,
        })
    }

    /// Serves a listening socket until the drain, then waits for the sessions to end.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: Shutdown) {
        /// After the grace, sessions only have to say good bye.
        const FAREWELL: Duration = Duration::from_secs(5);
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.drain.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => {
                    let connection = Arc::clone(&self).attend(
                        socket,
                        peer,
                        shutdown.drain.clone(),
                        stop.clone(),
                    );
                    drop(telemetry::spawn(
                        "connection",
                        tasks.track_future(connection),
                    ));
                }
                Err(error) => {
                    tracing::warn!(error = telemetry::chain(&error), "cannot accept");
                    // Mostly a shortage of file descriptors, which passes.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        tasks.close();
        let ending = async {
            if timeout(shutdown.grace, tasks.wait()).await.is_err() {
                stop.cancel();
                if timeout(FAREWELL, tasks.wait()).await.is_err() {
                    tracing::warn!(left = tasks.len(), "connections did not end");
                }
            }
        };
        tokio::select! {
            () = ending => (),
            never = self.turn_away(&listener) => match never {},
        }
    }

    /// Tells newcomers that the server is going, while others may finish what they began.
    async fn turn_away(&self, listener: &TcpListener) -> Infallible {
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => {
                    let mut visitor = Visitor::new(socket, peer.ip(), &self.limits);
                    drop(timeout(REFUSAL, visitor.refuse(&shutting_down())).await);
                }
                Err(_) => tokio::time::sleep(REFUSAL).await,
            }
        }
    }

    async fn attend(
        self: Arc<Self>,
        socket: TcpStream,
        client: SocketAddr,
        drain: CancellationToken,
        stop: CancellationToken,
    ) {
        let peer = client.ip().to_canonical();
        let ends = socket.local_addr().map(|server| {
            let plain = |end: SocketAddr| SocketAddr::new(end.ip().to_canonical(), end.port());
            (plain(client), plain(server))
        });
        // Small answers must not wait for more; a refusal only costs latency.
        drop(socket.set_nodelay(true));
        let stranger = self.door.directory.screen(peer) == Screened::Stranger;
        let mut first = [0];
        let pass = match self.permits.enter(peer, stranger) {
            Ok(pass) => pass,
            Err(why) => {
                tracing::debug!(%peer, state = why.state.0, "connection over a bound");
                let mut visitor = Visitor::new(socket, peer, &self.limits);
                drop(timeout(REFUSAL, visitor.refuse(&why)).await);
                return;
            }
        };
        let deadline = Instant::now() + self.limits.login.deadline;
        let direct = tokio::select! {
            () = drain.cancelled() => return,
            peeked = timeout_at(deadline, socket.peek(&mut first)) => match peeked {
                Ok(Ok(1)) => first == [TLS_HANDSHAKE],
                _ => return,
            },
        };
        let mut visitor = Visitor::new(socket, peer, &self.limits);
        let entered = tokio::select! {
            entered = timeout_at(deadline, visitor.log_in(&self.door, direct)) => entered,
            () = drain.cancelled() => Ok(Err(Ending::Told(shutting_down()))),
        };
        match entered {
            Ok(Ok(Some(guest))) => {
                let place = (peer, ends.ok());
                self.host(visitor, guest, pass, place, drain, stop).await;
            }
            Ok(Err(Ending::Told(why))) => {
                tracing::info!(%peer, state = why.state.0, "refused at the door");
                drop(timeout(Duration::from_secs(2), visitor.refuse(&why)).await);
            }
            // A cancel request, a client that left, or one that took too long.
            Ok(Ok(None) | Err(Ending::Gone)) | Err(_) => (),
        }
    }

    /// Serves an admitted client to its end.
    async fn host(
        self: Arc<Self>,
        mut visitor: Visitor,
        guest: Guest,
        mut pass: Pass,
        (peer, ends): (IpAddr, Option<(SocketAddr, SocketAddr)>),
        drain: CancellationToken,
        stop: CancellationToken,
    ) {
        let _seats = match self.permits.seat(&mut pass, &guest.admission) {
            Ok(seats) => seats,
            Err(why) => {
                drop(timeout(Duration::from_secs(2), visitor.refuse(&why)).await);
                return;
            }
        };
        let seat = self
            .door
            .cancels
            .seat(if guest.long_key { LONG_KEY } else { SHORT_KEY });
        let wishes = Wishes {
            settings: guest.settings,
            process_id: seat.process_id,
            link: ends.map(|(client, server)| Link {
                client,
                server,
                encrypted: visitor.encrypted(),
            }),
        };
        let changes = self.door.directory.changed();
        // From here on changes are noticed; one that came during login is not to be missed.
        let welcome = self.door.directory.still_admitted(&guest.admission, peer);
        let opened = if welcome {
            match Session::open(&self.engine, guest.admission.clone(), wishes) {
                Ok(mut session) => session.arrive().await.map(|()| session),
                refused => refused,
            }
        } else {
            Err(farewell())
        };
        let session = match opened {
            Ok(session) => session,
            Err(mut why) => {
                why.severity = crate::pg::Severity::Fatal;
                drop(timeout(Duration::from_secs(2), visitor.refuse(&why)).await);
                return;
            }
        };
        seat.occupy(session.cancel_handle());
        let Some((socket, ahead)) = visitor.into_parts() else {
            return;
        };
        let lifeline = Lifeline {
            drain,
            stop,
            directory: Arc::clone(&self.door.directory),
            changes,
            admission: guest.admission,
            peer,
            ended: session.ended(),
        };
        let channel = Channel::new(socket, ahead, &self.limits, lifeline);
        let span = tracing::info_span!(
            "connection",
            %peer,
            tenant = %channel.lifeline.admission.tenant(),
            role = %channel.lifeline.admission.role()
        );
        tracing::info!(parent: &span, "logged in");
        Conversation::new(channel, session, &self.limits)
            .hold(&seat)
            .instrument(span)
            .await;
    }
}

/// How many connections there are, by who holds them.
struct Permits {
    bounds: Connections,
    all: Arc<Semaphore>,
    unauthenticated: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    by_address: Arc<Tally<IpAddr>>,
    unauthenticated_by_address: Arc<Tally<IpAddr>>,
    by_tenant: Arc<Tally<TenantId>>,
    by_role: Arc<Tally<(TenantId, RoleName)>>,
}

/// What one connection holds; dropping it gives everything back.
struct Pass {
    _all: OwnedSemaphorePermit,
    _address: Mark<IpAddr>,
    /// Given back at login.
    before_login: Option<(
        OwnedSemaphorePermit,
        Option<OwnedSemaphorePermit>,
        Mark<IpAddr>,
    )>,
}

/// What one session holds.
struct Seats {
    _tenant: Mark<TenantId>,
    _role: Mark<(TenantId, RoleName)>,
}

impl Permits {
    fn new(bounds: &Connections) -> Self {
        Self {
            bounds: bounds.clone(),
            all: Arc::new(Semaphore::new(bounds.total)),
            unauthenticated: Arc::new(Semaphore::new(bounds.unauthenticated)),
            strangers: Arc::new(Semaphore::new(bounds.strangers)),
            by_address: Arc::default(),
            unauthenticated_by_address: Arc::default(),
            by_tenant: Arc::default(),
            by_role: Arc::default(),
        }
    }

    fn enter(&self, peer: IpAddr, stranger: bool) -> Result<Pass, Fault> {
        let full = |_| too_many("sorry, too many clients already");
        let busy = || too_many("too many connections from this address");
        let before_login = (
            Arc::clone(&self.unauthenticated)
                .try_acquire_owned()
                .map_err(full)?,
            if stranger {
                Some(
                    Arc::clone(&self.strangers)
                        .try_acquire_owned()
                        .map_err(full)?,
                )
            } else {
                None
            },
            self.unauthenticated_by_address
                .mark(peer, self.bounds.unauthenticated_per_ip)
                .ok_or_else(busy)?,
        );
        Ok(Pass {
            _all: Arc::clone(&self.all).try_acquire_owned().map_err(full)?,
            _address: self
                .by_address
                .mark(peer, self.bounds.per_ip)
                .ok_or_else(busy)?,
            before_login: Some(before_login),
        })
    }

    fn seat(&self, pass: &mut Pass, admission: &Admission) -> Result<Seats, Fault> {
        pass.before_login = None;
        let (tenant, role) = (admission.tenant().clone(), admission.role().clone());
        let per_role = admission
            .connection_limit()
            .map_or(self.bounds.per_role, |own| own.min(self.bounds.per_role));
        let database = format!("too many connections for database \"{tenant}\"");
        let login = format!("too many connections for role \"{role}\"");
        Ok(Seats {
            _tenant: self
                .by_tenant
                .mark(tenant.clone(), self.bounds.per_tenant)
                .ok_or_else(|| too_many(database))?,
            _role: self
                .by_role
                .mark((tenant, role), per_role)
                .ok_or_else(|| too_many(login))?,
        })
    }
}

/// What who comes too late is told.
fn shutting_down() -> Fault {
    let message = "the database system is shutting down";
    Fault::fatal(SqlState::CANNOT_CONNECT_NOW, message)
}

fn too_many(message: impl Into<String>) -> Fault {
    Fault::fatal(SqlState::TOO_MANY_CONNECTIONS, message)
}

/// Counts by key; a key nobody holds takes no room.
struct Tally<K> {
    counts: Mutex<HashMap<K, usize>>,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self {
            counts: Mutex::default(),
        }
    }
}

/// One count in a tally.
struct Mark<K: Eq + Hash> {
    key: K,
    tally: Arc<Tally<K>>,
}

impl<K: Eq + Hash + Clone> Tally<K> {
    fn mark(self: &Arc<Self>, key: K, most: usize) -> Option<Mark<K>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Mark {
            key,
            tally: Arc::clone(self),
        })
    }
}

impl<K: Eq + Hash> Drop for Mark<K> {
    fn drop(&mut self) {
        let mut counts = self
            .tally
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_crowd_out_the_others() {
        let permits = Permits::new(&Connections {
            unauthenticated_per_ip: 2,
            strangers: 3,
            ..Connections::default()
        });
        let [a, b] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let held: Vec<_> = (0..2).map(|_| permits.enter(a, true).unwrap()).collect();
        assert_eq!(permits.enter(a, true).err().unwrap().state.0, "53300");
        let other = permits.enter(b, true).unwrap();
        assert!(
            permits.enter(b, true).is_err(),
            "strangers share a small pool"
        );
        assert!(permits.enter(b, false).is_ok(), "customers do not");
        drop((held, other));
        assert!(permits.enter(a, true).is_ok());
        assert!(permits.by_address.counts.lock().unwrap().is_empty());
    }

    #[test]
    fn login_gives_the_place_before_login_back() {
        let permits = Permits::new(&Connections {
            unauthenticated: 1,
            per_role: 1,
            ..Connections::default()
        });
        let peer = IpAddr::from([192, 0, 2, 1]);
        let admission = Admission::for_tests("acme", "reporting", &["learnink"]);
        let mut first = permits.enter(peer, false).unwrap();
        let seats = permits.seat(&mut first, &admission).unwrap();
        let mut second = permits.enter(peer, false).unwrap();
        assert!(permits.seat(&mut second, &admission).is_err());
        drop(seats);
        assert!(permits.seat(&mut second, &admission).is_ok());
    }
}
