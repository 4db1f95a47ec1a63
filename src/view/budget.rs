//! Budgets of day and week: what is used of them, and the way to change them.

use serde::Serialize;

use super::components::{Action, ActionId, Meter, Tone};
use super::english::Message;
use super::formatter::Formatter;
use crate::domain::balance::used_share;
use crate::domain::budget::{CapScope, CapUse};

/// What is used beside its limit. The button is for hosts where budgets are settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetMeter {
    pub meter: Meter,
    pub text: String,
    /// From where the user is asked before sending, if that is below the limit, and until when the limit is raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub change: Action,
}

/// The meter of day or week; `None` without a limit, also where a raise ended it.
pub(crate) fn meter(fmt: &Formatter<'_>, caps: &[CapUse], scope: CapScope) -> Option<BudgetMeter> {
    let cap = caps.iter().find(|cap| cap.scope == scope)?;
    let (used, limit) = (cap.used, cap.stop.or(cap.warn)?);
    let text = if fmt.masked {
        fmt.message(Message::Masked)
    } else {
        let (used, limit) = (&fmt.amount(used), &fmt.amount(limit));
        fmt.message(match scope {
            CapScope::Week => Message::BudgetWeekUsed { used, limit },
            _ => Message::BudgetUsed { used, limit },
        })
    };
    Some(BudgetMeter {
        meter: Meter { value_text: text.clone(), ..cap_meter(fmt, cap)? },
        text,
        note: note(fmt, cap),
        change: Action::new(ActionId::Budget, fmt.message(Message::BudgetChange)),
    })
}

/// "62 of 150"; `None` where there is no limit.
pub(crate) fn cap_meter(fmt: &Formatter<'_>, cap: &CapUse) -> Option<Meter> {
    let (used, limit) = (cap.used, cap.stop.or(cap.warn)?);
    let tone = if cap.stop.is_some_and(|stop| used >= stop) {
        Tone::Error
    } else if cap.warn.is_some_and(|warn| used >= warn) {
        Tone::Warning
    } else {
        Tone::Neutral
    };
    let label = match cap.scope {
        CapScope::Task => Message::CapTask,
        CapScope::Project => Message::CapProject,
        CapScope::Day => Message::BudgetTitle,
        CapScope::Week => Message::BudgetWeekTitle,
    };
    let value_text = match fmt.masked {
        true => fmt.message(Message::Masked),
        false => fmt.message(Message::CapUsed { used: &fmt.amount(used), limit: &fmt.amount(limit) }),
    };
    let share = fmt.share(used_share(used.min(limit), limit));
    Some(Meter { label: fmt.message(label), value_text, share, tone })
}

/// From where the user is asked, if that is below the limit, and until when the limit is raised.
fn note(fmt: &Formatter<'_>, cap: &CapUse) -> Option<String> {
    let warn = cap.warn.filter(|warn| cap.stop.is_some_and(|stop| *warn < stop) && !fmt.masked);
    let asks = warn.map(|warn| fmt.message(Message::BudgetAsks { amount: &fmt.amount(warn) }));
    let until = cap.raised.and_then(|raised| raised.until);
    let raised = until.map(|until| fmt.message(Message::BudgetRaised { when: &fmt.time_or_date(until) }));
    let note = fmt.join_sentences(asks.into_iter().chain(raised));
    (!note.is_empty()).then_some(note)
}
