//! LIMIT and OFFSET: manual 7.6.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNode;
use datafusion::functions_window::expr_fn as window_fn;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlanBuilder, SortExpr, lit};
use pg_query::protobuf;

use super::expressions::Frame;
use super::level::{Level, Place};
use super::scope::column;
use super::subquery::Pending;
use super::{Analyzer, Unknown, position, refused};
use crate::pg::{Fault, SqlState, types};

impl Analyzer<'_> {
    /// LIMIT and OFFSET whose values are known when the query runs: rows are numbered and filtered.
    pub(super) fn computed_limit(
        &self,
        builder: LogicalPlanBuilder,
        sorts: Vec<SortExpr>,
        skip: Option<RowCount>,
        fetch: Option<RowCount>,
    ) -> Result<LogicalPlanBuilder, Fault> {
        let id = self.fresh();
        let number = window_fn::row_number()
            .order_by(sorts)
            .build()
            .map_err(refused)?
            .alias(&id);
        let mut plan = builder
            .window(vec![number])
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)?;
        let number = datafusion::logical_expr::cast(column(&id), arrow::datatypes::DataType::Int64);
        let mut value = |count: Option<RowCount>| -> Result<Option<Expr>, Fault> {
            let Some(count) = count else { return Ok(None) };
            for pending in count.subqueries {
                plan = pending.attach(plan.clone())?;
            }
            Ok(Some(count.value))
        };
        let zero = || lit(0_i64);
        let skip = value(skip)?.map_or_else(zero, |skip| {
            datafusion::functions::core::expr_fn::coalesce(vec![skip, zero()])
        });
        let mut keep = number.clone().gt(skip.clone());
        if let Some(fetch) = value(fetch)? {
            let open = fetch.clone().is_null();
            keep = keep.and(open.or(number.lt_eq(skip + fetch)));
        }
        LogicalPlanBuilder::from(plan)
            .filter(keep)
            .and_then(|builder| builder.sort(vec![column(&id).sort(true, false)]))
            .map_err(refused)
    }

    /// A LIMIT or OFFSET value; `None` for none, ALL and NULL.
    pub(super) fn row_count(
        &self,
        node: Option<&protobuf::Node>,
        frame: Frame<'_>,
        what: &str,
    ) -> Result<Option<RowCount>, Fault> {
        let Some(node) = node else { return Ok(None) };
        let level = Level::default();
        let frame = Frame {
            level: &level,
            place: Place::Limit,
            ..frame
        };
        let mut value = self.expression(node, frame)?;
        let location = value.location;
        if value.unknown == Some(Unknown::Null) {
            return Ok(None);
        }
        let subqueries = std::mem::take(&mut *level.subqueries.borrow_mut());
        let read = subqueries
            .iter()
            .flat_map(|pending| pending.parameters.iter().map(|(_, value)| value))
            .chain([&value.expr]);
        if let Some(at) = self.own_column(read, frame) {
            return Err(Fault::new(
                SqlState::INVALID_COLUMN_REFERENCE,
                format!("argument of {what} must not contain variables"),
            )
            .at(position(at)));
        }
        if super::coerce::type_category(value.kind.oid) == 'N' {
            // PostgreSQL assigns here: 2.5 rows are 3.
            value = self.cast_to(value, types::INT8.into(), location)?;
        }
        let value = self.require(value, types::INT8, what)?;
        if !subqueries.is_empty() || value.expr.contains_outer() || value.expr.is_volatile() {
            return Ok(Some(RowCount {
                value: value.expr,
                subqueries,
                computed: true,
            }));
        }
        let value = datafusion::optimizer::simplify_expressions::ExprSimplifier::new(
            self.simplify_context(),
        )
        .simplify(value.expr)
        .map_err(refused)?;
        match &value {
            Expr::Literal(ScalarValue::Int64(Some(count)), _) if *count < 0 => {
                let state = if what == "LIMIT" {
                    SqlState::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE
                } else {
                    SqlState::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE
                };
                Err(Fault::new(state, format!("{what} must not be negative")))
            }
            Expr::Literal(scalar, _) if scalar.is_null() => Ok(None),
            Expr::Literal(..) | Expr::Placeholder(_) => Ok(Some(RowCount {
                value,
                subqueries,
                computed: false,
            })),
            // A constant that cannot be computed: it is beyond what counts rows.
            _ if !has_placeholder(&value) => Err(Fault::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                "bigint out of range",
            )),
            _ => Ok(Some(RowCount {
                value,
                subqueries,
                computed: false,
            })),
        }
    }

    /// Where the first column of the level itself is mentioned in some expressions.
    fn own_column<'e>(
        &self,
        exprs: impl Iterator<Item = &'e Expr>,
        frame: Frame<'_>,
    ) -> Option<i32> {
        let mut found = None;
        for expr in exprs {
            for column in expr.column_refs() {
                let items = frame.scope.items.iter();
                let mut columns = items.flat_map(|item| &item.columns);
                if columns.any(|own| own.id == column.name) {
                    let own = frame.level.location(&column.name);
                    let mention = own.or_else(|| self.outer_mention(&column.name));
                    found = found.or(mention.map(|(at, _)| at)).or(Some(-1));
                }
            }
        }
        found
    }
}

fn has_placeholder(expr: &Expr) -> bool {
    let found = expr.exists(|expr| Ok(matches!(expr, Expr::Placeholder(_))));
    found.unwrap_or(true)
}

/// The value of LIMIT or OFFSET.
pub(super) struct RowCount {
    pub(super) value: Expr,
    subqueries: Vec<Pending>,
    /// It is only known when the query runs.
    pub(super) computed: bool,
}
