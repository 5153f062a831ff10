//! One escape of a text at a time.

use crate::pg::{Fault, SqlState};

/// What a backslash begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// `\'`
    Quote,
    /// `\uXXXX` or `\UXXXXXXXX`
    Unicode {
        /// The number.
        code: u32,
        /// Bytes it takes.
        length: usize,
    },
    /// `\u` or `\U` with fewer digits.
    Short,
    /// Any other.
    Other {
        /// Bytes it takes.
        length: usize,
    },
}

impl Escape {
    /// Bytes it takes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Quote | Self::Short => 2,
            Self::Unicode { length, .. } | Self::Other { length } => length,
        }
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| hexadecimal)
}

/// The escape that a text begins with, if it begins with one.
pub(super) fn read(text: &[u8]) -> Option<Escape> {
    let (b'\\', rest) = text.split_first()? else {
        return None;
    };
    let digits = |most: usize| number(rest.get(1..=most)?);
    Some(match rest.first()? {
        b'\'' => Escape::Quote,
        b'u' => digits(4).map_or(Escape::Short, |code| Escape::Unicode { code, length: 6 }),
        b'U' => digits(8).map_or(Escape::Short, |code| Escape::Unicode { code, length: 10 }),
        _ => Escape::Other { length: 2 },
    })
}

/// Whether a code is the first, or the second, half of a surrogate pair.
pub(super) fn surrogate(code: u32) -> (bool, bool) {
    (
        (0xD800..0xDC00).contains(&code),
        (0xDC00..0xE000).contains(&code),
    )
}

/// What the text of a `U&` token means.
///
/// # Errors
/// The refusal and the byte of the text where it is due.
pub(super) fn unicode(text: &str, mark: char) -> Result<String, (usize, Fault)> {
    let refused = |message: &str| Fault::new(SqlState::SYNTAX_ERROR, message);
    let bad_pair = |at: usize| Err((at, refused("invalid Unicode surrogate pair")));
    let mut out = String::with_capacity(text.len());
    let mut high: Option<u32> = None;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at + next.len_utf8()..).unwrap_or_default();
        if next != mark || rest.starts_with(mark) {
            if high.is_some() {
                return bad_pair(at);
            }
            out.push(next);
            at += next.len_utf8() * if next == mark { 2 } else { 1 };
            continue;
        }
        let digits = |from: usize, to: usize| number(rest.as_bytes().get(from..to)?);
        let found = match rest.strip_prefix('+') {
            Some(_) => digits(1, 7).map(|code| (code, 8)),
            None => digits(0, 4).map(|code| (code, 5)),
        };
        let Some((code, length)) = found else {
            let hint = "Unicode escapes must be \\XXXX or \\+XXXXXX.";
            return Err((at, refused("invalid Unicode escape").hint(hint)));
        };
        if !(1..=0x0010_FFFF).contains(&code) {
            return Err((at, refused("invalid Unicode escape value")));
        }
        let (first, second) = surrogate(code);
        if high.is_some() != second {
            return bad_pair(at);
        }
        match high.take() {
            Some(high) => {
                let code = 0x10000 + ((high & 0x3FF) << 10) + (code & 0x3FF);
                out.extend(char::from_u32(code));
            }
            None if first => high = Some(code),
            None => out.extend(char::from_u32(code)),
        }
        at += length;
    }
    if high.is_some() {
        return bad_pair(at);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_their_characters() {
        let read = |text: &str| unicode(text, '\\').map_err(|(at, fault)| (at, fault.message));
        assert_eq!(read(r"d\0061t\+000061"), Ok(String::from("data")));
        assert_eq!(read(r"\d83d\de00\\"), Ok(String::from("😀\\")));
        assert_eq!(read(r"a\00").unwrap_err().0, 1);
        assert_eq!(read(r"\d800x").unwrap_err().0, 5);
        assert_eq!(
            read(r"\0000").unwrap_err().1,
            "invalid Unicode escape value"
        );
    }
}
