//! The two directions of one connection, each with its bounds, and what may end it from outside.

use std::future::{Future, pending};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pgwire::messages::Message as Outgoing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::fault;
use super::frontend::{Frame, ceiling, unknown};
use crate::config::Limits;
use crate::pg::charset::Charset;
use crate::pg::{Fault, SqlState};
use crate::tenant::{Admission, Directory};

/// A socket, with or without TLS.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// How much is read ahead while a statement runs; also the first size of the read buffer.
const READ_AHEAD: usize = 64 << 10;

/// Buffers larger than this are given back once they are empty.
const KEPT_BUFFER: usize = 1 << 20;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// The client left, or does not take what it asked for.
    Gone,
    /// The client is told why.
    Told(Fault),
}

impl From<std::io::Error> for Ending {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

/// What came in.
#[derive(Debug)]
pub(super) enum Received {
    /// A whole message.
    Frame(Frame),
    /// A message over its bound; it was thrown away.
    TooLong {
        /// Its type letter.
        kind: u8,
        /// The bound in bytes.
        bound: usize,
    },
}

/// What the client sends.
pub(super) struct Reader {
    half: ReadHalf<Box<dyn Socket>>,
    buffer: BytesMut,
    skipping: Option<(u8, usize, usize)>,
    text_bytes: usize,
    bind_bytes: usize,
}

impl Reader {
    /// The next message.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: bytes stay in the buffer.
    pub(super) async fn next(&mut self) -> Result<Received, Ending> {
        loop {
            if let Some(received) = self.buffered()? {
                return Ok(received);
            }
            self.fill().await?;
        }
    }

    /// Returns when the client has left; reads ahead, up to a bound, to notice it.
    async fn gone(&mut self) {
        while self.buffer.len() < READ_AHEAD {
            if self.fill().await.is_err() {
                return;
            }
        }
        pending::<()>().await;
    }

    async fn fill(&mut self) -> Result<(), Ending> {
        self.buffer.reserve(8 << 10);
        match self.half.read_buf(&mut self.buffer).await? {
            0 => Err(Ending::Gone),
            _ => Ok(()),
        }
    }

    fn buffered(&mut self) -> Result<Option<Received>, Ending> {
        if let Some((kind, bound, left)) = self.skipping {
            let now = left.min(self.buffer.len());
            self.buffer.advance(now);
            self.skipping = (now < left).then_some((kind, bound, left - now));
            return Ok(self
                .skipping
                .is_none()
                .then_some(Received::TooLong { kind, bound }));
        }
        let Some((&kind, rest)) = self.buffer.split_first() else {
            return Ok(None);
        };
        let bound = ceiling(kind, self.text_bytes, self.bind_bytes)
            .ok_or_else(|| Ending::Told(unknown(kind)))?;
        let Some(length) = rest.first_chunk::<4>() else {
            return Ok(None);
        };
        // The length counts itself. PostgreSQL's own ceiling is 1 GiB.
        let length = match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length @ 4..0x3FFF_FFFF) => length - 4,
            _ => return Err(Ending::Told(bad_length())),
        };
        if length > bound {
            self.buffer.advance(5);
            self.skipping = Some((kind, bound, length));
            return self.buffered();
        }
        if self.buffer.len() < 5 + length {
            return Ok(None);
        }
        self.buffer.advance(5);
        let body = self.buffer.split_to(length).freeze();
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = BytesMut::new();
        }
        Ok(Some(Received::Frame(Frame { kind, body })))
    }
}

fn bad_length() -> Fault {
    Fault::fatal(SqlState::PROTOCOL_VIOLATION, "invalid message length")
}

/// What the client is sent.
pub(super) struct Sender {
    half: WriteHalf<Box<dyn Socket>>,
    /// Bytes not written yet; rows are encoded straight into it.
    pub(super) buffer: Vec<u8>,
    /// How much of the buffer is written already.
    written: usize,
    message: BytesMut,
    write_idle: Duration,
    high: usize,
}

impl Sender {
    /// Adds a message to the buffer.
    pub(super) fn put(&mut self, message: &impl Outgoing) -> Result<(), Ending> {
        self.message.clear();
        message.encode(&mut self.message).map_err(|_| {
            Ending::Told(Fault::fatal(
                SqlState::INTERNAL_ERROR,
                "a message does not fit the protocol",
            ))
        })?;
        self.buffer.extend_from_slice(&self.message);
        Ok(())
    }

    /// Adds a message that is encoded already.
    pub(super) fn add(&mut self, message: &[u8]) {
        self.buffer.extend_from_slice(message);
    }

    /// Whether enough is buffered to be worth a write.
    pub(super) fn full(&self) -> bool {
        self.buffer.len() >= self.high
    }

    /// Writes everything; a client that takes nothing for too long is gone.
    pub(super) async fn flush(&mut self) -> Result<(), Ending> {
        let idle = self.write_idle;
        let late = |_| Ending::Gone;
        while let Some(rest) = self
            .buffer
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match timeout(idle, self.half.write(rest)).await.map_err(late)?? {
                0 => return Err(Ending::Gone),
                count => self.written += count,
            }
        }
        self.written = 0;
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BUFFER);
        timeout(idle, self.half.flush()).await.map_err(late)??;
        Ok(())
    }
}

/// What ends a session from outside.
pub(super) struct Lifeline {
    /// The server drains: sessions end as soon as they are idle.
    pub(super) drain: CancellationToken,
    /// The grace is over: they end now.
    pub(super) stop: CancellationToken,
    /// Another session ends this one.
    pub(super) ended: CancellationToken,
    /// Who may be in.
    pub(super) directory: Arc<Directory>,
    /// Counts the directory's changes.
    pub(super) changes: watch::Receiver<u64>,
    /// As whom the client came in.
    pub(super) admission: Admission,
    /// From where.
    pub(super) peer: IpAddr,
}

impl Lifeline {
    /// Returns when the session has to end whatever it does.
    async fn cut(&mut self) -> Ending {
        let (stop, ended) = (self.stop.clone(), self.ended.clone());
        let revoked = async {
            loop {
                if self.changes.changed().await.is_err() {
                    pending::<()>().await;
                }
                if !self.directory.still_admitted(&self.admission, self.peer) {
                    break;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => (),
            () = ended.cancelled() => (),
            () = revoked => (),
        }
        Ending::Told(farewell())
    }
}

/// What is told to a session that has to go.
pub(super) fn farewell() -> Fault {
    Fault::fatal(
        SqlState::ADMIN_SHUTDOWN,
        "terminating connection due to administrator command",
    )
}

/// One admitted connection.
pub(super) struct Channel {
    /// From the client.
    pub(super) reader: Reader,
    /// To the client.
    pub(super) sender: Sender,
    /// What may end it.
    pub(super) lifeline: Lifeline,
}

impl Channel {
    /// Takes over a socket after login; `ahead` was read already.
    pub(super) fn new(
        socket: Box<dyn Socket>,
        ahead: BytesMut,
        limits: &Limits,
        lifeline: Lifeline,
    ) -> Self {
        let (read, write) = tokio::io::split(socket);
        Self {
            reader: Reader {
                half: read,
                buffer: ahead,
                skipping: None,
                text_bytes: limits.statement.text_bytes,
                bind_bytes: limits.statement.bind_bytes,
            },
            sender: Sender {
                half: write,
                buffer: Vec::new(),
                written: 0,
                message: BytesMut::new(),
                write_idle: limits.session.write_idle,
                high: limits.session.send_buffer_bytes,
            },
            lifeline,
        }
    }

    /// The next message of an idle client, waited for at most as long as the session says.
    pub(super) async fn idle(
        &mut self,
        limit: Option<crate::engine::IdleLimit>,
    ) -> Result<Received, Ending> {
        let drain = self.lifeline.drain.clone();
        let late = async {
            match limit {
                Some(limit) => {
                    tokio::time::sleep(limit.after).await;
                    Ending::Told(limit.fault)
                }
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            ending = self.lifeline.cut() => Err(ending),
            // Nothing is running, so a draining server need not wait for this client.
            () = drain.cancelled() => Err(Ending::Told(farewell())),
            received = self.reader.next() => received,
            ending = late => Err(ending),
        }
    }

    /// Does some work for the client, unless the client leaves or has to go.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ending> {
        let work = pin!(work);
        tokio::select! {
            biased;
            ending = self.lifeline.cut() => Err(ending),
            done = work => Ok(done),
            () = self.reader.gone() => Err(Ending::Gone),
        }
    }

    /// Writes everything, unless the session has to go.
    pub(super) async fn flush(&mut self) -> Result<(), Ending> {
        tokio::select! {
            biased;
            flushed = self.sender.flush() => flushed,
            ending = self.lifeline.cut() => Err(ending),
        }
    }

    /// Tells the client why it ends, if it still listens, and lets the words arrive.
    pub(super) async fn close(mut self, ending: Ending, charset: Option<&'static Charset>) {
        const LAST_WORDS: Duration = Duration::from_secs(2);
        let Ending::Told(fault) = ending else { return };
        let words = async {
            self.sender.add(&fault::error(&fault, charset));
            self.sender.flush().await?;
            self.sender.half.shutdown().await?;
            // Closing with unread bytes would reset the connection and lose the words.
            let mut seen = 0;
            while seen < (1 << 20) {
                self.reader.buffer.clear();
                self.reader.fill().await?;
                seen += self.reader.buffer.len();
            }
            Ok::<(), Ending>(())
        };
        // Whether they arrived is not ours to know.
        drop(timeout(LAST_WORDS, words).await);
    }
}
