//! The receipt of a request that was sent: what it cost, and what is left.

use serde::Serialize;

use super::balance::left_sentence;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{ViewInput, ViewOptions};
use super::message::Catalogues;
use super::panel::formatter;
use crate::domain::balance::Balance;
use crate::domain::spend::Receipt;
use crate::ports::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    Pending,
    Charged,
    NotCharged,
    Unknown,
}

/// What a request cost, to show beside its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptView {
    /// How far it is known.
    pub state: ReceiptState,
    /// The sentence to show.
    pub text: String,
}

/// The receipt of a request on `model`. A charge that is not known is never shown as an amount.
pub fn receipt(
    receipt: Receipt,
    model: &str,
    input: &ViewInput<'_>,
    options: &ViewOptions,
    catalogues: &Catalogues,
    text: &dyn Text,
) -> ReceiptView {
    let fmt = &formatter(input.now, input.server, options, catalogues, text);
    let listed = input.models.iter().find(|listed| listed.id.eq_ignore_ascii_case(model));
    let model = fmt.untrusted(listed.map_or(model, |listed| &listed.name));
    let (state, sentence) = match receipt {
        Receipt::Pending => (ReceiptState::Pending, fmt.message(Message::ReceiptPending { model: &model })),
        Receipt::Unknown => (ReceiptState::Unknown, fmt.message(Message::ReceiptUnknown { model: &model })),
        Receipt::NotCharged => (ReceiptState::NotCharged, fmt.message(Message::ReceiptNone { model: &model })),
        Receipt::Charged(amount) => {
            let count = fmt.amount_count(amount);
            (ReceiptState::Charged, fmt.message(Message::ReceiptCharged { count: &count, model: &model }))
        }
    };
    // Before a reading includes the request, what is left rests on its estimate.
    let balance = input.account.balance.as_ref().filter(|_| state != ReceiptState::Pending);
    let left = balance.map(|balance| available_sentence(fmt, balance));
    ReceiptView { state, text: fmt.join_sentences(std::iter::once(sentence).chain(left)) }
}

/// "231.5 credits left." A charge that the reply named is taken off before a reading includes it.
fn available_sentence(fmt: &Formatter<'_>, balance: &Balance) -> String {
    if fmt.masked || balance.overdrawn.is_positive() {
        return left_sentence(fmt, balance);
    }
    if balance.available.is_zero() {
        return fmt.message(Message::SummaryNone);
    }
    fmt.message(Message::SummaryLeft { count: &fmt.amount_count(balance.available) })
}

#[cfg(test)]
mod tests {
    use super::super::PlainText;
    use super::super::fixtures::{ZONE, account_of, here, micro, models, now, reading};
    use super::*;

    fn shown(of: Receipt, masked: bool) -> (ReceiptState, String) {
        let (account, models) = (account_of(&reading(), 0.0), models());
        let input = ViewInput { models: &models, ..ViewInput::of(&account, now(), ZONE) };
        let view = receipt(of, "glm-4.6", &input, &here(masked), &Catalogues::default(), &PlainText);
        (view.state, view.text)
    }

    fn with_pending(pending: f64) -> String {
        let (account, models) = (account_of(&reading(), pending), models());
        let input = ViewInput { models: &models, ..ViewInput::of(&account, now(), ZONE) };
        let charged = Receipt::Charged(micro(0.5));
        receipt(charged, "GLM-4.6", &input, &here(false), &Catalogues::default(), &PlainText).text
    }

    #[test]
    fn a_receipt_names_charge_model_and_what_is_left() {
        let charged = shown(Receipt::Charged(micro(0.5)), false);
        assert_eq!(charged, (ReceiptState::Charged, "0.5 credits charged for GLM-4.6. 41.5 credits left.".to_owned()));
        assert_eq!(shown(Receipt::NotCharged, false).1, "No credits charged for GLM-4.6. 41.5 credits left.");
        assert_eq!(with_pending(10.0), "0.5 credits charged for GLM-4.6. 31.5 credits left.", "named by the reply");
        assert_eq!(with_pending(41.5), "0.5 credits charged for GLM-4.6. No credits left.");
        let masked = shown(Receipt::Charged(micro(0.5)), true).1;
        assert!(!masked.contains("0.5") && !masked.contains("41"), "{masked}");
    }

    #[test]
    fn an_unknown_charge_is_no_amount() {
        assert_eq!(shown(Receipt::Pending, false).1, "The charge for GLM-4.6 is not known yet.");
        assert_eq!(shown(Receipt::Unknown, false).1, "The charge for GLM-4.6 is not known. 41.5 credits left.");
    }
}
