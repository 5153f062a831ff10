//! `syllabase.as_of`, the one setting that PostgreSQL does not have.

use crate::pg::datetime::read::{Reading, read_date, read_timestamptz};
use crate::pg::text::Style;

/// Its name.
pub const AS_OF: &str = "syllabase.as_of";

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The moment that a value means, in microseconds since 1970 UTC: a date means its last
/// microsecond in the session's zone, a timestamp without a zone is one of that zone. None for
/// anything else, words such as `yesterday` included: they would mean another state tomorrow.
pub fn moment(text: &str, style: &Style) -> Option<i64> {
    let text = text.trim();
    let iso = |byte: u8| byte.is_ascii_digit() || b"-+:. TZtz".contains(&byte);
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    if year != 4 || !text.bytes().all(iso) {
        return None;
    }
    let reading = Reading { style, now: 0 };
    if !text.contains(':') {
        let day = i64::from(read_date(text, reading).ok()?);
        let next = style.zone.utc(day.checked_add(1)?.checked_mul(DAY)?)?;
        return next.checked_sub(1);
    }
    read_timestamptz(text, reading).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::settings::zone;

    #[test]
    fn dates_end_in_the_sessions_zone_and_words_are_refused() {
        let style = |name: &str| Style {
            zone: zone(name).unwrap(),
            ..Style::default()
        };
        let utc = style("UTC");
        let end = moment("2026-11-20", &utc).unwrap();
        assert_eq!(moment("2026-11-20 23:59:59.999999", &utc), Some(end));
        assert_eq!(moment("2026-11-20T23:59:59.999999Z", &utc), Some(end));
        assert_eq!(moment("2026-11-21 02:59:59.999999+03", &utc), Some(end));
        let nairobi = moment("2026-11-20", &style("Africa/Nairobi")).unwrap();
        assert_eq!(end - nairobi, 3 * 3_600_000_000);
        // A day of 25 hours.
        let berlin = style("Europe/Berlin");
        let length =
            moment("2026-10-25", &berlin).unwrap() - moment("2026-10-24", &berlin).unwrap();
        assert_eq!(length, 25 * 3_600_000_000);
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "infinity",
            "20261120",
            "2026-11-20 25:00",
        ] {
            assert_eq!(moment(text, &utc), None, "{text}");
        }
    }
}
