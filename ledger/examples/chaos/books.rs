//! What the clients know, and the comparison with what the ledger has.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::Timestamp;
use ledger::store::Store;
use ledger::store::audit::Record;

use crate::clients::Answer;

pub struct Account {
    pub id: String,
    pub token: String,
    /// What it was given at the start, in micro-credits.
    pub granted: i64,
}

/// One request of one idempotency key.
#[derive(Clone, Debug)]
pub struct Deduction {
    pub account: usize,
    pub model: &'static str,
    /// Micro-credits, known from an answer.
    pub charged: Option<i64>,
}

/// Whether something happened, as far as its client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    No,
    Perhaps,
    Yes,
}

/// A transfer from its order to its redemption.
#[derive(Clone, Debug)]
pub struct Gift {
    pub giver: usize,
    pub receiver: usize,
    pub micro: i64,
    /// Once it was answered, or found in the records.
    pub code: Option<String>,
    pub redeemed: Certainty,
}

pub struct Books {
    pub accounts: Vec<Account>,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    deductions: BTreeMap<String, Deduction>,
    gifts: Vec<Gift>,
    /// Gifts that were refused, so that nothing may have come of them.
    refused: Vec<usize>,
    violations: Vec<String>,
    lost_answers: u64,
}

/// Micro-credits of the ledger's decimal text.
pub fn micro(text: &str) -> i64 {
    text.parse::<Credits>().unwrap().micro()
}

impl Books {
    pub fn new(accounts: Vec<Account>) -> Books {
        Books { accounts, entries: Mutex::default() }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn report(&self, violation: String) {
        self.entries().violations.push(violation);
    }

    pub fn violations(&self) -> Vec<String> {
        self.entries().violations.clone()
    }

    /// Deductions, gifts, redemptions that are certain, and answers that were lost.
    pub fn counts(&self) -> (usize, usize, usize, u64) {
        let entries = self.entries();
        let redeemed = entries.gifts.iter().filter(|gift| gift.redeemed == Certainty::Yes).count();
        let given = entries.gifts.iter().filter(|gift| gift.code.is_some()).count();
        (entries.deductions.len(), given, redeemed, entries.lost_answers)
    }

    pub fn plan_deduction(&self, key: &str, deduction: Deduction) {
        self.entries().deductions.insert(key.to_owned(), deduction);
    }

    /// Enters an answer; whether the connection was lost.
    pub fn note_deduction(&self, key: &str, answer: &Answer) -> bool {
        let mut entries = self.entries();
        match answer {
            Answer::Came(200, _, Some(charged)) => {
                let known = entries.deductions.get_mut(key).and_then(|one| one.charged.replace(*charged));
                if known.is_some_and(|known| known != *charged) {
                    entries.violations.push(format!("key {key} was charged {known:?} and then {charged}"));
                }
            }
            Answer::Came(500.., _, _) => entries.lost_answers += 1,
            Answer::Came(status, body, _) => {
                entries.violations.push(format!("key {key} was answered {status}: {body}"));
            }
            Answer::Lost => entries.lost_answers += 1,
        }
        matches!(answer, Answer::Lost)
    }

    pub fn uncertain_deductions(&self) -> Vec<(String, Deduction)> {
        let entries = self.entries();
        let uncertain = entries.deductions.iter().filter(|(_, one)| one.charged.is_none());
        uncertain.map(|(key, one)| (key.clone(), one.clone())).collect()
    }

    pub fn plan_gift(&self, gift: Gift) -> usize {
        let mut entries = self.entries();
        entries.gifts.push(gift);
        entries.gifts.len() - 1
    }

    pub fn note_gift(&self, at: usize, answer: &Answer) -> bool {
        let mut entries = self.entries();
        match answer {
            Answer::Came(200, body, _) => {
                entries.gifts[at].code = body["data"]["voucher_code"].as_str().map(str::to_owned);
            }
            Answer::Came(500.., _, _) | Answer::Lost => entries.lost_answers += 1,
            // Not enough left, for example.
            Answer::Came(..) => entries.refused.push(at),
        }
        matches!(answer, Answer::Lost)
    }

    /// A gift whose code is known, chosen by a random number.
    pub fn some_gift(&self, number: u64) -> Option<(usize, Gift)> {
        let entries = self.entries();
        let known: Vec<usize> = (0..entries.gifts.len()).filter(|at| entries.gifts[*at].code.is_some()).collect();
        let at = *known.get(usize::try_from(number).unwrap_or(usize::MAX) % known.len().max(1))?;
        Some((at, entries.gifts[at].clone()))
    }

    pub fn plan_redemption(&self, at: usize) {
        let mut entries = self.entries();
        if entries.gifts[at].redeemed == Certainty::No {
            entries.gifts[at].redeemed = Certainty::Perhaps;
        }
    }

    pub fn note_redemption(&self, at: usize, answer: &Answer) -> bool {
        let mut entries = self.entries();
        match answer {
            Answer::Came(200, body, _) => match body["data"]["status"].as_str() {
                Some("SUCCESS" | "ALREADY_REDEEMED") => entries.gifts[at].redeemed = Certainty::Yes,
                status => entries.violations.push(format!("gift {at} was redeemed as {status:?}")),
            },
            Answer::Came(..) | Answer::Lost => entries.lost_answers += 1,
        }
        matches!(answer, Answer::Lost)
    }

    pub fn uncertain_redemptions(&self) -> Vec<(usize, Gift)> {
        let entries = self.entries();
        let uncertain = entries.gifts.iter().enumerate().filter(|(_, gift)| gift.redeemed == Certainty::Perhaps);
        uncertain.map(|(at, gift)| (at, gift.clone())).collect()
    }

    /// Finds the gifts whose answer was lost in the givers' records, as a client has to (client-rules.md).
    pub async fn find_gifts(&self, store: &Store) {
        for (giver, account) in self.accounts.iter().enumerate() {
            let records = records(store, &account.id, "TRANSFER_OUT").await;
            let mut entries = self.entries();
            let mut known: HashMap<String, usize> = HashMap::new();
            for (at, gift) in entries.gifts.iter().enumerate().filter(|(_, gift)| gift.giver == giver) {
                if let Some(code) = &gift.code
                    && let Some(other) = known.insert(code.clone(), at)
                {
                    let text = format!("gifts {other} and {at} have one voucher");
                    entries.violations.push(text);
                    break;
                }
            }
            for record in records {
                if known.remove(&record.voucher_code).is_some() {
                    continue;
                }
                let refused = entries.refused.clone();
                let lost = entries.gifts.iter_mut().enumerate().find(|(at, gift)| {
                    gift.giver == giver
                        && gift.code.is_none()
                        && !refused.contains(at)
                        && gift.micro == -record.amount.micro()
                        && self.accounts[gift.receiver].id == record.related_user
                });
                match lost {
                    Some((_, gift)) => gift.code = Some(record.voucher_code),
                    None => {
                        let text = format!("account {giver} gave {} that it never ordered", record.amount);
                        entries.violations.push(text);
                    }
                }
            }
            let missing: Vec<String> = known.values().map(|at| format!("gift {at} was answered and lost")).collect();
            entries.violations.extend(missing);
            // No request is on its way any more, so a transfer that is not in the records was never carried out.
            entries
                .gifts
                .iter_mut()
                .filter(|gift| gift.giver == giver && gift.code.is_none())
                .for_each(|gift| gift.micro = 0);
        }
    }

    /// Compares every account with the books. Nothing may be under way.
    pub async fn compare(&self, store: &Store) {
        let (mut held, mut granted, mut spent) = (0_i64, 0_i64, 0_i64);
        for (at, account) in self.accounts.iter().enumerate() {
            let found = store.account(&account.id).await.unwrap().unwrap();
            let received = records(store, &account.id, "TRANSFER_IN").await;
            let usage = store.usage(&account.id, ALWAYS, 0, 1_000_000).await.unwrap().1;
            let recorded: i64 = usage.iter().map(|row| row.credits.micro()).sum();
            let mut entries = self.entries();
            let mine = |gift: &&Gift| gift.redeemed == Certainty::Yes && gift.receiver == at;
            let mut codes: HashMap<&str, u32> = HashMap::new();
            for record in &received {
                *codes.entry(record.voucher_code.as_str()).or_default() += 1;
            }
            let mut wrong = Vec::new();
            for gift in entries.gifts.iter().filter(mine) {
                let times = gift.code.as_deref().and_then(|code| codes.remove(code)).unwrap_or(0);
                if times != 1 {
                    wrong.push(format!("account {at}: a voucher of {} was credited {times} times", gift.micro));
                }
            }
            wrong.extend(codes.keys().map(|_| format!("account {at}: a voucher was credited that was not redeemed")));
            let out: i64 = entries.gifts.iter().filter(|gift| gift.giver == at).map(|gift| gift.micro).sum();
            let taken: i64 = entries.gifts.iter().filter(mine).map(|gift| gift.micro).sum();
            let charged = entries.deductions.values().filter(|one| one.account == at).filter_map(|one| one.charged);
            let charged: i64 = charged.sum();
            let mut expect = |what: &str, found: i64, expected: i64| {
                if found != expected {
                    wrong.push(format!("account {at}: {what} is {found}, by the books {expected} (micro-credits)"));
                }
            };
            expect("total", found.total.micro(), account.granted - out + taken);
            expect("used", found.used.micro(), charged);
            expect("the sum of usage records", recorded, charged);
            held += found.total.micro();
            granted += account.granted;
            spent += charged;
            entries.violations.append(&mut wrong);
        }
        let mut entries = self.entries();
        let open = entries.gifts.iter().filter(|gift| gift.redeemed != Certainty::Yes);
        let on_the_way: i64 = open.map(|gift| gift.micro).sum();
        if held + on_the_way != granted {
            let text = format!("{held} held and {on_the_way} on the way are not the {granted} that were granted");
            entries.violations.push(text);
        }
        if spent < 0 {
            entries.violations.push(format!("{spent} spent"));
        }
    }
}

const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));

async fn records(store: &Store, account: &str, operation: &str) -> Vec<Record> {
    let (_, records) = store.records(account, 0, 1_000_000).await.unwrap();
    records.into_iter().filter(|record| record.operation == operation).collect()
}
