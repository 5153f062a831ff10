//! The grammar of paths.

use super::lexer::{Lexer, Token, syntax};
use super::{Arithmetic, Comparison, Method, Path, Pattern, Step};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// How deeply expressions may nest.
const DEPTH: usize = 200;

pub(super) fn path(text: &str) -> Result<Path, Fault> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        shown: String::new(),
        depth: 0,
        filters: 0,
        subscripts: 0,
    };
    parser.advance()?;
    if parser.token == Token::End {
        return Err(Fault::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("invalid input syntax for type jsonpath: \"{text}\""),
        ));
    }
    let strict = match parser.word() {
        Some("strict") => true,
        Some("lax") => false,
        _ => {
            let steps = parser.whole()?;
            return Ok(Path {
                strict: false,
                steps,
            });
        }
    };
    parser.advance()?;
    let steps = parser.whole()?;
    Ok(Path { strict, steps })
}

/// An expression has a value; a predicate is true, false or unknown.
enum Parsed {
    Value(Vec<Step>),
    Predicate(Step),
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    shown: String,
    depth: usize,
    /// Filters around this place: `@` stands only inside one.
    filters: usize,
    /// Subscripts around this place: `last` stands only inside one.
    subscripts: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, Fault> {
        let (token, shown) = self.lexer.next()?;
        self.shown = shown;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn refuse(&self) -> Fault {
        syntax("syntax error", &self.shown)
    }

    fn word(&self) -> Option<&str> {
        match &self.token {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.token, Token::Sign(found) if found == sign)
    }

    fn take(&mut self, sign: &str) -> Result<bool, Fault> {
        let found = self.is(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign)? {
            Ok(())
        } else {
            Err(self.refuse())
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), Fault> {
        if self.word() != Some(word) {
            return Err(self.refuse());
        }
        self.advance().map(|_| ())
    }

    fn whole(&mut self) -> Result<Vec<Step>, Fault> {
        let parsed = self.either()?;
        if self.token != Token::End {
            return Err(self.refuse());
        }
        Ok(match parsed {
            Parsed::Value(steps) => steps,
            Parsed::Predicate(step) => vec![step],
        })
    }

    /// An expression or a predicate.
    fn either(&mut self) -> Result<Parsed, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(
                SqlState::STATEMENT_TOO_COMPLEX,
                "stack depth limit exceeded",
            ));
        }
        let mut left = self.conjunction()?;
        while self.is("||") {
            let Parsed::Predicate(first) = left else {
                return Err(self.refuse());
            };
            self.advance()?;
            let second = self.conjunction()?;
            let second = self.predicate_of(second)?;
            left = Parsed::Predicate(Step::Or(Box::new(first), Box::new(second)));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn predicate_of(&self, parsed: Parsed) -> Result<Step, Fault> {
        match parsed {
            Parsed::Predicate(step) => Ok(step),
            Parsed::Value(_) => Err(self.refuse()),
        }
    }

    fn value_of(&self, parsed: Parsed) -> Result<Vec<Step>, Fault> {
        match parsed {
            Parsed::Value(steps) => Ok(steps),
            Parsed::Predicate(_) => Err(self.refuse()),
        }
    }

    fn predicate(&mut self) -> Result<Step, Fault> {
        let parsed = self.either()?;
        self.predicate_of(parsed)
    }

    fn value(&mut self) -> Result<Vec<Step>, Fault> {
        let parsed = self.sum()?;
        self.value_of(parsed)
    }

    fn conjunction(&mut self) -> Result<Parsed, Fault> {
        let mut left = self.test()?;
        while self.is("&&") {
            let Parsed::Predicate(first) = left else {
                return Err(self.refuse());
            };
            self.advance()?;
            let second = self.test()?;
            let second = self.predicate_of(second)?;
            left = Parsed::Predicate(Step::And(Box::new(first), Box::new(second)));
        }
        Ok(left)
    }

    /// A negation, a comparison, or what stands between such.
    fn test(&mut self) -> Result<Parsed, Fault> {
        if self.take("!")? {
            let inner = if self.is("(") || self.word() == Some("exists") {
                self.primary()?
            } else {
                return Err(self.refuse());
            };
            let inner = self.predicate_of(inner)?;
            return Ok(Parsed::Predicate(Step::Not(Box::new(inner))));
        }
        let left = match self.sum()? {
            Parsed::Value(left) => left,
            Parsed::Predicate(test) => return Ok(Parsed::Predicate(test)),
        };
        let comparison = match &self.token {
            Token::Sign("==") => Some(Comparison::Equal),
            Token::Sign("!=" | "<>") => Some(Comparison::NotEqual),
            Token::Sign("<") => Some(Comparison::Less),
            Token::Sign(">") => Some(Comparison::Greater),
            Token::Sign("<=") => Some(Comparison::LessOrEqual),
            Token::Sign(">=") => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(comparison) = comparison {
            self.advance()?;
            let right = self.value()?;
            return Ok(Parsed::Predicate(Step::Compare(comparison, left, right)));
        }
        match self.word() {
            Some("starts") => self.starts_with(left),
            Some("like_regex") => self.like(left),
            _ => Ok(Parsed::Value(left)),
        }
    }

    fn starts_with(&mut self, left: Vec<Step>) -> Result<Parsed, Fault> {
        self.advance()?;
        self.keyword("with")?;
        let initial = match &self.token {
            Token::Text(text) => Step::Text(text.clone()),
            Token::Variable(name) => Step::Variable(name.clone()),
            _ => return Err(self.refuse()),
        };
        self.advance()?;
        Ok(Parsed::Predicate(Step::StartsWith(left, vec![initial])))
    }

    fn text(&mut self) -> Result<String, Fault> {
        match self.token {
            Token::Text(_) => match self.advance()? {
                Token::Text(text) => Ok(text),
                _ => Err(self.refuse()),
            },
            _ => Err(self.refuse()),
        }
    }

    fn like(&mut self, left: Vec<Step>) -> Result<Parsed, Fault> {
        self.advance()?;
        let mut pattern = Pattern {
            text: self.text()?,
            ignore_case: false,
            dot_all: false,
            lines: false,
            expanded: false,
            quote: false,
        };
        if self.word() == Some("flag") {
            self.advance()?;
            for letter in self.text()?.chars() {
                match letter {
                    'i' => pattern.ignore_case = true,
                    's' => pattern.dot_all = true,
                    'm' => pattern.lines = true,
                    'x' => pattern.expanded = true,
                    'q' => pattern.quote = true,
                    other => {
                        return Err(Fault::new(
                            SqlState::SYNTAX_ERROR,
                            "invalid input syntax for type jsonpath",
                        )
                        .detail(format!(
                            "Unrecognized flag character \"{other}\" in LIKE_REGEX predicate."
                        )));
                    }
                }
            }
        }
        if pattern.expanded && !pattern.quote {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "XQuery \"x\" flag (expanded regular expressions) is not implemented",
            ));
        }
        Ok(Parsed::Predicate(Step::Like(left, pattern)))
    }

    fn sum(&mut self) -> Result<Parsed, Fault> {
        let mut left = self.product()?;
        loop {
            let operator = match self.token {
                Token::Sign("+") => Arithmetic::Add,
                Token::Sign("-") => Arithmetic::Subtract,
                _ => return Ok(left),
            };
            let first = self.value_of(left)?;
            self.advance()?;
            let second = self.product()?;
            let second = self.value_of(second)?;
            left = Parsed::Value(vec![Step::Arithmetic(operator, first, second)]);
        }
    }

    fn product(&mut self) -> Result<Parsed, Fault> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.token {
                Token::Sign("*") => Arithmetic::Multiply,
                Token::Sign("/") => Arithmetic::Divide,
                Token::Sign("%") => Arithmetic::Modulo,
                _ => return Ok(left),
            };
            let first = self.value_of(left)?;
            self.advance()?;
            let second = self.signed()?;
            let second = self.value_of(second)?;
            left = Parsed::Value(vec![Step::Arithmetic(operator, first, second)]);
        }
    }

    fn signed(&mut self) -> Result<Parsed, Fault> {
        let negative = self.is("-");
        if !negative && !self.is("+") {
            return self.primary();
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(
                SqlState::STATEMENT_TOO_COMPLEX,
                "stack depth limit exceeded",
            ));
        }
        self.advance()?;
        let value = self.signed()?;
        let value = self.value_of(value)?;
        self.depth -= 1;
        Ok(Parsed::Value(match (value.as_slice(), negative) {
            ([Step::Number(number)], true) => vec![Step::Number(number.neg())],
            ([Step::Number(_)], false) => value,
            _ => vec![Step::Sign(negative, value)],
        }))
    }

    /// A value or a predicate in brackets, and what is done with it.
    fn primary(&mut self) -> Result<Parsed, Fault> {
        if self.word() == Some("exists") {
            self.advance()?;
            self.expect("(")?;
            let value = self.value()?;
            self.expect(")")?;
            return Ok(Parsed::Predicate(Step::Exists(value)));
        }
        if !self.take("(")? {
            let first = self.start()?;
            return self.accessors(vec![first]).map(Parsed::Value);
        }
        let inner = self.either()?;
        self.expect(")")?;
        let accessed = self.is(".") || self.is("[") || self.is("?");
        match inner {
            Parsed::Value(steps) if accessed => self.accessors(steps).map(Parsed::Value),
            Parsed::Predicate(step) if accessed => self.accessors(vec![step]).map(Parsed::Value),
            Parsed::Predicate(step) if self.word() == Some("is") => {
                self.advance()?;
                self.keyword("unknown")?;
                Ok(Parsed::Predicate(Step::IsUnknown(Box::new(step))))
            }
            inner => Ok(inner),
        }
    }

    /// What a path begins with.
    fn start(&mut self) -> Result<Step, Fault> {
        let step = match &self.token {
            Token::Text(text) => Step::Text(text.clone()),
            Token::Variable(name) => Step::Variable(name.clone()),
            Token::Integer(text) => Step::Number(Numeric::parse(text)?),
            Token::Number(number) => Step::Number(number.clone()),
            Token::Sign("$") => Step::Root,
            Token::Sign("@") if self.filters > 0 => Step::Current,
            Token::Sign("@") => {
                return Err(Fault::new(
                    SqlState::SYNTAX_ERROR,
                    "@ is not allowed in root expressions",
                ));
            }
            Token::Name(name) => match name.as_str() {
                "last" if self.subscripts > 0 => Step::Last,
                "last" => {
                    return Err(Fault::new(
                        SqlState::SYNTAX_ERROR,
                        "LAST is allowed only in array subscripts",
                    ));
                }
                "null" => Step::Null,
                "true" => Step::Bool(true),
                "false" => Step::Bool(false),
                _ => return Err(self.refuse()),
            },
            _ => return Err(self.refuse()),
        };
        self.advance()?;
        Ok(step)
    }

    fn accessors(&mut self, mut steps: Vec<Step>) -> Result<Vec<Step>, Fault> {
        loop {
            if self.take(".")? {
                steps.push(self.member()?);
            } else if self.take("[")? {
                steps.push(self.subscript()?);
            } else if self.take("?")? {
                self.expect("(")?;
                self.filters += 1;
                let predicate = self.predicate()?;
                self.filters -= 1;
                self.expect(")")?;
                steps.push(Step::Filter(Box::new(predicate)));
            } else {
                return Ok(steps);
            }
        }
    }

    /// What follows a dot.
    fn member(&mut self) -> Result<Step, Fault> {
        if self.take("*")? {
            return Ok(Step::AnyKey);
        }
        if self.take("**")? {
            return self.levels();
        }
        if let Token::Text(_) = self.token {
            return self.text().map(Step::Key);
        }
        let Token::Name(name) = self.token.clone() else {
            return Err(self.refuse());
        };
        self.advance()?;
        if !self.is("(") {
            return Ok(Step::Key(name));
        }
        if let Some(method) = Method::named(&name) {
            self.advance()?;
            self.expect(")")?;
            return Ok(Step::Method(method));
        }
        if name != "datetime" {
            return Err(self.refuse());
        }
        self.advance()?;
        let template = match self.token {
            Token::Text(_) => Some(self.text()?),
            _ => None,
        };
        self.expect(")")?;
        Ok(Step::Datetime(template))
    }

    fn levels(&mut self) -> Result<Step, Fault> {
        if !self.take("{")? {
            return Ok(Step::Any(Some(0), None));
        }
        let first = self.level()?;
        let last = if self.word() == Some("to") {
            self.advance()?;
            self.level()?
        } else {
            first
        };
        self.expect("}")?;
        Ok(Step::Any(first, last))
    }

    fn level(&mut self) -> Result<Option<u32>, Fault> {
        let level = match &self.token {
            Token::Integer(text) => Some(text.parse().map_err(|_| self.refuse())?),
            Token::Name(name) if name == "last" => None,
            _ => return Err(self.refuse()),
        };
        self.advance()?;
        Ok(level)
    }

    fn subscript(&mut self) -> Result<Step, Fault> {
        if self.take("*")? {
            self.expect("]")?;
            return Ok(Step::AnyElement);
        }
        self.subscripts += 1;
        let mut subscripts = Vec::new();
        loop {
            let from = self.value()?;
            let to = if self.word() == Some("to") {
                self.advance()?;
                Some(self.value()?)
            } else {
                None
            };
            subscripts.push((from, to));
            if !self.take(",")? {
                break;
            }
        }
        self.subscripts -= 1;
        self.expect("]")?;
        Ok(Step::Elements(subscripts))
    }
}
