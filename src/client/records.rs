//! The credit record, read page by page or whole.

use super::Client;
use super::paging::{ListBudget, incomplete_list, list_end, list_too_long};
use super::request::Route;
use super::session::{Epoch, ServerToken};
use crate::domain::history::{CreditRecord, RecordKind, RecordPage};
use crate::domain::problem::Problem;
use crate::ports::{ApiRequest, Ports, Text};
use crate::protocol::audit;

/// Rows of a request where all are needed; the server sets no limit (docs/contract/endpoints.md 1.5).
const FULL_LIST_PAGE_SIZE: u64 = 1_000;
/// No account has more rows than this; a server that goes on beyond is not believed.
const MAX_PAGES: u64 = 200;

/// A request for a page of the credit record.
///
/// ```
/// use costrict_credit::client::RecordQuery;
/// use costrict_credit::domain::history::RecordKind;
///
/// let first = RecordQuery {
///     page: 1,
///     page_size: 20,
///     operation: Some(RecordKind::Recharge),
///     text: None,
///     with_vouchers: false,
/// };
/// let second = RecordQuery { page: 2, ..first.clone() };
/// assert_ne!(first, second);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuery {
    /// From 1.
    pub page: u64,
    /// Rows of a page, at least 1.
    pub page_size: u64,
    /// Only records of this kind.
    pub operation: Option<RecordKind>,
    /// Only records that contain this text, in any case.
    pub text: Option<String>,
    /// Whether rows contain voucher codes, which are secrets.
    pub with_vouchers: bool,
}

impl RecordQuery {
    /// Whether the other is for a page of the same list.
    pub(super) fn is_same_list(&self, other: &RecordQuery) -> bool {
        RecordQuery { page: other.page, ..self.clone() } == *other
    }

    /// Whether the server, which has no filter, cannot answer it with one page.
    pub(super) fn is_filtered(&self) -> bool {
        self.operation.is_some() || self.text.as_deref().is_some_and(|text| !text.is_empty())
    }

    /// The rows that the query is for, without voucher codes unless it is for them too.
    pub(super) fn select(&self, mut rows: Vec<CreditRecord>, text: &dyn Text) -> Vec<CreditRecord> {
        let needle = text.lower_case(self.text.as_deref().unwrap_or_default());
        rows.retain(|row| is_match(row, self.operation, &needle, text));
        if self.with_vouchers { rows } else { hide_vouchers(rows) }
    }

    /// The page out of all rows of the list.
    pub(super) fn page_of(&self, rows: &[CreditRecord]) -> RecordPage {
        let skipped = usize::try_from(self.page.saturating_sub(1).saturating_mul(self.page_size)).unwrap_or(usize::MAX);
        let size = usize::try_from(self.page_size).unwrap_or(usize::MAX);
        let total = rows.len() as u64;
        RecordPage {
            rows: rows.iter().skip(skipped).take(size).cloned().collect(),
            total: Some(total),
            pages: Some(self.pages(total)),
            ..RecordPage::default()
        }
    }

    /// How many pages `total` rows have.
    pub(super) fn pages(&self, total: u64) -> u64 {
        total.div_ceil(self.page_size.max(1))
    }
}

/// All rows, as far as they could be read.
pub(super) struct AllRecords {
    pub rows: Vec<CreditRecord>,
    pub complete: bool,
    pub problem: Option<Problem>,
}

impl<P: Ports> Client<P> {
    /// All records of the signed-in account without voucher codes, and the epoch that they belong to.
    pub(super) async fn all_records(&self) -> (AllRecords, Epoch) {
        let sign_in = self.identify().await;
        let epoch = self.epoch();
        let all = match sign_in.into_token() {
            Ok((token, _)) => {
                let all = self.read_all_records(&token).await;
                AllRecords { rows: hide_vouchers(all.rows), ..all }
            }
            Err(problem) => AllRecords { rows: Vec::new(), complete: false, problem: Some(problem) },
        };
        (all, epoch)
    }

    /// A page as the server sent it, with voucher codes.
    pub(super) async fn audit_page(
        &self,
        token: &ServerToken,
        page: u64,
        page_size: u64,
    ) -> Result<audit::AuditPage, Problem> {
        self.audit_reply(token, audit::request(page, page_size)).await
    }

    async fn audit_reply(&self, token: &ServerToken, request: ApiRequest) -> Result<audit::AuditPage, Problem> {
        let reply = self.send_paged(Route::Records, token, request).await?;
        let page = audit::read(&reply, self.options().zone, self.reply_context(Some(token)));
        self.record_wait(Route::Records, token, &page);
        self.record_seen_vouchers(page.as_ref().map_or(&[], |page| &page.records));
        page
    }

    /// Every page; from the start again, once, if the list grew meanwhile (docs/contract/client-rules.md, rule 14).
    pub(super) async fn read_all_records(&self, token: &ServerToken) -> AllRecords {
        let mut budget = ListBudget::starting(self.now());
        let first = self.read_list(token, &mut budget).await;
        if first.complete || first.problem.is_some() {
            return first;
        }
        drop(first);
        let mut second = self.read_list(token, &mut budget.again()).await;
        if !second.complete && second.problem.is_none() {
            second.problem = Some(incomplete_list());
        }
        second
    }

    async fn read_list(&self, token: &ServerToken, budget: &mut ListBudget) -> AllRecords {
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
}

/// Whether a row is of the kind and contains `needle`, which is in lower case, in any case.
fn is_match(row: &CreditRecord, operation: Option<RecordKind>, needle: &str, text: &dyn Text) -> bool {
    let of_kind = operation.is_none_or(|kind| row.kind == kind);
    let texts = [Some(row.operation.as_str()), row.source.as_deref(), row.related_user.as_deref()];
    of_kind && (needle.is_empty() || texts.into_iter().flatten().any(|held| text.lower_case(held).contains(needle)))
}

/// Voucher codes are secrets: only a query for them returns them.
fn hide_vouchers(rows: Vec<CreditRecord>) -> Vec<CreditRecord> {
    rows.into_iter().map(|row| CreditRecord { voucher_code: None, ..row }).collect()
}
