//! What an account used on a server day, for budgets: own requests, what readings show beyond them, and the usage statistics.
//!
//! No source sees everything. Own requests miss other devices; readings miss what came before the first one of a day; the statistics
//! miss what came after they were read. Each is a lower bound, so the greatest of them is used.

use super::hold::Hold;
use super::reading::SpendPoint;
use super::snapshot::Snapshot;
use crate::domain::credits::Credits;
use crate::domain::time::{Day, Millis, ServerOffset, Timestamp};

/// What the first reading of a day shows is counted for the day if the reading before was at most this long before midnight. After a
/// longer pause it is unknown on which day the credits were used.
const MAX_PAUSE_OVER_MIDNIGHT: Millis = Millis::hours(2);

/// What this window knows of a day beyond the snapshot. Not stored: a later window reads it again.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownDayUse {
    /// The sum of the first reading of a day, after a pause that says nothing of the day.
    first_reading: Option<(Day, Credits)>,
    statistics: Option<DayStatistics>,
}

/// The charged requests of a day, all of them up to `read_at`.
#[derive(Clone, Copy, Debug)]
struct DayStatistics {
    day: Day,
    used: Credits,
    /// Local time of the request for them.
    read_at: Timestamp,
}

impl KnownDayUse {
    /// Takes in what the statistics list for `day`, requested at local time `read_at`.
    pub fn record_statistics(&mut self, day: Day, used: Credits, read_at: Timestamp) {
        self.statistics = Some(DayStatistics { day, used, read_at });
    }

    /// Takes in a reading: the spending history before it and with it.
    pub fn record_reading(&mut self, before: &[SpendPoint], with: &[SpendPoint], zone: ServerOffset) {
        let (Some(before), Some(last)) = (before.last(), with.last()) else { return };
        if let Some(day) = zone.day(last.at).filter(|day| zone.day(before.at) != Some(*day)) {
            self.first_reading = Some((day, last.spent));
        }
    }

    /// Credits used on `day`, held ones included.
    pub fn used(
        &self,
        snapshot: &Snapshot,
        day: Day,
        zone: ServerOffset,
        opened_on: impl Fn(&Hold) -> Option<Day>,
    ) -> Credits {
        let holds = || snapshot.holds.values().filter(|hold| opened_on(hold) == Some(day));
        let own: Credits = holds().map(Hold::spent).sum();
        let pending: Credits = holds().map(Hold::pending).sum();
        let by_readings = self.used_by_readings(snapshot, day, zone).unwrap_or(Credits::ZERO).plus(pending);
        let statistics = self.statistics.filter(|known| known.day == day);
        let by_statistics = statistics.map_or(Credits::ZERO, |known| {
            let later: Credits = holds().filter(|hold| hold.opened > known.read_at).map(Hold::spent).sum();
            known.used.plus(later)
        });
        own.max(by_readings).max(by_statistics)
    }

    fn used_by_readings(&self, snapshot: &Snapshot, day: Day, zone: ServerOffset) -> Option<Credits> {
        let points = &snapshot.accepted.as_ref()?.history.points;
        let last = points.last().filter(|point| zone.day(point.at) == Some(day))?;
        let before = points.iter().rfind(|point| zone.day(point.at).is_some_and(|known| known < day));
        let base = match before {
            None => points.first()?.spent,
            Some(before) if zone.first_second(day)?.since(before.at) <= MAX_PAUSE_OVER_MIDNIGHT => before.spent,
            Some(_) => self.first_reading.filter(|(known, _)| *known == day)?.1,
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

    fn today() -> Day {
        ZONE.day(at(0)).unwrap()
    }

    fn credits(whole: i64) -> Credits {
        Credits::from_micro(whole * 1_000_000)
    }

    /// What the day's use is after readings at these hours, each with what it showed as used since the one before.
    fn used_after(day_use: &mut KnownDayUse, readings: &[(i64, i64)]) -> Credits {
        let mut history = History::default();
        for (hour, used) in readings {
            let delta = SpendDelta { used: credits(*used), ..SpendDelta::default() };
            let next = history.with(at(*hour), delta, |instant| ZONE.day(instant));
            day_use.record_reading(&history.points, &next.points, ZONE);
            history = next;
        }
        let accepted = AcceptedReading {
            order: Order::from_number(1),
            server_time: at(0),
            version: None,
            reading: Reading { total: NONE, used: NONE, ladder: None, starred: None },
            counters: Counters::default(),
            change: None,
            history,
        };
        let snapshot = Snapshot { accepted: Some(accepted), ..Snapshot::default() };
        day_use.used(&snapshot, today(), ZONE, |_| None)
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
            assert_eq!(used_after(&mut KnownDayUse::default(), readings), credits(expected), "{readings:?}");
        }
    }

    #[test]
    fn the_statistics_count_what_no_reading_has_shown() {
        let mut day_use = KnownDayUse::default();
        day_use.record_statistics(today(), credits(40), at(9));
        assert_eq!(used_after(&mut day_use, &[(-60, 0), (9, 50), (10, 2)]), credits(40));
        assert_eq!(used_after(&mut day_use, &[(9, 0), (10, 41)]), credits(41), "the greater of the two");
        day_use.record_statistics(today().minus_days(1), credits(90), at(-1));
        assert_eq!(used_after(&mut day_use, &[(9, 0), (10, 2)]), credits(2), "yesterday's say nothing of today");
    }
}
