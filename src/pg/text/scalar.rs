//! Reading the text of simple values, with PostgreSQL's errors.

use crate::pg::{Fault, SqlState};

/// The error of a text that is no value of a type.
pub fn invalid(kind: &str, text: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type {kind}: \"{text}\""),
    )
}

/// The error of a text whose value is too large for a type.
pub fn out_of_range(kind: &str, text: &str) -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("value \"{text}\" is out of range for type {kind}"),
    )
}

/// Cuts what C's `isspace` calls blank from both ends.
pub fn trim(text: &str) -> &str {
    let blank = |byte: u8| byte.is_ascii_whitespace() || byte == b'\x0b';
    // Nearly no text has any.
    match text.as_bytes() {
        [only] if !blank(*only) => text,
        [first, .., last] if !blank(*first) && !blank(*last) => text,
        _ => text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b'),
    }
}

/// Reads a `bool`: any beginning of true, false, yes, no; on, off; 1, 0.
pub fn read_bool(text: &str) -> Result<bool, Fault> {
    // As PostgreSQL and nearly all others write it.
    match text {
        "t" | "true" => return Ok(true),
        "f" | "false" => return Ok(false),
        _ => {}
    }
    let word = trim(text);
    let begins = |whole: &str| {
        whole
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    match word.len() {
        0 => Err(invalid("boolean", text)),
        1 if word == "1" => Ok(true),
        1 if word == "0" => Ok(false),
        _ if begins("true") || begins("yes") => Ok(true),
        _ if begins("false") || begins("no") => Ok(false),
        2.. if begins("on") => Ok(true),
        2.. if begins("off") => Ok(false),
        _ => Err(invalid("boolean", text)),
    }
}

/// Reads an integer of type `kind` (its SQL name, for errors).
pub fn read_integer<T: TryFrom<i64>>(text: &str, kind: &str) -> Result<T, Fault> {
    let digits = trim(text);
    let (negative, digits) = match digits.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if digits.is_empty() {
        return Err(invalid(kind, text));
    }
    if let Some(value) = few_digits(digits) {
        let value = if negative { -value } else { value };
        return T::try_from(value).map_err(|_| out_of_range(kind, text));
    }
    let mut value = Some(0_i64);
    for byte in digits {
        if !byte.is_ascii_digit() {
            // PostgreSQL notices an overflow before a bad character that follows it.
            return Err(match value {
                Some(_) => invalid(kind, text),
                None => out_of_range(kind, text),
            });
        }
        // Negative accumulation reaches the least value too.
        value = value
            .and_then(|value| value.checked_mul(10))
            .and_then(|value| value.checked_sub(i64::from(byte - b'0')));
    }
    value
        .and_then(|value| {
            if negative {
                Some(value)
            } else {
                value.checked_neg()
            }
        })
        .and_then(|value| T::try_from(value).ok())
        .ok_or_else(|| out_of_range(kind, text))
}

/// The value of digits that are too few for an overflow; None when they are not, or no digits.
fn few_digits(digits: &[u8]) -> Option<i64> {
    if digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })
}

/// Reads an `oid` or a type like it; negative values wrap as in PostgreSQL.
pub fn read_oid(text: &str, kind: &str) -> Result<u32, Fault> {
    let value: i64 = read_integer(text, kind)?;
    if let Ok(oid) = u32::try_from(value) {
        return Ok(oid);
    }
    i32::try_from(value)
        .map(i32::cast_unsigned)
        .map_err(|_| out_of_range(kind, text))
}

fn float_word(word: &str) -> Option<f64> {
    let (negative, rest) = match word.as_bytes().first() {
        Some(b'-') => (true, word.get(1..)?),
        Some(b'+') => (false, word.get(1..)?),
        _ => (false, word),
    };
    let value = if rest.eq_ignore_ascii_case("nan") && rest.len() == word.len() {
        f64::NAN
    } else if rest.eq_ignore_ascii_case("infinity") || rest.eq_ignore_ascii_case("inf") {
        f64::INFINITY
    } else {
        return None;
    };
    Some(if negative { -value } else { value })
}

/// Whether a text is `[sign] digits [. digits] [e exponent]`, which is all Rust may read further.
fn plain_float(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.iter().any(u8::is_ascii_digit)
        && bytes
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'))
}

/// Reads a `float8`.
pub fn read_f64(text: &str) -> Result<f64, Fault> {
    const KIND: &str = "double precision";
    let word = trim(text);
    if let Some(special) = float_word(word) {
        return Ok(special);
    }
    let value: f64 = match word.parse() {
        Ok(value) if plain_float(word) => value,
        _ => return Err(invalid(KIND, text)),
    };
    if value.is_infinite() || (value == 0.0 && nonzero(word)) {
        return Err(float_range(KIND, word));
    }
    Ok(value)
}

/// Reads a `float4`.
pub fn read_f32(text: &str) -> Result<f32, Fault> {
    const KIND: &str = "real";
    let word = trim(text);
    if let Some(special) = float_word(word) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "NaN and infinities have no digits to lose"
        )]
        return Ok(special as f32);
    }
    let value: f32 = match word.parse() {
        Ok(value) if plain_float(word) => value,
        _ => return Err(invalid(KIND, text)),
    };
    if value.is_infinite() || (value == 0.0 && nonzero(word)) {
        return Err(float_range(KIND, word));
    }
    Ok(value)
}

/// Whether the mantissa of a float's text has a digit other than zero.
fn nonzero(word: &str) -> bool {
    word.bytes()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .any(|byte| matches!(byte, b'1'..=b'9'))
}

fn float_range(kind: &str, text: &str) -> Fault {
    Fault::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("\"{text}\" is out of range for type {kind}"),
    )
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Reads a `uuid`: 32 hex digits, a hyphen allowed after every fourth, braces allowed.
pub fn read_uuid(text: &str) -> Result<[u8; 16], Fault> {
    let fail = || invalid("uuid", text);
    let mut bytes = text.as_bytes();
    if let [b'{', inner @ .., b'}'] = bytes {
        bytes = inner;
    }
    let mut uuid = [0; 16];
    let mut rest = bytes.iter().copied().peekable();
    for (at, slot) in uuid.iter_mut().enumerate() {
        let mut nibble = || rest.next().and_then(hex_digit).ok_or_else(fail);
        *slot = nibble()? << 4 | nibble()?;
        if at % 2 == 1 && at < 15 && rest.peek() == Some(&b'-') {
            rest.next();
        }
    }
    match rest.next() {
        None => Ok(uuid),
        Some(_) => Err(fail()),
    }
}

/// Reads a `bytea`: `\x` and hex digits, or the escape form.
pub fn read_bytea(text: &str) -> Result<Vec<u8>, Fault> {
    match text.strip_prefix("\\x") {
        Some(digits) => read_hex(digits),
        None => read_escaped(text),
    }
}

/// Reads hex digits as `decode(…, 'hex')` does; blanks between pairs are skipped.
pub fn read_hex(digits: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut rest = digits.chars();
    let fault = |text: String| Fault::new(SqlState::INVALID_PARAMETER_VALUE, text);
    let digit = |c: char| {
        u8::try_from(c)
            .ok()
            .and_then(hex_digit)
            .ok_or_else(|| fault(format!("invalid hexadecimal digit: \"{c}\"")))
    };
    while let Some(c) = rest.next() {
        if matches!(c, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let high = digit(c)?;
        let low = rest.next().ok_or_else(|| {
            fault(String::from(
                "invalid hexadecimal data: odd number of digits",
            ))
        })?;
        bytes.push(high << 4 | digit(low)?);
    }
    Ok(bytes)
}

fn read_escaped(text: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            [b'\\', b'\\', tail @ ..] => {
                bytes.push(b'\\');
                tail
            }
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                tail @ ..,
            ] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                tail
            }
            [b'\\', ..] => {
                return Err(Fault::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    "invalid input syntax for type bytea",
                ));
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
}

/// Cuts a text to at most `limit` bytes, between characters.
pub fn cut_bytes(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// The text of a `"char"`: its first byte, or the byte that `\ooo` writes in octal.
pub fn char_of(text: &str) -> String {
    let byte = match octal(text) {
        Some(byte) => Some(byte),
        None => text.bytes().next(),
    };
    byte.map(char_from).unwrap_or_default()
}

/// A `"char"` of one byte: no text for 0, in octal what is no character of its own.
pub fn char_from(byte: u8) -> String {
    match byte {
        0 => String::new(),
        1..=127 => char::from(byte).to_string(),
        128.. => format!("\\{byte:03o}"),
    }
}

/// The byte of a `"char"`.
pub fn char_byte(text: &str) -> u8 {
    octal(text).or_else(|| text.bytes().next()).unwrap_or(0)
}

/// The byte that exactly a backslash and three octal digits write.
fn octal(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('\\').filter(|digits| digits.len() == 3)?;
    let all = digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let number = all.then(|| u32::from_str_radix(digits, 8).ok()).flatten()?;
    // Of more than eight bits the lower ones count.
    u8::try_from(number & 0xff).ok()
}

/// The text of a `name`: its first 63 bytes.
pub fn name(text: &str) -> &str {
    cut_bytes(text, 63)
}

/// The longest `char(n)`.
const LENGTH_MAX: usize = 10_485_760;

/// Applies the length of `varchar(n)` or `char(n)` (modifier `n + 4`); `None`: as it is.
///
/// Too long is cut when `explicit` (a cast) or only blanks are lost, else 22001. `char(n)` is
/// padded with blanks.
pub fn with_length(
    text: &str,
    modifier: i32,
    padded: bool,
    explicit: bool,
) -> Result<Option<String>, Fault> {
    let Ok(limit) = usize::try_from(modifier.saturating_sub(4)) else {
        return Ok(None);
    };
    // No type is declared longer; a longer modifier can only come from a call by hand.
    if padded && limit > LENGTH_MAX {
        return Err(Fault::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "requested length too large",
        ));
    }
    match text.char_indices().nth(limit) {
        Some((at, _)) => {
            let (kept, lost) = text.split_at_checked(at).unwrap_or((text, ""));
            if !explicit && lost.bytes().any(|byte| byte != b' ') {
                let kind = if padded {
                    "character"
                } else {
                    "character varying"
                };
                return Err(Fault::new(
                    SqlState::STRING_DATA_RIGHT_TRUNCATION,
                    format!("value too long for type {kind}({limit})"),
                ));
            }
            Ok(Some(kept.to_owned()))
        }
        None if padded => {
            let missing = limit - text.chars().count();
            Ok((missing > 0).then(|| {
                let mut filled = text.to_owned();
                filled.extend(std::iter::repeat_n(' ', missing));
                filled
            }))
        }
        None => Ok(None),
    }
}

/// Reads an `xid` or `xid8` as C's `strtoul` does: what is no number is 0, and nothing is refused.
pub fn read_transaction(text: &str) -> u64 {
    let trimmed = text.trim_start();
    let (negative, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let hex = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"));
    let (base, digits) = match hex {
        Some(digits) => (16, digits),
        None if unsigned.starts_with('0') => (8, unsigned),
        None => (10, unsigned),
    };
    let value = digits
        .chars()
        .map_while(|c| c.to_digit(base))
        .fold(0_u64, |value, digit| {
            value
                .saturating_mul(u64::from(base))
                .saturating_add(u64::from(digit))
        });
    if negative {
        value.wrapping_neg()
    } else {
        value
    }
}
