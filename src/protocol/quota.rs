//! `GET /quota-manager/api/v1/quota`: the balance (server.md 1.4).

use super::envelope::read_data;
use super::failure::Moment;
use super::lenient::Object;
use super::{READ_LIMIT, get};
use crate::domain::balance::Reading;
use crate::domain::credits::Credits;
use crate::domain::grant::{Grant, Ladder};
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::ports::{ApiReply, ApiRequest};

pub fn request() -> ApiRequest {
    get("/quota-manager/api/v1/quota".to_owned(), READ_LIMIT)
}

/// A balance as the server sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaReply {
    pub reading: Reading,
    /// Rises with every change of the account, where the server counts them; the open one does not.
    pub version: Option<u64>,
    /// When the server read its counters: its own field where it has one, else the `Date` header.
    pub server_time: Option<Timestamp>,
}

pub fn read(reply: &ApiReply, zone: ServerOffset, moment: Moment<'_>) -> Result<QuotaReply, Problem> {
    let (reading, version, own_time) = read_data(reply, moment, |data| {
        let amount = |name: &str, exact: &str| data.credits(exact).or_else(|| data.credits(name));
        let reading = Reading {
            // A counter that is missing is not 0 (server.md 6, rule 3).
            total: amount("total_quota", "total_quota_text")?,
            used: amount("used_quota", "used_quota_text")?,
            ladder: data
                .objects("quota_list")
                .map(|rows| Ladder::new(rows.iter().filter_map(|row| grant(row, zone)).collect())),
            starred: data.flag("is_star"),
        };
        Some((reading, data.count("version"), data.integer("server_time_ms").and_then(Timestamp::from_server_millis)))
    })?;
    let header = reply.header("date").and_then(Timestamp::parse_http_date);
    Ok(QuotaReply { reading, version, server_time: own_time.or(header) })
}

/// A row of the list; one without a usable amount is dropped, one without a readable expiry keeps its amount.
fn grant(row: &Object<'_>, zone: ServerOffset) -> Option<Grant> {
    let amount = row.credits("amount_text").or_else(|| row.credits("amount"))?;
    (amount != Credits::ZERO).then(|| Grant {
        amount,
        expires_at: row.instant("expiry_date", zone),
        source: row.words("source"),
        expiry_text: row.words("expiry_date"),
    })
}
