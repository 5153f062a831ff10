//! The frame of a window: as DataFusion has it where it can, else as [`framed`] wants it.
//!
//! [`framed`]: crate::engine::functions::window::framed

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{
    Expr, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, lit, when,
};
use pg_query::protobuf;

use crate::engine::analyze::coerce::{Wish, can_coerce, type_category};
use crate::engine::analyze::expressions::{Frame, sort_key};
use crate::engine::analyze::operators::input_type;
use crate::engine::analyze::{Analyzer, Typed, Unknown, position, refused};
use crate::engine::functions::window::{End, Exclude, Framing, Unit};
use crate::ident::Oid;
use crate::pg::typename::format_type;
use crate::pg::{Fault, SqlState, Type, types};

// The bits of `WindowDef.frame_options`, as PostgreSQL's grammar sets them.
/// The frame was written.
pub(super) const NONDEFAULT: i32 = 0x1;
const ROWS: i32 = 0x4;
const GROUPS: i32 = 0x8;
const START_UNBOUNDED_PRECEDING: i32 = 0x20;
const END_UNBOUNDED_FOLLOWING: i32 = 0x100;
const START_CURRENT_ROW: i32 = 0x200;
const END_CURRENT_ROW: i32 = 0x400;
const START_OFFSET_PRECEDING: i32 = 0x800;
const END_OFFSET_PRECEDING: i32 = 0x1000;
const EXCLUDE_CURRENT_ROW: i32 = 0x8000;
const EXCLUDE_GROUP: i32 = 0x1_0000;
const EXCLUDE_TIES: i32 = 0x2_0000;

/// One end of a frame.
#[derive(Debug)]
pub(super) enum Limit {
    /// The start or end of the partition.
    Unbounded,
    /// The row or its peers.
    Current,
    /// So many rows or groups away.
    Count {
        /// An `int8`.
        count: Expr,
        /// After the row.
        following: bool,
    },
    /// At a value, for RANGE.
    Value {
        /// The value there, comparable with the ORDER BY key.
        bound: Expr,
        /// Whether the offset is negative.
        negative: Expr,
        /// After the row.
        following: bool,
    },
}

/// A frame, analyzed.
#[derive(Debug)]
pub(super) struct Span {
    unit: Unit,
    /// Where it starts.
    pub(super) start: Limit,
    end: Limit,
    exclude: Exclude,
    /// The ORDER BY keys in a form that offsets can be added to, if that is another one.
    key: Option<Expr>,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            unit: Unit::Range,
            start: Limit::Unbounded,
            end: Limit::Current,
            exclude: Exclude::NoOthers,
            key: None,
        }
    }
}

fn unit(options: i32) -> Unit {
    match options {
        options if options & ROWS != 0 => Unit::Rows,
        options if options & GROUPS != 0 => Unit::Groups,
        _ => Unit::Range,
    }
}

fn excluded(options: i32) -> Exclude {
    match options {
        options if options & EXCLUDE_CURRENT_ROW != 0 => Exclude::CurrentRow,
        options if options & EXCLUDE_GROUP != 0 => Exclude::Group,
        options if options & EXCLUDE_TIES != 0 => Exclude::Ties,
        _ => Exclude::NoOthers,
    }
}

impl Limit {
    fn end(&self) -> End {
        match self {
            Self::Unbounded => End::Unbounded,
            Self::Current => End::Current,
            Self::Count { following, .. } | Self::Value { following, .. } => {
                if *following {
                    End::Following
                } else {
                    End::Preceding
                }
            }
        }
    }

    /// As DataFusion has it, with its place relative to the row.
    fn native(&self, starting: bool) -> Option<(WindowFrameBound, i64)> {
        let all = ScalarValue::UInt64(None);
        match self {
            Self::Unbounded if starting => Some((WindowFrameBound::Preceding(all), i64::MIN)),
            Self::Unbounded => Some((WindowFrameBound::Following(all), i64::MAX)),
            Self::Current => Some((WindowFrameBound::CurrentRow, 0)),
            Self::Value { .. } => None,
            Self::Count {
                count: Expr::Literal(ScalarValue::Int64(Some(count)), _),
                following,
            } => {
                let rows = ScalarValue::UInt64(Some(u64::try_from(*count).ok()?));
                Some(if *following {
                    (WindowFrameBound::Following(rows), *count)
                } else {
                    (WindowFrameBound::Preceding(rows), -*count)
                })
            }
            Self::Count { .. } => None,
        }
    }
}

/// Whether a type has values without end, and one that is no number.
const fn has_infinity(oid: Oid) -> bool {
    matches!(oid, types::FLOAT4 | types::FLOAT8 | types::NUMERIC)
}

impl Span {
    /// As DataFusion has it, where it does.
    pub(super) fn native(&self, order_by: &[SortExpr]) -> Option<WindowFrame> {
        let (start, from) = self.start.native(true)?;
        let (end, to) = self.end.native(false)?;
        if self.exclude != Exclude::NoOthers || from > to {
            return None;
        }
        Some(match self.unit {
            Unit::Rows => WindowFrame::new_bounds(WindowFrameUnits::Rows, start, end),
            Unit::Groups => WindowFrame::new_bounds(WindowFrameUnits::Groups, start, end),
            // Without ORDER BY all rows are peers.
            Unit::Range if order_by.is_empty() => WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::Following(ScalarValue::UInt64(None)),
            ),
            Unit::Range => WindowFrame::new_bounds(WindowFrameUnits::Range, start, end),
        })
    }

    /// As our own evaluator wants it: how to find the frame, and all arguments.
    pub(super) fn framing(
        self,
        own: Vec<Expr>,
        filter: Option<Expr>,
        order_by: &[SortExpr],
    ) -> (Framing, Vec<Expr>) {
        let framing = Framing {
            unit: self.unit,
            start: self.start.end(),
            end: self.end.end(),
            exclude: self.exclude,
            arguments: own.len(),
            filtered: filter.is_some(),
            orders: order_by
                .iter()
                .map(|order| (!order.asc, order.nulls_first))
                .collect(),
        };
        let mut arguments = own;
        arguments.extend(filter);
        match self.key {
            Some(key) => arguments.push(key),
            None => arguments.extend(order_by.iter().map(|order| order.expr.clone())),
        }
        for limit in [self.start, self.end] {
            match limit {
                Limit::Unbounded | Limit::Current => {}
                Limit::Count { count, .. } => arguments.push(count),
                Limit::Value {
                    bound, negative, ..
                } => arguments.extend([bound, negative]),
            }
        }
        (framing, arguments)
    }
}

impl Analyzer<'_> {
    /// The frame of a window over these ORDER BY values.
    pub(super) fn span(
        &self,
        window: &protobuf::WindowDef,
        ordered: &[Typed],
        order_by: &[SortExpr],
        frame: Frame<'_>,
    ) -> Result<Span, Fault> {
        let options = window.frame_options;
        if options & NONDEFAULT == 0 {
            return Ok(Span::default());
        }
        let location = position(window.location);
        let unit = unit(options);
        if unit == Unit::Groups && ordered.is_empty() {
            return Err(Fault::new(
                SqlState::WINDOWING_ERROR,
                "GROUPS mode requires an ORDER BY clause",
            )
            .at(location));
        }
        let mut key = None;
        let mut limit = |node: Option<&protobuf::Node>, following: bool, starting: bool| {
            if unit != Unit::Range {
                let count = self.frame_count(node, unit, frame)?;
                return Ok(Limit::Count { count, following });
            }
            let ([only], [order]) = (ordered, order_by) else {
                return Err(Fault::new(
                    SqlState::WINDOWING_ERROR,
                    "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
                )
                .at(location));
            };
            let offset = self.child(node, frame)?;
            let (column, offset) = self.in_range(only, offset)?;
            key = Some(sort_key(&column));
            self.frame_value(
                &column,
                &offset,
                following,
                following == order.asc,
                starting == order.asc,
            )
        };
        let start = match options {
            options if options & START_UNBOUNDED_PRECEDING != 0 => Limit::Unbounded,
            options if options & START_CURRENT_ROW != 0 => Limit::Current,
            _ => limit(
                window.start_offset.as_deref(),
                options & START_OFFSET_PRECEDING == 0,
                true,
            )?,
        };
        let end = match options {
            options if options & END_UNBOUNDED_FOLLOWING != 0 => Limit::Unbounded,
            options if options & END_CURRENT_ROW != 0 => Limit::Current,
            _ => limit(
                window.end_offset.as_deref(),
                options & END_OFFSET_PRECEDING == 0,
                false,
            )?,
        };
        let exclude = excluded(options);
        Ok(Span {
            unit,
            start,
            end,
            exclude,
            key,
        })
    }

    /// An end of a RANGE frame: `column` and `offset` added, or else subtracted. With `low`, it
    /// bounds the frame's values from below.
    fn frame_value(
        &self,
        column: &Typed,
        offset: &Typed,
        following: bool,
        added: bool,
        low: bool,
    ) -> Result<Limit, Fault> {
        let text = |text: &str| Typed::unknown(Unknown::Text(text.to_owned()), -1);
        let compare = |left: &Typed, name: &str, right: &str| {
            self.operate(None, name, Some(left.clone()), text(right), -1)
        };
        let mut negative = compare(offset, "<", "0")?.expr;
        let name = if added { "+" } else { "-" };
        let mut bound = self.operate(None, name, Some(column.clone()), offset.clone(), -1)?;
        if has_infinity(bound.kind.oid) {
            negative = negative.or(compare(offset, "=", "NaN")?.expr);
            // From one infinity as far as the other, all values lie between.
            let far = if low { "-Infinity" } else { "Infinity" };
            let unknown = compare(&bound, "=", "NaN")?.expr;
            let unknown = unknown.and(compare(column, "<>", "NaN")?.expr);
            let far = self.require(text(far), bound.kind.oid, "RANGE")?.expr;
            bound.expr = when(unknown, far).otherwise(bound.expr).map_err(refused)?;
        }
        Ok(Limit::Value {
            bound: sort_key(&bound),
            negative,
            following,
        })
    }

    /// The offset of ROWS or GROUPS.
    fn frame_count(
        &self,
        node: Option<&protobuf::Node>,
        unit: Unit,
        frame: Frame<'_>,
    ) -> Result<Expr, Fault> {
        let what = if unit == Unit::Rows { "ROWS" } else { "GROUPS" };
        let value = self.child(node, frame)?;
        let location = value.location;
        let columns = || frame.scope.items.iter().flat_map(|item| &item.columns);
        if super::super::aggregate::mentions(&value.expr, |id| {
            columns().any(|column| column.id == id)
        }) {
            return Err(Fault::new(
                SqlState::INVALID_COLUMN_REFERENCE,
                format!("argument of {what} must not contain variables"),
            )
            .at(position(location)));
        }
        let number = value.unknown.is_none() && type_category(value.kind.oid) == 'N';
        let value = if number {
            self.cast_to(value, Type::plain(types::INT8), location)?
        } else {
            self.require(value, types::INT8, what)?
        };
        let simplified = datafusion::optimizer::simplify_expressions::ExprSimplifier::new(
            self.simplify_context(),
        )
        .simplify(value.expr.clone());
        Ok(match simplified {
            Ok(Expr::Literal(scalar, metadata)) => Expr::Literal(scalar, metadata),
            _ => value.expr,
        })
    }

    /// The ORDER BY column and the offset in types between which `+` and `-` do not overflow.
    fn in_range(&self, column: &Typed, offset: Typed) -> Result<(Typed, Typed), Fault> {
        let kind = column.kind.oid;
        let location = offset.location;
        let offsets: &[Oid] = match kind {
            types::INT2 | types::INT4 => &[types::INT8, types::INT4, types::INT2],
            types::INT8 => &[types::INT8],
            types::FLOAT4 | types::FLOAT8 => &[types::FLOAT8],
            types::NUMERIC => &[types::NUMERIC],
            types::DATE
            | types::TIME
            | types::TIMETZ
            | types::TIMESTAMP
            | types::TIMESTAMPTZ
            | types::INTERVAL => &[types::INTERVAL],
            _ => &[],
        };
        let shown = format_type(Type::plain(kind));
        if offsets.is_empty() {
            return Err(Fault::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!(
                    "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {shown}"
                ),
            )
            .at(position(location)));
        }
        let given = input_type(&offset);
        let chosen = if given == types::UNKNOWN && offsets.contains(&kind) {
            Some(kind)
        } else {
            let exact = offsets.iter().find(|kind| **kind == given);
            let fits = |kind: &&Oid| can_coerce(given, **kind, Wish::Implicit);
            exact.or_else(|| offsets.iter().find(fits)).copied()
        };
        let Some(chosen) = chosen else {
            return Err(Fault::new(SqlState::FEATURE_NOT_SUPPORTED, format!(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {shown} and offset type {}",
                format_type(Type::plain(given))
            ))
            .hint("Cast the offset value to an appropriate type.")
            .at(position(location)));
        };
        let offset = self.cast_to(offset, Type::plain(chosen), location)?;
        let wide = |value: Typed, kind: Oid| self.cast_to(value, Type::plain(kind), -1);
        let column = column.clone();
        Ok(match kind {
            types::INT2 | types::INT4 | types::INT8 => {
                (wide(column, types::NUMERIC)?, wide(offset, types::NUMERIC)?)
            }
            types::FLOAT4 => (wide(column, types::FLOAT8)?, offset),
            types::DATE => (wide(column, types::TIMESTAMP)?, offset),
            types::TIME => (wide(column, types::INTERVAL)?, offset),
            types::TIMETZ => (self.time_since_utc_midnight(column)?, offset),
            _ => (column, offset),
        })
    }

    /// A `timetz` as the interval since midnight UTC, by which it is ordered.
    fn time_since_utc_midnight(&self, value: Typed) -> Result<Typed, Fault> {
        let time = self.cast_to(value.clone(), Type::plain(types::TIME), -1)?;
        let time = self.cast_to(time, Type::plain(types::INTERVAL), -1)?;
        let field = Typed::new(
            lit(ScalarValue::Utf8View(Some(String::from("timezone")))),
            types::TEXT,
        );
        let east = self.grammar_call("date_part(text,timetz)", vec![field, value])?;
        let second = self.cast_to(
            Typed::unknown(Unknown::Text(String::from("1 second")), -1),
            Type::plain(types::INTERVAL),
            -1,
        )?;
        let east = self.operate(None, "*", Some(east), second, -1)?;
        self.operate(None, "-", Some(time), east, -1)
    }
}
