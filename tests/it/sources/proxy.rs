//! A connection that misbehaves, between the program and a server that does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What is done with a server's answers once so many bytes of them have passed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Nothing comes until more may pass.
    Stall,
    /// The connection ends.
    Cut,
}

/// Forwards connections to a port of this machine.
pub(super) struct Proxy {
    /// The port it listens on.
    pub(super) port: u16,
    /// Bytes that may still pass before the fault.
    left: Arc<AtomicI64>,
}

impl Proxy {
    pub(super) async fn start(to: u16, fault: Fault) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicI64::new(i64::MAX));
        let budget = Arc::clone(&left);
        drop(syllabase::telemetry::spawn("proxy", async move {
            while let Ok((near, _)) = listener.accept().await {
                let budget = Arc::clone(&budget);
                drop(syllabase::telemetry::spawn("proxied", async move {
                    if let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await {
                        forward(near, far, fault, &budget).await;
                    }
                }));
            }
        }));
        Self { port, left }
    }

    /// Lets so many bytes of answers pass from now on.
    pub(super) fn pass(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Waits until something is held up.
    pub(super) async fn stalled(&self) {
        while self.left.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn forward(near: TcpStream, far: TcpStream, fault: Fault, left: &AtomicI64) {
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let asking = async {
        // Ends when the program closes its side.
        drop(tokio::io::copy(&mut near_in, &mut far_out).await);
    };
    let answering = async {
        let mut buffer = vec![0; 4096];
        loop {
            let Ok(read @ 1..) = far_in.read(&mut buffer).await else {
                return;
            };
            let mut rest = &buffer[..read];
            while !rest.is_empty() {
                let length = i64::try_from(rest.len()).unwrap();
                let before = left.load(Ordering::SeqCst);
                let passing = before.clamp(0, length);
                let after = before - passing;
                if left
                    .compare_exchange(before, after, Ordering::SeqCst, Ordering::SeqCst)
                    .is_err()
                {
                    continue;
                }
                let (now, later) = rest.split_at(usize::try_from(passing).unwrap());
                if near_out.write_all(now).await.is_err() {
                    return;
                }
                rest = later;
                match fault {
                    _ if rest.is_empty() => {}
                    Fault::Cut => return,
                    Fault::Stall => tokio::time::sleep(LOOK_EVERY).await,
                }
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
}
