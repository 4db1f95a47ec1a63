//! The table of truth: tests/contract/ledger-cases.json, each case as a client of a running ledger sees it.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, ServerOffset};
use ledger::public_server::PublicServer;
use ledger::rules::expiry;
use ledger::store::spend::Spend;
use ledger::sweep::SweepKind;
use serde_json::{Value, json};

use crate::world::{AUDIT, Base, OUT, QUOTA, Setup, User, World, at, credits, on_both};

on_both!(burn_downs, sweeps, double_lines);

const JUNE: &str = "2026-06-30T23:59:59+08:00";
const JULY: &str = "2026-07-31T23:59:59+08:00";

/// The cases whose id begins so; `count` of them, so that none is passed over.
fn cases(prefix: &str, count: usize) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../../tests/contract/ledger-cases.json")).unwrap();
    let found: Vec<Value> = all.into_iter().filter(|case| case["id"].as_str().unwrap().starts_with(prefix)).collect();
    assert_eq!(found.len(), count, "{prefix}");
    found
}

#[test]
fn every_case_is_asked() {
    let all: Vec<Value> = serde_json::from_str(include_str!("../../../tests/contract/ledger-cases.json")).unwrap();
    assert_eq!(all.len(), 7 + 7 + 3 + 1);
}

#[test]
fn expiries() {
    for case in cases("S", 7) {
        let days = case["input"]["expiry_days"].as_u64().map(|days| u32::try_from(days).unwrap());
        let expires = expiry(ServerOffset::CHINA, at(case["input"]["granted_at"].as_str().unwrap()), days);
        assert_eq!(ServerOffset::CHINA.to_rfc3339(expires), case["output"]["expires"], "{}", case["id"]);
    }
}

/// An account with the grants of a case, of which so much is used, also beyond what there is.
async fn account(world: &World, grants: &[(String, &str)], used: &Value) -> User {
    let grants: Vec<(&str, &str)> = grants.iter().map(|(amount, expires)| (amount.as_str(), *expires)).collect();
    let user = world.user("ann", &grants).await;
    let price = credits(&used.to_string());
    if price.is_positive() {
        let spend = Spend {
            account: user.id.clone(),
            model: "GLM-4.6".into(),
            price,
            charge: true,
            tokens: 0,
            request_id: String::new(),
            key: None,
            now: world.ledger.clock.now(),
        };
        let mut tx = world.ledger.store.begin().await.unwrap();
        assert!(world.ledger.store.deduct(&mut tx, &[&spend], None).await.unwrap()[0].is_ok());
        tx.commit().await.unwrap();
    }
    user
}

async fn burn_downs(base: Base) {
    let world = base.start().await;
    for case in cases("L0", 7) {
        let grants: Vec<_> = case["input"]["grants"].as_array().unwrap().iter().map(line).collect();
        let user = account(&world, &grants, &case["input"]["used"]).await;
        let data = world.get(QUOTA, &user).await.data();
        let left: Vec<_> = data["quota_list"].as_array().unwrap().iter().map(line).collect();
        let expected: Vec<_> = case["output"]["quota_list"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(left, expected, "{}", case["id"]);
    }
}

fn line(grant: &Value) -> (String, &str) {
    (grant["amount"].to_string(), grant["expiry_date"].as_str().unwrap())
}

async fn sweeps(base: Base) {
    for case in cases("L1", 3) {
        for (kind, name) in [(SweepKind::Monthly, "monthly"), (SweepKind::Daily, "daily"), (SweepKind::Honest, "")] {
            let mut setup = Setup::default();
            setup.conduct.sweep = kind;
            let world = base.start_with(setup).await;
            sweep(&world, &case, kind, name).await;
        }
    }
}

/// `name`: of the published server to agree with; the honest sweep agrees with what was really lost.
async fn sweep(world: &World, case: &Value, kind: SweepKind, name: &str) {
    let (id, input, output) = (&case["id"], &case["input"], &case["output"]);
    let grants = [(input["expired_sum"].to_string(), JUNE), (input["valid_sum"].to_string(), JULY)];
    let user = account(world, &grants, &input["used"]).await;
    let before = world.get(QUOTA, &user).await.data();
    assert_eq!(before["total_quota"], input["total"], "{id}");
    assert_eq!(before["remaining_quota_text"], output["remaining_before"].to_string(), "{id}");
    world.advance(Millis::days(16));
    world.ledger.sweep_all(kind, world.ledger.clock.now()).await.unwrap();
    let after = world.get(QUOTA, &user).await.data();
    let record = world.get(AUDIT, &user).await.data()["records"][0].clone();
    assert_eq!(record["lapsed_amount"], output["really_lost_unused"], "{id} {name}");
    let remaining = credits(after["remaining_quota_text"].as_str().unwrap());
    if name.is_empty() {
        let lapsed = credits(record["lapsed_amount_text"].as_str().unwrap());
        let kept = remaining.plus(lapsed).to_string();
        assert_eq!(kept, output["remaining_before"].to_string(), "{id}: nothing else is lost");
        let listed: Credits =
            after["quota_list"].as_array().unwrap().iter().map(|grant| credits(&grant["amount"].to_string())).sum();
        assert_eq!(listed, remaining, "{id}: the list and the counters agree");
        return;
    }
    let expected = &output[&format!("{name}_server")];
    assert_eq!((&after["total_quota"], &after["used_quota"]), (&expected["total"], &expected["used"]), "{id} {name}");
    assert_eq!(record["amount"], expected["audit_amount"], "{id} {name}");
    assert_eq!(remaining.to_string(), output["remaining_after"][name].to_string(), "{id} {name}");
}

async fn double_lines(base: Base) {
    let mut setup = Setup::default();
    setup.conduct.public_server = Some(PublicServer::Qm2);
    let world = base.start_with(setup).await;
    for case in cases("L2", 1) {
        let grants: Vec<_> = case["input"]["grants"].as_array().unwrap().iter().map(line).collect();
        let user = account(&world, &grants, &case["input"]["used"]).await;
        let before = world.ledger.account(&user.id).await.unwrap().total;
        let body = json!({"receiver_id": user.id, "quota_list": case["input"]["transfer"]});
        let accepted = world.post(OUT, &user, body).await.status == 200;
        assert_eq!(accepted, case["output"]["server_accepts"], "{}", case["id"]);
        let drop = before.minus(world.ledger.account(&user.id).await.unwrap().total);
        assert_eq!(drop.to_string(), case["output"]["after"]["total_drops_by"].to_string(), "{}", case["id"]);
    }
}
