//! Usage over days: all pages, summed.

use super::paging::{ListBudget, Route, incomplete_list, list_end, list_too_long};
use super::session::SignIn;
use super::{Client, Options};
use crate::domain::history::UsageRow;
use crate::domain::pace::{self, ObservedPace};
use crate::domain::price::payable_share_at;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::Timestamp;
use crate::domain::usage::{DayTable, GroupBy, UsageRange, UsageReport, report};
use crate::ports::{ApiRequest, Ports, Zone};
use crate::protocol::usage::{self, Span, UsagePage};

/// Rows asked for at once; a server that refuses so many gets the web page's largest number.
const PAGE_SIZE: u64 = 200;
const FALLBACK_PAGE_SIZE: u64 = 50;
/// A server that goes on beyond this many pages is not believed.
const MAX_PAGES: u64 = 5_000;

#[derive(Clone, Debug, PartialEq)]
pub struct UsageQuery {
    pub range: UsageRange,
    /// Whose days are meant; `None`: the server's.
    pub zone: Option<Zone>,
    pub group_by: Option<GroupBy>,
}

/// The pace of a month; the day that is not over is left out.
fn pace_of(report: &UsageReport) -> Option<ObservedPace> {
    pace::from_days(report.by_day.get(..report.by_day.len().saturating_sub(1))?)
}

/// The range ends before it begins, or is longer than [`DayTable::LIMIT_DAYS`]: a caller's mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeError;

/// Rows as far as they could be read.
struct UsageRows {
    rows: Vec<UsageRow>,
    complete: bool,
    problem: Option<Problem>,
}

impl<P: Ports> Client<P> {
    /// Usage over the days of a range, both included. The panel shows at once that it is asked for, and then the answer.
    pub fn usage(&self, query: UsageQuery) -> impl Future<Output = Result<UsageReport, RangeError>> + use<P> {
        let (client, number, table) = (self.clone(), self.next_number(), self.day_table(&query));
        let asked = query.clone();
        let ask = move |client: &Client<P>| client.0.state.borrow_mut().shown.usage.ask(number, asked.clone());
        if table.is_ok() {
            ask(self);
        }
        async move {
            let table = table?;
            let sign_in = client.identify().await;
            // An account that has just signed in shows nothing yet.
            ask(&client);
            let report = client.read_usage(&query, &table, sign_in).await;
            client.show_usage(number, query, &report);
            Ok(report)
        }
    }

    /// The same, beside the panel; and the epoch that it was read in.
    pub(super) async fn usage_for_export(&self, query: UsageQuery) -> Result<(UsageReport, u64), RangeError> {
        let table = self.day_table(&query)?;
        let sign_in = self.identify().await;
        let epoch = self.epoch();
        Ok((self.read_usage(&query, &table, sign_in).await, epoch))
    }

    /// A report that failed does not take away what is known of the same days.
    fn show_usage(&self, number: u64, query: UsageQuery, report: &UsageReport) {
        let mut state = self.0.state.borrow_mut();
        if query.range == UsageRange::ThirtyDays {
            // The pace is learnt though another range was chosen meanwhile; a look that fails forgets nothing.
            let learnt = if report.complete { pace_of(report) } else { state.shown.month.take().flatten() };
            state.shown.month = Some(learnt);
        }
        let Some(place) = state.shown.usage.answer_to(number) else { return };
        match place {
            Some((known, older))
                if (known.range, &known.zone) == (query.range, &query.zone)
                    && report.problem.is_some()
                    && report.rows.is_empty() =>
            {
                older.problem.clone_from(&report.problem);
            }
            _ => *place = Some((query, report.clone())),
        }
    }

    async fn read_usage(&self, query: &UsageQuery, table: &DayTable, sign_in: SignIn) -> UsageReport {
        let pages = match sign_in {
            SignIn::Token(token, epoch) => {
                let pages = self.usage_rows(query, table, &token).await;
                if self.learn_from(&pages.rows, epoch) {
                    pages
                } else {
                    UsageRows::none(Problem::new(ProblemKind::SignedOut))
                }
            }
            SignIn::SignedOut => UsageRows::none(Problem::new(ProblemKind::SignedOut)),
            SignIn::Problem(problem) => UsageRows::none(problem),
        };
        report(pages.rows, table, query.group_by, pages.problem, pages.complete)
    }

    /// What the rows say of prices. False when another account has signed in meanwhile: they are not its own.
    fn learn_from(&self, rows: &[UsageRow], epoch: u64) -> bool {
        let Options { promotions, zone, .. } = &self.0.options;
        let left = |model: &str, at: Timestamp| payable_share_at(promotions, model, at, *zone);
        if !rows.is_empty()
            && self.change(epoch, |signed_in, _| signed_in.engine.apply_usage_rows(rows, left)).is_some()
        {
            self.schedule_persist();
        }
        self.epoch() == epoch
    }

    fn day_table(&self, query: &UsageQuery) -> Result<DayTable, RangeError> {
        let server = self.0.options.zone;
        let text = &self.0.text;
        let offset = |at: Timestamp| query.zone.as_ref().map_or(server, |zone| text.offset(zone, at));
        let now = self.server_now();
        let today = offset(now).day(now).ok_or(RangeError)?;
        let (from, to) = query.range.days(today);
        DayTable::new(from, to, offset).ok_or(RangeError)
    }

    async fn usage_rows(&self, query: &UsageQuery, table: &DayTable, token: &str) -> UsageRows {
        let server = self.0.options.zone;
        let span = match (query.range, &query.zone) {
            (UsageRange::Today, None) => Some(Span::Today),
            (UsageRange::SevenDays, None) => Some(Span::Last7Days),
            (UsageRange::ThirtyDays, None) => Some(Span::Last30Days),
            // Other days are asked for by the server's days that cover them.
            _ => {
                let last = Timestamp::from_millis(table.end().millis() - 1);
                server.day(table.start()).zip(server.day(last)).map(|(from, to)| Span::Days(from, to))
            }
        };
        let Some(span) = span else { return UsageRows::none(Problem::new(ProblemKind::Unsupported)) };
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

    async fn read_pages(&self, span: Span, token: &str, budget: &mut ListBudget) -> UsageRows {
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
            let full = read.page_size.map_or(size, |last_notified| last_notified.min(size));
            if let Some(whole) = list_end(sent, read.rows_sent, read.total, full) {
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

    async fn usage_page(&self, request: ApiRequest, token: &str) -> Result<UsagePage, Problem> {
        let reply = self.send_paged(Route::Usage, token, request).await?;
        let read = usage::read(&reply, self.0.options.zone, self.context(token));
        self.record_wait(Route::Usage, &read);
        read
    }
}

impl UsageRows {
    fn none(problem: Problem) -> UsageRows {
        UsageRows { rows: Vec::new(), complete: false, problem: Some(problem) }
    }
}
