//! Snapshots written and read.

use litemap::LiteMap;

use super::header::{FORMAT, checksum};
use super::{StoredSnapshot, decode, encode};
use crate::account::order::Order;
use crate::account::policy::looks_after_account_page;
use crate::account::snapshot::Snapshot;
use crate::account::transfer::{Transfer, TransferStage};
use crate::domain::credits::Credits;
use crate::domain::deadline::Deadline;
use crate::domain::notice::{Episode, NoticeKind, NoticeLedger};
use crate::domain::time::{Millis, Timestamp};

#[test]
fn notices_come_back_as_they_were_and_stay_small() {
    let at = |millis: i64| Timestamp::from_millis(1_800_000_000_000 + millis);
    let mut episodes = LiteMap::new();
    for number in 0..64 {
        let kind = NoticeKind::ALL[number % NoticeKind::ALL.len()];
        let bare = number % 3 == 0;
        let episode = Episode {
            kind,
            raised: at(number as i64),
            delivered: number as u32,
            snoozes: 2,
            ended: number as u32 % 4,
            snooze: Deadline::new(at(-1), if bare { Millis(0) } else { Millis::days(1) }),
            threshold: (!bare).then_some(750_000),
            at: (!bare).then(|| at(99)),
            amount: (!bare).then_some(-5),
        };
        episodes.insert(format!("{number:016x}"), episode);
    }
    let notices = NoticeLedger::from_episodes(episodes);
    let account_page = Some(looks_after_account_page(at(0)));
    let snapshot = Snapshot { notices, account_page, ..Snapshot::default() };
    let text = encode(&snapshot, "key").unwrap();
    assert!(text.len() < 12_000, "{} bytes", text.len());
    assert_eq!(decode(&text, "key"), StoredSnapshot::Snapshot(Box::new(snapshot)));
}

/// What a later version writes: another payload, the same header.
fn later(version: i64, sum: String) -> String {
    format!("{{\"format\":\"{FORMAT}\",\"v\":{version},\"account\":\"a\",\"length\":1,\"sum\":\"{sum}\"}}\n7")
}

#[test]
fn a_later_version_is_left_alone_and_a_damaged_digit_is_damage() {
    assert_eq!(decode(&later(2, checksum(2, "a", "7")), "a"), StoredSnapshot::Newer);
    assert_eq!(decode(&later(3, checksum(2, "a", "7")), "a"), StoredSnapshot::Absent);
    let text = encode(&Snapshot::default(), "a").expect("it is small");
    assert!(matches!(decode(&text, "a"), StoredSnapshot::Snapshot(_)));
    for digit in '2'..='9' {
        let flipped = text.replacen("\"v\":1", &format!("\"v\":{digit}"), 1);
        assert_eq!(decode(&flipped, "a"), StoredSnapshot::Absent, "otherwise nothing could be stored again");
    }
}

#[test]
fn earlier_versions_find_gifts_that_no_reading_includes_and_nothing_else() {
    let transfer = |stage, credits, counted| Transfer {
        counted,
        ..Transfer::new(stage, Order::from_number(5), Credits::from_whole(credits))
    };
    let transfers = [
        ("gift", transfer(TransferStage::Done, 3, false)),
        ("counted", transfer(TransferStage::Done, 4, true)),
        ("redeemed", transfer(TransferStage::Done, -5, false)),
        ("sent", transfer(TransferStage::Sent, 6, false)),
        ("refused", transfer(TransferStage::Refused, 7, false)),
    ];
    let transfers = transfers.into_iter().map(|(id, transfer)| (id.to_owned(), transfer)).collect();
    let snapshot = Snapshot { transfers, ..Snapshot::default() };
    let text = encode(&snapshot, "key").unwrap();
    assert!(text.contains(r#""gifts":{"gift":[5,3000000]}"#), "{text}");
    assert_eq!(decode(&text, "key"), StoredSnapshot::Snapshot(Box::new(snapshot)));
}
