//! Calls over frames that DataFusion does not have: EXCLUDE, RANGE with an offset over any type,
//! offsets that are not literals, and aggregates it cannot move along.
//!
//! The rows of a partition come at once. The frame of each row is up to three ranges of rows; an
//! aggregate goes on from the row before where its frame only grew, else starts anew.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::{SortOptions, filter, take};
use arrow::datatypes::{FieldRef, Int32Type, Int64Type, Schema};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::function::{
    AccumulatorArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs,
};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;

use super::carried;
use crate::pg::{Fault, SqlState};

/// What is computed over a frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    /// An aggregate.
    Aggregate(Arc<AggregateUDF>),
    /// `first_value`.
    First,
    /// `last_value`.
    Last,
    /// `nth_value`: the second argument says which.
    Nth,
}

/// How the ends of a frame are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    /// In rows.
    Rows,
    /// In groups of peers.
    Groups,
    /// By the value of the only ORDER BY column.
    Range,
}

/// One end of a frame. Offsets are arguments of the call: a count, or the value at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// The start of the partition for a start, its end for an end.
    Unbounded,
    /// The row or its peers.
    Current,
    /// Before the row.
    Preceding,
    /// After the row.
    Following,
}

/// What EXCLUDE takes out of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Exclude {
    /// Nothing.
    NoOthers,
    /// The row itself.
    CurrentRow,
    /// The row and its peers.
    Group,
    /// The peers of the row, not itself.
    Ties,
}

/// A frame and where its parts stand among the arguments: the function's own, then the filter, the
/// ORDER BY keys, and for each offset its value and, for RANGE, whether it is negative.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Framing {
    /// The unit of both ends.
    pub(crate) unit: Unit,
    /// Where it starts.
    pub(crate) start: End,
    /// Where it ends.
    pub(crate) end: End,
    /// What is left out.
    pub(crate) exclude: Exclude,
    /// How many arguments the function itself has.
    pub(crate) arguments: usize,
    /// Whether a filter follows them.
    pub(crate) filtered: bool,
    /// How the ORDER BY keys are ordered: descending, NULLs first.
    pub(crate) orders: Vec<(bool, bool)>,
}

/// A window function of this body over this frame.
pub(crate) fn framed(name: &str, body: Body, framing: Framing) -> Arc<WindowUDF> {
    Arc::new(WindowUDF::from(Framed {
        name: name.to_owned(),
        body,
        framing,
        signature: Signature::variadic_any(Volatility::Immutable),
    }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Framed {
    name: String,
    body: Body,
    framing: Framing,
    signature: Signature,
}

impl Framed {
    fn result(&self, fields: &[FieldRef], name: &str) -> PlanResult<FieldRef> {
        let own = fields.get(..self.framing.arguments).unwrap_or(fields);
        let field = match &self.body {
            Body::Aggregate(aggregate) => aggregate.return_field(own)?,
            _ => match own.first() {
                Some(field) => Arc::clone(field),
                None => return Err(missing()),
            },
        };
        Ok(Arc::new(
            field.as_ref().clone().with_name(name).with_nullable(true),
        ))
    }
}

impl WindowUDFImpl for Framed {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(
        &self,
        arguments: PartitionEvaluatorArgs,
    ) -> PlanResult<Box<dyn PartitionEvaluator>> {
        let fields = arguments.input_fields();
        let own = fields.get(..self.framing.arguments).unwrap_or(fields);
        let expressions = arguments.input_exprs();
        Ok(Box::new(Evaluator {
            body: self.body.clone(),
            framing: self.framing.clone(),
            result: self.result(fields, &self.name)?,
            expressions: expressions
                .get(..self.framing.arguments)
                .unwrap_or(expressions)
                .to_vec(),
            fields: own.to_vec(),
        }))
    }

    fn field(&self, arguments: WindowUDFFieldArgs) -> PlanResult<FieldRef> {
        self.result(arguments.input_fields(), arguments.name())
    }
}

fn missing() -> DataFusionError {
    DataFusionError::Internal(String::from("a framed call lacks an argument"))
}

#[derive(Debug)]
struct Evaluator {
    body: Body,
    framing: Framing,
    result: FieldRef,
    expressions: Vec<Arc<dyn PhysicalExpr>>,
    fields: Vec<FieldRef>,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> PlanResult<ArrayRef> {
        let framing = &self.framing;
        let mut at = framing.arguments;
        let kept = if framing.filtered {
            at += 1;
            values.get(at - 1).and_then(|kept| kept.as_boolean_opt())
        } else {
            None
        };
        let keys = values
            .get(at..at + framing.orders.len())
            .ok_or_else(missing)?;
        let offsets = values.get(at + framing.orders.len()..).unwrap_or_default();
        let frames = Frames::new(framing, keys, offsets, rows)?;
        let own = values.get(..framing.arguments).unwrap_or_default();
        match &self.body {
            Body::Aggregate(aggregate) => {
                let aggregate = Arc::clone(aggregate);
                self.aggregated(&aggregate, own, kept, &frames, rows)
            }
            body => picked(body, own, &frames, rows),
        }
    }
}

impl Evaluator {
    fn accumulator(&self, aggregate: &AggregateUDF) -> PlanResult<Box<dyn Accumulator>> {
        let schema = Schema::new(self.fields.clone());
        aggregate.accumulator(AccumulatorArgs {
            return_field: Arc::clone(&self.result),
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: aggregate.name(),
            is_distinct: false,
            exprs: &self.expressions,
            expr_fields: &self.fields,
        })
    }

    fn aggregated(
        &self,
        aggregate: &AggregateUDF,
        own: &[ArrayRef],
        kept: Option<&BooleanArray>,
        frames: &Frames,
        rows: usize,
    ) -> PlanResult<ArrayRef> {
        let mut results: Vec<ScalarValue> = Vec::with_capacity(rows);
        let mut accumulator = self.accumulator(aggregate)?;
        let mut before: Vec<Range<usize>> = Vec::new();
        for row in 0..rows {
            let frame = frames.of(row)?;
            if row > 0 && frame == before {
                let same = results.last().cloned().ok_or_else(missing)?;
                results.push(same);
                continue;
            }
            let grown = match (before.as_slice(), frame.as_slice()) {
                ([old], [new]) if row > 0 && old.start == new.start && old.end <= new.end => {
                    Some(old.end..new.end)
                }
                _ => None,
            };
            let new = match grown {
                Some(more) => vec![more],
                None => {
                    accumulator = self.accumulator(aggregate)?;
                    frame.clone()
                }
            };
            for range in new {
                let batch = slices(own, kept, &range)?;
                if batch.first().is_some_and(|array| !array.is_empty()) {
                    accumulator.update_batch(&batch)?;
                }
            }
            results.push(accumulator.evaluate()?);
            before = frame;
        }
        if results.is_empty() {
            return Ok(new_null_array(self.result.data_type(), 0));
        }
        ScalarValue::iter_to_array(results)
    }
}

/// The rows of a range that pass the filter.
fn slices(
    own: &[ArrayRef],
    kept: Option<&BooleanArray>,
    range: &Range<usize>,
) -> PlanResult<Vec<ArrayRef>> {
    let kept = kept.map(|kept| kept.slice(range.start, range.len()));
    own.iter()
        .map(|array| {
            let part = array.slice(range.start, range.len());
            match &kept {
                Some(kept) => Ok(filter(&part, kept)?),
                None => Ok(part),
            }
        })
        .collect()
}

/// `first_value`, `last_value` and `nth_value`.
fn picked(body: &Body, own: &[ArrayRef], frames: &Frames, rows: usize) -> PlanResult<ArrayRef> {
    let values = own.first().ok_or_else(missing)?;
    let counts = own
        .get(1)
        .and_then(|array| array.as_primitive_opt::<Int32Type>());
    let mut picks = Vec::with_capacity(rows);
    for row in 0..rows {
        let frame = frames.of(row)?;
        let pick = match body {
            Body::Last => frame
                .iter()
                .rev()
                .find(|range| !range.is_empty())
                .map(|range| range.end - 1),
            Body::Nth => match counts {
                Some(counts) if counts.is_valid(row) => {
                    let nth = usize::try_from(counts.value(row)).unwrap_or(0);
                    if nth == 0 {
                        return Err(carried(Fault::new(
                            SqlState::INVALID_ARGUMENT_FOR_NTH_VALUE,
                            "argument of nth_value must be greater than zero",
                        )));
                    }
                    frame.iter().cloned().flatten().nth(nth - 1)
                }
                _ => None,
            },
            _ => frame.iter().cloned().flatten().next(),
        };
        picks.push(pick.and_then(|pick| u32::try_from(pick).ok()));
    }
    Ok(take(values, &UInt32Array::from(picks), None)?)
}

/// Where the frame of each row of a partition lies.
struct Frames {
    unit: Unit,
    exclude: Exclude,
    rows: usize,
    /// For each row, its group of peers.
    group_of: Vec<usize>,
    /// The groups, in order.
    groups: Vec<Range<usize>>,
    start: Edge,
    end: Edge,
}

/// One end of the frames of a partition.
enum Edge {
    Unbounded,
    Current,
    /// So many rows or groups before or after.
    Count {
        count: usize,
        following: bool,
    },
    /// For each row, the first row that is not before the end (of a start) or is after it (of an end).
    At(Vec<usize>),
}

impl Frames {
    fn new(
        framing: &Framing,
        keys: &[ArrayRef],
        offsets: &[ArrayRef],
        rows: usize,
    ) -> PlanResult<Self> {
        let sorted = Sorted::new(framing, keys)?;
        let mut groups: Vec<Range<usize>> = Vec::new();
        let mut group_of = Vec::with_capacity(rows);
        for row in 0..rows {
            match groups.last_mut() {
                Some(group) if sorted.peers(row - 1, row) => group.end = row + 1,
                _ => groups.push(row..row + 1),
            }
            group_of.push(groups.len() - 1);
        }
        let mut offsets = offsets.iter();
        let mut edge = |end: End, starting: bool| -> PlanResult<Edge> {
            let following = match end {
                End::Unbounded => return Ok(Edge::Unbounded),
                End::Current => return Ok(Edge::Current),
                End::Preceding => false,
                End::Following => true,
            };
            let value = offsets.next().ok_or_else(missing)?;
            if framing.unit == Unit::Range {
                let negative = offsets.next().ok_or_else(missing)?;
                check_range(negative, starting).map_err(carried)?;
                return sorted.bounds(value, starting).map(Edge::At);
            }
            let count = check_count(value, starting).map_err(carried)?;
            Ok(Edge::Count { count, following })
        };
        let start = edge(framing.start, true)?;
        let end = edge(framing.end, false)?;
        Ok(Self {
            unit: framing.unit,
            exclude: framing.exclude,
            rows,
            group_of,
            groups,
            start,
            end,
        })
    }

    /// The frame of a row: ranges in order, without gaps of nothing.
    fn of(&self, row: usize) -> PlanResult<Vec<Range<usize>>> {
        let group = self.group_of.get(row).copied().ok_or_else(missing)?;
        let peers = self.groups.get(group).cloned().ok_or_else(missing)?;
        let start = self.first(row, group, &peers);
        let end = self.past(row, group, &peers);
        let whole = start..end.max(start);
        let without = |hole: Range<usize>| {
            let (from, to) = (
                hole.start.clamp(whole.start, whole.end),
                hole.end.clamp(whole.start, whole.end),
            );
            [whole.start..from, to..whole.end]
        };
        let parts = match self.exclude {
            Exclude::NoOthers => vec![whole],
            Exclude::CurrentRow => without(row..row + 1).to_vec(),
            Exclude::Group => without(peers).to_vec(),
            Exclude::Ties => {
                let [before, after] = without(peers);
                let own = row.max(whole.start)..(row + 1).min(whole.end);
                vec![before, own, after]
            }
        };
        Ok(parts.into_iter().filter(|part| !part.is_empty()).collect())
    }

    fn first(&self, row: usize, group: usize, peers: &Range<usize>) -> usize {
        match (&self.start, self.unit) {
            (Edge::Unbounded, _) => 0,
            (Edge::Current, Unit::Rows) => row,
            (Edge::Current, _) => peers.start,
            (Edge::At(bounds), _) => bounds.get(row).copied().unwrap_or(0),
            (Edge::Count { count, following }, Unit::Rows) => {
                shifted(row, *count, *following).map_or(0, |row| row.min(self.rows))
            }
            (Edge::Count { count, following }, _) => match shifted(group, *count, *following) {
                Some(group) => self
                    .groups
                    .get(group)
                    .map_or(self.rows, |group| group.start),
                None => 0,
            },
        }
    }

    fn past(&self, row: usize, group: usize, peers: &Range<usize>) -> usize {
        match (&self.end, self.unit) {
            (Edge::Unbounded, _) => self.rows,
            (Edge::Current, Unit::Rows) => row + 1,
            (Edge::Current, _) => peers.end,
            (Edge::At(bounds), _) => bounds.get(row).copied().unwrap_or(0),
            (Edge::Count { count, following }, Unit::Rows) => shifted(row, *count, *following)
                .map_or(0, |row| row.saturating_add(1).min(self.rows)),
            (Edge::Count { count, following }, _) => match shifted(group, *count, *following) {
                Some(group) => self.groups.get(group).map_or(self.rows, |group| group.end),
                None => 0,
            },
        }
    }
}

/// So many places before or after; `None` before the first.
fn shifted(at: usize, count: usize, following: bool) -> Option<usize> {
    if following {
        Some(at.saturating_add(count))
    } else {
        at.checked_sub(count)
    }
}

fn null_offset(starting: bool) -> Fault {
    let end = if starting { "starting" } else { "ending" };
    Fault::new(
        SqlState::NULL_VALUE_NOT_ALLOWED,
        format!("frame {end} offset must not be null"),
    )
}

/// The offset of ROWS or GROUPS, which is the same for every row.
fn check_count(offsets: &ArrayRef, starting: bool) -> Result<usize, Fault> {
    let counts = offsets
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| Fault::internal("a frame offset is not int8"))?;
    if counts.is_empty() || counts.is_null(0) {
        return Err(null_offset(starting));
    }
    usize::try_from(counts.value(0)).map_err(|_| {
        let end = if starting { "starting" } else { "ending" };
        Fault::new(
            SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE,
            format!("frame {end} offset must not be negative"),
        )
    })
}

/// Refuses a RANGE offset that is NULL or negative, which it is for every row or none.
fn check_range(negative: &ArrayRef, starting: bool) -> Result<(), Fault> {
    let negative = negative
        .as_boolean_opt()
        .ok_or_else(|| Fault::internal("a comparison is not boolean"))?;
    if negative.is_empty() || negative.is_null(0) {
        return Err(null_offset(starting));
    }
    if negative.value(0) {
        return Err(Fault::new(
            SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE,
            "invalid preceding or following size in window function",
        ));
    }
    Ok(())
}

/// The ORDER BY keys of a partition, comparable.
struct Sorted {
    converter: Option<RowConverter>,
    keys: Option<Rows>,
}

impl Sorted {
    fn new(framing: &Framing, keys: &[ArrayRef]) -> PlanResult<Self> {
        if keys.is_empty() {
            return Ok(Self {
                converter: None,
                keys: None,
            });
        }
        let fields = keys.iter().zip(&framing.orders).map(|(key, order)| {
            let options = SortOptions {
                descending: order.0,
                nulls_first: order.1,
            };
            SortField::new_with_options(key.data_type().clone(), options)
        });
        let converter = RowConverter::new(fields.collect())?;
        let keys = converter.convert_columns(keys)?;
        Ok(Self {
            converter: Some(converter),
            keys: Some(keys),
        })
    }

    fn peers(&self, a: usize, b: usize) -> bool {
        self.keys
            .as_ref()
            .is_none_or(|keys| keys.row(a) == keys.row(b))
    }

    /// For each row, where the value at the end of its frame stands among the keys.
    fn bounds(&self, values: &ArrayRef, starting: bool) -> PlanResult<Vec<usize>> {
        let (Some(converter), Some(keys)) = (&self.converter, &self.keys) else {
            return Err(missing());
        };
        let bounds = converter.convert_columns(&[Arc::clone(values)])?;
        let rows = keys.num_rows();
        Ok((0..rows)
            .map(|row| {
                let bound = bounds.row(row);
                let (mut low, mut high) = (0, rows);
                while low < high {
                    let middle = low.midpoint(high);
                    let before = match keys.row(middle).cmp(&bound) {
                        Ordering::Less => true,
                        Ordering::Equal => !starting,
                        Ordering::Greater => false,
                    };
                    if before {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                low
            })
            .collect())
    }
}
