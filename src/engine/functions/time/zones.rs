//! `AT TIME ZONE` and `OVERLAPS`.

use super::arithmetic::{shift, shift_in};
use super::{Span, finite, in_local, in_utc, zone};
use crate::engine::functions::call::{
    Call, Context, Fixed, Input, Interval, Output, Text, Time, Timestamp,
};
use crate::engine::functions::registry::Registry;
use crate::pg::datetime::DAY;
use crate::pg::text::{Style, Zone, join_timetz, split_timetz};
use crate::pg::{Fault, SqlState};

/// Registers zones and overlapping.
pub(super) fn register(registry: &mut Registry) {
    registry.binary::<Text, Timestamp, i64>("timezone(text,timestamp)", |zone, local, _| {
        in_utc(local, &named_zone(zone)?)
    });
    registry.binary::<Text, Timestamp, i64>("timezone(text,timestamptz)", |zone, utc, _| {
        Ok(in_local(utc, &named_zone(zone)?))
    });
    registry
        .binary::<Interval, Timestamp, i64>("timezone(interval,timestamp)", |zone, local, _| {
            in_utc(local, &interval_zone(Span::from_arrow(zone))?)
        });
    registry
        .binary::<Interval, Timestamp, i64>("timezone(interval,timestamptz)", |zone, utc, _| {
            Ok(in_local(utc, &interval_zone(Span::from_arrow(zone))?))
        });
    registry.binary::<Text, Fixed, [u8; 12]>("timezone(text,timetz)", |zone, time, context| {
        move_to(time, &named_zone(zone)?, context)
    });
    registry
        .binary::<Interval, Fixed, [u8; 12]>("timezone(interval,timetz)", |zone, time, context| {
            move_to(time, &interval_zone(Span::from_arrow(zone))?, context)
        });
    overlapping(registry);
}

/// A zone as `AT TIME ZONE` takes it.
pub(super) fn named_zone(name: &str) -> Result<Zone, Fault> {
    // A bare number is POSIX's: it counts west of UTC.
    Zone::find_or_abbreviation(name).ok_or_else(|| {
        Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("time zone \"{name}\" not recognized"),
        )
    })
}

fn interval_zone(span: Span) -> Result<Zone, Fault> {
    if span.months != 0 || span.days != 0 {
        let mut text = Vec::new();
        crate::pg::interval::write(span, Style::default().interval_style, &mut text);
        return Err(Fault::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!(
                "interval time zone \"{}\" must not include months or days",
                String::from_utf8_lossy(&text)
            ),
        ));
    }
    i32::try_from(span.micros / 1_000_000)
        .map(Zone::fixed)
        .map_err(|_| crate::pg::interval::out_of_range())
}

fn move_to(time: &[u8], zone: &Zone, context: &Context) -> Result<[u8; 12], Fault> {
    let (micros, west) = split_timetz(time)?;
    let target = -zone.east_at(context.transaction_start);
    let moved = micros + (i64::from(west) - i64::from(target)) * 1_000_000;
    Ok(join_timetz(moved.rem_euclid(DAY), target))
}

/// How the end of a period is written.
type End = fn(i64, i64, Option<Span>, &Context) -> Result<i64, Fault>;

fn overlapping(registry: &mut Registry) {
    let instant: End = |start, end, span, _| match span {
        Some(span) => shift(start, span),
        None => Ok(end),
    };
    let zoned: End = |start, end, span, context| match span {
        Some(span) => shift_in(start, span, zone(context)),
        None => Ok(end),
    };
    let clock: End = |start, end, span, _| {
        Ok(span.map_or(end, |span| {
            (start + span.micros.rem_euclid(DAY)).rem_euclid(DAY)
        }))
    };
    for (kind, end) in [("timestamp", instant), ("timestamptz", zoned)] {
        overlaps::<Timestamp>(registry, kind, end);
    }
    overlaps::<Time>(registry, "time", clock);
    registry.kernel("overlaps(timetz,timetz,timetz,timetz)", |call| {
        let ends: Vec<_> = (0..4)
            .map(|at| call.input::<Fixed>(at))
            .collect::<Result<_, _>>()?;
        let rows = (0..call.rows).map(|row| {
            let mut moments = [None; 4];
            for (moment, column) in moments.iter_mut().zip(&ends) {
                if let Some(bytes) = column.at(row) {
                    let (micros, west) = split_timetz(bytes)?;
                    *moment = Some(micros + i64::from(west) * 1_000_000);
                }
            }
            Ok(meet(moments))
        });
        bool::collect(rows, call.rows, call.storage)
    });
}

fn overlaps<A>(registry: &mut Registry, kind: &'static str, end: End)
where
    A: for<'a> Input<Value<'a> = i64> + 'static,
{
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        let name = |interval: bool| if interval { "interval" } else { kind };
        let signature = format!("overlaps({kind},{},{kind},{})", name(first), name(second));
        registry.kernel(signature, move |call| {
            let starts = (call.input::<A>(0)?, call.input::<A>(2)?);
            let ends = (
                Ends::<A>::of(call, 1, first)?,
                Ends::<A>::of(call, 3, second)?,
            );
            let rows = (0..call.rows).map(|row| {
                let (a, b) = (starts.0.at(row), starts.1.at(row));
                Ok(meet([
                    a,
                    ends.0.at(row, a, end, call.context)?,
                    b,
                    ends.1.at(row, b, end, call.context)?,
                ]))
            });
            bool::collect(rows, call.rows, call.storage)
        });
    }
}

/// The ends of a period: moments, or how long it lasts.
enum Ends<A: Input> {
    Moments(crate::engine::functions::call::Column<A>),
    Spans(crate::engine::functions::call::Column<Interval>),
}

impl<A: for<'a> Input<Value<'a> = i64>> Ends<A> {
    fn of(call: &Call<'_>, index: usize, interval: bool) -> Result<Self, Fault> {
        Ok(if interval {
            Self::Spans(call.input::<Interval>(index)?)
        } else {
            Self::Moments(call.input::<A>(index)?)
        })
    }

    fn at(
        &self,
        row: usize,
        start: Option<i64>,
        end: End,
        context: &Context,
    ) -> Result<Option<i64>, Fault> {
        match self {
            Self::Moments(column) => Ok(column.at(row)),
            Self::Spans(column) => match (start, column.at(row)) {
                (Some(start), Some(span)) if finite(start) => {
                    end(start, start, Some(Span::from_arrow(span)), context).map(Some)
                }
                (start, Some(_)) => Ok(start),
                (_, None) => Ok(None),
            },
        }
    }
}

/// Whether two periods have a moment in common, as the SQL standard has it with unknown ends.
fn meet([a, a_end, b, b_end]: [Option<i64>; 4]) -> Option<bool> {
    let (a, a_end) = ordered(a, a_end)?;
    let (b, b_end) = ordered(b, b_end)?;
    match a.cmp(&b) {
        std::cmp::Ordering::Greater => begins_within(a, a_end, b_end),
        std::cmp::Ordering::Less => begins_within(b, b_end, a_end),
        // Periods that begin together overlap, whatever their ends.
        std::cmp::Ordering::Equal => (a_end.is_some() && b_end.is_some()).then_some(true),
    }
}

/// The start and the end in order; an unknown one is the end.
fn ordered(start: Option<i64>, end: Option<i64>) -> Option<(i64, Option<i64>)> {
    match (start, end) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some((one, None)),
        (Some(start), Some(end)) => Some((start.min(end), Some(start.max(end)))),
    }
}

/// Whether the later period (`start`, `end`) begins before the earlier one ends.
fn begins_within(start: i64, end: Option<i64>, earlier_end: Option<i64>) -> Option<bool> {
    match earlier_end {
        Some(earlier) if start < earlier => Some(true),
        Some(_) if end.is_some() => Some(false),
        _ => None,
    }
}
