//! `GET /quota-manager/api/v1/usage/statistics`: charged requests (docs/contract/endpoints.md 1.8). Self-hosted servers
//! have none.

use super::envelope::read_data;
use super::failure::ReplyContext;
use super::{READ_TIMEOUT, get};
use crate::domain::history::UsageRow;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Day, ServerOffset};
use crate::json::Value;
use crate::json::object::Object;
use crate::ports::{ApiReply, ApiRequest};

/// The days of a request.
///
/// ```
/// use costrict_credit::domain::time::Day;
/// use costrict_credit::protocol::usage::{Span, request};
///
/// let (from, to) = (Day::parse("2026-06-01").unwrap(), Day::parse("2026-06-15").unwrap());
/// let path = request(Span::Days(from, to), 1, 200).path;
/// assert!(path.ends_with("&start_time=2026-06-01%2000:00:00&end_time=2026-06-15%2023:59:59"));
/// assert!(request(Span::Today, 1, 200).path.ends_with("&time_range=today"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The server's day that is not over.
    Today,
    /// Today and the six days before.
    Last7Days,
    /// Today and the 29 days before.
    Last30Days,
    /// Server days, both included.
    Days(Day, Day),
}

/// The request for a page of charged requests; pages count from 1.
pub fn request(span: Span, page: u64, page_size: u64) -> ApiRequest {
    let range = match span {
        Span::Today => "time_range=today".to_owned(),
        Span::Last7Days => "time_range=7days".to_owned(),
        Span::Last30Days => "time_range=30days".to_owned(),
        // The web page sends midnight at the start of the last day and so loses that day.
        Span::Days(from, to) => format!("start_time={from}%2000:00:00&end_time={to}%2023:59:59"),
    };
    get(format!("/quota-manager/api/v1/usage/statistics?page={page}&page_size={page_size}&{range}"), READ_TIMEOUT)
}

/// A page as the server sent it.
///
/// ```
/// use costrict_credit::domain::time::{ServerOffset, Timestamp};
/// use costrict_credit::ports::ApiReply;
/// use costrict_credit::protocol::failure::ReplyContext;
/// use costrict_credit::protocol::usage;
///
/// let row = r#"{"record_time":"2026-06-15 12:00:00","model":"GLM-4.6","credits_used":0.5}"#;
/// let body = format!(r#"{{"success":true,"data":{{"total":1,"records":[{row}]}}}}"#).into_bytes();
/// let reply = ApiReply { status: 200, headers: Vec::new(), body };
/// let now = Timestamp::from_millis(1_781_496_000_000);
/// let context = ReplyContext { now, server_now: now, token: None, token_expires: None };
/// let page = usage::read(&reply, ServerOffset::CHINA, context).unwrap();
/// assert_eq!(page.rows[0].model, "GLM-4.6");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsagePage {
    /// Rows of the whole list, where the server counts them.
    pub total: Option<u64>,
    /// The page size that the server used; it may be less than the requested one.
    pub page_size: Option<u64>,
    /// Rows that could be read.
    pub rows: Vec<UsageRow>,
    /// Rows that the server sent, readable or not: pages are counted in these.
    pub rows_sent: u64,
    /// Size of the reply.
    pub bytes: usize,
}

/// Reads the reply.
///
/// # Errors
/// The reply is no success, or has no list; a 404 is a server without statistics.
pub fn read(reply: &ApiReply, zone: ServerOffset, context: ReplyContext<'_>) -> Result<UsagePage, Problem> {
    let page = read_data(reply, context, |data| {
        // A reply without the list is not an empty one.
        let raw_rows = data.list_or_null("records")?;
        let row = |row: &Value<'_>| Object::of(row.clone()).and_then(|row| usage_row(&row, zone));
        let rows_sent = raw_rows.len() as u64;
        Some(UsagePage {
            total: data.count("total"),
            page_size: data.count("page_size"),
            rows: raw_rows.iter().filter_map(row).collect(),
            rows_sent,
            bytes: reply.body.len(),
        })
    });
    // On this route a 404 means that the server has no statistics, whatever its body is (docs/contract/client-rules.md, rule 13).
    page.map_err(|problem| match reply.status {
        404 => Problem { kind: ProblemKind::Unsupported, ..problem },
        _ => problem,
    })
}

/// A row; without a time, a model or a charge it cannot be counted.
fn usage_row(row: &Object<'_>, zone: ServerOffset) -> Option<UsageRow> {
    Some(UsageRow {
        id: row.text_or_number("id").unwrap_or_default(),
        at: row.instant("record_time", zone).or_else(|| row.instant("create_time", zone))?,
        model: row.words("model")?,
        mode: row.words("mode"),
        tokens: row.count("tokens"),
        credits: row.credits("credits_used")?,
        package: row.words("package"),
    })
}
