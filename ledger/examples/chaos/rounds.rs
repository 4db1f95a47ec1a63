//! The rounds: clients work, the process is killed or starved, a new one starts, and the books are compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{Millis, ServerOffset, Timestamp};
use ledger::ledger::{Conduct, Ledger};
use ledger::rules::Rules;
use ledger::store::Store;
use ledger::store::account::Person;
use ledger::store::grant::NewGrant;
use rustix::process::Signal;

use crate::Plan;
use crate::books::{Account, Books};
use crate::clients::{self, Answer, Client, EXPIRY};
use crate::process::Server;
use crate::random::Random;

const ACCOUNTS: usize = 5;
const CLIENTS: u64 = 6;
const GRANT: i32 = 1_000_000;
/// Maximum time between two faults of the process.
const CALM_MAX_MS: u64 = 250;
/// How often an uncertain request is repeated before that counts as a fault.
const RETRIES_MAX: u32 = 50;
const RETRY_DELAY: Duration = Duration::from_millis(20);

pub struct Outcome {
    kills: u32,
    stops: u32,
    full_disks: u32,
    counts: (usize, usize, usize, u64),
    took: Duration,
    pub violations: Vec<String>,
}

impl Outcome {
    pub fn summary(&self) -> String {
        let (deductions, gifts, redemptions, lost) = self.counts;
        let verdict = match self.violations.len() {
            0 => "nothing lost, nothing made up".to_owned(),
            count => format!("{count} FAULTS"),
        };
        format!(
            "{} kills, {} stops, {} full disks; {deductions} deductions, {gifts} transfers, {redemptions} redemptions, \
             {lost} answers lost; {verdict} ({:.0} s)",
            self.kills,
            self.stops,
            self.full_disks,
            self.took.as_secs_f64()
        )
    }
}

/// Runs rounds until the plan is fulfilled or something is wrong.
pub async fn run(name: &str, database: &str, plan: &Plan) -> Outcome {
    let started = Instant::now();
    let books = Arc::new(Books::new(accounts(database).await));
    let mut random = Random::new(plan.seed, 0);
    let (mut kills, mut stops, mut full_disks) = (0, 0, 0);
    let on_time = || plan.time.is_none_or(|time| started.elapsed() < time);
    while kills < plan.kills && on_time() && books.violations().is_empty() {
        match Server::start(database) {
            Ok(server) => {
                let round = Round { books: &books, name, plan, number: kills };
                let (stopped, filled) = round.run(server, &mut random).await;
                stops += stopped;
                full_disks += filled;
                kills += 1;
            }
            Err(reason) => books.report(format!("after {kills} kills the ledger does not start: {reason}")),
        }
        resolve(database, &books).await;
    }
    let counts = books.counts();
    Outcome { kills, stops, full_disks, counts, took: started.elapsed(), violations: books.violations() }
}

async fn accounts(database: &str) -> Vec<Account> {
    let store = Store::open(database).await.unwrap();
    let mut rules = Rules::built_in().unwrap();
    rules.grants.clear();
    let ledger = Ledger::new(store, rules, None, Conduct::default()).await.unwrap();
    let expires_at = Timestamp::parse(EXPIRY, ServerOffset::CHINA).unwrap();
    let amount = Credits::from_whole(GRANT);
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        let id = uuid::Uuid::new_v4().to_string();
        // Through the store: the program's own rules would add gifts of their own.
        ledger.register(&Person { id: id.clone(), ..Person::default() }, None).await.unwrap();
        let grant = NewGrant { amount, expires_at, rule: "chaos", source: "", related_user: "" };
        ledger.add_grant(&id, grant).await.unwrap();
        let token = ledger.token(&id, Millis::days(30)).await.unwrap();
        let granted = ledger.account(&id).await.unwrap().total.micro();
        accounts.push(Account { id, token, granted });
    }
    ledger.store.close().await;
    accounts
}

struct Round<'a> {
    books: &'a Arc<Books>,
    name: &'a str,
    plan: &'a Plan,
    number: u32,
}

impl Round<'_> {
    /// Lets the clients work, does some things to the process, and kills it; how often it was stopped and starved.
    async fn run(&self, mut server: Server, random: &mut Random) -> (u32, u32) {
        let stop = Arc::new(AtomicBool::new(false));
        let client = Client::new(&server.url);
        let workers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let stream = 1 + u64::from(self.number) * CLIENTS + number;
                let random = Random::new(self.plan.seed, stream);
                tokio::spawn(clients::work(client.clone(), Arc::clone(self.books), random, Arc::clone(&stop)))
            })
            .collect();
        let (mut stops, mut full_disks) = (0, 0);
        for _ in 0..random.below(4) {
            calm(random).await;
            if random.chance(50) {
                server.signal(Signal::STOP);
                calm(random).await;
                server.signal(Signal::CONT);
                stops += 1;
            } else if self.name == "sqlite" {
                self.fill_disk(&server, &client, random).await;
                full_disks += 1;
            }
        }
        calm(random).await;
        if !server.is_running() {
            self.books.report(format!("after {} kills the ledger ended by itself", self.number));
        }
        // Sometimes in the midst of a full disk, or while it is stopped.
        match random.below(4) {
            0 if self.name == "sqlite" => server.limit_files(Some(random.below(64 * 1024))),
            1 => server.signal(Signal::STOP),
            _ => {}
        }
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.await.unwrap();
        }
        (stops, full_disks)
    }

    /// No file may grow for a while. Afterwards the same process has to write again.
    async fn fill_disk(&self, server: &Server, client: &Client, random: &mut Random) {
        server.limit_files(Some(random.below(64 * 1024)));
        calm(random).await;
        server.limit_files(None);
        let mut tries = 0;
        while !client.is_healthy().await {
            tries += 1;
            if tries == RETRIES_MAX {
                self.books.report(format!("after {} kills a full disk left a sick ledger", self.number));
                return;
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }
}

async fn calm(random: &mut Random) {
    tokio::time::sleep(Duration::from_millis(1 + random.below(CALM_MAX_MS))).await;
}

/// Repeats every uncertain request with a process that is left alone, and compares the books.
async fn resolve(database: &str, books: &Arc<Books>) {
    let server = match Server::start(database) {
        Ok(server) => server,
        Err(reason) => return books.report(format!("the ledger does not start again: {reason}")),
    };
    let client = Client::new(&server.url);
    for (key, deduction) in books.uncertain_deductions() {
        let account = &books.accounts[deduction.account];
        until_known(books, async || {
            let answer = client.deduct(account, &key, &deduction).await;
            books.note_deduction(&key, &answer);
            matches!(answer, Answer::Came(200, _, Some(_)))
        })
        .await;
    }
    let store = Store::open(database).await.unwrap();
    books.find_gifts(&store).await;
    for (at, gift) in books.uncertain_redemptions() {
        let code = gift.code.clone().unwrap_or_default();
        until_known(books, async || {
            let answer = client.redeem(&books.accounts[gift.receiver], &code).await;
            books.note_redemption(at, &answer);
            matches!(answer, Answer::Came(200, ..))
        })
        .await;
    }
    books.compare(&store).await;
    store.close().await;
}

async fn until_known(books: &Books, mut attempt: impl AsyncFnMut() -> bool) {
    for _ in 0..RETRIES_MAX {
        if attempt().await {
            return;
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
    books.report("a repeated request had no answer".to_owned());
}
