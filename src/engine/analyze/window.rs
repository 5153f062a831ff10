//! Window functions: manual 4.2.8.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowFunctionDefinition, cast,
};
use pg_query::protobuf::{self, node::Node as Kind};

use super::call::not_run;
use super::coerce::Wish;
use super::expressions::{Frame, sort_key};
use super::function::{Bound, kinds, one, result_storage};
use super::scope::column;
use super::select::{Level, Place, order};
use super::{Analyzer, Typed, position, refused};
use crate::engine::functions::Implementation;
use crate::pg::{Fault, SqlState, Type, types};

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

/// The bits of `WindowDef.frame_options`, as PostgreSQL's grammar sets them.
mod bits {
    pub(super) const NONDEFAULT: i32 = 0x1;
    pub(super) const ROWS: i32 = 0x4;
    pub(super) const GROUPS: i32 = 0x8;
    pub(super) const START_UNBOUNDED_PRECEDING: i32 = 0x20;
    pub(super) const END_UNBOUNDED_FOLLOWING: i32 = 0x100;
    pub(super) const START_CURRENT_ROW: i32 = 0x200;
    pub(super) const END_CURRENT_ROW: i32 = 0x400;
    pub(super) const START_OFFSET_PRECEDING: i32 = 0x800;
    pub(super) const END_OFFSET_PRECEDING: i32 = 0x1000;
    pub(super) const EXCLUSION: i32 = 0x8000 | 0x1_0000 | 0x2_0000;
}

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
        if call.agg_distinct {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "DISTINCT is not implemented for window functions",
            )
            .at(location));
        }
        let (result, record, storage) =
            (bound.result, bound.record.clone(), result_storage(&bound));
        let fun = Self::window_function(&bound).map_err(|fault| fault.at(location))?;
        let inner = frame.at(Place::Window);
        let window = Self::window_definition(over, frame.level, 0)?;
        let partition = self.expressions(&window.partition_clause, inner)?;
        let partition_by = partition
            .into_iter()
            .map(|value| self.settled(value).map(|value| sort_key(&value)))
            .collect::<Result<Vec<_>, _>>()?;
        let (order_by, ordered) = self.window_order(&window.order_clause, inner)?;
        let filter = call
            .agg_filter
            .as_deref()
            .map(|node| self.condition(node, inner, "FILTER"))
            .transpose()?;
        let window_frame = self.window_frame(&window, ordered.as_slice(), inner)?;
        let is_aggregate = bound.proc.kind == 'a';
        let args = if bound.arguments.is_empty() && is_aggregate {
            vec![one()]
        } else {
            bound
                .arguments
                .into_iter()
                .map(|argument| argument.expr)
                .collect()
        };
        let params = WindowFunctionParams {
            args,
            partition_by,
            order_by,
            window_frame,
            filter: filter.map(|filter| Box::new(filter.expr)),
            null_treatment: None,
            distinct: false,
        };
        let id = self.fresh();
        let expr = Expr::from(WindowFunction { fun, params });
        frame.level.windows.borrow_mut().push(WindowCall {
            id: id.clone(),
            expr,
            storage,
        });
        Ok(Typed {
            record,
            ..Typed::new(column(&id), result)
        })
    }

    /// What computes a call over a window.
    fn window_function(bound: &Bound) -> Result<WindowFunctionDefinition, Fault> {
        let kinds = kinds(&bound.arguments);
        match Self::implementation(bound.proc.oid) {
            Some(Implementation::Aggregate(make)) => {
                make(&kinds, bound.result).map(WindowFunctionDefinition::AggregateUDF)
            }
            Some(Implementation::Window(make)) => {
                make(&kinds, bound.result).map(WindowFunctionDefinition::WindowUDF)
            }
            None if matches!(bound.proc.kind, 'a' | 'w') => Err(not_run(bound.proc)),
            _ => Err(Fault::new(
                SqlState::WRONG_OBJECT_TYPE,
                format!(
                    "OVER specified, but {} is not a window function nor an aggregate function",
                    bound.proc.name
                ),
            )),
        }
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

    fn window_frame(
        &self,
        window: &protobuf::WindowDef,
        ordered: &[Typed],
        frame: Frame<'_>,
    ) -> Result<WindowFrame, Fault> {
        let options = window.frame_options;
        let unbounded = || ScalarValue::UInt64(None);
        if options & bits::NONDEFAULT == 0 {
            // RANGE UNBOUNDED PRECEDING TO CURRENT ROW; without ORDER BY all rows are peers.
            let end = if ordered.is_empty() {
                WindowFrameBound::Following(unbounded())
            } else {
                WindowFrameBound::CurrentRow
            };
            let units = if ordered.is_empty() {
                WindowFrameUnits::Rows
            } else {
                WindowFrameUnits::Range
            };
            return Ok(WindowFrame::new_bounds(
                units,
                WindowFrameBound::Preceding(unbounded()),
                end,
            ));
        }
        let location = position(window.location);
        if options & bits::EXCLUSION != 0 {
            return Err(Fault::unsupported("EXCLUDE in a window frame").at(location));
        }
        let mut units = match options {
            options if options & bits::ROWS != 0 => WindowFrameUnits::Rows,
            options if options & bits::GROUPS != 0 => WindowFrameUnits::Groups,
            _ => WindowFrameUnits::Range,
        };
        if units == WindowFrameUnits::Groups && ordered.is_empty() {
            return Err(Fault::new(
                SqlState::WINDOWING_ERROR,
                "GROUPS mode requires an ORDER BY clause",
            )
            .at(location));
        }
        let offset = |node: Option<&protobuf::Node>| {
            self.frame_offset(node, units, ordered, frame, location)
        };
        let mut start = match options {
            options if options & bits::START_UNBOUNDED_PRECEDING != 0 => {
                WindowFrameBound::Preceding(unbounded())
            }
            options if options & bits::START_CURRENT_ROW != 0 => WindowFrameBound::CurrentRow,
            options if options & bits::START_OFFSET_PRECEDING != 0 => {
                WindowFrameBound::Preceding(offset(window.start_offset.as_deref())?)
            }
            _ => WindowFrameBound::Following(offset(window.start_offset.as_deref())?),
        };
        let mut end = match options {
            options if options & bits::END_UNBOUNDED_FOLLOWING != 0 => {
                WindowFrameBound::Following(unbounded())
            }
            options if options & bits::END_CURRENT_ROW != 0 => WindowFrameBound::CurrentRow,
            options if options & bits::END_OFFSET_PRECEDING != 0 => {
                WindowFrameBound::Preceding(offset(window.end_offset.as_deref())?)
            }
            _ => WindowFrameBound::Following(offset(window.end_offset.as_deref())?),
        };
        if units == WindowFrameUnits::Range && ordered.is_empty() {
            // All rows are peers of the current one.
            units = WindowFrameUnits::Rows;
            start = WindowFrameBound::Preceding(unbounded());
            end = WindowFrameBound::Following(unbounded());
        }
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    fn frame_offset(
        &self,
        node: Option<&protobuf::Node>,
        units: WindowFrameUnits,
        ordered: &[Typed],
        frame: Frame<'_>,
        location: Option<u32>,
    ) -> Result<ScalarValue, Fault> {
        let value = self.child(node, frame)?;
        let kind = match (units, ordered) {
            (WindowFrameUnits::Range, [only]) => match only.kind.oid {
                types::DATE | types::TIMESTAMP | types::TIMESTAMPTZ | types::TIME => {
                    types::INTERVAL
                }
                other => other,
            },
            (WindowFrameUnits::Range, _) => {
                return Err(Fault::new(
                    SqlState::WINDOWING_ERROR,
                    "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
                )
                .at(location));
            }
            _ => types::INT8,
        };
        if units == WindowFrameUnits::Range
            && crate::engine::functions::sort_key(Type::plain(
                ordered.first().map_or(kind, |only| only.kind.oid),
            ))
            .is_some()
        {
            return Err(Fault::unsupported("RANGE with an offset over this type").at(location));
        }
        let value = self
            .coerce(value, Type::plain(kind), Wish::Implicit)?
            .ok_or_else(|| Fault::unsupported("a frame offset of this type").at(location))?;
        let simplified = datafusion::optimizer::simplify_expressions::ExprSimplifier::new(
            self.simplify_context(),
        )
        .simplify(value.expr)
        .map_err(refused)?;
        let Expr::Literal(scalar, _) = simplified else {
            return Err(Fault::unsupported("a frame offset that is not constant").at(location));
        };
        if scalar.is_null() {
            return Err(Fault::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "frame starting offset must not be null",
            ));
        }
        match (units, scalar) {
            (WindowFrameUnits::Range, scalar) => Ok(scalar),
            (_, ScalarValue::Int64(Some(count))) => match u64::try_from(count) {
                Ok(count) => Ok(ScalarValue::UInt64(Some(count))),
                Err(_) => Err(Fault::new(
                    SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                    "frame starting offset must not be negative",
                )),
            },
            (_, other) => Ok(other),
        }
    }

    /// Adds the window calls of a level to the plan.
    pub(super) fn compute_windows(
        &self,
        plan: LogicalPlan,
        level: &Level,
    ) -> Result<LogicalPlan, Fault> {
        let windows = level.windows.borrow();
        if windows.is_empty() {
            return Ok(plan);
        }
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
