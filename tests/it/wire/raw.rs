//! A client that says exactly what it is told to, and reads everything it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection, without TLS.
pub(crate) struct Raw {
    stream: TcpStream,
}

/// One message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    /// Connects and says nothing.
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Connects and logs in: with a password through SCRAM, without one where it is not asked for.
    pub(crate) fn log_in(port: u16, database: &str, user: &str, password: &str) -> Self {
        let mut raw = Self::connect(port);
        raw.send(&startup(&[("user", user), ("database", database)]));
        let outcome = raw.authenticate(password);
        assert_eq!(outcome, None, "login failed");
        raw.until_ready();
        raw
    }

    /// Answers what the server asks after the start-up packet; the refusal, if it refuses.
    pub(crate) fn authenticate(&mut self, password: &str) -> Option<String> {
        loop {
            let told = self.read().expect("the server closed during login");
            match (told.kind, told.body.get(..4)) {
                (b'R', Some([0, 0, 0, 0])) => return None,
                (b'R', Some([0, 0, 0, 10])) => {
                    if let Err(refusal) = self.scram(password) {
                        return Some(refusal);
                    }
                }
                (b'v', _) => {}
                _ => return Some(told.render()),
            }
        }
    }

    /// The salt that the server offers after the start-up packet.
    pub(crate) fn salt(&mut self) -> String {
        let told = self.read().expect("the server closed during login");
        assert_eq!(
            (told.kind, told.body.get(..4)),
            (b'R', Some(&[0, 0, 0, 10][..]))
        );
        let challenge = self.challenge("n=,r=abcdefghijklmnop").unwrap();
        let salt = challenge
            .split(',')
            .find_map(|part| part.strip_prefix("s="));
        salt.unwrap().to_owned()
    }

    /// Begins SCRAM; what the server answers.
    fn challenge(&mut self, bare: &str) -> Result<String, String> {
        let mut first = b"SCRAM-SHA-256\0".to_vec();
        let text = format!("n,,{bare}");
        first.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
        first.extend_from_slice(text.as_bytes());
        self.send(&message(b'p', &first));
        let told = self.read().unwrap();
        if told.kind != b'R' {
            return Err(told.render());
        }
        Ok(String::from_utf8(told.body[4..].to_vec()).unwrap())
    }

    /// The client's side of SCRAM-SHA-256 (RFC 5802).
    fn scram(&mut self, password: &str) -> Result<(), String> {
        let bare = "n=,r=abcdefghijklmnop";
        let challenge = self.challenge(bare)?;
        let part = |name: &str| {
            let found = challenge
                .split(',')
                .find_map(|part| part.strip_prefix(name));
            found.unwrap().to_owned()
        };
        let mut salted = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            part("i=").parse().unwrap(),
            &STANDARD.decode(part("s=")).unwrap(),
            password.as_bytes(),
            &mut salted,
        );
        let sign = |key: &[u8], text: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
                .as_ref()
                .to_vec()
        };
        let client_key = sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, &client_key);
        let without_proof = format!("c=biws,r={}", part("r="));
        let signed = format!("{bare},{challenge},{without_proof}");
        let proof: Vec<u8> = sign(stored.as_ref(), signed.as_bytes())
            .iter()
            .zip(&client_key)
            .map(|(left, right)| left ^ right)
            .collect();
        let last = format!("{without_proof},p={}", STANDARD.encode(proof));
        self.send(&message(b'p', last.as_bytes()));
        let told = self.read().unwrap();
        if told.kind != b'R' {
            return Err(told.render());
        }
        let server = sign(&sign(&salted, b"Server Key"), signed.as_bytes());
        assert_eq!(
            String::from_utf8_lossy(&told.body[4..]),
            format!("v={}", STANDARD.encode(server)),
            "the server proves that it knows the password's key"
        );
        Ok(())
    }

    /// Sends bytes as they are; a server that has gone is noticed when reading.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    /// Says that nothing more is coming.
    pub(crate) fn finish(&mut self) {
        drop(self.stream.shutdown(Shutdown::Write));
    }

    /// The next message; `None` when the server has closed.
    pub(crate) fn read(&mut self) -> Option<Told> {
        let mut head = [0; 5];
        if !self.fill(&mut head) {
            return None;
        }
        let length = u32::from_be_bytes(head[1..].try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        assert!(self.fill(&mut body), "the server closed inside a message");
        Some(Told {
            kind: head[0],
            body,
        })
    }

    /// One byte, such as the answer to an SSLRequest.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.fill(&mut byte).then_some(byte[0])
    }

    /// Reads whatever there is; `false` at the end, which has to come in time.
    pub(crate) fn read_any(&mut self) -> bool {
        let mut some = [0; 4_096];
        match self.stream.read(&mut some) {
            Ok(count) => count > 0,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the server hangs");
                false
            }
        }
    }

    fn fill(&mut self, into: &mut [u8]) -> bool {
        match self.stream.read_exact(into) {
            Ok(()) => true,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
                ) =>
            {
                false
            }
            Err(error) => panic!("no answer: {error}"),
        }
    }

    /// Everything up to and with ReadyForQuery, or the end, as text.
    pub(crate) fn until_ready(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.read() {
                Some(told) => {
                    lines.push(told.render());
                    if told.kind == b'Z' {
                        return lines;
                    }
                }
                None => {
                    lines.push("closed".to_owned());
                    return lines;
                }
            }
        }
    }

    /// Sends a Query and reads its answer.
    pub(crate) fn query(&mut self, sql: &str) -> Vec<String> {
        self.send(&query(sql));
        self.until_ready()
    }
}

/// A message with its letter and length.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(&u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A Query message.
pub(crate) fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

/// A packet of the time before login: no letter, a code.
pub(crate) fn packet(code: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len() + 8)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    bytes.extend_from_slice(&code.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A start-up packet of protocol 3.0.
pub(crate) fn startup(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in pairs {
        for text in [name, value] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
    }
    body.push(0);
    packet(3 << 16, &body)
}

/// Reads one message's fields.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn short(&mut self) -> i16 {
        i16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn int(&mut self) -> i32 {
        i32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap();
        let bytes = self.take(end);
        self.take(1);
        // What is of another character set is written as scripts write bytes.
        let chunks = bytes.utf8_chunks().map(|chunk| {
            let odd = chunk.invalid().iter();
            let odd: String = odd.map(|byte| format!("{byte:02x}")).collect();
            let marked = if odd.is_empty() {
                odd
            } else {
                format!("‹{odd}›")
            };
            format!("{}{marked}", chunk.valid())
        });
        chunks.collect()
    }
}

/// A value as scripts write it: text where it is printable, else hexadecimal.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        }
    }
}

impl Told {
    /// The message as scripts write it.
    pub(crate) fn render(&self) -> String {
        let letter = char::from(self.kind);
        let mut fields = Fields(&self.body);
        let rest = match self.kind {
            b'C' | b'A' => fields.text(),
            b'S' => format!("{}={}", fields.text(), fields.text()),
            b'Z' => char::from(self.body[0]).to_string(),
            b'R' => fields.int().to_string(),
            b'D' => row(&mut fields),
            b'T' => columns(&mut fields),
            b't' => (0..fields.short())
                .map(|_| fields.int().to_string())
                .collect::<Vec<_>>()
                .join(" "),
            b'E' | b'N' => fault(&mut fields),
            b'd' => match std::str::from_utf8(&self.body) {
                Ok(text) => text.escape_default().to_string(),
                Err(_) => self.body.escape_ascii().to_string(),
            },
            b'H' => {
                let format = fields.take(1)[0];
                format!("{format} {}", fields.short())
            }
            b'v' => {
                let version = fields.int();
                let options: Vec<_> = (0..fields.int()).map(|_| fields.text()).collect();
                format!(
                    "{}.{} {}",
                    version >> 16,
                    version & 0xFFFF,
                    options.join(" ")
                )
            }
            _ => String::new(),
        };
        format!("{letter} {rest}").trim_end().to_owned()
    }
}

fn row(fields: &mut Fields<'_>) -> String {
    let values: Vec<String> = (0..fields.short())
        .map(|_| match usize::try_from(fields.int()) {
            Ok(length) => shown(fields.take(length)),
            Err(_) => "\\N".to_owned(),
        })
        .collect();
    values.join("|")
}

/// `name:oid/size/modifier/format`, without the table.
fn columns(fields: &mut Fields<'_>) -> String {
    let columns: Vec<String> = (0..fields.short())
        .map(|_| {
            let name = fields.text();
            fields.take(6);
            let (oid, size, modifier) = (fields.int(), fields.short(), fields.int());
            format!("{name}:{oid}/{size}/{modifier}/{}", fields.short())
        })
        .collect();
    columns.join("|")
}

/// `SEVERITY STATE message @position`.
fn fault(fields: &mut Fields<'_>) -> String {
    let (mut severity, mut state, mut text, mut position) = Default::default();
    loop {
        let letter = fields.take(1)[0];
        if letter == 0 {
            break;
        }
        let value = fields.text();
        match letter {
            b'V' => severity = value,
            b'C' => state = value,
            b'M' => text = value,
            b'P' => position = format!(" @{value}"),
            _ => {}
        }
    }
    let _: &String = &text;
    format!("{severity} {state} {text}{position}")
}
