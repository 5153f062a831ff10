//! Scalar expressions: PostgreSQL manual, chapter 4.2.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{BinaryExpr, Case, InList};
use datafusion::logical_expr::{Expr, Operator, Volatility};
use pg_query::protobuf::{
    self, AExprKind, BoolExprType, BoolTestType, MinMaxOp, NullTestType, SqlValueFunctionOp,
    a_const::Val, node::Node as Kind,
};

use super::call::apply_kernel;
use super::coerce::{Wish, storage_of};
use super::scope::{Scope, reference};
use super::select::{Level, Place};
use super::{Analyzer, Typed, Unknown, position, strings};
use crate::engine::catalog::system::system;
use crate::engine::functions::{self, lift};
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

/// Where an expression stands: the names it sees and the query level it belongs to.
#[derive(Clone, Copy)]
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

fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

fn missing_node() -> Fault {
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

    fn constant(&self, constant: &protobuf::AConst) -> Result<Typed, Fault> {
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
                let digits = value.bsval.get(1..).unwrap_or_default();
                Typed::literal(ScalarValue::Utf8View(Some(digits.to_owned())), types::BIT)
            }
        }
        .at(location))
    }

    fn parameter_reference(&self, parameter: protobuf::ParamRef) -> Result<Typed, Fault> {
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
        self.mention_parameter(index)?;
        Ok(match self.parameter(index) {
            Some(kind) => self.parameter_value(index, kind).at(parameter.location),
            None => Typed::unknown(Unknown::Parameter(index), parameter.location),
        })
    }

    fn column_reference(
        &self,
        node: &protobuf::ColumnRef,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = node.location;
        let names = strings(&node.fields);
        if names.len() != node.fields.len() {
            return Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                "row expansion via \"*\" is not supported here",
            )
            .at(position(location)));
        }
        let found = self
            .named(&names, frame)
            .map_err(|fault| fault.at(position(location)))?;
        frame.level.note_location(&found.expr, location, &names);
        Ok(found.at(location))
    }

    fn named(&self, names: &[&str], frame: Frame<'_>) -> Result<Typed, Fault> {
        match names {
            [name] => self.bare_name(name, frame),
            [table, name] => self.qualified_name(None, table, name, frame),
            [schema, table, name] => self.qualified_name(Some(schema), table, name, frame),
            [database, schema, table, name] if **database == *self.context.database => {
                self.qualified_name(Some(schema), table, name, frame)
            }
            _ => Err(Fault::new(
                SqlState::SYNTAX_ERROR,
                format!(
                    "improper qualified name (too many dotted names): {}",
                    names.join(".")
                ),
            )),
        }
    }

    fn bare_name(&self, name: &str, frame: Frame<'_>) -> Result<Typed, Fault> {
        if let Some(found) = frame.scope.column(name)? {
            return Ok(found);
        }
        if let Some((item, crossed)) = frame.scope.item(None, name)? {
            let crossed = crossed.clone();
            return self.whole_row(&item.clone(), &crossed);
        }
        Err(Fault::new(
            SqlState::UNDEFINED_COLUMN,
            format!("column \"{name}\" does not exist"),
        ))
    }

    fn qualified_name(
        &self,
        schema: Option<&str>,
        table: &str,
        name: &str,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let Some((item, crossed)) = frame.scope.item(schema, table)? else {
            // `record_column.field` is written with parentheses, so a missing entry is an error.
            let shown =
                schema.map_or_else(|| table.to_owned(), |schema| format!("{schema}.{table}"));
            return Err(missing_from(&shown, frame.scope, table));
        };
        if let Some(column) = item.columns.iter().find(|column| column.name == name) {
            return Ok(reference(column, &crossed));
        }
        if name == "tableoid"
            && let Some(relation) = &item.relation
        {
            return Ok(Typed::literal(
                ScalarValue::UInt32(Some(relation.oid.0)),
                types::OID,
            ));
        }
        Err(Fault::new(
            SqlState::UNDEFINED_COLUMN,
            format!("column {table}.{name} does not exist"),
        ))
    }

    /// A FROM entry as one value.
    pub(super) fn whole_row(
        &self,
        item: &super::scope::Item,
        crossed: &[&std::cell::RefCell<Vec<String>>],
    ) -> Result<Typed, Fault> {
        if item.scalar
            && let Some(column) = item.columns.first()
        {
            return Ok(reference(column, crossed));
        }
        let fields: Vec<_> = item
            .columns
            .iter()
            .map(|column| reference(column, crossed))
            .collect();
        let names = item.columns.iter().map(|column| column.name.clone());
        Ok(self.record(fields, names))
    }

    /// A record of values under names.
    pub(super) fn record(&self, fields: Vec<Typed>, names: impl Iterator<Item = String>) -> Typed {
        let record: super::scope::RecordFields =
            std::sync::Arc::new(names.zip(fields.iter().map(|field| field.kind)).collect());
        let kind = Type::plain(types::RECORD);
        let storage = storage_of(kind, Some(&record));
        let expr = apply_kernel(
            "row",
            Volatility::Immutable,
            fields,
            kind,
            storage,
            lift::row(),
        );
        Typed {
            record: Some(record),
            ..Typed::new(expr, kind)
        }
    }

    fn type_cast(&self, cast: &protobuf::TypeCast, frame: Frame<'_>) -> Result<Typed, Fault> {
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
        let result = self.cast_to(value, target, location)?;
        Ok(Typed {
            table: crate::ident::Oid::INVALID,
            number: 0,
            ..result
        }
        .at(location))
    }

    fn operation(&self, operation: &protobuf::AExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
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
            return Ok(Typed::new(
                binary(sort_key(left), Operator::Eq, sort_key(right)),
                types::BOOL,
            )
            .at(location));
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
            _ => Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("could not determine interpretation of row comparison operator {name}"),
            )
            .hint("Row comparison operators must be associated with btree operator families.")
            .at(position(location))),
        }
    }

    fn distinct(
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
            let (left_key, right_key) = if left.kind.oid == right.kind.oid {
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

    fn null_if(&self, left: Typed, right: Typed, location: i32) -> Result<Typed, Fault> {
        let row = self.resolve_operator(None, "=", Some(&left), &right, location)?;
        let (arguments, _) = self.fit(
            vec![left.clone(), right],
            &[row.left, row.right],
            row.result,
        )?;
        let [first, second] = arguments.as_slice() else {
            return Err(missing_node());
        };
        let left = if left.unknown.is_some() {
            first.clone()
        } else {
            left
        };
        let equal = self.operate(None, "=", Some(first.clone()), second.clone(), location)?;
        let null = Expr::Literal(super::literal::null(left.kind)?, None);
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

    fn between(&self, operation: &protobuf::AExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
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

    fn in_list(
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
    fn plain_list(
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
            || common.oid == types::RECORD
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
        let slot = Typed::new(super::scope::column("element"), element);
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
        let value = Typed::new(super::scope::column("value"), left.kind);
        let test = self.operate(schema, name, Some(value), slot.clone(), location)?;
        let kernel = functions::any_all(
            &test.expr,
            types::storage(left.kind.oid),
            types::storage(element),
            any,
        )?;
        let storage = arrow::datatypes::DataType::Boolean;
        let function = if any { "any" } else { "all" };
        let label = format!("{function}_{}_{}", row.oid, element);
        let expr = apply_kernel(
            &label,
            Volatility::Stable,
            vec![left.clone(), right],
            Type::plain(types::BOOL),
            storage,
            kernel,
        );
        Ok(Typed::new(expr, types::BOOL).at(location))
    }

    fn logic(&self, logic: &protobuf::BoolExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
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

    fn case(&self, case: &protobuf::CaseExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
        let subject = case
            .arg
            .as_deref()
            .map(|node| self.expression(node, frame))
            .transpose()?;
        let subject = subject.map(|subject| self.settled(subject)).transpose()?;
        let (mut tests, mut results) = (Vec::new(), Vec::new());
        for when in &case.args {
            let Some(Kind::CaseWhen(when)) = when.node.as_ref() else {
                return Err(missing_node());
            };
            let test = when.expr.as_deref().ok_or_else(missing_node)?;
            tests.push(match &subject {
                Some(subject) => {
                    let value = self.expression(test, frame)?;
                    let location = value.location;
                    self.operate(None, "=", Some(subject.clone()), value, location)?
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
        let default = default.unwrap_or_else(|| Typed::unknown(Unknown::Null, -1));
        // PostgreSQL considers ELSE first when it looks for the common type.
        let all: Vec<_> = std::iter::once(default.clone())
            .chain(results.iter().cloned())
            .collect();
        let common = self.common_type(&all, "CASE")?;
        let default = self.to_common(default, common, "CASE/ELSE")?;
        let whens = tests
            .into_iter()
            .zip(results)
            .map(|(test, result)| {
                let result = self.to_common(result, common, "CASE/WHEN")?;
                Ok((Box::new(test.expr), Box::new(result.expr)))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let record = all.iter().find_map(|value| value.record.clone());
        let expr = Expr::Case(Case::new(None, whens, Some(Box::new(default.expr))));
        Ok(Typed {
            record,
            ..Typed::new(expr, common)
        }
        .at(case.location))
    }

    fn coalesce(
        &self,
        coalesce: &protobuf::CoalesceExpr,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let values = self.expressions(&coalesce.args, frame)?;
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

    fn extreme(&self, extreme: &protobuf::MinMaxExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
        let greatest = extreme.op() == MinMaxOp::IsGreatest;
        let what = if greatest { "GREATEST" } else { "LEAST" };
        let values = self.expressions(&extreme.args, frame)?;
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

    fn null_test(&self, test: &protobuf::NullTest, frame: Frame<'_>) -> Result<Typed, Fault> {
        let is_null = test.nulltesttype() == NullTestType::IsNull;
        let node = test.arg.as_deref().ok_or_else(missing_node)?;
        let tests: Vec<Expr> = match self.operand(node, frame)? {
            Operand::Row(fields) => fields.into_iter().map(|field| field.expr).collect(),
            Operand::One(value) => match &value.record {
                Some(record) if value.kind.oid == types::RECORD => (0..record.len())
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

    fn boolean_test(&self, test: &protobuf::BooleanTest, frame: Frame<'_>) -> Result<Typed, Fault> {
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

    fn array(
        &self,
        array: &protobuf::AArrayExpr,
        element: Option<Type>,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = array.location;
        let values = self.expressions(&array.elements, frame)?;
        if values.is_empty() && element.is_none() {
            return Err(Fault::new(
                SqlState::INDETERMINATE_DATATYPE,
                "cannot determine type of empty array",
            )
            .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
            .at(position(location)));
        }
        let common = match element {
            Some(element) => element,
            None => self.common_type(&values, "ARRAY")?,
        };
        if types::element(common.oid).is_some() {
            return Err(Fault::unsupported("a multidimensional array").at(position(location)));
        }
        let wish = if element.is_some() {
            Wish::Explicit
        } else {
            Wish::Implicit
        };
        let record = values.iter().find_map(|value| value.record.clone());
        let values = values
            .into_iter()
            .map(|value| match wish {
                Wish::Explicit => self.cast_to(value, common, location),
                Wish::Implicit => self.to_common(value, common, "ARRAY"),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let kind = types::array_of(common.oid).ok_or_else(|| {
            Fault::new(
                SqlState::UNDEFINED_OBJECT,
                format!(
                    "could not find array type for data type {}",
                    format_type(common)
                ),
            )
            .at(position(location))
        })?;
        let storage = storage_of(Type::plain(kind), record.as_ref());
        let expr = apply_kernel(
            "array",
            Volatility::Immutable,
            values,
            Type::plain(kind),
            storage,
            lift::array(),
        );
        Ok(Typed {
            record,
            ..Typed::new(expr, kind)
        }
        .at(location))
    }

    fn row(&self, row: &protobuf::RowExpr, frame: Frame<'_>) -> Result<Typed, Fault> {
        let values = self.expressions(&row.args, frame)?;
        let values = values
            .into_iter()
            .map(|value| {
                // A literal in a row keeps the type `unknown`, in the storage of text.
                let open = value.unknown.is_some();
                let value = self.settled(value)?;
                let kind = if open {
                    Type::plain(types::UNKNOWN)
                } else {
                    value.kind
                };
                Ok(Typed { kind, ..value })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let names: Vec<_> = (1..=values.len()).map(|at| format!("f{at}")).collect();
        Ok(self.record(values, names.into_iter()).at(row.location))
    }

    /// A field of a record, by its position from 0.
    pub(super) fn field(&self, record: &Typed, at: usize) -> Result<Typed, Fault> {
        let fields = record
            .record
            .as_ref()
            .ok_or_else(|| Fault::internal("a record without fields"))?;
        let kind = fields
            .get(at)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| Fault::internal("a field outside its record"))?;
        let kind = if kind.oid == types::UNKNOWN {
            Type::plain(types::TEXT)
        } else {
            kind
        };
        let expr = apply_kernel(
            &format!("field{}", at + 1),
            Volatility::Immutable,
            vec![record.clone()],
            kind,
            types::storage(kind.oid),
            lift::field(at),
        );
        Ok(Typed::new(expr, kind))
    }

    fn indirection(
        &self,
        indirection: &protobuf::AIndirection,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let mut value = self.child(indirection.arg.as_deref(), frame)?;
        for step in &indirection.indirection {
            value = match step.node.as_ref().ok_or_else(missing_node)? {
                Kind::String(name) => {
                    let at = value.record.as_ref().and_then(|fields| {
                        fields.iter().position(|(field, _)| *field == name.sval)
                    });
                    match at {
                        Some(at) => self.field(&value, at)?,
                        None if value.kind.oid == types::RECORD => {
                            return Err(Fault::new(
                                SqlState::UNDEFINED_COLUMN,
                                format!(
                                    "could not identify column \"{}\" in record data type",
                                    name.sval
                                ),
                            )
                            .at(position(value.location)));
                        }
                        None => {
                            return Err(Fault::new(
                                SqlState::WRONG_OBJECT_TYPE,
                                format!(
                                    "column notation .{} applied to type {}, which is not a composite type",
                                    name.sval,
                                    format_type(value.kind)
                                ),
                            )
                            .at(position(value.location)));
                        }
                    }
                }
                Kind::AIndices(indices) => self.subscript(value, indices, frame)?,
                _ => {
                    return Err(Fault::new(
                        SqlState::SYNTAX_ERROR,
                        "row expansion via \"*\" is not supported here",
                    ));
                }
            };
        }
        Ok(value)
    }

    fn subscript(
        &self,
        value: Typed,
        indices: &protobuf::AIndices,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = value.location;
        if value.kind.oid == types::JSONB {
            let index = self.child(indices.uidx.as_deref(), frame)?;
            return self.operate(None, "->", Some(value), index, location);
        }
        let base = super::coerce::base_type(value.kind.oid);
        let Some(element) = types::element(base) else {
            return Err(Fault::new(
                SqlState::DATATYPE_MISMATCH,
                format!(
                    "cannot subscript type {} because it does not support subscripting",
                    format_type(value.kind)
                ),
            )
            .at(position(location)));
        };
        let index = |node: Option<&protobuf::Node>| -> Result<Option<Typed>, Fault> {
            let Some(node) = node else { return Ok(None) };
            let index = self.expression(node, frame)?;
            let at = index.location;
            self.coerce(index, Type::plain(types::INT4), Wish::Explicit)?
                .map(Some)
                .ok_or_else(|| {
                    Fault::new(
                        SqlState::DATATYPE_MISMATCH,
                        "array subscript must have type integer",
                    )
                    .at(position(at))
                })
        };
        let lower = types::lower_bound(base);
        let null = || Typed::literal(ScalarValue::Int32(None), types::INT4);
        if indices.is_slice {
            let from = index(indices.lidx.as_deref())?
                .unwrap_or_else(|| Typed::literal(ScalarValue::Int32(Some(i32::MIN)), types::INT4));
            let to = index(indices.uidx.as_deref())?
                .unwrap_or_else(|| Typed::literal(ScalarValue::Int32(Some(i32::MAX)), types::INT4));
            let storage = storage_of(value.kind, value.record.as_ref());
            let (kind, record) = (value.kind, value.record.clone());
            let expr = apply_kernel(
                "slice",
                Volatility::Immutable,
                vec![value, from, to],
                kind,
                storage,
                lift::slice(lower),
            );
            return Ok(Typed {
                record,
                ..Typed::new(expr, kind)
            }
            .at(location));
        }
        let at = index(indices.uidx.as_deref())?.unwrap_or_else(null);
        let record = value.record.clone();
        let storage = storage_of(Type::plain(element), record.as_ref());
        let expr = apply_kernel(
            "subscript",
            Volatility::Immutable,
            vec![value, at],
            Type::plain(element),
            storage,
            lift::subscript(lower),
        );
        Ok(Typed {
            record,
            ..Typed::new(expr, element)
        }
        .at(location))
    }

    fn value_function(
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

    fn collate(&self, collate: &protobuf::CollateClause, frame: Frame<'_>) -> Result<Typed, Fault> {
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

/// One side of a comparison: a value, or a row constructor spread into its fields.
#[derive(Clone)]
pub(super) enum Operand {
    One(Typed),
    Row(Vec<Typed>),
}

impl Operand {
    fn into_one(self, analyzer: &Analyzer<'_>) -> Typed {
        match self {
            Self::One(value) => value,
            Self::Row(fields) => {
                let names: Vec<_> = (1..=fields.len()).map(|at| format!("f{at}")).collect();
                analyzer.record(fields, names.into_iter())
            }
        }
    }
}

fn missing_from(shown: &str, scope: &Scope<'_>, table: &str) -> Fault {
    let mut level = Some(scope);
    while let Some(current) = level {
        if current.items.iter().any(|item| {
            item.relation
                .as_ref()
                .is_some_and(|relation| relation.name == table && item.name != table)
        }) {
            let alias = current.items.iter().find(|item| {
                item.relation
                    .as_ref()
                    .is_some_and(|relation| relation.name == table)
            });
            let hint = alias.map(|item| {
                format!(
                    "Perhaps you meant to reference the table alias \"{}\".",
                    item.name
                )
            });
            let fault = Fault::new(
                SqlState::UNDEFINED_TABLE,
                format!("invalid reference to FROM-clause entry for table \"{shown}\""),
            );
            return match hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            };
        }
        level = current.parent;
    }
    Fault::new(
        SqlState::UNDEFINED_TABLE,
        format!("missing FROM-clause entry for table \"{shown}\""),
    )
}
