//! Usage and credit record, as a panel requests and keeps them.

use super::Panel;
use crate::client::records::RecordQuery;
use crate::client::session::ServerToken;
use crate::client::usage::{RangeError, UsageQuery};
use crate::domain::history::{CreditRecord, RecordPage};
use crate::domain::problem::Problem;
use crate::domain::usage::{UsageBefore, UsageReport};
use crate::ports::Ports;

impl<P: Ports> Panel<P> {
    /// Usage over the days of a range, both included. The panel shows immediately that it is being loaded, and then the
    /// report.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub fn usage(&self, query: UsageQuery) -> impl Future<Output = Result<UsageReport, RangeError>> + use<P> {
        let (panel, number, table) = (self.clone(), self.client.next_number(), self.client.day_table(&query));
        if table.is_ok() {
            self.cell.update(|state| state.usage.begin(number, query.clone()));
        }
        async move {
            let table = table?;
            let sign_in = panel.client.identify().await;
            // Another account has begun with a panel that shows nothing.
            panel.cell.update(|state| state.usage.begin(number, query.clone()));
            let report = panel.client.read_usage(&query, &table, sign_in).await;
            panel.client.0.month.record(query.range, &report, panel.client.now());
            panel.show_usage(number, query, &report);
            Ok(report)
        }
    }

    /// What was used in the period before a range, to compare with; of it only what was not listed before is requested. The
    /// panel shows it beside the usage of the same query. `None` for a range that has not begun.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub async fn usage_before(&self, query: UsageQuery) -> Result<Option<UsageBefore>, RangeError> {
        let epoch = self.client.epoch();
        let before = self.client.read_before(&query).await?;
        self.update(epoch, |state| {
            if let Some((shown, report)) = state.usage.result_mut()
                && *shown == query
            {
                report.before = before;
            }
        });
        Ok(before)
    }

    /// A report that failed does not remove a known one of the same days.
    fn show_usage(&self, number: u64, query: UsageQuery, report: &UsageReport) {
        self.cell.update(|state| {
            let Some(slot) = state.usage.end(number) else { return };
            match slot {
                Some((known, older))
                    if (known.range, &known.zone) == (query.range, &query.zone)
                        && report.problem.is_some()
                        && report.rows.is_empty() =>
                {
                    older.problem.clone_from(&report.problem);
                }
                _ => *slot = Some((query, report.clone())),
            }
        });
    }

    /// A page of the credit record, newest first. Filters work over all records. The panel shows immediately that it is
    /// being loaded, and then the page.
    pub fn records(&self, query: RecordQuery) -> impl Future<Output = RecordPage> + use<P> {
        let (panel, number) = (self.clone(), self.client.next_number());
        self.cell.update(|state| {
            state.records.begin(number, query.clone());
            state.is_records_outdated = false;
        });
        async move {
            let sign_in = panel.client.identify().await;
            // Another account has begun with a panel that shows nothing.
            panel.cell.update(|state| state.records.begin(number, query.clone()));
            let page = match sign_in.into_token() {
                Ok((token, _)) if query.is_filtered() => panel.filtered_page(&query, &token).await,
                Ok((token, _)) => panel.plain_page(&query, &token).await,
                Err(problem) => problem_page(problem),
            };
            panel.show_records(number, query, &page);
            page
        }
    }

    /// A page that failed does not remove what is known of the same list.
    fn show_records(&self, number: u64, query: RecordQuery, page: &RecordPage) {
        self.cell.update(|state| {
            let Some(slot) = state.records.end(number) else { return };
            match slot {
                Some((known, older))
                    if page.problem.is_some() && page.rows.is_empty() && known.is_same_list(&query) =>
                {
                    older.problem.clone_from(&page.problem);
                }
                _ => *slot = Some((query, page.clone())),
            }
        });
    }

    async fn plain_page(&self, query: &RecordQuery, token: &ServerToken) -> RecordPage {
        match self.client.audit_page(token, query.page, query.page_size).await {
            Ok(page) => {
                let rows = query.select(page.records, &*self.client.0.text);
                let (rows, has_changed) = self.drop_repeats(query, page.total, rows);
                RecordPage {
                    rows,
                    total: page.total,
                    pages: page.total.map(|total| query.pages(total)),
                    changed: has_changed.then_some(true),
                    problem: None,
                }
            }
            Err(problem) => problem_page(problem),
        }
    }

    /// The first page reads the whole list; later pages are cut from that result, so that the list stays consistent while
    /// it is paged through.
    async fn filtered_page(&self, query: &RecordQuery, token: &ServerToken) -> RecordPage {
        if let Some((known, matching)) = &self.cell.state().matching
            && query.page > 1
            && known.is_same_list(query)
        {
            return query.page_of(matching);
        }
        let epoch = self.client.epoch();
        let all = self.client.read_all_records(token).await;
        if let (Some(problem), true) = (&all.problem, all.rows.is_empty()) {
            return problem_page(problem.clone());
        }
        let matching = query.select(all.rows, &*self.client.0.text);
        let page = query.page_of(&matching);
        self.update(epoch, |state| state.matching = all.complete.then(|| (query.clone(), matching)));
        if all.complete { page } else { RecordPage { total: None, pages: None, problem: all.problem, ..page } }
    }

    /// Drops rows that moved here from the page before, and returns whether the list changed since that one
    /// (docs/contract/client-rules.md, rule 14).
    fn drop_repeats(
        &self,
        query: &RecordQuery,
        total: Option<u64>,
        rows: Vec<CreditRecord>,
    ) -> (Vec<CreditRecord>, bool) {
        let state = self.cell.state();
        let Some((before, page)) = state.records.result() else { return (rows, false) };
        match page.total.zip(total) {
            // Page 1 starts over.
            Some((known, total)) if before.is_same_list(query) && query.page > 1 && total != known => {
                let is_next = query.page == before.page + 1;
                (if is_next { drop_overlap(&page.rows, rows, total.saturating_sub(known)) } else { rows }, true)
            }
            _ => (rows, false),
        }
    }
}

/// The list grew by `grown` rows at its head, so as many from the end of the page before are now at the start of this one.
/// Equal rows may be two events, hence only that many are compared, in order.
fn drop_overlap(before: &[CreditRecord], rows: Vec<CreditRecord>, grown: u64) -> Vec<CreditRecord> {
    let overlap = usize::try_from(grown).unwrap_or(usize::MAX).min(before.len()).min(rows.len());
    let tail = before.get(before.len() - overlap..).unwrap_or_default();
    if rows.get(..overlap) == Some(tail) { rows.into_iter().skip(overlap).collect() } else { rows }
}

fn problem_page(problem: Problem) -> RecordPage {
    RecordPage { problem: Some(problem), ..RecordPage::default() }
}
