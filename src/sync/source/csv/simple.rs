//! The records that nearly all files are made of: one line that lies whole in the buffer, its fields
//! plain or quoted from end to end. They are taken apart where they lie; whatever is not as simple
//! is left to the rules of [`super`], which decide what it means.

use std::str;

use super::super::NOWHERE;
use super::LineEnd;

/// A field of a line: where it is, and whether it was quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    from: usize,
    to: usize,
    quoted: bool,
}

impl Span {
    /// Its place in lines of which its own begins at a byte.
    pub(super) fn place(&self, line: usize) -> (u32, u32) {
        if self.from == self.to && !self.quoted {
            return NOWHERE;
        }
        super::place(line + self.from, line + self.to)
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.to - self.from
    }
}

/// What a byte may be outside quotes beside a part of a field.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b',' as usize] = true;
    special[b'\n' as usize] = true;
    special[b'\r' as usize] = true;
    special[b'"' as usize] = true;
    // No text has it.
    special[0] = true;
    special
};

/// The first line of some bytes, its fields' places, and the bytes it takes with its end; `None`
/// when it needs a closer look.
pub(super) fn line<'b>(
    bytes: &'b [u8],
    ends: LineEnd,
    spans: &mut Vec<Span>,
) -> Option<(&'b str, usize)> {
    spans.clear();
    // It may be psql's end mark.
    if bytes.first() == Some(&b'\\') {
        return None;
    }
    let mut at = 0;
    loop {
        let quoted = bytes.get(at) == Some(&b'"');
        let from = at + usize::from(quoted);
        let to = if quoted {
            let rest = bytes.get(from..)?;
            let to = from + rest.iter().position(|byte| *byte == b'"')?;
            let inside = bytes.get(from..to)?;
            let odd = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
            if inside.iter().any(odd) {
                return None;
            }
            to
        } else {
            let rest = bytes.get(from..)?;
            from + rest.iter().position(|byte| SPECIAL[usize::from(*byte)])?
        };
        spans.push(Span { from, to, quoted });
        at = to + usize::from(quoted);
        let used = match (bytes.get(at)?, ends) {
            (b',', _) => {
                at += 1;
                continue;
            }
            (b'\n', LineEnd::Newline) => at + 1,
            (b'\r', LineEnd::Both) if bytes.get(at + 1) == Some(&b'\n') => at + 2,
            _ => return None,
        };
        let text = str::from_utf8(bytes.get(..at)?).ok()?;
        return Some((text, used));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &str, ends: LineEnd) -> Option<(Vec<Option<String>>, usize)> {
        let mut spans = Vec::new();
        let (text, used) = line(bytes.as_bytes(), ends, &mut spans)?;
        let text_of = |(from, to)| text.get(from as usize..to as usize);
        let fields = spans
            .iter()
            .map(|span| text_of(span.place(0)).map(str::to_owned));
        Some((fields.collect(), used))
    }

    #[test]
    fn plain_and_quoted_fields_are_taken_where_they_lie() {
        let found = fields("1,,\"\",\"a, é\",z\nmore", LineEnd::Newline).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = vec![text("1"), None, text(""), text("a, é"), text("z")];
        assert_eq!(found, (expected, 16));
        let found = fields("\r\nmore\r\n", LineEnd::Both).unwrap();
        assert_eq!(found, (vec![None], 2));
    }

    #[test]
    fn whatever_is_not_simple_is_left_alone() {
        for (bytes, ends) in [
            ("no end", LineEnd::Newline),
            ("\\.\n", LineEnd::Newline),
            ("a\"b\"\n", LineEnd::Newline),
            ("\"a\"b\n", LineEnd::Newline),
            ("\"a\"\"b\"\n", LineEnd::Newline),
            ("\"a\nb\"\n", LineEnd::Newline),
            ("\"a\n", LineEnd::Newline),
            ("a\0b\n", LineEnd::Newline),
            ("a\r\n", LineEnd::Newline),
            ("a\n", LineEnd::Both),
            ("a\r", LineEnd::Both),
            ("a\r", LineEnd::Return),
            ("a\n", LineEnd::Unknown),
        ] {
            assert_eq!(fields(bytes, ends), None, "{bytes:?}");
        }
        let mut spans = Vec::new();
        assert!(line(b"\xff\n", LineEnd::Newline, &mut spans).is_none());
    }
}
