//! A compiled regular expression that finds what PostgreSQL finds: the leftmost match, and of those
//! the longest (or the shortest, where the expression begins with a non-greedy quantifier).

use regex::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::syntax::{Flags, Translated, invalid, translate};
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
    regex: Regex,
    pub(super) flags: Flags,
    /// Finds where the match of PostgreSQL's preference ends, where that may differ.
    extent: Option<Extent>,
}

#[derive(Debug)]
struct Extent {
    automaton: DFA,
    cache: Cache,
    shortest: bool,
    /// The same expression held to end where the text ends: finds groups once the end is known.
    held: Option<Regex>,
    source: String,
}

impl Expression {
    /// Compiles a pattern with the letters of a flags argument.
    pub(in crate::engine::functions) fn compile(pattern: &str, flags: &str) -> Result<Self, Fault> {
        let translated = translate(pattern, Flags::parse(flags)?)?;
        let regex = build(&translated.pattern, translated.flags)?;
        let extent = if translated.ambiguous {
            Extent::build(&translated)
        } else {
            None
        };
        Ok(Self {
            regex,
            flags: translated.flags,
            extent,
        })
    }

    /// Whether the text has a match.
    pub(in crate::engine::functions) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The first match at or after `from` (a character boundary).
    pub(super) fn find(&mut self, text: &str, from: usize) -> Option<Found> {
        let captures = self.regex.captures_at(text, from)?;
        let whole = captures.get(0)?;
        let found = Found {
            start: whole.start(),
            end: whole.end(),
            groups: spans(&captures),
        };
        let Some(extent) = &mut self.extent else {
            return Some(found);
        };
        let Some(end) = extent
            .end(text, found.start)
            .filter(|end| *end != found.end)
        else {
            return Some(found);
        };
        let groups = if found.groups.is_empty() {
            Vec::new()
        } else {
            extent
                .groups(text, found.start, end, self.flags)
                .unwrap_or(found.groups)
        };
        Some(Found {
            start: found.start,
            end,
            groups,
        })
    }

    /// Calls `each` with the matches from byte `from` on until it answers false.
    pub(super) fn every(
        &mut self,
        text: &str,
        from: usize,
        mut each: impl FnMut(Found) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut at = from;
        while at <= text.len()
            && let Some(found) = self.find(text, at)
        {
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
            held: None,
            source: translated.pattern.clone(),
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

    fn groups(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        flags: Flags,
    ) -> Option<Vec<Option<(usize, usize)>>> {
        if self.held.is_none() {
            self.held = build(&format!(r"(?:{})\z", self.source), flags).ok();
        }
        let held = self.held.as_ref()?;
        held.captures_at(text.get(..end)?, start)
            .map(|captures| spans(&captures))
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
