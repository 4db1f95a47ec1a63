//! Expiry: the table of truth, and what each sweep leaves behind (server.md 2.2 to 2.5).

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::grant::{Grant, Ladder};
use costrict_credit::domain::time::{Millis, ServerOffset};
use ledger::rules::expiry;
use ledger::sweep::{Counters, SweepKind, apply};
use serde_json::{Value, json};

use crate::world::{AUDIT, Base, QUOTA, Setup, at, credits, on_both};

on_both!(
    the_honest_sweep_names_what_lapsed,
    the_published_sweeps_do_as_published,
    a_grant_ends_after_its_last_second,
    the_sweep_is_due_at_its_hour,
    an_account_without_expired_grants_is_left_alone,
);

const CASES: &str = include_str!("ledger-cases.json");
const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

fn number(value: &Value) -> Credits {
    value.to_string().parse().unwrap()
}

fn ladder(grants: &Value) -> Ladder {
    let grant = |grant: &Value| Grant::new(number(&grant["amount"]), Some(at(grant["expiry_date"].as_str().unwrap())));
    Ladder::new(grants.as_array().unwrap().iter().map(grant).collect())
}

#[test]
fn ledger_cases() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let mut seen = [0; 4];
    for case in &cases {
        let (id, input, output) = (case["id"].as_str().unwrap(), &case["input"], &case["output"]);
        match id {
            _ if id.starts_with('S') => {
                let days = input["expiry_days"].as_u64().map(|days| u32::try_from(days).unwrap());
                let expires = expiry(ServerOffset::CHINA, at(input["granted_at"].as_str().unwrap()), days);
                assert_eq!(ServerOffset::CHINA.to_rfc3339(expires), output["expires"], "{id}");
                seen[0] += 1;
            }
            _ if id.starts_with("L0") => {
                let left = ladder(&input["grants"]).after(number(&input["used"]));
                assert_eq!(left, ladder(&output["quota_list"]), "{id}");
                seen[1] += 1;
            }
            _ if id.starts_with("L1") => {
                sweep_case(id, input, output);
                seen[2] += 1;
            }
            // The double line: `one_expiry_named_twice_counts_together` in transfer.rs.
            _ => seen[3] += 1,
        }
    }
    assert_eq!(seen, [7, 7, 3, 1]);
}

fn sweep_case(id: &str, input: &Value, output: &Value) {
    let before = Counters { total: number(&input["total"]), used: number(&input["used"]) };
    let expired = Ladder::new(vec![Grant::new(number(&input["expired_sum"]), Some(at(JUNE)))]);
    let valid = Ladder::new(vec![Grant::new(number(&input["valid_sum"]), Some(at(JULY)))]);
    for (kind, name) in [(SweepKind::Monthly, "monthly"), (SweepKind::Daily, "daily")] {
        let swept = apply(kind, before, &expired, &valid);
        let expected = &output[&format!("{name}_server")];
        let found = (swept.counters.total, swept.counters.used, Credits::ZERO.minus(swept.face));
        assert_eq!(
            found,
            (number(&expected["total"]), number(&expected["used"]), number(&expected["audit_amount"])),
            "{id} {name}"
        );
        let remaining = swept.counters.total.minus(swept.counters.used);
        assert_eq!(remaining, number(&output["remaining_after"][name]), "{id} {name}");
        assert_eq!(swept.lapsed, number(&output["really_lost_unused"]), "{id} {name}");
    }
    let honest = apply(SweepKind::Honest, before, &expired, &valid);
    assert_eq!(honest.lapsed, number(&output["really_lost_unused"]), "{id}");
    let remaining = honest.counters.total.minus(honest.counters.used);
    assert_eq!(remaining.plus(honest.lapsed), number(&output["remaining_before"]), "{id}: nothing else is lost");
    assert_eq!(honest.counters.total, valid.total(), "{id}: the list and the counters agree");
}

async fn the_honest_sweep_names_what_lapsed(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("3", JUNE), ("10", JULY)]).await;
    world.chat(&user, "GLM-4.6").await;
    world.advance(Millis::days(16));
    let data = world.get(QUOTA, &user).await.data();
    assert_eq!((&data["total_quota"], &data["used_quota"]), (&json!(10), &json!(0)));
    let page = world.get(AUDIT, &user).await.data();
    let record = &page["records"][0];
    assert_eq!((&record["operation"], &record["amount"]), (&json!("EXPIRE"), &json!(-3)));
    assert_eq!((&record["lapsed_amount"], &record["lapsed_amount_text"]), (&json!(2), &json!("2")));
    assert_eq!((&record["strategy_name"], &record["expiry_date"]), (&json!("Credit 到期失效"), &record["create_time"]));
    assert_eq!(
        (&record["details"]["items"][0]["status"], &record["details"]["summary"]["expired_items"]),
        (&json!("EXPIRED"), &json!(1))
    );
    assert_eq!(page["total"], 3, "looking twice does not expire twice");
}

async fn the_published_sweeps_do_as_published(base: Base) {
    for (sweep, used, total) in [(SweepKind::Monthly, 0, 9), (SweepKind::Daily, 1, 10), (SweepKind::Honest, 1, 10)] {
        let world = base.start_with(swept_by(sweep)).await;
        let user = world.user("ann", &[("3", JUNE), ("10", JULY)]).await;
        for _ in 0..4 {
            world.chat(&user, "GLM-4.6").await;
        }
        world.advance(Millis::days(16));
        world.ledger.tick().await.unwrap();
        let data = world.get(QUOTA, &user).await.data();
        assert_eq!((&data["total_quota"], &data["used_quota"]), (&json!(total), &json!(used)), "{sweep}");
        assert_eq!(world.get(AUDIT, &user).await.data()["records"][0]["amount"], -3, "{sweep}");
    }
}

fn swept_by(sweep: SweepKind) -> Setup {
    let mut setup = Setup::default();
    setup.conduct.sweep = sweep;
    setup
}

async fn a_grant_ends_after_its_last_second(base: Base) {
    let setup = Setup { now: "2026-06-30T23:59:58+08:00", ..Setup::default() };
    let world = base.start_with(setup).await;
    let user = world.user("ann", &[("3", JUNE)]).await;
    for (advance, left) in [(0, "3"), (1_000, "3"), (999, "3"), (1, "0")] {
        world.advance(Millis(advance));
        assert_eq!(world.remaining(&user).await, left, "{}", world.ledger.clock.now().to_rfc3339());
    }
}

async fn the_sweep_is_due_at_its_hour(base: Base) {
    // Expires on the 20th; the daily sweep ends it at midnight, the monthly on the 1st.
    for (sweep, on_21st, on_1st) in [(SweepKind::Daily, "0", "0"), (SweepKind::Monthly, "3", "0")] {
        let world = base.start_with(swept_by(sweep)).await;
        world.ledger.tick().await.unwrap();
        let user = world.user("ann", &[("3", "2026-06-20T23:59:59+08:00")]).await;
        let move_to = |time: &str| world.advance(at(time).since(world.ledger.clock.now()));
        move_to("2026-06-21T00:00:01+08:00");
        world.ledger.tick().await.unwrap();
        assert_eq!(world.remaining(&user).await, on_21st, "{sweep}");
        move_to("2026-06-30T23:59:59+08:00");
        world.ledger.tick().await.unwrap();
        assert_eq!(world.remaining(&user).await, on_21st, "{sweep}");
        move_to("2026-07-01T00:00:00+08:00");
        world.ledger.tick().await.unwrap();
        assert_eq!(world.remaining(&user).await, on_1st, "{sweep}");
    }
}

async fn an_account_without_expired_grants_is_left_alone(base: Base) {
    let world = base.start().await;
    let user = world.user("ann", &[("3", JULY)]).await;
    let before = world.ledger.account(&user.id).await.unwrap();
    for kind in [SweepKind::Monthly, SweepKind::Daily, SweepKind::Honest] {
        assert_eq!(world.ledger.sweep_all(kind, world.ledger.clock.now()).await.unwrap(), 0);
    }
    let after = world.ledger.account(&user.id).await.unwrap();
    assert_eq!((before.version, before.total, credits("3")), (after.version, after.total, after.remaining()));
}
