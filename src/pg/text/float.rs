//! The text of floats: shortest that reads back, or a fixed number of significant digits.

use std::io::Write;

/// Appends a `float8`.
pub fn write_f64(value: f64, extra_float_digits: i8, out: &mut Vec<u8>) {
    if !finite(value, out) {
        return;
    }
    if extra_float_digits > 0 {
        let mut digits = [0_u8; 32];
        let mut cursor = digits.as_mut_slice();
        let whole = cursor.len();
        if write!(cursor, "{value:e}").is_ok() {
            let length = whole - cursor.len();
            place(digits.get(..length).unwrap_or_default(), 15, out);
        }
    } else {
        significant(value, 15 + i32::from(extra_float_digits), out);
    }
}

/// Appends a `float4`.
pub fn write_f32(value: f32, extra_float_digits: i8, out: &mut Vec<u8>) {
    if !finite(f64::from(value), out) {
        return;
    }
    if extra_float_digits > 0 {
        let mut digits = [0_u8; 32];
        let mut cursor = digits.as_mut_slice();
        let whole = cursor.len();
        if write!(cursor, "{value:e}").is_ok() {
            let length = whole - cursor.len();
            place(digits.get(..length).unwrap_or_default(), 6, out);
        }
    } else {
        significant(f64::from(value), 6 + i32::from(extra_float_digits), out);
    }
}

fn finite(value: f64, out: &mut Vec<u8>) -> bool {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value < 0.0 {
            b"-Infinity"
        } else {
            b"Infinity"
        });
    } else {
        return true;
    }
    false
}

/// `printf("%.*g")`.
fn significant(value: f64, digits: i32, out: &mut Vec<u8>) {
    let digits = usize::try_from(digits).unwrap_or(1).max(1);
    let text = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    let trimmed = format!("{mantissa}e{exponent}");
    place(trimmed.as_bytes(), i32::try_from(digits).unwrap_or(15), out);
}

/// Writes `[-]d[.ddd]e[-]x` plainly when the exponent is from -4 to below `limit`, else with an
/// exponent of at least two digits.
fn place(scientific: &[u8], limit: i32, out: &mut Vec<u8>) {
    let text = std::str::from_utf8(scientific).unwrap_or("0e0");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    if negative {
        out.push(b'-');
    }
    if !(-4..limit).contains(&exponent) {
        out.extend_from_slice(mantissa.as_bytes());
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        let magnitude = exponent.unsigned_abs();
        if magnitude < 10 {
            out.push(b'0');
        }
        out.extend_from_slice(itoa::Buffer::new().format(magnitude).as_bytes());
        return;
    }
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let count = mantissa.len() - usize::from(mantissa.contains('.'));
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        out.extend(std::iter::repeat_n(b'0', zeros));
        out.extend(digits);
        return;
    }
    let whole = usize::try_from(exponent).unwrap_or(0) + 1;
    for (at, digit) in digits.enumerate() {
        if at == whole {
            out.push(b'.');
        }
        out.push(digit);
    }
    out.extend(std::iter::repeat_n(b'0', whole.saturating_sub(count)));
}
