//! Operators and comparisons of values, rows, lists and arrays: manual 9.2, 9.24 and 9.25.

use std::sync::Arc;

use datafusion::logical_expr::expr::{Case, InList};
use datafusion::logical_expr::{Expr, Operator, Volatility};
use pg_query::protobuf::{self, AExprKind, SubLinkType, node::Node as Kind};

use super::call::apply_kernel;
use super::coerce::{Wish, storage_of};
use super::expressions::{Frame, binary, missing_node, sort_key};
use super::row_type::composite;
use super::{Analyzer, Typed, position, strings};
use crate::engine::catalog::system::system;
use crate::engine::functions;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

impl Analyzer<'_> {
    pub(super) fn operation(
        &self,
        operation: &protobuf::AExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let names = strings(&operation.name);
        let (schema, name) = match names.as_slice() {
            [schema, name] => (Some(*schema), *name),
            [name] => (None, *name),
            _ => return Err(missing_node()),
        };
        let location = operation.location;
        let right_node = operation.rexpr.as_deref();
        match operation.kind() {
            AExprKind::AexprOpAny | AExprKind::AexprOpAll => {
                let any = operation.kind() == AExprKind::AexprOpAny;
                let left = self.child(operation.lexpr.as_deref(), frame)?;
                let right = self.child(right_node, frame)?;
                self.any_all(schema, name, left, right, any, location)
            }
            AExprKind::AexprIn => self.in_list(operation, name, frame),
            AExprKind::AexprBetween
            | AExprKind::AexprNotBetween
            | AExprKind::AexprBetweenSym
            | AExprKind::AexprNotBetweenSym => self.between(operation, frame),
            kind => {
                let left = operation
                    .lexpr
                    .as_deref()
                    .map(|node| self.operand(node, frame))
                    .transpose()?;
                if let (AExprKind::AexprOp, Some(Operand::Row(row)), Some(Kind::SubLink(link))) =
                    (kind, &left, right_node.and_then(|node| node.node.as_ref()))
                    && link.sub_link_type() == SubLinkType::ExprSublink
                {
                    return self.row_comparison(row.clone(), name, link, location, frame);
                }
                let right = self.operand(right_node.ok_or_else(missing_node)?, frame)?;
                match (kind, left, right) {
                    (AExprKind::AexprDistinct, Some(left), right) => {
                        self.distinct(left, right, true, location)
                    }
                    (AExprKind::AexprNotDistinct, Some(left), right) => {
                        self.distinct(left, right, false, location)
                    }
                    (AExprKind::AexprNullif, Some(Operand::One(left)), Operand::One(right)) => {
                        self.null_if(left, right, location)
                    }
                    (_, Some(Operand::Row(left)), Operand::Row(right)) => {
                        self.row_operation(name, left, right, location)
                    }
                    (_, left, right) => {
                        let left = left.map(|left| left.into_one(self));
                        self.operate(schema, name, left, right.into_one(self), location)
                    }
                }
            }
        }
    }

    pub(super) fn operand(
        &self,
        node: &protobuf::Node,
        frame: Frame<'_>,
    ) -> Result<Operand, Fault> {
        match node.node.as_ref() {
            Some(Kind::RowExpr(row)) => Ok(Operand::Row(self.expressions(&row.args, frame)?)),
            _ => self.expression(node, frame).map(Operand::One),
        }
    }

    /// Resolves and applies an operator.
    pub(super) fn operate(
        &self,
        schema: Option<&str>,
        name: &str,
        left: Option<Typed>,
        right: Typed,
        location: i32,
    ) -> Result<Typed, Fault> {
        let row = self.resolve_operator(schema, name, left.as_ref(), &right, location)?;
        let declared: Vec<_> = if row.left.valid() {
            vec![row.left, row.right]
        } else {
            vec![row.right]
        };
        let arguments: Vec<Typed> = left.into_iter().chain([right]).collect();
        let (arguments, result) = self.fit(arguments, &declared, row.result)?;
        if let ("=", [left, right]) = (name, arguments.as_slice())
            && row.result == types::BOOL
            && left.kind.oid == right.kind.oid
            && functions::sort_key(left.kind).is_some()
        {
            // As a comparison of keys the planner sees an equality, which a join can hash.
            let [left, right] =
                [left, right].map(|side| functions::folded(sort_key(side), self.context));
            return Ok(Typed::new(binary(left, Operator::Eq, right), types::BOOL).at(location));
        }
        let proc = system()
            .proc_by_oid(row.code)
            .ok_or_else(|| Fault::internal(format!("operator {name} has no function")))?;
        let expr = self
            .invoke(proc, arguments, Type::plain(result))
            .map_err(|fault| fault.at(position(location)))?;
        Ok(Typed::new(expr, result).at(location))
    }

    pub(super) fn row_operation(
        &self,
        name: &str,
        left: Vec<Typed>,
        right: Vec<Typed>,
        location: i32,
    ) -> Result<Typed, Fault> {
        if left.len() != right.len() {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "unequal number of entries in row expressions",
            )
            .at(position(location)));
        }
        if left.is_empty() {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "cannot compare rows of zero length",
            )
            .at(position(location)));
        }
        let pairs = left.into_iter().zip(right);
        match name {
            "=" | "<>" => {
                let tests = pairs
                    .map(|(left, right)| self.operate(None, name, Some(left), right, location))
                    .collect::<Result<Vec<_>, _>>()?;
                let join = if name == "=" { Expr::and } else { Expr::or };
                let expr = tests
                    .into_iter()
                    .map(|test| test.expr)
                    .reduce(join)
                    .ok_or_else(missing_node)?;
                Ok(Typed::new(expr, types::BOOL).at(location))
            }
            "<" | "<=" | ">" | ">=" => {
                let strict = name.get(..1).unwrap_or(name);
                let pairs: Vec<_> = pairs.collect();
                let last = pairs.len().saturating_sub(1);
                let mut result: Option<Expr> = None;
                for (at, (left, right)) in pairs.into_iter().enumerate().rev() {
                    let operator = if at == last { name } else { strict };
                    let test = self
                        .operate(None, operator, Some(left.clone()), right.clone(), location)?
                        .expr;
                    result = Some(match result {
                        None => test,
                        Some(rest) => {
                            let equal = self.operate(None, "=", Some(left), right, location)?.expr;
                            test.or(equal.and(rest))
                        }
                    });
                }
                Ok(Typed::new(result.ok_or_else(missing_node)?, types::BOOL).at(location))
            }
            _ => {
                for (left, right) in pairs {
                    let test = self.operate(None, name, Some(left), right, location)?;
                    yields_truth(&test, location)?;
                }
                Err(Fault::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    format!("could not determine interpretation of row comparison operator {name}"),
                )
                .hint("Row comparison operators must be associated with btree operator families.")
                .at(position(location)))
            }
        }
    }

    pub(super) fn distinct(
        &self,
        left: Operand,
        right: Operand,
        negated: bool,
        location: i32,
    ) -> Result<Typed, Fault> {
        let pairs = match (left, right) {
            (Operand::Row(left), Operand::Row(right)) if left.len() == right.len() => {
                left.into_iter().zip(right).collect()
            }
            (left, right) => vec![(left.into_one(self), right.into_one(self))],
        };
        let mut tests = Vec::with_capacity(pairs.len());
        for (left, right) in pairs {
            let row = self.resolve_operator(None, "=", Some(&left), &right, location)?;
            let (arguments, _) = self.fit(vec![left, right], &[row.left, row.right], row.result)?;
            let [left, right] = arguments.as_slice() else {
                return Err(missing_node());
            };
            let operator = if negated {
                Operator::IsDistinctFrom
            } else {
                Operator::IsNotDistinctFrom
            };
            let rows = composite(left.kind.oid) && composite(right.kind.oid);
            let (left_key, right_key) = if rows || left.kind.oid == right.kind.oid {
                (sort_key(left), sort_key(right))
            } else {
                let wide = arrow::datatypes::DataType::Int64;
                (
                    datafusion::logical_expr::cast(left.expr.clone(), wide.clone()),
                    datafusion::logical_expr::cast(right.expr.clone(), wide),
                )
            };
            tests.push(binary(left_key, operator, right_key));
        }
        let expr = tests
            .into_iter()
            .reduce(if negated { Expr::or } else { Expr::and })
            .ok_or_else(missing_node)?;
        Ok(Typed::new(expr, types::BOOL).at(location))
    }

    pub(super) fn null_if(&self, left: Typed, right: Typed, location: i32) -> Result<Typed, Fault> {
        let row = self.resolve_operator(None, "=", Some(&left), &right, location)?;
        let (arguments, _) = self.fit(vec![left, right], &[row.left, row.right], row.result)?;
        let [first, second] = arguments.as_slice() else {
            return Err(missing_node());
        };
        let left = first.clone();
        let equal = self.operate(None, "=", Some(first.clone()), second.clone(), location)?;
        let null = match &left.record {
            Some(fields) => super::row_type::null_row(Arc::clone(fields), left.kind)?.expr,
            None => Expr::Literal(super::literal::null(left.kind)?, None),
        };
        let case = Case::new(
            None,
            vec![(Box::new(equal.expr), Box::new(null))],
            Some(Box::new(left.expr.clone())),
        );
        Ok(Typed {
            expr: Expr::Case(case),
            table: crate::ident::Oid::INVALID,
            number: 0,
            ..left
        }
        .at(location))
    }

    pub(super) fn between(
        &self,
        operation: &protobuf::AExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = operation.location;
        let value = self.child(operation.lexpr.as_deref(), frame)?;
        let Some(Kind::List(bounds)) = operation
            .rexpr
            .as_deref()
            .and_then(|node| node.node.as_ref())
        else {
            return Err(missing_node());
        };
        let bounds = self.expressions(&bounds.items, frame)?;
        let [low, high] = bounds.as_slice() else {
            return Err(missing_node());
        };
        let inside = |low: &Typed, high: &Typed| -> Result<Expr, Fault> {
            let above = self.operate(None, ">=", Some(value.clone()), low.clone(), location)?;
            let below = self.operate(None, "<=", Some(value.clone()), high.clone(), location)?;
            Ok(above.expr.and(below.expr))
        };
        let mut expr = inside(low, high)?;
        let kind = operation.kind();
        if matches!(
            kind,
            AExprKind::AexprBetweenSym | AExprKind::AexprNotBetweenSym
        ) {
            expr = expr.or(inside(high, low)?);
        }
        if matches!(
            kind,
            AExprKind::AexprNotBetween | AExprKind::AexprNotBetweenSym
        ) {
            expr = Expr::Not(Box::new(expr));
        }
        Ok(Typed::new(expr, types::BOOL).at(location))
    }

    pub(super) fn in_list(
        &self,
        operation: &protobuf::AExpr,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = operation.location;
        let negated = name == "<>";
        let left = self.operand(operation.lexpr.as_deref().ok_or_else(missing_node)?, frame)?;
        let Some(Kind::List(items)) = operation
            .rexpr
            .as_deref()
            .and_then(|node| node.node.as_ref())
        else {
            return Err(missing_node());
        };
        let items = items
            .items
            .iter()
            .map(|item| self.operand(item, frame))
            .collect::<Result<Vec<_>, _>>()?;
        if let Operand::One(value) = &left
            && let Some(list) = self.plain_list(value, &items)?
        {
            let (value, list) = list;
            return Ok(Typed::new(
                Expr::InList(InList::new(Box::new(value), list, negated)),
                types::BOOL,
            )
            .at(location));
        }
        let tests = items
            .into_iter()
            .map(|item| match (left.clone(), item) {
                (Operand::Row(left), Operand::Row(right)) => {
                    self.row_operation(name, left, right, location)
                }
                (left, right) => self.operate(
                    None,
                    name,
                    Some(left.into_one(self)),
                    right.into_one(self),
                    location,
                ),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let join = if negated { Expr::and } else { Expr::or };
        let expr = tests
            .into_iter()
            .map(|test| test.expr)
            .reduce(join)
            .ok_or_else(missing_node)?;
        Ok(Typed::new(expr, types::BOOL).at(location))
    }

    /// The sides of a native IN, when all items share a type that compares by its storage.
    pub(super) fn plain_list(
        &self,
        value: &Typed,
        items: &[Operand],
    ) -> Result<Option<(Expr, Vec<Expr>)>, Fault> {
        let mut all = vec![value.clone()];
        for item in items {
            match item {
                Operand::One(item) => all.push(item.clone()),
                Operand::Row(_) => return Ok(None),
            }
        }
        let Ok(common) = self.common_type(&all, "IN") else {
            return Ok(None);
        };
        if functions::sort_key(common).is_some()
            || types::element(common.oid).is_some()
            || composite(common.oid)
        {
            return Ok(None);
        }
        let common = Type::plain(common.oid);
        let probe = Typed::new(value.expr.clone(), common);
        if self
            .resolve_operator(None, "=", Some(&probe), &probe, value.location)
            .is_err()
        {
            return Ok(None);
        }
        let mut values = all
            .into_iter()
            .map(|value| self.to_common(value, common, "IN").map(|value| value.expr));
        let first = values.next().ok_or_else(missing_node)??;
        Ok(Some((first, values.collect::<Result<_, _>>()?)))
    }

    /// `left op ANY (array)`, `left op ALL (array)`.
    pub(super) fn any_all(
        &self,
        schema: Option<&str>,
        name: &str,
        left: Typed,
        right: Typed,
        any: bool,
        location: i32,
    ) -> Result<Typed, Fault> {
        let right = match &right.unknown {
            // A quoted array takes the left side's type.
            Some(_) => {
                let element = if left.unknown.is_some() {
                    types::TEXT
                } else {
                    left.kind.oid
                };
                let array = types::array_of(element).unwrap_or(types::TEXT_ARRAY);
                self.coerce(right, Type::plain(array), Wish::Implicit)?
                    .ok_or_else(missing_node)?
            }
            None => right,
        };
        let Some(element) = types::element(super::coerce::base_type(right.kind.oid)) else {
            return Err(Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                "op ANY/ALL (array) requires array on right side",
            )
            .at(position(location)));
        };
        let slot = Typed {
            record: right.record.clone(),
            ..Typed::new(super::scope::column("element"), element)
        };
        let row = self.resolve_operator(schema, name, Some(&left), &slot, location)?;
        if row.result != types::BOOL {
            return Err(Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                "op ANY/ALL (array) requires operator to yield boolean",
            )
            .at(position(location)));
        }
        let (arguments, _) = self.fit(vec![left, slot], &[row.left, row.right], row.result)?;
        let [left, slot] = arguments.as_slice() else {
            return Err(missing_node());
        };
        let value = Typed {
            record: left.record.clone(),
            ..Typed::new(super::scope::column("value"), left.kind)
        };
        let test = self.operate(schema, name, Some(value), slot.clone(), location)?;
        let value_storage = storage_of(left.kind, left.record.as_ref());
        let element_storage = storage_of(Type::plain(element), right.record.as_ref());
        let (value, stored) = (value_storage.clone(), element_storage.clone());
        let kernel = functions::any_all(&test.expr, value, stored, any)?;
        let storage = arrow::datatypes::DataType::Boolean;
        let function = if any { "any" } else { "all" };
        let label = format!("{function}_{}_{}", row.oid, element);
        let list = right.kind;
        let mut expr = apply_kernel(
            &label,
            Volatility::Stable,
            vec![left.clone(), right],
            Type::plain(types::BOOL),
            storage,
            kernel,
        );
        if any {
            expr = functions::with_keys(expr, &test.expr, value_storage, element_storage, list);
        }
        Ok(Typed::new(expr, types::BOOL).at(location))
    }
}

/// An operator between rows has to say true or false.
pub(super) fn yields_truth(test: &Typed, location: i32) -> Result<(), Fault> {
    if test.kind.oid == types::BOOL {
        return Ok(());
    }
    Err(Fault::new(
        SqlState::DATATYPE_MISMATCH,
        format!(
            "row comparison operator must yield type boolean, not type {}",
            format_type(test.kind)
        ),
    )
    .at(position(location)))
}

/// One side of a comparison: a value, or a row constructor spread into its fields.
#[derive(Clone)]
pub(super) enum Operand {
    One(Typed),
    Row(Vec<Typed>),
}

impl Operand {
    pub(super) fn into_one(self, analyzer: &Analyzer<'_>) -> Typed {
        match self {
            Self::One(value) => value,
            Self::Row(fields) => {
                let names: Vec<_> = (1..=fields.len()).map(|at| format!("f{at}")).collect();
                analyzer.record(fields, names.into_iter())
            }
        }
    }
}
