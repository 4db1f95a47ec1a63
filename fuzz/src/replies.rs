//! Replies of each endpoint: any status, any header, any body.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::problem::Problem;
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use costrict_credit::ports::ApiReply;
use costrict_credit::protocol::failure::ReplyContext;
use costrict_credit::protocol::{audit, models, quota, transfer, usage, user};

pub const TOKEN: &str = "e30.e30.kanarienvogel";
const NOW: i64 = 1_781_481_600_000;
/// The core accepts waits of up to a day; the clocks' distance adds a little.
const WAIT_MAX_MS: i64 = 26 * 3_600_000;
const STATUSES: [u16; 16] = [200, 200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 429, 500, 502, 503, 0];
const HEADERS: [&str; 4] = ["content-type", "date", "retry-after", "x-ratelimit-reset"];

pub fn context() -> ReplyContext<'static> {
    let now = Timestamp::from_millis(NOW);
    ReplyContext { now, server_now: now, token: Some(TOKEN), token_expires: None }
}

/// A reply out of bytes: which status, one header in the first line, and the body.
pub fn reply(choice: u8, rest: &[u8]) -> ApiReply {
    let status = STATUSES[usize::from(choice >> 4)];
    let name = HEADERS[usize::from(choice & 3)];
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let value = String::from_utf8_lossy(&rest[..end]).into_owned();
    ApiReply { status, headers: vec![(name.to_owned(), value)], body: rest[end..].to_vec() }
}

/// A problem's texts are short and without the token, and its wait is bounded.
pub fn check_problem(problem: &Problem) {
    let texts = [problem.code.as_deref(), problem.detail.as_deref()];
    for text in texts.into_iter().flatten() {
        assert!(text.chars().count() <= 200, "{} characters", text.chars().count());
        assert!(!text.contains(TOKEN), "{text}");
    }
    if let Some(at) = problem.retry_at {
        assert!(at.millis() <= NOW + WAIT_MAX_MS, "{at:?}");
    }
}

fn checked<T>(result: Result<T, Problem>) -> Option<T> {
    result.inspect_err(check_problem).ok()
}

pub fn check(input: &[u8]) {
    let [endpoint, choice, rest @ ..] = input else { return };
    let (reply, context) = (reply(*choice, rest), context());
    let zone = ServerOffset::from_minutes(480).expect("an offset of eight hours");
    match endpoint % 8 {
        0 => {
            let read = checked(quota::read(&reply, zone, context));
            if let Some(ladder) = read.and_then(|read| read.reading.ladder) {
                let sum: Credits = ladder.grants().iter().map(|grant| grant.amount).sum();
                assert_eq!(ladder.total(), sum);
            }
        }
        1 => drop(checked(audit::read(&reply, zone, context))),
        2 => drop(checked(usage::read(&reply, zone, context))),
        3 => drop(checked(models::read(&reply, context))),
        4 => drop(checked(transfer::read_transfer_out(&reply, context))),
        5 => drop(checked(transfer::read_redeem(&reply, context))),
        6 => drop(checked(user::read_invite_code(&reply, context))),
        _ => {
            let text = String::from_utf8_lossy(rest);
            let _ = user::read_claims(&text);
        }
    }
}
