//! `GET /quota-manager/api/v1/quota`: the balance (docs/contract/endpoints.md 1.4).

use super::doubles::exact_text;
use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{READ_TIMEOUT, get};
use crate::domain::balance::Reading;
use crate::domain::credits::Credits;
use crate::domain::grant::{Grant, Ladder};
use crate::domain::problem::Problem;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::json::object::Object;
use crate::ports::{ApiReply, ApiRequest};

/// The request for the balance.
pub fn request() -> ApiRequest {
    get("/quota-manager/api/v1/quota".to_owned(), READ_TIMEOUT)
}

/// A balance as the server sent it.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::time::{ServerOffset, Timestamp};
/// use costrict_credit::ports::ApiReply;
/// use costrict_credit::protocol::failure::ReplyContext;
/// use costrict_credit::protocol::quota;
///
/// let body = br#"{"success":true,"data":{"total_quota":100,"used_quota":58.5,"quota_list":[]}}"#;
/// let reply = ApiReply { status: 200, headers: Vec::new(), body: body.to_vec() };
/// let now = Timestamp::from_millis(1_781_496_000_000);
/// let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
/// let quota = quota::read(&reply, ServerOffset::CHINA, context).unwrap();
/// assert_eq!(quota.reading.remaining(), Credits::parse_decimal("41.5").unwrap());
/// assert_eq!(quota.version, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaReply {
    /// Counters and grants.
    pub reading: Reading,
    /// The text of the counter `total`, where it is another double than the amount in `reading`.
    pub total_text: Option<String>,
    /// The text of the counter `used`, where it is another double than the amount in `reading`.
    pub used_text: Option<String>,
    /// Rises with every change of the account, where the server counts them; the open one does not.
    pub version: Option<u64>,
    /// When the server read its counters: its own field where it has one, else the `Date` header.
    pub server_time: Option<Timestamp>,
}

/// Reads the reply.
///
/// # Errors
/// The reply is no success, or a counter is missing: that is not 0 (docs/contract/client-rules.md, rule 3).
pub fn read(reply: &ApiReply, zone: ServerOffset, context: ReplyContext<'_>) -> Result<QuotaReply, Problem> {
    let (reading, counters, version, own_time) = read_data(reply, context, |data| {
        // A counter that is missing is not 0 (docs/contract/client-rules.md, rule 3).
        let (total, total_text) = amount(data, "total_quota", "total_quota_text")?;
        let (used, used_text) = amount(data, "used_quota", "used_quota_text")?;
        let reading = Reading {
            total,
            used,
            ladder: data
                .objects("quota_list")
                .map(|rows| Ladder::new(rows.iter().filter_map(|row| grant(row, zone)).collect())),
            starred: data.flag("is_star"),
        };
        let own_time = data.integer("server_time_ms").and_then(Timestamp::from_server_millis);
        Some((reading, (total_text, used_text), data.count("version"), own_time))
    })?;
    let header = reply.header("date").and_then(Timestamp::parse_http_date);
    let (total_text, used_text) = counters;
    Ok(QuotaReply { reading, total_text, used_text, version, server_time: own_time.or(header) })
}

/// A row of the list; one without a usable amount is dropped, one without a readable expiry keeps its amount.
fn grant(row: &Object<'_>, zone: ServerOffset) -> Option<Grant> {
    let (amount, exact) = amount(row, "amount", "amount_text")?;
    (amount != Credits::ZERO).then(|| Grant {
        amount,
        expires_at: row.instant("expiry_date", zone),
        source: row.words("source"),
        expiry_text: row.words("expiry_date"),
        exact,
    })
}

/// An amount from the field of a server that counts exactly, else from the ordinary one; with its text where that is
/// another double.
fn amount(object: &Object<'_>, name: &str, exact_name: &str) -> Option<(Credits, Option<String>)> {
    let read = |name: &str| object.credits(name).zip(object.text_or_number(name));
    let (amount, text) = read(exact_name).or_else(|| read(name))?;
    Some((amount, exact_text(&text, amount)))
}
