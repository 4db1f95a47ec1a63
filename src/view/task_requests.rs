//! The requests of a task, each charge beside its estimate, with the reason where they differ.

use serde::Serialize;

use super::english::Message;
use super::formatter::Formatter;
use crate::domain::task_ledger::{ChargeDifference, TaskRequestReport};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRequestRow {
    pub when: String,
    pub model: String,
    /// "1.5 charged", or that it is not known yet.
    pub charged: String,
    /// "1 estimated"; absent where the price was unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated: Option<String>,
    /// Why they differ, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

pub(super) fn request_row(fmt: &Formatter<'_>, request: &TaskRequestReport) -> TaskRequestRow {
    let charged = match request.charged {
        Some(charged) => fmt.message(Message::TaskCharged { amount: &fmt.amount(charged) }),
        None => fmt.message(Message::TaskNotSettled),
    };
    TaskRequestRow {
        when: fmt.short_exact(request.at),
        model: fmt.untrusted(&request.model),
        charged,
        estimated: request
            .estimated
            .map(|estimated| fmt.message(Message::TaskEstimated { amount: &fmt.amount(estimated) })),
        difference: request.difference.map(|reason| difference_text(fmt, reason, request)),
    }
}

fn difference_text(fmt: &Formatter<'_>, reason: ChargeDifference, request: &TaskRequestReport) -> String {
    let routed = fmt.untrusted(request.routed_model.as_deref().unwrap_or_default());
    fmt.message(match reason {
        ChargeDifference::NotCharged => Message::DiffersNotCharged,
        ChargeDifference::OtherModel => Message::DiffersOtherModel { model: &routed },
        ChargeDifference::ChargedTwice => Message::DiffersChargedTwice,
        ChargeDifference::StayedCharged => Message::DiffersStayedCharged,
        ChargeDifference::Discount => Message::DiffersDiscount,
        ChargeDifference::NoDiscount => Message::DiffersNoDiscount,
        ChargeDifference::PriceChanged => Message::DiffersPriceChanged,
        ChargeDifference::PastCharges => Message::DiffersPastCharges,
        ChargeDifference::WithinRange => Message::DiffersWithinRange,
        ChargeDifference::PriceUnknown => Message::DiffersPriceUnknown,
        ChargeDifference::Unexplained => Message::DiffersUnexplained,
    })
}
