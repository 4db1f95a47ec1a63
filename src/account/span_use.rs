//! What an account used on a server day or in a server week, for budgets: own requests, what readings show beyond them, and
//! the usage statistics.
//!
//! No source sees everything. Own requests miss other devices; readings miss what came before the first one of a day or week; the
//! statistics miss what came after they were read. Each is a lower bound, so the greatest of them is used.

use super::hold::Hold;
use super::reading::SpendPoint;
use super::snapshot::Snapshot;
use crate::domain::credits::Credits;
use crate::domain::time::{Day, MONDAY, Millis, ServerOffset, Timestamp};

/// What the first reading of a span shows is counted for it if the reading before was at most this long before its start. After a
/// longer pause it is unknown whether the credits were used in the span.
const MAX_PAUSE_BEFORE_START: Millis = Millis::hours(2);

/// A day or a week of the server, in server time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetSpan {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl BudgetSpan {
    /// The day of an instant.
    pub fn day(at: Timestamp, zone: ServerOffset) -> Option<BudgetSpan> {
        BudgetSpan::of(zone.day(at)?, 1, zone)
    }

    /// The week of an instant, from Monday to Sunday.
    pub fn week(at: Timestamp, zone: ServerOffset) -> Option<BudgetSpan> {
        let day = zone.day(at)?;
        BudgetSpan::of(day.minus_days(u64::from(day.weekday() - MONDAY)), 7, zone)
    }

    fn of(first: Day, days: u64, zone: ServerOffset) -> Option<BudgetSpan> {
        let start = zone.first_second(first)?;
        Some(BudgetSpan { start, end: zone.first_second(first.plus_days(days))? })
    }

    /// Whether an instant is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at)
    }
}

/// What this window knows of the present day or week beyond the snapshot. Not stored: a later window reads it again.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownSpanUse {
    /// The span, and the sum of its first reading.
    first_reading: Option<(BudgetSpan, Credits)>,
    statistics: Option<SpanStatistics>,
}

/// The charged requests of a span, all of them up to `read_at`.
#[derive(Clone, Copy, Debug)]
struct SpanStatistics {
    span: BudgetSpan,
    used: Credits,
    /// Local time of the request for them.
    read_at: Timestamp,
}

impl KnownSpanUse {
    /// Takes in what the statistics list for `span`, requested at local time `read_at`.
    pub fn record_statistics(&mut self, span: BudgetSpan, used: Credits, read_at: Timestamp) {
        self.statistics = Some(SpanStatistics { span, used, read_at });
    }

    /// Takes in a reading of `span`: the last point before it and its own.
    pub fn record_reading(&mut self, before: &SpendPoint, own: &SpendPoint, span: BudgetSpan) {
        if !span.contains(before.at) {
            self.first_reading = Some((span, own.spent));
        }
    }

    /// Credits used in `span`, held ones included. `opened_at` is the server time of a hold.
    pub fn used(&self, snapshot: &Snapshot, span: BudgetSpan, opened_at: impl Fn(&Hold) -> Timestamp) -> Credits {
        let statistics = self.statistics.filter(|known| known.span == span);
        let (mut own, mut pending, mut later) = (Credits::ZERO, Credits::ZERO, Credits::ZERO);
        for hold in snapshot.holds.values().filter(|hold| span.contains(opened_at(hold))) {
            let spent = hold.spent();
            own = own.plus(spent);
            pending = pending.plus(hold.pending());
            if statistics.is_some_and(|known| hold.opened > known.read_at) {
                later = later.plus(spent);
            }
        }
        let by_readings = self.used_by_readings(snapshot, span).unwrap_or(Credits::ZERO).plus(pending);
        let by_statistics = statistics.map_or(Credits::ZERO, |known| known.used.plus(later));
        own.max(by_readings).max(by_statistics)
    }

    fn used_by_readings(&self, snapshot: &Snapshot, span: BudgetSpan) -> Option<Credits> {
        let points = &snapshot.accepted.as_ref()?.history.points;
        let last = points.last().filter(|point| span.contains(point.at))?;
        let (before, within) = points.split_at(points.partition_point(|point| point.at < span.start));
        let base = match before.last() {
            Some(before) if span.start.since(before.at) <= MAX_PAUSE_BEFORE_START => before.spent,
            // The sum of the earliest reading in it. Of each day only the last one is among the points.
            _ => {
                let first = self.first_reading.filter(|(known, _)| *known == span).map(|(_, spent)| spent);
                within.first().map(|point| point.spent).into_iter().chain(first).min()?
            }
        };
        Some(last.spent.minus(base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::order::Order;
    use crate::account::reading::{AcceptedReading, Counters, History, SpendDelta};
    use crate::domain::balance::Reading;

    const ZONE: ServerOffset = ServerOffset::CHINA;
    const NONE: Credits = Credits::ZERO;

    /// An instant of 15 June at the server, in hours after its midnight.
    fn at(hours: i64) -> Timestamp {
        let today = Day::parse("2026-06-15").and_then(|day| ZONE.first_second(day)).unwrap();
        today.plus(Millis::hours(hours))
    }

    fn today() -> BudgetSpan {
        BudgetSpan::day(at(0), ZONE).unwrap()
    }

    fn credits(whole: i64) -> Credits {
        Credits::from_micro(whole * 1_000_000)
    }

    /// What is used in a span after readings at these hours, each with what it showed as used since the one before.
    fn used_after(known: &mut KnownSpanUse, span: BudgetSpan, readings: &[(i64, i64)]) -> Credits {
        let mut history = History::default();
        for (hour, used) in readings {
            let delta = SpendDelta { used: credits(*used), ..SpendDelta::default() };
            let next = history.with(at(*hour), delta, |instant| ZONE.day(instant));
            if let Some((before, own)) =
                history.points.last().zip(next.points.last()).filter(|_| span.contains(at(*hour)))
            {
                known.record_reading(before, own, span);
            }
            history = next;
        }
        known.used(&snapshot_of(history), span, |_| at(-9_999))
    }

    fn snapshot_of(history: History) -> Snapshot {
        let accepted = AcceptedReading {
            order: Order::from_number(1),
            server_time: at(0),
            version: None,
            reading: Reading { total: NONE, used: NONE, ladder: None, starred: None },
            counters: Counters::default(),
            change: None,
            history,
        };
        Snapshot { accepted: Some(accepted), ..Snapshot::default() }
    }

    #[test]
    fn use_of_other_devices_counts_from_the_reading_around_midnight_or_the_first_one_of_the_day() {
        for (readings, expected) in [
            (&[(9, 0), (10, 22), (11, 10)][..], 32),
            (&[(-10, 0), (-1, 5), (1, 3), (9, 4)], 7),
            // A weekend away from the machine: on which day the 40 were used is unknown.
            (&[(-60, 0), (9, 40), (10, 2)], 2),
            (&[(-60, 0), (-30, 5)], 0),
            (&[], 0),
        ] {
            assert_eq!(used_after(&mut KnownSpanUse::default(), today(), readings), credits(expected), "{readings:?}");
        }
    }

    #[test]
    fn a_week_is_from_monday_to_sunday_at_the_server_and_counts_all_its_days() {
        // 15 June 2026 is a Monday.
        let week = BudgetSpan::week(at(3 * 24 + 5), ZONE).unwrap();
        assert_eq!((week.start, week.end), (at(0), at(7 * 24)));
        assert_eq!(BudgetSpan::week(at(0), ZONE), Some(week));
        assert_eq!(BudgetSpan::week(at(7 * 24 - 1), ZONE), Some(week));
        assert_ne!(BudgetSpan::week(at(-1), ZONE), Some(week));
        for (readings, expected) in [
            // Days without a reading lie in the week, and so does their use.
            (&[(-1, 9), (1, 3), (30, 4), (100, 5)][..], 12),
            // What was used between Friday and Tuesday may be of the week before.
            (&[(-60, 0), (30, 40), (32, 1), (60, 2)], 3),
            (&[(-60, 0), (-3, 5)], 0),
        ] {
            assert_eq!(used_after(&mut KnownSpanUse::default(), week, readings), credits(expected), "{readings:?}");
        }
        // A window that did not see the first reading of Tuesday counts from the last one of that day.
        let mut history = History::default();
        for (hour, used) in [(-60, 0), (30, 40), (32, 1), (60, 2)] {
            let delta = SpendDelta { used: credits(used), ..SpendDelta::default() };
            history = history.with(at(hour), delta, |instant| ZONE.day(instant));
        }
        assert_eq!(KnownSpanUse::default().used(&snapshot_of(history), week, |_| at(-9_999)), credits(2));
    }

    #[test]
    fn the_statistics_count_what_no_reading_has_shown() {
        let mut known = KnownSpanUse::default();
        known.record_statistics(today(), credits(40), at(9));
        assert_eq!(used_after(&mut known, today(), &[(-60, 0), (9, 50), (10, 2)]), credits(40));
        assert_eq!(used_after(&mut known, today(), &[(9, 0), (10, 41)]), credits(41), "the greater of the two");
        known.record_statistics(BudgetSpan::day(at(-1), ZONE).unwrap(), credits(90), at(-1));
        assert_eq!(used_after(&mut known, today(), &[(9, 0), (10, 2)]), credits(2), "yesterday's say nothing of today");
    }
}
