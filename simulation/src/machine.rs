//! The machine that all windows share: its clock, storage, locks, and the signed-in account.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A word in every token; it may occur nowhere else.
pub const CANARY: &str = "kanarienvogel";

/// The users' ids; accounts are named by their place here.
pub const USERS: [&str; 2] = ["7f9c24e8-3b12-4fef-91ef-000000000001", "7f9c24e8-3b12-4fef-91ef-000000000002"];

/// How a clock that shows another time than the true one runs.
#[derive(Clone, Copy, Debug)]
pub struct MachineClock {
    /// What it showed, and when that was, at the last adjustment.
    shown: i64,
    adjusted: i64,
    drift_ppm: i64,
    /// Bumped whenever the clock is set.
    pub set: u64,
}

impl MachineClock {
    pub fn new(now: i64, offset: i64, drift_ppm: i64) -> MachineClock {
        MachineClock { shown: now + offset, adjusted: now, drift_ppm, set: 0 }
    }

    pub fn at(&self, now: i64) -> i64 {
        let passed = now - self.adjusted;
        self.shown + passed + passed * self.drift_ppm / 1_000_000
    }

    /// The true time at which it shows `local`, at the earliest `now`.
    pub fn when(&self, local: i64, now: i64) -> i64 {
        let wait = (local - self.at(now)).max(0);
        // A slow clock takes a little longer.
        now + wait + wait * self.drift_ppm.abs() / 1_000_000 + i64::from(self.drift_ppm != 0)
    }

    pub fn step(&mut self, now: i64, by: i64) {
        self.shown = self.at(now) + by;
        self.adjusted = now;
        self.set += 1;
    }

    pub fn steady(&mut self, now: i64) {
        self.shown = self.at(now);
        self.adjusted = now;
        self.drift_ppm = 0;
    }
}

/// The account of the host's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    Account(usize),
    SignedOut,
    /// A token of the old kind.
    Nameless,
    /// The host's secret storage fails.
    Broken,
}

/// The value of a key, and the one before.
#[derive(Clone, Debug, Default)]
pub struct StoredValue {
    pub text: Option<String>,
    pub before: Option<String>,
    /// A later version wrote it.
    pub newer: bool,
    /// It was damaged after it was written.
    pub damaged: bool,
}

/// A window, and how often it has been opened.
pub type WindowIncarnation = (usize, u64);

pub struct Machine {
    pub clock: MachineClock,
    pub disk: BTreeMap<String, StoredValue>,
    /// Who holds a lock, and until when (true time).
    pub locks: BTreeMap<String, (WindowIncarnation, i64)>,
    pub signed_in: SignIn,
    /// The account of each token that was ever given, by its serial number.
    tokens: Vec<usize>,
    current: [usize; USERS.len()],
}

impl Machine {
    pub fn new(clock: MachineClock) -> Machine {
        let mut machine = Machine {
            clock,
            disk: BTreeMap::new(),
            locks: BTreeMap::new(),
            signed_in: SignIn::Account(0),
            tokens: Vec::new(),
            current: [0; USERS.len()],
        };
        for account in 0..USERS.len() {
            machine.rotate(account);
        }
        machine
    }

    /// The host gets a new token for an account.
    pub fn rotate(&mut self, account: usize) {
        self.current[account] = self.tokens.len();
        self.tokens.push(account);
    }

    /// What the host's callback answers.
    pub fn token(&self) -> Option<String> {
        match self.signed_in {
            SignIn::Account(account) => Some(token(Some(USERS[account]), self.current[account])),
            SignIn::Nameless => Some(token(None, 0)),
            SignIn::SignedOut | SignIn::Broken => None,
        }
    }

    /// Whose token it is; `None` for one that the server refuses.
    pub fn account_of(&self, token: &str) -> Option<usize> {
        let serial = token.rsplit('.').next()?.strip_prefix(CANARY)?.parse::<usize>().ok()?;
        self.tokens.get(serial).copied()
    }
}

fn token(user: Option<&str>, serial: usize) -> String {
    let claims = match user {
        Some(user) => format!(r#"{{"universal_id":"{user}","exp":4102444800}}"#),
        None => r#"{"sub":"old"}"#.to_owned(),
    };
    format!("e30.{}.{CANARY}{serial}", URL_SAFE_NO_PAD.encode(claims))
}
