//! Following a path: PostgreSQL's rules of lax and strict mode, of unwrapping and of errors.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::moment::Moment;
use super::{compiled, offset};
use crate::engine::functions::Context;
use crate::pg::json::Json;
use crate::pg::jsonpath::{Arithmetic, Comparison, Method, Path, Step};
use crate::pg::numeric::Numeric;
use crate::pg::{Fault, SqlState};

/// What a path finds.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// A part of a document, or something computed.
    Json(Cow<'a, Json>),
    /// A date or time.
    Moment(Moment),
}

impl<'a> Value<'a> {
    fn made(json: Json) -> Self {
        Self::Json(Cow::Owned(json))
    }

    /// As a document.
    pub(super) fn json(&self) -> Cow<'_, Json> {
        match self {
            Self::Json(json) => Cow::Borrowed(json.as_ref()),
            Self::Moment(moment) => Cow::Owned(Json::Text(moment.text())),
        }
    }

    fn plain(&self) -> Option<&Json> {
        match self {
            Self::Json(json) => Some(json),
            Self::Moment(_) => None,
        }
    }

    fn number(&self) -> Option<&Numeric> {
        match self.plain()? {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self.plain()? {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array.
    fn elements(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::Json(Cow::Borrowed(Json::Array(items))) => Some(
                items
                    .iter()
                    .map(|item| Self::Json(Cow::Borrowed(item)))
                    .collect(),
            ),
            Self::Json(Cow::Owned(Json::Array(items))) => {
                Some(items.iter().cloned().map(Self::made).collect())
            }
            _ => None,
        }
    }

    /// The members of an object.
    fn members(&self) -> Option<Vec<(String, Value<'a>)>> {
        match self {
            Self::Json(Cow::Borrowed(Json::Object(pairs))) => Some(
                pairs
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::Json(Cow::Borrowed(value))))
                    .collect(),
            ),
            Self::Json(Cow::Owned(Json::Object(pairs))) => Some(
                pairs
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::made(value.clone())))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// Elements or values of members.
    fn children(&self) -> Option<Vec<Value<'a>>> {
        self.elements().or_else(|| {
            let members = self.members()?;
            Some(members.into_iter().map(|(_, value)| value).collect())
        })
    }
}

/// What following a path came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Found,
    NotFound,
    /// An error that is not thrown.
    Failed,
}

/// What a predicate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    False,
    True,
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Where found values go; without one the first is enough.
type Found<'f, 'a> = Option<&'f mut Vec<Value<'a>>>;

fn reborrow<'f, 'a>(found: &'f mut Found<'_, 'a>) -> Found<'f, 'a> {
    found.as_deref_mut()
}

/// One path being followed.
pub(super) struct Run<'a> {
    path: &'a Path,
    root: Value<'a>,
    variables: &'a Json,
    current: Value<'a>,
    throws: bool,
    /// Structural errors are not errors.
    tolerant: bool,
    /// The size of the innermost array whose subscripts are computed.
    size: Option<usize>,
    /// The session, where its zone may be used.
    zoned: Option<&'a Context>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        path: &'a Path,
        root: &'a Json,
        variables: &'a Json,
        throws: bool,
        zoned: Option<&'a Context>,
    ) -> Result<Self, Fault> {
        let root = Value::Json(Cow::Borrowed(root));
        Ok(Self {
            path,
            current: root.clone(),
            root,
            variables,
            throws,
            tolerant: !path.strict,
            size: None,
            zoned,
        })
    }

    /// Collects everything the path finds, up to an error that is silent.
    pub(super) fn query(&mut self, found: &mut Vec<Value<'a>>) -> Result<(), Fault> {
        let (path, root) = (self.path, self.root.clone());
        self.follow(&path.steps, &root, Some(found)).map(|_| ())
    }

    /// Whether the path finds anything; `None` where an error is silent.
    pub(super) fn exists(&mut self) -> Result<Option<bool>, Fault> {
        let (path, root) = (self.path, self.root.clone());
        if path.strict {
            // All of it, to be sure that there is no error.
            let mut found = Vec::new();
            let outcome = self.follow(&path.steps, &root, Some(&mut found))?;
            return Ok((outcome != Outcome::Failed).then_some(!found.is_empty()));
        }
        let outcome = self.follow(&path.steps, &root, None)?;
        Ok((outcome != Outcome::Failed).then_some(outcome == Outcome::Found))
    }

    fn lax(&self) -> bool {
        !self.path.strict
    }

    fn fail(&self, state: SqlState, message: impl Into<String>) -> Result<Outcome, Fault> {
        if self.throws {
            Err(Fault::new(state, message))
        } else {
            Ok(Outcome::Failed)
        }
    }

    /// A structural error, which lax mode forgives.
    fn structural(&self, state: SqlState, message: impl Into<String>) -> Result<Outcome, Fault> {
        if self.tolerant {
            Ok(Outcome::NotFound)
        } else {
            self.fail(state, message)
        }
    }

    fn follow(
        &mut self,
        steps: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let unwrap = self.lax();
        self.step(steps, value, found, unwrap)
    }

    /// Goes on with the steps after the first, or takes the value when there are none.
    fn next(
        &mut self,
        rest: &'a [Step],
        value: Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        if rest.is_empty() {
            if let Some(found) = found {
                found.push(value);
            }
            return Ok(Outcome::Found);
        }
        self.follow(rest, &value, found)
    }

    /// Follows the steps from every value; without a place for finds, up to the first find.
    fn each(
        &mut self,
        steps: &'a [Step],
        values: Vec<Value<'a>>,
        mut found: Found<'_, 'a>,
        unwrap: bool,
    ) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::NotFound;
        for value in values {
            let one = if steps.is_empty() {
                self.next(steps, value, reborrow(&mut found))?
            } else {
                self.step(steps, &value, reborrow(&mut found), unwrap)?
            };
            match one {
                Outcome::Failed => return Ok(Outcome::Failed),
                Outcome::Found => {
                    outcome = Outcome::Found;
                    if found.is_none() {
                        return Ok(outcome);
                    }
                }
                Outcome::NotFound => {}
            }
        }
        Ok(outcome)
    }

    /// Follows the same steps from the elements of an array that stands where none is wanted.
    fn unwrapped(
        &mut self,
        steps: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        self.each(steps, value.elements().unwrap_or_default(), found, false)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a table: one kind of step after the other"
    )]
    fn step(
        &mut self,
        steps: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
        unwrap: bool,
    ) -> Result<Outcome, Fault> {
        let Some((first, rest)) = steps.split_first() else {
            return self.next(steps, value.clone(), found);
        };
        let array = matches!(value.plain(), Some(Json::Array(_)));
        match first {
            Step::Null => self.next(rest, Value::made(Json::Null), found),
            Step::Bool(truth) => self.next(rest, Value::made(Json::Bool(*truth)), found),
            Step::Number(number) => {
                self.next(rest, Value::made(Json::Number(number.clone())), found)
            }
            Step::Text(text) => self.next(rest, Value::made(Json::Text(text.clone())), found),
            Step::Variable(name) => match self.variables.member(name) {
                Some(variable) => self.next(rest, Value::Json(Cow::Borrowed(variable)), found),
                None => Err(Fault::new(
                    SqlState::UNDEFINED_OBJECT,
                    format!("could not find jsonpath variable \"{name}\""),
                )),
            },
            Step::Root => self.next(rest, self.root.clone(), found),
            Step::Current => self.next(rest, self.current.clone(), found),
            Step::Last => {
                let last = i64::try_from(self.size.unwrap_or(0)).unwrap_or(0) - 1;
                self.next(rest, Value::made(Json::Number(integer(last))), found)
            }
            Step::Key(_) | Step::AnyKey | Step::Filter(_) | Step::Datetime(_)
                if unwrap && array =>
            {
                self.unwrapped(steps, value, found)
            }
            Step::Method(method)
                if unwrap && array && !matches!(method, Method::Type | Method::Size) =>
            {
                self.unwrapped(steps, value, found)
            }
            Step::Key(key) => self.key(key, rest, value, found),
            Step::AnyKey => match value.members() {
                Some(_) => {
                    let unwrap = self.lax();
                    self.each(rest, value.children().unwrap_or_default(), found, unwrap)
                }
                None => self.structural(
                    SqlState::JSON_OBJECT_NOT_FOUND,
                    "jsonpath wildcard member accessor can only be applied to an object",
                ),
            },
            Step::AnyElement => match value.elements() {
                Some(elements) => {
                    let unwrap = self.lax();
                    self.each(rest, elements, found, unwrap)
                }
                None if self.lax() => self.next(rest, value.clone(), found),
                None => self.structural(
                    SqlState::JSON_ARRAY_NOT_FOUND,
                    "jsonpath wildcard array accessor can only be applied to an array",
                ),
            },
            Step::Elements(subscripts) => self.subscripts(subscripts, rest, value, found),
            Step::Any(from, to) => self.any((*from, *to), rest, value, found),
            Step::Arithmetic(operator, left, right) => {
                self.arithmetic(*operator, (left, right), rest, value, found)
            }
            Step::Sign(negative, operand) => self.sign(*negative, operand, rest, value, found),
            Step::Filter(predicate) => match self.nested(predicate, value)? {
                Truth::True => self.next(rest, value.clone(), found),
                _ => Ok(Outcome::NotFound),
            },
            Step::Method(method) => self.method(*method, rest, value, found),
            Step::Datetime(template) => self.datetime(template.as_deref(), rest, value, found),
            predicate => {
                let truth = match self.truth(predicate, value)? {
                    Truth::Unknown => Json::Null,
                    truth => Json::Bool(truth == Truth::True),
                };
                self.next(rest, Value::made(truth), found)
            }
        }
    }

    fn key(
        &mut self,
        key: &str,
        rest: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let member = match value {
            Value::Json(Cow::Borrowed(json)) => json
                .member(key)
                .map(|member| Value::Json(Cow::Borrowed(member))),
            Value::Json(Cow::Owned(json)) => json.member(key).cloned().map(Value::made),
            Value::Moment(_) => None,
        };
        match (member, value.plain()) {
            (Some(member), _) => self.next(rest, member, found),
            (None, Some(Json::Object(_))) => self.structural(
                SqlState::JSON_MEMBER_NOT_FOUND,
                format!("JSON object does not contain key \"{key}\""),
            ),
            _ => self.structural(
                SqlState::JSON_MEMBER_NOT_FOUND,
                "jsonpath member accessor can only be applied to an object",
            ),
        }
    }

    /// One subscript as an index; `None` when it failed silently.
    fn index(&mut self, steps: &'a [Step], value: &Value<'a>) -> Result<Option<i64>, Fault> {
        let mut found = Vec::new();
        if self.follow(steps, value, Some(&mut found))? == Outcome::Failed {
            return Ok(None);
        }
        let state = SqlState::INVALID_JSON_SUBSCRIPT;
        let number = match found.as_slice() {
            [only] => only.number(),
            _ => None,
        };
        let Some(number) = number else {
            self.fail(
                state,
                "jsonpath array subscript is not a single numeric value",
            )?;
            return Ok(None);
        };
        match number.trunc(0).and_then(|whole| whole.to_i32()) {
            Ok(index) => Ok(Some(i64::from(index))),
            Err(_) => {
                self.fail(state, "jsonpath array subscript is out of integer range")?;
                Ok(None)
            }
        }
    }

    fn subscripts(
        &mut self,
        subscripts: &'a [(Vec<Step>, Option<Vec<Step>>)],
        rest: &'a [Step],
        value: &Value<'a>,
        mut found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let elements = match value.elements() {
            Some(elements) => elements,
            None if self.lax() => vec![value.clone()],
            None => {
                return self.structural(
                    SqlState::JSON_ARRAY_NOT_FOUND,
                    "jsonpath array accessor can only be applied to an array",
                );
            }
        };
        let around = self.size.replace(elements.len());
        let count = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let mut outcome = Outcome::NotFound;
        for (from, to) in subscripts {
            let Some(first) = self.index(from, value)? else {
                outcome = Outcome::Failed;
                break;
            };
            let last = match to {
                None => Some(first),
                Some(to) => self.index(to, value)?,
            };
            let Some(last) = last else {
                outcome = Outcome::Failed;
                break;
            };
            if !self.tolerant && (first < 0 || first > last || last >= count) {
                outcome = self.fail(
                    SqlState::INVALID_JSON_SUBSCRIPT,
                    "jsonpath array subscript is out of bounds",
                )?;
                break;
            }
            let taken = (first.max(0)..=last.min(count - 1))
                .filter_map(|at| elements.get(usize::try_from(at).ok()?).cloned())
                .collect();
            let unwrap = self.lax();
            match self.each(rest, taken, reborrow(&mut found), unwrap)? {
                Outcome::NotFound => {}
                one => outcome = one,
            }
            if outcome == Outcome::Failed || outcome == Outcome::Found && found.is_none() {
                break;
            }
        }
        self.size = around;
        Ok(outcome)
    }

    fn any(
        &mut self,
        levels: (Option<u32>, Option<u32>),
        rest: &'a [Step],
        value: &Value<'a>,
        mut found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::NotFound;
        if levels.0 == Some(0) {
            let before = std::mem::replace(&mut self.tolerant, true);
            let here = self.next(rest, value.clone(), reborrow(&mut found));
            self.tolerant = before;
            outcome = here?;
            if outcome == Outcome::Failed || outcome == Outcome::Found && found.is_none() {
                return Ok(outcome);
            }
        }
        match self.deeper(rest, value, 1, levels, found)? {
            Outcome::NotFound => Ok(outcome),
            below => Ok(below),
        }
    }

    fn deeper(
        &mut self,
        rest: &'a [Step],
        value: &Value<'a>,
        level: u32,
        levels: (Option<u32>, Option<u32>),
        mut found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let (first, last) = (levels.0.unwrap_or(u32::MAX), levels.1.unwrap_or(u32::MAX));
        let mut outcome = Outcome::NotFound;
        if level > last {
            return Ok(outcome);
        }
        for child in value.children().unwrap_or_default() {
            let container = matches!(child.plain(), Some(Json::Array(_) | Json::Object(_)));
            let leaf = first == u32::MAX && last == u32::MAX && !container;
            if level >= first || leaf {
                let before = std::mem::replace(&mut self.tolerant, true);
                let unwrap = self.lax();
                let one = self.each(rest, vec![child.clone()], reborrow(&mut found), unwrap);
                self.tolerant = before;
                match one? {
                    Outcome::NotFound => {}
                    one => outcome = one,
                }
            }
            if outcome == Outcome::Failed || outcome == Outcome::Found && found.is_none() {
                return Ok(outcome);
            }
            if level < last && container {
                match self.deeper(rest, &child, level + 1, levels, reborrow(&mut found))? {
                    Outcome::NotFound => {}
                    one => outcome = one,
                }
                if outcome == Outcome::Failed || outcome == Outcome::Found && found.is_none() {
                    return Ok(outcome);
                }
            }
        }
        Ok(outcome)
    }

    /// The values of an operand, arrays taken apart in lax mode; `None` when it failed silently.
    fn operand(
        &mut self,
        steps: &'a [Step],
        value: &Value<'a>,
        unwrap: bool,
    ) -> Result<Option<Vec<Value<'a>>>, Fault> {
        let mut found = Vec::new();
        if self.follow(steps, value, Some(&mut found))? == Outcome::Failed {
            return Ok(None);
        }
        if !unwrap || !self.lax() {
            return Ok(Some(found));
        }
        let apart = found.into_iter().flat_map(|value| match value.elements() {
            Some(elements) => elements,
            None => vec![value],
        });
        Ok(Some(apart.collect()))
    }

    /// The same where errors make a predicate unknown.
    fn silent_operand(
        &mut self,
        steps: &'a [Step],
        value: &Value<'a>,
        unwrap: bool,
    ) -> Result<Option<Vec<Value<'a>>>, Fault> {
        let before = std::mem::replace(&mut self.throws, false);
        let values = self.operand(steps, value, unwrap);
        self.throws = before;
        values
    }

    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        operands: (&'a [Step], &'a [Step]),
        rest: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let Some(left) = self.operand(operands.0, value, true)? else {
            return Ok(Outcome::Failed);
        };
        let Some(right) = self.operand(operands.1, value, true)? else {
            return Ok(Outcome::Failed);
        };
        let single = |values: &[Value<'a>]| match values {
            [only] => only.number().cloned(),
            _ => None,
        };
        let wrong = |side: &str| {
            format!(
                "{side} operand of jsonpath operator {} is not a single numeric value",
                operator.sign()
            )
        };
        let state = SqlState::SINGLETON_JSON_ITEM_REQUIRED;
        let Some(left) = single(&left) else {
            return self.fail(state, wrong("left"));
        };
        let Some(right) = single(&right) else {
            return self.fail(state, wrong("right"));
        };
        let result = match operator {
            Arithmetic::Add => left.add(&right),
            Arithmetic::Subtract => left.sub(&right),
            Arithmetic::Multiply => left.mul(&right),
            Arithmetic::Divide => left.div(&right),
            Arithmetic::Modulo => left.rem(&right),
        };
        match result {
            Ok(number) => self.next(rest, Value::made(Json::Number(number)), found),
            Err(fault) if self.throws => Err(fault),
            Err(_) => Ok(Outcome::Failed),
        }
    }

    fn sign(
        &mut self,
        negative: bool,
        operand: &'a [Step],
        rest: &'a [Step],
        value: &Value<'a>,
        mut found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let Some(values) = self.operand(operand, value, true)? else {
            return Ok(Outcome::Failed);
        };
        let mut outcome = Outcome::NotFound;
        for value in values {
            let Some(number) = value.number() else {
                if found.is_none() && rest.is_empty() {
                    continue;
                }
                let sign = if negative { '-' } else { '+' };
                return self.fail(
                    SqlState::JSON_NUMBER_NOT_FOUND,
                    format!("operand of unary jsonpath operator {sign} is not a numeric value"),
                );
            };
            let number = if negative {
                number.neg()
            } else {
                number.clone()
            };
            match self.next(
                rest,
                Value::made(Json::Number(number)),
                reborrow(&mut found),
            )? {
                Outcome::Failed => return Ok(Outcome::Failed),
                Outcome::Found => {
                    outcome = Outcome::Found;
                    if found.is_none() {
                        return Ok(outcome);
                    }
                }
                Outcome::NotFound => {}
            }
        }
        Ok(outcome)
    }

    fn method(
        &mut self,
        method: Method,
        rest: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let computed = match method {
            Method::Type => Json::Text(String::from(match value {
                Value::Json(json) => json.kind(),
                Value::Moment(moment) => moment.name(),
            })),
            Method::Size => match value.plain() {
                Some(Json::Array(items)) => {
                    Json::Number(integer(i64::try_from(items.len()).unwrap_or(i64::MAX)))
                }
                _ if self.lax() => Json::Number(integer(1)),
                _ => {
                    return self.structural(
                        SqlState::JSON_ARRAY_NOT_FOUND,
                        "jsonpath item method .size() can only be applied to an array",
                    );
                }
            },
            Method::Double => match self.double(value)? {
                Some(number) => Json::Number(number),
                None => return Ok(Outcome::Failed),
            },
            Method::KeyValue => return self.key_values(rest, value, found),
            Method::Abs | Method::Floor | Method::Ceiling => {
                let Some(number) = value.number() else {
                    return self.fail(
                        SqlState::NON_NUMERIC_JSON_ITEM,
                        format!(
                            "jsonpath item method .{}() can only be applied to a numeric value",
                            method.name()
                        ),
                    );
                };
                Json::Number(match method {
                    Method::Abs => number.abs(),
                    Method::Floor => number.floor()?,
                    _ => number.ceil()?,
                })
            }
        };
        self.next(rest, Value::made(computed), found)
    }

    fn double(&self, value: &Value<'a>) -> Result<Option<Numeric>, Fault> {
        let state = SqlState::NON_NUMERIC_JSON_ITEM;
        let message = match (value.number(), value.text()) {
            (Some(number), _) => match number.to_f64() {
                Ok(float) if float.is_finite() => return Ok(Some(number.clone())),
                _ => {
                    "numeric argument of jsonpath item method .double() is out of range for type double precision"
                }
            },
            (_, Some(text)) => match crate::pg::text::read_f64(text) {
                Ok(float) if float.is_finite() => return Ok(Some(Numeric::from_f64(float))),
                _ => {
                    "string argument of jsonpath item method .double() is not a valid representation of a double precision number"
                }
            },
            _ => "jsonpath item method .double() can only be applied to a string or numeric value",
        };
        self.fail(state, message).map(|_| None)
    }

    fn key_values(
        &mut self,
        rest: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let Some(members) = value.members() else {
            return self.fail(
                SqlState::JSON_OBJECT_NOT_FOUND,
                "jsonpath item method .keyvalue() can only be applied to an object",
            );
        };
        let place = match (&self.root, value) {
            (Value::Json(Cow::Borrowed(root)), Value::Json(Cow::Borrowed(object))) => {
                offset::of(root, object)
            }
            _ => None,
        };
        let id = i64::try_from(place.unwrap_or(0)).unwrap_or(0);
        let rows = members.into_iter().map(|(key, value)| {
            Value::made(Json::object(vec![
                (String::from("key"), Json::Text(key)),
                (String::from("value"), value.json().into_owned()),
                (String::from("id"), Json::Number(integer(id))),
            ]))
        });
        let unwrap = self.lax();
        self.each(rest, rows.collect(), found, unwrap)
    }

    fn datetime(
        &mut self,
        template: Option<&str>,
        rest: &'a [Step],
        value: &Value<'a>,
        found: Found<'_, 'a>,
    ) -> Result<Outcome, Fault> {
        let state = SqlState::INVALID_ARGUMENT_FOR_JSON_DATETIME_FUNCTION;
        let Some(text) = value.text() else {
            return self.fail(
                state,
                "jsonpath item method .datetime() can only be applied to a string",
            );
        };
        let moment = match template {
            Some(template) => match Moment::by_template(text, template) {
                Ok(moment) => moment,
                Err(fault) if self.throws => return Err(fault),
                Err(_) => return Ok(Outcome::Failed),
            },
            None => match Moment::recognized(text) {
                Some(moment) => moment,
                None if self.throws => {
                    return Err(Fault::new(
                        state,
                        format!("datetime format is not recognized: \"{text}\""),
                    )
                    .hint("Use a datetime template argument to specify the input data format."));
                }
                None => return Ok(Outcome::Failed),
            },
        };
        self.next(rest, Value::Moment(moment), found)
    }

    /// A predicate about another value than the one around it.
    fn nested(&mut self, predicate: &'a Step, value: &Value<'a>) -> Result<Truth, Fault> {
        let around = std::mem::replace(&mut self.current, value.clone());
        let truth = self.truth(predicate, value);
        self.current = around;
        truth
    }

    fn truth(&mut self, predicate: &'a Step, value: &Value<'a>) -> Result<Truth, Fault> {
        match predicate {
            Step::And(left, right) => match self.truth(left, value)? {
                Truth::False => Ok(Truth::False),
                left => match self.truth(right, value)? {
                    Truth::True => Ok(left),
                    right => Ok(right),
                },
            },
            Step::Or(left, right) => match self.truth(left, value)? {
                Truth::True => Ok(Truth::True),
                left => match self.truth(right, value)? {
                    Truth::False => Ok(left),
                    right => Ok(right),
                },
            },
            Step::Not(inner) => Ok(match self.truth(inner, value)? {
                Truth::Unknown => Truth::Unknown,
                truth => (truth == Truth::False).into(),
            }),
            Step::IsUnknown(inner) => Ok((self.truth(inner, value)? == Truth::Unknown).into()),
            Step::Exists(steps) => self.some(steps, value),
            Step::Compare(operator, left, right) => {
                let zoned = self.zoned;
                self.pairs(left, Some((right, true)), value, |left, right| {
                    right.map_or(Ok(Truth::Unknown), |right| {
                        compare(*operator, left, right, zoned)
                    })
                })
            }
            Step::StartsWith(left, right) => {
                self.pairs(left, Some((right, false)), value, |whole, initial| {
                    let initial = initial.and_then(Value::text);
                    Ok(match (whole.text(), initial) {
                        (Some(whole), Some(initial)) => whole.starts_with(initial).into(),
                        _ => Truth::Unknown,
                    })
                })
            }
            Step::Like(left, pattern) => {
                let expression = compiled(pattern)?;
                self.pairs(left, None, value, |text, _| match text.text() {
                    Some(text) => expression.matches(text).map(Truth::from),
                    None => Ok(Truth::Unknown),
                })
            }
            _ => Err(Fault::internal("a path asks a value whether it is true")),
        }
    }

    fn some(&mut self, steps: &'a [Step], value: &Value<'a>) -> Result<Truth, Fault> {
        let before = std::mem::replace(&mut self.throws, false);
        let mut all = Vec::new();
        let strict = self.path.strict;
        let outcome = self.follow(steps, value, strict.then_some(&mut all));
        self.throws = before;
        Ok(match outcome? {
            Outcome::Failed => Truth::Unknown,
            Outcome::Found => Truth::True,
            Outcome::NotFound => (!all.is_empty()).into(),
        })
    }

    /// Tests every pair of values: true if one is, in strict mode unknown if one is.
    fn pairs(
        &mut self,
        left: &'a [Step],
        right: Option<(&'a [Step], bool)>,
        value: &Value<'a>,
        test: impl Fn(&Value<'a>, Option<&Value<'a>>) -> Result<Truth, Fault>,
    ) -> Result<Truth, Fault> {
        let Some(left) = self.silent_operand(left, value, true)? else {
            return Ok(Truth::Unknown);
        };
        let right = match right {
            None => vec![None],
            Some((right, unwrap)) => match self.silent_operand(right, value, unwrap)? {
                Some(right) => right.into_iter().map(Some).collect(),
                None => return Ok(Truth::Unknown),
            },
        };
        let (mut unknown, mut found) = (false, false);
        for left in &left {
            for right in &right {
                match test(left, right.as_ref())? {
                    Truth::Unknown if self.path.strict => return Ok(Truth::Unknown),
                    Truth::Unknown => unknown = true,
                    Truth::True if self.lax() => return Ok(Truth::True),
                    Truth::True => found = true,
                    Truth::False => {}
                }
            }
        }
        Ok(match (found, unknown) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        })
    }
}

fn integer(value: i64) -> Numeric {
    Numeric::from_unscaled(i128::from(value), 0)
}

fn compare(
    operator: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    zoned: Option<&Context>,
) -> Result<Truth, Fault> {
    let order = match (left, right) {
        (Value::Moment(left), Value::Moment(right)) => left.compare(*right, zoned)?,
        _ => match (left.plain(), right.plain()) {
            (Some(Json::Null), Some(Json::Null)) => Some(Ordering::Equal),
            (Some(Json::Bool(left)), Some(Json::Bool(right))) => Some(left.cmp(right)),
            (Some(Json::Number(left)), Some(Json::Number(right))) => Some(left.cmp(right)),
            (Some(Json::Text(left)), Some(Json::Text(right))) => Some(left.cmp(right)),
            // NULL differs from everything else; other kinds do not compare.
            (Some(Json::Null), _) | (_, Some(Json::Null)) => {
                return Ok((operator == Comparison::NotEqual).into());
            }
            _ => None,
        },
    };
    let Some(order) = order else {
        return Ok(Truth::Unknown);
    };
    Ok(match operator {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::Greater => order.is_gt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
    .into())
}
