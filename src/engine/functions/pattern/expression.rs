//! A compiled regular expression that finds what PostgreSQL finds: the leftmost match, and of those
//! the longest (or the shortest, where the expression begins with a non-greedy quantifier).

use regex::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::dissect::Dissection;
use super::syntax::{Flags, Need, Translated, invalid, translate};
use super::tree::Tree;
use crate::pg::Fault;

/// The most bytes one compiled expression may take.
const COMPILED_BYTES: usize = 4 << 20;

/// One match: bytes from and to, of the whole and of each group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

/// A compiled expression.
#[derive(Debug)]
pub(in crate::engine::functions) struct Expression {
    /// Answers in linear time; none where there is look-around or a back-reference.
    automaton: Option<Automaton>,
    pub(super) flags: Flags,
    /// Says how a match is divided among groups, and everything where there is no automaton.
    tree: Tree,
    need: Need,
}

#[derive(Debug)]
struct Automaton {
    regex: Regex,
    /// Finds where the match of PostgreSQL's preference ends, where that may differ.
    extent: Option<Extent>,
}

#[derive(Debug)]
struct Extent {
    automaton: DFA,
    cache: Cache,
    shortest: bool,
}

impl Expression {
    /// Compiles a pattern with the letters of a flags argument.
    pub(in crate::engine::functions) fn compile(pattern: &str, flags: &str) -> Result<Self, Fault> {
        let mut translated = translate(pattern, Flags::parse(flags)?)?;
        let automaton = if translated.need == Need::All {
            None
        } else {
            let regex = build(&translated.pattern, translated.flags)?;
            let extent = if translated.ambiguous {
                Extent::build(&translated)
            } else {
                None
            };
            if extent.is_some() && translated.need == Need::Nothing && translated.tree.groups > 0 {
                translated.tree.finish(translated.flags.ignore_case)?;
            }
            Some(Automaton { regex, extent })
        };
        Ok(Self {
            automaton,
            flags: translated.flags,
            tree: translated.tree,
            need: translated.need,
        })
    }

    /// Whether the text has a match.
    pub(in crate::engine::functions) fn matches(&self, text: &str) -> Result<bool, Fault> {
        match &self.automaton {
            Some(automaton) => Ok(automaton.regex.is_match(text)),
            None => Ok(Dissection::new(&self.tree, text).find(0)?.is_some()),
        }
    }

    /// The first match at or after `from` (a character boundary).
    pub(super) fn find(&mut self, text: &str, from: usize) -> Result<Option<Found>, Fault> {
        match &mut self.automaton {
            Some(automaton) => automaton.find(&self.tree, self.need, text, from),
            None => Dissection::new(&self.tree, text).find(from),
        }
    }

    /// Calls `each` with the matches from byte `from` on until it answers false.
    pub(super) fn every(
        &mut self,
        text: &str,
        from: usize,
        mut each: impl FnMut(Found) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let tree = &self.tree;
        let mut walk = None;
        let mut at = from;
        while at <= text.len() {
            let found = match &mut self.automaton {
                Some(automaton) => automaton.find(tree, self.need, text, at)?,
                None => walk
                    .get_or_insert_with(|| Dissection::new(tree, text))
                    .find(at)?,
            };
            let Some(found) = found else { break };
            at = found.end;
            if found.start == found.end {
                at += text
                    .get(at..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(1, char::len_utf8);
            }
            if !each(found)? {
                break;
            }
        }
        Ok(())
    }
}

impl Automaton {
    fn find(
        &mut self,
        tree: &Tree,
        need: Need,
        text: &str,
        from: usize,
    ) -> Result<Option<Found>, Fault> {
        let Some(captures) = self.regex.captures_at(text, from) else {
            return Ok(None);
        };
        let Some(whole) = captures.get(0) else {
            return Ok(None);
        };
        let (start, mut end) = (whole.start(), whole.end());
        if let Some(extent) = &mut self.extent {
            end = extent.end(text, start).unwrap_or(end);
        }
        if tree.groups > 0 && (end != whole.end() || need == Need::Groups) {
            return Dissection::of_match(tree, text, start, end);
        }
        Ok(Some(Found {
            start,
            end,
            groups: spans(&captures),
        }))
    }
}

impl Extent {
    /// `None` when the expression has no automaton (it is too large): the first match has to do.
    fn build(translated: &Translated) -> Option<Self> {
        let automaton = DFA::builder()
            .configure(
                DFA::config()
                    .match_kind(MatchKind::All)
                    .unicode_word_boundary(true)
                    .cache_capacity(COMPILED_BYTES),
            )
            .syntax(syntax::Config::new().case_insensitive(translated.flags.ignore_case))
            .build(&translated.pattern)
            .ok()?;
        Some(Self {
            cache: automaton.create_cache(),
            automaton,
            shortest: translated.shortest,
        })
    }

    fn end(&mut self, text: &str, start: usize) -> Option<usize> {
        let input = Input::new(text)
            .range(start..)
            .anchored(Anchored::Yes)
            .earliest(self.shortest);
        self.automaton
            .try_search_fwd(&mut self.cache, &input)
            .ok()
            .flatten()
            .map(|end| end.offset())
    }
}

fn build(pattern: &str, flags: Flags) -> Result<Regex, Fault> {
    RegexBuilder::new(pattern)
        .case_insensitive(flags.ignore_case)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(COMPILED_BYTES)
        .build()
        .map_err(|_| invalid("regular expression is too complex"))
}

fn spans(captures: &regex::Captures<'_>) -> Vec<Option<(usize, usize)>> {
    captures
        .iter()
        .skip(1)
        .map(|group| group.map(|group| (group.start(), group.end())))
        .collect()
}
