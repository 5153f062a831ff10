//! Bit strings: their stored form is their digits.

use crate::pg::json::bytes_key;
use crate::pg::{Fault, SqlState};

/// Reads `101`, `b101` or `x1F`.
pub fn read(text: &str) -> Result<String, Fault> {
    let mut chars = text.chars();
    let (hex, digits) = match chars.next() {
        Some('b' | 'B') => (false, chars.as_str()),
        Some('x' | 'X') => (true, chars.as_str()),
        _ => (false, text),
    };
    let refuse = |c: char, what: &str| {
        Fault::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("\"{c}\" is not a valid {what} digit"),
        )
    };
    let mut bits = String::with_capacity(digits.len() * if hex { 4 } else { 1 });
    for c in digits.chars() {
        if hex {
            let digit = c.to_digit(16).ok_or_else(|| refuse(c, "hexadecimal"))?;
            bits.push_str(&format!("{digit:04b}"));
        } else if matches!(c, '0' | '1') {
            bits.push(c);
        } else {
            return Err(refuse(c, "binary"));
        }
    }
    Ok(bits)
}

/// The bits as bytes, the last one filled up with zeros.
pub fn bytes(bits: &str) -> Vec<u8> {
    let mut bytes = vec![0_u8; bits.len().div_ceil(8)];
    for (at, bit) in bits.bytes().enumerate() {
        if let Some(byte) = bytes.get_mut(at / 8)
            && bit == b'1'
        {
            *byte |= 0x80 >> (at % 8);
        }
    }
    bytes
}

fn length(bits: &str) -> Result<[u8; 4], Fault> {
    i32::try_from(bits.len())
        .map(i32::to_be_bytes)
        .map_err(|_| Fault::internal("a bit string is too long"))
}

pub(super) fn key(bits: &str, out: &mut Vec<u8>) {
    bytes_key(&bytes(bits), out);
    out.extend_from_slice(&bits.len().to_be_bytes());
}

pub(super) fn binary(bits: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.extend_from_slice(&length(bits)?);
    out.extend(bytes(bits));
    Ok(())
}
