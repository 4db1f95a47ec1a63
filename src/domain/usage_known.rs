//! Past charges that were listed whole, so that comparing a period with the one before lists nothing twice.

use super::credits::Credits;
use super::history::UsageRow;
use super::time::Timestamp;

/// Stretches that are remembered: the month, the range on the screen, and the period before it.
const MAX_STRETCHES: usize = 4;

/// All charges between two instants.
#[derive(Clone, Debug)]
struct Stretch {
    start: Timestamp,
    /// The first instant outside.
    end: Timestamp,
    charges: Vec<(Timestamp, Credits)>,
}

/// What is known of past charges.
#[derive(Clone, Debug, Default)]
pub struct KnownUsage {
    /// The newest last.
    stretches: Vec<Stretch>,
}

impl KnownUsage {
    /// Remembers a list that holds every charge from `start` up to `end`, read at `now`. What is charged later is not in it.
    pub fn learn(&mut self, rows: &[UsageRow], start: Timestamp, end: Timestamp, now: Timestamp) {
        let end = end.min(now);
        if end <= start {
            return;
        }
        let is_inside = |row: &&UsageRow| start <= row.at && row.at < end;
        let charges = rows.iter().filter(is_inside).map(|row| (row.at, row.credits)).collect();
        if self.stretches.iter().any(|known| known.start <= start && known.end >= end) {
            return;
        }
        self.stretches.retain(|known| known.start < start || known.end > end);
        if self.stretches.len() >= MAX_STRETCHES {
            self.stretches.remove(0);
        }
        self.stretches.push(Stretch { start, end, charges });
    }

    /// Credits and requests from `start` up to `end`; `None` where a part of it is not known.
    pub fn sum(&self, start: Timestamp, end: Timestamp) -> Option<(Credits, u64)> {
        let (mut credits, mut requests, mut at) = (Credits::ZERO, 0, start);
        while at < end {
            let (known, until) = self.reach(at)?;
            let until = until.min(end);
            for (_, charge) in known.charges.iter().filter(|(charged, _)| at <= *charged && *charged < until) {
                credits = credits.plus(*charge);
                requests += 1;
            }
            at = until;
        }
        Some((credits, requests))
    }

    /// The instants between `start` and `end` that have to be listed for [`KnownUsage::sum`]; `None` where all is known.
    pub fn missing(&self, start: Timestamp, end: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let (mut from, mut to) = (start, end);
        while from < to
            && let Some((_, until)) = self.reach(from)
        {
            from = until;
        }
        while from < to
            && let Some(known) = self
                .stretches
                .iter()
                .filter(|known| known.end >= to && known.start < to)
                .min_by_key(|known| known.start)
        {
            to = known.start;
        }
        (from < to).then_some((from, to))
    }

    /// The stretch that leads furthest from `at` on, and its end.
    fn reach(&self, at: Timestamp) -> Option<(&Stretch, Timestamp)> {
        let here = self.stretches.iter().filter(|known| known.start <= at && at < known.end);
        here.max_by_key(|known| known.end).map(|known| (known, known.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour * 3_600_000)
    }

    fn row(hour: i64, credits: i32) -> UsageRow {
        UsageRow {
            id: hour.to_string(),
            at: at(hour),
            model: "A".into(),
            mode: None,
            tokens: None,
            credits: Credits::from_whole(credits),
            package: None,
        }
    }

    fn known(stretches: &[(i64, i64)]) -> KnownUsage {
        let mut known = KnownUsage::default();
        for (start, end) in stretches {
            let rows: Vec<UsageRow> = (*start..*end).map(|hour| row(hour, 1)).collect();
            known.learn(&rows, at(*start), at(*end), at(1_000));
        }
        known
    }

    #[test]
    fn what_was_listed_is_summed_and_nothing_else() {
        let month = known(&[(0, 100)]);
        assert_eq!(month.sum(at(10), at(20)), Some((Credits::from_whole(10), 10)));
        assert_eq!((month.sum(at(90), at(101)), month.missing(at(10), at(20))), (None, None));
        assert_eq!(month.missing(at(90), at(110)), Some((at(100), at(110))));
    }

    #[test]
    fn only_the_part_that_is_not_known_is_listed() {
        let mut usage = known(&[(50, 100)]);
        assert_eq!(usage.missing(at(30), at(70)), Some((at(30), at(50))));
        usage.learn(&[row(30, 7), row(49, 2)], at(30), at(50), at(1_000));
        assert_eq!(usage.sum(at(30), at(52)), Some((Credits::from_whole(7 + 2 + 2), 4)));
        assert_eq!(usage.missing(at(30), at(100)), None);
        // Overlapping stretches count nothing twice.
        assert_eq!(known(&[(0, 60), (50, 100)]).sum(at(0), at(100)), Some((Credits::from_whole(100), 100)));
    }

    #[test]
    fn a_list_says_nothing_of_what_came_after_it() {
        let mut usage = KnownUsage::default();
        usage.learn(&[row(3, 1)], at(0), at(24), at(10));
        assert_eq!((usage.sum(at(0), at(10)), usage.sum(at(0), at(11))), (Some((Credits::from_whole(1), 1)), None));
        usage.learn(&[], at(30), at(40), at(20));
        assert_eq!(usage.sum(at(30), at(31)), None);
    }

    #[test]
    fn few_stretches_are_remembered() {
        let usage = known(&[(0, 10), (20, 30), (40, 50), (60, 70), (80, 90), (82, 88)]);
        assert_eq!((usage.sum(at(0), at(1)), usage.stretches.len()), (None, MAX_STRETCHES));
        assert!(usage.sum(at(80), at(90)).is_some());
    }
}
