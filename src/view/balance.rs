//! The balance section: the number, its parts, and how fresh it is.

use serde::Serialize;

use super::auto_price::auto_price;
use super::budget::{self, BudgetMeter};
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewInput;
use super::sources;
use crate::domain::balance::{Account, Balance, Change, Freshness, NEARLY_EMPTY, NEARLY_EMPTY_REQUESTS};
use crate::domain::budget::CapScope;
use crate::domain::credits::{Credits, MICRO_PER_CREDIT};
use crate::domain::earning::EarningWay;
use crate::domain::price::{ModelPrice, is_auto, next_price_change, quote};
use crate::domain::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BalanceSection {
    pub group: GroupId,
    pub title: String,
    pub headline: Headline,
    pub used: String,
    pub meter: Meter,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<String>,
    pub changes: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetMeter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week_budget: Option<BudgetMeter>,
    pub freshness: Line,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown_lags: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<EmptyAccount>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headline {
    pub value: String,
    pub caption: String,
    pub tone: Tone,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmptyAccount {
    pub title: String,
    pub text: String,
    pub actions: Vec<Action>,
}

/// The server reports a total of 0: nothing was ever granted.
pub(crate) fn is_empty_account(balance: &Balance) -> bool {
    balance.total.is_zero() && balance.used.is_zero()
}

/// If the caller names the model in use and its price is known, what counts is how many requests on it are left. Else it is
/// the share of the total, which says little of a large account.
pub(crate) fn is_nearly_empty(input: &ViewInput<'_>, balance: &Balance) -> bool {
    let cost = input.model.and_then(|model| current_cost(input, model));
    match cost.and_then(|cost| balance.available.whole_times(cost)) {
        Some(requests) => requests <= NEARLY_EMPTY_REQUESTS,
        None => balance.used_share > NEARLY_EMPTY.to_f64(),
    }
}

fn tone(input: &ViewInput<'_>, balance: &Balance) -> Tone {
    if !balance.after_transfers().is_positive() {
        Tone::Error
    } else if is_nearly_empty(input, balance) {
        Tone::Warning
    } else {
        Tone::Neutral
    }
}

/// "41.5 credits left." and its exceptions: the first sentence about a known balance.
pub(crate) fn left_sentence(fmt: &Formatter<'_>, balance: &Balance) -> String {
    if fmt.masked {
        fmt.message(Message::SummaryMasked)
    } else if balance.overdrawn.is_positive() {
        fmt.message(Message::SummaryOverdrawn { count: &fmt.amount_count(balance.overdrawn) })
    } else if balance.after_transfers().is_zero() {
        fmt.message(Message::SummaryNone)
    } else {
        fmt.message(Message::SummaryLeft { count: &fmt.amount_count(balance.after_transfers()) })
    }
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>, balance: &Balance) -> BalanceSection {
    let count = fmt.amount_count(balance.after_transfers());
    let (used, total) = (fmt.amount(balance.used), fmt.amount(balance.total));
    let used = fmt.message(Message::BalanceUsed { used: &used, total: &total });
    let percent = fmt.percent(balance.used_share);
    let value_text = if fmt.masked { fmt.message(Message::Masked) } else { fmt.join_phrases([percent, used.clone()]) };
    let lags = || Line::new(fmt.message(Message::BalanceLags), Tone::Warning);
    let account = input.account;
    // A host whose storage fails has a problem beside a fresh balance.
    let is_older = account.freshness != Some(Freshness::Fresh);
    BalanceSection {
        group: GroupId::Balance,
        title: fmt.message(Message::BalanceTitle),
        headline: Headline {
            caption: fmt.message(Message::BalanceCaption { count: &count }),
            value: count.text,
            tone: tone(input, balance),
        },
        used,
        meter: Meter {
            label: fmt.message(Message::BalanceMeter),
            value_text,
            share: fmt.share(balance.used_share),
            tone: tone(input, balance),
        },
        held: balance.held().is_positive().then(|| {
            Line::new(fmt.message(Message::BalanceHeld { amount: &fmt.amount(balance.held()) }), Tone::Neutral)
        }),
        overdrawn: balance.overdrawn.is_positive().then(|| {
            Line::new(fmt.message(Message::BalanceOverdrawn { amount: &fmt.amount(balance.overdrawn) }), Tone::Error)
        }),
        requests_left: requests_left(fmt, input, balance.available),
        changes: account.change.as_ref().map(|change| changes(fmt, change)).unwrap_or_default(),
        budget: budget::meter(fmt, input.caps, CapScope::Day),
        week_budget: budget::meter(fmt, input.caps, CapScope::Week),
        freshness: freshness(fmt, account),
        breakdown_lags: balance.breakdown_lags.then(lags),
        problem: account.problem.as_ref().map(|problem| problem_line(fmt, problem, Some(ActionId::Refresh), is_older)),
        empty: empty(fmt, input.ways, balance),
    }
}

fn empty(fmt: &Formatter<'_>, ways: Option<&[EarningWay]>, balance: &Balance) -> Option<EmptyAccount> {
    if balance.after_transfers().is_positive() {
        return None;
    }
    let (title, text) = if is_empty_account(balance) {
        (Message::EmptyTitle, fmt.join_sentences([fmt.message(Message::FactPay), fmt.message(Message::FactGet)]))
    } else {
        (Message::ExhaustedTitle, fmt.message(Message::ExhaustedText))
    };
    Some(EmptyAccount { title: fmt.message(title), text, actions: sources::actions(fmt, ways) })
}

/// The age of the reading. Staleness has a label, not only a colour.
fn freshness(fmt: &Formatter<'_>, account: &Account) -> Line {
    let Some(as_of) = account.as_of else { return Line::new(fmt.message(Message::SummaryUnknown), Tone::Warning) };
    let (tone, label) = match account.freshness {
        Some(Freshness::Stale) => (Tone::Warning, Some(fmt.message(Message::FreshStale))),
        Some(Freshness::Outdated) => (Tone::Warning, Some(fmt.message(Message::FreshOutdated))),
        _ => (Tone::Neutral, None),
    };
    Line { text: fmt.updated_label(as_of), tone, label, detail: Some(fmt.exact(as_of)) }
}

fn changes(fmt: &Formatter<'_>, change: &Change) -> Vec<Line> {
    if fmt.masked {
        return vec![];
    }
    let some = |amount: Option<Credits>| amount.filter(|amount| !amount.is_zero()).map(|amount| fmt.amount(amount));
    let mut lines = Vec::new();
    let mut line = |text: String, tone: Tone| lines.push(Line::new(text, tone));
    if let Some(amount) = some(change.used) {
        line(fmt.message(Message::ChangeUsed { amount: &amount }), Tone::Neutral);
    }
    if let Some(amount) = some(change.unexplained) {
        line(fmt.message(Message::ChangeElsewhere { amount: &amount }), Tone::Neutral);
    }
    if let Some(amount) = some(change.granted) {
        line(fmt.message(Message::ChangeGranted { amount: &amount }), Tone::Good);
    }
    if let Some(amount) = some(change.lapsed) {
        line(fmt.message(Message::ChangeUnused { amount: &amount }), Tone::Warning);
    }
    if change.new_epoch && change.used.is_none() {
        line(fmt.message(Message::ChangeReset), Tone::Neutral);
    }
    lines
}

/// "About 39 requests on GLM-4.6": on the model in use, else on one that costs about a credit. If promotions change the
/// price within a day, both numbers are given.
pub(crate) fn requests_left(fmt: &Formatter<'_>, input: &ViewInput<'_>, available: Credits) -> Option<String> {
    let in_use = input.model.and_then(|id| input.models.iter().find(|model| model.id.eq_ignore_ascii_case(id)));
    let in_use = in_use.filter(|model| current_cost(input, &model.id).is_some_and(Credits::is_positive));
    let model = in_use.or_else(|| usual_model(input.models))?;
    let requests = available.whole_times(current_cost(input, &model.id)?).filter(|_| available.is_positive())?;
    let count = fmt.own_about(requests);
    let requests = fmt.message(Message::RequestsLeft { count: &count, model: &fmt.untrusted(&model.name) });
    let Some((when, later)) = price_change(input, &model.id) else { return Some(requests) };
    let later = fmt.own_about(available.whole_times(later)?).text;
    Some(fmt.message(Message::RequestsChange { requests: &requests, when: &fmt.time_or_date(when), later: &later }))
}

/// What a request on a model costs now; of Auto what it usually costs.
fn current_cost(input: &ViewInput<'_>, model: &str) -> Option<Credits> {
    if is_auto(model) {
        return auto_price(input, input.auto?).map(|price| price.usual);
    }
    Some(quote(input.models, input.promotions, model, None, input.now, input.server)?.expected)
}

/// When the price of a model changes next, within a day, and to what. Not of Auto, whose picks change at their own times.
pub(crate) fn price_change(input: &ViewInput<'_>, model: &str) -> Option<(Timestamp, Credits)> {
    let when = next_price_change(input.promotions, model, input.now, input.server)?;
    let later = quote(input.models, input.promotions, model, None, when, input.server)?;
    Some((when, later.expected)).filter(|_| later.list.is_positive())
}

/// The model whose list price is nearest to one credit.
fn usual_model(models: &[ModelPrice]) -> Option<&ModelPrice> {
    let distance_to_one = |model: &&ModelPrice| model.price.map(|price| (price.micro() - MICRO_PER_CREDIT).abs());
    models
        .iter()
        .filter(|model| !is_auto(&model.id) && model.price.is_some_and(Credits::is_positive))
        .min_by_key(distance_to_one)
}
