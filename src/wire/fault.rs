//! Errors and notices in the fields of the protocol.

use pgwire::messages::response::{ErrorResponse, NoticeResponse};

use crate::pg::Fault;

fn fields(fault: &Fault) -> Vec<(u8, String)> {
    let word = fault.severity.word();
    let mut fields = vec![
        (b'S', word.to_owned()),
        (b'V', word.to_owned()),
        (b'C', fault.state.0.to_owned()),
        (b'M', clean(&fault.message)),
    ];
    let more = [
        (b'D', &fault.detail),
        (b'H', &fault.hint),
        (b'W', &fault.context),
    ];
    for (letter, text) in more {
        if let Some(text) = text {
            fields.push((letter, clean(text)));
        }
    }
    if let Some(position) = fault.position {
        fields.push((b'P', position.to_string()));
    }
    fields
}

/// A zero byte would end the field early.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// The message for an error.
pub(super) fn error(fault: &Fault) -> ErrorResponse {
    ErrorResponse::new(fields(fault))
}

/// The message for a notice or warning.
pub(super) fn notice(fault: &Fault) -> NoticeResponse {
    NoticeResponse::new(fields(fault))
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use pgwire::messages::Message;

    use super::*;
    use crate::pg::SqlState;

    #[test]
    fn every_field_is_sent_with_its_letter() {
        let mut fault = Fault::new(SqlState::UNDEFINED_COLUMN, "column \"a\0b\" does not exist")
            .detail("D.")
            .hint("H.")
            .at(Some(8));
        fault.context = Some("W".to_owned());
        let mut bytes = BytesMut::new();
        error(&fault).encode(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(bytes.get(5..).unwrap()).replace('\0', "|");
        assert_eq!(
            text,
            "SERROR|VERROR|C42703|Mcolumn \"ab\" does not exist|DD.|HH.|WW|P8||"
        );
    }
}
