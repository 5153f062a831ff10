//! What clients say: frames with their bounds, and the bodies inside.
//!
//! Bodies are read here and not by the protocol library, because its decoders trust the counts and
//! lengths inside a message and replace invalid UTF-8; these answer with PostgreSQL's errors.

use bytes::{Buf, Bytes};

use crate::pg::charset::{self, Charset};
use crate::pg::{Fault, SqlState};

/// One message of a client after login.
#[derive(Debug)]
pub(super) enum Message {
    /// A text of statements.
    Query(String),
    /// Prepare one statement.
    Parse(Parse),
    /// Make a portal from a prepared statement.
    Bind(Bind),
    /// Ask for parameters and columns.
    Describe(Target),
    /// Run a portal.
    Execute {
        /// The portal.
        portal: String,
        /// At most that many rows; 0 and less mean all.
        rows: i32,
    },
    /// Forget a statement or portal.
    Close(Target),
    /// Send what is ready.
    Flush,
    /// End the implicit transaction.
    Sync,
    /// Call a function by oid.
    FunctionCall,
    /// Data, end or failure of a COPY that nobody asked for.
    Copy,
    /// Good bye.
    Terminate,
}

/// The body of Parse.
#[derive(Debug)]
pub(super) struct Parse {
    /// The statement's name; empty for the unnamed one.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
    /// Declared parameter types; 0 leaves one open.
    pub(super) types: Vec<u32>,
}

/// The body of Bind.
#[derive(Debug)]
pub(super) struct Bind {
    /// The portal's name; empty for the unnamed one.
    pub(super) portal: String,
    /// The statement's name.
    pub(super) statement: String,
    /// Formats of the parameters: none, one for all, or one each.
    pub(super) formats: Vec<i16>,
    /// The values.
    pub(super) values: Vec<Option<Bytes>>,
    /// Formats of the result columns: none, one for all, or one each.
    pub(super) results: Vec<i16>,
}

/// What Describe and Close are about.
#[derive(Debug)]
pub(super) enum Target {
    /// A prepared statement.
    Statement(String),
    /// A portal.
    Portal(String),
}

/// A frame as it came: the type letter and the body.
#[derive(Debug)]
pub(super) struct Frame {
    /// The type letter.
    pub(super) kind: u8,
    /// Everything after the length.
    pub(super) body: Bytes,
}

/// The longest body a message of this kind may have; `None` for a kind that is none.
pub(super) fn ceiling(kind: u8, text_bytes: usize, bind_bytes: usize) -> Option<usize> {
    // Room for the names and numbers around a text or the values.
    const AROUND: usize = 4_096;
    match kind {
        b'Q' => Some(text_bytes.saturating_add(1)),
        // 65,535 declared types take four bytes each.
        b'P' => Some(text_bytes.saturating_add(AROUND + 4 * 65_535)),
        b'B' => Some(bind_bytes),
        b'd' | b'F' => Some(bind_bytes),
        b'D' | b'C' | b'E' | b'H' | b'S' | b'X' | b'c' | b'f' => Some(10_000),
        _ => None,
    }
}

impl Frame {
    /// Reads the body, whose texts are in the client's character set.
    ///
    /// # Errors
    /// ERROR 08P01 for a body that is not what its kind has, 22021 for text that is not of the
    /// character set, 22P05 for what of it Unicode lacks.
    pub(super) fn message(self, charset: Option<&'static Charset>) -> Result<Message, Fault> {
        let mut body = Body {
            rest: self.body,
            charset,
        };
        let message = match self.kind {
            b'Q' => Message::Query(body.text()?),
            b'P' => Message::Parse(Parse {
                name: body.text()?,
                text: body.text()?,
                types: body.list(Body::unsigned)?,
            }),
            b'B' => Message::Bind(Bind {
                portal: body.text()?,
                statement: body.text()?,
                formats: body.list(Body::short)?,
                values: body.list(Body::value)?,
                results: body.list(Body::short)?,
            }),
            b'D' => Message::Describe(body.target("DESCRIBE")?),
            b'C' => Message::Close(body.target("CLOSE")?),
            b'E' => Message::Execute {
                portal: body.text()?,
                rows: body.signed()?,
            },
            b'F' => return Ok(Message::FunctionCall),
            b'd' | b'c' | b'f' => return Ok(Message::Copy),
            b'H' => Message::Flush,
            b'S' => Message::Sync,
            // PostgreSQL does not look into it either.
            b'X' => return Ok(Message::Terminate),
            kind => return Err(unknown(kind)),
        };
        if body.rest.is_empty() {
            Ok(message)
        } else {
            Err(broken("invalid message format"))
        }
    }
}

/// FATAL 08P01 for a kind of message that does not exist or has no place here.
pub(super) fn unknown(kind: u8) -> Fault {
    Fault::fatal(
        SqlState::PROTOCOL_VIOLATION,
        format!("invalid frontend message type {kind}"),
    )
}

fn broken(why: &str) -> Fault {
    Fault::new(SqlState::PROTOCOL_VIOLATION, why)
}

/// What is left of a message.
struct Body {
    rest: Bytes,
    charset: Option<&'static Charset>,
}

impl Body {
    fn take(&mut self, count: usize) -> Result<Bytes, Fault> {
        if self.rest.len() < count {
            return Err(broken("insufficient data left in message"));
        }
        Ok(self.rest.split_to(count))
    }

    fn text(&mut self) -> Result<String, Fault> {
        let Some(end) = self.rest.iter().position(|byte| *byte == 0) else {
            return Err(broken("invalid string in message"));
        };
        let bytes = self.rest.split_to(end);
        self.rest.advance(1);
        charset::take(self.charset, &bytes).map(String::from)
    }

    fn short(&mut self) -> Result<i16, Fault> {
        Ok(self.take(2)?.get_i16())
    }

    fn signed(&mut self) -> Result<i32, Fault> {
        Ok(self.take(4)?.get_i32())
    }

    fn unsigned(&mut self) -> Result<u32, Fault> {
        Ok(self.take(4)?.get_u32())
    }

    fn value(&mut self) -> Result<Option<Bytes>, Fault> {
        match usize::try_from(self.signed()?) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let count = usize::from(self.take(2)?.get_u16());
        // No capacity is reserved: the count is only a claim.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn target(&mut self, word: &str) -> Result<Target, Fault> {
        let kind = self.take(1)?.get_u8();
        let name = self.text()?;
        match kind {
            b'S' => Ok(Target::Statement(name)),
            b'P' => Ok(Target::Portal(name)),
            _ => Err(broken(&format!("invalid {word} message subtype {kind}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: u8, body: &[u8]) -> Result<Message, Fault> {
        Frame {
            kind,
            body: Bytes::copy_from_slice(body),
        }
        .message(None)
    }

    #[test]
    fn a_claim_beyond_the_message_is_refused_without_allocation() {
        for (kind, body) in [
            (b'P', &b"\0select 1\0\xff\xff"[..]),
            (b'B', b"\0\0\xff\xff"),
            (b'B', b"\0\0\0\0\0\x01\x7f\xff\xff\xff"),
            (b'E', b"\0\0"),
            (b'D', b""),
        ] {
            let fault = read(kind, body).unwrap_err();
            assert_eq!(fault.state, SqlState::PROTOCOL_VIOLATION);
            assert_eq!(fault.message, "insufficient data left in message");
        }
    }

    #[test]
    fn text_must_end_and_be_utf8() {
        assert_eq!(
            read(b'Q', b"select 1").unwrap_err().message,
            "invalid string in message"
        );
        let fault = read(b'Q', b"select '\xe2\x28\xa1'\0").unwrap_err();
        assert_eq!(fault.state.0, "22021");
        assert_eq!(
            fault.message,
            "invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0xa1"
        );
        assert_eq!(
            read(b'Q', b"a\0b").unwrap_err().message,
            "invalid message format"
        );
    }

    #[test]
    fn bind_is_read_whole() {
        let body = b"p\0s\0\0\x01\0\x01\0\x02\0\0\0\x02hi\xff\xff\xff\xff\0\0";
        let Message::Bind(bind) = read(b'B', body).unwrap() else {
            panic!("not a Bind");
        };
        assert_eq!((bind.portal.as_str(), bind.statement.as_str()), ("p", "s"));
        assert_eq!(bind.formats, [1]);
        assert_eq!(bind.values, [Some(Bytes::from_static(b"hi")), None]);
        assert!(bind.results.is_empty());
    }
}
