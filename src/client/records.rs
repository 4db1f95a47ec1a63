//! The Credit Record, page by page, filtered where asked.

use super::Client;
use super::paging::{ListBudget, Route, incomplete_list, list_end, list_too_long};
use super::session::SignIn;
use crate::domain::history::{CreditRecord, RecordKind, RecordPage};
use crate::domain::problem::{Problem, ProblemKind};
use crate::ports::{ApiRequest, Ports, Text};
use crate::protocol::audit;

/// Rows asked for at once where all are needed; the server sets no limit (docs/contract/endpoints.md 1.5).
const FULL_LIST_PAGE_SIZE: u64 = 1_000;
/// No account has more rows than this; a server that goes on beyond is not believed.
const MAX_PAGES: u64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuery {
    /// From 1.
    pub page: u64,
    pub page_size: u64,
    pub operation: Option<RecordKind>,
    pub text: Option<String>,
    pub with_vouchers: bool,
}

impl RecordQuery {
    /// Whether the other asks for a page of the same list.
    fn is_same_list(&self, other: &RecordQuery) -> bool {
        RecordQuery { page: other.page, ..self.clone() } == *other
    }
}

/// All rows, as far as they could be had.
pub(super) struct AllRecords {
    pub rows: Vec<CreditRecord>,
    pub complete: bool,
    pub problem: Option<Problem>,
}

impl<P: Ports> Client<P> {
    /// A page of the Credit Record, newest first. Filters work over all records. The panel shows at once that it is asked
    /// for, and then the answer.
    pub fn records(&self, query: RecordQuery) -> impl Future<Output = RecordPage> + use<P> {
        let (client, number) = (self.clone(), self.next_number());
        let ask = move |client: &Client<P>, query: &RecordQuery| {
            client.0.state.borrow_mut().shown.records.ask(number, query.clone());
        };
        ask(self, &query);
        async move {
            let sign_in = client.identify().await;
            // An account that has just signed in shows nothing yet.
            ask(&client, &query);
            let page = match sign_in {
                SignIn::Token(token, _) => client.record_page(&query, &token).await,
                SignIn::SignedOut => problem_page(Problem::new(ProblemKind::SignedOut)),
                SignIn::Problem(problem) => problem_page(problem),
            };
            client.show_records(number, query, &page);
            page
        }
    }

    /// A page that failed does not take away what is known of the same list.
    fn show_records(&self, number: u64, query: RecordQuery, page: &RecordPage) {
        let mut state = self.0.state.borrow_mut();
        let Some(place) = state.shown.records.answer_to(number) else { return };
        match place {
            Some((known, older)) if page.problem.is_some() && page.rows.is_empty() && known.is_same_list(&query) => {
                older.problem.clone_from(&page.problem);
            }
            _ => *place = Some((query, page.clone())),
        }
    }

    async fn record_page(&self, query: &RecordQuery, token: &str) -> RecordPage {
        if query.operation.is_some() || query.text.as_deref().is_some_and(|text| !text.is_empty()) {
            return self.filtered_records(query, token).await;
        }
        match self.audit_page(token, query.page, query.page_size).await {
            Ok(page) => {
                let rows = hide_vouchers(page.records, query.with_vouchers);
                let (rows, changed) = self.drop_repeats(query, page.total, rows);
                RecordPage {
                    rows,
                    total: page.total,
                    pages: page.total.map(|total| total.div_ceil(query.page_size.max(1))),
                    changed: changed.then_some(true),
                    problem: None,
                }
            }
            Err(problem) => problem_page(problem),
        }
    }

    /// The first page reads the whole list; pages after it are cut from what that found, so that the list stays whole while
    /// it is paged through.
    async fn filtered_records(&self, query: &RecordQuery, token: &str) -> RecordPage {
        if let Some(page) = self.matching_page(query) {
            return page;
        }
        let epoch = self.epoch();
        let all = self.all_records(token).await;
        if let (Some(problem), true) = (&all.problem, all.rows.is_empty()) {
            return problem_page(problem.clone());
        }
        let text = self.0.text.as_ref();
        let needle = text.lower_case(query.text.as_deref().unwrap_or_default());
        let wanted = |row: &CreditRecord| is_match(row, query.operation, &needle, text);
        let matching: Vec<CreditRecord> = all.rows.into_iter().filter(wanted).collect();
        let matching = hide_vouchers(matching, query.with_vouchers);
        let page = slice_page(&matching, query);
        let mut state = self.0.state.borrow_mut();
        state.shown.matching = (all.complete && state.epoch == epoch).then(|| (query.clone(), matching));
        if all.complete { page } else { RecordPage { total: None, pages: None, problem: all.problem, ..page } }
    }

    fn matching_page(&self, query: &RecordQuery) -> Option<RecordPage> {
        let state = self.0.state.borrow();
        let (known, matching) = state.shown.matching.as_ref()?;
        (query.page > 1 && known.is_same_list(query)).then(|| slice_page(matching, query))
    }

    pub(super) async fn audit_page(&self, token: &str, page: u64, page_size: u64) -> Result<audit::AuditPage, Problem> {
        self.audit_reply(token, audit::request(page, page_size)).await
    }

    async fn audit_reply(&self, token: &str, request: ApiRequest) -> Result<audit::AuditPage, Problem> {
        let reply = self.send_paged(Route::Records, token, request).await?;
        let read = audit::read(&reply, self.0.options.zone, self.context(token));
        self.record_wait(Route::Records, &read);
        self.record_seen_vouchers(read.as_ref().map_or(&[], |page| &page.records));
        read
    }

    /// Every page; from the start again, once, if the list grew meanwhile (docs/contract/client-rules.md, rule 14).
    pub(super) async fn all_records(&self, token: &str) -> AllRecords {
        let mut budget = ListBudget::starting(self.now());
        let first = self.read_all(token, &mut budget).await;
        if first.complete || first.problem.is_some() {
            return first;
        }
        drop(first);
        let mut second = self.read_all(token, &mut budget.again()).await;
        if !second.complete && second.problem.is_none() {
            second.problem = Some(incomplete_list());
        }
        second
    }

    async fn read_all(&self, token: &str, budget: &mut ListBudget) -> AllRecords {
        let mut rows = Vec::new();
        let (mut sent, mut total) = (0, None);
        for page in 1..=MAX_PAGES {
            let read = match budget.limited(audit::request(page, FULL_LIST_PAGE_SIZE), self.now()) {
                Ok(request) => self.audit_reply(token, request).await,
                Err(problem) => Err(problem),
            };
            let read = match read {
                Ok(read) => read,
                Err(problem) => return AllRecords { rows, complete: false, problem: Some(problem) },
            };
            if total.is_some_and(|total| total != read.total) {
                return AllRecords { rows, complete: false, problem: None };
            }
            total = Some(read.total);
            sent += read.rows_sent;
            rows.extend(read.records);
            if let Some(complete) = list_end(sent, read.rows_sent, read.total, FULL_LIST_PAGE_SIZE) {
                return AllRecords { complete, rows, problem: None };
            }
            if let Err(problem) = budget.add(read.rows_sent, read.bytes) {
                return AllRecords { rows, complete: false, problem: Some(problem) };
            }
        }
        // Reading it once more would end here too.
        AllRecords { rows, complete: false, problem: Some(list_too_long()) }
    }

    /// Takes out rows that slid here from the page shown before, and says whether the list changed since that one
    /// (docs/contract/client-rules.md, rule 14).
    fn drop_repeats(
        &self,
        query: &RecordQuery,
        total: Option<u64>,
        rows: Vec<CreditRecord>,
    ) -> (Vec<CreditRecord>, bool) {
        let state = self.0.state.borrow();
        let Some((before, page)) = state.shown.records.answer() else { return (rows, false) };
        let is_same_list = before.is_same_list(query);
        match page.total.zip(total) {
            // Page 1 is the start anew.
            Some((known, total)) if is_same_list && query.page > 1 && total != known => {
                let is_next = query.page == before.page + 1;
                (if is_next { drop_overlap(&page.rows, rows, total.saturating_sub(known)) } else { rows }, true)
            }
            _ => (rows, false),
        }
    }

    /// Every record, for a file; and the epoch that they were read in.
    pub(super) async fn records_for_export(&self) -> (AllRecords, u64) {
        let none = |problem| AllRecords { rows: Vec::new(), complete: false, problem: Some(problem) };
        let sign_in = self.identify().await;
        let epoch = self.epoch();
        let all = match sign_in {
            SignIn::Token(token, _) => {
                let all = self.all_records(&token).await;
                AllRecords { rows: hide_vouchers(all.rows, false), ..all }
            }
            SignIn::SignedOut => none(Problem::new(ProblemKind::SignedOut)),
            SignIn::Problem(problem) => none(problem),
        };
        (all, epoch)
    }
}

/// The list grew by `grown` rows at its head, so as many from the tail of the last page stand at the head of this one.
/// Equal rows may be two events, hence only that many are compared, in order.
fn drop_overlap(before: &[CreditRecord], rows: Vec<CreditRecord>, grown: u64) -> Vec<CreditRecord> {
    let overlap = usize::try_from(grown).unwrap_or(usize::MAX).min(before.len()).min(rows.len());
    let tail = before.get(before.len() - overlap..).unwrap_or_default();
    if rows.get(..overlap) == Some(tail) { rows.into_iter().skip(overlap).collect() } else { rows }
}

/// A page of rows that are all there.
fn slice_page(matching: &[CreditRecord], query: &RecordQuery) -> RecordPage {
    let skipped = usize::try_from(query.page.saturating_sub(1).saturating_mul(query.page_size)).unwrap_or(usize::MAX);
    let size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let total = matching.len() as u64;
    RecordPage {
        rows: matching.iter().skip(skipped).take(size).cloned().collect(),
        total: Some(total),
        pages: Some(total.div_ceil(query.page_size.max(1))),
        ..RecordPage::default()
    }
}

/// Whether a row is of the wanted kind and holds the wanted text in any case; `needle` is in lower case.
fn is_match(row: &CreditRecord, operation: Option<RecordKind>, needle: &str, text: &dyn Text) -> bool {
    let of_kind = operation.is_none_or(|kind| row.kind == kind);
    let texts = [Some(row.operation.as_str()), row.source.as_deref(), row.related_user.as_deref()];
    of_kind && (needle.is_empty() || texts.into_iter().flatten().any(|held| text.lower_case(held).contains(needle)))
}

/// Voucher codes are secrets: they are shown only to who asked.
fn hide_vouchers(rows: Vec<CreditRecord>, with_vouchers: bool) -> Vec<CreditRecord> {
    let hide = |row: CreditRecord| CreditRecord { voucher_code: row.voucher_code.filter(|_| with_vouchers), ..row };
    rows.into_iter().map(hide).collect()
}

fn problem_page(problem: Problem) -> RecordPage {
    RecordPage { problem: Some(problem), ..RecordPage::default() }
}
