//! Cutting a date, time or interval text into words.

use super::Problem;

/// What a word looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Digits, perhaps with one point.
    Number,
    /// Letters.
    Word,
    /// Digits or letters joined by `-`, `/` or `.`, or a zone name with such signs.
    Date,
    /// Digits with colons.
    Time,
    /// A sign and digits.
    Zone,
    /// A sign and letters.
    Signed,
}

/// The most words a text may have.
const MOST: usize = 25;

/// Cuts a text into words in lower case.
pub(crate) fn words(text: &str) -> Result<Vec<(Look, String)>, Problem> {
    let lower = text.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte.is_ascii_whitespace() || byte == 0x0b {
            at += 1;
            continue;
        }
        let mut cursor = Cursor {
            bytes,
            at,
            word: String::new(),
        };
        let look = match byte {
            b'0'..=b'9' => Some(cursor.digits_first()),
            b'.' => {
                cursor.push();
                cursor.run(|b| b.is_ascii_digit());
                Some(Look::Number)
            }
            b if b.is_ascii_alphabetic() => Some(cursor.letters_first()),
            b'+' | b'-' => Some(cursor.sign_first()?),
            b if b.is_ascii_punctuation() => {
                cursor.at += 1;
                None
            }
            _ => return Err(Problem::Format),
        };
        at = cursor.at;
        if let Some(look) = look {
            if found.len() >= MOST {
                return Err(Problem::Format);
            }
            found.push((look, cursor.word));
        }
    }
    Ok(found)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    word: String,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn push(&mut self) {
        self.word.push(char::from(self.peek()));
        self.at += 1;
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.at < self.bytes.len() && belongs(self.peek()) {
            self.push();
        }
    }

    fn digits_first(&mut self) -> Look {
        self.run(|b| b.is_ascii_digit());
        match self.peek() {
            b':' => {
                self.run(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
                Look::Time
            }
            delimiter @ (b'-' | b'/' | b'.') => {
                self.push();
                if self.peek().is_ascii_digit() {
                    let mut look = if delimiter == b'.' {
                        Look::Number
                    } else {
                        Look::Date
                    };
                    self.run(|b| b.is_ascii_digit());
                    if self.peek() == delimiter {
                        look = Look::Date;
                        self.run(|b| b.is_ascii_digit() || b == delimiter);
                    }
                    look
                } else {
                    self.run(|b| b.is_ascii_alphanumeric() || b == delimiter);
                    Look::Date
                }
            }
            _ => Look::Number,
        }
    }

    fn letters_first(&mut self) -> Look {
        self.run(|b| b.is_ascii_alphabetic());
        let next = self.peek();
        // A zone such as `etc/gmt+3` or `gmt+3`; a keyword may be followed by a number directly.
        let joined = match next {
            b'-' | b'/' | b'.' => true,
            b if b == b'+' || b.is_ascii_digit() => !super::decode::known(&self.word),
            _ => false,
        };
        if joined {
            self.run(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'/' | b'_' | b'.' | b':')
            });
            Look::Date
        } else {
            Look::Word
        }
    }

    fn sign_first(&mut self) -> Result<Look, Problem> {
        self.push();
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
        if self.peek().is_ascii_digit() || self.peek() == b'.' {
            self.push();
            self.run(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'-'));
            Ok(Look::Zone)
        } else if self.peek().is_ascii_alphabetic() {
            self.run(|b| b.is_ascii_alphabetic());
            Ok(Look::Signed)
        } else {
            Err(Problem::Format)
        }
    }
}
