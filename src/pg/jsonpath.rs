//! Paths into JSON documents: manual 9.16.2. Reading them, and the form PostgreSQL prints.
//!
//! A path is stored as its printed text. What it finds is the engine's part.

mod lexer;
mod parse;
mod print;

use crate::pg::Fault;
use crate::pg::numeric::Numeric;

/// A path: its mode and the steps from the document on.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Structural errors are errors.
    pub strict: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A value to start from, or what is done with what came before.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `null`
    Null,
    /// `true` and `false`
    Bool(bool),
    /// A number.
    Number(Numeric),
    /// A string.
    Text(String),
    /// `$name`
    Variable(String),
    /// `$`
    Root,
    /// `@`
    Current,
    /// `last`
    Last,
    /// `.key`
    Key(String),
    /// `.*`
    AnyKey,
    /// `[*]`
    AnyElement,
    /// `[from to last, …]`
    Elements(Vec<(Vec<Step>, Option<Vec<Step>>)>),
    /// `.**{first to last}`; `None` is `last`.
    Any(Option<u32>, Option<u32>),
    /// `+ - * / %`
    Arithmetic(Arithmetic, Vec<Step>, Vec<Step>),
    /// `-expr` or `+expr`
    Sign(bool, Vec<Step>),
    /// `.type()` and the like.
    Method(Method),
    /// `.datetime(template)`
    Datetime(Option<String>),
    /// `? (predicate)`
    Filter(Box<Step>),
    /// `&&`
    And(Box<Step>, Box<Step>),
    /// `||`
    Or(Box<Step>, Box<Step>),
    /// `!`
    Not(Box<Step>),
    /// `(predicate) is unknown`
    IsUnknown(Box<Step>),
    /// `exists (expr)`
    Exists(Vec<Step>),
    /// `== != < > <= >=`
    Compare(Comparison, Vec<Step>, Vec<Step>),
    /// `starts with`
    StartsWith(Vec<Step>, Vec<Step>),
    /// `like_regex "pattern" flag "flags"`
    Like(Vec<Step>, Pattern),
}

/// An operator between numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

impl Arithmetic {
    /// As it is written.
    pub fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Modulo => '%',
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=` and `<>`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    fn text(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A method without arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `.type()`
    Type,
    /// `.size()`
    Size,
    /// `.abs()`
    Abs,
    /// `.floor()`
    Floor,
    /// `.ceiling()`
    Ceiling,
    /// `.double()`
    Double,
    /// `.keyvalue()`
    KeyValue,
}

impl Method {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Size => "size",
            Self::Abs => "abs",
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::Double => "double",
            Self::KeyValue => "keyvalue",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [
            Self::Type,
            Self::Size,
            Self::Abs,
            Self::Floor,
            Self::Ceiling,
            Self::Double,
            Self::KeyValue,
        ]
        .into_iter()
        .find(|method| method.name() == name)
    }
}

/// A regular expression with XQuery's flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The expression.
    pub text: String,
    /// `i`: letters of both cases are the same.
    pub ignore_case: bool,
    /// `s`: a dot matches a line's end too.
    pub dot_all: bool,
    /// `m`: `^` and `$` match at lines.
    pub lines: bool,
    /// `x`: white space does not count.
    pub expanded: bool,
    /// `q`: the expression is a literal text.
    pub quote: bool,
}

/// Reads a path.
///
/// # Errors
/// 42601 and 22P02, as PostgreSQL's own parser of paths.
pub fn parse(text: &str) -> Result<Path, Fault> {
    parse::path(text)
}

/// The text of a path as PostgreSQL prints it.
///
/// # Errors
/// As [`parse()`].
pub fn normalize(text: &str) -> Result<String, Fault> {
    Ok(print::path(&parse(text)?))
}

impl Path {
    /// Calls `each` with every regular expression of the path.
    ///
    /// # Errors
    /// What `each` says.
    pub fn patterns(
        &self,
        each: &mut dyn FnMut(&Pattern) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        patterns(&self.steps, each)
    }
}

fn patterns(
    steps: &[Step],
    each: &mut dyn FnMut(&Pattern) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for step in steps {
        match step {
            Step::Like(value, pattern) => {
                patterns(value, each)?;
                each(pattern)?;
            }
            Step::Filter(inner) | Step::Not(inner) | Step::IsUnknown(inner) => {
                patterns(std::slice::from_ref(inner), each)?;
            }
            Step::And(left, right) | Step::Or(left, right) => {
                patterns(std::slice::from_ref(left), each)?;
                patterns(std::slice::from_ref(right), each)?;
            }
            Step::Exists(inner) | Step::Sign(_, inner) => patterns(inner, each)?,
            Step::Compare(_, left, right)
            | Step::Arithmetic(_, left, right)
            | Step::StartsWith(left, right) => {
                patterns(left, each)?;
                patterns(right, each)?;
            }
            Step::Elements(subscripts) => {
                for (from, to) in subscripts {
                    patterns(from, each)?;
                    patterns(to.as_deref().unwrap_or_default(), each)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
