//! `ts_headline`: the piece of a text that answers a query, its words marked.

use super::{configuration, session};
use crate::engine::functions::call::{ObjectId, Text};
use crate::engine::functions::registry::Registry;
use crate::pg::search::matching::matches_where;
use crate::pg::search::parser::{Kind, tokens};
use crate::pg::search::query::{self, Query, Value};
use crate::pg::search::words::Configuration;
use crate::pg::text::scalar::read_integer;
use crate::pg::{Fault, SqlState};

/// The longest text a headline is taken from.
const WORDS: usize = 200_000;

pub(super) fn register(registry: &mut Registry) {
    registry.binary::<Text, Text, String>("ts_headline(text,tsquery)", |text, query, context| {
        headline(session(context)?, text, query, "")
    });
    registry.ternary::<Text, Text, Text, String>(
        "ts_headline(text,tsquery,text)",
        |text, query, options, context| headline(session(context)?, text, query, options),
    );
    registry.ternary::<ObjectId, Text, Text, String>(
        "ts_headline(regconfig,text,tsquery)",
        |oid, text, query, context| headline(configuration(oid, context)?, text, query, ""),
    );
    registry.quaternary::<ObjectId, Text, Text, Text, String>(
        "ts_headline(regconfig,text,tsquery,text)",
        |oid, text, query, options, context| {
            headline(configuration(oid, context)?, text, query, options)
        },
    );
}

/// How a headline is made.
struct Options {
    start: String,
    stop: String,
    most: usize,
    least: usize,
    short: usize,
    whole: bool,
}

impl Options {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut options = Self {
            start: String::from("<b>"),
            stop: String::from("</b>"),
            most: 35,
            least: 15,
            short: 3,
            whole: false,
        };
        let (mut most, mut least, mut short, mut fragments) = (35, 15, 3, 0);
        for (name, value) in settings(text)? {
            match name.to_ascii_lowercase().as_str() {
                "maxwords" => most = read_integer(&value, "integer")?,
                "minwords" => least = read_integer(&value, "integer")?,
                "shortword" => short = read_integer(&value, "integer")?,
                "maxfragments" => fragments = read_integer(&value, "integer")?,
                "startsel" => options.start = value,
                "stopsel" => options.stop = value,
                "fragmentdelimiter" => {}
                "highlightall" => {
                    let value = value.to_ascii_lowercase();
                    options.whole = ["1", "on", "true", "t", "y", "yes"].contains(&value.as_str());
                }
                _ => {
                    return Err(parameter(format!(
                        "unrecognized headline parameter: \"{name}\""
                    )));
                }
            }
        }
        if !options.whole {
            Self::check(least, most, short, fragments)?;
        }
        if fragments > 0 && !options.whole {
            return Err(Fault::unsupported("a headline of several fragments"));
        }
        let size = |number: i32| usize::try_from(number).unwrap_or(0);
        (options.most, options.least, options.short) = (size(most), size(least), size(short));
        Ok(options)
    }

    fn check(least: i32, most: i32, short: i32, fragments: i32) -> Result<(), Fault> {
        let fault = if least >= most {
            "MinWords should be less than MaxWords"
        } else if least <= 0 {
            "MinWords should be positive"
        } else if short < 0 {
            "ShortWord should be >= 0"
        } else if fragments < 0 {
            "MaxFragments should be >= 0"
        } else {
            return Ok(());
        };
        Err(parameter(fault))
    }
}

fn parameter(message: impl Into<String>) -> Fault {
    Fault::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// Reads `name = value, name = 'value'`.
fn settings(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let invalid = || {
        Fault::new(
            SqlState::SYNTAX_ERROR,
            format!("invalid parameter list format: \"{text}\""),
        )
    };
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .ok_or_else(invalid)?;
        let name = rest.get(..end).unwrap_or_default().trim_matches('"');
        rest = rest.get(end..).unwrap_or_default().trim_start();
        rest = rest.strip_prefix('=').ok_or_else(invalid)?.trim_start();
        let mut value = String::new();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let mut inner = rest.get(1..).unwrap_or_default();
            loop {
                let close = inner.find(quote).ok_or_else(invalid)?;
                value.push_str(inner.get(..close).unwrap_or_default());
                inner = inner.get(close + 1..).unwrap_or_default();
                match inner.strip_prefix(quote) {
                    Some(more) => {
                        value.push(quote);
                        inner = more;
                    }
                    None => break,
                }
            }
            rest = inner;
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || c == ',')
                .unwrap_or(rest.len());
            value.push_str(rest.get(..end).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default();
        }
        found.push((name.to_owned(), value));
        rest = rest.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(invalid()),
        };
    }
    Ok(found)
}

/// A token of the text with the lexemes of the query that it is.
struct Word<'a> {
    kind: Kind,
    text: &'a str,
    at: u32,
    meant: Vec<usize>,
}

impl Word<'_> {
    /// Whether it is printed by its parts, or not at all.
    fn compound(&self) -> bool {
        matches!(
            self.kind,
            Kind::Url | Kind::NumHyphen | Kind::AsciiHyphen | Kind::Hyphen
        )
    }

    fn counts(&self) -> bool {
        !self.compound() && !matches!(self.kind, Kind::Blank | Kind::Tag)
    }

    fn interesting(&self) -> bool {
        !self.meant.is_empty()
    }

    /// Whether a headline should not end here.
    fn bad_end(&self, short: usize) -> bool {
        let dull = !self.counts()
            || matches!(
                self.kind,
                Kind::ScientificFloat | Kind::Version | Kind::Float | Kind::Int | Kind::UInt
            );
        (dull || self.text.len() <= short) && !self.interesting()
    }
}

fn headline(
    configuration: Configuration,
    text: &str,
    query: &str,
    options: &str,
) -> Result<String, Fault> {
    let options = Options::read(options)?;
    let query = query::read(query)?;
    let mut values: Vec<&Value> = Vec::new();
    if let Some(query) = &query {
        query.values(&mut |value| values.push(value));
    }
    let mut words = Vec::new();
    let mut position = 0;
    for token in tokens(text) {
        let mut word = Word {
            kind: token.kind,
            text: token.text,
            at: position,
            meant: Vec::new(),
        };
        if let Some(dictionary) = configuration.dictionary(token.kind) {
            position += 1;
            word.at = position;
            if let Some(lexeme) = dictionary.lexeme(token.text) {
                let same = values.iter().enumerate().filter(|(_, value)| {
                    value.text == lexeme || (value.prefix && lexeme.starts_with(&value.text))
                });
                word.meant = same.map(|(at, _)| at).collect();
            }
        }
        words.push(word);
        if words.len() > WORDS {
            return Err(Fault::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                "the text is too long for a headline",
            ));
        }
    }
    let (begin, end) = if options.whole {
        (0, words.len())
    } else {
        let best = query.as_ref().and_then(|query| {
            Search {
                words: &words,
                values: &values,
                query,
                options: &options,
            }
            .best()
        });
        best.unwrap_or_else(|| (0, opening(&words, options.least)))
    };
    Ok(marked(words.get(begin..end).unwrap_or_default(), &options))
}

/// So many words from the beginning.
fn opening(words: &[Word<'_>], least: usize) -> usize {
    let mut count = 0;
    let end = words.iter().position(|word| {
        let full = count >= least;
        count += usize::from(word.counts());
        full
    });
    end.unwrap_or(words.len())
}

fn marked(words: &[Word<'_>], options: &Options) -> String {
    let mut out = String::new();
    for word in words {
        if word.compound() {
            continue;
        }
        if word.kind == Kind::Tag && !options.whole {
            out.push(' ');
        } else if word.interesting() {
            out.push_str(&options.start);
            out.push_str(word.text);
            out.push_str(&options.stop);
        } else {
            out.push_str(word.text);
        }
    }
    out
}

struct Search<'a> {
    words: &'a [Word<'a>],
    values: &'a [&'a Value],
    query: &'a Query,
    options: &'a Options,
}

/// A piece that may become the headline; `end` is within.
struct Piece {
    begin: usize,
    end: usize,
    hits: usize,
    covers: bool,
}

impl Search<'_> {
    /// From and up to which word the best headline goes.
    fn best(&self) -> Option<(usize, usize)> {
        let mut best: Option<Piece> = None;
        let mut from = 0;
        while let Some((begin, end)) = self.cover(from) {
            let piece = self.around(begin, end);
            let good_end = |piece: &Piece| !self.bad_end(piece.end);
            let better = best.as_ref().is_none_or(|best| {
                (piece.covers, piece.hits) > (best.covers, best.hits)
                    || ((piece.covers, piece.hits) == (best.covers, best.hits)
                        && good_end(&piece)
                        && !good_end(best))
            });
            if better {
                best = Some(piece);
            }
            from = begin + 1;
        }
        best.map(|piece| (piece.begin, piece.end + 1))
    }

    fn bad_end(&self, at: usize) -> bool {
        self.words
            .get(at)
            .is_some_and(|word| word.bad_end(self.options.short))
    }

    fn counts(&self, at: usize) -> usize {
        self.words
            .get(at)
            .map_or(0, |word| usize::from(word.counts()))
    }

    fn hits(&self, at: usize) -> usize {
        self.words
            .get(at)
            .map_or(0, |word| usize::from(word.interesting()))
    }

    fn next_hit(&self, from: usize) -> Option<usize> {
        let rest = self.words.get(from..)?;
        rest.iter()
            .position(Word::interesting)
            .map(|offset| from + offset)
    }

    /// The first stretch that answers the query and begins at or after `from`.
    fn cover(&self, from: usize) -> Option<(usize, usize)> {
        let reach = (self.options.most * 10).max(100);
        let mut begin = self.next_hit(from)?;
        loop {
            let mut end = begin;
            loop {
                if self.answers(begin, end) {
                    return Some((begin, end));
                }
                match self.next_hit(end + 1) {
                    Some(next) if next - begin < reach => end = next,
                    _ => break,
                }
            }
            begin = self.next_hit(begin + 1)?;
        }
    }

    fn answers(&self, begin: usize, end: usize) -> bool {
        let stretch = self.words.get(begin..=end).unwrap_or_default();
        matches_where(self.query, &|value| {
            let index = self
                .values
                .iter()
                .position(|known| std::ptr::eq(*known, value))?;
            let at: Vec<u32> = stretch
                .iter()
                .filter(|word| word.meant.contains(&index))
                .map(|word| word.at)
                .collect();
            (!at.is_empty()).then_some(at)
        })
    }

    /// The headline around a stretch: as long as it may be, ending well.
    fn around(&self, first: usize, last: usize) -> Piece {
        let (most, least) = (self.options.most, self.options.least);
        let (mut count, mut hits) = (0, 0);
        let mut piece = Piece {
            begin: first,
            end: first,
            hits: 0,
            covers: false,
        };
        let mut at = first;
        while at <= last && count < most {
            count += self.counts(at);
            hits += self.hits(at);
            piece.end = at;
            at += 1;
        }
        if count < most {
            at = at.saturating_sub(1);
            while at < self.words.len() && count < most {
                if at > last {
                    count += self.counts(at);
                    hits += self.hits(at);
                }
                piece.end = at;
                if !self.bad_end(at) && count >= least {
                    break;
                }
                at += 1;
            }
            if count < least {
                piece.begin = 0;
                for at in (0..first).rev() {
                    count += self.counts(at);
                    hits += self.hits(at);
                    if count >= most || (!self.bad_end(at) && count >= least) {
                        piece.begin = at;
                        break;
                    }
                }
            }
        } else {
            at = at.min(last);
            while count > least && self.bad_end(at) {
                count -= self.counts(at);
                hits -= self.hits(at);
                let Some(before) = at.checked_sub(1) else {
                    break;
                };
                piece.end = before;
                at = before;
            }
        }
        piece.hits = hits;
        piece.covers = piece.begin <= first && piece.end >= last;
        piece
    }
}
