//! A regular expression as a tree: for what no automaton decides, which is look-around,
//! back-references and the groups of an expression with choices.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, HirKind, Look};

use super::syntax::invalid;
use crate::pg::Fault;

/// The deepest tree that is walked.
const DEPTH: usize = 400;

/// Where a part is in its tree.
pub(super) type At = usize;

/// One part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    /// Matches nothing at all, everywhere.
    Nothing,
    /// One character or one position, in the automaton's syntax; [`Tree::finish`] reads it.
    Leaf(String),
    /// One character of these ranges.
    One(Vec<(char, char)>),
    /// A position.
    Here(Look),
    /// A position before or behind which something stands, or does not.
    Around {
        ahead: bool,
        negated: bool,
        inner: At,
    },
    /// The text of a group again.
    Same(usize),
    Group(usize, At),
    Then(At, At),
    Either(Vec<At>),
    Repeat {
        inner: At,
        least: usize,
        most: usize,
    },
    /// A repetition as all its turns but the last, and the last, which alone says its groups.
    Last {
        before: At,
        inner: At,
    },
}

/// A part with what follows from its parts.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) node: Node,
    /// The shortest match is preferred.
    pub(super) shortest: bool,
    /// Holds groups or back-references: that it can match a stretch of text does not say how.
    pub(super) exact: bool,
    /// Holds back-references.
    pub(super) refers: bool,
    /// The groups inside, from and up to.
    pub(super) groups: (usize, usize),
    /// How many characters a match has.
    pub(super) width: (usize, Option<usize>),
    depth: usize,
}

/// The whole expression.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) parts: Vec<Part>,
    pub(super) root: At,
    /// How many groups there are.
    pub(super) groups: usize,
    /// Whether letters match without regard to case.
    pub(super) ignore_case: bool,
}

impl Tree {
    /// The part at `at`, which this tree made.
    pub(super) fn part(&self, at: At) -> Result<&Part, Fault> {
        self.parts
            .get(at)
            .ok_or_else(|| Fault::internal("an expression has no such part"))
    }

    /// Adds a part whose own parts are there already.
    pub(super) fn add(&mut self, node: Node, shortest: bool) -> Result<At, Fault> {
        let mut part = Part {
            shortest,
            exact: false,
            refers: false,
            groups: (usize::MAX, 0),
            width: (0, Some(0)),
            depth: 1,
            node: Node::Nothing,
        };
        match &node {
            Node::Nothing | Node::Here(_) => {}
            Node::Leaf(_) => part.width = (0, Some(1)),
            Node::One(_) => part.width = (1, Some(1)),
            Node::Around { inner, .. } => part.depth += self.part(*inner)?.depth,
            Node::Same(group) => {
                part.exact = true;
                part.refers = true;
                part.width = (0, None);
                if !self.groups_closed().any(|closed| closed == *group) {
                    return Err(invalid("invalid backreference number"));
                }
            }
            Node::Group(number, inner) => {
                part.take(self.part(*inner)?);
                part.width = self.part(*inner)?.width;
                part.groups.0 = part.groups.0.min(*number);
                part.groups.1 = part.groups.1.max(number + 1);
                part.exact = true;
            }
            Node::Then(first, rest)
            | Node::Last {
                before: first,
                inner: rest,
            } => {
                let (first, rest) = (self.part(*first)?, self.part(*rest)?);
                part.take(first);
                part.take(rest);
                part.width = (
                    first.width.0.saturating_add(rest.width.0),
                    together(first.width.1, rest.width.1, usize::saturating_add),
                );
            }
            Node::Either(branches) => {
                part.width = (usize::MAX, Some(0));
                for branch in branches {
                    let branch = self.part(*branch)?;
                    part.take(branch);
                    part.width.0 = part.width.0.min(branch.width.0);
                    part.width.1 = part.width.1.zip(branch.width.1).map(|(a, b)| a.max(b));
                }
            }
            Node::Repeat { inner, least, most } => {
                let inner = self.part(*inner)?;
                part.take(inner);
                let most = (*most < usize::MAX).then_some(*most);
                part.width = (
                    inner.width.0.saturating_mul(*least),
                    together(inner.width.1, most, usize::saturating_mul),
                );
            }
        }
        part.node = node;
        self.parts.push(part);
        Ok(self.parts.len() - 1)
    }

    /// Adds a repetition.
    pub(super) fn repeat(
        &mut self,
        inner: At,
        least: usize,
        most: usize,
        shortest: bool,
    ) -> Result<At, Fault> {
        let part = self.part(inner)?;
        if least == 0 || most == 1 || !part.exact || part.refers {
            return self.add(Node::Repeat { inner, least, most }, shortest);
        }
        let most = if most == usize::MAX { most } else { most - 1 };
        let before = Node::Repeat {
            inner,
            least: least - 1,
            most,
        };
        let before = self.add(before, shortest)?;
        self.add(Node::Last { before, inner }, shortest)
    }

    fn groups_closed(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().filter_map(|part| match part.node {
            Node::Group(number, _) => Some(number),
            _ => None,
        })
    }

    /// Reads the leaves. An expression nested too deep to be walked is refused.
    pub(super) fn finish(&mut self, ignore_case: bool) -> Result<(), Fault> {
        self.ignore_case = ignore_case;
        if self.parts.iter().any(|part| part.depth > DEPTH) {
            return Err(invalid("regular expression is too complex"));
        }
        for part in &mut self.parts {
            let Node::Leaf(text) = &part.node else {
                continue;
            };
            let read = ParserBuilder::new()
                .case_insensitive(ignore_case)
                .build()
                .parse(text)
                .map_err(|_| invalid("regular expression is too complex"))?;
            part.node = match read.into_kind() {
                HirKind::Look(look) => {
                    part.width = (0, Some(0));
                    Node::Here(look)
                }
                HirKind::Class(Class::Unicode(class)) => Node::One(
                    class
                        .iter()
                        .map(|range| (range.start(), range.end()))
                        .collect(),
                ),
                HirKind::Literal(literal) => {
                    let text = String::from_utf8_lossy(&literal.0);
                    Node::One(text.chars().take(1).map(|c| (c, c)).collect())
                }
                _ => Node::One(Vec::new()),
            };
        }
        Ok(())
    }
}

/// Of two widths, where both have an end.
fn together(a: Option<usize>, b: Option<usize>, join: fn(usize, usize) -> usize) -> Option<usize> {
    a.zip(b).map(|(a, b)| join(a, b))
}

impl Part {
    fn take(&mut self, inner: &Self) {
        self.exact |= inner.exact;
        self.refers |= inner.refers;
        self.depth = self.depth.max(inner.depth + 1);
        self.groups.0 = self.groups.0.min(inner.groups.0);
        self.groups.1 = self.groups.1.max(inner.groups.1);
    }
}
