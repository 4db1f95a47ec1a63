//! What a crowd does to a server that was out for an hour: the client's policy alone, many times, in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use costrict_credit::account::engine::wait_until;
use costrict_credit::account::policy::{Activity, RefreshInput, Trigger, may_refresh, next_refresh};
use costrict_credit::domain::time::{Millis, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Requests are counted in slices of this.
const SLICE: i64 = 10_000;
/// The steady rate is that of the hour before the outage; the hour before that lets the crowd find its pace.
const OUT_FROM: i64 = 2 * HOUR;
const OUT_UNTIL: i64 = 3 * HOUR;
const END: i64 = 5 * HOUR;

/// How the server is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Nothing answers.
    Silent,
    /// Every reply names the same instant, the outage's end, as the time to come back.
    Named,
}

/// Requests a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub steady: f64,
    /// The highest of any 10 s after the outage.
    pub peak: f64,
}

struct Client {
    refresh_input: RefreshInput,
    activity: Activity,
    /// The timer that was set last.
    timer: i64,
    /// The user comes back to the window about so often.
    focus_every: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Timer,
    Focus,
}

/// Simulates `clients` during an outage.
pub fn outage(clients: usize, kind: Outage, seed: u64) -> Rates {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut slices = vec![0_u64; (END / SLICE) as usize];
    let mut queue = BinaryHeap::new();
    let mut crowd: Vec<Client> = (0..clients)
        .map(|_| {
            let visible = rng.bool();
            Client {
                refresh_input: RefreshInput::default(),
                activity: Activity { visible, focused: visible, online: true },
                timer: rng.i64(0..10 * MINUTE),
                focus_every: rng.i64(5..60) * MINUTE,
            }
        })
        .collect();
    for (index, client) in crowd.iter().enumerate() {
        queue.push(Reverse((client.timer, index, Call::Timer)));
        queue.push(Reverse((rng.i64(0..client.focus_every), index, Call::Focus)));
    }
    while let Some(Reverse((now, index, call))) = queue.pop() {
        if now >= END {
            break;
        }
        let client = &mut crowd[index];
        let trigger = match call {
            Call::Timer if now != client.timer => continue,
            Call::Timer => Trigger::Timer,
            Call::Focus => {
                queue.push(Reverse((now + rng.i64(0..2 * client.focus_every), index, Call::Focus)));
                Trigger::Focus
            }
        };
        if may_refresh(trigger, &client.refresh_input, Timestamp::from_millis(now)) {
            slices[(now / SLICE) as usize] += 1;
            answered(&mut client.refresh_input, kind, now, &mut rng);
        }
        let next = next_refresh(client.activity, &client.refresh_input, Timestamp::from_millis(now));
        // A second for the way there and back, and for timers that are not exact.
        client.timer = next.map_or(END, Timestamp::millis).max(now) + rng.i64(1..1_000);
        queue.push(Reverse((client.timer, index, Call::Timer)));
    }
    let slice = |at: i64| (at / SLICE) as usize;
    let before: u64 = slices[slice(OUT_FROM - HOUR)..slice(OUT_FROM)].iter().sum();
    let peak = slices[slice(OUT_UNTIL)..].iter().max().copied().unwrap_or_default();
    let seconds = |millis: i64| millis as f64 / 1_000.0;
    Rates { steady: before as f64 / seconds(HOUR), peak: peak as f64 / seconds(SLICE) }
}

/// What the engine makes of the server's answer, or of none.
fn answered(refresh_input: &mut RefreshInput, kind: Outage, now: i64, rng: &mut fastrand::Rng) {
    refresh_input.last_attempt = Some(Timestamp::from_millis(now));
    refresh_input.jitter_permille = rng.u16(0..1_000);
    if (OUT_FROM..OUT_UNTIL).contains(&now) {
        refresh_input.failures += 1;
        if kind == Outage::Named {
            refresh_input.not_before = Some(wait_until(Timestamp::from_millis(OUT_UNTIL), Timestamp::from_millis(now)));
        }
        return;
    }
    // A user at work sees a change with every other reading.
    refresh_input.unchanged = if rng.bool() { 0 } else { refresh_input.unchanged + 1 };
    refresh_input.failures = 0;
    refresh_input.known = true;
    refresh_input.not_before =
        refresh_input.not_before.filter(|wait| wait.until().plus(Millis::hours(1)).millis() > now);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_an_outage_clients_send_at_most_twice_as_often() {
        for kind in [Outage::Silent, Outage::Named] {
            let rates = outage(2_000, kind, 1);
            assert!(rates.steady > 1.0, "{kind:?}: {rates:?}");
            assert!(rates.peak <= 2.0 * rates.steady, "{kind:?}: {rates:?}");
        }
    }
}
