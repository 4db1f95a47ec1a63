//! The form that raises a limit for a while, where a request would pass it.

use serde::Serialize;

use super::components::{Action, ActionId, Choice, ChoiceOption};
use super::english::Message;
use super::formatter::Formatter;
use crate::domain::budget::CapScope;
use crate::domain::credits::{Credits, MICRO_PER_CREDIT};
use crate::domain::spend::SpendCap;
use crate::domain::time::Millis;

/// Amounts to choose from, in percent of what is needed.
const SUGGESTED_PERCENT: [i64; 3] = [125, 150, 200];

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaiseForm {
    /// The new limits to choose from.
    pub choice: Choice,
    /// What they apply to, and until when.
    pub lasts: String,
    pub submit: Action,
}

/// `None` while amounts are hidden: those to choose from would reveal the limit.
pub(crate) fn form(fmt: &Formatter<'_>, cap: &SpendCap, cost: Option<Credits>) -> Option<RaiseForm> {
    if fmt.masked {
        return None;
    }
    let value = |to: &str| format!("{}:{to}", cap.scope.name());
    let mut options: Vec<ChoiceOption> = Vec::new();
    for whole in suggestions(cap.limit.max(cap.used.plus(cost.unwrap_or_default()))) {
        let label = fmt.amount(Credits::from_micro(whole.saturating_mul(MICRO_PER_CREDIT)));
        options.push(ChoiceOption { value: value(&whole.to_string()), label, selected: options.is_empty() });
    }
    let unlimited = fmt.message(Message::CapNone);
    options.push(ChoiceOption { value: value("unlimited"), label: unlimited, selected: options.is_empty() });
    let midnight = || fmt.server.first_second(fmt.server.day(fmt.now.plus(Millis::days(1)))?);
    let lasts = match cap.scope {
        CapScope::Task => fmt.message(Message::CapTaskLasts),
        CapScope::Project | CapScope::Day | CapScope::Week => {
            midnight().map(|until| fmt.message(Message::CapUntil { when: &fmt.exact(until) })).unwrap_or_default()
        }
    };
    Some(RaiseForm {
        choice: Choice { id: ActionId::RaiseCap, label: fmt.message(Message::CapRaiseTo), options },
        lasts,
        submit: Action::new(ActionId::RaiseCap, fmt.message(Message::CapRaise)),
    })
}

/// Whole credits above what is needed, large ones in round steps.
fn suggestions(needed: Credits) -> Vec<i64> {
    let whole = needed.micro().max(0) / MICRO_PER_CREDIT + 1;
    let step = match whole {
        ..20 => 1,
        20..200 => 5,
        _ => 50,
    };
    let mut amounts: Vec<i64> =
        SUGGESTED_PERCENT.iter().map(|percent| (whole.saturating_mul(*percent) / 100 / step + 1) * step).collect();
    amounts.dedup();
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_above_what_is_needed() {
        for (needed, expected) in
            [(0.0, &[2, 3][..]), (14.5, &[19, 23, 31]), (62.0, &[80, 95, 130]), (400.0, &[550, 650, 850])]
        {
            assert_eq!(suggestions(Credits::from_f64(needed).unwrap()), expected, "{needed}");
        }
    }
}
