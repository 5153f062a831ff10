//! Errors and notices in the fields of the protocol.
//!
//! Written here and not by the protocol library, whose texts are UTF-8: they are in the character
//! set of the client.

use super::encode::patch;
use crate::pg::Fault;
use crate::pg::charset::{self, Charset};

const ERROR: u8 = b'E';
const NOTICE: u8 = b'N';

fn message(kind: u8, fault: &Fault, charset: Option<&Charset>) -> Result<Vec<u8>, Fault> {
    let word = fault.severity.word();
    let fields = [
        (b'S', Some(word)),
        (b'V', Some(word)),
        (b'C', Some(fault.state.0)),
        (b'M', Some(fault.message.as_str())),
        (b'D', fault.detail.as_deref()),
        (b'H', fault.hint.as_deref()),
        (b'W', fault.context.as_deref()),
    ];
    let mut out = vec![kind, 0, 0, 0, 0];
    let mut field = |letter: u8, text: &str| {
        out.push(letter);
        // A zero byte would end the field early.
        charset::put(charset, &text.replace('\0', ""), &mut out)?;
        out.push(0);
        Ok(())
    };
    for (letter, text) in fields {
        if let Some(text) = text {
            field(letter, text)?;
        }
    }
    if let Some(position) = fault.position {
        field(b'P', &position.to_string())?;
    }
    out.push(0);
    let length = out.len() - 1;
    patch(&mut out, 1, length)?;
    Ok(out)
}

/// What is told of an error; when the character set lacks some of it, that is the error told.
fn told(kind: u8, fault: &Fault, charset: Option<&Charset>) -> Vec<u8> {
    let untold = |unheard: Fault| {
        let severity = fault.severity;
        message(
            kind,
            &Fault {
                severity,
                ..unheard
            },
            None,
        )
    };
    let told = message(kind, fault, charset).or_else(untold);
    // Nothing is left that could fail: what is said of a character is ASCII, and short.
    told.unwrap_or_default()
}

/// The message for an error.
pub(super) fn error(fault: &Fault, charset: Option<&Charset>) -> Vec<u8> {
    told(ERROR, fault, charset)
}

/// The message for a notice or warning.
pub(super) fn notice(fault: &Fault, charset: Option<&Charset>) -> Vec<u8> {
    told(NOTICE, fault, charset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::SqlState;

    fn fault(message: &str) -> Fault {
        Fault::new(SqlState::UNDEFINED_COLUMN, message)
    }

    #[test]
    fn every_field_is_sent_with_its_letter() {
        let mut fault = fault("column \"a\0b\" does not exist")
            .detail("D.")
            .hint("H.")
            .at(Some(8));
        fault.context = Some("W".to_owned());
        let bytes = error(&fault, None);
        let text = String::from_utf8_lossy(bytes.get(5..).unwrap()).replace('\0', "|");
        assert_eq!(
            text,
            "SERROR|VERROR|C42703|Mcolumn \"ab\" does not exist|DD.|HH.|WW|P8||"
        );
        let length = u32::try_from(bytes.len() - 1).unwrap();
        assert_eq!(bytes.get(1..5).unwrap(), length.to_be_bytes());
    }

    #[test]
    fn what_the_client_cannot_read_is_said_instead() {
        let latin1 = charset::named("latin1");
        let bytes = error(&fault("é"), latin1);
        assert!(bytes.windows(3).any(|part| part == b"M\xe9\0"));
        let text = String::from_utf8_lossy(&error(&fault("€"), latin1)).into_owned();
        assert!(text.contains("C22P05\0Mcharacter with byte sequence 0xe2 0x82 0xac"));
    }
}
