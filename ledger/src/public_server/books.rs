//! Counters and rows of an account as the public servers see them.

use costrict_credit::domain::credits::Credits;
use costrict_credit::domain::time::{ServerOffset, Timestamp};
use sqlx::{AnyConnection, Row as _};

use super::PublicServer;
use crate::golang::counter::Counter;
use crate::golang::float;
use crate::golang::time::Time;
use crate::store::account::{Account, NO_EXPIRY};
use crate::store::grant::STATUS_VALID;
use crate::store::{Result as StoreResult, Store, Tx};
use crate::token::Key;

/// Micro-credits of a cent.
const CENT_MICRO: i64 = 10_000;

/// What the public servers' arithmetic works on.
pub struct Books<'a> {
    pub store: &'a Store,
    /// Seals vouchers.
    pub key: &'a Key,
    pub zone: ServerOffset,
    /// `None`: `is_star` is absent.
    pub star_repository: Option<&'a str>,
    pub server: PublicServer,
}

/// The gateway in front of the models, which owns the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    Up,
    /// It answers 503 to everything; the servers pass that on after some seconds of retries.
    Down,
}

/// The message of the gateway's client when the gateway fails.
const GATEWAY_DOWN_MESSAGE: &str =
    "HTTP error 503: AI Gateway error: ai-gateway.redis_error - Redis error: connection refused";

impl Gateway {
    /// The value of a counter, or the gateway's refusal.
    pub(super) fn query(self, account: &str, name: &str, counter: Counter) -> Result<f64, String> {
        self.check()?;
        if account.is_empty() {
            return Err("HTTP error 400: AI Gateway error: ai-gateway.invalid_params - Request denied by ai quota \
                        check. user_id can't be empty."
                .to_owned());
        }
        let value = counter.to_f64();
        if value < 0.0 {
            return Err(format!(
                "HTTP error 500: AI Gateway error: ai-gateway.invalid_quota_value - Invalid {name} value"
            ));
        }
        Ok(value)
    }

    /// Whether a counter can be changed.
    pub(super) fn check(self) -> Result<(), String> {
        match self {
            Gateway::Up => Ok(()),
            Gateway::Down => Err(GATEWAY_DOWN_MESSAGE.to_owned()),
        }
    }
}

/// The two counters of an account.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    pub total: Counter,
    pub used: Counter,
}

/// A valid row of the quota table.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuotaRow {
    pub expires_at: Timestamp,
    pub cents: i64,
}

impl QuotaRow {
    pub fn amount(self) -> f64 {
        float::of_cents(self.cents)
    }
}

impl Books<'_> {
    /// An instant of the database as the servers print it.
    pub(super) fn time(&self, at: Timestamp) -> Option<Time> {
        Time::local(at.whole_seconds(), self.zone.seconds())
    }

    /// The counters; of an account that is not known they are 0, as missing keys are in Redis.
    pub(super) async fn counters(&self, on: &mut AnyConnection, id: &str) -> StoreResult<Counters> {
        let row = sqlx::query("SELECT total, used, total_text, used_text FROM account WHERE id = $1")
            .bind(id)
            .fetch_optional(on)
            .await?;
        let Some(row) = row else { return Ok(Counters::default()) };
        let counter = |text: String, micro: i64| {
            // The text is newer than the integer only where both say the same: the ordinary mode writes integers alone.
            let exact = Counter::parse(&text).filter(|counter| !text.is_empty() && counter.to_micro() == micro);
            exact.unwrap_or(Counter::from_micro(micro))
        };
        Ok(Counters {
            total: counter(row.try_get("total_text")?, row.try_get("total")?),
            used: counter(row.try_get("used_text")?, row.try_get("used")?),
        })
    }

    /// The valid rows, earliest expiry first.
    pub(super) async fn rows(&self, on: &mut AnyConnection, id: &str) -> StoreResult<Vec<QuotaRow>> {
        let rows = sqlx::query(
            "SELECT amount, expires_at FROM quota WHERE account_id = $1 AND status = $2 ORDER BY expires_at",
        )
        .bind(id)
        .bind(STATUS_VALID)
        .fetch_all(on)
        .await?;
        rows.iter()
            .map(|row| {
                let micro: i64 = row.try_get("amount")?;
                let half = if micro < 0 { -CENT_MICRO / 2 } else { CENT_MICRO / 2 };
                let expires_at = Timestamp::from_millis(row.try_get("expires_at")?);
                Ok(QuotaRow { expires_at, cents: micro.saturating_add(half) / CENT_MICRO })
            })
            .collect()
    }

    /// Writes the row of that expiry.
    pub(super) async fn set_row(&self, tx: &mut Tx, id: &str, at: Timestamp, cents: i64) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO quota (account_id, expires_at, status, amount, source) VALUES ($1, $2, $3, $4, '')
             ON CONFLICT (account_id, expires_at, status) DO UPDATE SET amount = excluded.amount",
        )
        .bind(id)
        .bind(at.millis())
        .bind(STATUS_VALID)
        .bind(cents.saturating_mul(CENT_MICRO))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Removes the row of that expiry.
    pub(super) async fn drop_row(&self, tx: &mut Tx, id: &str, at: Timestamp) -> StoreResult<()> {
        sqlx::query("DELETE FROM quota WHERE account_id = $1 AND expires_at = $2 AND status = $3")
            .bind(id)
            .bind(at.millis())
            .bind(STATUS_VALID)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Writes counters and next expiry of an account that the transaction has locked.
    pub(super) async fn save(&self, tx: &mut Tx, account: &mut Account, counters: Counters) -> StoreResult<()> {
        let rows = self.rows(tx, &account.id).await?;
        account.next_expiry = rows.first().map_or(NO_EXPIRY, |row| row.expires_at);
        account.total = Credits::from_micro(counters.total.to_micro());
        account.used = Credits::from_micro(counters.used.to_micro());
        self.store.write_account(tx, account).await?;
        sqlx::query("UPDATE account SET total_text = $2, used_text = $3 WHERE id = $1")
            .bind(&account.id)
            .bind(counters.total.to_string())
            .bind(counters.used.to_string())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

/// Micro-credits of cents, for the columns that both modes read.
pub(super) fn micro_of_cents(cents: i64) -> i64 {
    cents.saturating_mul(CENT_MICRO)
}

/// The double of an exact amount.
pub(super) fn double(amount: Credits) -> f64 {
    // Both sides are exact below 2^53: one division is the nearest double.
    amount.micro() as f64 / 1e6
}

/// What is left of each row after `used`, earliest first; rows that are used up come as 0.
pub(super) fn burn_down(rows: &[QuotaRow], used: f64) -> Vec<(Timestamp, f64, bool)> {
    let mut left = used;
    rows.iter()
        .map(|row| {
            let amount = row.amount();
            if left <= 0.0 {
                (row.expires_at, amount, true)
            } else if amount > left {
                let rest = amount - left;
                left = 0.0;
                (row.expires_at, rest, true)
            } else {
                left -= amount;
                (row.expires_at, 0.0, false)
            }
        })
        .collect()
}
