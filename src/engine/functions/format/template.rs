//! Templates of dates and times, read once into nodes.

/// The fields of a template that say something.
pub(super) fn fields(template: &str) -> impl Iterator<Item = Field> {
    parse(template).into_iter().filter_map(|node| match node {
        Node::Field {
            field: Field::Exact,
            ..
        } => None,
        Node::Field { field, .. } => Some(field),
        _ => None,
    })
}

/// A field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// `AM`, `a.m.`, ...: whether it has points and whether it is in upper case is in the name.
    Meridiem,
    Era,
    Century,
    DayName,
    DayShort,
    DayOfYear,
    IsoDayOfYear,
    DayOfMonth,
    DayOfWeek,
    IsoDayOfWeek,
    /// `FF1` to `FF6`, `MS` and `US`: how many digits.
    Fraction(u32),
    Exact,
    Hour24,
    Hour12,
    Minute,
    Second,
    SecondOfDay,
    Week,
    IsoWeek,
    WeekOfMonth,
    Julian,
    Month,
    MonthName,
    MonthShort,
    MonthRoman,
    Quarter,
    Offset,
    ZoneHour,
    ZoneMinute,
    Zone,
    /// `Y,YYY`.
    YearComma,
    /// `Y` to `YYYY`: how many digits.
    Year(u32),
    IsoYear(u32),
}

impl Field {
    /// Whether the field begins with a digit, so that a number before it must have a fixed width.
    pub(super) fn numeric(self) -> bool {
        !matches!(
            self,
            Self::Meridiem
                | Self::Era
                | Self::DayName
                | Self::DayShort
                | Self::Exact
                | Self::MonthName
                | Self::MonthShort
                | Self::MonthRoman
                | Self::Offset
                | Self::ZoneHour
                | Self::Zone
        )
    }

    /// Whether the field says a zone.
    pub(super) fn zone(self) -> bool {
        matches!(
            self,
            Self::Offset | Self::ZoneHour | Self::ZoneMinute | Self::Zone
        )
    }

    /// Whether the field says a time of day.
    pub(super) fn time(self) -> bool {
        matches!(
            self,
            Self::Meridiem
                | Self::Fraction(_)
                | Self::Hour24
                | Self::Hour12
                | Self::Minute
                | Self::Second
                | Self::SecondOfDay
        )
    }

    /// Whether the field belongs to the ISO calendar of weeks (true), to months (false), or to both.
    pub(super) fn iso(self) -> Option<bool> {
        match self {
            Self::IsoDayOfYear | Self::IsoDayOfWeek | Self::IsoWeek | Self::IsoYear(_) => {
                Some(true)
            }
            Self::DayName
            | Self::DayShort
            | Self::DayOfYear
            | Self::DayOfMonth
            | Self::DayOfWeek
            | Self::Week
            | Self::WeekOfMonth
            | Self::Month
            | Self::MonthName
            | Self::MonthShort
            | Self::MonthRoman
            | Self::YearComma
            | Self::Year(_) => Some(false),
            _ => None,
        }
    }
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    /// A field with its modifiers.
    Field {
        field: Field,
        /// As written; its case matters for names.
        name: &'static str,
        /// `FM`: no padding.
        fill: bool,
        /// `TH` (`Some(true)`) or `th`.
        ordinal: Option<bool>,
    },
    Separator(char),
    Space(char),
    Text(char),
}

/// Names of fields in the order they are tried; each also in lower case, names of mixed case aside.
const FIELDS: &[(&str, Field)] = &[
    ("A.D.", Field::Era),
    ("A.M.", Field::Meridiem),
    ("AD", Field::Era),
    ("AM", Field::Meridiem),
    ("B.C.", Field::Era),
    ("BC", Field::Era),
    ("CC", Field::Century),
    ("DAY", Field::DayName),
    ("DDD", Field::DayOfYear),
    ("DD", Field::DayOfMonth),
    ("DY", Field::DayShort),
    ("Day", Field::DayName),
    ("Dy", Field::DayShort),
    ("D", Field::DayOfWeek),
    ("FF1", Field::Fraction(1)),
    ("FF2", Field::Fraction(2)),
    ("FF3", Field::Fraction(3)),
    ("FF4", Field::Fraction(4)),
    ("FF5", Field::Fraction(5)),
    ("FF6", Field::Fraction(6)),
    ("FX", Field::Exact),
    ("HH24", Field::Hour24),
    ("HH12", Field::Hour12),
    ("HH", Field::Hour12),
    ("IDDD", Field::IsoDayOfYear),
    ("ID", Field::IsoDayOfWeek),
    ("IW", Field::IsoWeek),
    ("IYYY", Field::IsoYear(4)),
    ("IYY", Field::IsoYear(3)),
    ("IY", Field::IsoYear(2)),
    ("I", Field::IsoYear(1)),
    ("J", Field::Julian),
    ("MI", Field::Minute),
    ("MM", Field::Month),
    ("MONTH", Field::MonthName),
    ("MON", Field::MonthShort),
    ("MS", Field::Fraction(3)),
    ("Month", Field::MonthName),
    ("Mon", Field::MonthShort),
    ("OF", Field::Offset),
    ("P.M.", Field::Meridiem),
    ("PM", Field::Meridiem),
    ("Q", Field::Quarter),
    ("RM", Field::MonthRoman),
    ("SSSSS", Field::SecondOfDay),
    ("SSSS", Field::SecondOfDay),
    ("SS", Field::Second),
    ("TZH", Field::ZoneHour),
    ("TZM", Field::ZoneMinute),
    ("TZ", Field::Zone),
    ("US", Field::Fraction(6)),
    ("WW", Field::Week),
    ("W", Field::WeekOfMonth),
    ("Y,YYY", Field::YearComma),
    ("YYYY", Field::Year(4)),
    ("YYY", Field::Year(3)),
    ("YY", Field::Year(2)),
    ("Y", Field::Year(1)),
    ("a.d.", Field::Era),
    ("a.m.", Field::Meridiem),
    ("ad", Field::Era),
    ("am", Field::Meridiem),
    ("b.c.", Field::Era),
    ("bc", Field::Era),
    ("cc", Field::Century),
    ("day", Field::DayName),
    ("ddd", Field::DayOfYear),
    ("dd", Field::DayOfMonth),
    ("dy", Field::DayShort),
    ("d", Field::DayOfWeek),
    ("ff1", Field::Fraction(1)),
    ("ff2", Field::Fraction(2)),
    ("ff3", Field::Fraction(3)),
    ("ff4", Field::Fraction(4)),
    ("ff5", Field::Fraction(5)),
    ("ff6", Field::Fraction(6)),
    ("fx", Field::Exact),
    ("hh24", Field::Hour24),
    ("hh12", Field::Hour12),
    ("hh", Field::Hour12),
    ("iddd", Field::IsoDayOfYear),
    ("id", Field::IsoDayOfWeek),
    ("iw", Field::IsoWeek),
    ("iyyy", Field::IsoYear(4)),
    ("iyy", Field::IsoYear(3)),
    ("iy", Field::IsoYear(2)),
    ("i", Field::IsoYear(1)),
    ("j", Field::Julian),
    ("mi", Field::Minute),
    ("mm", Field::Month),
    ("month", Field::MonthName),
    ("mon", Field::MonthShort),
    ("ms", Field::Fraction(3)),
    ("of", Field::Offset),
    ("p.m.", Field::Meridiem),
    ("pm", Field::Meridiem),
    ("q", Field::Quarter),
    ("rm", Field::MonthRoman),
    ("sssss", Field::SecondOfDay),
    ("ssss", Field::SecondOfDay),
    ("ss", Field::Second),
    ("tzh", Field::ZoneHour),
    ("tzm", Field::ZoneMinute),
    ("tz", Field::Zone),
    ("us", Field::Fraction(6)),
    ("ww", Field::Week),
    ("w", Field::WeekOfMonth),
    ("y,yyy", Field::YearComma),
    ("yyyy", Field::Year(4)),
    ("yyy", Field::Year(3)),
    ("yy", Field::Year(2)),
    ("y", Field::Year(1)),
];

/// Reads a template.
pub(super) fn parse(template: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut left = template;
    while !left.is_empty() {
        let (mut fill, mut translated) = (false, false);
        for prefix in ["FM", "fm", "TM", "tm"] {
            if let Some(rest) = left.strip_prefix(prefix) {
                left = rest;
                fill = prefix.eq_ignore_ascii_case("FM");
                translated = !fill;
                break;
            }
        }
        let found = FIELDS
            .iter()
            .find_map(|(name, field)| Some((*name, *field, left.strip_prefix(*name)?)));
        if let Some((name, field, rest)) = found {
            left = rest;
            // A name in the reader's language is not padded either; here it is English.
            fill |= translated && matches!(field, Field::MonthName | Field::DayName);
            let mut ordinal = None;
            for (suffix, upper) in [("TH", Some(true)), ("th", Some(false)), ("SP", None)] {
                if let Some(rest) = left.strip_prefix(suffix) {
                    (left, ordinal) = (rest, upper);
                    break;
                }
            }
            nodes.push(Node::Field {
                field,
                name,
                fill,
                ordinal,
            });
        } else {
            left = text(left, &mut nodes);
        }
    }
    nodes
}

/// Reads a quoted text or one character, and returns what is left.
fn text<'a>(left: &'a str, nodes: &mut Vec<Node>) -> &'a str {
    let mut characters = left.chars();
    match characters.next() {
        Some('"') => {
            while let Some(c) = characters.next() {
                match c {
                    '"' => break,
                    '\\' => nodes.extend(characters.next().map(Node::Text)),
                    c => nodes.push(Node::Text(c)),
                }
            }
        }
        Some('\\') if characters.as_str().starts_with('"') => {
            characters.next();
            nodes.push(Node::Separator('"'));
        }
        Some(c) if separator(c) => nodes.push(Node::Separator(c)),
        Some(c) if c.is_ascii_whitespace() || c == '\u{b}' => nodes.push(Node::Space(c)),
        Some(c) => nodes.push(Node::Text(c)),
        None => {}
    }
    characters.as_str()
}

/// Whether a character separates fields: printable ASCII that is no letter and no digit.
pub(super) fn separator(c: char) -> bool {
    c.is_ascii_punctuation()
}
