//! Grants by rules (docs/contract/ledger.md 2.10, docs/contract/gifts-and-prices.md): who is given what, once.

use costrict_credit::domain::time::Millis;
use ledger::http::Options;
use ledger::ledger::Conduct;
use ledger::rules::Rules;
use ledger::store::account::Person;
use serde_json::{Value, json};

use crate::world::{AUDIT, Base, NOON, QUOTA, Setup, User, World, at, on_both};

on_both!(
    registration_and_star_pay_once,
    an_invitation_pays_the_inviter,
    an_invitation_code_that_is_taken_becomes_a_longer_one,
    the_weekly_gift_comes_on_mondays_to_those_who_starred,
    missed_mondays_are_made_up_unless_expired,
    grants_of_one_expiry_are_one_row,
    the_demo_account_is_consistent_and_made_once,
);

fn with_gifts(now: &'static str) -> Setup {
    let options = Options { admin: true, ..Options::default() };
    Setup { rules: Rules::built_in().unwrap(), conduct: Conduct::default(), options, now }
}

async fn records(world: &World, user: &User) -> Vec<(String, Value)> {
    let data = world.get(&format!("{AUDIT}?page_size=100"), user).await.data();
    let row = |row: &Value| (row["strategy_name"].as_str().unwrap_or("").to_owned(), row["amount"].clone());
    data["records"].as_array().unwrap().iter().map(row).collect()
}

async fn registration_and_star_pay_once(base: Base) {
    let world = base.start_with(with_gifts(NOON)).await;
    let user = world.user("ann", &[]).await;
    for _ in 0..2 {
        world.ledger.star(&user.id).await.unwrap();
        let person = Person { id: user.id.clone(), ..Person::default() };
        assert_eq!(world.ledger.register(&person, None).await.unwrap().name, "ann");
    }
    let expected = [("github-star".to_owned(), json!(200)), ("register-gift".to_owned(), json!(200))];
    assert_eq!(records(&world, &user).await, expected);
    let list = world.get(QUOTA, &user).await.data()["quota_list"].clone();
    assert_eq!((&list[0]["amount"], &list[0]["expiry_date"]), (&json!(400), &json!("2026-07-15T23:59:59+08:00")));
    assert_eq!(list[0]["source"], "Registration, GitHub star");
}

async fn an_invitation_code_that_is_taken_becomes_a_longer_one(base: Base) {
    let world = base.start().await;
    let (ann, bob) = (world.user("ann", &[]).await, world.user("bob", &[]).await);
    let code = world.ledger.account(&bob.id).await.unwrap().invite_code;
    let mut tx = world.ledger.store.begin().await.unwrap();
    sqlx::query("DELETE FROM account WHERE id = $1").bind(&bob.id).execute(&mut *tx).await.unwrap();
    let take = sqlx::query("UPDATE account SET invite_code = $2 WHERE id = $1").bind(&ann.id).bind(&code);
    take.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let bob = Person { id: bob.id, ..Person::default() };
    let longer = world.ledger.register(&bob, None).await.unwrap().invite_code;
    assert!(longer.starts_with(&code) && longer.len() > code.len(), "{longer} {code}");
}

async fn an_invitation_pays_the_inviter(base: Base) {
    let world = base.start_with(with_gifts(NOON)).await;
    let ann = world.user("ann", &[]).await;
    let inviter = world.ledger.account(&ann.id).await.unwrap();
    let found = world.ledger.store.account_by_invite_code(&inviter.invite_code).await.unwrap().unwrap();
    assert_eq!(found.id, ann.id);
    let bob = Person { id: uuid::Uuid::new_v4().to_string(), ..Person::default() };
    world.ledger.register(&bob, Some(&inviter)).await.unwrap();
    for _ in 0..2 {
        world.ledger.star(&bob.id).await.unwrap();
    }
    let data = world.get(AUDIT, &ann).await.data();
    let rows: Vec<(&Value, &Value, &Value)> = data["records"]
        .as_array()
        .unwrap()
        .iter()
        .take(2)
        .map(|row| (&row["strategy_name"], &row["amount"], &row["related_user"]))
        .collect();
    let bob = json!(bob.id);
    let (star, register) = (json!("inviter-star-reward"), json!("inviter-register-reward"));
    assert_eq!(rows, [(&star, &json!(300), &bob), (&register, &json!(200), &bob)]);
    assert_eq!(data["total"], 3);
}

async fn the_weekly_gift_comes_on_mondays_to_those_who_starred(base: Base) {
    // A Wednesday.
    let world = base.start_with(with_gifts("2026-06-10T12:00:00+08:00")).await;
    world.ledger.tick().await.unwrap();
    let (ann, bob) = (world.user("ann", &[]).await, world.user("bob", &[]).await);
    world.ledger.star(&ann.id).await.unwrap();
    let gifts = |user| {
        let world = &world;
        async move { records(world, user).await.into_iter().filter(|(rule, _)| rule == "weekly-gift").count() }
    };
    world.advance(at("2026-06-14T23:59:59+08:00").since(world.ledger.clock.now()));
    world.ledger.tick().await.unwrap();
    assert_eq!(gifts(&ann).await, 0);
    world.advance(Millis::seconds(1));
    for _ in 0..3 {
        world.ledger.tick().await.unwrap();
    }
    assert_eq!((gifts(&ann).await, gifts(&bob).await), (1, 0));
    let record = world.get(AUDIT, &ann).await.data()["records"][0].clone();
    assert_eq!((&record["amount"], &record["expiry_date"]), (&json!(50), &json!("2026-06-30T23:59:59+08:00")));
    // Two processes that wake up together grant once.
    world.advance(Millis::days(7));
    let (one, two) = tokio::join!(world.ledger.tick(), world.ledger.tick());
    one.and(two).unwrap();
    assert_eq!(gifts(&ann).await, 2);
}

async fn missed_mondays_are_made_up_unless_expired(base: Base) {
    let world = base.start_with(with_gifts("2026-06-10T12:00:00+08:00")).await;
    world.ledger.tick().await.unwrap();
    let ann = world.user("ann", &[]).await;
    world.ledger.star(&ann.id).await.unwrap();
    // Past 15, 22 and 29 June, whose gifts have expired, and 6 and 13 July.
    world.advance(at("2026-07-14T12:00:00+08:00").since(world.ledger.clock.now()));
    world.ledger.tick().await.unwrap();
    let list = world.get(QUOTA, &ann).await.data()["quota_list"].clone();
    assert_eq!((&list[0]["amount"], &list[0]["expiry_date"]), (&json!(100), &json!("2026-07-31T23:59:59+08:00")));
    let gifts = records(&world, &ann).await.into_iter().filter(|(rule, _)| rule == "weekly-gift").count();
    assert_eq!(gifts, 2);
}

async fn grants_of_one_expiry_are_one_row(base: Base) {
    let world = base.start().await;
    let june = "2026-06-30T23:59:59+08:00";
    let user = world.user("ann", &[("1.25", june), ("2", june), ("0.000001", june)]).await;
    let list = world.get(QUOTA, &user).await.data()["quota_list"].clone();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["amount_text"]), (1, &json!("3.250001")));
}

async fn the_demo_account_is_consistent_and_made_once(base: Base) {
    let world = base.start_with(with_gifts(NOON)).await;
    let id = ledger::demo::create_account(&world.ledger, 1).await.unwrap();
    assert_eq!(ledger::demo::create_account(&world.ledger, 1).await.unwrap(), id);
    assert_ne!(ledger::demo::create_account(&world.ledger, 2).await.unwrap(), id);
    let user = User { token: world.ledger.token(&id, Millis::days(1)).await.unwrap(), id };
    let rules: Vec<String> = records(&world, &user).await.into_iter().map(|(rule, _)| rule).collect();
    for rule in
        ["register-gift", "github-star", "weekly-gift", "inviter-register-reward", "inviter-star-reward", "package-50"]
    {
        assert!(rules.iter().any(|name| name == rule), "{rule} in {rules:?}");
    }
    let data = world.get(&format!("{AUDIT}?page_size=100"), &user).await.data();
    let kinds: Vec<&str> =
        data["records"].as_array().unwrap().iter().map(|row| row["operation"].as_str().unwrap()).collect();
    for kind in ["EXPIRE", "TRANSFER_OUT", "TRANSFER_IN"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    // The books agree: what came in, less what lapsed and was used, is what is left.
    let sum = |pick: &dyn Fn(&Value) -> Option<String>| {
        let parts = data["records"].as_array().unwrap().iter().filter_map(pick);
        parts.map(|text| text.parse::<costrict_credit::domain::credits::Credits>().unwrap().micro()).sum::<i64>()
    };
    let moved = sum(&|row| (row["operation"] != "EXPIRE").then(|| row["amount_text"].as_str().unwrap().to_owned()));
    let lapsed = sum(&|row| Some(row.get("lapsed_amount_text")?.as_str()?.to_owned()));
    let usage = world.get(&format!("{}?page_size=10000", crate::world::USAGE), &user).await.data();
    let rows = usage["records"].as_array().unwrap();
    let used: i64 = rows
        .iter()
        .map(|row| {
            row["credits_used_text"]
                .as_str()
                .unwrap()
                .parse::<costrict_credit::domain::credits::Credits>()
                .unwrap()
                .micro()
        })
        .sum();
    let left = world.ledger.account(&user.id).await.unwrap().remaining().micro();
    assert_eq!(moved - lapsed - used, left);
    assert!(rows.len() > 300 && lapsed > 0 && left > 0);
    let models: std::collections::BTreeSet<&str> = rows.iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert!(models.len() >= 4, "{models:?}");
}
