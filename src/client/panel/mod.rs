//! Panels: what a reader chose and was shown belongs to one panel, so that two panels, or a panel and another caller of the
//! client, do not change each other.

mod state;
mod history;
mod tasks;
mod view;

use std::rc::Rc;

use super::Client;
use super::export::ExportOf;
use super::records::RecordQuery;
use super::session::Epoch;
use super::transfer::{TransferError, TransferOrder};
use super::usage::{RangeError, UsageQuery};
use crate::domain::estimate::Draft;
use crate::domain::history::RecordPage;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Outcome, Reason, Spend};
use crate::domain::transfer::{RedeemResult, TransferResult};
use crate::domain::usage::{UsageBefore, UsageReport};
use crate::ports::Ports;
use crate::protocol::chat::FailedReply;
use crate::view::{ExportFile, ExportFormat, IncompleteExport, PanelView, ViewOptions};

use state::{PanelCell, PanelResults};

pub(super) use state::Panels;

/// One account panel: its chosen range, page and filter, its files, vouchers and refusal. A clone is the same panel.
///
/// ```
/// use costrict_credit::client::{Client, Panel, RangeError, UsageQuery};
/// use costrict_credit::domain::usage_range::UsageRange;
/// use costrict_credit::ports::Ports;
/// use costrict_credit::view::{PanelView, ViewOptions};
///
/// async fn show_week<P: Ports>(client: &Client<P>, options: &ViewOptions) -> Result<PanelView, RangeError> {
///     let panel: Panel<P> = client.open_panel();
///     panel.usage(UsageQuery { range: UsageRange::SevenDays, ..UsageQuery::default() }).await?;
///     Ok(panel.view(options, None, None))
/// }
/// ```
///
/// Calls that change what a panel shows are made on the panel; everything else on its client. What the panel keeps belongs
/// to the signed-in account and goes with it.
pub struct Panel<P: Ports> {
    client: Client<P>,
    cell: Rc<PanelCell>,
}

impl<P: Ports> Clone for Panel<P> {
    fn clone(&self) -> Panel<P> {
        Panel { client: self.client.clone(), cell: Rc::clone(&self.cell) }
    }
}

impl<P: Ports> Panel<P> {
    /// The client that the panel shows.
    pub fn client(&self) -> &Client<P> {
        &self.client
    }

    /// Holds the estimated credits, and decides whether the budget allows the request. The panel shows why a request was
    /// refused, immediately or when [`Client::settle_refused`] ends it, until the next one begins.
    pub fn begin(&self, draft: &Draft) -> Spend {
        self.cell.update(|state| state.refusal = None);
        let epoch = self.client.epoch();
        let spend = self.client.begin_spend(draft);
        self.show_begun(&spend, epoch);
        spend
    }

    /// As [`Panel::begin`], but over all windows: two of them together do not pass a limit that stops requests. Where the other
    /// windows are busy for too long, the decision is to ask. Without such a limit it is the same as `begin`.
    ///
    /// ```
    /// use costrict_credit::client::Panel;
    /// use costrict_credit::domain::estimate::Draft;
    /// use costrict_credit::domain::spend::Decision;
    /// use costrict_credit::ports::Ports;
    ///
    /// async fn may_send<P: Ports>(panel: &Panel<P>, task: &str) -> bool {
    ///     let draft = Draft { model: "GLM-4.6".to_owned(), task_id: Some(task.to_owned()), ..Draft::default() };
    ///     let spend = panel.reserve(&draft).await;
    ///     if let (Decision::Stop, Some(cap)) = (spend.decision, &spend.cap) {
    ///         println!("{} of {} used; this would still fit: {:?}", cap.used, cap.limit, cap.fits);
    ///     }
    ///     spend.decision == Decision::Go
    /// }
    /// ```
    pub fn reserve(&self, draft: &Draft) -> impl Future<Output = Spend> + use<P> {
        self.cell.update(|state| state.refusal = None);
        let (panel, draft) = (self.clone(), draft.clone());
        async move {
            let (spend, epoch) = panel.client.reserve_spend(&draft).await;
            panel.show_begun(&spend, epoch);
            spend
        }
    }

    fn show_begun(&self, spend: &Spend, epoch: Epoch) {
        let refusal = self.refusal_of(spend);
        self.update(epoch, |state| {
            state.refusal = refusal;
            if spend.decision != Decision::Stop {
                state.add_begun(&spend.id);
            }
        });
    }

    /// The problem of a request that was stopped because the server would refuse it.
    fn refusal_of(&self, spend: &Spend) -> Option<Problem> {
        if (spend.decision, spend.reason) != (Decision::Stop, Some(Reason::InsufficientCredit)) {
            return None;
        }
        let available = self.client.account().balance.map(|balance| balance.available);
        let required = spend.estimate.expected;
        Some(Problem { required, available, ..Problem::new(ProblemKind::InsufficientCredit) })
    }

    /// Usage or records as text for a file. The panel shows when the file is not complete.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub async fn export(&self, what: ExportOf, format: ExportFormat) -> Result<ExportFile, RangeError> {
        let (file, epoch) = self.client.export_file(&what, format).await?;
        let incomplete = (!file.complete).then(|| IncompleteExport { rows: file.rows, problem: file.problem.clone() });
        self.update(epoch, |state| match what {
            ExportOf::Usage(_) => state.incomplete_usage_file = incomplete,
            ExportOf::Records => state.incomplete_records_file = incomplete,
        });
        Ok(file)
    }

    /// Gives credits away: makes a voucher. Sent once, whatever happens.
    ///
    /// Waits for other transfers of this user, in all windows, and up to two seconds where an equal order was sent just
    /// before: the server would make the same voucher of both and debit both.
    ///
    /// # Errors
    /// For an order that is wrong by itself; nothing was sent.
    pub fn transfer_out(
        &self,
        order: &TransferOrder,
    ) -> impl Future<Output = Result<TransferResult, TransferError>> + use<P> {
        // What is shown of an earlier transfer ends with the call, so that an equal result is a new one.
        self.cell.update(|state| state.given = None);
        let (panel, order) = (self.clone(), order.clone());
        async move {
            let (result, epoch) = panel.client.give(&order).await?;
            panel.update(epoch, |state| state.given = Some(result.clone()));
            panel.client.0.panels.outdate_records();
            Ok(result)
        }
    }

    /// Redeems a voucher. May be repeated: it is single-use at the server (docs/contract/endpoints.md 1.7).
    pub fn redeem(&self, voucher_code: &str) -> impl Future<Output = RedeemResult> + use<P> {
        self.cell.update(|state| state.redeemed = None);
        let (panel, voucher_code) = (self.clone(), voucher_code.to_owned());
        async move {
            let (result, epoch) = panel.client.redeem_voucher(&voucher_code).await;
            panel.update(epoch, |state| state.redeemed = Some(result.clone()));
            panel.client.0.panels.outdate_records();
            result
        }
    }

    /// Forgets what the panel shows. Results of calls that are under way are not kept any more.
    pub fn close(&self) {
        self.cell.close();
    }

    /// Changes what the panel shows, unless another epoch has begun: a voucher is its owner's secret.
    fn update(&self, epoch: Epoch, change: impl FnOnce(&mut PanelResults)) {
        if self.client.epoch() == epoch {
            self.cell.update(change);
        }
    }
}

/// Calls without a panel use the client's own one, which [`Client::panel`] shows.
impl<P: Ports> Client<P> {
    /// A panel of its own, which shows only what is called on it.
    pub fn open_panel(&self) -> Panel<P> {
        Panel { client: self.clone(), cell: self.0.panels.open() }
    }

    /// The client's own panel, which shows what is called on the client itself.
    pub fn default_panel(&self) -> Panel<P> {
        Panel { client: self.clone(), cell: self.0.panels.default_panel() }
    }

    /// [`Panel::view`] of the client's own panel.
    pub fn panel(&self, options: &ViewOptions, draft: Option<&Draft>, model: Option<&str>) -> PanelView {
        self.default_panel().view(options, draft, model)
    }

    /// [`Panel::begin`] on the client's own panel.
    pub fn begin(&self, draft: &Draft) -> Spend {
        self.default_panel().begin(draft)
    }

    /// [`Panel::reserve`] on the client's own panel.
    pub fn reserve(&self, draft: &Draft) -> impl Future<Output = Spend> + use<P> {
        self.default_panel().reserve(draft)
    }

    /// Records how a request ended. False for an unknown id and for a second call.
    pub fn settle(&self, id: &str, outcome: &Outcome) -> bool {
        self.0.panels.end_request(id, None);
        self.settle_spend(id, outcome)
    }

    /// As [`Client::settle`] for a request that was refused: the panel that began it shows what `reply` means.
    pub fn settle_refused(&self, id: &str, outcome: &Outcome, reply: FailedReply) -> bool {
        let problem = self.explain(reply);
        // Listeners of the change see the refusal already.
        self.0.panels.end_request(id, Some(&problem));
        self.settle_spend(id, outcome)
    }

    /// [`Panel::usage`] on the client's own panel.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub fn usage(&self, query: UsageQuery) -> impl Future<Output = Result<UsageReport, RangeError>> + use<P> {
        self.default_panel().usage(query)
    }

    /// [`Panel::usage_before`] on the client's own panel.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub async fn usage_before(&self, query: UsageQuery) -> Result<Option<UsageBefore>, RangeError> {
        self.default_panel().usage_before(query).await
    }

    /// [`Panel::records`] on the client's own panel.
    pub fn records(&self, query: RecordQuery) -> impl Future<Output = RecordPage> + use<P> {
        self.default_panel().records(query)
    }

    /// [`Panel::export`] on the client's own panel.
    ///
    /// # Errors
    /// For a range that ends before it begins or is too long.
    pub async fn export(&self, what: ExportOf, format: ExportFormat) -> Result<ExportFile, RangeError> {
        self.default_panel().export(what, format).await
    }

    /// [`Panel::transfer_out`] on the client's own panel.
    ///
    /// # Errors
    /// For an order that is wrong by itself; nothing was sent.
    pub fn transfer_out(
        &self,
        order: &TransferOrder,
    ) -> impl Future<Output = Result<TransferResult, TransferError>> + use<P> {
        self.default_panel().transfer_out(order)
    }

    /// [`Panel::redeem`] on the client's own panel.
    pub fn redeem(&self, voucher_code: &str) -> impl Future<Output = RedeemResult> + use<P> {
        self.default_panel().redeem(voucher_code)
    }
}
