//! Vouchers: giving credits away and redeeming them.

use serde::Serialize;

use super::english::Say;
use super::input::{ViewInput, VoucherOutcome};
use super::parts::*;
use super::records::amount_until;
use super::wording::Wording;
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

/// Grants that the form offers; one order takes at most 8 of them (docs/contract/public-servers.md).
const MOST_LINES: usize = 20;
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

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>, balance: &Balance) -> VoucherSection {
    let lines = lines(w, balance);
    let unavailable = lines.is_empty();
    VoucherSection {
        group: GroupId::History,
        title: w.say(Say::VoucherTitle),
        give: GiveForm {
            title: w.say(Say::GiveTitle),
            text: w.say(Say::GiveText),
            unavailable: unavailable.then(|| w.say(Say::GiveNone)),
            receiver: Field {
                label: w.say(Say::GiveReceiver),
                hint: Some(w.say(Say::GiveReceiverHint)),
                min_length: None,
                max_length: Some(64),
            },
            legend: w.say(Say::GiveLegend),
            lines,
            warning: w.say(Say::GiveWarning),
            submit: Action::new(ActionId::VoucherGive, w.say(Say::GiveSubmit)).disabled_if(unavailable),
            result: input.given.map(|outcome| result(w, outcome)),
        },
        redeem: RedeemForm {
            title: w.say(Say::RedeemTitle),
            text: w.say(Say::RedeemText),
            code: Field {
                label: w.say(Say::VoucherCode),
                hint: None,
                min_length: Some(CODE_LENGTH.0),
                max_length: Some(CODE_LENGTH.1),
            },
            submit: Action::new(ActionId::VoucherRedeem, w.say(Say::RedeemSubmit)),
            result: input.redeemed.map(|outcome| result(w, outcome)),
        },
    }
}

/// Only what has a known expiry ahead can be given: the server finds a grant by it (docs/contract/endpoints.md 1.6).
fn lines(w: &Wording<'_>, balance: &Balance) -> Vec<GiveLine> {
    let line = |grant: &GrantState| {
        let expires_at = grant.expires_at.filter(|_| !grant.expired && grant.amount.is_positive())?;
        let amount = w.amount(grant.amount);
        Some(GiveLine {
            expires_at,
            label: amount_until(w, &amount, expires_at),
            // The label names the day; beside it, how soon that is.
            hint: if expires_at.is_never() { String::new() } else { w.relative(expires_at) },
            max: (!w.masked).then_some(grant.amount),
            // Grants have two decimals in the server's books (docs/contract/ledger.md 2.8); what is left of one may
            // have more.
            step: Credits::from_micro(10_000),
            all: (!w.masked).then(|| w.say(Say::GiveAll)),
        })
    };
    balance.grants.as_deref().unwrap_or_default().iter().filter_map(line).take(MOST_LINES).collect()
}

fn result(w: &Wording<'_>, outcome: VoucherOutcome<'_>) -> FormResult {
    let done = |title: Say<'_>, text: String, tone: Tone| FormResult { tone, title: w.say(title), text, code: None };
    match outcome {
        VoucherOutcome::Made { code, amount } => {
            let amount = amount.map(|amount| w.say(Say::Credits { count: &w.amount_count(amount) }));
            let title = w.say(Say::GiveDone);
            let title = match amount {
                Some(value) => w.say(Say::Named { name: &title, value: &value }),
                None => title,
            };
            // The code holds its amounts in the clear (docs/contract/endpoints.md 1.7): while masked it can be copied,
            // not read.
            let copy =
                Action { hint: Some(w.say(Say::ActionCopied)), ..Action::new(ActionId::Copy, w.say(Say::ActionCopy)) };
            let value = if w.masked { w.say(Say::Masked) } else { code.to_owned() };
            let code = CodeView { label: w.say(Say::VoucherCode), value, copy: copy.with_value(code) };
            FormResult { tone: Tone::Good, title, text: w.say(Say::GiveDoneText), code: Some(code) }
        }
        VoucherOutcome::Redeemed { added, lost } => {
            let lost = lost.filter(|lost| lost.is_positive());
            let mut text = Vec::new();
            text.extend(added.map(|added| w.say(Say::RedeemAdded { amount: &w.amount(added) })));
            text.extend(lost.map(|lost| w.say(Say::RedeemLost { amount: &w.amount(lost) })));
            match lost {
                Some(_) => done(Say::RedeemPartly, w.sentences(text), Tone::Warning),
                None => done(Say::RedeemDone, w.sentences(text), Tone::Good),
            }
        }
        VoucherOutcome::AlreadyRedeemed => done(Say::RedeemAlready, w.say(Say::RedeemAlreadyText), Tone::Neutral),
        VoucherOutcome::Failed(problem) => {
            let line = problem_line(w, problem, None, false);
            let text = w.sentences([line.text, line.detail.unwrap_or_default()]);
            FormResult { tone: line.tone, title: line.title, text, code: None }
        }
    }
}
