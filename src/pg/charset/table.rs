//! The table of one character set, read when it is first needed.

/// What PostgreSQL's conversions answer; `generate.py` says how it is written.
const TABLES: &str = include_str!("tables.txt");

/// The first code of four bytes in GB 18030, and the one that means U+10000.
const FOUR_BYTES: [u8; 4] = [0x81, 0x30, 0x81, 0x30];
const SUPPLEMENTARY: u32 = 0x10000;
const SUPPLEMENTARY_RANK: u32 = 189_000;

/// Codes and their characters, both ways.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Code and character, by code.
    read: Vec<(u32, char)>,
    /// Character and code, by character.
    write: Vec<(char, u32)>,
    /// Codes of characters that are two code points.
    pairs: Vec<(u32, [char; 2])>,
    /// The rank among the codes of four bytes follows that of the character.
    ranked: bool,
}

fn number(code: &[u8]) -> u32 {
    code.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn put(code: u32, out: &mut Vec<u8>) {
    let bytes = code.to_be_bytes();
    out.extend(bytes.into_iter().skip_while(|byte| *byte == 0));
}

/// The code of four bytes at a rank.
fn at_rank(rank: u32) -> u32 {
    let digits = [rank / 12_600, rank / 1_260 % 10, rank / 10 % 126, rank % 10];
    let first = number(&FOUR_BYTES);
    digits.into_iter().fold(0, |sum, digit| sum << 8 | digit) + first
}

fn rank_of(code: u32) -> u32 {
    let bytes = code.to_be_bytes().into_iter().zip(FOUR_BYTES);
    let digits = bytes.map(|(byte, least)| u32::from(byte.saturating_sub(least)));
    digits
        .zip([12_600, 1_260, 10, 1])
        .map(|(digit, weight)| digit * weight)
        .sum()
}

impl Table {
    /// Reads the table of a character set.
    pub(super) fn of(name: &str) -> Self {
        let mut table = Self {
            ranked: name == "GB18030",
            ..Self::default()
        };
        let section = |line: &&str| line.strip_prefix("# ") == Some(name);
        let lines = TABLES.split('\n').skip_while(|line| !section(line)).skip(1);
        for line in lines.take_while(|line| !line.starts_with('#')) {
            table.line(line);
        }
        table.write.sort_unstable();
        if table.ranked {
            table.rank();
        }
        table.read.sort_unstable();
        table.write.sort_unstable();
        table
    }

    fn line(&mut self, line: &str) {
        let Some((code, text)) = line.split_once(' ') else {
            return;
        };
        let digits = code.trim_start_matches(['<', '>', '+']);
        let Ok(first) = u32::from_str_radix(digits, 16) else {
            return;
        };
        let mut characters = text.chars();
        if code.starts_with('+') {
            if let (Some(one), Some(two)) = (characters.next(), characters.next()) {
                self.pairs.push((first, [one, two]));
            }
            return;
        }
        for (code, c) in (first..).zip(characters) {
            if !line.starts_with('>') {
                self.read.push((code, c));
            }
            if !line.starts_with('<') {
                self.write.push((c, code));
            }
        }
    }

    /// Gives the characters below U+10000 that have no pair their four bytes, in their order.
    fn rank(&mut self) {
        let paired: Vec<char> = self.write.iter().map(|(c, _)| *c).collect();
        let left = ('\u{80}'..'\u{10000}').filter(|c| paired.binary_search(c).is_err());
        for (rank, c) in (0..).zip(left) {
            self.read.push((at_rank(rank), c));
            self.write.push((c, at_rank(rank)));
        }
    }

    /// Appends what a code means; `false` when it means nothing.
    pub(super) fn read(&self, code: &[u8], text: &mut String) -> bool {
        let wanted = number(code);
        if let Ok(at) = self.read.binary_search_by_key(&wanted, |(code, _)| *code) {
            text.extend(self.read.get(at).map(|(_, c)| c));
            return true;
        }
        if let Some((_, pair)) = self.pairs.iter().find(|(code, _)| *code == wanted) {
            text.extend(pair);
            return true;
        }
        let beyond = (self.ranked && code.len() == 4)
            .then(|| rank_of(wanted).checked_sub(SUPPLEMENTARY_RANK))
            .flatten()
            .and_then(|rank| char::from_u32(SUPPLEMENTARY + rank));
        text.extend(beyond);
        beyond.is_some()
    }

    /// Appends the code of a character; `false` when it has none.
    pub(super) fn write(&self, wanted: char, out: &mut Vec<u8>) -> bool {
        if let Ok(at) = self.write.binary_search_by_key(&wanted, |(c, _)| *c) {
            if let Some((_, code)) = self.write.get(at) {
                put(*code, out);
            }
            return true;
        }
        match u32::from(wanted).checked_sub(SUPPLEMENTARY) {
            Some(rank) if self.ranked => {
                put(at_rank(SUPPLEMENTARY_RANK + rank), out);
                true
            }
            _ => false,
        }
    }

    /// Appends the code of two characters that are one, if they are.
    pub(super) fn write_pair(&self, first: char, rest: &str, out: &mut Vec<u8>) -> bool {
        if self.pairs.is_empty() {
            return false;
        }
        let Some(second) = rest.chars().next() else {
            return false;
        };
        let pair = [first, second];
        match self.pairs.iter().find(|(_, known)| *known == pair) {
            Some((code, _)) => {
                put(*code, out);
                true
            }
            None => false,
        }
    }
}
