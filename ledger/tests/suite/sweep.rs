//! Expiry: what each sweep leaves behind, and when it comes (docs/contract/ledger.md 2.2 to 2.5).

use costrict_credit::domain::time::Millis;
use ledger::store::account::Person;
use ledger::sweep::SweepKind;
use serde_json::json;

use crate::world::{AUDIT, Base, QUOTA, Setup, at, credits, on_both};

on_both!(
    the_honest_sweep_names_what_lapsed,
    the_published_sweeps_do_as_published,
    a_grant_ends_after_its_last_second,
    the_sweep_is_due_at_its_hour,
    an_account_without_expired_grants_is_left_alone,
    a_sweep_of_more_accounts_than_a_page_reaches_all,
);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

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

/// One of them looks due and has nothing expired, as when another process is faster.
async fn a_sweep_of_more_accounts_than_a_page_reaches_all(base: Base) {
    const ACCOUNTS: usize = 502;
    let world = base.start().await;
    let mut tx = world.ledger.store.begin().await.unwrap();
    for number in 0..ACCOUNTS {
        let person = Person { id: format!("account-{number}"), ..Person::default() };
        let now = world.ledger.clock.now();
        world.ledger.store.create_account(&mut tx, &person, &format!("code-{number}"), None, now).await.unwrap();
        let mut account = world.ledger.store.lock_account(&mut tx, &person.id).await.unwrap();
        if number == 0 {
            account.next_expiry = at("2026-06-29T23:59:59+08:00");
        } else {
            world.ledger.store.add_row(&mut tx, &mut account, credits("3"), at(JUNE), "").await.unwrap();
        }
        world.ledger.store.write_account(&mut tx, &mut account).await.unwrap();
    }
    tx.commit().await.unwrap();
    world.advance(Millis::days(16));
    let swept = world.ledger.sweep_all(SweepKind::Honest, world.ledger.clock.now()).await.unwrap();
    assert_eq!(swept, ACCOUNTS - 1);
    assert_eq!(world.ledger.account(&format!("account-{}", ACCOUNTS - 1)).await.unwrap().total, credits("0"));
}
