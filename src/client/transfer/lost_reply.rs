//! The voucher of a transfer whose reply was lost, looked up in the records.

use futures_util::future::{Either, select};

use super::order::PreparedOrder;
use crate::client::Client;
use crate::client::session::ServerToken;
use crate::domain::credits::Credits;
use crate::domain::fingerprint::fingerprint;
use crate::domain::history::{CreditRecord, RecordKind};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::Ports;

/// How many of the newest records are read, one after the other, until the search has come to records before the request.
const SEARCH_PAGE_SIZES: [u64; 3] = [10, 100, 1_000];
/// How long the search may take before an order is sent, and after its reply was lost: a server that has become slow must not
/// hold the caller.
const PREPARE_TIMEOUT: Millis = Millis::seconds(4);
const SEARCH_TIMEOUT: Millis = Millis::seconds(5);
/// Vouchers that are remembered as seen.
const MAX_SEEN_VOUCHERS: usize = 4_096;

/// Fingerprints of vouchers that this window has met. Records known before a request cannot be its answer.
#[derive(Default)]
pub(super) struct SeenVouchers(Vec<i64>);

impl SeenVouchers {
    fn record<'a>(&mut self, records: impl IntoIterator<Item = &'a CreditRecord>) {
        let codes = records.into_iter().filter_map(|record| record.voucher_code.as_deref());
        for voucher in codes.map(voucher_fingerprint) {
            if !self.0.contains(&voucher) {
                self.0.push(voucher);
            }
        }
        let surplus = self.0.len().saturating_sub(MAX_SEEN_VOUCHERS);
        self.0.drain(..surplus);
    }
}

/// Identifies a voucher in storage, which must not contain its code.
pub(super) fn voucher_fingerprint(code: &str) -> i64 {
    fingerprint(code.trim().as_bytes()).cast_signed()
}

/// What was known before a transfer was sent, in case its reply is lost.
pub(super) struct VoucherSearch {
    /// No record before this, by the server's clock, is of the transfer; `None`: that clock is not known.
    since: Option<Timestamp>,
    known: Vec<i64>,
}

impl VoucherSearch {
    /// Whether a record may be that of the order.
    fn could_be(&self, record: &CreditRecord, order: &PreparedOrder) -> bool {
        let is_new = |code: &str| !self.known.contains(&voucher_fingerprint(code));
        record.kind == RecordKind::TransferOut
            && record.voucher_code.as_deref().is_some_and(is_new)
            && record.related_user.as_deref().is_some_and(|user| user.trim().eq_ignore_ascii_case(&order.receiver_id))
            && !self.is_older(record)
            && has_amounts_of(record, order)
    }

    /// Record times are whole seconds.
    fn is_older(&self, record: &CreditRecord) -> bool {
        let Some(since) = self.since else { return false };
        record.at.is_none_or(|at| at.whole_seconds() < since.whole_seconds())
    }

    /// The voucher, where exactly one can be meant.
    fn find(&self, records: &[CreditRecord], order: &PreparedOrder) -> Option<String> {
        let mut codes = records
            .iter()
            .filter(|record| self.could_be(record, order))
            .filter_map(|record| record.voucher_code.as_ref());
        let first = codes.next()?;
        codes.all(|code| code == first).then(|| first.clone())
    }
}

/// Whether a record's amounts are those of the order: by its parts, else by their sum; the record's own amount is rounded
/// to hundredths and counts only where there are no details (docs/contract/public-servers.md).
fn has_amounts_of(record: &CreditRecord, order: &PreparedOrder) -> bool {
    let Some(items) = &record.items else {
        return record.exact_amount.unwrap_or(record.amount).abs() == order.amount;
    };
    let mut found: Vec<(Timestamp, Credits)> = Vec::new();
    for item in items {
        let Some(expires_at) = item.expires_at else { return false };
        match found.iter_mut().find(|(known, _)| *known == expires_at) {
            Some((_, amount)) => *amount = amount.plus(item.amount.abs()),
            None => found.push((expires_at, item.amount.abs())),
        }
    }
    let is_found = |line: &crate::protocol::transfer::TransferLine| found.contains(&(line.expires_at, line.amount));
    found.len() == order.lines.len() && order.lines.iter().all(is_found)
}

impl<P: Ports> Client<P> {
    /// Remembers vouchers, so that none of them is taken for that of a later order.
    pub(in crate::client) fn record_seen_vouchers(&self, records: &[CreditRecord]) {
        self.0.transfers.seen_vouchers.borrow_mut().record(records);
    }

    /// Prepares the search before the order is sent. Where a voucher from before could be taken for the new one, since the
    /// server's clock is not known or the outcome of an equal transfer is not, the newest records are read first. `None`: they
    /// could not be, so nothing found later may be believed.
    pub(super) async fn prepare_search(&self, token: &ServerToken, order: &PreparedOrder) -> Option<VoucherSearch> {
        let now = self.now();
        let (since, is_unsure) = self.with_engine(|engine| {
            let since = engine.earliest_server_time(now);
            (since, since.is_none() || engine.snapshot.has_unresolved_transfer(order.amount))
        })?;
        if is_unsure {
            let newest = async { self.audit_page(token, 1, SEARCH_PAGE_SIZES[1]).await.ok() };
            self.with_timeout(PREPARE_TIMEOUT, newest).await?;
        }
        let mut known = self.0.transfers.seen_vouchers.borrow().0.clone();
        self.with_engine(|engine| {
            known.extend(engine.snapshot.transfers.values().filter_map(|transfer| transfer.voucher));
        });
        Some(VoucherSearch { since, known })
    }

    /// The voucher that an order made although its reply was lost.
    pub(super) async fn find_voucher(
        &self,
        token: &ServerToken,
        order: &PreparedOrder,
        search: &VoucherSearch,
    ) -> Option<String> {
        self.with_timeout(SEARCH_TIMEOUT, self.search_newest(token, order, search)).await
    }

    async fn search_newest(
        &self,
        token: &ServerToken,
        order: &PreparedOrder,
        search: &VoucherSearch,
    ) -> Option<String> {
        for size in SEARCH_PAGE_SIZES {
            let page = self.audit_page(token, 1, size).await.ok()?;
            let found = search.find(&page.records, order);
            let is_whole = page.rows_sent < size || page.records.last().is_none_or(|last| search.is_older(last));
            if found.is_some() || is_whole {
                return found;
            }
        }
        None
    }

    /// The result of `work`; `None` also where it takes longer than `limit`.
    async fn with_timeout<T>(&self, limit: Millis, work: impl Future<Output = Option<T>>) -> Option<T> {
        match select(Box::pin(work), Box::pin(self.0.ports.wait(limit))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::{ItemStatus, RecordItem};
    use crate::protocol::transfer::TransferLine;

    const RECEIVER: &str = "7b1f4d2e-aaaa-4bbb-8ccc-121212121212";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + second * 1_000)
    }

    fn credits(text: &str) -> Credits {
        Credits::parse_decimal(text).unwrap()
    }

    fn order(parts: &[(&str, i64)]) -> PreparedOrder {
        let line = |(amount, expiry): &(&str, i64)| TransferLine {
            amount: credits(amount),
            amount_text: (*amount).to_owned(),
            expires_at: at(*expiry),
            expiry_text: String::new(),
        };
        let lines: Vec<TransferLine> = parts.iter().map(line).collect();
        let amount = lines.iter().map(|line| line.amount).sum();
        PreparedOrder { receiver_id: RECEIVER.into(), lines, amount, exact: None }
    }

    fn record(code: &str, second: i64, amount: &str, items: &[(&str, i64)]) -> CreditRecord {
        let item = |(amount, expiry): &(&str, i64)| RecordItem {
            amount: credits(amount),
            expires_at: Some(at(*expiry)),
            status: ItemStatus::Credited,
            lapsed: None,
        };
        CreditRecord {
            kind: RecordKind::TransferOut,
            operation: "TRANSFER_OUT".into(),
            amount: credits(amount),
            at: Some(at(second)),
            expires_at: None,
            source: None,
            related_user: Some(RECEIVER.to_uppercase()),
            voucher_code: Some(code.into()),
            items: (!items.is_empty()).then(|| items.iter().map(item).collect()),
            lapsed: None,
            exact_amount: None,
        }
    }

    fn search(known: &[&str]) -> VoucherSearch {
        VoucherSearch { since: Some(at(0)), known: known.iter().map(|code| voucher_fingerprint(code)).collect() }
    }

    #[test]
    fn details_go_before_the_rounded_amount() {
        let ours = order(&[("12.3456", 100)]);
        let find = |record: CreditRecord| search(&[]).find(&[record], &ours);
        assert_eq!(find(record("v", 0, "-12.35", &[("12.3456", 100)])).as_deref(), Some("v"));
        assert_eq!(find(record("v", 0, "-12.3456", &[("12.35", 100)])), None);
        assert_eq!(find(record("v", 0, "-12.3456", &[("12.3456", 101)])), None, "of another grant");
        assert_eq!(find(record("v", 0, "-12.35", &[])), None);
        assert_eq!(find(record("v", 0, "-12.3456", &[])).as_deref(), Some("v"));
        let summed = CreditRecord { exact_amount: Some(credits("12.3456")), ..record("v", 0, "-12.35", &[]) };
        assert_eq!(find(summed).as_deref(), Some("v"));
    }

    #[test]
    fn parts_are_compared_one_by_one() {
        let ours = order(&[("1", 100), ("2", 200)]);
        let find = |items: &[(&str, i64)]| search(&[]).find(&[record("v", 0, "-3", items)], &ours);
        assert!(find(&[("2", 200), ("1", 100)]).is_some());
        assert!(find(&[("1", 200), ("2", 100)]).is_none());
        assert!(find(&[("3", 100)]).is_none());
    }

    #[test]
    fn what_was_known_before_is_no_answer() {
        let ours = order(&[("1", 100)]);
        let first = record("first", 0, "-1", &[("1", 100)]);
        let second = record("second", 1, "-1", &[("1", 100)]);
        assert_eq!(search(&["first"]).find(std::slice::from_ref(&first), &ours), None);
        assert_eq!(search(&["first"]).find(&[second.clone(), first.clone()], &ours).as_deref(), Some("second"));
        assert_eq!(search(&[]).find(&[second, first.clone()], &ours), None, "either may be meant");
        assert_eq!(
            search(&[]).find(&[first.clone(), first], &ours).as_deref(),
            Some("first"),
            "one voucher, twice debited"
        );
        assert_eq!(search(&[]).find(&[record("old", -1, "-1", &[("1", 100)])], &ours), None);
    }
}
