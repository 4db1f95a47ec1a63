//! Dates, offsets and waiting times in every form that servers send.

use costrict_credit::domain::time::{Day, ServerOffset, Timestamp};
use costrict_credit::protocol::failure::problem_of_reply;

use super::replies::{check_problem, context, reply};

pub fn check(input: &[u8]) {
    let [choice, rest @ ..] = input else { return };
    let text = String::from_utf8_lossy(rest);
    let offset = ServerOffset::parse(&text).or_else(|| ServerOffset::from_minutes(i32::from(*choice) * 8 - 1_000));
    if let Some(offset) = offset {
        if let Some(at) = Timestamp::parse(&text, offset) {
            let written = offset.to_rfc3339(at);
            let again = Timestamp::parse(&written, offset);
            let seconds = |at: Timestamp| at.millis().div_euclid(1_000);
            assert_eq!(again.map(seconds), Some(seconds(at)), "{text} is written {written}");
            let _ = (offset.day(at), offset.minute_and_weekday(at), at.to_rfc3339());
        }
    }
    let _ = Timestamp::parse_http_date(&text);
    if let Some(day) = Day::parse(&text) {
        assert_eq!(day.plus_days(31).minus_days(31), day);
        let _ = (day.month_end(), day.weekday());
    }
    let line = [rest, b"\n"].concat();
    for header in [2, 3] {
        check_problem(&problem_of_reply(&reply(0xB0 | header, &line), context()));
        check_problem(&problem_of_reply(&reply(0xE0 | header, &line), context()));
    }
}
