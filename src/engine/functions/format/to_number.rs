//! `to_number`: a number read by a template.

use super::number::{Anchor, Layout, Pattern};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// Reads `text` by `template`; `None` for an empty template.
pub(super) fn read(text: &str, template: &str) -> Result<Option<Numeric>, Fault> {
    if template.is_empty() {
        return Ok(None);
    }
    let layout = Layout::parse(template)?;
    if layout.scientific {
        return Err(not_for_input("EEEE"));
    }
    if layout.roman {
        return Err(not_for_input("RN"));
    }
    let mut reader = Reader {
        layout: &layout,
        text: text.chars().collect(),
        at: 0,
        sign: ' ',
        digits: String::new(),
        before: 0,
        after: 0,
        point: false,
    };
    for pattern in &layout.patterns {
        if reader.ended() {
            break;
        }
        reader.pattern(*pattern);
    }
    let digits = reader.digits.trim_end_matches('.');
    let value = Numeric::parse(&format!("{}{digits}", reader.sign))?;
    let scale = i32::try_from(reader.after).unwrap_or(0);
    let value = value.round(scale)?;
    if layout.shifted == 0 {
        return Ok(Some(value));
    }
    let places = i128::try_from(layout.shifted).unwrap_or(i128::MAX);
    let factor = Numeric::from_unscaled(10, 0).power(&Numeric::from_unscaled(-places, 0))?;
    value.mul(&factor).map(Some)
}

fn not_for_input(pattern: &str) -> Fault {
    Fault::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!("\"{pattern}\" not supported for input"),
    )
}

struct Reader<'a> {
    layout: &'a Layout,
    text: Vec<char>,
    at: usize,
    sign: char,
    digits: String,
    before: usize,
    after: usize,
    point: bool,
}

impl Reader<'_> {
    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    fn here(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// Skips up to `count` characters that cannot be part of a number.
    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            match self.here() {
                Some(c) if !"0123456789.,+-".contains(c) => self.at += 1,
                _ => return,
            }
        }
    }

    fn pattern(&mut self, pattern: Pattern) {
        match pattern {
            Pattern::Nine | Pattern::Zero | Pattern::Point => {
                self.number(pattern != Pattern::Point);
                self.at += 1;
            }
            Pattern::Comma | Pattern::Group => {
                if self.here() == Some(',') && !self.layout.fill {
                    self.at += 1;
                }
            }
            Pattern::Currency => self.skip(1),
            Pattern::Ordinal { .. } => self.skip(2),
            Pattern::Minus | Pattern::Plus | Pattern::Sign => match self.here() {
                Some(c @ '-') if pattern != Pattern::Plus => self.signed(c),
                Some(c @ '+') if pattern != Pattern::Minus => self.signed(c),
                _ => self.skip(1),
            },
            Pattern::Text(_) => self.at += 1,
            Pattern::Roman { .. } | Pattern::Silent => {}
        }
    }

    fn signed(&mut self, sign: char) {
        self.sign = sign;
        self.at += 1;
    }

    /// Reads one digit, with a sign before or behind it, and stays on the last character read.
    fn number(&mut self, digit_pattern: bool) {
        if self.here() == Some(' ') {
            self.at += 1;
        }
        if self.sign == ' ' && digit_pattern && self.before + self.after == 0 {
            self.sign_before();
        }
        let mut read = false;
        match self.here() {
            Some(c) if c.is_ascii_digit() => {
                if self.point && self.after == self.layout.after {
                    return;
                }
                self.digits.push(c);
                if self.point {
                    self.after += 1;
                } else {
                    self.before += 1;
                }
                read = true;
            }
            Some('.') if self.layout.point && !self.point => {
                self.digits.push('.');
                self.point = true;
                read = true;
            }
            None => return,
            Some(_) => {}
        }
        if self.sign == ' ' && self.before + self.after > 0 {
            self.sign_behind(read);
        }
    }

    fn sign_before(&mut self) {
        match self.here() {
            Some(c @ ('-' | '+')) => self.signed(c),
            Some('<') if self.layout.bracket => self.signed('-'),
            _ => {}
        }
    }

    fn sign_behind(&mut self, read: bool) {
        let layout = self.layout;
        if layout.anchor != Anchor::None {
            let next = self.text.get(self.at + 1).copied();
            if read && let Some(c @ ('-' | '+')) = next {
                self.signed(c);
            }
        } else if !read
            && (layout.plus || layout.minus)
            && let Some(c @ ('-' | '+')) = self.here()
        {
            self.sign = c;
        }
    }
}
