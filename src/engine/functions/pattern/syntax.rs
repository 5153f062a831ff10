//! PostgreSQL's advanced regular expressions, written as the `regex` crate reads them.
//!
//! Source: PostgreSQL manual, "POSIX Regular Expressions". Look-around and back-references have no
//! counterpart in an engine that answers in linear time; the tree of the expression has them.

use super::tree::{At, Node, Tree};
use crate::pg::{Fault, SqlState};

/// The most bytes a pattern may have.
const PATTERN_BYTES: usize = 32 << 10;
/// The deepest nesting of parentheses.
const DEPTH: usize = 200;
/// The largest count in `{m,n}`.
const REPETITIONS: u32 = 255;

/// The options of a match, from a flags argument or from the pattern itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one letter of the manual's table"
)]
pub(super) struct Flags {
    /// `i`: letters match without regard to case.
    pub(super) ignore_case: bool,
    /// `n`, `p`: `.` and `[^x]` do not match a newline.
    pub(super) stop_at_newline: bool,
    /// `n`, `w`: `^` and `$` match at newlines too.
    pub(super) anchor_at_newline: bool,
    /// `x`: white space and comments are left out.
    pub(super) expanded: bool,
    /// `q`: the pattern is a literal text.
    pub(super) quote: bool,
    /// `b`, `e` and the default: how escapes and operators are read.
    pub(super) dialect: Dialect,
    /// `g`: every match, not only the first.
    pub(super) global: bool,
}

/// How operators are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Everything the manual describes.
    #[default]
    Advanced,
    /// `e`: a backslash before a letter is that letter.
    Extended,
    /// `b`: basic expressions.
    Basic,
}

impl Flags {
    /// Reads a flags argument.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut flags = Self::default();
        for c in text.chars() {
            if c == 'g' {
                flags.global = true;
            } else if !flags.letter(c) {
                return Err(Fault::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("invalid regular expression option: \"{c}\""),
                ));
            }
        }
        Ok(flags)
    }

    /// Applies one letter; false when there is none such.
    fn letter(&mut self, c: char) -> bool {
        match c {
            'i' => self.ignore_case = true,
            'c' => self.ignore_case = false,
            'm' | 'n' => (self.stop_at_newline, self.anchor_at_newline) = (true, true),
            's' => (self.stop_at_newline, self.anchor_at_newline) = (false, false),
            'p' => (self.stop_at_newline, self.anchor_at_newline) = (true, false),
            'w' => (self.stop_at_newline, self.anchor_at_newline) = (false, true),
            'x' => self.expanded = true,
            't' => self.expanded = false,
            'q' => self.quote = true,
            'b' => self.dialect = Dialect::Basic,
            'e' => self.dialect = Dialect::Extended,
            _ => return false,
        }
        true
    }
}

/// A pattern in the syntax of the `regex` crate.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) flags: Flags,
    /// The shortest match is wanted instead of the longest.
    pub(super) shortest: bool,
    /// Alternatives or repetitions exist, so the first match may not be the longest.
    pub(super) ambiguous: bool,
    /// What the automaton's groups may not say rightly.
    pub(super) tree: Tree,
    pub(super) need: Need,
}

impl Translated {
    fn literal(text: &str, flags: Flags) -> Self {
        Self {
            pattern: regex::escape(text),
            flags,
            shortest: false,
            ambiguous: false,
            tree: Tree::default(),
            need: Need::Nothing,
        }
    }
}

/// What the tree of an expression is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: the first match an automaton finds with a certain end divides as PostgreSQL's does.
    Nothing,
    /// The groups.
    Groups,
    /// Everything: look-around or back-references.
    All,
}

/// Translates a pattern.
pub(super) fn translate(pattern: &str, flags: Flags) -> Result<Translated, Fault> {
    if pattern.len() > PATTERN_BYTES {
        return Err(invalid("regular expression is too complex"));
    }
    let mut flags = flags;
    let mut rest = pattern;
    if let Some(literal) = rest.strip_prefix("***=") {
        flags.quote = true;
        rest = literal;
    } else if let Some(advanced) = rest.strip_prefix("***:") {
        flags.dialect = Dialect::Advanced;
        rest = advanced;
    } else if rest.starts_with("***") {
        return Err(invalid("quantifier operand invalid"));
    }
    if flags.quote {
        return Ok(Translated::literal(rest, flags));
    }
    if flags.dialect == Dialect::Basic {
        return Err(Fault::unsupported("a basic regular expression"));
    }
    if flags.dialect == Dialect::Advanced
        && let Some(options) = rest.strip_prefix("(?")
        && options.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        let (letters, after) = options
            .split_once(')')
            .ok_or_else(|| invalid("invalid embedded option"))?;
        if !letters.chars().all(|c| flags.letter(c)) {
            return Err(invalid("invalid embedded option"));
        }
        rest = after;
        if flags.quote {
            return translate(&["***=", rest].concat(), flags);
        }
    }
    let mut reader = Reader {
        left: rest.chars(),
        out: String::with_capacity(rest.len() + 16),
        flags,
        depth: 0,
        around: 0,
        choices: 0,
        tree: Tree::default(),
        need: Need::Nothing,
    };
    let (root, preference) = reader.alternatives()?;
    if reader.left.next().is_some() {
        return Err(invalid("parentheses () not balanced"));
    }
    let mut tree = reader.tree;
    tree.root = root;
    if reader.need == Need::Groups && tree.groups == 0 {
        reader.need = Need::Nothing;
    }
    if reader.need != Need::Nothing {
        tree.finish(flags.ignore_case)?;
    }
    Ok(Translated {
        pattern: reader.out,
        flags,
        shortest: preference == Some(Preference::Shortest),
        ambiguous: reader.choices > 1 || preference == Some(Preference::Shortest),
        tree,
        need: reader.need,
    })
}

/// An error of a pattern.
pub(super) fn invalid(what: &str) -> Fault {
    Fault::new(
        SqlState::INVALID_REGULAR_EXPRESSION,
        format!("invalid regular expression: {what}"),
    )
}

/// Which of several matches an expression prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preference {
    Longest,
    Shortest,
}

/// What was read before a quantifier.
#[derive(Clone, Copy)]
struct Atom {
    node: At,
    kind: Kind,
    preference: Option<Preference>,
    /// How many choices are inside.
    choices: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `^` and the like: no quantifier may follow.
    Constraint,
    Character,
    /// A group, a back-reference or something repeated.
    Composite,
}

/// How often an atom is repeated.
struct Count {
    least: u32,
    most: Option<u32>,
    /// `{m}`.
    fixed: bool,
    text: String,
}

struct Reader<'a> {
    left: std::str::Chars<'a>,
    out: String,
    flags: Flags,
    depth: usize,
    /// How many look-arounds are open: their parentheses are no groups.
    around: usize,
    choices: usize,
    tree: Tree,
    need: Need,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.left.clone().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.left.next();
        }
        there
    }

    fn take_text(&mut self, wanted: &str) -> bool {
        match self.left.as_str().strip_prefix(wanted) {
            Some(rest) => {
                self.left = rest.chars();
                true
            }
            None => false,
        }
    }

    /// `a|b|c`, up to a closing parenthesis or the end.
    fn alternatives(&mut self) -> Result<(At, Option<Preference>), Fault> {
        let (first, mut preference) = self.branch()?;
        let mut branches = vec![first];
        while self.take('|') {
            self.out.push('|');
            self.choices += 2;
            branches.push(self.branch()?.0);
            preference = Some(Preference::Longest);
        }
        if branches.len() == 1 {
            return Ok((first, preference));
        }
        Ok((self.tree.add(Node::Either(branches), false)?, preference))
    }

    fn branch(&mut self) -> Result<(At, Option<Preference>), Fault> {
        let mut atoms = Vec::new();
        loop {
            self.skip_space();
            let Some(c) = self.peek() else { break };
            if c == '|' || (c == ')' && self.depth > 0) {
                break;
            }
            self.left.next();
            let start = self.out.len();
            let Some(atom) = self.atom(c)? else { continue };
            self.skip_space();
            atoms.push(self.quantified(atom, start)?);
        }
        self.sequence(&atoms)
    }

    /// One atom after the other, each preferring before those behind it.
    fn sequence(&mut self, atoms: &[Atom]) -> Result<(At, Option<Preference>), Fault> {
        let mut rest: Option<(At, Option<Preference>)> = None;
        for run in atoms
            .chunk_by(|a, b| a.kind != Kind::Composite && b.kind != Kind::Composite)
            .rev()
        {
            let nodes: Vec<At> = run.iter().map(|atom| atom.node).collect();
            let first = self.run(&nodes)?;
            let preference = run.iter().find_map(|atom| atom.preference);
            rest = Some(match rest {
                None => (first, preference),
                Some((behind, later)) => {
                    let preference = preference.or(later);
                    let shortest = preference == Some(Preference::Shortest);
                    (
                        self.tree.add(Node::Then(first, behind), shortest)?,
                        preference,
                    )
                }
            });
        }
        match rest {
            Some(rest) => Ok(rest),
            None => Ok((self.tree.add(Node::Nothing, false)?, None)),
        }
    }

    /// Characters one after the other: there is one way to match them, so halves keep the tree flat.
    fn run(&mut self, nodes: &[At]) -> Result<At, Fault> {
        match nodes {
            [] => self.tree.add(Node::Nothing, false),
            [only] => Ok(*only),
            nodes => {
                let (left, right) = nodes.split_at(nodes.len() / 2);
                let (left, right) = (self.run(left)?, self.run(right)?);
                self.tree.add(Node::Then(left, right), false)
            }
        }
    }

    /// The atom that was written from `start` on and stands for one character or position.
    fn leaf(&mut self, start: usize, kind: Kind) -> Result<Atom, Fault> {
        let text = self.out.get(start..).unwrap_or_default().to_owned();
        Ok(Atom {
            node: self.tree.add(Node::Leaf(text), false)?,
            kind,
            preference: None,
            choices: 0,
        })
    }

    fn skip_space(&mut self) {
        while self.flags.expanded {
            match self.peek() {
                Some('#') => while !matches!(self.left.next(), Some('\n') | None) {},
                Some(c) if c.is_whitespace() => {
                    self.left.next();
                }
                _ => return,
            }
        }
    }

    /// Reads one atom that begins with `c`; `None` for a comment.
    fn atom(&mut self, c: char) -> Result<Option<Atom>, Fault> {
        let start = self.out.len();
        let mut kind = Kind::Character;
        match c {
            '(' => return self.group(),
            '[' => {
                if self.take_text("[:<:]]") {
                    self.out.push_str(r"\b{start}");
                    return self.leaf(start, Kind::Constraint).map(Some);
                }
                if self.take_text("[:>:]]") {
                    self.out.push_str(r"\b{end}");
                    return self.leaf(start, Kind::Constraint).map(Some);
                }
                super::bracket::read(&mut self.left, self.flags, &mut self.out)?;
            }
            ')' => return Err(invalid("parentheses () not balanced")),
            '*' | '+' | '?' => return Err(invalid("quantifier operand invalid")),
            '{' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return Err(invalid("quantifier operand invalid"));
            }
            '.' => self.out.push_str(if self.flags.stop_at_newline {
                r"[^\n]"
            } else {
                "(?s:.)"
            }),
            '^' | '$' => {
                self.out.push_str(match (c, self.flags.anchor_at_newline) {
                    ('^', true) => "(?m:^)",
                    ('^', false) => r"\A",
                    (_, true) => "(?m:$)",
                    (_, false) => r"\z",
                });
                kind = Kind::Constraint;
            }
            '\\' => return self.escape().map(Some),
            c => literal(&mut self.out, c),
        }
        self.leaf(start, kind).map(Some)
    }

    fn group(&mut self) -> Result<Option<Atom>, Fault> {
        if self.depth >= DEPTH {
            return Err(invalid("regular expression is too complex"));
        }
        if self.take_text("?#") {
            return match self.left.by_ref().find(|c| *c == ')') {
                Some(_) => Ok(None),
                None => Err(invalid("parentheses () not balanced")),
            };
        }
        for (mark, ahead, negated) in [
            ("?=", true, false),
            ("?!", true, true),
            ("?<=", false, false),
            ("?<!", false, true),
        ] {
            if self.take_text(mark) {
                return self.around(ahead, negated).map(Some);
            }
        }
        let mut number = None;
        if self.take_text("?:") || (self.around > 0 && self.peek() != Some('?')) {
            self.out.push_str("(?:");
        } else if self.peek() == Some('?') {
            return Err(invalid("quantifier operand invalid"));
        } else {
            number = Some(self.tree.groups);
            self.tree.groups += 1;
            self.out.push('(');
        }
        let before = self.choices;
        let (mut node, preference) = self.enclosed()?;
        self.out.push(')');
        let choices = self.choices - before;
        if let Some(number) = number {
            let shortest = preference == Some(Preference::Shortest);
            node = self.tree.add(Node::Group(number, node), shortest)?;
        }
        if choices > 1 {
            self.needs(Need::Groups);
        }
        Ok(Some(Atom {
            node,
            kind: Kind::Composite,
            preference,
            choices,
        }))
    }

    /// What stands up to the closing parenthesis, which is taken.
    fn enclosed(&mut self) -> Result<(At, Option<Preference>), Fault> {
        self.depth += 1;
        let inner = self.alternatives()?;
        self.depth -= 1;
        if !self.take(')') {
            return Err(invalid("parentheses () not balanced"));
        }
        Ok(inner)
    }

    fn around(&mut self, ahead: bool, negated: bool) -> Result<Atom, Fault> {
        self.needs(Need::All);
        self.around += 1;
        let (inner, _) = self.enclosed()?;
        self.around -= 1;
        let around = Node::Around {
            ahead,
            negated,
            inner,
        };
        Ok(Atom {
            node: self.tree.add(around, false)?,
            kind: Kind::Constraint,
            preference: None,
            choices: 0,
        })
    }

    fn needs(&mut self, need: Need) {
        if self.need != Need::All {
            self.need = need;
        }
    }

    /// Reads what follows a backslash outside brackets.
    fn escape(&mut self) -> Result<Atom, Fault> {
        let Some(c) = self.left.next() else {
            return Err(invalid(r"invalid escape \ sequence"));
        };
        let start = self.out.len();
        if self.flags.dialect == Dialect::Extended && c.is_alphanumeric() {
            literal(&mut self.out, c);
            return self.leaf(start, Kind::Character);
        }
        let constraint = match c {
            'A' => r"\A",
            'Z' => r"\z",
            'm' => r"\b{start}",
            'M' => r"\b{end}",
            'y' => r"\b",
            'Y' => r"\B",
            _ => "",
        };
        if !constraint.is_empty() {
            self.out.push_str(constraint);
            return self.leaf(start, Kind::Constraint);
        }
        match c {
            'd' => self.out.push_str("[0-9]"),
            'D' if self.flags.stop_at_newline => self.out.push_str(r"[^0-9\n]"),
            'D' => self.out.push_str("[^0-9]"),
            's' | 'S' | 'w' | 'W' => {
                self.out.push('\\');
                self.out.push(c);
            }
            '1'..='9' => return self.reference(c),
            c => literal(&mut self.out, escaped(c, &mut self.left)?),
        }
        self.leaf(start, Kind::Character)
    }

    /// A digit after a backslash: a back-reference, or an octal character.
    fn reference(&mut self, first: char) -> Result<Atom, Fault> {
        let digits = self.left.as_str();
        let more = digits.chars().take_while(char::is_ascii_digit).count();
        let number = digits
            .get(..more)
            .and_then(|more| format!("{first}{more}").parse::<usize>().ok());
        match number {
            Some(number) if more == 0 || number <= self.tree.groups => {
                for _ in 0..more {
                    self.left.next();
                }
                if self.around > 0 {
                    return Err(invalid("invalid backreference number"));
                }
                self.needs(Need::All);
                Ok(Atom {
                    node: self.tree.add(Node::Same(number - 1), false)?,
                    kind: Kind::Composite,
                    preference: None,
                    choices: 0,
                })
            }
            _ => {
                let octal: String = std::iter::once(first)
                    .chain(digits.chars().take(more.min(2)))
                    .collect();
                let code = u32::from_str_radix(&octal, 8)
                    .map_err(|_| invalid(r"invalid escape \ sequence"))?;
                for _ in 0..more.min(2) {
                    self.left.next();
                }
                let start = self.out.len();
                literal(&mut self.out, character(code)?);
                self.leaf(start, Kind::Character)
            }
        }
    }

    /// Reads a quantifier after an atom that was written at `start`.
    fn quantified(&mut self, atom: Atom, start: usize) -> Result<Atom, Fault> {
        let Some(count) = self.count()? else {
            return Ok(atom);
        };
        if atom.kind == Kind::Constraint {
            return Err(invalid("quantifier operand invalid"));
        }
        let lazy = self.take('?');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(invalid("quantifier operand invalid"));
        }
        // Grouping keeps a quantifier off a preceding one and off an escape such as `\b{start}`.
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        self.out.push_str(&count.text);
        let preference = if count.fixed {
            atom.preference
        } else if lazy {
            self.out.push('?');
            Some(Preference::Shortest)
        } else {
            Some(Preference::Longest)
        };
        if atom.choices > 0 || preference == Some(Preference::Shortest) {
            self.needs(Need::Groups);
        }
        self.choices += usize::from(!count.fixed);
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let most = count.most.map_or(usize::MAX, size);
        let shortest = preference == Some(Preference::Shortest);
        Ok(Atom {
            node: self
                .tree
                .repeat(atom.node, size(count.least), most, shortest)?,
            kind: Kind::Composite,
            preference,
            choices: atom.choices,
        })
    }

    /// Reads `*`, `+`, `?` or what braces hold, if one of them is there.
    fn count(&mut self) -> Result<Option<Count>, Fault> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let mut ahead = self.left.clone();
                ahead.next();
                if !ahead.next().is_some_and(|c| c.is_ascii_digit()) {
                    return Ok(None);
                }
                self.left.next();
                return self.repetition().map(Some);
            }
            _ => return Ok(None),
        };
        let text = self.left.next().map(String::from).unwrap_or_default();
        Ok(Some(Count {
            least,
            most,
            fixed: false,
            text,
        }))
    }

    /// Reads `m}`, `m,}` or `m,n}`.
    fn repetition(&mut self) -> Result<Count, Fault> {
        let least = self.number()?;
        let (mut most, mut fixed) = (Some(least), true);
        let mut text = format!("{{{least}");
        if self.take(',') {
            text.push(',');
            (most, fixed) = (None, false);
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                let high = self.number()?;
                if high < least {
                    return Err(invalid("invalid repetition count(s)"));
                }
                text.push_str(&high.to_string());
                most = Some(high);
            }
        }
        if !self.take('}') {
            return Err(invalid(if self.peek().is_none() {
                "braces {} not balanced"
            } else {
                "invalid repetition count(s)"
            }));
        }
        text.push('}');
        Ok(Count {
            least,
            most,
            fixed,
            text,
        })
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut value = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = value * 10 + digit;
            if value > REPETITIONS {
                return Err(invalid("invalid repetition count(s)"));
            }
            self.left.next();
        }
        Ok(value)
    }
}

/// Writes one character that stands for itself.
fn literal(out: &mut String, c: char) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// The character that an escape names, in or out of brackets; `c` follows the backslash.
pub(super) fn escaped(c: char, left: &mut std::str::Chars<'_>) -> Result<char, Fault> {
    let mut hexadecimal = |least: usize, most: usize| {
        let digits: String = left
            .clone()
            .take(most)
            .take_while(char::is_ascii_hexdigit)
            .collect();
        if digits.len() < least {
            return Err(invalid(r"invalid escape \ sequence"));
        }
        for _ in 0..digits.len() {
            left.next();
        }
        u32::from_str_radix(&digits, 16)
            .map_err(|_| invalid(r"invalid escape \ sequence"))
            .and_then(character)
    };
    match c {
        'a' => Ok('\u{7}'),
        'b' => Ok('\u{8}'),
        'B' => Ok('\\'),
        'e' => Ok('\u{1b}'),
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\u{b}'),
        'u' => hexadecimal(4, 4),
        'U' => hexadecimal(8, 8),
        'x' => hexadecimal(1, 255),
        'c' => match left.next() {
            Some(c) => character(u32::from(c) & 0x1f),
            None => Err(invalid(r"invalid escape \ sequence")),
        },
        '0' => {
            let digits: String = left
                .clone()
                .take(2)
                .take_while(|c| ('0'..='7').contains(c))
                .collect();
            for _ in 0..digits.len() {
                left.next();
            }
            character(u32::from_str_radix(&digits, 8).unwrap_or(0))
        }
        c if c.is_alphanumeric() => Err(invalid(r"invalid escape \ sequence")),
        c => Ok(c),
    }
}

fn character(code: u32) -> Result<char, Fault> {
    char::from_u32(code).ok_or_else(|| invalid(r"invalid escape \ sequence"))
}
