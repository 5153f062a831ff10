//! From the first byte to an admission: TLS, the start-up packet, SCRAM.
//!
//! The order of the questions is the order of the refusals: nothing about a tenant is looked up
//! before the channel is what it has to be, and nothing is said about roles to an address that is
//! not on the tenant's list.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, Bytes, BytesMut};
use pgwire::messages::Message as Outgoing;
use pgwire::messages::startup::{Authentication, NegotiateProtocolVersion};
use rand::RngCore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tracing::info;

use super::attempts::Attempts;
use super::cancel::Cancels;
use super::channel::{Ending, Socket};
use super::{fault, scram};
use crate::config::Limits;
use crate::ident::DatabaseName;
use crate::pg::{Fault, SqlState, charset};
use crate::tenant::{Admission, Candidate, Directory, Screened};
use crate::tls::{ALPN, Certificate};

const SSL_REQUEST: u32 = (1234 << 16) | 5679;
const GSS_REQUEST: u32 = (1234 << 16) | 5680;
const CANCEL_REQUEST: u32 = (1234 << 16) | 5678;

/// The first byte of a TLS handshake.
pub(super) const TLS_HANDSHAKE: u8 = 0x16;

/// The newest minor version of protocol 3 spoken here.
const NEWEST_MINOR: u32 = 2;

/// What who guesses a tenant, a role or a password is told.
const GUESSED: [SqlState; 2] = [
    SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
    SqlState::INVALID_PASSWORD,
];

/// Random bytes of a SCRAM nonce, as PostgreSQL has them.
const NONCE_BYTES: usize = 18;

/// What the door asks.
pub(super) struct Door {
    /// Who may come in.
    pub(super) directory: Arc<Directory>,
    /// The certificate; with one, nobody comes in without TLS.
    pub(super) tls: Option<Arc<Certificate>>,
    /// The sessions that can be cancelled.
    pub(super) cancels: Arc<Cancels>,
    /// The logins that failed of late.
    pub(super) attempts: Attempts,
    /// The bounds.
    pub(super) limits: Arc<Limits>,
}

/// A client that came in.
#[derive(Debug)]
pub(super) struct Guest {
    /// The proof.
    pub(super) admission: Admission,
    /// Settings by name, in order.
    pub(super) settings: Vec<(String, String)>,
    /// Whether the client understands long cancel keys.
    pub(super) long_key: bool,
}

/// A connection before login.
pub(super) struct Visitor {
    peer: IpAddr,
    socket: Option<Box<dyn Socket>>,
    buffer: BytesMut,
    encrypted: bool,
    end_point: Option<Vec<u8>>,
    message_bytes: usize,
    /// When the client said something last.
    heard: Instant,
}

impl Visitor {
    /// A connection from `peer`.
    pub(super) fn new(socket: TcpStream, peer: IpAddr, limits: &Limits) -> Self {
        Self {
            peer,
            socket: Some(Box::new(socket)),
            buffer: BytesMut::new(),
            encrypted: false,
            end_point: None,
            message_bytes: limits.login.message_bytes,
            heard: Instant::now(),
        }
    }

    /// Lets the client in; `None` when it wanted something else (a cancel) or left.
    ///
    /// `direct` says that the first byte on the socket begins a TLS handshake.
    pub(super) async fn log_in(
        &mut self,
        door: &Door,
        direct: bool,
    ) -> Result<Option<Guest>, Ending> {
        if direct {
            self.encrypt(door, true).await?;
        }
        let Some(startup) = self.negotiate(door).await? else {
            return Ok(None);
        };
        self.agree(&startup).await?;
        let outcome =
            match door
                .directory
                .admit(self.peer, &startup.database, &startup.user, self.encrypted)
            {
                Ok(candidate) => self.authenticate(&startup, &candidate).await,
                Err(fault) => Err(Ending::Told(fault)),
            };
        match outcome {
            Ok(admission) => Ok(Some(Guest {
                admission,
                settings: startup.settings,
                long_key: startup.minor >= 2,
            })),
            Err(ending) => {
                // Every refusal takes as long, counted from what the client said last: the clock
                // tells a guesser nothing, not even what there was to do.
                let wait = match &ending {
                    // A guess; who breaks the protocol learns nothing and is not counted.
                    Ending::Told(why) if GUESSED.contains(&why.state) => {
                        let (database, user) = (&startup.database, &startup.user);
                        // However a name goes on after the tenant, it is one door.
                        let database = DatabaseName::of(database).tenant;
                        let attempts = &door.attempts;
                        attempts.failed(self.heard, self.peer, database, user)
                    }
                    Ending::Told(_) | Ending::Gone => Duration::ZERO,
                };
                let delay = door.limits.login.failure_delay + wait;
                tokio::time::sleep_until(self.heard + delay).await;
                Err(ending)
            }
        }
    }

    /// Whether the client came in with TLS.
    pub(super) fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// The socket and what was read ahead from it.
    pub(super) fn into_parts(self) -> Option<(Box<dyn Socket>, BytesMut)> {
        self.socket.map(|socket| (socket, self.buffer))
    }

    /// Reads packets until one is a start-up packet.
    async fn negotiate(&mut self, door: &Door) -> Result<Option<Startup>, Ending> {
        let (mut asked_ssl, mut asked_gss) = (self.encrypted, false);
        loop {
            let mut packet = self.packet().await?;
            let code = packet.get_u32();
            match code {
                SSL_REQUEST if !asked_ssl => {
                    asked_ssl = true;
                    if door.tls.is_none() {
                        self.write(b"N").await?;
                        continue;
                    }
                    if !self.buffer.is_empty() {
                        // Sent before TLS, perhaps by somebody in the middle, to be read as if inside.
                        return Err(violation("received unencrypted data after SSL request"));
                    }
                    self.write(b"S").await?;
                    self.encrypt(door, false).await?;
                }
                GSS_REQUEST if !asked_gss => {
                    asked_gss = true;
                    self.write(b"N").await?;
                }
                SSL_REQUEST | GSS_REQUEST => {
                    return Err(violation("encryption was requested twice"));
                }
                CANCEL_REQUEST => {
                    if let (4.., true) = (
                        packet.len(),
                        door.directory.screen(self.peer) == Screened::Known,
                    ) {
                        let process_id = packet.get_i32();
                        door.cancels.cancel(self.peer, process_id, &packet);
                    }
                    return Ok(None);
                }
                version => {
                    return Startup::read(version, &packet)
                        .map(Some)
                        .map_err(Ending::Told);
                }
            }
        }
    }

    /// Says what of the start-up packet is not understood.
    async fn agree(&mut self, startup: &Startup) -> Result<(), Ending> {
        if startup.minor <= NEWEST_MINOR && startup.unknown.is_empty() {
            return Ok(());
        }
        let minor = startup.minor.min(NEWEST_MINOR);
        let version = i32::try_from((3 << 16) | minor).map_err(|_| Ending::Gone)?;
        self.send(&NegotiateProtocolVersion::new(
            version,
            startup.unknown.clone(),
        ))
        .await
    }

    async fn authenticate(
        &mut self,
        startup: &Startup,
        candidate: &Candidate,
    ) -> Result<Admission, Ending> {
        let mut offered = vec![scram::PLAIN.to_owned()];
        if self.end_point.is_some() {
            offered.insert(0, scram::PLUS.to_owned());
        }
        self.send(&Authentication::SASL(offered)).await?;
        let mut first = self.response().await?;
        let mechanism = first
            .iter()
            .position(|byte| *byte == 0)
            .map(|end| first.split_to(end))
            .ok_or_else(|| violation("invalid string in message"))?;
        if first.len() < 5 {
            return Err(violation("insufficient data left in message"));
        }
        first.advance(1);
        let length = usize::try_from(first.get_i32()).unwrap_or_default();
        if length != first.len() {
            return Err(violation("invalid message format"));
        }
        let mut random = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut random);
        let end_point = self.end_point.clone();
        let challenged = scram::challenge(
            candidate.verifier(),
            end_point.as_deref(),
            &String::from_utf8_lossy(&mechanism),
            &first,
            &STANDARD.encode(random),
        )
        .map_err(Ending::Told)?;
        let challenge = Bytes::from(challenged.challenge.clone());
        self.send(&Authentication::SASLContinue(challenge)).await?;
        let last = self.response().await?;
        let answer = challenged.verify(&last).map_err(Ending::Told)?;
        match (answer, candidate.proved()) {
            (Some(answer), Some(admission)) => {
                self.send(&Authentication::SASLFinal(answer.into())).await?;
                Ok(admission)
            }
            _ => {
                let (user, database, reason) =
                    (&startup.user, &startup.database, candidate.failure());
                info!(peer = %self.peer, ?database, ?user, reason, "login failed");
                Err(Ending::Told(Fault::fatal(
                    SqlState::INVALID_PASSWORD,
                    format!("password authentication failed for user \"{user}\""),
                )))
            }
        }
    }

    /// Makes TLS out of the plain connection.
    async fn encrypt(&mut self, door: &Door, direct: bool) -> Result<(), Ending> {
        let (Some(certificate), Some(socket)) = (&door.tls, self.socket.take()) else {
            return Err(Ending::Gone);
        };
        let loaded = certificate.current();
        let socket = loaded.acceptor().accept(socket).await?;
        // Without the name of the protocol this may be another protocol's client led here.
        let (_, state) = socket.get_ref();
        if direct && state.alpn_protocol() != Some(ALPN) {
            return Err(Ending::Gone);
        }
        self.encrypted = true;
        self.end_point.clone_from(&loaded.end_point);
        self.socket = Some(Box::new(socket));
        Ok(())
    }

    /// A packet without a type letter.
    async fn packet(&mut self) -> Result<Bytes, Ending> {
        self.fill_to(4).await?;
        let length = self.buffer.get_u32();
        match usize::try_from(length) {
            // Like any message it counts its own length; the code must be there.
            Ok(length) if (8..=self.message_bytes).contains(&length) => {
                self.fill_to(length - 4).await?;
                Ok(self.buffer.split_to(length - 4).freeze())
            }
            _ => Err(violation("invalid length of startup packet")),
        }
    }

    /// The body of a SASL message; everything else is out of place here.
    async fn response(&mut self) -> Result<Bytes, Ending> {
        self.fill_to(5).await?;
        let kind = self.buffer.get_u8();
        if kind != b'p' {
            return Err(violation(&format!(
                "expected SASL response, got message type {kind}"
            )));
        }
        match usize::try_from(self.buffer.get_u32()) {
            Ok(length) if (4..=self.message_bytes).contains(&length) => {
                self.fill_to(length - 4).await?;
                Ok(self.buffer.split_to(length - 4).freeze())
            }
            _ => Err(violation("invalid message length")),
        }
    }

    /// Reads until so many bytes are there; memory grows only with what has arrived.
    async fn fill_to(&mut self, length: usize) -> Result<(), Ending> {
        while self.buffer.len() < length {
            let socket = self.socket.as_mut().ok_or(Ending::Gone)?;
            if socket.read_buf(&mut self.buffer).await? == 0 {
                return Err(Ending::Gone);
            }
            self.heard = Instant::now();
        }
        Ok(())
    }

    async fn send(&mut self, message: &impl Outgoing) -> Result<(), Ending> {
        let mut bytes = BytesMut::new();
        message.encode(&mut bytes).map_err(|_| Ending::Gone)?;
        self.write(&bytes).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        let socket = self.socket.as_mut().ok_or(Ending::Gone)?;
        socket.write_all(bytes).await?;
        Ok(socket.flush().await?)
    }

    /// Tells the client why it does not come in; `encoded` through whatever channel there is.
    pub(super) async fn refuse(&mut self, why: &Fault) -> Result<(), Ending> {
        self.write(&fault::error(why, None)).await?;
        let socket = self.socket.as_mut().ok_or(Ending::Gone)?;
        socket.shutdown().await?;
        // Closing with unread bytes would reset the connection and lose the words.
        let mut seen = 0;
        while seen < self.message_bytes {
            self.buffer.clear();
            match socket.read_buf(&mut self.buffer).await? {
                0 => break,
                count => seen += count,
            }
        }
        Ok(())
    }
}

fn violation(message: &str) -> Ending {
    Ending::Told(Fault::fatal(SqlState::PROTOCOL_VIOLATION, message))
}

/// What a start-up packet says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Startup {
    minor: u32,
    user: String,
    database: String,
    settings: Vec<(String, String)>,
    /// Protocol options that are not known here.
    unknown: Vec<String>,
}

impl Startup {
    fn read(version: u32, packet: &[u8]) -> Result<Self, Fault> {
        let (major, minor) = (version >> 16, version & 0xFFFF);
        if major != 3 {
            return Err(Fault::fatal(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.{NEWEST_MINOR}"
                ),
            ));
        }
        let mut startup = Self {
            minor,
            ..Self::default()
        };
        let mut named = Vec::new();
        for (name, value) in pairs(packet)? {
            match name {
                "user" => startup.user = value.into_owned(),
                "database" => startup.database = value.into_owned(),
                "options" => startup.settings.extend(options(&value)?),
                "replication" => no_replication(&value)?,
                name if name.starts_with("_pq_.") => startup.unknown.push(name.to_owned()),
                name => named.push((name.to_owned(), value.into_owned())),
            }
        }
        if startup.user.is_empty() {
            return Err(Fault::fatal(
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
                "no PostgreSQL user name specified in startup packet",
            ));
        }
        if startup.database.is_empty() {
            startup.database.clone_from(&startup.user);
        }
        // As in PostgreSQL, what has its own name wins over the same in `options`.
        startup.settings.extend(named);
        Ok(startup)
    }
}

/// Names and values, each ended by a zero byte, and one more zero byte at the end.
fn pairs(packet: &[u8]) -> Result<Vec<(&str, Cow<'_, str>)>, Fault> {
    let layout = || {
        Fault::fatal(
            SqlState::PROTOCOL_VIOLATION,
            "invalid startup packet layout: expected terminator as last byte",
        )
    };
    let Some((&0, texts)) = packet.split_last() else {
        return Err(layout());
    };
    let mut pairs = Vec::new();
    let mut parts = match texts.split_last() {
        Some((&0, texts)) => texts.split(|byte| *byte == 0),
        Some(_) => return Err(layout()),
        None => return Ok(pairs),
    };
    while let Some(name) = parts.next() {
        let value = parts.next().ok_or_else(layout)?;
        let text = |bytes| {
            charset::utf8(bytes).map_err(|fault| Fault {
                severity: crate::pg::Severity::Fatal,
                ..fault
            })
        };
        if name.is_empty() {
            return Err(layout());
        }
        let value = match name {
            b"user" | b"database" => Cow::Borrowed(text(value)?),
            _ => readable(value),
        };
        pairs.push((text(name)?, value));
    }
    Ok(pairs)
}

/// A value in whatever character set: nobody has said yet which, so a byte of another than UTF-8 is
/// shown as it is in `application_name`, where such bytes come from.
fn readable(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => value
            .iter()
            .map(|byte| {
                if byte.is_ascii() {
                    char::from(*byte)
                } else {
                    '?'
                }
            })
            .collect(),
    }
}

fn no_replication(value: &str) -> Result<(), Fault> {
    match value.to_ascii_lowercase().as_str() {
        "" | "false" | "off" | "no" | "0" => Ok(()),
        _ => Err(Fault::fatal(
            SqlState::FEATURE_NOT_SUPPORTED,
            "replication is not supported",
        )),
    }
}

/// The settings in `options`: `-c name=value`, `-cname=value`, `--name=value`, and the switches that
/// stand for one.
fn options(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut settings = Vec::new();
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        let unknown = || {
            let message = format!("invalid command-line argument for server process: {word}");
            bad_option(&message).hint("Try \"postgres --help\" for more information.")
        };
        let mut argument = |rest: &str| match rest {
            "" => words.next().ok_or_else(unknown),
            rest => Ok(rest.to_owned()),
        };
        let assignment = match (word.strip_prefix("--"), word.strip_prefix("-c")) {
            (Some(rest), _) => rest.to_owned(),
            (None, Some(rest)) => argument(rest)?,
            (None, None) => {
                let letter = word.get(..2).unwrap_or_default();
                let switch = SWITCHES.iter().find(|(switch, ..)| *switch == letter);
                let (_, name, value) = switch.ok_or_else(unknown)?;
                let rest = word.get(2..).unwrap_or_default();
                let value = match (value, rest) {
                    (Some(value), "") => (*value).to_owned(),
                    (Some(_), _) => return Err(unknown()),
                    (None, rest) => argument(rest)?,
                };
                settings.push(((*name).to_owned(), value));
                continue;
            }
        };
        match assignment.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                settings.push((name.replace('-', "_"), value.to_owned()));
            }
            _ => return Err(bad_option(&format!("-c {assignment} requires a value"))),
        }
    }
    Ok(settings)
}

/// Switches of PostgreSQL's server process that a client may give: the setting, and its value
/// unless the next word is that.
const SWITCHES: [(&str, &str, Option<&str>); 11] = [
    ("-B", "shared_buffers", None),
    ("-e", "DateStyle", Some("euro")),
    ("-F", "fsync", Some("false")),
    ("-l", "ssl", Some("true")),
    ("-N", "max_connections", None),
    ("-O", "allow_system_table_mods", Some("true")),
    ("-P", "ignore_system_indexes", Some("true")),
    ("-p", "port", None),
    ("-S", "work_mem", None),
    ("-s", "log_statement_stats", Some("true")),
    ("-W", "post_auth_delay", None),
];

fn bad_option(message: &str) -> Fault {
    Fault::fatal(SqlState::SYNTAX_ERROR, message)
}

/// Splits at white space; a backslash takes the next character as it is.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut inside = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                inside = true;
                word.extend(characters.next());
            }
            space if space.is_ascii_whitespace() => {
                if inside {
                    words.push(std::mem::take(&mut word));
                }
                inside = false;
            }
            other => {
                inside = true;
                word.push(other);
            }
        }
    }
    if inside {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const V3: u32 = 3 << 16;

    #[test]
    fn a_start_up_packet_is_read() {
        let startup = Startup::read(
            V3 | 2,
            b"user\0ada\0options\0-c statement_timeout=5s --Date-Style=ISO -c search_path=a\\ b\0\
              application_name\0psql\0_pq_.thing\x001\0\0",
        )
        .unwrap();
        assert_eq!(
            (startup.user.as_str(), startup.database.as_str()),
            ("ada", "ada")
        );
        assert_eq!(startup.unknown, ["_pq_.thing"]);
        let settings: Vec<_> = startup
            .settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            settings,
            [
                "statement_timeout=5s",
                "Date_Style=ISO",
                "search_path=a b",
                "application_name=psql"
            ]
        );
    }

    #[test]
    fn broken_start_up_packets_are_refused() {
        for (version, packet, state) in [
            (2 << 16, &b"user\0a\0\0"[..], "0A000"),
            (V3, b"", "08P01"),
            (V3, b"user\0a\0", "08P01"),
            (V3, b"user\0a", "08P01"),
            (V3, b"user\0\0", "08P01"),
            (V3, b"\0a\0\0", "08P01"),
            (V3, b"\0", "28000"),
            (V3, b"database\0a\0\0", "28000"),
            (V3, b"user\0a\0replication\0true\0\0", "0A000"),
            (V3, b"user\0a\0replication\0database\0\0", "0A000"),
            (V3, b"user\0a\0options\0-c=\0\0", "42601"),
            (V3, b"user\0a\0options\0-c\0\0", "42601"),
            (V3, b"user\0a\0options\0-c =\0\0", "42601"),
            (V3, b"user\0a\0options\0--=x\0\0", "42601"),
            (V3, b"user\0a\0options\0-d 5\0\0", "42601"),
            (V3, b"user\0\xff\0\0", "22021"),
        ] {
            let fault = Startup::read(version, packet).unwrap_err();
            assert_eq!(fault.state.0, state, "{packet:?}: {fault}");
            assert_eq!(fault.severity, crate::pg::Severity::Fatal);
        }
    }
}
