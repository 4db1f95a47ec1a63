//! The voucher section: giving and redeeming credits.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::form_result::{FormResult, code_view};
use super::formatter::Formatter;
use super::input::{ViewInput, VoucherOutcome};
use super::records::amount_until;
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::Credits;
use crate::domain::problem::ProblemKind;
use crate::domain::time::Timestamp;
use crate::domain::transfer::{RedeemedGrant, TransferRefusal};
use crate::protocol::transfer::refusal_of;

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
            result: input.given.map(|outcome| result(fmt, outcome, Message::GiveFailed)),
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
            result: input.redeemed.map(|outcome| result(fmt, outcome, Message::RedeemFailed)),
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

/// `refused` is the title where the reason of a refusal is known.
fn result(fmt: &Formatter<'_>, outcome: VoucherOutcome<'_>, refused: Message<'_>) -> FormResult {
    let done = |title: Message<'_>, text: String, tone: Tone| FormResult {
        tone,
        title: fmt.message(title),
        text,
        detail: None,
        code: None,
    };
    match outcome {
        VoucherOutcome::Made { code, amount } => {
            let amount = amount.map(|amount| fmt.message(Message::Credits { count: &fmt.amount_count(amount) }));
            let title = fmt.message(Message::GiveDone);
            let title = match amount {
                Some(value) => fmt.message(Message::Named { name: &title, value: &value }),
                None => title,
            };
            let text = fmt.message(Message::GiveDoneText);
            FormResult { tone: Tone::Good, title, text, detail: None, code: Some(code_view(fmt, code)) }
        }
        VoucherOutcome::Redeemed { added, grants, lost } => {
            let lost = lost.filter(|lost| lost.is_positive());
            let mut text = Vec::new();
            text.extend(added_sentence(fmt, added, grants));
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
            // Whether it worked is not known: what was entered must not be sent a second time without a look at the record.
            let tone = if problem.kind == ProblemKind::OutcomeUnknown { Tone::Warning } else { Tone::Error };
            match refusal_of(problem).map(refusal_text) {
                Some(text) => done(refused, fmt.message(text), tone),
                // Of the server's own words only those that are not known are shown, apart from ours.
                None => FormResult { tone, title: line.title, text: line.text, detail: line.detail, code: None },
            }
        }
    }
}

/// What was added, with the expiry of each part where the server names it.
fn added_sentence(fmt: &Formatter<'_>, added: Option<Credits>, grants: &[RedeemedGrant]) -> Option<String> {
    let total: Credits = grants.iter().map(|grant| grant.amount).sum();
    let is_complete = !grants.is_empty() && grants.len() <= MAX_LINES && added.is_none_or(|added| added == total);
    if !is_complete {
        return added.map(|added| fmt.message(Message::RedeemAdded { amount: &fmt.amount(added) }));
    }
    let part = |grant: &RedeemedGrant| amount_until(fmt, &fmt.amount(grant.amount), grant.expires_at);
    Some(fmt.message(Message::RedeemAddedParts { parts: &fmt.join_phrases(grants.iter().map(part)) }))
}

fn refusal_text(refusal: TransferRefusal) -> Message<'static> {
    match refusal {
        TransferRefusal::InvalidCode => Message::VoucherInvalidCode,
        TransferRefusal::OtherAccount => Message::VoucherOtherAccount,
        TransferRefusal::Expired => Message::VoucherExpired,
        TransferRefusal::NotEnough => Message::VoucherNotEnough,
        TransferRefusal::NoSuchGrant => Message::VoucherNoSuchGrant,
        TransferRefusal::TooManyParts => Message::VoucherTooManyParts,
        TransferRefusal::Busy => Message::VoucherBusy,
        TransferRefusal::EqualOrder => Message::VoucherEqualOrder,
        TransferRefusal::AccountChanged => Message::VoucherAccountChanged,
        TransferRefusal::Precision => Message::VoucherPrecision,
        TransferRefusal::PrecisionOfParts => Message::VoucherPrecisionOfParts,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{ZONE, account_of, at, here, micro, now, page, reading, records, section};
    use super::super::{Loaded, RecordsInput};
    use super::*;
    use crate::domain::problem::Problem;

    fn shown(input: ViewInput<'_>, masked: bool) -> (serde_json::Value, serde_json::Value) {
        let page = page(&input, &here(masked));
        (section(&page, "voucher"), section(&page, "records"))
    }

    #[test]
    fn a_gain_names_its_expiry() {
        let account = account_of(&reading(), 0.0);
        let grant = |amount: f64, day: &str| RedeemedGrant { amount: micro(amount), expires_at: at(day) };
        let text = |grants: &[RedeemedGrant], added: f64| {
            let outcome = VoucherOutcome::Redeemed { added: Some(micro(added)), grants, lost: None };
            let input = ViewInput { redeemed: Some(outcome), ..ViewInput::of(&account, now(), ZONE) };
            shown(input, false).0["redeem"]["result"]["text"].as_str().unwrap().to_owned()
        };
        let (november, december) = (grant(20.0, "2025-11-30 23:59:59"), grant(5.0, "2025-12-31 23:59:59"));
        assert_eq!(text(&[november], 20.0), "Added: 20 until Sun Nov 30.");
        assert_eq!(text(&[november, december], 25.0), "Added: 20 until Sun Nov 30, 5 until Wed Dec 31.");
        assert_eq!(text(&[november], 25.0), "25 added.", "a list that is not complete");
        assert_eq!(text(&[], 25.0), "25 added.");
    }

    #[test]
    fn the_servers_english_is_put_into_our_words() {
        let account = account_of(&reading(), 0.0);
        let result = |detail: &str| {
            let problem = Problem::new(ProblemKind::Rejected).with_detail(detail);
            let failed = Some(VoucherOutcome::Failed(&problem));
            let input = ViewInput { given: failed, redeemed: failed, ..ViewInput::of(&account, now(), ZONE) };
            let view = shown(input, false).0;
            (view["redeem"]["result"].clone(), view["give"]["result"].clone())
        };
        let (redeemed, given) = result("Voucher is not for this user");
        assert_eq!((&redeemed["title"], &redeemed["tone"]), (&"Voucher not redeemed".into(), &"error".into()));
        assert_eq!(redeemed["text"], "It was made for another account.");
        assert!(redeemed["detail"].is_null());
        assert_eq!(given["title"], "Voucher not created");
        let (unknown, _) = result("quota engine on fire");
        assert_eq!(unknown["detail"], "quota engine on fire");
        assert!(!unknown["text"].as_str().unwrap().contains("engine"));
    }

    #[test]
    fn a_voucher_is_found_again_in_the_record() {
        let account = account_of(&reading(), 0.0);
        let mut listed = records();
        for record in &mut listed.rows {
            record.voucher_code = Some("eyJ2b3VjaGVyIn0".to_owned());
        }
        let input = ViewInput {
            records: RecordsInput { page: 2, page_size: 20, loaded: Loaded::Done(&listed), ..RecordsInput::default() },
            ..ViewInput::of(&account, now(), ZONE)
        };
        let rows = shown(input, false).1["rows"].clone();
        let vouchers: Vec<_> = rows.as_array().unwrap().iter().filter(|row| !row["voucher"].is_null()).collect();
        assert_eq!(vouchers.len(), 1, "only of what was given away");
        assert_eq!(vouchers[0]["voucher"]["show"]["id"], "show_voucher");
        assert_eq!(vouchers[0]["voucher"]["show"]["value"], "22");
        assert_eq!(vouchers[0]["voucher"]["result"]["code"]["value"], "eyJ2b3VjaGVyIn0");
        let masked = shown(input, true).1["rows"][2]["voucher"]["result"]["code"].clone();
        assert_eq!(masked["value"], "Amount hidden");
    }
}
