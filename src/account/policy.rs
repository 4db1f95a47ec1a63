//! The refresh policy: one pure function decides whether a refresh may run now, another when the next one is due.

use crate::domain::api_enum::api_enum;
use crate::domain::deadline::Deadline;
use crate::domain::time::{Millis, Timestamp};

api_enum! {
    /// Why a refresh is attempted.
    pub enum Trigger {
        /// A window or a panel was opened.
        Open = "open",
        /// The time that [`next_refresh`] gave has come.
        Timer = "timer",
        /// The window got the focus.
        Focus = "focus",
        /// The user asked for it.
        Manual = "manual",
        /// A request of this user ended.
        TurnEnded = "turn_ended",
        /// A user signed in.
        SignedIn = "signed_in",
        /// A grant expired.
        Expiry = "expiry",
        /// Credits were bought or redeemed.
        TopUp = "top_up",
    }
}

/// Whether the window is used and can reach the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Some view of the account is on the screen.
    pub visible: bool,
    /// The window has the focus.
    pub focused: bool,
    /// The host reports a network.
    pub online: bool,
}

impl Activity {
    /// Visible, focused and online.
    pub const ACTIVE: Activity = Activity { visible: true, focused: true, online: true };
}

/// Least time between two refreshes of all windows together, for every trigger.
pub const MIN_REFRESH_INTERVAL: Millis = Millis::seconds(5);
/// Least time between two refreshes of one window if a turn ended in between.
pub const MIN_REFRESH_INTERVAL_AFTER_TURN: Millis = Millis::seconds(2);
/// The server's counters include a request only some time after its end.
const DELAY_AFTER_TURN: Millis = Millis::seconds(2);
/// The server removes expired grants only some time after their expiry.
const DELAY_AFTER_EXPIRY: Millis = Millis::seconds(30);
/// A reading younger than this is not refreshed on focus.
const MIN_AGE_ON_FOCUS: Millis = Millis::seconds(30);
/// Intervals of a visible window, one for each number of readings in a row that changed nothing.
const FOREGROUND_INTERVALS: &[Millis] = &[Millis::minutes(1), Millis::minutes(3), Millis::minutes(5)];
/// The same for a hidden window.
const BACKGROUND_INTERVALS: &[Millis] = &[Millis::minutes(5), Millis::minutes(15), Millis::minutes(30)];
/// So long after the account page was opened the balance is read again, so that a purchase shows soon.
const LOOKS_AFTER_ACCOUNT_PAGE: [Millis; 3] = [Millis::seconds(5), Millis::seconds(15), LAST_LOOK];
const LAST_LOOK: Millis = Millis::seconds(45);
/// Timers fire a little early on some hosts.
const TIMER_TOLERANCE: Millis = Millis::seconds(1);
/// Wait after the first failure; it doubles with each further failure up to `MAX_BACK_OFF`.
const MIN_BACK_OFF: Millis = Millis::minutes(1);
const MAX_BACK_OFF: Millis = Millis::minutes(30);
/// Clients that got the same `Retry-After` instant come back spread over a quarter of their wait, within these bounds.
const SPREAD_SHARE: i64 = 4;
const MIN_SPREAD: Millis = Millis::seconds(5);
const MAX_SPREAD: Millis = Millis::minutes(10);
/// Longer waits asked for by the server are cut to this: a day, plus an hour for a wrong clock.
pub const MAX_RETRY_WAIT: Millis = Millis::hours(25);

/// Everything that decides when to refresh. All times are local.
///
/// ```
/// use costrict_credit::account::policy::{RefreshInput, Trigger, may_refresh};
/// use costrict_credit::domain::time::{Millis, Timestamp};
///
/// let now = Timestamp::from_millis(1_800_000_000_000);
/// let input = RefreshInput { last_attempt: Some(now), ..RefreshInput::default() };
/// assert!(!may_refresh(Trigger::Manual, &input, now.plus(Millis::seconds(4))));
/// assert!(may_refresh(Trigger::Manual, &input, now.plus(Millis::seconds(5))));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefreshInput {
    /// When any window last sent a request for a reading.
    pub last_attempt: Option<Timestamp>,
    /// That window was this one.
    pub is_own_attempt: bool,
    /// The server refuses requests before this time.
    pub not_before: Option<Deadline>,
    /// Failures in a row.
    pub failures: u32,
    /// Readings in a row that changed nothing.
    pub unchanged: u32,
    /// A request of this user is in flight: a refresh after its end shows more.
    pub has_open_turn: bool,
    /// End of the latest request that was charged or may have been, if no reading was requested since.
    pub turn_ended: Option<Timestamp>,
    /// A refresh after a change at the server was deferred, and no reading was requested since.
    pub is_deferred: bool,
    /// The first expiry after the reading.
    pub next_expiry: Option<Timestamp>,
    /// Some window opened the account page: from [`looks_after_account_page`].
    pub account_page: Option<Deadline>,
    /// A reading is known.
    pub known: bool,
    /// Random part of waits, 0 to 999 permille, drawn once for each attempt: spreads clients that failed together.
    pub jitter_permille: u16,
    /// When to learn whether a refused token is refused for good.
    pub verify_at: Option<Timestamp>,
}

/// Whether a refresh may run now.
pub fn may_refresh(trigger: Trigger, input: &RefreshInput, now: Timestamp) -> bool {
    if server_wait(input, now).is_some() {
        return false;
    }
    let Some(age) = age(input, now) else { return true };
    let after_turn = matches!(trigger, Trigger::TurnEnded | Trigger::Timer);
    let floor = if after_turn { min_interval(input) } else { MIN_REFRESH_INTERVAL };
    if age < floor {
        return false;
    }
    match trigger {
        Trigger::Manual | Trigger::TurnEnded | Trigger::SignedIn | Trigger::Expiry | Trigger::TopUp => true,
        Trigger::Timer => now.plus(TIMER_TOLERANCE) >= due_at(Activity::ACTIVE, input, now),
        Trigger::Open | Trigger::Focus if input.failures == 0 => age >= MIN_AGE_ON_FOCUS || has_pending_turn(input),
        Trigger::Open | Trigger::Focus => now >= due_at(Activity::ACTIVE, input, now),
    }
}

/// Until when the balance is read again because the account page was opened at `now`. Of several openings the latest counts,
/// so two of them never double the requests.
pub fn looks_after_account_page(now: Timestamp) -> Deadline {
    Deadline::after(now, LAST_LOOK)
}

/// The stored end of the looks after an opening of the account page.
pub fn stored_looks(until: Timestamp) -> Deadline {
    Deadline::new(until, LAST_LOOK)
}

/// Whether a reading requested at `asked` is a look after the account page was opened. Looks do not lengthen the intervals
/// that follow: a purchase may take longer than they do.
pub fn is_look(account_page: Option<Deadline>, asked: Timestamp) -> bool {
    let lasts = |looks: Deadline| asked < looks.until().plus(MIN_REFRESH_INTERVAL) && !looks.is_void(asked);
    account_page.is_some_and(lasts)
}

/// When the host should call `refresh("timer")`; `None` while the window is offline.
pub fn next_refresh(activity: Activity, input: &RefreshInput, now: Timestamp) -> Option<Timestamp> {
    if !activity.online {
        return None;
    }
    let due = due_at(activity, input, now);
    let wait_end = server_wait(input, now).map(|wait| wait.plus(spread(input, wait)));
    Some(wait_end.map_or(due, |wait| wait.max(due)).max(now))
}

/// Time since the last attempt; `None` if there was none, or if its time is in the future because the clock was set back.
fn age(input: &RefreshInput, now: Timestamp) -> Option<Millis> {
    input.last_attempt.map(|asked| now.since(asked)).filter(|age| age.0 >= 0)
}

fn server_wait(input: &RefreshInput, now: Timestamp) -> Option<Timestamp> {
    input.not_before.filter(|wait| wait.is_ahead(now)).map(Deadline::until)
}

/// How much later than the end of the server's `wait` this client comes back.
fn spread(input: &RefreshInput, wait: Timestamp) -> Millis {
    let waited = input.last_attempt.map_or(0, |asked| wait.since(asked).0);
    let width = (waited / SPREAD_SHARE).clamp(MIN_SPREAD.0, MAX_SPREAD.0);
    Millis(width * i64::from(input.jitter_permille) / 1_000)
}

fn min_interval(input: &RefreshInput) -> Millis {
    if input.is_own_attempt && has_pending_turn(input) { MIN_REFRESH_INTERVAL_AFTER_TURN } else { MIN_REFRESH_INTERVAL }
}

fn has_pending_turn(input: &RefreshInput) -> bool {
    input.turn_ended.is_some()
}

fn due_at(activity: Activity, input: &RefreshInput, now: Timestamp) -> Timestamp {
    let Some(asked) = input.last_attempt.filter(|asked| *asked <= now) else { return now };
    if input.failures > 0 {
        let retry = asked.plus(back_off(input));
        return input.verify_at.map_or(retry, |at| retry.min(at.max(asked.plus(min_interval(input)))));
    }
    let steps = if activity.visible { FOREGROUND_INTERVALS } else { BACKGROUND_INTERVALS };
    let unchanged = if input.has_open_turn { usize::MAX } else { input.unchanged as usize };
    let step = steps.get(unchanged).or(steps.last()).copied().unwrap_or(MIN_BACK_OFF);
    let jitter = if activity.visible { 0 } else { step.0 / 4 * i64::from(input.jitter_permille) / 1_000 };
    let regular = asked.plus(Millis(step.0 + jitter));
    let after_turn = input.turn_ended.map(|ended| ended.plus(DELAY_AFTER_TURN));
    let after_expiry = input.next_expiry.map(|expiry| expiry.plus(DELAY_AFTER_EXPIRY));
    let wanted = input.is_deferred.then_some(asked);
    let look = next_look(input, asked, now);
    let earliest = [after_turn, after_expiry, wanted, look].into_iter().flatten().fold(regular, Timestamp::min);
    earliest.max(asked.plus(min_interval(input)))
}

/// The first look after the account page was opened that no window's request has served.
fn next_look(input: &RefreshInput, asked: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let looks = input.account_page.filter(|looks| !looks.is_void(now))?;
    let opened = looks.until().minus(LAST_LOOK);
    LOOKS_AFTER_ACCOUNT_PAGE.map(|delay| opened.plus(delay)).into_iter().find(|at| asked.plus(TIMER_TOLERANCE) < *at)
}

/// Doubles with each failure; jitter adds up to half of it.
fn back_off(input: &RefreshInput) -> Millis {
    let doublings = input.failures.saturating_sub(1).min(10);
    let whole = MIN_BACK_OFF.0.saturating_mul(1 << doublings).min(MAX_BACK_OFF.0);
    Millis(whole + whole / 2 * i64::from(input.jitter_permille) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn asked(seconds_ago: i64) -> RefreshInput {
        RefreshInput {
            last_attempt: Some(NOON.minus(Millis::seconds(seconds_ago))),
            known: true,
            ..RefreshInput::default()
        }
    }

    fn next(input: &RefreshInput, activity: Activity) -> Option<i64> {
        next_refresh(activity, input, NOON).map(|at| at.since(NOON).0 / 1_000)
    }

    #[test]
    fn the_floor_holds_for_every_trigger() {
        use Trigger::*;
        for trigger in [Open, Timer, Focus, Manual, TurnEnded, SignedIn, Expiry, TopUp] {
            assert!(may_refresh(trigger, &RefreshInput::default(), NOON), "{trigger:?} first");
            assert!(!may_refresh(trigger, &asked(4), NOON), "{trigger:?} within the floor");
            let waiting = RefreshInput { not_before: Some(Deadline::after(NOON, Millis(1))), ..asked(100_000) };
            assert!(!may_refresh(trigger, &waiting, NOON), "{trigger:?} during a wait of the server");
        }
        for (trigger, at_10_s, at_30_s, at_60_s) in [
            (Manual, true, true, true),
            (TurnEnded, true, true, true),
            (Focus, false, true, true),
            (Open, false, true, true),
            (Timer, false, false, true),
        ] {
            assert_eq!(may_refresh(trigger, &asked(10), NOON), at_10_s, "{trigger:?}");
            assert_eq!(may_refresh(trigger, &asked(30), NOON), at_30_s, "{trigger:?}");
            assert_eq!(may_refresh(trigger, &asked(60), NOON), at_60_s, "{trigger:?}");
        }
    }

    #[test]
    fn a_window_that_asked_before_its_turn_ended_may_ask_again_soon() {
        let own = RefreshInput { is_own_attempt: true, turn_ended: Some(NOON), ..asked(2) };
        assert!(may_refresh(Trigger::TurnEnded, &own, NOON), "else the reading would be more than 3 s behind");
        assert!(!may_refresh(Trigger::Manual, &own, NOON));
        assert!(
            !may_refresh(Trigger::TurnEnded, &RefreshInput { is_own_attempt: false, ..own }, NOON),
            "never two windows"
        );
        assert!(!may_refresh(Trigger::TurnEnded, &RefreshInput { turn_ended: None, ..own }, NOON));
        assert!(!may_refresh(Trigger::TurnEnded, &RefreshInput { last_attempt: asked(1).last_attempt, ..own }, NOON));
    }

    #[test]
    fn next_times() {
        let background = Activity { visible: false, ..Activity::ACTIVE };
        let offline = Activity { online: false, ..Activity::ACTIVE };
        assert_eq!(next(&asked(10), Activity::ACTIVE), Some(50));
        assert_eq!(next(&asked(10), background), Some(290));
        assert_eq!(next(&asked(10), offline), None);
        assert_eq!(next(&RefreshInput { unchanged: 9, ..asked(10) }, Activity::ACTIVE), Some(290));
        assert_eq!(next(&RefreshInput { turn_ended: Some(NOON), ..asked(10) }, Activity::ACTIVE), Some(2));
        assert_eq!(next(&RefreshInput { turn_ended: Some(NOON), ..asked(1) }, Activity::ACTIVE), Some(4));
        assert_eq!(
            next(&RefreshInput { has_open_turn: true, ..asked(10) }, Activity::ACTIVE),
            Some(290),
            "the refresh waits for its end"
        );
        assert_eq!(next(&RefreshInput { next_expiry: Some(NOON), ..asked(10) }, Activity::ACTIVE), Some(30));
        assert_eq!(
            next(&RefreshInput { failures: 5, jitter_permille: 999, ..asked(0) }, Activity::ACTIVE),
            Some(16 * 60 + 479)
        );
        assert_eq!(next(&RefreshInput::default(), Activity::ACTIVE), Some(0));
    }

    /// Seconds after the opening at which a timer that obeys the policy sends requests, until a minute and a half is over.
    fn sent_after(mut input: RefreshInput, early: Millis) -> Vec<i64> {
        let mut sent = Vec::new();
        while let Some(due) = next_refresh(Activity::ACTIVE, &input, input.last_attempt.unwrap_or(NOON).max(NOON)) {
            let at = due.minus(early);
            if at.since(NOON) > Millis::seconds(90) {
                break;
            }
            assert!(may_refresh(Trigger::Timer, &input, at), "due at {due:?}");
            sent.push(at.since(NOON).0);
            input.last_attempt = Some(at);
        }
        sent
    }

    #[test]
    fn after_the_account_page_was_opened_three_looks_follow_and_then_the_usual() {
        let account_page = Some(looks_after_account_page(NOON));
        let opened = RefreshInput { account_page, ..asked(50) };
        let seconds = |sent: Vec<i64>| sent.into_iter().map(|ms| ms / 1_000).collect::<Vec<_>>();
        assert_eq!(seconds(sent_after(opened, Millis(0))), [5, 15, 45]);
        assert_eq!(sent_after(opened, Millis(900)), [4_100, 14_100, 44_100], "a timer that is early serves its look");
        assert_eq!(seconds(sent_after(RefreshInput { unchanged: 9, ..opened }, Millis(0))), [5, 15, 45]);
        let hidden = Activity { visible: false, ..Activity::ACTIVE };
        assert_eq!(next(&opened, hidden), Some(5), "the browser covers the window");
        assert_eq!(next(&RefreshInput { account_page, ..asked(0) }, Activity::ACTIVE), Some(5));
        assert!(is_look(account_page, NOON.plus(Millis::seconds(46))));
        assert!(!is_look(account_page, NOON.plus(Millis::seconds(60))));
    }

    #[test]
    fn looks_after_the_account_page_wait_for_server_and_back_off() {
        let account_page = Some(looks_after_account_page(NOON));
        let failed = RefreshInput { account_page, failures: 1, ..asked(0) };
        assert_eq!(next(&failed, Activity::ACTIVE), Some(60));
        let not_before = Some(Deadline::after(NOON, Millis::minutes(2)));
        let waiting = RefreshInput { account_page, not_before, ..asked(0) };
        assert_eq!(next(&waiting, Activity::ACTIVE), Some(120));
        assert!(!may_refresh(Trigger::Timer, &waiting, NOON.plus(Millis::seconds(20))));
        let offline = Activity { online: false, ..Activity::ACTIVE };
        assert_eq!(next(&RefreshInput { account_page, ..asked(0) }, offline), None);
        let before_the_clock_was_set_back = Some(looks_after_account_page(NOON.plus(Millis::hours(1))));
        let set_back = RefreshInput { account_page: before_the_clock_was_set_back, ..asked(0) };
        assert_eq!(next(&set_back, Activity::ACTIVE), Some(60));
    }

    #[test]
    fn clients_with_the_same_retry_time_come_back_spread_over_a_while() {
        let next_after = |jitter_permille: u16| {
            let not_before = Some(Deadline::after(NOON, Millis::minutes(50)));
            next(&RefreshInput { not_before, jitter_permille, ..asked(600) }, Activity::ACTIVE)
        };
        assert_eq!(next_after(0), Some(50 * 60));
        assert_eq!(next_after(500), Some(55 * 60), "a quarter of an hour is too much: ten minutes");
        let short = RefreshInput {
            not_before: Some(Deadline::after(NOON, Millis::seconds(4))),
            jitter_permille: 999,
            ..asked(6)
        };
        assert_eq!(next(&RefreshInput { failures: 0, turn_ended: Some(NOON), ..short }, Activity::ACTIVE), Some(8));
    }

    #[test]
    fn a_jump_of_the_clock_blocks_nothing() {
        let future = RefreshInput {
            last_attempt: Some(NOON.plus(Millis::days(3_650))),
            not_before: Some(Deadline::new(NOON.plus(Millis::hours(5)), Millis::minutes(1))),
            ..RefreshInput::default()
        };
        assert!(may_refresh(Trigger::Timer, &future, NOON));
        assert_eq!(next(&future, Activity::ACTIVE), Some(0));
    }
}
