//! Times as people in the consortium read them: Beijing time, UTC+8 all year.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use ledger::types::TimeMs;

use crate::error::CliError;
use crate::reason::why;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Beijing has had no summer time since 1991: a fixed offset needs no database of zones.
fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// `2026-01-05 09:00:03`, or the bare number of milliseconds for a time beyond the calendar.
pub(crate) fn shown(time: TimeMs) -> String {
    local(time).map_or_else(|| time.to_string(), |local| local.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// `2026-01-05`, the date that papers carry.
pub(crate) fn date(time: TimeMs) -> String {
    local(time).map_or_else(|| time.to_string(), |local| local.strftime("%Y-%m-%d").to_string())
}

/// `2026-01-05T01:00:03.000Z`, for programs: RFC 3339 in UTC, with milliseconds. A time beyond the calendar, such as the
/// end of what does not end, is its last millisecond.
pub(crate) fn stamp(time: TimeMs) -> String {
    timestamp(time).unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn timestamp(time: TimeMs) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(time.0).ok()?).ok()
}

fn local(time: TimeMs) -> Option<jiff::Zoned> {
    timestamp(time).map(|stamp| stamp.to_zoned(zone()))
}

/// A span as a count and its unit: whole days, else hours, else minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// Whole days, at least one.
    Days(u64),
    /// Whole hours, less than a day.
    Hours(u64),
    /// Whole minutes, less than an hour.
    Minutes(u64),
}

impl Span {
    /// The span of some milliseconds, rounded down.
    pub(crate) fn of_ms(milliseconds: u64) -> Self {
        match milliseconds {
            DAY_MS.. => Self::Days(milliseconds / DAY_MS),
            HOUR_MS.. => Self::Hours(milliseconds / HOUR_MS),
            _ => Self::Minutes(milliseconds / 60_000),
        }
    }
}

/// Milliseconds of some days.
pub(crate) fn days_ms(days: u32) -> u64 {
    u64::from(days).saturating_mul(DAY_MS)
}

/// Reads a time as typed: with an offset as it stands, without one as Beijing time.
///
/// # Errors
/// `Value` for anything that is no time, or one before 1970.
pub(crate) fn parse(what: &str, text: &str) -> Result<TimeMs, CliError> {
    let refused = || CliError::value(what, why("reason-time"));
    let stamp = match text.parse::<Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| refused())?;
            civil.to_zoned(zone()).map_err(|_| refused())?.timestamp()
        }
    };
    u64::try_from(stamp.as_millisecond()).map(TimeMs).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_beijing_times() {
        let nine = TimeMs(1_767_574_800_000);
        assert_eq!(shown(nine), "2026-01-05 09:00:00");
        assert_eq!(date(nine), "2026-01-05");
        assert_eq!(stamp(nine), "2026-01-05T01:00:00.000Z");
        assert_eq!(shown(TimeMs(u64::MAX)), u64::MAX.to_string());
        assert!(stamp(TimeMs(u64::MAX)).starts_with("9999-12-3"), "{}", stamp(TimeMs(u64::MAX)));
        for text in ["2026-01-05T09:00:00+08:00", "2026-01-05T09:00", "2026-01-05 09:00", "2026-01-05T01:00:00Z"] {
            assert_eq!(parse("time", text).ok(), Some(nine), "{text}");
        }
        assert!(parse("time", "yesterday").is_err());
        assert!(parse("time", "1950-01-01T00:00").is_err());
    }

    #[test]
    fn spans_are_rounded_down() {
        assert_eq!(Span::of_ms(0), Span::Minutes(0));
        assert_eq!(Span::of_ms(HOUR_MS), Span::Hours(1));
        assert_eq!(Span::of_ms(DAY_MS - 1), Span::Hours(23));
        assert_eq!(Span::of_ms(days_ms(3)), Span::Days(3));
    }
}
