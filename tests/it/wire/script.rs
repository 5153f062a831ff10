//! Scripts of protocol messages: what a client sends, what a server has to answer.
//!
//! A line `> ` sends, a line `< ` expects the next message, `<~ ` only its beginning, `< closed`
//! the end. What is sent:
//!
//! | line | message |
//! |---|---|
//! | `Q sql` | Query |
//! | `P name \| sql \| oids` | Parse |
//! | `B portal \| statement \| formats \| values \| formats` | Bind; a value is text, `\N`, or `0x…` |
//! | `DS name`, `DP name` | Describe a statement, a portal |
//! | `E portal rows` | Execute |
//! | `CS name`, `CP name` | Close |
//! | `H`, `S`, `X` | Flush, Sync, Terminate |
//! | `raw hex` | these bytes |
//!
//! Anywhere in what is sent, `‹e9›` is the byte of that number, for texts that are not UTF-8.
//!
//! Every script is also replayed against a real PostgreSQL, unless its first line is `# ours only`.

use super::raw::{Raw, message};

/// Replays a script on a connection that is ready; panics with the line that is not as written.
pub(crate) fn replay(name: &str, script: &str, client: &mut Raw) {
    let mut sending = Vec::new();
    for (number, line) in script.lines().enumerate() {
        let number = number + 1;
        if let Some(words) = line.strip_prefix("> ") {
            sending.extend(encode(words));
            continue;
        }
        let (expected, whole) = match (line.strip_prefix("< "), line.strip_prefix("<~ ")) {
            (Some(words), _) => (words, true),
            (_, Some(words)) => (words, false),
            _ if line.is_empty() || line.starts_with('#') => continue,
            _ => panic!("{name}:{number}: cannot be read: {line}"),
        };
        if !sending.is_empty() {
            client.send(&sending);
            sending.clear();
        }
        let told = client
            .read()
            .map_or("closed".to_owned(), |told| told.render());
        let fits = if whole {
            told == expected
        } else {
            told.starts_with(expected)
        };
        assert!(
            fits,
            "{name}:{number}:\nexpected {expected}\n     got {told}"
        );
    }
    assert!(sending.is_empty(), "{name}: nothing is expected at the end");
}

/// The message of a line, without its mark.
pub(crate) fn encode(words: &str) -> Vec<u8> {
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let name = |prefix: &[u8]| [prefix, &bytes(rest), b"\0"].concat();
    match verb {
        "Q" => message(b'Q', &[bytes(rest), vec![0]].concat()),
        "P" => parse(rest),
        "B" => bind(rest),
        "DS" => message(b'D', &name(b"S")),
        "DP" => message(b'D', &name(b"P")),
        "CS" => message(b'C', &name(b"S")),
        "CP" => message(b'C', &name(b"P")),
        "E" => {
            let (portal, rows) = rest.rsplit_once(' ').unwrap_or(("", rest));
            let rows: i32 = rows.parse().unwrap();
            message(
                b'E',
                &[&bytes(portal)[..], b"\0", &rows.to_be_bytes()].concat(),
            )
        }
        "H" => message(b'H', b""),
        "S" => message(b'S', b""),
        "X" => message(b'X', b""),
        "raw" => unhex(&rest.replace(' ', "")),
        other => panic!("no such message: {other}"),
    }
}

fn parts(rest: &str) -> impl Iterator<Item = &str> {
    rest.split('|').map(str::trim)
}

fn parse(rest: &str) -> Vec<u8> {
    let mut parts = parts(rest);
    let mut body = Vec::new();
    for _ in 0..2 {
        body.extend(bytes(parts.next().unwrap_or_default()));
        body.push(0);
    }
    list(&mut body, parts.next(), |body, oid| {
        body.extend_from_slice(&oid.parse::<u32>().unwrap().to_be_bytes());
    });
    message(b'P', &body)
}

fn bind(rest: &str) -> Vec<u8> {
    let mut parts = parts(rest);
    let mut body = Vec::new();
    for _ in 0..2 {
        body.extend(bytes(parts.next().unwrap_or_default()));
        body.push(0);
    }
    let format = |body: &mut Vec<u8>, code: &str| {
        body.extend_from_slice(&code.parse::<i16>().unwrap().to_be_bytes());
    };
    list(&mut body, parts.next(), format);
    list(&mut body, parts.next(), |body, value| {
        let bytes = match value {
            "\\N" => {
                body.extend_from_slice(&(-1_i32).to_be_bytes());
                return;
            }
            hex if hex.starts_with("0x") => unhex(&hex[2..]),
            text => bytes(text),
        };
        body.extend_from_slice(&i32::try_from(bytes.len()).unwrap().to_be_bytes());
        body.extend_from_slice(&bytes);
    });
    list(&mut body, parts.next(), format);
    message(b'B', &body)
}

/// A count and so many items, written with spaces between them.
fn list(body: &mut Vec<u8>, items: Option<&str>, write: impl Fn(&mut Vec<u8>, &str)) {
    let items: Vec<&str> = items.unwrap_or_default().split_whitespace().collect();
    body.extend_from_slice(&u16::try_from(items.len()).unwrap().to_be_bytes());
    for item in items {
        write(body, item);
    }
}

/// The bytes of a text, with those that are written by their numbers.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split(['‹', '›']);
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    while let (Some(numbers), Some(text)) = (parts.next(), parts.next()) {
        bytes.extend(unhex(numbers));
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
