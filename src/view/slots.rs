//! The bars of a chart and the rows of its table: hours of one day, days, or several days in one.

use super::english::Message;
use super::formatter::Formatter;
use crate::domain::credits::Credits;
use crate::domain::time::{Day, Timestamp};
use crate::domain::usage::UsageReport;
use crate::domain::usage_table::Slot;
use crate::ports::{DateStyle, Zone};

/// More bars than this are too thin to see or to hit: longer ranges show several days in a bar.
const MAX_BARS: usize = 92;

/// One hour, one day, or several days in a row.
pub(crate) struct Bar {
    pub from: Day,
    pub to: Day,
    pub start: Timestamp,
    /// The first instant outside.
    pub end: Timestamp,
    pub credits: Credits,
    pub requests: u64,
    pub by_series: Vec<Credits>,
}

pub(crate) fn bars(slots: &[Slot]) -> Vec<Bar> {
    let each = slots.len().div_ceil(MAX_BARS).max(1);
    let bar = |slots: &[Slot]| {
        let (first, last) = slots.first().zip(slots.last())?;
        let series = |place: usize| slots.iter().filter_map(|slot| slot.by_series.get(place)).copied().sum();
        Some(Bar {
            from: first.day,
            to: last.day,
            start: first.start,
            end: last.end,
            credits: slots.iter().map(|slot| slot.credits).sum(),
            requests: slots.iter().map(|slot| slot.requests).sum(),
            by_series: (0..first.by_series.len()).map(series).collect(),
        })
    };
    slots.chunks(each).filter_map(bar).collect()
}

/// Names a bar for the host, which hands it back to choose the bar.
pub(crate) fn bar_value(bar: &Bar) -> String {
    bar.start.millis().to_string()
}

/// The day, or for an hour of a day its time.
pub(crate) fn slot_name(fmt: &Formatter<'_>, report: &UsageReport, slot: &Slot, zone: &Zone) -> String {
    match report.is_hourly() {
        true => fmt.text.date(&fmt.format_tag, zone, slot.start, DateStyle::Time),
        false => fmt.civil_day(slot.day, DateStyle::Day),
    }
}

/// The same for a bar, which may have several days.
pub(crate) fn bar_name(fmt: &Formatter<'_>, report: &UsageReport, bar: &Bar, zone: &Zone) -> String {
    let day = |day: Day| fmt.civil_day(day, DateStyle::Day);
    match report.is_hourly() {
        true => fmt.text.date(&fmt.format_tag, zone, bar.start, DateStyle::Time),
        false if bar.from == bar.to => day(bar.from),
        false => fmt.message(Message::Span { low: &day(bar.from), high: &day(bar.to) }),
    }
}

/// What an hour or day used, or why that is not known: it has not begun, or its part of the list is not loaded. In a list
/// that is not whole each sum is a lower bound.
pub(crate) fn use_phrases(
    fmt: &Formatter<'_>,
    report: &UsageReport,
    start: Timestamp,
    credits: Credits,
    requests: u64,
) -> String {
    match missing_use(report, start, requests, fmt.now) {
        Some(reason) => fmt.message(reason),
        None => {
            let amount = fmt.message(Message::Credits { count: &fmt.amount_count(credits) });
            fmt.join_phrases([at_least(fmt, report, amount), request_count(fmt, requests)])
        }
    }
}

/// Why nothing can be said of the use from `start` on.
pub(crate) fn missing_use(
    report: &UsageReport,
    start: Timestamp,
    requests: u64,
    now: Timestamp,
) -> Option<Message<'static>> {
    match requests {
        0 if start > now => Some(Message::UsageAhead),
        0 if !report.complete => Some(Message::UsageNotLoaded),
        _ => None,
    }
}

/// Marks an amount as a lower bound where the list is not whole.
pub(crate) fn at_least(fmt: &Formatter<'_>, report: &UsageReport, amount: String) -> String {
    if report.complete { amount } else { fmt.message(Message::UsageAtLeast { amount: &amount }) }
}

/// "3 requests".
pub(crate) fn request_count(fmt: &Formatter<'_>, requests: u64) -> String {
    fmt.message(Message::Requests { count: &fmt.own_number(i64::try_from(requests).unwrap_or(i64::MAX)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::ServerOffset;
    use crate::domain::usage_table::DayTable;

    #[test]
    fn long_ranges_share_bars() {
        let first = Day::parse("2026-01-01").unwrap();
        let mut slots = DayTable::new(first, first.plus_days(364), |_| ServerOffset::UTC).unwrap().slots();
        for slot in &mut slots {
            slot.requests = 1;
        }
        let bars = bars(&slots);
        assert!(bars.len() <= MAX_BARS);
        assert_eq!(bars.iter().map(|bar| bar.requests).sum::<u64>(), 365);
        assert!(bars.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}
