//! From past amounts to a range: sliding-window conformal prediction with a least number of samples.

/// Observations before the account's own history replaces the list price. With fewer, a range of nine in ten does not
/// follow: the smallest and largest of n bound the next one with probability (n - 1) / (n + 1).
pub const MIN_SAMPLES: usize = 20;
/// Only so many of the newest amounts are used.
pub const MAX_SAMPLES: usize = 60;
/// A drift is measured between two halves of at least so many amounts each.
const MIN_DRIFT_HALF: usize = 10;
/// The range that is promised, in tenths.
const TENTHS: usize = 9;
/// Amounts that show a change when none of the amounts before is like them.
const MIN_CHANGED_SAMPLES: usize = 3;
/// How many amounts before a change it is compared with: at least and at most.
const SAMPLES_BEFORE_CHANGE: std::ops::RangeInclusive<usize> = 5..=20;

/// What past amounts show about the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Too few to replace the list price; from three on, the lowest and the highest.
    TooLittle(Option<(i64, i64)>),
    /// There were enough, but the newest are unlike those before: the lowest, the middle and the highest of them.
    Changed {
        /// The lowest of the newest amounts.
        low: i64,
        /// Their median.
        middle: i64,
        /// The highest of them.
        high: i64,
    },
    /// Where nine of ten amounts fall, their middle, and how many of the past ones did.
    Enough {
        /// The lower end of the range.
        low: i64,
        /// The median, inside the range.
        middle: i64,
        /// The upper end of the range.
        high: i64,
        /// How many of the past amounts are in the range.
        within: usize,
        /// How many past amounts there are.
        of: usize,
    },
}

/// Reads past amounts, oldest first.
pub fn evidence(amounts: &[i64]) -> Evidence {
    let amounts = tail(amounts, MAX_SAMPLES);
    if amounts.len() < MIN_SAMPLES {
        let sorted = sorted(amounts);
        let hull = sorted.first().copied().zip(sorted.last().copied());
        return Evidence::TooLittle(hull.filter(|_| amounts.len() >= MIN_CHANGED_SAMPLES));
    }
    let recent = tail(amounts, amounts.len() - last_change(amounts));
    let (drift, is_of_another_size) = drift(recent);
    let sorted = sorted(if is_of_another_size { tail(recent, MIN_SAMPLES) } else { recent });
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    if sorted.len() < MIN_SAMPLES {
        let (low, high) = sorted.first().copied().zip(sorted.last().copied()).unwrap_or_default();
        return Evidence::Changed { low, middle, high };
    }
    let (low, high) = shortest_range(&sorted);
    let within = sorted.iter().filter(|amount| (low..=high).contains(*amount)).count();
    let (low, high) = extrapolated((low, high), drift, recent.len(), &sorted);
    // The median may lie outside of the shortest range where most of the mass is at one end.
    Evidence::Enough { low, middle: middle.max(low).min(high), high, within, of: sorted.len() }
}

/// The newest amounts, at most so many.
pub fn tail(amounts: &[i64], count: usize) -> &[i64] {
    amounts.get(amounts.len().saturating_sub(count)..).unwrap_or_default()
}

/// In ascending order. Inserted one by one: there are few, and the standard sort would be kilobytes of wasm for one more type.
pub fn sorted(amounts: &[i64]) -> Vec<i64> {
    let mut sorted: Vec<i64> = Vec::with_capacity(amounts.len());
    for amount in amounts {
        let index = sorted.partition_point(|known| known <= amount);
        sorted.insert(index, *amount);
    }
    sorted
}

/// How far the middle of the newer half lies from that of the older, where it is not near it (else 0), and whether it is of another
/// size. Then only the newest count: of what drifts the old says too little. In a steady mix that strikes rarely, and costs no more
/// than some of the evidence.
fn drift(recent: &[i64]) -> (i64, bool) {
    let half = recent.len() / 2;
    if half < MIN_DRIFT_HALF {
        return (0, false);
    }
    let (older, newer) = (sorted(recent.get(..half).unwrap_or_default()), sorted(tail(recent, half)));
    let eighth = |index: usize| older.get(half * index / 8).copied().unwrap_or_default();
    let middle = newer.get(half / 2).copied().unwrap_or_default();
    let is_near = (eighth(3)..=eighth(5)).contains(&middle);
    let drift = if is_near { 0 } else { middle.saturating_sub(eighth(4)) };
    (drift, !(eighth(2)..=eighth(6)).contains(&middle))
}

/// The newest amounts of what drifts lie behind the next one by half of their number: their range is stretched by what is
/// drifted in so many. Repeated amounts are fixed prices; those jump rather than drift, so the range is not stretched.
fn extrapolated((low, high): (i64, i64), drift: i64, recent: usize, newest: &[i64]) -> (i64, i64) {
    if drift == 0 || newest.iter().zip(newest.iter().skip(1)).any(|(one, next)| one == next) {
        return (low, high);
    }
    // The middles of the two halves are half of the amounts apart.
    let step = i64::try_from(newest.len().div_ceil(2)).unwrap_or_default();
    let stretch = drift.saturating_mul(step) / i64::try_from(recent / 2).unwrap_or(i64::MAX).max(1);
    (low.saturating_add(stretch.min(0)).max(0), high.saturating_add(stretch.max(0)))
}

/// The shortest range that holds enough of the sorted amounts. A range from the i-th to the j-th of n bounds the next one with
/// probability (j - i) / (n + 1), whatever their distribution, as long as it stays the same (conformal prediction). Where
/// both ends are amounts that came more than once, as prices do, one less will do. Of several the shortest is taken: a rare
/// double charge does not stretch the range of what is steady.
pub fn shortest_range(sorted: &[i64]) -> (i64, i64) {
    let steps = ((sorted.len() + 1) * TENTHS).div_ceil(10);
    let at = |index: usize| sorted.get(index).copied();
    let range = |low: usize, high: usize| at(low).zip(at(high));
    let is_tied = |low: usize, high: usize| at(low) == at(low + 1) && at(high) == at(high.saturating_sub(1));
    let ranges = (0..sorted.len()).flat_map(|low| {
        let tied = range(low, low + steps - 1).filter(|_| is_tied(low, low + steps - 1));
        tied.into_iter().chain(range(low, low + steps))
    });
    let whole = at(0).zip(sorted.last().copied()).unwrap_or_default();
    ranges.min_by_key(|(low, high)| high.saturating_sub(*low)).unwrap_or(whole)
}

/// Where the newest regime begins: 0 where nothing has changed.
///
/// A change is seen where almost none of the amounts before it lie between the lowest and the highest since: none for
/// the first three, at most one in ten later. By chance that is rare in a steady mix of prices (three alike that none
/// of twenty before was like: under 0.02 %) and short-lived: one more amount of the old kind undoes it.
fn last_change(amounts: &[i64]) -> usize {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    let mut change = 0;
    for (index, amount) in amounts.iter().enumerate().rev() {
        (low, high) = (low.min(*amount), high.max(*amount));
        let since = amounts.len() - index;
        let before = tail(amounts.get(..index).unwrap_or_default(), *SAMPLES_BEFORE_CHANGE.end());
        if since < MIN_CHANGED_SAMPLES {
            continue;
        }
        let alike = before.iter().filter(|amount| (low..=high).contains(*amount)).count();
        let allowed = if since > MIN_CHANGED_SAMPLES { before.len() / 10 } else { 0 };
        if before.len() >= *SAMPLES_BEFORE_CHANGE.start() && alike <= allowed {
            change = index;
        } else if change > 0 {
            // The run of possible positions has ended: the change is at its first one.
            break;
        }
    }
    change
}
