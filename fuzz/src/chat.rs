//! What failed chat replies mean: JSON, event streams and pages, whole or cut.

use costrict_credit::protocol::chat::{FailedReply, explain};
use costrict_credit::protocol::redact::safe_detail;

use super::replies::{TOKEN, check_problem, context};

const KINDS: [&str; 4] = ["application/json", "text/event-stream", "text/html", ""];
const STATUSES: [u16; 8] = [200, 400, 401, 402, 403, 429, 500, 503];

pub fn check(input: &[u8]) {
    let [choice, rest @ ..] = input else { return };
    let body = String::from_utf8_lossy(rest).into_owned();
    if let Some(detail) = safe_detail(&body, Some(TOKEN)) {
        assert!(detail.chars().count() <= 200 && !detail.contains(TOKEN), "{detail}");
    }
    let failed = FailedReply {
        status: Some(STATUSES[usize::from(choice & 7)]),
        content_type: Some(KINDS[usize::from(choice >> 3 & 3)].to_owned()),
        headers: Vec::new(),
        body: Some(body),
    };
    check_problem(&explain(failed, None, context()));
}
