//! The ledger behind pgbouncer in transaction mode, where consecutive transactions of a client run on different connections of the
//! server (docs/ledger-scale.md). Skipped where there is no pgbouncer that is new enough.

use ledger::store::{OpenError, Store};

use crate::world::{AUDIT, Base, QUOTA, USAGE, User, World};
use crate::{pooler, postgres};

const JUNE: &str = "2026-06-30T23:59:59+08:00";
/// Fewer than one ledger opens.
const SERVER_CONNECTIONS: u32 = 3;
const USERS: usize = 6;
const REQUESTS_EACH: usize = 8;

/// A database of the tests' server as its clients see it through a new pooler.
async fn pooled(prepared_statements: u32) -> Option<(pooler::Pooler, String)> {
    let url = postgres::new_database().await?;
    let (server, database) = url.rsplit_once('/').unwrap();
    let pooler = pooler::start(server, SERVER_CONNECTIONS, prepared_statements)?;
    let url = format!("{}/{database}", pooler.server);
    Some((pooler, url))
}

async fn use_it(world: &World, user: &User) {
    for _ in 0..REQUESTS_EACH {
        assert_eq!(world.chat(user, "GLM-4.6").await.status, 200);
        for path in [QUOTA, USAGE, AUDIT] {
            assert_eq!(world.get(path, user).await.status, 200, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_ledgers_share_the_few_connections_of_a_pooler() {
    let Some((_pooler, url)) = pooled(100).await else { return };
    let base = Base::Postgres(url);
    let worlds = [base.start().await, base.start().await];
    let mut users = Vec::new();
    for number in 0..USERS {
        users.push(worlds[number % 2].user(&format!("user-{number}"), &[("20", JUNE)]).await);
    }
    // Each account at both ledgers.
    let uses = (0..USERS * 2).map(|number| use_it(&worlds[number % 2], &users[number / 2]));
    futures_util::future::join_all(uses).await;
    for user in &users {
        assert_eq!(worlds[0].remaining(user).await, (20 - 2 * REQUESTS_EACH).to_string());
        assert_eq!(worlds[1].get(USAGE, user).await.data()["total"], 2 * REQUESTS_EACH);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_without_prepared_statements_is_one_clear_line() {
    let Some((_pooler, url)) = pooled(0).await else { return };
    // The first one may still open: the server's connections are new.
    let mut opened = Vec::new();
    let refused = loop {
        match Store::open(&url).await {
            Ok(store) => opened.push(store),
            Err(refused) => break refused,
        }
        assert!(opened.len() < 5, "a pooler without prepared statements works");
    };
    assert!(matches!(refused, OpenError::PoolerWithoutStatements(_)), "{refused}");
    assert!(refused.to_string().contains("max_prepared_statements"), "{refused}");
}
