//! Bytes and their texts: `encode`, `decode`, digests, character sets, bits of `bytea`.

mod charset;

use md5::Md5;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use unicode_normalization::UnicodeNormalization;

use super::call::{Bytes, Int4, Int8, Text};
use super::registry::Registry;
use super::text::count;
use crate::pg::{Fault, SqlState};

/// Registers encodings and digests.
pub(crate) fn register(registry: &mut Registry) {
    registry.unary::<Text, String>("md5(text)", |s, _| Ok(hex(&Md5::digest(s.as_bytes()))));
    registry.unary::<Bytes, String>("md5(bytea)", |s, _| Ok(hex(&Md5::digest(s))));
    registry.unary::<Bytes, Vec<u8>>("sha224(bytea)", |s, _| Ok(Sha224::digest(s).to_vec()));
    registry.unary::<Bytes, Vec<u8>>("sha256(bytea)", |s, _| Ok(Sha256::digest(s).to_vec()));
    registry.unary::<Bytes, Vec<u8>>("sha384(bytea)", |s, _| Ok(Sha384::digest(s).to_vec()));
    registry.unary::<Bytes, Vec<u8>>("sha512(bytea)", |s, _| Ok(Sha512::digest(s).to_vec()));
    registry.binary::<Bytes, Text, String>("encode(bytea,text)", |bytes, form, _| {
        Ok(match Form::read(form)? {
            Form::Hex => hex(bytes),
            Form::Base64 => base64(bytes),
            Form::Escape => escape(bytes),
        })
    });
    registry.binary::<Text, Text, Vec<u8>>("decode(text,text)", |text, form, _| match Form::read(
        form,
    )? {
        Form::Hex => from_hex(text),
        Form::Base64 => from_base64(text),
        Form::Escape => from_escape(text),
    });
    bits(registry);
    charset::register(registry);
    registry.binary::<Text, Text, String>("normalize(text,text)", |s, form, _| normalize(s, form));
    registry.binary::<Text, Text, bool>("is_normalized(text,text)", |s, form, _| {
        Ok(normalize(s, form)? == s)
    });
    registry.unary::<Text, String>("unistr(text)", |s, _| unistr(s));
}

fn bits(registry: &mut Registry) {
    registry.unary::<Bytes, i64>("bit_count(bytea)", |bytes, _| {
        Ok(bytes.iter().map(|byte| i64::from(byte.count_ones())).sum())
    });
    registry.binary::<Bytes, Int4, i32>("get_byte(bytea,int4)", |bytes, at, _| {
        Ok(i32::from(
            *bytes.get(index(at.into(), bytes.len())?).unwrap_or(&0),
        ))
    });
    registry.binary::<Bytes, Int8, i32>("get_bit(bytea,int8)", |bytes, at, _| {
        let at = index(at, bytes.len() * 8)?;
        Ok(i32::from(bytes.get(at / 8).unwrap_or(&0) >> (at % 8) & 1))
    });
    registry.ternary::<Bytes, Int4, Int4, Vec<u8>>(
        "set_byte(bytea,int4,int4)",
        |bytes, at, value, _| {
            let mut bytes = bytes.to_vec();
            let at = index(at.into(), bytes.len())?;
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value.to_le_bytes()[0];
            }
            Ok(bytes)
        },
    );
    registry.ternary::<Bytes, Int8, Int4, Vec<u8>>(
        "set_bit(bytea,int8,int4)",
        |bytes, at, value, _| {
            let mut bytes = bytes.to_vec();
            let at = index(at, bytes.len() * 8)?;
            if !matches!(value, 0 | 1) {
                return Err(invalid(String::from("new bit must be 0 or 1")));
            }
            if let Some(byte) = bytes.get_mut(at / 8) {
                *byte = *byte & !(1 << (at % 8)) | u8::from(value == 1) << (at % 8);
            }
            Ok(bytes)
        },
    );
}

/// The textual forms of bytes.
enum Form {
    Hex,
    Base64,
    Escape,
}

impl Form {
    fn read(name: &str) -> Result<Self, Fault> {
        match name.to_ascii_lowercase().as_str() {
            "hex" => Ok(Self::Hex),
            "base64" => Ok(Self::Base64),
            "escape" => Ok(Self::Escape),
            _ => Err(invalid(format!("unrecognized encoding: \"{name}\""))),
        }
    }
}

fn invalid(what: String) -> Fault {
    Fault::new(SqlState::INVALID_PARAMETER_VALUE, what)
}

fn index(at: i64, length: usize) -> Result<usize, Fault> {
    usize::try_from(at)
        .ok()
        .filter(|at| *at < length)
        .ok_or_else(|| {
            Fault::new(
                SqlState::ARRAY_SUBSCRIPT_ERROR,
                format!(
                    "index {at} out of valid range, 0..{}",
                    count(length).map_or(-1, |length| length - 1)
                ),
            )
        })
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)).copied())
        .map(char::from)
        .collect()
}

/// Base 64 in lines of 76 characters, as MIME has them.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / 76);
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    if !text.is_empty() && text.len().is_multiple_of(76) {
        out.push('\n');
    }
    out
}

fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            0 | 128.. => {
                out.push('\\');
                out.extend(
                    [byte >> 6, byte >> 3 & 7, byte & 7].map(|digit| char::from(b'0' + digit)),
                );
            }
            byte => out.push(char::from(*byte)),
        }
    }
    out
}

fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for c in text.chars() {
        if high.is_none() && matches!(c, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let digit = c
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
            .ok_or_else(|| invalid(format!("invalid hexadecimal digit: \"{c}\"")))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => out.push(high << 4 | digit),
        }
    }
    match high {
        None => Ok(out),
        Some(_) => Err(invalid(String::from(
            "invalid hexadecimal data: odd number of digits",
        ))),
    }
}

/// Reads base 64 with white space anywhere; padding ends a group, not the text.
fn from_base64(text: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut group, mut digits, mut padding) = (0u32, 0, 0);
    for c in text.chars() {
        let value = match c {
            ' ' | '\t' | '\n' | '\r' => continue,
            'A'..='Z' => u32::from(c) - 65,
            'a'..='z' => u32::from(c) - 71,
            '0'..='9' => u32::from(c) + 4,
            '+' => 62,
            '/' => 63,
            '=' => {
                if padding == 0 {
                    padding = match digits {
                        2 => 1,
                        3 => 2,
                        _ => return Err(unexpected_padding()),
                    };
                }
                0
            }
            c => {
                return Err(invalid(format!(
                    "invalid symbol \"{c}\" found while decoding base64 sequence"
                )));
            }
        };
        group = group << 6 | value;
        digits += 1;
        if digits == 4 {
            let [_, first, second, third] = group.to_be_bytes();
            out.push(first);
            if padding == 0 || padding > 1 {
                out.push(second);
            }
            if padding == 0 {
                out.push(third);
            }
            (group, digits) = (0, 0);
        }
    }
    if digits != 0 {
        return Err(invalid(String::from("invalid base64 end sequence"))
            .hint("Input data is missing padding, is truncated, or is otherwise corrupted."));
    }
    Ok(out)
}

fn unexpected_padding() -> Fault {
    invalid(String::from(
        "unexpected \"=\" while decoding base64 sequence",
    ))
}

fn from_escape(text: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let Some((byte, rest)) = left.split_first() {
        let (value, rest) = match (byte, rest) {
            (b'\\', [b'\\', rest @ ..]) => (b'\\', rest),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..]) => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), rest)
            }
            (b'\\', _) => {
                return Err(Fault::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    "invalid input syntax for type bytea",
                ));
            }
            (byte, rest) => (*byte, rest),
        };
        out.push(value);
        left = rest;
    }
    Ok(out)
}

fn normalize(s: &str, form: &str) -> Result<String, Fault> {
    Ok(match form.to_ascii_uppercase().as_str() {
        "NFC" => s.nfc().collect(),
        "NFD" => s.nfd().collect(),
        "NFKC" => s.nfkc().collect(),
        "NFKD" => s.nfkd().collect(),
        _ => return Err(invalid(format!("invalid normalization form: {form}"))),
    })
}

/// Replaces `\XXXX`, `\+XXXXXX`, `\uXXXX` and `\UXXXXXXXX` by characters.
fn unistr(s: &str) -> Result<String, Fault> {
    let syntax = |what: &str| Fault::new(SqlState::SYNTAX_ERROR, what);
    let pair = || syntax("invalid Unicode surrogate pair");
    let mut out = String::with_capacity(s.len());
    let mut left = s.chars();
    let mut first: Option<u32> = None;
    while let Some(c) = left.next() {
        let code = match c {
            '\\' if left.as_str().starts_with('\\') => {
                left.next();
                u32::from('\\') | LITERAL
            }
            '\\' => match unicode_escape(&mut left)? {
                code if code == 0 || code > u32::from(char::MAX) => return Err(beyond(code)),
                code => code,
            },
            c => u32::from(c) | LITERAL,
        };
        let escaped = code & LITERAL == 0;
        let code = code & !LITERAL;
        match (first.take(), code) {
            (Some(high), 0xdc00..=0xdfff) if escaped => {
                let joined = 0x10000 + ((high & 0x3ff) << 10 | code & 0x3ff);
                out.extend(char::from_u32(joined));
            }
            (Some(_), _) => return Err(pair()),
            (None, 0xd800..=0xdbff) => first = Some(code),
            (None, 0xdc00..=0xdfff) => return Err(pair()),
            (None, code) => match char::from_u32(code).filter(|c| *c != '\0') {
                Some(c) => out.push(c),
                None => return Err(beyond(code)),
            },
        }
    }
    if first.is_some() {
        Err(pair())
    } else {
        Ok(out)
    }
}

fn beyond(code: u32) -> Fault {
    invalid(format!("invalid Unicode code point: {code:04X}"))
}

/// Marks a character that was not escaped.
const LITERAL: u32 = 1 << 31;

fn unicode_escape(left: &mut std::str::Chars<'_>) -> Result<u32, Fault> {
    let rest = left.as_str();
    let (skip, width) = match rest.chars().next() {
        Some('+') => (1, 6),
        Some('u') => (1, 4),
        Some('U') => (1, 8),
        _ => (0, 4),
    };
    let code = rest
        .get(skip..skip + width)
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .ok_or_else(|| {
            Fault::new(SqlState::SYNTAX_ERROR, "invalid Unicode escape")
                .hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
        })?;
    for _ in 0..skip + width {
        left.next();
    }
    Ok(code)
}
