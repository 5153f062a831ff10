//! `to_char` of numbers and `to_number`.

use super::ordinal;
use crate::pg::{Fault, SqlState};

/// A pattern of a number template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    Nine,
    Zero,
    Point,
    Comma,
    Group,
    Currency,
    Minus,
    Plus,
    Sign,
    Roman {
        upper: bool,
    },
    Ordinal {
        upper: bool,
    },
    /// `S`, `PR`, `FM`, `V`, `B`, `C`, `SP`, `EEEE`: what they do is in [`Layout`].
    Silent,
    /// A character that stands for itself.
    Text(char),
}

/// Where `S` puts the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Anchor {
    #[default]
    None,
    Before,
    After,
}

/// What a whole template says.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one pattern of the manual's table"
)]
pub(super) struct Layout {
    pub(super) patterns: Vec<Pattern>,
    /// Digits before the point.
    pub(super) before: usize,
    /// Digits after the point.
    pub(super) after: usize,
    /// Digits shifted by `V`.
    pub(super) shifted: usize,
    pub(super) anchor: Anchor,
    /// Digits before the point when `S` was read.
    anchored_at: usize,
    zero: bool,
    zero_start: usize,
    zero_end: usize,
    pub(super) point: bool,
    pub(super) fill: bool,
    pub(super) shifts: bool,
    pub(super) scientific: bool,
    pub(super) roman: bool,
    pub(super) bracket: bool,
    pub(super) minus: bool,
    pub(super) plus: bool,
    blank: bool,
}

const KEYWORDS: &[&str] = &[
    ",", ".", "0", "9", "B", "C", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP",
    "S", "TH", "V", "b", "c", "d", "eeee", "fm", "g", "l", "mi", "pl", "pr", "rn", "sg", "sp", "s",
    "th", "v",
];

impl Layout {
    /// Reads a template.
    pub(super) fn parse(template: &str) -> Result<Self, Fault> {
        let mut layout = Self::default();
        let mut left = template;
        while !left.is_empty() {
            let found = KEYWORDS
                .iter()
                .find_map(|keyword| Some((*keyword, left.strip_prefix(*keyword)?)));
            if let Some((keyword, rest)) = found {
                left = rest;
                let pattern = layout.keyword(keyword)?;
                layout.patterns.push(pattern);
                continue;
            }
            let mut characters = left.chars();
            match characters.next() {
                Some('"') => {
                    while let Some(c) = characters.next() {
                        match c {
                            '"' => break,
                            '\\' => {
                                layout.patterns.extend(characters.next().map(Pattern::Text));
                            }
                            c => layout.patterns.push(Pattern::Text(c)),
                        }
                    }
                }
                Some('\\') if characters.as_str().starts_with('"') => {
                    characters.next();
                    layout.patterns.push(Pattern::Text('"'));
                }
                Some(c) => layout.patterns.push(Pattern::Text(c)),
                None => {}
            }
            left = characters.as_str();
        }
        Ok(layout)
    }

    fn keyword(&mut self, keyword: &str) -> Result<Pattern, Fault> {
        let upper = keyword.starts_with(|c: char| c.is_ascii_uppercase());
        let lowered = keyword.to_ascii_lowercase();
        if self.scientific && lowered != "eeee" {
            return Err(malformed("\"EEEE\" must be the last pattern used"));
        }
        Ok(match lowered.as_str() {
            "9" | "0" => self.digit(lowered == "0")?,
            "." | "d" => {
                if self.point {
                    return Err(malformed("multiple decimal points"));
                }
                if self.shifts {
                    return Err(v_and_point());
                }
                self.point = true;
                Pattern::Point
            }
            "," => Pattern::Comma,
            "g" => Pattern::Group,
            "l" => Pattern::Currency,
            "rn" => {
                self.roman = true;
                Pattern::Roman { upper }
            }
            "th" => Pattern::Ordinal { upper },
            "fm" => {
                self.fill = true;
                Pattern::Silent
            }
            "b" => {
                self.blank |= self.before == 0 && self.after == 0 && !self.zero;
                Pattern::Silent
            }
            "v" => {
                if self.point {
                    return Err(v_and_point());
                }
                self.shifts = true;
                Pattern::Silent
            }
            "eeee" => self.exponent()?,
            "s" | "mi" | "pl" | "sg" | "pr" => self.sign(&lowered)?,
            _ => Pattern::Silent,
        })
    }

    fn digit(&mut self, zero: bool) -> Result<Pattern, Fault> {
        if self.bracket {
            return Err(malformed(if zero {
                "\"0\" must be ahead of \"PR\""
            } else {
                "\"9\" must be ahead of \"PR\""
            }));
        }
        if zero {
            if !self.zero && !self.point {
                self.zero = true;
                self.zero_start = self.before + 1;
            }
            if self.point {
                self.after += 1;
            } else {
                self.before += 1;
            }
            self.zero_end = self.before + self.after;
            return Ok(Pattern::Zero);
        }
        if self.shifts {
            self.shifted += 1;
        } else if self.point {
            self.after += 1;
        } else {
            self.before += 1;
        }
        Ok(Pattern::Nine)
    }

    fn exponent(&mut self) -> Result<Pattern, Fault> {
        if self.scientific {
            return Err(malformed("cannot use \"EEEE\" twice"));
        }
        if self.blank
            || self.fill
            || self.anchor != Anchor::None
            || self.bracket
            || self.minus
            || self.plus
            || self.roman
            || self.shifts
        {
            return Err(
                malformed("\"EEEE\" is incompatible with other formats").detail(
                    "\"EEEE\" may only be used together with digit and decimal point patterns.",
                ),
            );
        }
        self.scientific = true;
        Ok(Pattern::Silent)
    }

    fn sign(&mut self, keyword: &str) -> Result<Pattern, Fault> {
        let anchored = self.anchor != Anchor::None;
        match keyword {
            "s" => {
                // A second `S` after the point is allowed to take over from none before it only.
                if anchored {
                    return Err(malformed("cannot use \"S\" twice"));
                }
                if self.plus || self.minus || self.bracket {
                    return Err(malformed(
                        "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together",
                    ));
                }
                if self.point {
                    self.anchor = Anchor::After;
                } else {
                    self.anchor = Anchor::Before;
                    self.anchored_at = self.before;
                }
                Ok(Pattern::Silent)
            }
            "pr" => {
                if anchored || self.plus || self.minus {
                    return Err(malformed(
                        "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together",
                    ));
                }
                self.bracket = true;
                Ok(Pattern::Silent)
            }
            other => {
                if anchored {
                    let name = other.to_ascii_uppercase();
                    return Err(malformed(&format!(
                        "cannot use \"S\" and \"{name}\" together"
                    )));
                }
                self.minus |= other != "pl";
                self.plus |= other != "mi";
                Ok(match other {
                    "mi" => Pattern::Minus,
                    "pl" => Pattern::Plus,
                    _ => Pattern::Sign,
                })
            }
        }
    }
}

fn v_and_point() -> Fault {
    malformed("cannot use \"V\" and decimal point together")
}

fn malformed(what: &str) -> Fault {
    Fault::new(SqlState::SYNTAX_ERROR, what)
}

/// The digits of a number, rounded to the layout's places after the point.
#[derive(Debug)]
pub(super) struct Digits {
    pub(super) negative: bool,
    /// Without a sign; with a point when there are places after it.
    pub(super) text: String,
}

impl Digits {
    /// Divides a plain decimal text into sign and digits.
    pub(super) fn of(text: &str) -> Self {
        match text.strip_prefix('-') {
            Some(digits) => Self {
                negative: true,
                text: String::from(digits),
            },
            None => Self {
                negative: false,
                text: String::from(text),
            },
        }
    }

    /// Replaces digits that the layout has no room for with `#`; returns how many spaces lead.
    fn fit(&mut self, layout: &Layout) -> usize {
        let whole = self.text.find('.').unwrap_or(self.text.len());
        if whole > layout.before {
            self.text = format!("{}.{}", "#".repeat(layout.before), "#".repeat(layout.after));
        }
        layout.before.saturating_sub(whole)
    }
}

/// Writes digits by a layout.
pub(super) fn write(mut digits: Digits, layout: &Layout) -> Result<String, Fault> {
    if layout.roman {
        return roman_only(&digits.text, layout);
    }
    let leading = digits.fit(layout);
    let mut writer = Writer::new(&digits, layout, leading);
    for pattern in &layout.patterns {
        writer.pattern(*pattern)?;
    }
    Ok(writer.out)
}

/// `RN` drops every other pattern; literal text stays.
fn roman_only(roman: &str, layout: &Layout) -> Result<String, Fault> {
    let mut out = String::new();
    for pattern in &layout.patterns {
        match pattern {
            Pattern::Roman { upper } => {
                let roman = if *upper {
                    String::from(roman)
                } else {
                    roman.to_ascii_lowercase()
                };
                if layout.fill {
                    out.push_str(&roman);
                } else {
                    out.extend(std::iter::repeat_n(
                        ' ',
                        15usize.saturating_sub(roman.len()),
                    ));
                    out.push_str(&roman);
                }
            }
            Pattern::Text(c) => out.push(*c),
            Pattern::Comma | Pattern::Group if !layout.fill => out.push(' '),
            Pattern::Currency => out.push(' '),
            _ => {}
        }
    }
    Ok(out)
}

/// A number in Roman numerals; `#` where there is none such.
pub(super) fn roman(number: Option<i64>) -> String {
    const NUMERALS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let Some(mut left) = number.filter(|number| (1..=3999).contains(number)) else {
        return "#".repeat(15);
    };
    let mut out = String::new();
    for (value, numeral) in NUMERALS {
        while left >= value {
            out.push_str(numeral);
            left -= value;
        }
    }
    out
}

/// Walks over the patterns, writing digits as they become due.
struct Writer<'a> {
    layout: &'a Layout,
    text: &'a [u8],
    negative: bool,
    /// Digit positions that are blank because the number is short.
    leading: usize,
    anchor: Anchor,
    bracket: bool,
    signed: bool,
    /// Digit positions in all, and the one that is next.
    positions: usize,
    at: usize,
    /// The next digit of `text`.
    next: usize,
    /// The last digit that `FM` keeps, as a position of `text`.
    last_relevant: Option<usize>,
    zero_start: usize,
    /// A digit was written last, so that a group separator is too.
    in_number: bool,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(digits: &'a Digits, layout: &'a Layout, leading: usize) -> Self {
        let text = digits.text.as_bytes();
        let mut anchor = layout.anchor;
        let mut bracket = layout.bracket;
        let signed = if layout.plus || layout.minus {
            !layout.plus || layout.minus
        } else {
            if !digits.negative && layout.fill {
                bracket = false;
            }
            if anchor == Anchor::Before && layout.before == layout.anchored_at {
                anchor = Anchor::After;
            }
            !digits.negative && layout.fill && layout.anchor == Anchor::None
        };
        let mut last_relevant = None;
        if layout.fill && layout.point {
            last_relevant = text.iter().position(|c| *c == b'.').map(|point| {
                let tail = text.get(point + 1..).unwrap_or_default();
                tail.iter()
                    .rposition(|c| *c != b'0')
                    .map_or(point, |at| point + 1 + at)
            });
            if let Some(last) = &mut last_relevant
                && layout.zero_end > leading
            {
                *last = (*last).max((text.len().saturating_sub(1)).min(layout.zero_end - leading));
            }
        }
        let mut positions = (layout.after + layout.before).saturating_sub(1);
        if !signed && leading == 0 {
            positions += 1;
        }
        Self {
            layout,
            text,
            negative: digits.negative,
            leading,
            anchor,
            bracket,
            signed,
            positions,
            at: 0,
            next: 0,
            last_relevant,
            zero_start: layout.zero_start.saturating_sub(1),
            in_number: false,
            out: String::new(),
        }
    }

    fn pattern(&mut self, pattern: Pattern) -> Result<(), Fault> {
        let fill = self.layout.fill;
        let blank = |out: &mut String| {
            if !fill {
                out.push(' ');
            }
        };
        match pattern {
            Pattern::Nine | Pattern::Zero | Pattern::Point => {
                self.position(pattern == Pattern::Zero);
            }
            Pattern::Comma | Pattern::Group if self.in_number => self.out.push(','),
            Pattern::Comma | Pattern::Group => blank(&mut self.out),
            Pattern::Currency => self.out.push(' '),
            Pattern::Minus if self.negative => self.out.push('-'),
            Pattern::Plus if !self.negative => self.out.push('+'),
            Pattern::Minus | Pattern::Plus => blank(&mut self.out),
            Pattern::Sign => self.out.push(if self.negative { '-' } else { '+' }),
            Pattern::Ordinal { upper } => {
                let plain =
                    !self.negative && !self.layout.point && self.text.first() != Some(&b'#');
                if plain {
                    let text = String::from_utf8_lossy(self.text);
                    self.out.push_str(ordinal(&text, upper)?);
                }
            }
            Pattern::Text(c) => self.out.push(c),
            Pattern::Roman { .. } | Pattern::Silent => {}
        }
        Ok(())
    }

    /// The number is below one and its zero before the point gives way to a space.
    fn leading_zero(&self) -> bool {
        !self.layout.zero
            && self.next == 0
            && self.text.first() == Some(&b'0')
            && self.layout.after != 0
    }

    /// Whether `FM` keeps nothing behind the point.
    fn ends_at_point(&self) -> bool {
        self.last_relevant
            .is_some_and(|last| self.text.get(last) == Some(&b'.'))
    }

    fn position(&mut self, zero_pattern: bool) {
        self.in_number = false;
        let due = self.at >= self.leading || (self.layout.zero && self.zero_start == self.at);
        if !self.signed && due && (!self.leading_zero() || self.ends_at_point()) {
            self.sign_before();
        }
        let zero_due = self.layout.zero && self.zero_start <= self.at;
        if self.at < self.leading && !zero_due {
            if !self.layout.fill {
                self.out.push(' ');
            }
        } else if self.at < self.leading {
            self.out.push('0');
            self.in_number = true;
        } else {
            self.digit(zero_pattern);
        }
        let mut end =
            self.positions + usize::from(self.leading > 0) + usize::from(self.layout.point);
        if self.last_relevant == Some(self.next) && self.last_relevant.is_some() {
            end = self.at;
        }
        if self.at + 1 == end {
            if self.signed && self.bracket {
                self.out.push(if self.negative { '>' } else { ' ' });
            } else if self.anchor == Anchor::After {
                self.out.push(if self.negative { '-' } else { '+' });
            }
        }
        self.at += 1;
    }

    fn sign_before(&mut self) {
        match self.anchor {
            Anchor::Before => {
                self.out.push(if self.negative { '-' } else { '+' });
                self.signed = true;
            }
            Anchor::After => {}
            Anchor::None => {
                if self.bracket {
                    self.out.push(if self.negative { '<' } else { ' ' });
                } else if self.negative {
                    self.out.push('-');
                } else if !self.layout.fill {
                    self.out.push(' ');
                }
                self.signed = true;
            }
        }
    }

    fn digit(&mut self, zero_pattern: bool) {
        match self.text.get(self.next) {
            Some(b'.') => {
                if !self.ends_at_point() || self.layout.fill {
                    self.out.push('.');
                }
            }
            digit => {
                let beyond = self.last_relevant.is_some_and(|last| self.next > last);
                if beyond && !zero_pattern {
                    // `FM` drops it.
                } else if self.leading_zero() {
                    if !self.layout.fill {
                        self.out.push(' ');
                    } else if self.ends_at_point() {
                        self.out.push('0');
                    }
                } else if let Some(digit) = digit {
                    self.out.push(char::from(*digit));
                    self.in_number = true;
                }
            }
        }
        if self.next < self.text.len() {
            self.next += 1;
        }
    }
}
