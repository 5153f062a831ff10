//! `pg_snapshot`: `xmin:xmax:xip,xip`, the transactions that a snapshot sees.

use crate::pg::Fault;
use crate::pg::text::scalar::invalid;

/// Which transactions were finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// All before were finished.
    pub xmin: u64,
    /// None from here on was.
    pub xmax: u64,
    /// In progress between the two, ascending.
    pub running: Vec<u64>,
}

/// A number at the front of a text, and what follows; no digits are 0.
fn number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let value = match digits {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    Some((value, rest))
}

impl Snapshot {
    /// Reads the text of a snapshot.
    pub fn read(text: &str) -> Result<Self, Fault> {
        Self::parse(text).ok_or_else(|| invalid("pg_snapshot", text))
    }

    fn parse(text: &str) -> Option<Self> {
        let (xmin, rest) = number(text)?;
        let (xmax, rest) = number(rest.strip_prefix(':')?)?;
        let mut rest = rest.strip_prefix(':')?;
        if xmin == 0 || xmax < xmin {
            return None;
        }
        let mut running: Vec<u64> = Vec::new();
        while !rest.is_empty() {
            let (value, after) = number(rest)?;
            let last = running.last().copied().unwrap_or(0);
            if value < xmin || value >= xmax || value < last {
                return None;
            }
            if value != last {
                running.push(value);
            }
            rest = match after.strip_prefix(',') {
                Some(more) => more,
                None if after.is_empty() => after,
                None => return None,
            };
        }
        Some(Self {
            xmin,
            xmax,
            running,
        })
    }

    /// The text of a snapshot.
    pub fn text(&self) -> String {
        let running: Vec<String> = self.running.iter().map(u64::to_string).collect();
        format!("{}:{}:{}", self.xmin, self.xmax, running.join(","))
    }

    /// Whether what a transaction did is seen.
    pub fn sees(&self, transaction: u64) -> bool {
        transaction < self.xmin || transaction < self.xmax && !self.running.contains(&transaction)
    }

    /// Appends the binary form.
    pub(super) fn binary(&self, out: &mut Vec<u8>) {
        let count = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for number in [&self.xmin, &self.xmax].into_iter().chain(&self.running) {
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}
