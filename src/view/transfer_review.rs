//! What is wrong with an order to give credits away, field by field, and how it is confirmed before it is sent.

use serde::Serialize;

use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewOptions;
use super::message::Catalogues;
use super::panel::formatter;
use super::records::amount_until;
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::Credits;
use crate::domain::time::{ServerOffset, Timestamp};
use crate::domain::transfer::{MAX_EXPIRIES, is_account_id};
use crate::ports::Text;

/// What was typed into a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferDraft {
    /// The receiver's account id.
    pub receiver_id: String,
    /// One for each grant of the form; empty where nothing was typed.
    pub lines: Vec<TransferDraftLine>,
}

/// What was typed for one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferDraftLine {
    /// The grant.
    pub expires_at: Timestamp,
    /// As it was typed.
    pub amount: String,
}

/// The fields that are wrong, or else how to confirm the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TransferReview {
    /// In the order of the fields.
    pub errors: Vec<TransferFieldError>,
    /// Absent while there are errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<TransferConfirmation>,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TransferField {
    /// The account id.
    ReceiverId,
    /// The amount of one grant.
    Amount,
    /// All amounts together.
    Lines,
}

/// An error beside its field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferFieldError {
    /// Where it belongs.
    pub field: TransferField,
    /// The grant of an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What to enter instead.
    pub text: String,
}

/// What the user agrees to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransferConfirmation {
    /// The question.
    pub title: String,
    /// Receiver, amount and grants, exactly as they will be sent, also while amounts are hidden.
    pub details: Vec<String>,
    /// It cannot be undone.
    pub warning: String,
    /// The label that agrees.
    pub submit: String,
    /// The label that does not.
    pub cancel: String,
    /// For `transfer_out`.
    pub order: ReviewedOrder,
}

/// An order whose fields are right.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewedOrder {
    /// Without blanks around it.
    pub receiver_id: String,
    /// Only grants with an amount.
    pub lines: Vec<ReviewedLine>,
}

/// An amount of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewedLine {
    /// The grant.
    pub expires_at: Timestamp,
    /// Above zero, and at most what the grant has.
    pub amount: Credits,
}

/// Checks each field by itself: what the server decides, such as whether the receiver exists, shows when the order is sent.
pub fn review_transfer(
    draft: &TransferDraft,
    balance: Option<&Balance>,
    (now, server): (Timestamp, ServerOffset),
    options: &ViewOptions,
    catalogues: &Catalogues,
    text: &dyn Text,
) -> TransferReview {
    let fmt = &formatter(now, server, options, catalogues, text);
    let mut errors = Vec::new();
    let receiver_id = draft.receiver_id.trim();
    if !is_account_id(receiver_id) {
        let message = if receiver_id.is_empty() { Message::GiveErrorReceiver } else { Message::GiveErrorId };
        errors.push(error(fmt, TransferField::ReceiverId, None, message));
    }
    let example = amount_text(fmt, Credits::from_micro(12_500_000));
    let grants = balance.and_then(|balance| balance.grants.as_deref()).unwrap_or_default();
    let mut lines = Vec::new();
    let mut is_empty = true;
    for line in draft.lines.iter().filter(|line| !line.amount.trim().is_empty()) {
        is_empty = false;
        let read = match typed_amount(&line.amount, example.contains(',')) {
            None => Err(Message::GiveErrorNumber { example: &example }),
            Some(amount) if amount > unused_of_expiry(grants, line.expires_at) => Err(Message::GiveErrorTooMuch),
            Some(amount) => Ok(ReviewedLine { expires_at: line.expires_at, amount }),
        };
        match read {
            Ok(line) => lines.push(line),
            Err(message) => errors.push(error(fmt, TransferField::Amount, Some(line.expires_at), message)),
        }
    }
    let limit = fmt.number(i64::try_from(MAX_EXPIRIES).unwrap_or(i64::MAX)).text;
    if is_empty {
        errors.push(error(fmt, TransferField::Lines, None, Message::GiveErrorMissing));
    } else if lines.len() > MAX_EXPIRIES {
        errors.push(error(fmt, TransferField::Lines, None, Message::GiveErrorTooMany { count: &limit }));
    }
    let order = ReviewedOrder { receiver_id: receiver_id.to_owned(), lines };
    let confirmation = errors.is_empty().then(|| confirmation(fmt, order));
    TransferReview { errors, confirmation }
}

fn error(
    fmt: &Formatter<'_>,
    field: TransferField,
    expires_at: Option<Timestamp>,
    message: Message<'_>,
) -> TransferFieldError {
    TransferFieldError { field, expires_at, text: fmt.message(message) }
}

fn confirmation(fmt: &Formatter<'_>, order: ReviewedOrder) -> TransferConfirmation {
    let total: Credits = order.lines.iter().map(|line| line.amount).sum();
    let named = |name: Message<'_>, value: &str| fmt.message(Message::Named { name: &fmt.message(name), value });
    let mut details =
        vec![named(Message::GiveReceiver, &order.receiver_id), named(Message::PanelTitle, &amount_text(fmt, total))];
    details.extend(order.lines.iter().map(|line| amount_until(fmt, &amount_text(fmt, line.amount), line.expires_at)));
    TransferConfirmation {
        title: fmt.message(Message::GiveConfirm),
        details,
        warning: fmt.message(Message::GiveWarning),
        submit: fmt.message(Message::GiveSubmit),
        cancel: fmt.message(Message::GiveCancel),
        order,
    }
}

/// What the user typed is no secret to the user, and is shown to the last digit.
fn amount_text(fmt: &Formatter<'_>, amount: Credits) -> String {
    if amount.micro() % 10_000 == 0 { fmt.price(amount).text } else { amount.to_string() }
}

/// What the grants of an expiry have.
fn unused_of_expiry(grants: &[GrantState], expires_at: Timestamp) -> Credits {
    let of_expiry = |grant: &&GrantState| grant.expires_at == Some(expires_at) && !grant.expired;
    grants.iter().filter(of_expiry).map(|grant| grant.amount).sum()
}

/// Reads a typed amount above zero: digits, and a point or, where the language writes it so, a comma before at most six more.
/// Groups of three digits are accepted only where they cannot be taken for decimals.
fn typed_amount(text: &str, has_decimal_comma: bool) -> Option<Credits> {
    let text = text.trim();
    let (decimal, group) = if has_decimal_comma { (',', '.') } else { ('.', ',') };
    let (whole, fraction) = text.rsplit_once(decimal).map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let plain = match whole.split_once(group) {
        // A point is a decimal sign everywhere, also where a comma is.
        Some((whole, rest)) if has_decimal_comma && fraction.is_none() && rest.len() != 3 && is_digits(rest) => {
            format!("{whole}.{rest}")
        }
        Some(_) if has_decimal_comma && fraction.is_none() => return None,
        Some((first, rest)) if rest.split(group).all(|three| three.len() == 3) && (1..=3).contains(&first.len()) => {
            format!("{}.{}", whole.replace(group, ""), fraction.unwrap_or("0"))
        }
        Some(_) => return None,
        None => format!("{whole}.{}", fraction.unwrap_or("0")),
    };
    let (whole, fraction) = plain.split_once('.')?;
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 6 {
        return None;
    }
    Credits::parse_decimal(&plain).ok().filter(|amount| amount.is_positive())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::PlainText;
    use super::super::fixtures::{ZONE, account_of, here, now, reading};
    use super::*;

    const RECEIVER: &str = "11111111-1111-4111-8111-111111111111";

    fn review(receiver: &str, amounts: &[&str], masked: bool) -> TransferReview {
        let account = account_of(&reading(), 0.0);
        let balance = account.balance.as_ref();
        let grants = balance.and_then(|balance| balance.grants.clone()).unwrap();
        let line = |(grant, amount): (&GrantState, &&str)| TransferDraftLine {
            expires_at: grant.expires_at.unwrap(),
            amount: (*amount).to_owned(),
        };
        let lines = grants.iter().filter(|grant| grant.expires_at.is_some()).zip(amounts).map(line).collect();
        let draft = TransferDraft { receiver_id: receiver.to_owned(), lines };
        review_transfer(&draft, balance, (now(), ZONE), &here(masked), &Catalogues::default(), &PlainText)
    }

    fn errors(receiver: &str, amounts: &[&str]) -> Vec<(TransferField, String)> {
        review(receiver, amounts, false).errors.into_iter().map(|error| (error.field, error.text)).collect()
    }

    #[test]
    fn each_field_says_what_it_needs() {
        for (receiver, amounts, field, text) in [
            ("", "1", TransferField::ReceiverId, "Enter the receiver's account ID."),
            ("ann", "1", TransferField::ReceiverId, "This is not an account ID."),
            (RECEIVER, " ", TransferField::Lines, "Enter an amount for at least one grant."),
            (RECEIVER, "ten", TransferField::Amount, "Enter a number above 0, such as 12.5."),
            (RECEIVER, "0", TransferField::Amount, "Enter a number above 0"),
            (RECEIVER, "-1", TransferField::Amount, "Enter a number above 0"),
            (RECEIVER, "0.0000001", TransferField::Amount, "Enter a number above 0"),
            (RECEIVER, "1e3", TransferField::Amount, "Enter a number above 0"),
            (RECEIVER, "999999999", TransferField::Amount, "This is more than the grant has left."),
            (RECEIVER, "99999999999999999999", TransferField::Amount, "Enter a number above 0"),
        ] {
            let found = errors(receiver, &[amounts]);
            assert!(found.len() == 1 && found[0].0 == field && found[0].1.starts_with(text), "{amounts}: {found:?}");
        }
        assert_eq!(errors("", &["", "x"]).len(), 2);
    }

    #[test]
    fn a_confirmation_names_receiver_amount_and_grants_also_while_amounts_are_hidden() {
        for masked in [false, true] {
            let review = review(&format!(" {RECEIVER} "), &["1.5", "", "0.000001"], masked);
            let confirmation = review.confirmation.unwrap();
            assert_eq!(confirmation.order.receiver_id, RECEIVER);
            assert_eq!(confirmation.order.lines.len(), 2);
            assert!(confirmation.details[0].contains(RECEIVER));
            assert!(confirmation.details[1].contains("1.500001"), "{:?}", confirmation.details);
            assert!(confirmation.details[2].starts_with("1.5 until"));
            assert!(confirmation.details[3].starts_with("0.000001 until"));
        }
        assert!(review(RECEIVER, &[""], false).confirmation.is_none());
    }

    #[test]
    fn amounts_are_read_as_they_are_written_here() {
        let micro = |text, comma| typed_amount(text, comma).map(Credits::micro);
        for (text, with_point, with_comma) in [
            ("12.5", Some(12_500_000), Some(12_500_000)),
            ("12,5", None, Some(12_500_000)),
            (" 7 ", Some(7_000_000), Some(7_000_000)),
            ("1,000", Some(1_000_000_000), Some(1_000_000)),
            ("1.000", Some(1_000_000), None),
            ("1,000.25", Some(1_000_250_000), None),
            ("1.000,25", None, Some(1_000_250_000)),
            ("12,34", None, Some(12_340_000)),
            ("1,00,000", None, None),
            (",5", None, None),
            ("5.", None, None),
            ("+5", None, None),
            ("0x10", None, None),
            ("5 000", None, None),
            ("\u{661}", None, None),
        ] {
            assert_eq!((micro(text, false), micro(text, true)), (with_point, with_comma), "{text}");
        }
    }
}
