//! When to ask the server: one pure function for "now?" and one for "when next?".

use super::seeded::{Bug, has};
use crate::domain::time::{Millis, Timestamp};

/// Why a refresh is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Open,
    Timer,
    Focus,
    Manual,
    TurnEnded,
    SignedIn,
    Expiry,
    TopUp,
}

/// What the window is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub visible: bool,
    pub focused: bool,
    pub online: bool,
}

impl Activity {
    pub const ACTIVE: Activity = Activity { visible: true, focused: true, online: true };
}

/// Between two requests of all windows, whatever the trigger.
pub const FLOOR: Millis = Millis::seconds(5);
/// After a turn the counters need a moment.
const AFTER_TURN: Millis = Millis::seconds(2);
/// After an expiry the sweep needs a moment.
const AFTER_EXPIRY: Millis = Millis::seconds(30);
/// On focus, if the reading is older than this.
const FOCUS_AGE: Millis = Millis::seconds(30);
/// While looked at: once a minute at most, more rarely while nothing changes.
const SEEN: &[Millis] = &[Millis::minutes(1), Millis::minutes(3), Millis::minutes(5)];
/// In the background.
const UNSEEN: &[Millis] = &[Millis::minutes(5), Millis::minutes(15), Millis::minutes(30)];
/// The first wait after a failure, doubled by each further one up to the last.
const FIRST_BACK_OFF: Millis = Millis::minutes(1);
const LAST_BACK_OFF: Millis = Millis::minutes(30);
/// A `retryAt` beyond this cannot be meant: the clock has jumped.
const BELIEVABLE_WAIT: Millis = Millis::hours(25);

/// Everything that decides when to ask, in local time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// When any window last asked.
    pub asked: Option<Timestamp>,
    /// The server said: not before.
    pub not_before: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Readings in a row that changed nothing.
    pub unchanged: u32,
    /// The latest request that ended as charged or unknown and that no reading was begun after.
    pub turn_ended: Option<Timestamp>,
    /// The next expiry that the reading does not know of yet.
    pub next_expiry: Option<Timestamp>,
    /// There is a reading.
    pub known: bool,
    /// Drawn once an attempt, 0 to 999: spreads clients that failed together.
    pub dice: u16,
}

/// Whether to ask now.
pub fn may_ask(trigger: Trigger, occasion: &Occasion, now: Timestamp) -> bool {
    if told_to_wait(occasion, now).is_some() {
        return false;
    }
    let Some(age) = age(occasion, now) else { return true };
    if age < FLOOR && !has(Bug::FloorIgnored) {
        return false;
    }
    match trigger {
        Trigger::Manual | Trigger::TurnEnded | Trigger::SignedIn | Trigger::Expiry | Trigger::TopUp => true,
        // Timers fire a little early on some hosts.
        Trigger::Timer => now.plus(Millis::seconds(1)) >= due(Activity::ACTIVE, occasion, now),
        Trigger::Open | Trigger::Focus if occasion.failures == 0 => age >= FOCUS_AGE || turn_pending(occasion),
        Trigger::Open | Trigger::Focus => now >= due(Activity::ACTIVE, occasion, now),
    }
}

/// When the host should call `refresh("timer")`; `None` when it should not.
pub fn next_refresh(activity: Activity, occasion: &Occasion, now: Timestamp) -> Option<Timestamp> {
    if !activity.online {
        return None;
    }
    let due = due(activity, occasion, now);
    // A crowd that was told the same instant does not come back in the same second.
    let told = told_to_wait(occasion, now).map(|wait| wait.plus(Millis(i64::from(occasion.dice) * 5)));
    Some(told.map_or(due, |wait| wait.max(due)).max(now))
}

/// How long ago any window asked; `None`: never, or in a future that a clock's jump has left behind.
fn age(occasion: &Occasion, now: Timestamp) -> Option<Millis> {
    occasion.asked.map(|asked| now.since(asked)).filter(|age| age.0 >= 0)
}

fn told_to_wait(occasion: &Occasion, now: Timestamp) -> Option<Timestamp> {
    occasion.not_before.filter(|wait| *wait > now && wait.since(now) <= BELIEVABLE_WAIT)
}

fn turn_pending(occasion: &Occasion) -> bool {
    occasion.turn_ended.is_some()
}

fn due(activity: Activity, occasion: &Occasion, now: Timestamp) -> Timestamp {
    let Some(asked) = occasion.asked.filter(|asked| *asked <= now) else { return now };
    if occasion.failures > 0 {
        return asked.plus(back_off(occasion));
    }
    let steps = if activity.visible { SEEN } else { UNSEEN };
    let step = steps.get(occasion.unchanged as usize).or(steps.last()).copied().unwrap_or(FIRST_BACK_OFF);
    let jitter = if activity.visible { 0 } else { step.0 / 4 * i64::from(occasion.dice) / 1_000 };
    let regular = asked.plus(Millis(step.0 + jitter));
    let after_turn = occasion.turn_ended.map(|ended| ended.plus(AFTER_TURN));
    let after_expiry = occasion.next_expiry.map(|expiry| expiry.plus(AFTER_EXPIRY));
    let earliest = [after_turn, after_expiry].into_iter().flatten().fold(regular, Timestamp::min);
    earliest.max(asked.plus(FLOOR))
}

/// Doubles with each failure; somewhere between the whole and one and a half of it.
fn back_off(occasion: &Occasion) -> Millis {
    let doublings = occasion.failures.saturating_sub(1).min(10);
    let whole = FIRST_BACK_OFF.0.saturating_mul(1 << doublings).min(LAST_BACK_OFF.0);
    Millis(whole + whole / 2 * i64::from(occasion.dice) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn asked(seconds_ago: i64) -> Occasion {
        Occasion { asked: Some(NOON.minus(Millis::seconds(seconds_ago))), known: true, ..Occasion::default() }
    }

    fn next(occasion: &Occasion, activity: Activity) -> Option<i64> {
        next_refresh(activity, occasion, NOON).map(|at| at.since(NOON).0 / 1_000)
    }

    #[test]
    fn the_floor_holds_for_every_trigger() {
        use Trigger::*;
        for trigger in [Open, Timer, Focus, Manual, TurnEnded, SignedIn, Expiry, TopUp] {
            assert!(may_ask(trigger, &Occasion::default(), NOON), "{trigger:?} first");
            assert!(!may_ask(trigger, &asked(4), NOON), "{trigger:?} within the floor");
            let waiting = Occasion { not_before: Some(NOON.plus(Millis(1))), ..asked(100_000) };
            assert!(!may_ask(trigger, &waiting, NOON), "{trigger:?} told to wait");
        }
        for (trigger, at_10_s, at_30_s, at_60_s) in [
            (Manual, true, true, true),
            (TurnEnded, true, true, true),
            (Focus, false, true, true),
            (Open, false, true, true),
            (Timer, false, false, true),
        ] {
            assert_eq!(may_ask(trigger, &asked(10), NOON), at_10_s, "{trigger:?}");
            assert_eq!(may_ask(trigger, &asked(30), NOON), at_30_s, "{trigger:?}");
            assert_eq!(may_ask(trigger, &asked(60), NOON), at_60_s, "{trigger:?}");
        }
    }

    #[test]
    fn next_times() {
        let background = Activity { visible: false, ..Activity::ACTIVE };
        let offline = Activity { online: false, ..Activity::ACTIVE };
        assert_eq!(next(&asked(10), Activity::ACTIVE), Some(50));
        assert_eq!(next(&asked(10), background), Some(290));
        assert_eq!(next(&asked(10), offline), None);
        assert_eq!(next(&Occasion { unchanged: 9, ..asked(10) }, Activity::ACTIVE), Some(290));
        assert_eq!(next(&Occasion { turn_ended: Some(NOON), ..asked(10) }, Activity::ACTIVE), Some(2));
        assert_eq!(next(&Occasion { turn_ended: Some(NOON), ..asked(1) }, Activity::ACTIVE), Some(4));
        assert_eq!(next(&Occasion { next_expiry: Some(NOON), ..asked(10) }, Activity::ACTIVE), Some(30));
        assert_eq!(next(&Occasion { failures: 5, dice: 999, ..asked(0) }, Activity::ACTIVE), Some(16 * 60 + 479));
        assert_eq!(next(&Occasion::default(), Activity::ACTIVE), Some(0));
    }

    #[test]
    fn a_jump_of_the_clock_blocks_nothing() {
        let future = Occasion {
            asked: Some(NOON.plus(Millis::days(3_650))),
            not_before: Some(NOON.plus(Millis::days(3_650))),
            ..Occasion::default()
        };
        assert!(may_ask(Trigger::Timer, &future, NOON));
        assert_eq!(next(&future, Activity::ACTIVE), Some(0));
    }
}
