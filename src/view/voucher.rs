//! The voucher section: giving and redeeming credits.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{ViewInput, VoucherOutcome};
use super::records::amount_until;
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

/// Grants that the form offers; one order takes at most 8 of them (docs/contract/public-servers.md).
const MAX_LINES: usize = 20;
/// Length of a voucher code that the server takes (docs/contract/endpoints.md 1.7).
const CODE_LENGTH: (u32, u32) = (10, 2_000);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoucherSection {
    pub group: GroupId,
    pub title: String,
    pub give: GiveForm,
    pub redeem: RedeemForm,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GiveForm {
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    pub receiver: Field,
    pub legend: String,
    pub lines: Vec<GiveLine>,
    pub warning: String,
    pub submit: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<FormResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GiveLine {
    pub expires_at: Timestamp,
    pub label: String,
    pub hint: String,
    /// Credits that can be given; absent while masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Credits>,
    pub step: Credits,
    /// Label of the button that enters `max`, whatever the step; absent while masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RedeemForm {
    pub title: String,
    pub text: String,
    pub code: Field,
    pub submit: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<FormResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// What to show beside a text of another length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormResult {
    pub tone: Tone,
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeView {
    pub label: String,
    pub value: String,
    pub copy: Action,
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>, balance: &Balance) -> VoucherSection {
    let lines = lines(fmt, balance);
    let unavailable = lines.is_empty();
    VoucherSection {
        group: GroupId::History,
        title: fmt.message(Message::VoucherTitle),
        give: GiveForm {
            title: fmt.message(Message::GiveTitle),
            text: fmt.message(Message::GiveText),
            unavailable: unavailable.then(|| fmt.message(Message::GiveNone)),
            receiver: Field {
                label: fmt.message(Message::GiveReceiver),
                hint: Some(fmt.message(Message::GiveReceiverHint)),
                min_length: None,
                max_length: Some(64),
                error: None,
            },
            legend: fmt.message(Message::GiveLegend),
            lines,
            warning: fmt.message(Message::GiveWarning),
            submit: Action::new(ActionId::VoucherGive, fmt.message(Message::GiveSubmit)).disabled_if(unavailable),
            result: input.given.map(|outcome| result(fmt, outcome)),
        },
        redeem: RedeemForm {
            title: fmt.message(Message::RedeemTitle),
            text: fmt.message(Message::RedeemText),
            code: Field {
                label: fmt.message(Message::VoucherCode),
                hint: None,
                min_length: Some(CODE_LENGTH.0),
                max_length: Some(CODE_LENGTH.1),
                error: Some(fmt.message(Message::RedeemErrorCode)),
            },
            submit: Action::new(ActionId::VoucherRedeem, fmt.message(Message::RedeemSubmit)),
            result: input.redeemed.map(|outcome| result(fmt, outcome)),
        },
    }
}

/// Only what has a known expiry ahead can be given: the server finds a grant by it (docs/contract/endpoints.md 1.6).
fn lines(fmt: &Formatter<'_>, balance: &Balance) -> Vec<GiveLine> {
    let line = |grant: &GrantState| {
        let expires_at = grant.expires_at.filter(|_| !grant.expired && grant.amount.is_positive())?;
        let amount = fmt.amount(grant.amount);
        Some(GiveLine {
            expires_at,
            label: amount_until(fmt, &amount, expires_at),
            // The label names the day; beside it, how soon that is.
            hint: if expires_at.is_never() { String::new() } else { fmt.relative(expires_at) },
            max: (!fmt.masked).then_some(grant.amount),
            // Grants have two decimals in the server's books (docs/contract/ledger.md 2.8); what is left of one may
            // have more.
            step: Credits::from_micro(10_000),
            all: (!fmt.masked).then(|| fmt.message(Message::GiveAll)),
        })
    };
    balance.grants.as_deref().unwrap_or_default().iter().filter_map(line).take(MAX_LINES).collect()
}

fn result(fmt: &Formatter<'_>, outcome: VoucherOutcome<'_>) -> FormResult {
    let done =
        |title: Message<'_>, text: String, tone: Tone| FormResult { tone, title: fmt.message(title), text, code: None };
    match outcome {
        VoucherOutcome::Made { code, amount } => {
            let amount = amount.map(|amount| fmt.message(Message::Credits { count: &fmt.amount_count(amount) }));
            let title = fmt.message(Message::GiveDone);
            let title = match amount {
                Some(value) => fmt.message(Message::Named { name: &title, value: &value }),
                None => title,
            };
            // The code holds its amounts in the clear (docs/contract/endpoints.md 1.7): while masked it can be copied,
            // not read.
            let copy = Action {
                hint: Some(fmt.message(Message::ActionCopied)),
                ..Action::new(ActionId::Copy, fmt.message(Message::ActionCopy))
            };
            let value = if fmt.masked { fmt.message(Message::Masked) } else { code.to_owned() };
            let code = CodeView { label: fmt.message(Message::VoucherCode), value, copy: copy.with_value(code) };
            FormResult { tone: Tone::Good, title, text: fmt.message(Message::GiveDoneText), code: Some(code) }
        }
        VoucherOutcome::Redeemed { added, lost } => {
            let lost = lost.filter(|lost| lost.is_positive());
            let mut text = Vec::new();
            text.extend(added.map(|added| fmt.message(Message::RedeemAdded { amount: &fmt.amount(added) })));
            text.extend(lost.map(|lost| fmt.message(Message::RedeemLost { amount: &fmt.amount(lost) })));
            match lost {
                Some(_) => done(Message::RedeemPartly, fmt.join_sentences(text), Tone::Warning),
                None => done(Message::RedeemDone, fmt.join_sentences(text), Tone::Good),
            }
        }
        VoucherOutcome::AlreadyRedeemed => {
            done(Message::RedeemAlready, fmt.message(Message::RedeemAlreadyText), Tone::Neutral)
        }
        VoucherOutcome::Failed(problem) => {
            let line = problem_line(fmt, problem, None, false);
            let text = fmt.join_sentences([line.text, line.detail.unwrap_or_default()]);
            FormResult { tone: line.tone, title: line.title, text, code: None }
        }
    }
}
