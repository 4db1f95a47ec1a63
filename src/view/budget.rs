//! The daily budget: what was used of it today, and the way to change it.

use serde::Serialize;

use super::components::{Action, ActionId, Meter, Tone};
use super::english::Message;
use super::formatter::Formatter;
use crate::domain::balance::used_share;
use crate::domain::spend::DayBudget;

/// The day's use beside its limit. The button is for hosts where budgets are settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetMeter {
    pub meter: Meter,
    pub text: String,
    /// From where the user is asked before sending, if that is below the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub change: Action,
}

/// `None` without a limit for the day.
pub(crate) fn meter(fmt: &Formatter<'_>, budget: Option<DayBudget>) -> Option<BudgetMeter> {
    let DayBudget { used, cap } = budget?;
    let limit = cap.stop.or(cap.warn)?;
    let text = if fmt.masked {
        fmt.message(Message::Masked)
    } else {
        fmt.message(Message::BudgetUsed { used: &fmt.amount(used), limit: &fmt.amount(limit) })
    };
    let warn = cap.warn.filter(|warn| cap.stop.is_some_and(|stop| *warn < stop) && !fmt.masked);
    let tone = if cap.stop.is_some_and(|stop| used >= stop) {
        Tone::Error
    } else if cap.warn.is_some_and(|warn| used >= warn) {
        Tone::Warning
    } else {
        Tone::Neutral
    };
    Some(BudgetMeter {
        meter: Meter {
            label: fmt.message(Message::BudgetTitle),
            value_text: text.clone(),
            share: fmt.share(used_share(used.min(limit), limit)),
            tone,
        },
        text,
        note: warn.map(|warn| fmt.message(Message::BudgetAsks { amount: &fmt.amount(warn) })),
        change: Action::new(ActionId::Budget, fmt.message(Message::BudgetChange)),
    })
}
