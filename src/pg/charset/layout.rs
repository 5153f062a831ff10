//! How many bytes a character has, and which bytes can be one.

/// How the bytes of a character set make characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// UTF-8.
    Utf8,
    /// Bytes of no known meaning.
    Bytes,
    /// Emacs' own, of which a length is all that is known here.
    Mule,
    /// One byte each.
    Single,
    /// Extended Unix Code for Japanese: pairs, pairs after a mark, half-width letters.
    EucJp,
    /// Extended Unix Code for simplified Chinese: pairs.
    EucCn,
    /// Extended Unix Code for Korean: pairs.
    EucKr,
    /// Extended Unix Code for traditional Chinese: pairs, and pairs of a numbered plane.
    EucTw,
    /// Shift JIS: pairs and half-width letters.
    ShiftJis,
    /// BIG5, GBK, UHC: a high byte begins a pair, whatever follows.
    Pairs,
    /// GB 18030: pairs, and four bytes where a digit comes second.
    Gb18030,
    /// Korean Johab.
    Johab,
}

/// Marks of Extended Unix Code.
const SINGLE_SHIFT_2: u8 = 0x8E;
const SINGLE_SHIFT_3: u8 = 0x8F;

/// What PostgreSQL puts where it must be sure that bytes are no character of any of these sets.
const NEVER: [u8; 2] = [0x8D, b' '];

fn graphic(byte: u8) -> bool {
    matches!(byte, 0xA1..=0xFE)
}

impl Layout {
    /// Bytes of the longest character, as PostgreSQL counts them.
    pub(super) fn longest(self) -> i32 {
        match self {
            Self::Bytes | Self::Single => 1,
            Self::EucCn | Self::ShiftJis | Self::Pairs => 2,
            Self::EucJp | Self::EucKr | Self::Johab => 3,
            Self::Utf8 | Self::Mule | Self::EucTw | Self::Gb18030 => 4,
        }
    }

    /// How long the first character is, by what its first bytes claim; never more than there is.
    pub(super) fn claimed(self, bytes: &[u8]) -> usize {
        let Some(&first) = bytes.first() else {
            return 0;
        };
        let length = match (self, first) {
            (_, 0..=0x7F) | (Self::Single | Self::Bytes, _) => 1,
            (Self::Utf8, 0xC0..=0xDF) => 2,
            (Self::Utf8, 0xE0..=0xEF) => 3,
            (Self::Utf8, 0xF0..=0xF7) => 4,
            (Self::Utf8, _) => 1,
            (Self::Mule, 0x81..=0x8D) => 2,
            (Self::Mule, 0x90..=0x9B) => 3,
            (Self::Mule, 0x9C..=0x9D) => 4,
            (Self::Mule, _) => 1,
            (Self::EucTw, SINGLE_SHIFT_2) => 4,
            // PostgreSQL says so, though no character of EUC_CN begins with either.
            (Self::EucCn, SINGLE_SHIFT_2 | SINGLE_SHIFT_3) => 3,
            (Self::EucJp | Self::EucKr | Self::EucTw | Self::Johab, SINGLE_SHIFT_3) => 3,
            (Self::ShiftJis, 0xA1..=0xDF) => 1,
            (Self::Gb18030, _) if matches!(bytes.get(1), Some(b'0'..=b'9')) => 4,
            _ => 2,
        };
        length.min(bytes.len())
    }

    /// The length of the first character; `None` when the bytes are none.
    pub(super) fn character(self, bytes: &[u8]) -> Option<usize> {
        let valid = match (self, bytes) {
            (_, [] | [0, ..]) => return None,
            (_, [0..=0x7F, ..]) | (Self::Single | Self::Bytes, _) => return Some(1),
            (Self::Utf8, _) => {
                let claimed = bytes.get(..self.claimed(bytes))?;
                std::str::from_utf8(claimed).is_ok()
            }
            (Self::Mule, [first, ..]) => {
                let length = match first {
                    0x81..=0x8D => 2,
                    0x90..=0x9B => 3,
                    0x9C..=0x9D => 4,
                    _ => 1,
                };
                let rest = bytes.get(1..length)?;
                rest.iter().all(|byte| !byte.is_ascii())
            }
            (Self::EucJp, [SINGLE_SHIFT_2, kana, ..]) => matches!(kana, 0xA1..=0xDF),
            (Self::EucJp, [SINGLE_SHIFT_3, one, two, ..]) => graphic(*one) && graphic(*two),
            (Self::EucTw, [SINGLE_SHIFT_2, plane, one, two, ..]) => {
                matches!(plane, 0xA1..=0xA7) && graphic(*one) && graphic(*two)
            }
            (Self::EucJp | Self::EucTw, [SINGLE_SHIFT_2 | SINGLE_SHIFT_3, ..]) => false,
            (Self::EucTw, [_, two, ..]) => graphic(*two),
            (Self::EucJp | Self::EucCn | Self::EucKr, [one, two, ..]) => {
                graphic(*one) && graphic(*two)
            }
            (Self::Johab, [SINGLE_SHIFT_3, one, two, ..]) => graphic(*one) && graphic(*two),
            (Self::Johab, [SINGLE_SHIFT_3, ..]) => false,
            (Self::Johab, [_, two, ..]) => graphic(*two),
            (Self::ShiftJis, [0xA1..=0xDF, ..]) => true,
            (Self::ShiftJis, [one, two, ..]) => {
                matches!(one, 0x81..=0x9F | 0xE0..=0xFC) && matches!(two, 0x40..=0x7E | 0x80..=0xFC)
            }
            (Self::Pairs, [one, two, ..]) => [*one, *two] != NEVER && *two != 0,
            (Self::Gb18030, [0x81..=0xFE, b'0'..=b'9', three, four, ..]) => {
                matches!(three, 0x81..=0xFE) && four.is_ascii_digit()
            }
            (Self::Gb18030, [0x81..=0xFE, two, ..]) => {
                matches!(two, 0x40..=0x7E | 0x80..=0xFE)
            }
            _ => false,
        };
        valid.then(|| self.claimed(bytes))
    }
}
