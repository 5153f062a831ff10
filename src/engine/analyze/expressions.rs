//! Scalar expressions: PostgreSQL manual, chapter 4.2.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{BinaryExpr, Case};
use datafusion::logical_expr::{Expr, Operator};
use pg_query::protobuf::{
    self, BoolExprType, BoolTestType, MinMaxOp, NullTestType, SqlValueFunctionOp, a_const::Val,
    node::Node as Kind,
};

use super::comparison::Operand;
use super::level::{Level, Place};
use super::scope::Scope;
use super::{Analyzer, Typed, Unknown, position, strings};
use crate::engine::functions;
use crate::pg::printed::bits;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

/// Where an expression stands: the names it sees and the query level it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'s> {
    pub(super) scope: &'s Scope<'s>,
    pub(super) level: &'s Level,
    pub(super) place: Place,
}

impl<'s> Frame<'s> {
    /// The same names at another place of the query.
    pub(super) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// A comparable form of a value whose storage does not compare as PostgreSQL does.
pub(super) fn sort_key(value: &Typed) -> Expr {
    match functions::sort_key(value.kind) {
        Some(function) => function.call(vec![value.expr.clone()]),
        None => value.expr.clone(),
    }
}

pub(super) fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

pub(super) fn missing_node() -> Fault {
    Fault::internal("the parse tree lacks an expression")
}

impl Analyzer<'_> {
    /// Analyzes an optional child that the grammar guarantees.
    pub(super) fn child(
        &self,
        node: Option<&protobuf::Node>,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        self.expression(node.ok_or_else(missing_node)?, frame)
    }

    /// Analyzes an expression.
    pub(super) fn expression(
        &self,
        node: &protobuf::Node,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        match node.node.as_ref().ok_or_else(missing_node)? {
            Kind::ColumnRef(reference) => self.column_reference(reference, frame),
            Kind::AConst(constant) => self.constant(constant),
            Kind::ParamRef(parameter) => self.parameter_reference(*parameter),
            Kind::TypeCast(cast) => self.type_cast(cast, frame),
            Kind::AExpr(operation) => self.operation(operation, frame),
            Kind::BoolExpr(logic) => self.logic(logic, frame),
            Kind::SubLink(link) => self.sub_link(link, frame),
            Kind::FuncCall(call) => self.function_call(call, frame),
            Kind::CaseExpr(case) => self.case(case, frame),
            Kind::NullTest(test) => self.null_test(test, frame),
            Kind::BooleanTest(test) => self.boolean_test(test, frame),
            Kind::AIndirection(indirection) => self.indirection(indirection, frame),
            Kind::AArrayExpr(array) => self.array(array, None, frame),
            Kind::RowExpr(row) => self.row(row, frame),
            Kind::CoalesceExpr(coalesce) => self.coalesce(coalesce, frame),
            Kind::MinMaxExpr(extreme) => self.extreme(extreme, frame),
            Kind::SqlvalueFunction(function) => self.value_function(function, frame),
            Kind::CollateClause(collate) => self.collate(collate, frame),
            Kind::GroupingFunc(grouping) => self.grouping(grouping, frame),
            Kind::XmlExpr(_) | Kind::XmlSerialize(_) => Err(Fault::unsupported("XML")),
            Kind::SetToDefault(default) => Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "DEFAULT is not allowed in this context",
            )
            .at(position(default.location))),
            _ => Err(Fault::unsupported("this expression")),
        }
    }

    /// Analyzes a condition.
    pub(super) fn condition(
        &self,
        node: &protobuf::Node,
        frame: Frame<'_>,
        what: &str,
    ) -> Result<Typed, Fault> {
        let value = self.expression(node, frame)?;
        self.require(value, types::BOOL, what)
    }

    pub(super) fn constant(&self, constant: &protobuf::AConst) -> Result<Typed, Fault> {
        let location = constant.location;
        let Some(value) = constant.val.as_ref().filter(|_| !constant.isnull) else {
            return Ok(Typed::unknown(Unknown::Null, location));
        };
        Ok(match value {
            Val::Ival(value) => Typed::literal(ScalarValue::Int32(Some(value.ival)), types::INT4),
            Val::Fval(value) => match value.fval.parse::<i64>() {
                Ok(whole) => match i32::try_from(whole) {
                    // The grammar folds the sign in: the least int4 comes this way.
                    Ok(small) => Typed::literal(ScalarValue::Int32(Some(small)), types::INT4),
                    Err(_) => Typed::literal(ScalarValue::Int64(Some(whole)), types::INT8),
                },
                Err(_) => {
                    let literal = super::literal::parse(
                        Type::plain(types::NUMERIC),
                        &value.fval,
                        self.context,
                    );
                    Typed::literal(
                        literal.map_err(|fault| fault.at(position(location)))?,
                        types::NUMERIC,
                    )
                }
            },
            Val::Boolval(value) => {
                Typed::literal(ScalarValue::Boolean(Some(value.boolval)), types::BOOL)
            }
            Val::Sval(value) => Typed::unknown(Unknown::Text(value.sval.clone()), location),
            Val::Bsval(value) => {
                let bits =
                    bits::read(&value.bsval).map_err(|fault| fault.at(position(location)))?;
                Typed::literal(ScalarValue::Utf8View(Some(bits)), types::BIT)
            }
        }
        .at(location))
    }

    pub(super) fn parameter_reference(
        &self,
        parameter: protobuf::ParamRef,
    ) -> Result<Typed, Fault> {
        let index = usize::try_from(parameter.number)
            .ok()
            .and_then(|number| number.checked_sub(1))
            .ok_or_else(|| {
                Fault::new(
                    SqlState::UNDEFINED_PARAMETER,
                    format!("there is no parameter ${}", parameter.number),
                )
                .at(position(parameter.location))
            })?;
        self.mention_parameter(index)
            .map_err(|fault| fault.at(position(parameter.location)))?;
        Ok(match self.parameter(index) {
            Some(kind) => self.parameter_value(index, kind).at(parameter.location),
            None => Typed::unknown(Unknown::Parameter(index), parameter.location),
        })
    }

    pub(super) fn type_cast(
        &self,
        cast: &protobuf::TypeCast,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let target = self.type_name(cast.type_name.as_ref().ok_or_else(missing_node)?)?;
        let argument = cast.arg.as_deref().ok_or_else(missing_node)?;
        let value = match (argument.node.as_ref(), types::element(target.oid)) {
            (Some(Kind::AArrayExpr(array)), Some(element)) => self.array(
                array,
                Some(Type {
                    oid: element,
                    modifier: target.modifier,
                }),
                frame,
            )?,
            _ => self.expression(argument, frame)?,
        };
        let location = if cast.location >= 0 {
            cast.location
        } else {
            value.location
        };
        let literal = matches!(value.unknown, Some(Unknown::Text(_)));
        let place = if literal { value.location } else { location };
        let result = self.cast_to(value, target, location)?;
        Ok(Typed {
            table: crate::ident::Oid::INVALID,
            number: 0,
            ..result
        }
        .at(place))
    }

    /// Analyzes a list of expressions, spreading `t.*` where a row may stand.
    pub(super) fn expressions(
        &self,
        nodes: &[protobuf::Node],
        frame: Frame<'_>,
    ) -> Result<Vec<Typed>, Fault> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            match self.star(node, frame)? {
                Some(columns) => values.extend(columns.into_iter().map(|(_, value)| value)),
                None => values.push(self.expression(node, frame)?),
            }
        }
        Ok(values)
    }

    pub(super) fn logic(
        &self,
        logic: &protobuf::BoolExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let what = match logic.boolop() {
            BoolExprType::AndExpr => "AND",
            BoolExprType::OrExpr => "OR",
            _ => "NOT",
        };
        let values = logic
            .args
            .iter()
            .map(|node| self.condition(node, frame, what).map(|value| value.expr))
            .collect::<Result<Vec<_>, _>>()?;
        let expr = match logic.boolop() {
            BoolExprType::AndExpr => datafusion::logical_expr::utils::conjunction(values),
            BoolExprType::OrExpr => datafusion::logical_expr::utils::disjunction(values),
            _ => values
                .into_iter()
                .next()
                .map(|value| Expr::Not(Box::new(value))),
        };
        Ok(Typed::new(expr.ok_or_else(missing_node)?, types::BOOL).at(logic.location))
    }

    pub(super) fn case(&self, case: &protobuf::CaseExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
        let subject = case
            .arg
            .as_deref()
            .map(|node| self.expression(node, frame))
            .transpose()?;
        let subject = subject.map(|subject| self.settled(subject)).transpose()?;
        let sets = frame.level.sets.borrow().len();
        let (mut tests, mut results) = (Vec::new(), Vec::new());
        for when in &case.args {
            let Some(Kind::CaseWhen(when)) = when.node.as_ref() else {
                return Err(missing_node());
            };
            let test = when.expr.as_deref().ok_or_else(missing_node)?;
            tests.push(match &subject {
                Some(subject) => {
                    let value = self.expression(test, frame)?;
                    self.operate(None, "=", Some(subject.clone()), value, when.location)?
                }
                None => self.condition(test, frame, "CASE/WHEN")?,
            });
            results.push(self.child(when.result.as_deref(), frame)?);
        }
        let default = case
            .defresult
            .as_deref()
            .map(|node| self.expression(node, frame))
            .transpose()?;
        Self::no_sets(frame, sets, "CASE")?;
        // PostgreSQL considers ELSE first when it looks for the common type.
        let default = default.unwrap_or_else(|| Typed::unknown(Unknown::Null, -1));
        results.insert(0, default);
        let common = self.common_type(&results, "CASE")?;
        let record = results.iter().find_map(|value| value.record.clone());
        let mut results = results.into_iter();
        let default = results.next().ok_or_else(missing_node)?;
        let default = self.to_common(default, common, "CASE/ELSE")?;
        let whens = tests
            .into_iter()
            .zip(results)
            .map(|(test, result)| {
                let result = self.to_common(result, common, "CASE/WHEN")?;
                Ok((test.expr, result.expr))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let expr = functions::case(whens, default.expr);
        Ok(Typed {
            record,
            ..Typed::new(expr, common)
        }
        .at(case.location))
    }

    /// The arguments of a construct in which `t.*` is one value, the row.
    fn each(&self, nodes: &[protobuf::Node], frame: Frame<'_>) -> Result<Vec<Typed>, Fault> {
        let values = nodes.iter().map(|node| self.expression(node, frame));
        values.collect()
    }

    pub(super) fn coalesce(
        &self,
        coalesce: &protobuf::CoalesceExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let sets = frame.level.sets.borrow().len();
        let values = self.each(&coalesce.args, frame)?;
        Self::no_sets(frame, sets, "COALESCE")?;
        let common = self.common_type(&values, "COALESCE")?;
        let record = values.iter().find_map(|value| value.record.clone());
        let values = values
            .into_iter()
            .map(|value| {
                self.to_common(value, common, "COALESCE")
                    .map(|value| value.expr)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let expr = datafusion::functions::core::expr_fn::coalesce(values);
        Ok(Typed {
            record,
            ..Typed::new(expr, common)
        }
        .at(coalesce.location))
    }

    pub(super) fn extreme(
        &self,
        extreme: &protobuf::MinMaxExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let greatest = extreme.op() == MinMaxOp::IsGreatest;
        let what = if greatest { "GREATEST" } else { "LEAST" };
        let values = self.each(&extreme.args, frame)?;
        let common = self.common_type(&values, what)?;
        let mut values = values
            .into_iter()
            .map(|value| self.to_common(value, common, what));
        let mut best = values.next().ok_or_else(missing_node)??;
        for value in values {
            let value = value?;
            let better = self.operate(
                None,
                if greatest { ">" } else { "<" },
                Some(value.clone()),
                best.clone(),
                extreme.location,
            )?;
            let take = best.expr.clone().is_null().or(better.expr);
            let take = value.expr.clone().is_not_null().and(take);
            let case = Case::new(
                None,
                vec![(Box::new(take), Box::new(value.expr))],
                Some(Box::new(best.expr)),
            );
            best = Typed::new(Expr::Case(case), common);
        }
        Ok(Typed {
            table: crate::ident::Oid::INVALID,
            number: 0,
            ..best
        }
        .at(extreme.location))
    }

    pub(super) fn null_test(
        &self,
        test: &protobuf::NullTest,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let is_null = test.nulltesttype() == NullTestType::IsNull;
        let node = test.arg.as_deref().ok_or_else(missing_node)?;
        let tests: Vec<Expr> = match self.operand(node, frame)? {
            Operand::Row(fields) => fields.into_iter().map(|field| field.expr).collect(),
            Operand::One(value) => match &value.record {
                Some(record) if super::row_type::composite(value.kind.oid) => (0..record.len())
                    .map(|at| self.field(&value, at).map(|field| field.expr))
                    .collect::<Result<_, _>>()?,
                _ => vec![self.settled(value)?.expr],
            },
        };
        let each = |expr: Expr| {
            if is_null {
                expr.is_null()
            } else {
                expr.is_not_null()
            }
        };
        let expr = tests
            .into_iter()
            .map(each)
            .reduce(Expr::and)
            .unwrap_or(Expr::Literal(ScalarValue::Boolean(Some(true)), None));
        Ok(Typed::new(expr, types::BOOL).at(test.location))
    }

    pub(super) fn boolean_test(
        &self,
        test: &protobuf::BooleanTest,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let what = match test.booltesttype() {
            BoolTestType::IsTrue => "IS TRUE",
            BoolTestType::IsNotTrue => "IS NOT TRUE",
            BoolTestType::IsFalse => "IS FALSE",
            BoolTestType::IsNotFalse => "IS NOT FALSE",
            BoolTestType::IsUnknown => "IS UNKNOWN",
            _ => "IS NOT UNKNOWN",
        };
        let value = Box::new(
            self.condition(test.arg.as_deref().ok_or_else(missing_node)?, frame, what)?
                .expr,
        );
        let expr = match test.booltesttype() {
            BoolTestType::IsTrue => Expr::IsTrue(value),
            BoolTestType::IsNotTrue => Expr::IsNotTrue(value),
            BoolTestType::IsFalse => Expr::IsFalse(value),
            BoolTestType::IsNotFalse => Expr::IsNotFalse(value),
            BoolTestType::IsUnknown => Expr::IsUnknown(value),
            _ => Expr::IsNotUnknown(value),
        };
        Ok(Typed::new(expr, types::BOOL).at(test.location))
    }

    pub(super) fn value_function(
        &self,
        function: &protobuf::SqlValueFunction,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        use SqlValueFunctionOp as Op;
        let _ = frame;
        let location = function.location;
        let target = match function.op() {
            Op::SvfopCurrentDate => types::DATE,
            Op::SvfopCurrentTime | Op::SvfopCurrentTimeN => types::TIMETZ,
            Op::SvfopCurrentTimestamp | Op::SvfopCurrentTimestampN => types::TIMESTAMPTZ,
            Op::SvfopLocaltime | Op::SvfopLocaltimeN => types::TIME,
            Op::SvfopLocaltimestamp | Op::SvfopLocaltimestampN => types::TIMESTAMP,
            Op::SvfopSessionUser => {
                return Ok(self.grammar_call("session_user()", vec![])?.at(location));
            }
            Op::SvfopCurrentCatalog => {
                return Ok(self
                    .grammar_call("current_database()", vec![])?
                    .at(location));
            }
            Op::SvfopCurrentSchema => {
                return Ok(self.grammar_call("current_schema()", vec![])?.at(location));
            }
            _ => return Ok(self.grammar_call("current_user()", vec![])?.at(location)),
        };
        let now = self.grammar_call("now()", vec![])?;
        let modifier = if function.typmod >= 0 {
            if let Some(word) = super::typename::moment(target) {
                self.note_precision(word, function.typmod, -1);
            }
            function.typmod.min(6)
        } else {
            -1
        };
        Ok(self
            .cast_to(
                now,
                Type {
                    oid: target,
                    modifier,
                },
                location,
            )?
            .at(location))
    }

    pub(super) fn collate(
        &self,
        collate: &protobuf::CollateClause,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let value = self.child(collate.arg.as_deref(), frame)?;
        let value = self.settled(value)?;
        let name = strings(&collate.collname)
            .last()
            .copied()
            .unwrap_or_default()
            .to_owned();
        if !matches!(super::coerce::type_category(value.kind.oid), 'S' | 'Z') {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                format!(
                    "collations are not supported by type {}",
                    format_type(value.kind)
                ),
            )
            .at(position(collate.location)));
        }
        if !matches!(name.as_str(), "C" | "POSIX" | "default" | "ucs_basic") {
            return Err(Fault::new(
                SqlState::UNDEFINED_OBJECT,
                format!("collation \"{name}\" for encoding \"UTF8\" does not exist"),
            )
            .at(position(collate.location)));
        }
        Ok(value)
    }
}
