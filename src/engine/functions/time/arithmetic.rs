//! `+`, `-`, `*` and `/` between dates, times, timestamps and intervals; `age` and `justify_*`.

use super::{
    Moment, Span, checked, date_out_of_range, finite, finite_date, in_local, in_utc, midnight,
    out_of_range, stamp, zone,
};
use crate::engine::functions::call::{Date, Fixed, Float8, Int4, Interval, Time, Timestamp};
use crate::engine::functions::registry::Registry;
use crate::pg::datetime::{Civil, DATE_END, DAY, FIRST_DAY, HOUR, days, days_in_month};
use crate::pg::interval::out_of_range as interval_out_of_range;
use crate::pg::text::{Zone, join_timetz, split_timetz};
use crate::pg::{Fault, SqlState};

/// Registers arithmetic.
pub(super) fn register(registry: &mut Registry) {
    dates(registry);
    timestamps(registry);
    times(registry);
    intervals(registry);
    ages(registry);
}

fn dates(registry: &mut Registry) {
    registry.binary::<Date, Int4, i32>("date_pli(date,int4)", |date, n, _| {
        shift_date(date, i64::from(n))
    });
    registry.binary::<Date, Int4, i32>("date_mii(date,int4)", |date, n, _| {
        shift_date(date, -i64::from(n))
    });
    registry.binary::<Int4, Date, i32>("integer_pl_date(int4,date)", |n, date, _| {
        shift_date(date, i64::from(n))
    });
    registry.binary::<Date, Date, i32>("date_mi(date,date)", |a, b, _| {
        if finite_date(a) && finite_date(b) {
            a.checked_sub(b).ok_or_else(date_out_of_range)
        } else {
            Err(Fault::new(
                SqlState::DATETIME_FIELD_OVERFLOW,
                "cannot subtract infinite dates",
            ))
        }
    });
    registry.binary::<Date, Interval, i64>("date_pl_interval(date,interval)", |date, span, _| {
        shift(midnight(date)?, Span::from_arrow(span))
    });
    registry.binary::<Date, Interval, i64>("date_mi_interval(date,interval)", |date, span, _| {
        shift(midnight(date)?, Span::from_arrow(span).checked_neg()?)
    });
    registry.binary::<Interval, Date, i64>("interval_pl_date(interval,date)", |span, date, _| {
        shift(midnight(date)?, Span::from_arrow(span))
    });
    for signature in ["datetime_pl(date,time)", "timestamp(date,time)"] {
        registry.binary::<Date, Time, i64>(signature, |date, time, _| date_and_time(date, time));
    }
    registry.binary::<Time, Date, i64>("timedate_pl(time,date)", |time, date, _| {
        date_and_time(date, time)
    });
    registry.binary::<Date, Time, i64>("timestamptz(date,time)", |date, time, context| {
        in_utc(date_and_time(date, time)?, zone(context))
    });
    for signature in ["datetimetz_pl(date,timetz)", "timestamptz(date,timetz)"] {
        registry
            .binary::<Date, Fixed, i64>(signature, |date, time, _| date_and_zoned_time(date, time));
    }
    registry.binary::<Fixed, Date, i64>("timetzdate_pl(timetz,date)", |time, date, _| {
        date_and_zoned_time(date, time)
    });
}

fn timestamps(registry: &mut Registry) {
    registry.binary::<Timestamp, Interval, i64>(
        "timestamp_pl_interval(timestamp,interval)",
        |at, span, _| shift(at, Span::from_arrow(span)),
    );
    registry.binary::<Timestamp, Interval, i64>(
        "timestamp_mi_interval(timestamp,interval)",
        |at, span, _| shift(at, Span::from_arrow(span).checked_neg()?),
    );
    registry.binary::<Interval, Timestamp, i64>(
        "interval_pl_timestamp(interval,timestamp)",
        |span, at, _| shift(at, Span::from_arrow(span)),
    );
    registry.binary::<Timestamp, Interval, i64>(
        "timestamptz_pl_interval(timestamptz,interval)",
        |at, span, context| shift_in(at, Span::from_arrow(span), zone(context)),
    );
    registry.binary::<Timestamp, Interval, i64>(
        "timestamptz_mi_interval(timestamptz,interval)",
        |at, span, context| shift_in(at, Span::from_arrow(span).checked_neg()?, zone(context)),
    );
    registry.binary::<Interval, Timestamp, i64>(
        "interval_pl_timestamptz(interval,timestamptz)",
        |span, at, context| shift_in(at, Span::from_arrow(span), zone(context)),
    );
    for signature in [
        "timestamp_mi(timestamp,timestamp)",
        "timestamptz_mi(timestamptz,timestamptz)",
    ] {
        registry.binary::<Timestamp, Timestamp, Span>(signature, |a, b, _| {
            if !(finite(a) && finite(b)) {
                return Err(Fault::new(
                    SqlState::DATETIME_FIELD_OVERFLOW,
                    "cannot subtract infinite timestamps",
                ));
            }
            let micros = a.checked_sub(b).ok_or_else(interval_out_of_range)?;
            justify_hours(Span {
                months: 0,
                days: 0,
                micros,
            })
        });
    }
}

fn times(registry: &mut Registry) {
    registry.binary::<Time, Interval, i64>("time_pl_interval(time,interval)", |time, span, _| {
        Ok(turn(time, Span::from_arrow(span).micros))
    });
    registry.binary::<Interval, Time, i64>("interval_pl_time(interval,time)", |span, time, _| {
        Ok(turn(time, Span::from_arrow(span).micros))
    });
    registry.binary::<Time, Interval, i64>("time_mi_interval(time,interval)", |time, span, _| {
        Ok(turn(time, -Span::from_arrow(span).micros))
    });
    registry.binary::<Time, Time, Span>("time_mi_time(time,time)", |a, b, _| {
        Ok(Span {
            months: 0,
            days: 0,
            micros: a - b,
        })
    });
    for (signature, sign) in [
        ("timetz_pl_interval(timetz,interval)", 1),
        ("timetz_mi_interval(timetz,interval)", -1),
    ] {
        registry.binary::<Fixed, Interval, [u8; 12]>(signature, move |time, span, _| {
            let (micros, west) = split_timetz(time)?;
            Ok(join_timetz(
                turn(micros, sign * Span::from_arrow(span).micros),
                west,
            ))
        });
    }
    registry.binary::<Interval, Fixed, [u8; 12]>(
        "interval_pl_timetz(interval,timetz)",
        |span, time, _| {
            let (micros, west) = split_timetz(time)?;
            Ok(join_timetz(
                turn(micros, Span::from_arrow(span).micros),
                west,
            ))
        },
    );
}

fn intervals(registry: &mut Registry) {
    registry.unary::<Interval, Span>("interval_um(interval)", |span, _| {
        Span::from_arrow(span).checked_neg()
    });
    registry.binary::<Interval, Interval, Span>("interval_pl(interval,interval)", |a, b, _| {
        Span::from_arrow(a).checked_add(Span::from_arrow(b))
    });
    registry.binary::<Interval, Interval, Span>("interval_mi(interval,interval)", |a, b, _| {
        subtract(Span::from_arrow(a), Span::from_arrow(b))
    });
    registry.binary::<Interval, Float8, Span>("interval_mul(interval,float8)", |span, by, _| {
        scale(Span::from_arrow(span), |part| part * by)
    });
    registry.binary::<Float8, Interval, Span>("mul_d_interval(float8,interval)", |by, span, _| {
        scale(Span::from_arrow(span), |part| part * by)
    });
    registry.binary::<Interval, Float8, Span>("interval_div(interval,float8)", |span, by, _| {
        if by == 0.0 {
            return Err(Fault::new(SqlState::DIVISION_BY_ZERO, "division by zero"));
        }
        scale(Span::from_arrow(span), |part| part / by)
    });
    registry.unary::<Interval, Span>("justify_hours(interval)", |span, _| {
        justify_hours(Span::from_arrow(span))
    });
    registry.unary::<Interval, Span>("justify_days(interval)", |span, _| {
        justify_days(Span::from_arrow(span))
    });
    registry.unary::<Interval, Span>("justify_interval(interval)", |span, _| {
        justify_interval(Span::from_arrow(span))
    });
}

fn ages(registry: &mut Registry) {
    registry.binary::<Timestamp, Timestamp, Span>("age(timestamp,timestamp)", |a, b, _| age(a, b));
    registry.binary::<Timestamp, Timestamp, Span>(
        "age(timestamptz,timestamptz)",
        |a, b, context| {
            if !(finite(a) && finite(b)) {
                return Err(out_of_range());
            }
            age(in_local(a, zone(context)), in_local(b, zone(context)))
        },
    );
    registry.unary::<Timestamp, Span>("age(timestamp)", |b, context| {
        age(today(context.transaction_start, zone(context)), b)
    });
    registry.unary::<Timestamp, Span>("age(timestamptz)", |b, context| {
        let today = today(context.transaction_start, zone(context));
        if !finite(b) {
            return Err(out_of_range());
        }
        age(today, in_local(b, zone(context)))
    });
}

/// The local midnight before a moment.
fn today(now: i64, zone: &Zone) -> i64 {
    let local = in_local(now, zone);
    local - local.rem_euclid(DAY)
}

fn shift_date(date: i32, by: i64) -> Result<i32, Fault> {
    if !finite_date(date) {
        return Ok(date);
    }
    let day = i64::from(date) + by;
    if !(FIRST_DAY..DATE_END).contains(&day) {
        return Err(date_out_of_range());
    }
    i32::try_from(day).map_err(|_| date_out_of_range())
}

fn date_and_time(date: i32, time: i64) -> Result<i64, Fault> {
    let midnight = midnight(date)?;
    if finite(midnight) {
        stamp(i64::from(date), time)
    } else {
        Ok(midnight)
    }
}

fn date_and_zoned_time(date: i32, time: &[u8]) -> Result<i64, Fault> {
    let (micros, west) = split_timetz(time)?;
    let midnight = midnight(date)?;
    if finite(midnight) {
        stamp(i64::from(date), micros + i64::from(west) * 1_000_000)
    } else {
        Ok(midnight)
    }
}

/// A timestamp moved by months, then days, then time.
pub(super) fn shift(at: i64, by: Span) -> Result<i64, Fault> {
    if !finite(at) {
        return Ok(at);
    }
    let moved = shift_days(shift_months(at, by.months)?, by.days)?;
    moved
        .checked_add(by.micros)
        .ok_or_else(out_of_range)
        .and_then(checked)
}

/// A moment moved by months and days of a zone's calendar, then by time.
pub(super) fn shift_in(at: i64, by: Span, zone: &Zone) -> Result<i64, Fault> {
    if !finite(at) {
        return Ok(at);
    }
    let mut moved = at;
    if by.months != 0 {
        moved = in_utc(shift_months(in_local(moved, zone), by.months)?, zone)?;
    }
    if by.days != 0 {
        moved = in_utc(shift_days(in_local(moved, zone), by.days)?, zone)?;
    }
    moved
        .checked_add(by.micros)
        .ok_or_else(out_of_range)
        .and_then(checked)
}

fn shift_months(at: i64, by: i32) -> Result<i64, Fault> {
    if by == 0 {
        return Ok(at);
    }
    let moment = Moment::of(at);
    let months = moment.date.year * 12 + moment.date.month - 1 + i64::from(by);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let day = moment.date.day.min(days_in_month(year, month));
    stamp(days(Civil { year, month, day }), moment.time())
}

fn shift_days(at: i64, by: i32) -> Result<i64, Fault> {
    i64::from(by)
        .checked_mul(DAY)
        .and_then(|by| at.checked_add(by))
        .ok_or_else(out_of_range)
        .and_then(checked)
}

/// A time of day moved round the clock.
fn turn(time: i64, by: i64) -> i64 {
    (time + by.rem_euclid(DAY)).rem_euclid(DAY)
}

fn subtract(a: Span, b: Span) -> Result<Span, Fault> {
    match (
        a.months.checked_sub(b.months),
        a.days.checked_sub(b.days),
        a.micros.checked_sub(b.micros),
    ) {
        (Some(months), Some(days), Some(micros)) => Ok(Span {
            months,
            days,
            micros,
        }),
        _ => Err(interval_out_of_range()),
    }
}

/// Applies a factor; what is left of months goes to days, and what is left of days to time.
fn scale(span: Span, by: impl Fn(f64) -> f64) -> Result<Span, Fault> {
    let round = |seconds: f64| (seconds * 1e6).round_ties_even() / 1e6;
    let month = by(f64::from(span.months));
    let day = by(f64::from(span.days));
    let (months, mut days) = (whole(month)?, whole(day)?);
    let month_days = round((month - f64::from(months)) * 30.0);
    let mut seconds = round((day - f64::from(days) + month_days.fract()) * 86_400.0);
    if seconds.abs() >= 86_400.0 {
        let carried = (seconds / 86_400.0).trunc();
        days = days
            .checked_add(whole(carried)?)
            .ok_or_else(interval_out_of_range)?;
        seconds -= carried * 86_400.0;
    }
    let days = days
        .checked_add(whole(month_days)?)
        .ok_or_else(interval_out_of_range)?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "PostgreSQL computes in double too"
    )]
    let micros = (by(span.micros as f64) + seconds * 1e6).round_ties_even();
    if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&micros) {
        return Err(interval_out_of_range());
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
    let micros = micros as i64;
    Ok(Span {
        months,
        days,
        micros,
    })
}

/// The whole part of a count of months or days.
fn whole(value: f64) -> Result<i32, Fault> {
    if (-2_147_483_648.0..2_147_483_648.0).contains(&value) {
        #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
        let whole = value as i32;
        Ok(whole)
    } else {
        Err(interval_out_of_range())
    }
}

/// Moves whole days out of the time.
pub(super) fn justify_hours(span: Span) -> Result<Span, Fault> {
    let mut days = carry(span.days, span.micros / DAY)?;
    let mut micros = span.micros % DAY;
    if days > 0 && micros < 0 {
        micros += DAY;
        days -= 1;
    } else if days < 0 && micros > 0 {
        micros -= DAY;
        days += 1;
    }
    Ok(Span {
        months: span.months,
        days,
        micros,
    })
}

fn justify_days(span: Span) -> Result<Span, Fault> {
    let mut months = carry(span.months, i64::from(span.days / 30))?;
    let mut days = span.days % 30;
    if months > 0 && days < 0 {
        days += 30;
        months -= 1;
    } else if months < 0 && days > 0 {
        days -= 30;
        months += 1;
    }
    Ok(Span {
        months,
        days,
        micros: span.micros,
    })
}

fn justify_interval(span: Span) -> Result<Span, Fault> {
    let mut days = i64::from(span.days) + span.micros / DAY;
    let mut micros = span.micros % DAY;
    let mut months = i64::from(span.months) + days / 30;
    days %= 30;
    if months > 0 && (days < 0 || (days == 0 && micros < 0)) {
        days += 30;
        months -= 1;
    } else if months < 0 && (days > 0 || (days == 0 && micros > 0)) {
        days -= 30;
        months += 1;
    }
    if days > 0 && micros < 0 {
        micros += DAY;
        days -= 1;
    } else if days < 0 && micros > 0 {
        micros -= DAY;
        days += 1;
    }
    Ok(Span {
        months: carry(0, months)?,
        days: carry(0, days)?,
        micros,
    })
}

fn carry(count: i32, more: i64) -> Result<i32, Fault> {
    i32::try_from(i64::from(count) + more).map_err(|_| interval_out_of_range())
}

/// The difference in years, months, days and time, counted field by field.
fn age(a: i64, b: i64) -> Result<Span, Fault> {
    if !(finite(a) && finite(b)) {
        return Err(out_of_range());
    }
    let (left, right) = (Moment::of(a), Moment::of(b));
    let sign = if a < b { -1 } else { 1 };
    let mut time = (left.time() - right.time()) * sign;
    let mut day = (left.date.day - right.date.day) * sign;
    let months = |moment: &Moment| moment.date.year * 12 + moment.date.month;
    let mut month = (months(&left) - months(&right)) * sign;
    while time < 0 {
        time += 24 * HOUR;
        day -= 1;
    }
    while day < 0 {
        // The days are borrowed from the month that the earlier date is in.
        let lender = if a < b { left.date } else { right.date };
        day += days_in_month(lender.year, lender.month);
        month -= 1;
    }
    Ok(Span {
        months: carry(0, month * sign)?,
        days: carry(0, day * sign)?,
        micros: time * sign,
    })
}
