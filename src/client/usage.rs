//! Usage over days: all pages, summed.

use super::Client;
use super::paging::{ListBudget, incomplete_list, list_end, list_too_long};
use super::request::Route;
use super::session::{Epoch, ServerToken, SignIn};
use crate::account::span_use::BudgetSpan;
use crate::domain::credits::Credits;
use crate::domain::history::UsageRow;
use crate::domain::price::payable_share_at;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::{Day, MONDAY, Timestamp};
use crate::domain::usage::{GroupBy, UsageReport, report};
use crate::domain::usage_range::{Calendar, UsageRange};
use crate::domain::usage_table::DayTable;
use crate::ports::{ApiRequest, Ports, Zone};
use crate::protocol::usage::{self, Span, UsagePage};

/// Rows of a request; a server that refuses so many gets the web page's largest number.
const PAGE_SIZE: u64 = 200;
const FALLBACK_PAGE_SIZE: u64 = 50;
/// A server that goes on beyond this many pages is not believed.
const MAX_PAGES: u64 = 5_000;

/// A request for usage.
///
/// ```
/// use costrict_credit::client::UsageQuery;
/// use costrict_credit::domain::time::ServerOffset;
/// use costrict_credit::domain::usage::GroupBy;
/// use costrict_credit::domain::usage_range::UsageRange;
/// use costrict_credit::ports::Zone;
///
/// let zone = Some(Zone::Fixed(ServerOffset::UTC));
/// let query = UsageQuery { range: UsageRange::SevenDays, zone, group_by: Some(GroupBy::Model), ..UsageQuery::default() };
/// assert_eq!(UsageQuery { group_by: None, ..query.clone() }.range, query.range);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageQuery {
    /// The days, first and last included.
    pub range: UsageRange,
    /// The zone of these days; `None` is the server's.
    pub zone: Option<Zone>,
    /// What the report is grouped by; `None` is by day.
    pub group_by: Option<GroupBy>,
    /// The locale whose weeks are meant (BCP 47); `None`: weeks begin on Monday.
    pub locale: Option<String>,
}

/// The range ends before it begins, or is longer than [`DayTable::MAX_DAYS`]: a caller's mistake.
///
/// ```
/// use costrict_credit::client::RangeError;
/// use costrict_credit::domain::time::ServerOffset;
/// use costrict_credit::domain::time::Day;
/// use costrict_credit::domain::usage_table::DayTable;
///
/// let (from, to) = (Day::parse("2026-06-15").unwrap(), Day::parse("2026-06-14").unwrap());
/// let table = DayTable::new(from, to, |_| ServerOffset::CHINA).ok_or(RangeError);
/// assert_eq!(table.err(), Some(RangeError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeError;

/// Rows as far as they could be read.
struct UsageRows {
    rows: Vec<UsageRow>,
    complete: bool,
    problem: Option<Problem>,
}

impl<P: Ports> Client<P> {
    /// The report of a range, with the account of `sign_in`.
    pub(super) async fn read_usage(&self, query: &UsageQuery, table: &DayTable, sign_in: SignIn) -> UsageReport {
        let rows = match sign_in.into_token() {
            Ok((token, epoch)) => {
                let read_at = self.now();
                let rows = self.usage_rows(query, table, &token).await;
                self.learn_prices(&rows.rows, epoch);
                self.note_statistics(&rows, table, read_at, epoch);
                // Rows of an account that has gone are not shown to the next one.
                if self.epoch() == epoch { rows } else { UsageRows::none(Problem::new(ProblemKind::SignedOut)) }
            }
            Err(problem) => UsageRows::none(problem),
        };
        if rows.complete {
            self.remember_charges(&rows.rows, table.start(), table.end());
        }
        let mut report = report(rows.rows, table, query.group_by, rows.problem, rows.complete);
        report.before = self.known_before(query, table);
        if let Some(group_by @ (GroupBy::Task | GroupBy::Project)) = query.group_by {
            self.group_by_task(group_by, &mut report);
        }
        report
    }

    /// Lists the charges between two instants, for the comparison with a later period.
    pub(super) async fn list_charges(&self, start: Timestamp, end: Timestamp, token: &ServerToken, epoch: Epoch) {
        let Some(span) = self.server_days(start, end) else { return };
        let list = self.span_rows(span, token).await;
        self.learn_prices(&list.rows, epoch);
        if list.complete && self.epoch() == epoch {
            self.remember_charges(&list.rows, start, end);
        }
    }

    /// The server's days that cover the time between two instants.
    fn server_days(&self, start: Timestamp, end: Timestamp) -> Option<Span> {
        let server = self.options().zone;
        let last = Timestamp::from_millis(end.millis() - 1);
        server.day(start).zip(server.day(last)).map(|(from, to)| Span::Days(from, to))
    }

    /// What a complete list holds of the server's present day and week counts for their budgets.
    fn note_statistics(&self, rows: &UsageRows, table: &DayTable, read_at: Timestamp, epoch: Epoch) {
        let (zone, now) = (self.options().zone, self.server_now());
        let used_in = |span: Option<BudgetSpan>| {
            let span = span.filter(|span| rows.complete && table.start() <= span.start && table.end() > span.start)?;
            Some(rows.rows.iter().filter(|row| span.contains(row.at)).map(|row| row.credits).sum::<Credits>())
        };
        let day = BudgetSpan::day(now, zone);
        // A list that ends before today says nothing of the week's last days.
        let Some(used_today) = used_in(day) else { return };
        let used_this_week = used_in(BudgetSpan::week(now, zone));
        self.change(epoch, |signed_in, _| {
            signed_in.engine.apply_day_statistics(used_today, read_at);
            if let Some(used) = used_this_week {
                signed_in.engine.apply_week_statistics(used, read_at);
            }
        });
    }

    fn learn_prices(&self, rows: &[UsageRow], epoch: Epoch) {
        let options = self.options();
        let left = |model: &str, at: Timestamp| payable_share_at(&options.promotions, model, at, options.zone);
        if !rows.is_empty()
            && self.change(epoch, |signed_in, _| signed_in.engine.apply_usage_rows(rows, left)).is_some()
        {
            self.schedule_persist();
        }
    }

    /// The days of a range, in the zone of the query.
    pub(super) fn day_table(&self, query: &UsageQuery) -> Result<DayTable, RangeError> {
        self.table_of(query, UsageRange::days)
    }

    /// The days that `days` takes out of the calendar for the range of a query.
    pub(super) fn table_of(
        &self,
        query: &UsageQuery,
        days: impl FnOnce(UsageRange, Calendar) -> (Day, Day),
    ) -> Result<DayTable, RangeError> {
        let server = self.options().zone;
        let text = &self.0.text;
        let offset = |at: Timestamp| query.zone.as_ref().map_or(server, |zone| text.offset(zone, at));
        let now = self.server_now();
        let today = offset(now).day(now).ok_or(RangeError)?;
        let first_weekday = query.locale.as_deref().map_or(MONDAY, |locale| text.first_weekday(locale));
        let (from, to) = days(query.range, Calendar { today, first_weekday });
        DayTable::new(from, to, offset).ok_or(RangeError)
    }

    async fn usage_rows(&self, query: &UsageQuery, table: &DayTable, token: &ServerToken) -> UsageRows {
        // A zone may have the same days as the server.
        let has_server_days = || self.day_table(&UsageQuery { zone: None, ..query.clone() }).as_ref() == Ok(table);
        let is_server = query.zone.is_none() || has_server_days();
        let span = match query.range {
            UsageRange::Today if is_server => Some(Span::Today),
            UsageRange::SevenDays if is_server => Some(Span::Last7Days),
            UsageRange::ThirtyDays if is_server => Some(Span::Last30Days),
            // Other days are requested as the server's days that cover them.
            _ => self.server_days(table.start(), table.end()),
        };
        match span {
            Some(span) => self.span_rows(span, token).await,
            None => UsageRows::none(Problem::new(ProblemKind::Unsupported)),
        }
    }

    async fn span_rows(&self, span: Span, token: &ServerToken) -> UsageRows {
        let mut budget = ListBudget::starting(self.now());
        let first = self.read_pages(span, token, &mut budget).await;
        // The list grew while it was read: once more from the start.
        if first.complete || first.problem.is_some() {
            return first;
        }
        drop(first);
        let mut second = self.read_pages(span, token, &mut budget.again()).await;
        if !second.complete && second.problem.is_none() {
            second.problem = Some(incomplete_list());
        }
        second
    }

    async fn read_pages(&self, span: Span, token: &ServerToken, budget: &mut ListBudget) -> UsageRows {
        let mut pages = UsageRows { rows: Vec::new(), complete: false, problem: None };
        let (mut size, mut sent, mut total) = (PAGE_SIZE, 0, None);
        let mut previous_first: Option<UsageRow> = None;
        let mut page = 1;
        while page <= MAX_PAGES {
            let read = match budget.limited(usage::request(span, page, size), self.now()) {
                Ok(request) => self.usage_page(request, token).await,
                Err(problem) => Err(problem),
            };
            let read = match read {
                Ok(read) => read,
                Err(problem) if problem.kind == ProblemKind::Rejected && page == 1 && size == PAGE_SIZE => {
                    size = FALLBACK_PAGE_SIZE;
                    continue;
                }
                Err(problem) => return UsageRows { problem: Some(problem), ..pages },
            };
            if total.is_some_and(|total| total != read.total) {
                return pages;
            }
            total = Some(read.total);
            // Rows have ids: a page that begins as the one before is that one again, and so are all that follow.
            let first = read.rows.first().filter(|row| !row.id.is_empty()).cloned();
            if first.is_some() && first == previous_first {
                return UsageRows { problem: Some(incomplete_list()), ..pages };
            }
            previous_first = first;
            sent += read.rows_sent;
            pages.rows.extend(read.rows);
            let full_page = read.page_size.map_or(size, |declared| declared.min(size));
            if let Some(whole) = list_end(sent, read.rows_sent, read.total, full_page) {
                pages.complete = whole;
                return pages;
            }
            if let Err(problem) = budget.add(read.rows_sent, read.bytes) {
                return UsageRows { problem: Some(problem), ..pages };
            }
            page += 1;
        }
        // Reading it once more would end here too.
        UsageRows { problem: Some(list_too_long()), ..pages }
    }

    async fn usage_page(&self, request: ApiRequest, token: &ServerToken) -> Result<UsagePage, Problem> {
        let reply = self.send_paged(Route::Usage, token, request).await?;
        let read = usage::read(&reply, self.options().zone, self.reply_context(Some(token)));
        self.record_wait(Route::Usage, token, &read);
        read
    }
}

impl UsageRows {
    fn none(problem: Problem) -> UsageRows {
        UsageRows { rows: Vec::new(), complete: false, problem: Some(problem) }
    }
}
