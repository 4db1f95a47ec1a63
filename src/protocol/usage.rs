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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Today.
    Today,
    /// Today and the six days before.
    Last7Days,
    /// Today and the 29 days before.
    Last30Days,
    /// Server days, both included.
    Days(Day, Day),
}

/// Asks for a page of the usage statistics; the first page is 1.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsagePage {
    /// Rows on all pages.
    pub total: Option<u64>,
    /// The page size that the server used; it may be less than the requested one.
    pub page_size: Option<u64>,
    /// The rows of the page.
    pub rows: Vec<UsageRow>,
    /// Rows that the server sent, readable or not: pages are counted in these.
    pub rows_sent: u64,
    /// Size of the reply.
    pub bytes: usize,
}

/// Reads a page of the usage statistics.
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
