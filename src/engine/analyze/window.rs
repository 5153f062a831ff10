//! Window functions: manual 4.2.8.

mod frame;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, WindowFrame, WindowFunctionDefinition, cast,
};
use pg_query::protobuf::{self, node::Node as Kind};

use super::call::not_run;
use super::expressions::{Frame, sort_key};
use super::function::{Bound, kinds, result_storage};
use super::level::{Level, Place};
use super::scope::column;
use super::sorting::order;
use super::{Analyzer, Typed, position, refused};
use crate::engine::functions::Implementation;
use crate::engine::functions::window::{Body, framed, over_window};
use crate::pg::{Fault, SqlState, types};
use frame::{Limit, Span};

/// A window call of a query level: its column, what computes it, and its storage.
#[derive(Debug, Clone)]
pub(super) struct WindowCall {
    pub(super) id: String,
    pub(super) expr: Expr,
    pub(super) storage: DataType,
}

impl WindowCall {
    /// The column before it has the declared storage.
    fn raw(&self) -> String {
        format!("{}w", self.id)
    }
}

fn same_window(left: &Expr, right: &Expr) -> bool {
    let (Expr::WindowFunction(left), Expr::WindowFunction(right)) = (left, right) else {
        return false;
    };
    left.params.partition_by == right.params.partition_by
        && left.params.order_by == right.params.order_by
}

/// Refuses a window call where none may stand.
fn window_place(place: Place) -> Result<(), Fault> {
    match place {
        Place::Select | Place::OrderBy => Ok(()),
        Place::Window => Err(Fault::new(
            SqlState::WINDOWING_ERROR,
            "window function calls cannot be nested",
        )),
        Place::WindowDefinition => Err(Fault::new(
            SqlState::WINDOWING_ERROR,
            "window functions are not allowed in window definitions",
        )),
        Place::Aggregate => Err(Fault::new(
            SqlState::GROUPING_ERROR,
            "aggregate function calls cannot contain window function calls",
        )),
        place => Err(Fault::new(
            SqlState::WINDOWING_ERROR,
            format!("window functions are not allowed in {}", place.name()),
        )),
    }
}

/// Refuses what a call over a window cannot have.
fn check_call(call: &protobuf::FuncCall, bound: &Bound) -> Result<(), Fault> {
    let name = &bound.proc.name;
    let unsupported = |message: String| Err(Fault::new(SqlState::FEATURE_NOT_SUPPORTED, message));
    match bound.proc.kind {
        'a' | 'w' => {}
        _ => {
            return Err(Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!(
                    "OVER specified, but {name} is not a window function nor an aggregate function"
                ),
            ));
        }
    }
    if bound.proc.aggregate.is_some_and(|(kind, _)| kind != 'n') {
        if call.agg_within_group {
            return unsupported(format!(
                "OVER is not supported for ordered-set aggregate {name}"
            ));
        }
        return Err(Fault::new(
            SqlState::WRONG_OBJECT_TYPE,
            format!("WITHIN GROUP is required for ordered-set aggregate {name}"),
        ));
    }
    if bound.proc.kind == 'a' && bound.arguments.is_empty() && !call.agg_star {
        return Err(Fault::new(
            SqlState::WRONG_OBJECT_TYPE,
            format!("{name}(*) must be used to call a parameterless aggregate function"),
        ));
    }
    if call.agg_distinct {
        return unsupported(String::from(
            "DISTINCT is not implemented for window functions",
        ));
    }
    if !call.agg_order.is_empty() {
        return unsupported(String::from(
            "aggregate ORDER BY is not implemented for window functions",
        ));
    }
    if call.agg_filter.is_some() && bound.proc.kind == 'w' {
        return unsupported(String::from(
            "FILTER is not implemented for non-aggregate window functions",
        ));
    }
    Ok(())
}

/// Function, arguments, frame and filter of a call.
type Windowed = (
    WindowFunctionDefinition,
    Vec<Expr>,
    WindowFrame,
    Option<Box<Expr>>,
);

impl Analyzer<'_> {
    /// Registers a window call and stands its column in for it.
    pub(super) fn window_call(
        &self,
        call: &protobuf::FuncCall,
        over: &protobuf::WindowDef,
        bound: Bound,
        frame: Frame<'_>,
    ) -> Result<Typed, Fault> {
        let location = position(call.location);
        window_place(frame.place).map_err(|fault| fault.at(location))?;
        check_call(call, &bound).map_err(|fault| fault.at(location))?;
        let (result, record, storage) =
            (bound.result, bound.record.clone(), result_storage(&bound));
        let inner = frame.at(Place::WindowDefinition);
        let window = Self::window_definition(over, frame.level, 0)?;
        let partition_by = self.partition(&window.partition_clause, inner)?;
        let (order_by, ordered) = self.window_order(&window.order_clause, inner)?;
        let filter = call
            .agg_filter
            .as_deref()
            .map(|node| self.condition(node, frame.at(Place::Filter), "FILTER"))
            .transpose()?;
        let span = self.span(&window, ordered.as_slice(), &order_by, inner)?;
        let (fun, args, window_frame, filter) = self
            .windowed(bound, filter, span, &order_by)
            .map_err(|fault| fault.at(location))?;
        let params = WindowFunctionParams {
            args,
            partition_by,
            order_by,
            window_frame,
            filter,
            null_treatment: None,
            distinct: false,
        };
        let expr = Expr::from(WindowFunction { fun, params });
        let mut windows = frame.level.windows.borrow_mut();
        let same = |known: &&WindowCall| known.expr == expr && !expr.is_volatile();
        let id = match windows.iter().find(same) {
            Some(known) => known.id.clone(),
            None => {
                let id = self.fresh();
                windows.push(WindowCall {
                    id: id.clone(),
                    expr,
                    storage,
                });
                id
            }
        };
        Ok(Typed {
            record,
            ..Typed::new(column(&id), result)
        })
    }

    fn partition(&self, clause: &[protobuf::Node], frame: Frame<'_>) -> Result<Vec<Expr>, Fault> {
        let values = self.expressions(clause, frame)?.into_iter();
        let keys = values.map(|value| {
            let value = self.settled(value)?;
            value.comparable(false)?;
            Ok(sort_key(&value))
        });
        keys.collect()
    }

    /// What computes a call over a window, on what, over which frame.
    fn windowed(
        &self,
        bound: Bound,
        filter: Option<Typed>,
        span: Span,
        order_by: &[SortExpr],
    ) -> Result<Windowed, Fault> {
        let kinds = kinds(&bound.arguments);
        let name = bound.proc.name.clone();
        let nth = match bound.arguments.get(1).map(|argument| &argument.expr) {
            Some(Expr::Literal(ScalarValue::Int32(Some(nth)), _)) => *nth > 0,
            Some(_) => false,
            None => true,
        };
        let (fun, body, args) = match Self::implementation(bound.proc.oid) {
            Some(Implementation::Aggregate(_) | Implementation::Styled(_)) => {
                let aggregate = Self::aggregate_function(&bound)?;
                let aggregate = over_window(&aggregate, &types::storage(bound.result.oid));
                (
                    WindowFunctionDefinition::AggregateUDF(Arc::clone(&aggregate)),
                    Some(Body::Aggregate(aggregate)),
                    Self::aggregate_arguments(bound),
                )
            }
            Some(Implementation::Window(make)) => {
                let fun = WindowFunctionDefinition::WindowUDF(make(&kinds, bound.result)?);
                let body = match name.as_str() {
                    "first_value" => Some(Body::First),
                    "last_value" => Some(Body::Last),
                    "nth_value" => Some(Body::Nth),
                    _ => None,
                };
                let args = bound.arguments.into_iter().map(|argument| argument.expr);
                (fun, body, args.collect())
            }
            _ => return Err(not_run(bound.proc)),
        };
        let filter = filter.map(|filter| filter.expr);
        let Some(body) = body else {
            let frame = WindowFrame::new((!order_by.is_empty()).then_some(false));
            return Ok((fun, args, frame, None));
        };
        // DataFusion cannot take rows out of these again.
        let fixed = matches!(
            name.as_str(),
            "bool_and" | "bool_or" | "every" | "bit_and" | "bit_or" | "bit_xor"
        );
        let moves = !matches!(span.start, Limit::Unbounded);
        if (nth || name != "nth_value")
            && !(fixed && moves)
            && let Some(frame) = span.native(order_by)
        {
            return Ok((fun, args, frame, filter.map(Box::new)));
        }
        let (framing, args) = span.framing(args, filter, order_by);
        let fun = WindowFunctionDefinition::WindowUDF(framed(&name, body, framing));
        Ok((fun, args, WindowFrame::new(None), None))
    }

    /// A window with what it takes over from the window it names.
    fn window_definition(
        over: &protobuf::WindowDef,
        level: &Level,
        depth: usize,
    ) -> Result<protobuf::WindowDef, Fault> {
        let location = position(over.location);
        let named = |name: &str| {
            let found = level
                .named_windows
                .iter()
                .find(|window| window.name == name);
            found.ok_or_else(|| {
                Fault::new(
                    SqlState::UNDEFINED_OBJECT,
                    format!("window \"{name}\" does not exist"),
                )
                .at(location)
            })
        };
        if !over.name.is_empty() && depth == 0 {
            return Self::window_definition(named(&over.name)?, level, 1);
        }
        if over.refname.is_empty() {
            return Ok(over.clone());
        }
        if depth > level.named_windows.len() + 1 {
            return Err(Fault::new(
                SqlState::UNDEFINED_OBJECT,
                format!("window \"{}\" does not exist", over.refname),
            )
            .at(location));
        }
        let base = Self::window_definition(named(&over.refname)?, level, depth + 1)?;
        let refuse = |what: &str| {
            Fault::new(
                SqlState::WINDOWING_ERROR,
                format!("cannot override {what} of window \"{}\"", over.refname),
            )
            .at(location)
        };
        if !over.partition_clause.is_empty() {
            return Err(refuse("PARTITION BY clause"));
        }
        if !over.order_clause.is_empty() && !base.order_clause.is_empty() {
            return Err(refuse("ORDER BY clause"));
        }
        if base.frame_options & frame::NONDEFAULT != 0 {
            let bare = over.order_clause.is_empty() && over.frame_options & frame::NONDEFAULT == 0;
            let fault = Fault::new(
                SqlState::WINDOWING_ERROR,
                format!(
                    "cannot copy window \"{}\" because it has a frame clause",
                    over.refname
                ),
            )
            .at(location);
            return Err(if bare {
                fault.hint("Omit the parentheses in this OVER clause.")
            } else {
                fault
            });
        }
        let mut merged = over.clone();
        merged.partition_clause = base.partition_clause;
        if merged.order_clause.is_empty() {
            merged.order_clause = base.order_clause;
        }
        Ok(merged)
    }

    fn window_order(
        &self,
        clause: &[protobuf::Node],
        frame: Frame<'_>,
    ) -> Result<(Vec<SortExpr>, Vec<Typed>), Fault> {
        let (mut sorts, mut values) = (Vec::new(), Vec::new());
        for node in clause {
            let Some(Kind::SortBy(sort)) = node.node.as_ref() else {
                continue;
            };
            let value = self.child(sort.node.as_deref(), frame)?;
            let value = self.settled(value)?;
            value.comparable(true)?;
            let order = order(sort, 0);
            sorts.push(SortExpr::new(
                sort_key(&value),
                order.ascending,
                order.nulls_first,
            ));
            values.push(value);
        }
        Ok((sorts, values))
    }

    /// Computes the subqueries that window calls read as columns: a window cannot run them.
    fn subqueries_of_windows(
        &self,
        plan: LogicalPlan,
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        let mut computed: Vec<Expr> = Vec::new();
        for window in level.windows.borrow_mut().iter_mut() {
            let replaced = window.expr.clone().transform_down(|expr| {
                if !matches!(
                    expr,
                    Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_)
                ) {
                    return Ok(Transformed::no(expr));
                }
                let id = self.fresh();
                computed.push(expr.alias(&id));
                Ok(Transformed::new(column(&id), true, TreeNodeRecursion::Jump))
            });
            window.expr = replaced.data().map_err(refused)?;
        }
        if computed.is_empty() {
            return Ok(plan);
        }
        let columns = plan.schema().columns().into_iter().map(Expr::Column);
        let all: Vec<Expr> = columns.chain(computed).collect();
        LogicalPlanBuilder::from(plan)
            .project(all)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)
    }

    /// Adds the window calls of a level to the plan.
    pub(super) fn compute_windows(
        &self,
        plan: LogicalPlan,
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        if level.windows.borrow().is_empty() {
            return Ok(plan);
        }
        let plan = self.subqueries_of_windows(plan, level)?;
        let windows = level.windows.borrow();
        // Calls over the same partitions and order share one sort.
        let mut groups: Vec<(Expr, Vec<Expr>)> = Vec::new();
        for window in windows.iter() {
            let named = window.expr.clone().alias(window.raw());
            match groups
                .iter_mut()
                .find(|(first, _)| same_window(first, &window.expr))
            {
                Some((_, calls)) => calls.push(named),
                None => groups.push((window.expr.clone(), vec![named])),
            }
        }
        let mut all: Vec<Expr> = plan
            .schema()
            .columns()
            .into_iter()
            .map(Expr::Column)
            .collect();
        all.extend(
            windows.iter().map(|window| {
                cast(column(&window.raw()), window.storage.clone()).alias(&window.id)
            }),
        );
        let mut builder = LogicalPlanBuilder::from(plan);
        for (_, calls) in groups {
            builder = builder.window(calls).map_err(refused)?;
        }
        builder
            .project(all)
            .and_then(LogicalPlanBuilder::build)
            .map_err(refused)
    }
}
