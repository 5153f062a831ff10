//! Numbers that look random and follow from what they are for.

/// A source of numbers for one purpose.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, table: usize, row: u64, purpose: &str) -> Self {
        // FNV-1a over the purpose, then one round of splitmix64 per number.
        let mut state = 0xcbf2_9ce4_8422_2325 ^ seed.rotate_left(17);
        for byte in purpose.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut dice = Self {
            state: state ^ (table as u64).rotate_left(48) ^ row.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        };
        dice.next();
        dice
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// A number from `from` to `to`.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to.saturating_sub(from))
            .unwrap_or(0)
            .saturating_add(1);
        from.saturating_add(i64::try_from(self.below(span)).unwrap_or(0))
    }

    /// Whether something of this likelihood, in percent, happens.
    pub(super) fn percent(&mut self, likelihood: u64) -> bool {
        self.below(100) < likelihood
    }

    /// A number below `end`, small ones more often.
    pub(super) fn skewed(&mut self, end: u64) -> u64 {
        let (one, two) = (self.below(end), self.below(end));
        one.min(two)
    }

    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(list.len() as u64);
        list.get(usize::try_from(at).unwrap_or(0))
    }
}
