//! Writing and reading own transfers.

use litemap::LiteMap;
use serde::{Serialize, Serializer};

use crate::account::order::Order;
use crate::account::transfer::{Transfer, TransferStage};
use crate::domain::credits::Credits;
use crate::json::Value;
use crate::json::object::Object;

pub(super) fn gifts_by_id<S: Serializer>(
    transfers: &LiteMap<String, Transfer>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let is_gift = |transfer: &Transfer| {
        transfer.stage == TransferStage::Done && transfer.amount.is_positive() && !transfer.counted
    };
    let gifts = transfers.iter().filter(|(_, transfer)| is_gift(transfer));
    serializer.collect_map(gifts.map(|(id, gift)| (id, (gift.order, gift.amount.micro()))))
}

pub(super) fn transfers_by_id<S: Serializer>(
    transfers: &LiteMap<String, Transfer>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(transfers.iter().map(|(id, transfer)| (id, StoredTransfer::of(transfer))))
}

#[derive(Serialize)]
struct StoredTransfer<'a> {
    stage: TransferStage,
    order: Order,
    amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voucher: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    counted: bool,
}

impl StoredTransfer<'_> {
    fn of(transfer: &Transfer) -> StoredTransfer<'_> {
        StoredTransfer {
            stage: transfer.stage,
            order: transfer.order,
            amount: transfer.amount.micro(),
            exact: transfer.exact.as_deref(),
            voucher: transfer.voucher,
            counted: transfer.counted,
        }
    }
}

/// Earlier versions wrote only gifts.
pub(super) fn read_transfers(stored: &Object<'_>) -> Option<LiteMap<String, Transfer>> {
    let mut transfers = LiteMap::new();
    if let Some(stored) = stored.object("transfers") {
        for (id, transfer) in stored.entries() {
            transfers.insert(id.into_owned(), read_transfer(transfer)?);
        }
    }
    for (id, gift) in stored.object("gifts")?.entries() {
        let gift = read_gift(gift)?;
        transfers.entry(id.into_owned()).or_insert(gift);
    }
    Some(transfers)
}

fn read_gift(value: Value<'_>) -> Option<Transfer> {
    let mut numbers = value.raw_elements()?.map(|number| number.parse::<i64>().ok());
    let (order, amount) = (numbers.next()??, numbers.next()??);
    Some(Transfer::new(TransferStage::Done, Order::from_number(order), Credits::from_micro(amount)))
}

fn read_transfer(value: Value<'_>) -> Option<Transfer> {
    let stored = Object::of(value)?;
    Some(Transfer {
        stage: stored.word("stage", TransferStage::ALL)?,
        order: stored.integer("order").map(Order::from_number)?,
        amount: stored.integer("amount").map(Credits::from_micro)?,
        exact: stored.text("exact"),
        voucher: stored.integer("voucher"),
        counted: stored.flag("counted").unwrap_or(false),
    })
}
