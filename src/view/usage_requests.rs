//! The single requests behind the chart, page by page, all of them or those of one bar.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::slots::{Bar, bar_name};
use crate::domain::history::UsageRow;
use crate::domain::usage::UsageReport;
use crate::ports::{DateStyle, Zone};

/// Requests on one page of the list.
const PAGE_SIZE: usize = 20;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestList {
    pub title: String,
    pub table: Table,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<RequestPaging>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestPaging {
    pub text: String,
    pub label: String,
    pub previous: Action,
    pub next: Action,
}

/// What is listed.
pub(super) struct RequestsInput<'a> {
    pub report: &'a UsageReport,
    /// The bar whose requests are listed; `None` for all.
    pub chosen: Option<&'a Bar>,
    pub zone: &'a Zone,
    /// From 1.
    pub page: u64,
}

/// `None` while amounts are hidden: how many requests there were is one of them.
pub(super) fn list(fmt: &Formatter<'_>, input: &RequestsInput<'_>) -> Option<RequestList> {
    if fmt.masked {
        return None;
    }
    let report = input.report;
    let is_listed = |row: &&UsageRow| input.chosen.is_none_or(|bar| bar.start <= row.at && row.at < bar.end);
    let total = report.rows.iter().filter(is_listed).count();
    let pages = total.div_ceil(PAGE_SIZE).max(1);
    let page = usize::try_from(input.page).unwrap_or(usize::MAX).clamp(1, pages);
    let skipped = (page - 1) * PAGE_SIZE;
    let rows: Vec<&UsageRow> = report.rows.iter().filter(is_listed).skip(skipped).take(PAGE_SIZE).collect();
    let title = fmt.message(Message::RequestsTitle);
    let title = match input.chosen {
        Some(bar) => fmt.message(Message::Named { name: &title, value: &bar_name(fmt, report, bar, input.zone) }),
        None => title,
    };
    let listed = Pages {
        action: ActionId::RequestsPage,
        label: Message::RequestsPages,
        page,
        pages,
        skipped,
        shown: rows.len(),
        total: report.complete.then_some(total),
    };
    Some(RequestList {
        table: table(fmt, input, &title, &rows),
        title,
        all: input.chosen.map(|_| Action::new(ActionId::UsageSelect, fmt.message(Message::RequestsAll)).with_value("")),
        paging: (pages > 1).then(|| paging(fmt, &listed)),
    })
}

/// A column of modes only where a request has one.
fn table(fmt: &Formatter<'_>, input: &RequestsInput<'_>, title: &str, rows: &[&UsageRow]) -> Table {
    let has_modes = input.report.rows.iter().any(|row| row.mode.is_some());
    let mut columns = vec![(Message::ColumnTime, false), (Message::ColumnModel, false)];
    if has_modes {
        columns.push((Message::ColumnMode, false));
    }
    columns.push((Message::ColumnCredits, true));
    let time = |row: &UsageRow| match input.report.is_hourly() {
        true => fmt.text.date(&fmt.format_tag, input.zone, row.at, DateStyle::Time),
        false => fmt.short_exact_in(input.zone, row.at),
    };
    let cells = |row: &&UsageRow| {
        let mode = has_modes.then(|| row.mode.as_deref().map(|mode| fmt.untrusted(mode)).unwrap_or_default());
        let cells = [Some(time(row)), Some(fmt.untrusted(&row.model)), mode, Some(fmt.amount(row.credits))];
        cells.into_iter().flatten().collect()
    };
    Table::new(fmt, title.to_owned(), &columns, rows.iter().map(cells).collect())
}

/// A page of a list.
pub(super) struct Pages<'a> {
    pub action: ActionId,
    pub label: Message<'a>,
    pub page: usize,
    pub pages: usize,
    /// How many come before the page.
    pub skipped: usize,
    /// How many are on it.
    pub shown: usize,
    /// `None`: there may be more than are loaded.
    pub total: Option<usize>,
}

pub(super) fn paging(fmt: &Formatter<'_>, list: &Pages<'_>) -> RequestPaging {
    let &Pages { page, pages, skipped, shown, .. } = list;
    let number = |number: usize| fmt.number(i64::try_from(number).unwrap_or(i64::MAX)).text;
    let (first, last) = (number(skipped + 1), number(skipped + shown));
    let text = match list.total {
        Some(total) => fmt.message(Message::RecordsRange { first: &first, last: &last, total: &number(total) }),
        None => fmt.message(Message::Span { low: &first, high: &last }),
    };
    let to =
        |label: Message<'_>, page: usize| Action::new(list.action, fmt.message(label)).with_value(page.to_string());
    RequestPaging {
        text,
        label: fmt.message(list.label),
        previous: to(Message::RecordsPrevious, (page - 1).max(1)).disabled_if(page <= 1),
        next: to(Message::RecordsNext, (page + 1).min(pages)).disabled_if(page >= pages),
    }
}
