//! How long to wait before a retry: the forms in which `Retry-After` and `X-RateLimit-Reset` are written.
//!
//! Gateways differ, and the same gateway changes its form between versions. A value that cannot be
//! read is no wait; the caller has a default.

use crate::domain::time::{Millis, ServerOffset, Timestamp};

/// Numbers from here on are instants: as a wait this would be 31 years.
const MIN_INSTANT: i64 = 1_000_000_000;
/// Instants from here on are in milliseconds: in seconds this would be the year 5138.
const MIN_MILLIS_INSTANT: i64 = 100_000_000_000;
/// A longer wait is a mistake of the server; callers have a lower bound of their own.
const MAX_WAIT: Millis = Millis::days(3_660);

/// The wait that a header names: seconds, seconds or milliseconds since 1970, RFC 3339, an HTTP date, or a duration such as
/// `6m0s`. A repeated header arrives as one value with ", " between its parts; the longest wait of them counts. Instants are
/// compared with the server's time; one that has passed is a wait of 0.
pub fn parse_wait(value: &str, server_now: Timestamp) -> Option<Millis> {
    let value = value.trim();
    if let Some(at) = Timestamp::parse_http_date(value) {
        return Some(until(at, server_now));
    }
    value.split(", ").filter_map(|part| parse_single_wait(part.trim(), server_now)).max()
}

fn parse_single_wait(text: &str, server_now: Timestamp) -> Option<Millis> {
    if let Some(number) = parse_seconds(text) {
        return Some(match number {
            MIN_MILLIS_INSTANT.. => until(Timestamp::from_millis(number), server_now),
            MIN_INSTANT.. => until(Timestamp::from_millis(number * 1_000), server_now),
            _ => Millis::seconds(number).min(MAX_WAIT),
        });
    }
    // As everywhere, a time without an offset is the server's (docs/contract/client-rules.md).
    duration(text).or_else(|| Some(until(Timestamp::parse(text, ServerOffset::CHINA)?, server_now)))
}

fn until(at: Timestamp, server_now: Timestamp) -> Millis {
    at.since(server_now).clamp(Millis(0), MAX_WAIT)
}

/// Digits with an optional fraction, which is rounded up: a request that comes a moment early is refused again. More
/// digits than fit are the largest number.
fn parse_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = whole.parse::<i64>().unwrap_or(i64::MAX);
    Some(number.saturating_add(i64::from(fraction.bytes().any(|digit| digit != b'0'))))
}

/// Numbers with units, largest first or not: `1h2m3.5s`, `500ms`. `None` for anything else.
fn duration(text: &str) -> Option<Millis> {
    let mut rest = text;
    let mut nanos: i64 = 0;
    while !rest.is_empty() {
        let unit_at = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, tail) = rest.split_at(unit_at);
        let number_at = tail.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(tail.len());
        let (unit, next) = tail.split_at(number_at);
        nanos = nanos.saturating_add(to_nanos(number, nanos_of(unit.trim())?)?);
        rest = next;
    }
    (!text.is_empty()).then_some(Millis(nanos.saturating_add(999_999) / 1_000_000).min(MAX_WAIT))
}

fn nanos_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    })
}

/// `number` units; digits of the fraction beyond the ninth are less than any unit counts.
fn to_nanos(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty()
        || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().unwrap_or(i64::MAX) };
    let (mut nanos, mut part) = (whole.saturating_mul(unit), unit);
    for digit in fraction.bytes().take(9) {
        part /= 10;
        nanos = nanos.saturating_add(i64::from(digit - b'0').saturating_mul(part));
    }
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-06-15T04:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_781_496_000_000);

    #[test]
    fn every_form_of_a_wait_is_read() {
        for (value, millis) in [
            ("0", 0),
            ("30", 30_000),
            (" 600 ", 600_000),
            ("1.2", 2_000),
            ("2.0", 2_000),
            ("999999999", MAX_WAIT.0),
            ("1781496120", 120_000),
            ("1781496120.5", 121_000),
            ("1781496120000", 120_000),
            ("1781496120123", 120_123),
            ("1781495999", 0),
            ("1781495000000", 0),
            ("99999999999999999999", MAX_WAIT.0),
            ("2026-06-15T04:02:00Z", 120_000),
            ("2026-06-15T12:02:00+08:00", 120_000),
            ("2026-06-15T04:02:00.250Z", 120_250),
            ("2026-06-15T12:02:00", 120_000),
            ("2026-06-15 12:02:00", 120_000),
            ("2026-06-15T03:59:00Z", 0),
            ("Mon, 15 Jun 2026 04:02:00 GMT", 120_000),
            ("Mon, 15 Jun 2026 03:00:00 GMT", 0),
            ("6m0s", 360_000),
            ("1h2m3.5s", 3_723_500),
            ("500ms", 500),
            ("1.5s", 1_500),
            (".5s", 500),
            ("2d", 172_800_000),
            ("0s", 0),
            ("1us", 1),
            ("12µs", 1),
            ("1s500ms", 1_500),
            ("1m 30s", 90_000),
            ("99999999999999999h", MAX_WAIT.0.min(i64::MAX / 1_000_000)),
            ("30, 600", 600_000),
            ("6m0s, 1s", 360_000),
            ("soon, 7", 7_000),
        ] {
            assert_eq!(parse_wait(value, NOW), Some(Millis(millis)), "{value}");
        }
    }

    #[test]
    fn what_is_no_wait_is_none() {
        for value in [
            "", " ", "soon", "-5", "-5s", "s", "6m0", "6x", "1..5s", "1.2.3", "0x10", "1e3", "٣s", "NaN", "2026", ",",
            "12,5",
        ] {
            let wait = parse_wait(value, NOW);
            assert_eq!(wait, (value == "2026").then_some(Millis::seconds(2_026)), "{value}");
        }
    }
}
