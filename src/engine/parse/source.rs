//! A text as it was sent, and as the grammar reads it.

use std::ops::Range;
use std::sync::Arc;

use super::position::character;
use super::scan::{Kind, Token};

/// A message of statements in both forms, and what leads from places in one to the other.
#[derive(Debug)]
pub(crate) struct Source {
    sent: Arc<str>,
    read: Option<Adapted>,
}

#[derive(Debug)]
struct Adapted {
    text: String,
    edits: Vec<Edit>,
}

/// A token that is read otherwise than it was sent; the ranges are in bytes.
#[derive(Debug)]
struct Edit {
    sent: Range<usize>,
    read: Range<usize>,
}

impl Source {
    /// Adapts a text to the grammar at hand: words that are no keywords in PostgreSQL 15 are quoted,
    /// texts whose backslashes escape say so.
    pub(super) fn new(sent: &Arc<str>, tokens: &[Token]) -> Self {
        let adapts = |token: &&Token| matches!(token.kind, Kind::NewerWord | Kind::EscapedText);
        let part = |start: usize, end: usize| sent.get(start..end).unwrap_or_default();
        let (mut text, mut edits, mut done) = (String::new(), Vec::new(), 0);
        for token in tokens.iter().filter(adapts) {
            text.push_str(part(done, token.start));
            let start = text.len();
            let own = part(token.start, token.end);
            text.push_str(&match token.kind {
                Kind::EscapedText => format!("E{own}"),
                _ => format!("\"{}\"", own.to_ascii_lowercase()),
            });
            edits.push(Edit {
                sent: token.start..token.end,
                read: start..text.len(),
            });
            done = token.end;
        }
        let read = (!edits.is_empty()).then(|| {
            text.push_str(part(done, sent.len()));
            Adapted { text, edits }
        });
        Self {
            sent: Arc::clone(sent),
            read,
        }
    }

    /// A text that is read as it is.
    #[cfg(test)]
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            sent: Arc::from(text),
            read: None,
        }
    }

    /// The text as it was sent.
    pub(crate) fn sent(&self) -> &Arc<str> {
        &self.sent
    }

    /// The text the tree was parsed from.
    pub(crate) fn read(&self) -> &str {
        self.read.as_ref().map_or(&self.sent, |read| &read.text)
    }

    fn edits(&self) -> &[Edit] {
        self.read.as_ref().map_or(&[], |read| &read.edits)
    }

    /// The byte of the text as sent, for one of the text as read.
    fn back(&self, offset: usize) -> usize {
        let before = |edit: &&Edit| edit.read.start <= offset;
        match self.edits().iter().take_while(before).last() {
            None => offset,
            Some(edit) if offset >= edit.read.end => edit.sent.end + offset - edit.read.end,
            // Whatever was added in front is where the token begins.
            Some(edit) => edit.sent.start + (offset - edit.read.start).saturating_sub(1),
        }
    }

    /// The byte of the text as read, for where a token of the text as sent begins or ends.
    pub(super) fn forth(&self, offset: usize) -> usize {
        let before = |edit: &&Edit| edit.sent.start <= offset;
        match self.edits().iter().take_while(before).last() {
            None => offset,
            Some(edit) if offset >= edit.sent.end => edit.read.end + offset - edit.sent.end,
            Some(edit) => edit.read.start,
        }
    }

    /// The place of a byte of the text as read, in characters of the text as sent, from 1.
    pub(crate) fn character(&self, offset: usize) -> u32 {
        character(&self.sent, self.back(offset))
    }
}
