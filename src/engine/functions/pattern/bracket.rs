//! Bracket expressions: `[a-z]`, `[^[:space:]]`, `[\d_]`.

use std::str::Chars;

use super::syntax::{Dialect, Flags, escaped, invalid};
use crate::pg::Fault;

/// One member of a bracket expression.
enum Member {
    One(char),
    /// Characters that the other syntax names.
    Class(&'static str),
}

/// Reads a bracket expression after its `[` and writes it.
pub(super) fn read(left: &mut Chars<'_>, flags: Flags, out: &mut String) -> Result<(), Fault> {
    let negated = next_is(left, "^");
    out.push_str(if negated { "[^" } else { "[" });
    if negated && flags.stop_at_newline {
        out.push_str(r"\n");
    }
    let mut first = true;
    let mut after_range = false;
    while first || !left.as_str().starts_with(']') {
        if after_range && left.as_str().starts_with('-') && !left.as_str().starts_with("-]") {
            return Err(invalid("invalid character range"));
        }
        first = false;
        after_range = false;
        match member(left, flags)? {
            Member::Class(text) => {
                out.push_str(text);
                if left.as_str().starts_with('-') && !left.as_str().starts_with("-]") {
                    return Err(invalid("invalid character range"));
                }
            }
            Member::One(low) => {
                let ranged = left.as_str().starts_with('-') && !left.as_str().starts_with("-]");
                if !ranged {
                    write(out, low);
                    continue;
                }
                left.next();
                let Member::One(high) = member(left, flags)? else {
                    return Err(invalid("invalid character range"));
                };
                if high < low {
                    return Err(invalid("invalid character range"));
                }
                write(out, low);
                out.push('-');
                write(out, high);
                after_range = true;
            }
        }
    }
    left.next();
    out.push(']');
    Ok(())
}

fn write(out: &mut String, c: char) {
    let code = format!("{:x}", u32::from(c));
    out.push_str(r"\x{");
    out.push_str(&code);
    out.push('}');
}

fn next_is(left: &mut Chars<'_>, wanted: &str) -> bool {
    match left.as_str().strip_prefix(wanted) {
        Some(rest) => {
            *left = rest.chars();
            true
        }
        None => false,
    }
}

fn member(left: &mut Chars<'_>, flags: Flags) -> Result<Member, Fault> {
    for (open, close) in [("[:", ":]"), ("[.", ".]"), ("[=", "=]")] {
        if !next_is(left, open) {
            continue;
        }
        let (name, rest) = left
            .as_str()
            .split_once(close)
            .ok_or_else(|| invalid("brackets [] not balanced"))?;
        *left = rest.chars();
        if open == "[:" {
            return class(name, flags).map(Member::Class);
        }
        let mut characters = name.chars();
        return match (characters.next(), characters.next()) {
            (Some(c), None) => Ok(Member::One(c)),
            _ => Err(invalid("invalid collating element")),
        };
    }
    match left.next() {
        None => Err(invalid("brackets [] not balanced")),
        Some('\\') if flags.dialect == Dialect::Advanced => match left.next() {
            None => Err(invalid(r"invalid escape \ sequence")),
            Some('d') => Ok(Member::Class("0-9")),
            Some('D') => Ok(Member::Class("[^0-9]")),
            Some('s') => Ok(Member::Class(r"\s")),
            Some('S') => Ok(Member::Class(r"\S")),
            Some('w') => Ok(Member::Class(r"\w")),
            Some('W') => Ok(Member::Class(r"\W")),
            Some(c) => escaped(c, left).map(Member::One),
        },
        Some(c) => Ok(Member::One(c)),
    }
}

fn class(name: &str, flags: Flags) -> Result<&'static str, Fault> {
    Ok(match name {
        "upper" | "lower" if flags.ignore_case => r"\p{Alphabetic}",
        "alpha" => r"\p{Alphabetic}",
        "upper" => r"\p{Uppercase}",
        "lower" => r"\p{Lowercase}",
        "digit" => "0-9",
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "xdigit" => "0-9A-Fa-f",
        "space" => r"\s",
        "blank" => r"\t\p{Zs}",
        "punct" => r"\p{P}\p{S}",
        "ascii" => r"\x00-\x7f",
        "cntrl" => r"\p{Cc}",
        "graph" => r"[^\p{Z}\p{C}]",
        "print" => r"[^\p{Zl}\p{Zp}\p{C}]",
        "word" => r"\w",
        _ => return Err(invalid("invalid character class")),
    })
}
