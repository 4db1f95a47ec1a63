//! Vouchers of the public servers: no nonce, whole seconds, expiries as they were sent.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::books::Books;
use super::request::OutLine;
use crate::golang::float;
use crate::golang::json::text;
use crate::golang::time::Time;
use crate::voucher;

/// A voucher's content.
pub(super) struct Content {
    pub giver_id: String,
    pub receiver_id: String,
    pub lines: Vec<OutLine>,
}

#[derive(Deserialize)]
struct VoucherJson {
    giver_id: String,
    receiver_id: String,
    quota_list: Vec<VoucherLineJson>,
}

#[derive(Deserialize)]
struct VoucherLineJson {
    amount: Box<RawValue>,
    expiry_date: String,
}

impl Books<'_> {
    /// The code. Equal lines for one receiver within one second have the same.
    pub(super) fn seal(&self, giver_id: &str, stars: &str, receiver_id: &str, lines: &[OutLine], now_s: i64) -> String {
        let list: Vec<String> = lines
            .iter()
            .map(|line| {
                let (amount, expires) = (float::json(line.amount), line.expires.to_json_text());
                format!("{{\"amount\":{amount},\"expiry_date\":\"{expires}\"}}")
            })
            .collect();
        let json = format!(
            "{{\"giver_id\":{},\"giver_name\":\"\",\"giver_phone\":\"\",\"giver_github\":\"\",\
             \"giver_github_star\":{},\"receiver_id\":{},\"quota_list\":[{}],\"timestamp\":{now_s}}}",
            text(giver_id),
            text(stars),
            text(receiver_id),
            list.join(",")
        );
        voucher::seal(self.key, &json)
    }

    /// A code's content, and the key of its single use; `None` for any code that is not this ledger's.
    pub(super) fn open(&self, code: &str) -> Option<(Content, String)> {
        // The servers cut at every bar and want two parts: a giver with one in the id seals what is redeemed by no one.
        let opened = voucher::open(self.key, code).filter(|opened| !opened.content.contains('|'))?;
        let wire: VoucherJson = serde_json::from_str(&opened.content).ok()?;
        let line = |line: &VoucherLineJson| {
            let expires = Time::parse(&line.expiry_date, self.zone.seconds()).ok()?;
            Some(OutLine { amount: line.amount.get().parse().ok()?, expires })
        };
        let lines = wire.quota_list.iter().map(line).collect::<Option<Vec<_>>>()?;
        Some((Content { giver_id: wire.giver_id, receiver_id: wire.receiver_id, lines }, opened.redemption_key))
    }
}
