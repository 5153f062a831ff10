//! Matching by walking the tree of an expression, with PostgreSQL's preferences: the whole match
//! first, then each part in its order takes the longest (or the shortest) that leaves a match to the
//! parts behind it.

use std::collections::HashMap;
use std::rc::Rc;

use regex_syntax::hir::Look;

use super::expression::Found;
use super::tree::{At, Node, Tree};
use crate::pg::{Fault, SqlState};

/// The most steps one search may take.
const STEPS: usize = 20_000_000;
/// The most positions that are remembered.
const REMEMBERED: usize = 2_000_000;

/// One search in one text.
pub(super) struct Dissection<'a> {
    tree: &'a Tree,
    text: Vec<char>,
    /// Where in the text each character begins, and where the text ends.
    offsets: Vec<usize>,
    /// No part ends behind this character.
    limit: usize,
    steps: usize,
    remembered: usize,
    /// Where a part that begins there may end; back-references count as their group's pattern.
    known: HashMap<(At, usize), Rc<[usize]>>,
    groups: Vec<Option<(usize, usize)>>,
}

impl<'a> Dissection<'a> {
    pub(super) fn new(tree: &'a Tree, text: &str) -> Self {
        let (mut offsets, text_characters): (Vec<usize>, Vec<char>) = text.char_indices().unzip();
        offsets.push(text.len());
        Self {
            tree,
            limit: text_characters.len(),
            text: text_characters,
            offsets,
            steps: 0,
            remembered: 0,
            known: HashMap::new(),
            groups: vec![None; tree.groups],
        }
    }

    /// The first match at or after the byte `from`.
    pub(super) fn find(&mut self, from: usize) -> Result<Option<Found>, Fault> {
        self.steps = 0;
        let first = self.offsets.partition_point(|offset| *offset < from);
        for begin in first..=self.text.len() {
            for end in self.ordered(self.tree.root, begin)? {
                self.groups.fill(None);
                if self.fits(self.tree.root, begin, end)? {
                    return Ok(Some(self.found(begin, end)));
                }
            }
            self.known.clear();
            self.remembered = 0;
        }
        Ok(None)
    }

    /// A match without look-around that is known to go from one byte to another, with its groups.
    pub(super) fn of_match(
        tree: &'a Tree,
        text: &str,
        start: usize,
        end: usize,
    ) -> Result<Option<Found>, Fault> {
        // One character on either side says whether a word, a line or the text ends there.
        let from = text.floor_char_boundary(start.saturating_sub(1));
        let to = text.ceil_char_boundary((end + 1).min(text.len()));
        let mut dissection = Self::new(tree, text.get(from..to).unwrap_or_default());
        let at = |byte: usize| {
            dissection
                .offsets
                .partition_point(|offset| *offset < byte - from)
        };
        let (begin, limit) = (at(start), at(end));
        dissection.limit = limit;
        for offset in &mut dissection.offsets {
            *offset += from;
        }
        Ok(dissection
            .fits(tree.root, begin, limit)?
            .then(|| dissection.found(begin, limit)))
    }

    fn found(&self, begin: usize, end: usize) -> Found {
        let byte = |at: usize| self.offsets.get(at).copied().unwrap_or_default();
        Found {
            start: byte(begin),
            end: byte(end),
            groups: self
                .groups
                .iter()
                .map(|group| group.map(|(from, to)| (byte(from), byte(to))))
                .collect(),
        }
    }

    fn step(&mut self, steps: usize) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS || self.remembered > REMEMBERED {
            return Err(Fault::new(
                SqlState::INVALID_REGULAR_EXPRESSION,
                "regular expression failed: regular expression is too complex",
            ));
        }
        Ok(())
    }

    /// Where a part that begins at `begin` may end, in the order of its preference.
    fn ordered(&mut self, at: At, begin: usize) -> Result<Vec<usize>, Fault> {
        let mut ends = self.ends(at, begin)?.to_vec();
        if !self.tree.part(at)?.shortest {
            ends.reverse();
        }
        Ok(ends)
    }

    fn may_end(&mut self, at: At, begin: usize, end: usize) -> Result<bool, Fault> {
        Ok(self.ends(at, begin)?.binary_search(&end).is_ok())
    }

    /// Where a part that begins at `begin` may end, ascending.
    fn ends(&mut self, at: At, begin: usize) -> Result<Rc<[usize]>, Fault> {
        self.step(1)?;
        let tree = self.tree;
        match &tree.part(at)?.node {
            Node::Nothing => return Ok(Rc::from([begin])),
            Node::One(ranges) => {
                return Ok(match self.text.get(begin) {
                    Some(c) if begin < self.limit && within(ranges, *c) => Rc::from([begin + 1]),
                    _ => Rc::from([]),
                });
            }
            Node::Here(look) => {
                return Ok(if self.here(*look, begin) {
                    Rc::from([begin])
                } else {
                    Rc::from([])
                });
            }
            _ => {}
        }
        if let Some(known) = self.known.get(&(at, begin)) {
            return Ok(Rc::clone(known));
        }
        let ends = self.walk(at, begin)?;
        self.remembered += ends.len() + 1;
        self.step(ends.len())?;
        let ends: Rc<[usize]> = Rc::from(ends);
        self.known.insert((at, begin), Rc::clone(&ends));
        Ok(ends)
    }

    /// As [`Self::ends`], of a part that has parts.
    fn walk(&mut self, at: At, begin: usize) -> Result<Vec<usize>, Fault> {
        let tree = self.tree;
        let mut ends = Vec::new();
        match &tree.part(at)?.node {
            Node::Around {
                ahead,
                negated,
                inner,
            } => {
                let there = if *ahead {
                    !self.ends(*inner, begin)?.is_empty()
                } else {
                    self.behind(*inner, begin)?
                };
                if there != *negated {
                    ends.push(begin);
                }
            }
            Node::Same(group) => {
                let pattern = tree.parts.iter().position(
                    |part| matches!(part.node, Node::Group(number, _) if number == *group),
                );
                if let Some(pattern) = pattern {
                    ends.extend_from_slice(&self.ends(pattern, begin)?);
                }
            }
            Node::Group(_, inner) => ends.extend_from_slice(&self.ends(*inner, begin)?),
            Node::Then(first, rest)
            | Node::Last {
                before: first,
                inner: rest,
            } => {
                for middle in self.ends(*first, begin)?.iter() {
                    ends.extend_from_slice(&self.ends(*rest, *middle)?);
                }
            }
            Node::Either(branches) => {
                for branch in branches {
                    ends.extend_from_slice(&self.ends(*branch, begin)?);
                }
            }
            Node::Repeat { inner, least, most } => {
                return self.repetitions(*inner, *least, *most, begin);
            }
            Node::Nothing | Node::Leaf(_) | Node::One(_) | Node::Here(_) => {}
        }
        self.step(ends.len())?;
        ends.sort_unstable();
        ends.dedup();
        Ok(ends)
    }

    fn repetitions(
        &mut self,
        inner: At,
        least: usize,
        most: usize,
        begin: usize,
    ) -> Result<Vec<usize>, Fault> {
        let (mut ends, mut front, mut round) = (Vec::new(), vec![begin], 0);
        let mut seen = std::collections::HashSet::new();
        while !front.is_empty() {
            if round >= least {
                front.retain(|end| seen.insert(*end));
                ends.extend_from_slice(&front);
            }
            if round == most {
                break;
            }
            let mut next = Vec::new();
            for at in &front {
                next.extend_from_slice(&self.ends(inner, *at)?);
            }
            self.step(next.len() + front.len())?;
            next.sort_unstable();
            next.dedup();
            front = next;
            round += 1;
        }
        ends.sort_unstable();
        Ok(ends)
    }

    /// Whether the part can end at `end`, wherever it begins.
    fn behind(&mut self, at: At, end: usize) -> Result<bool, Fault> {
        let (least, most) = self.tree.part(at)?.width;
        let furthest = most.map_or(0, |most| end.saturating_sub(most));
        let Some(nearest) = end.checked_sub(least) else {
            return Ok(false);
        };
        for begin in (furthest..=nearest).rev() {
            if self.may_end(at, begin, end)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn here(&self, look: Look, at: usize) -> bool {
        let is_word = |c: &char| regex_syntax::is_word_character(*c);
        let before = at.checked_sub(1).and_then(|at| self.text.get(at));
        let after = self.text.get(at);
        let (left, right) = (before.is_some_and(is_word), after.is_some_and(is_word));
        match look {
            Look::Start => before.is_none(),
            Look::End => after.is_none(),
            Look::StartLF => before.is_none_or(|c| *c == '\n'),
            Look::EndLF => after.is_none_or(|c| *c == '\n'),
            Look::WordUnicode => left != right,
            Look::WordUnicodeNegate => left == right,
            Look::WordStartUnicode => !left && right,
            Look::WordEndUnicode => left && !right,
            _ => false,
        }
    }

    fn forget(&mut self, (from, to): (usize, usize)) {
        if let Some(groups) = self.groups.get_mut(from.min(to)..to) {
            groups.fill(None);
        }
    }

    /// Whether a part that may go from `begin` to `end` does, groups and back-references observed.
    fn fits(&mut self, at: At, begin: usize, end: usize) -> Result<bool, Fault> {
        self.step(1)?;
        let tree = self.tree;
        let part = tree.part(at)?;
        if !part.exact {
            return Ok(true);
        }
        match &part.node {
            Node::Same(group) => Ok(self.again(*group, begin, end)),
            Node::Group(number, inner) => {
                let fits = self.fits(*inner, begin, end)?;
                if fits && let Some(group) = self.groups.get_mut(*number) {
                    *group = Some((begin, end));
                }
                Ok(fits)
            }
            Node::Then(first, rest) => {
                for middle in self.ordered(*first, begin)? {
                    if middle > end || !self.may_end(*rest, middle, end)? {
                        continue;
                    }
                    self.forget(part.groups);
                    if self.fits(*first, begin, middle)? && self.fits(*rest, middle, end)? {
                        return Ok(true);
                    }
                }
                self.forget(part.groups);
                Ok(false)
            }
            Node::Last { before, inner } => {
                for middle in self.ordered(*before, begin)? {
                    if middle > end || !self.may_end(*inner, middle, end)? {
                        continue;
                    }
                    self.forget(part.groups);
                    if self.fits(*inner, middle, end)? {
                        return Ok(true);
                    }
                }
                self.forget(part.groups);
                Ok(false)
            }
            Node::Either(branches) => {
                for branch in branches {
                    if self.may_end(*branch, begin, end)? && self.fits(*branch, begin, end)? {
                        return Ok(true);
                    }
                    self.forget(part.groups);
                }
                Ok(false)
            }
            Node::Repeat { inner, least, most } => {
                if let Node::Same(group) = tree.part(*inner)?.node {
                    return self.times(group, *least, *most, (begin, end));
                }
                self.repeated(*inner, *least, *most, (begin, end))
            }
            _ => Ok(true),
        }
    }

    /// Whether the text of a group stands there again.
    fn again(&self, group: usize, begin: usize, end: usize) -> bool {
        let Some((from, to)) = self.groups.get(group).copied().flatten() else {
            return false;
        };
        let (Some(once), Some(again)) = (self.text.get(from..to), self.text.get(begin..end)) else {
            return false;
        };
        if self.tree.ignore_case {
            let lower = |text: &[char]| -> Vec<char> {
                text.iter().flat_map(|c| c.to_lowercase()).collect()
            };
            lower(once) == lower(again)
        } else {
            once == again
        }
    }

    /// A back-reference some times over.
    fn times(
        &mut self,
        group: usize,
        least: usize,
        most: usize,
        (begin, end): (usize, usize),
    ) -> Result<bool, Fault> {
        let Some((from, to)) = self.groups.get(group).copied().flatten() else {
            return Ok(false);
        };
        self.step(end - begin)?;
        if from == to || begin == end {
            return Ok(begin == end && (from == to || least == 0));
        }
        let width = to - from;
        let count = (end - begin) / width;
        Ok((end - begin) % width == 0
            && (least..=most).contains(&count)
            && (0..count)
                .all(|turn| self.again(group, begin + turn * width, begin + (turn + 1) * width)))
    }

    /// Divides a stretch of text among the turns of a repetition.
    fn repeated(
        &mut self,
        inner: At,
        least: usize,
        most: usize,
        (begin, end): (usize, usize),
    ) -> Result<bool, Fault> {
        if begin == end {
            // A turn of nothing is taken where there can be one.
            let shortest = self.tree.part(inner)?.shortest;
            let turn = least > 0 || (!shortest && self.may_end(inner, begin, end)?);
            return if turn {
                self.fits(inner, begin, end)
            } else {
                Ok(true)
            };
        }
        let groups = self.tree.part(inner)?.groups;
        let least = least.max(1);
        let most = most.min((end - begin).max(least));
        // For every turn: where it begins, and the ends it may yet take (the next one last).
        let mut turns = vec![(begin, self.turn(inner, begin)?)];
        while let Some((at, left)) = turns.last_mut() {
            let at = *at;
            let Some(stop) = left.pop() else {
                turns.pop();
                continue;
            };
            let turn = turns.len();
            // A turn of nothing is taken where only that makes enough turns.
            let needed = turn < least && least - turn >= end - at;
            let allowed = if stop == end {
                turn >= least
            } else {
                stop < end && turn < most && (stop > at || needed)
            };
            if !allowed {
                continue;
            }
            self.forget(groups);
            if !self.fits(inner, at, stop)? {
                continue;
            }
            if stop == end {
                return Ok(true);
            }
            let next = self.turn(inner, stop)?;
            turns.push((stop, next));
        }
        self.forget(groups);
        Ok(false)
    }

    /// Where a turn may end, the preferred end last.
    fn turn(&mut self, inner: At, begin: usize) -> Result<Vec<usize>, Fault> {
        let mut ends = self.ordered(inner, begin)?;
        ends.reverse();
        self.step(ends.len())?;
        Ok(ends)
    }
}

fn within(ranges: &[(char, char)], c: char) -> bool {
    ranges
        .binary_search_by(|(low, high)| {
            if *high < c {
                std::cmp::Ordering::Less
            } else if *low > c {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}
