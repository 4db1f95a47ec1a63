//! Giving credits away and redeeming vouchers.

mod order;
mod recent_orders;
mod lost_reply;

use std::cell::RefCell;

use super::Client;
use super::permit::Exclusive;
use super::request::problem_of_transport;
use super::session::{Epoch, ServerToken};
use crate::account::snapshot::Snapshot;
use crate::account::transfer::TransferStage;
use crate::domain::credits::Credits;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::transfer::{RedeemResult, RedeemStatus, TransferRefusal, TransferResult};
use crate::ports::{LogLevel, Ports};
use crate::protocol::transfer::{read_redeem, read_transfer_out, redeem_request, transfer_out_request};
use crate::view::{TransferDraft, TransferReview, ViewOptions, review_transfer};

use lost_reply::{SeenVouchers, voucher_fingerprint};
use order::{PreparedOrder, check, prepare};
use recent_orders::RecentOrders;

pub use order::{MAX_EXPIRIES, TransferError, TransferOrder, TransferOrderLine};

/// What this window knows of transfers.
#[derive(Default)]
pub(super) struct Transfers {
    recent_orders: RefCell<RecentOrders>,
    seen_vouchers: RefCell<SeenVouchers>,
}

impl<P: Ports> Client<P> {
    /// Gives credits away: makes a voucher. Sent once, whatever happens. Also the epoch that the result belongs to.
    pub(super) async fn give(&self, order: &TransferOrder) -> Result<(TransferResult, Epoch), TransferError> {
        check(order)?;
        Ok(match self.identify().await.into_token() {
            Ok((token, epoch)) => (self.give_with(order, &token, epoch).await?, epoch),
            Err(problem) => (failed_transfer(problem), self.epoch()),
        })
    }

    /// What is wrong with a draft of an order, in the reader's language, or else how to confirm it. Sends no request.
    pub fn review_transfer(&self, draft: &TransferDraft, options: &ViewOptions) -> TransferReview {
        let (account, now, catalogues) = (self.account(), self.server_now(), self.catalogues());
        let at = (now, self.options().zone);
        review_transfer(draft, account.balance.as_ref(), at, options, &catalogues, &*self.0.text)
    }

    async fn give_with(
        &self,
        order: &TransferOrder,
        token: &ServerToken,
        epoch: Epoch,
    ) -> Result<TransferResult, TransferError> {
        // An impossible order is refused without waiting for other transfers.
        if let Err(problem) = self.prepared(order)? {
            return Ok(failed_transfer(problem));
        }
        let Some(key) = self.storage_key(epoch) else {
            return Ok(failed_transfer(account_changed()));
        };
        let Some(permit) = self.acquire_permit(Exclusive::Transfer, &key).await else {
            let busy = Problem::new(ProblemKind::Rejected).with_detail(TransferRefusal::Busy.detail());
            return Ok(failed_transfer(busy));
        };
        let result = self.transfer_exclusively(order, token, epoch, &key).await;
        self.release_permit(permit).await;
        result
    }

    fn prepared(&self, order: &TransferOrder) -> Result<Result<PreparedOrder, Problem>, TransferError> {
        let server_now = self.server_now();
        let prepared = self.with_engine(|engine| prepare(order, &engine.snapshot, server_now));
        prepared.unwrap_or_else(|| prepare(order, &Snapshot::default(), server_now))
    }

    /// Only with the transfer permit.
    async fn transfer_exclusively(
        &self,
        order: &TransferOrder,
        token: &ServerToken,
        epoch: Epoch,
        key: &str,
    ) -> Result<TransferResult, TransferError> {
        // What other windows have given meanwhile counts.
        self.load(epoch).await;
        let fingerprint = match self.prepared(order)? {
            Ok(prepared) => prepared.fingerprint(),
            Err(problem) => return Ok(failed_transfer(problem)),
        };
        if let Err(problem) = self.wait_for_another_second(key, fingerprint).await {
            return Ok(failed_transfer(problem));
        }
        let prepared = match self.prepared(order)? {
            Ok(prepared) => prepared,
            Err(problem) => return Ok(failed_transfer(problem)),
        };
        Ok(self.send_order(&prepared, token, epoch, key).await.unwrap_or_else(failed_transfer))
    }

    async fn send_order(
        &self,
        order: &PreparedOrder,
        token: &ServerToken,
        epoch: Epoch,
        key: &str,
    ) -> Result<TransferResult, Problem> {
        let request =
            transfer_out_request(&order.receiver_id, &order.lines).ok_or(Problem::new(ProblemKind::Rejected))?;
        let search = self.prepare_search(token, order).await;
        let (fingerprint, id) = (order.fingerprint(), self.new_id());
        self.record_order_sent(key, fingerprint).await;
        self.record_transfer(epoch, &id, TransferStage::Sent, order.amount, None, None);
        self.write_snapshot(epoch).await;
        if self.epoch() != epoch {
            return Err(account_changed());
        }
        let given = match self.send(token, request).await {
            Ok(reply) => read_transfer_out(&reply, self.reply_context(Some(token))),
            Err(error) if error.is_surely_unsent() => Err(problem_of_transport(error)),
            Err(_) => Err(Problem::new(ProblemKind::OutcomeUnknown)),
        };
        let is_answered = !given.as_ref().is_err_and(|problem| problem.kind == ProblemKind::OutcomeUnknown);
        self.record_order_ended(key, fingerprint, is_answered).await;
        let given = match (given, search) {
            (Err(problem), Some(search)) if !is_answered => {
                self.log(LogLevel::Warn, "no answer to a transfer: looking for it in the newest records");
                self.find_voucher(token, order, &search).await.ok_or(problem)
            }
            (given, _) => given,
        };
        self.record_transfer_out(epoch, &id, order, &given).await;
        let voucher_code = given?;
        Ok(TransferResult { voucher_code: Some(voucher_code), amount: Some(order.amount), problem: None })
    }

    /// Records how a transfer ended: what was given is not available from now on, in any window.
    async fn record_transfer_out(
        &self,
        epoch: Epoch,
        id: &str,
        order: &PreparedOrder,
        given: &Result<String, Problem>,
    ) {
        let stage = match given {
            Ok(_) => TransferStage::Done,
            // A service that failed may have taken the credits before.
            Err(problem) if matches!(problem.kind, ProblemKind::OutcomeUnknown | ProblemKind::ServerError) => {
                TransferStage::Unknown
            }
            Err(_) => TransferStage::Refused,
        };
        let voucher = given.as_ref().ok().map(|code| voucher_fingerprint(code));
        self.record_transfer(epoch, id, stage, order.amount, order.exact.clone(), voucher);
        self.persist(epoch).await;
        self.schedule_persist();
    }

    fn record_transfer(
        &self,
        epoch: Epoch,
        id: &str,
        stage: TransferStage,
        amount: Credits,
        exact: Option<String>,
        voucher: Option<i64>,
    ) {
        let before = self.significant_now();
        self.change(epoch, |signed_in, now| {
            let transfer = signed_in.engine.record_transfer(id, stage, amount, now);
            (transfer.exact, transfer.voucher) = (exact, voucher);
        });
        self.notify_if_changed(&before);
    }

    /// Redeems a voucher. May be repeated: it is single-use at the server (docs/contract/endpoints.md 1.7). Also the epoch
    /// that the result belongs to.
    pub(super) async fn redeem_voucher(&self, voucher_code: &str) -> (RedeemResult, Epoch) {
        match self.identify().await.into_token() {
            Ok((token, epoch)) => {
                let result = self.redeem_once(voucher_code, &token).await;
                self.record_redeemed(epoch, &result);
                (result, epoch)
            }
            Err(problem) => (failed_redeem(problem), self.epoch()),
        }
    }

    async fn redeem_once(&self, voucher_code: &str, token: &ServerToken) -> RedeemResult {
        let Some(request) = redeem_request(voucher_code) else {
            return failed_redeem(Problem::new(ProblemKind::Rejected));
        };
        match self.send(token, request).await.map_err(problem_of_transport) {
            Ok(reply) => read_redeem(&reply, self.reply_context(Some(token))).unwrap_or_else(failed_redeem),
            Err(problem) => failed_redeem(problem),
        }
    }

    /// Records that what was added is available from now on. An unknown amount shows with the next reading.
    fn record_redeemed(&self, epoch: Epoch, result: &RedeemResult) {
        use ProblemKind::{Malformed, Network, OutcomeUnknown, ServerError, Unavailable};
        let stage = match (result.status, result.problem.as_ref().map(|problem| problem.kind)) {
            (Some(RedeemStatus::Redeemed | RedeemStatus::PartlyRedeemed), _) => TransferStage::Done,
            // A service that failed may have added them before.
            (_, Some(Malformed | Network | OutcomeUnknown | Unavailable | ServerError)) => TransferStage::Unknown,
            _ => return,
        };
        let added = result.added.unwrap_or_default().or_zero();
        self.record_transfer(epoch, &self.new_id(), stage, Credits::ZERO.minus(added), None, None);
        self.schedule_persist();
    }
}

fn account_changed() -> Problem {
    Problem::new(ProblemKind::Rejected).with_detail(TransferRefusal::AccountChanged.detail())
}

fn failed_redeem(problem: Problem) -> RedeemResult {
    RedeemResult { problem: Some(problem), ..RedeemResult::default() }
}

fn failed_transfer(problem: Problem) -> TransferResult {
    TransferResult { problem: Some(problem), ..TransferResult::default() }
}
