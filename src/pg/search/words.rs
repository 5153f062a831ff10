//! The dictionaries: how a token becomes a lexeme.

use rust_stemmers::{Algorithm, Stemmer};

use super::document::{Lexeme, Position, Vector};
use super::parser::{Kind, tokens};
use super::{LEXEME_BYTES, POSITION_MAX};
use crate::pg::Fault;

/// Words of English that say nothing about a document.
const ENGLISH_STOPS: &str = "i me my myself we our ours ourselves you your yours yourself yourselves \
    he him his himself she her hers herself it its itself they them their theirs themselves what \
    which who whom this that these those am is are was were be been being have has had having do \
    does did doing a an the and but if or because as until while of at by for with about against \
    between into through during before after above below to from up down in out on off over under \
    again further then once here there when where why how all any both each few more most other \
    some such no nor not only own same so than too very s t can will just don should now";

/// A text search configuration that is built in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    /// Every word as it is, in lower case.
    Simple,
    /// Words by their stems, without those that say nothing.
    English,
}

impl Configuration {
    /// The configuration of that name, if it is one of those built in.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "simple" => Some(Self::Simple),
            "english" => Some(Self::English),
            _ => None,
        }
    }

    /// The dictionary that takes tokens of this kind; `None` where they are left out.
    pub fn dictionary(self, kind: Kind) -> Option<Dictionary> {
        match kind {
            Kind::Blank | Kind::Tag | Kind::Protocol | Kind::Entity => None,
            Kind::AsciiWord
            | Kind::Word
            | Kind::HyphenPart
            | Kind::HyphenAsciiPart
            | Kind::AsciiHyphen
            | Kind::Hyphen
                if self == Self::English =>
            {
                Some(Dictionary::English)
            }
            _ => Some(Dictionary::Simple),
        }
    }
}

/// What makes a lexeme of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dictionary {
    /// Lower case.
    Simple,
    /// The English stemmer.
    English,
}

impl Dictionary {
    /// The lexeme; `None` for a word that says nothing.
    pub fn lexeme(self, token: &str) -> Option<String> {
        let lower = lower(token);
        match self {
            Self::Simple => Some(lower),
            Self::English if ENGLISH_STOPS.split_whitespace().any(|stop| stop == lower) => None,
            Self::English if lower.chars().count() > 1000 => Some(lower),
            Self::English => Some(
                Stemmer::create(Algorithm::English)
                    .stem(&lower)
                    .into_owned(),
            ),
        }
    }
}

fn lower(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(only), None) => only,
                _ => c,
            }
        })
        .collect()
}

/// Words of a document with their positions; a document may have several texts.
#[derive(Debug, Default)]
pub struct Words {
    /// In order; words that say nothing have left their positions free.
    pub found: Vec<(u16, String)>,
    position: u16,
}

impl Words {
    /// Takes in a text.
    pub fn read(&mut self, configuration: Configuration, text: &str) {
        for token in tokens(text) {
            let Some(dictionary) = configuration.dictionary(token.kind) else {
                continue;
            };
            if token.text.len() > LEXEME_BYTES {
                continue;
            }
            self.position = self.position.saturating_add(1);
            if let Some(lexeme) = dictionary.lexeme(token.text) {
                self.found.push((self.position.min(POSITION_MAX), lexeme));
            }
        }
    }

    /// Takes in one of several texts of a document: a phrase does not reach from one to the next.
    pub fn read_apart(&mut self, configuration: Configuration, text: &str) {
        let before = self.found.len();
        self.read(configuration, text);
        if self.found.len() > before {
            self.position = self.position.saturating_add(1);
        }
    }

    /// The vector of the words.
    pub fn vector(self) -> Result<Vector, Fault> {
        let lexemes = self.found.into_iter().map(|(at, text)| Lexeme {
            text,
            positions: vec![Position { at, weight: 0 }],
        });
        Vector::of(lexemes.collect())
    }
}
