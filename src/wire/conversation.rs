//! One session's messages, in order: what is answered now, what is skipped, when to say ready.

use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use pgwire::messages::response::{ReadyForQuery, TransactionStatus as Letter};
use pgwire::messages::startup::{Authentication, BackendKeyData, ParameterStatus, SecretKey};

use super::cancel::{SHORT_KEY, Seat};
use super::channel::{Channel, Ending, Received};
use super::fault;
use super::frontend::{Frame, Message, Target};
use super::portal::Portal;
use crate::config::Limits;
use crate::engine::{Session, TransactionStatus};
use crate::pg::{Fault, Severity, SqlState};

/// Why a message was not answered as it asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The statement failed; the session goes on.
    Fault(Fault),
    /// The connection ends.
    Ending(Ending),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        if fault.severity == Severity::Fatal {
            Self::Ending(Ending::Told(fault))
        } else {
            Self::Fault(fault)
        }
    }
}

impl From<Ending> for Failure {
    fn from(ending: Ending) -> Self {
        Self::Ending(ending)
    }
}

/// An admitted client and everything it holds.
pub(super) struct Conversation {
    /// The client.
    pub(super) channel: Channel,
    /// What it talks to.
    pub(super) session: Session,
    /// Open portals by name.
    pub(super) portals: HashMap<String, Portal>,
    /// The bounds.
    pub(super) limits: Arc<Limits>,
    /// After an error in the extended protocol everything is skipped until Sync.
    skipping: bool,
}

impl Conversation {
    /// Begins with an open session.
    pub(super) fn new(channel: Channel, session: Session, limits: &Arc<Limits>) -> Self {
        Self {
            channel,
            session,
            portals: HashMap::new(),
            limits: Arc::clone(limits),
            skipping: false,
        }
    }

    /// Talks until one side ends it.
    pub(super) async fn hold(mut self, seat: &Seat) {
        let ending = match AssertUnwindSafe(self.talk(seat)).catch_unwind().await {
            Ok(Err(ending)) => ending,
            Err(_) => {
                // The panic itself is in the log, where the runtime's hook puts it.
                tracing::error!("a session ended by a panic");
                Ending::Told(Fault::fatal(SqlState::INTERNAL_ERROR, "internal error"))
            }
        };
        // Whatever runs is dropped before the last words, which may take a moment.
        let Self {
            channel,
            session,
            portals,
            ..
        } = self;
        let charset = session.charset();
        drop((portals, session));
        channel.close(ending, charset).await;
    }

    async fn talk(&mut self, seat: &Seat) -> Result<Infallible, Ending> {
        self.greet(seat)?;
        self.ready().await?;
        loop {
            let limit = self.session.idle_limit();
            match self.channel.idle(limit).await? {
                Received::Frame(frame) => self.frame(frame).await?,
                Received::TooLong { kind, bound } => self.too_long(kind, bound).await?,
            }
        }
    }

    fn greet(&mut self, seat: &Seat) -> Result<(), Ending> {
        let sender = &mut self.channel.sender;
        sender.put(&Authentication::Ok)?;
        for (name, value) in self.session.take_reports() {
            sender.put(&ParameterStatus::new(name, value))?;
        }
        let key = match <[u8; SHORT_KEY]>::try_from(seat.key.as_slice()) {
            Ok(short) => SecretKey::I32(i32::from_be_bytes(short)),
            Err(_) => SecretKey::Bytes(Bytes::copy_from_slice(&seat.key)),
        };
        sender.put(&BackendKeyData::new(seat.process_id, key))
    }

    async fn frame(&mut self, frame: Frame) -> Result<(), Ending> {
        if self.skipping && !matches!(frame.kind, b'S' | b'X') {
            return Ok(());
        }
        let kind = frame.kind;
        let done = match frame.message(self.session.charset()) {
            Ok(message) => self.message(message).await,
            Err(fault) => Err(fault.into()),
        };
        match done {
            Ok(()) => Ok(()),
            Err(Failure::Ending(ending)) => Err(ending),
            Err(Failure::Fault(fault)) => self.failed(kind, &fault).await,
        }
    }

    async fn message(&mut self, message: Message) -> Result<(), Failure> {
        match message {
            Message::Query(text) => {
                self.query(&text).await?;
                Ok(self.finish().await?)
            }
            Message::Parse(parse) => self.parse(parse).await,
            Message::Bind(bind) => self.bind(bind),
            Message::Describe(Target::Statement(name)) => self.describe_statement(&name),
            Message::Describe(Target::Portal(name)) => self.describe_portal(&name),
            Message::Execute { portal, rows } => self.execute(&portal, rows).await,
            Message::Close(Target::Statement(name)) => self.close_statement(&name),
            Message::Close(Target::Portal(name)) => self.close_portal(&name),
            Message::Flush => Ok(self.channel.flush().await?),
            Message::Sync => {
                self.skipping = false;
                Ok(self.finish().await?)
            }
            Message::FunctionCall => Err(Fault::unsupported("the function call protocol").into()),
            // The rest of a COPY that failed before it began, as in PostgreSQL.
            Message::Copy => Ok(()),
            Message::Terminate => Err(Ending::Gone.into()),
        }
    }

    /// Tells an error and takes the session to where the protocol goes on.
    async fn failed(&mut self, kind: u8, fault: &Fault) -> Result<(), Ending> {
        self.session.fail();
        self.notices()?;
        let told = fault::error(fault, self.session.charset());
        self.channel.sender.add(&told);
        match kind {
            b'Q' | b'F' => self.finish().await,
            _ => {
                self.skipping = true;
                self.channel.flush().await
            }
        }
    }

    async fn too_long(&mut self, kind: u8, bound: usize) -> Result<(), Ending> {
        match kind {
            b'Q' | b'P' | b'B' | b'F' if self.skipping => Ok(()),
            b'Q' | b'P' | b'B' | b'F' => {
                let fault = Fault::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "message is too long")
                    .detail(format!("Messages of this kind may have {bound} bytes."));
                self.failed(kind, &fault).await
            }
            b'd' => Ok(()),
            _ => Err(Ending::Told(Fault::fatal(
                SqlState::PROTOCOL_VIOLATION,
                "invalid message length",
            ))),
        }
    }

    /// Ends what a Query or the messages up to Sync had in common, and says ready.
    async fn finish(&mut self) -> Result<(), Ending> {
        self.session.end();
        if self.session.status() == TransactionStatus::Idle {
            self.portals.clear();
            self.session.close_portals();
        }
        self.ready().await
    }

    async fn ready(&mut self) -> Result<(), Ending> {
        self.notices()?;
        for (name, value) in self.session.take_reports() {
            self.channel
                .sender
                .put(&ParameterStatus::new(name, value))?;
        }
        let letter = match self.session.status() {
            TransactionStatus::Idle => Letter::Idle,
            TransactionStatus::Open => Letter::Transaction,
            TransactionStatus::Failed => Letter::Error,
        };
        self.channel.sender.put(&ReadyForQuery::new(letter))?;
        self.channel.flush().await
    }

    /// Sends the notices that came up.
    pub(super) fn notices(&mut self) -> Result<(), Ending> {
        for fault in self.session.take_notices() {
            let told = fault::notice(&fault, self.session.charset());
            self.channel.sender.add(&told);
        }
        Ok(())
    }

    /// Adds a message without a body.
    pub(super) fn bare(&mut self, kind: u8) {
        self.channel
            .sender
            .buffer
            .extend_from_slice(&[kind, 0, 0, 0, 4]);
    }
}
