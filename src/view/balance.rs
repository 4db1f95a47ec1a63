//! The balance: the number first, then what it is made of and how far it can be trusted.

use serde::Serialize;

use super::english::Say;
use super::input::ViewInput;
use super::parts::*;
use super::sources;
use super::wording::Wording;
use crate::domain::balance::{Account, Balance, Change, Freshness};
use crate::domain::credits::{Credits, MICRO_PER_CREDIT};
use crate::domain::earning::EarningWay;
use crate::domain::price::{ModelPrice, is_auto, quote};

/// Over this share of the total used it is nearly empty (docs/contract/client-rules.md).
const NEARLY_EMPTY: f64 = 0.9;

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

/// Nothing was ever granted: a zero that the server said.
pub(crate) fn is_empty_account(balance: &Balance) -> bool {
    balance.total.is_zero() && balance.used.is_zero()
}

pub(crate) fn tone(balance: &Balance) -> Tone {
    if !balance.left().is_positive() {
        Tone::Error
    } else if balance.used_share > NEARLY_EMPTY {
        Tone::Warning
    } else {
        Tone::Neutral
    }
}

/// "41.5 credits left." and its exceptions: the first thing to say of a known balance.
pub(crate) fn left_sentence(w: &Wording<'_>, balance: &Balance) -> String {
    if w.masked {
        w.say(Say::SummaryMasked)
    } else if balance.overdrawn.is_positive() {
        w.say(Say::SummaryOverdrawn { count: &w.amount_count(balance.overdrawn) })
    } else if balance.left().is_zero() {
        w.say(Say::SummaryNone)
    } else {
        w.say(Say::SummaryLeft { count: &w.amount_count(balance.left()) })
    }
}

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>, balance: &Balance) -> BalanceSection {
    let count = w.amount_count(balance.left());
    let (used, total) = (w.amount(balance.used), w.amount(balance.total));
    let used = w.say(Say::BalanceUsed { used: &used, total: &total });
    let percent = w.percent(balance.used_share);
    let value_text = if w.masked { w.say(Say::Masked) } else { w.parts([percent, used.clone()]) };
    let lags = || Line::new(w.say(Say::BalanceLags), Tone::Warning);
    let account = input.account;
    BalanceSection {
        group: GroupId::Balance,
        title: w.say(Say::BalanceTitle),
        headline: Headline {
            caption: w.say(Say::BalanceCaption { count: &count }),
            value: count.text,
            tone: tone(balance),
        },
        used,
        meter: Meter {
            label: w.say(Say::BalanceMeter),
            value_text,
            share: w.share(balance.used_share),
            tone: tone(balance),
        },
        held: balance
            .held()
            .is_positive()
            .then(|| Line::new(w.say(Say::BalanceHeld { amount: &w.amount(balance.held()) }), Tone::Neutral)),
        overdrawn: balance
            .overdrawn
            .is_positive()
            .then(|| Line::new(w.say(Say::BalanceOverdrawn { amount: &w.amount(balance.overdrawn) }), Tone::Error)),
        requests_left: requests_left(w, input, balance.available),
        changes: account.change.as_ref().map(|change| changes(w, change)).unwrap_or_default(),
        freshness: freshness(w, account),
        breakdown_lags: balance.breakdown_lags.then(lags),
        problem: account.problem.as_ref().map(|problem| problem_line(w, problem, Some(ActionId::Refresh), true)),
        empty: empty(w, input.ways, balance),
    }
}

fn empty(w: &Wording<'_>, ways: Option<&[EarningWay]>, balance: &Balance) -> Option<EmptyAccount> {
    if balance.left().is_positive() {
        return None;
    }
    let (title, text) = if is_empty_account(balance) {
        (Say::EmptyTitle, w.sentences([w.say(Say::FactPay), w.say(Say::FactGet)]))
    } else {
        (Say::ExhaustedTitle, w.say(Say::ExhaustedText))
    };
    Some(EmptyAccount { title: w.say(title), text, actions: sources::actions(w, ways) })
}

/// How old the reading is. Stale is a word, not only a colour.
fn freshness(w: &Wording<'_>, account: &Account) -> Line {
    let Some(as_of) = account.as_of else { return Line::new(w.say(Say::SummaryUnknown), Tone::Warning) };
    let (tone, label) = match account.freshness {
        Some(Freshness::Stale) => (Tone::Warning, Some(w.say(Say::FreshStale))),
        Some(Freshness::Outdated) => (Tone::Warning, Some(w.say(Say::FreshOutdated))),
        _ => (Tone::Neutral, None),
    };
    let text = w.say(Say::FreshAsOf { age: &w.age(as_of) });
    Line { text, tone, label, detail: Some(w.exact(as_of)) }
}

fn changes(w: &Wording<'_>, change: &Change) -> Vec<Line> {
    if w.masked {
        return vec![];
    }
    let some = |amount: Option<Credits>| amount.filter(|amount| !amount.is_zero()).map(|amount| w.amount(amount));
    let mut lines = Vec::new();
    let mut line = |text: String, tone: Tone| lines.push(Line::new(text, tone));
    if let Some(amount) = some(change.used) {
        line(w.say(Say::ChangeUsed { amount: &amount }), Tone::Neutral);
    }
    if let Some(amount) = some(change.unexplained) {
        line(w.say(Say::ChangeUnexplained { amount: &amount }), Tone::Warning);
    }
    if let Some(amount) = some(change.granted) {
        line(w.say(Say::ChangeGranted { amount: &amount }), Tone::Good);
    }
    if let Some(amount) = some(change.lapsed) {
        line(w.say(Say::ChangeLapsed { amount: &amount }), Tone::Warning);
    }
    if change.new_epoch && change.used.is_none() {
        line(w.say(Say::ChangeReset), Tone::Neutral);
    }
    lines
}

/// "about 39 requests on GLM-4.6": on the model in use, else on one that costs about a credit.
pub(crate) fn requests_left(w: &Wording<'_>, input: &ViewInput<'_>, available: Credits) -> Option<String> {
    let chosen = input.model.and_then(|id| input.models.iter().find(|model| model.id.eq_ignore_ascii_case(id)));
    let model = chosen.filter(|model| !is_auto(&model.id)).or_else(|| usual_model(input.models))?;
    let quote = quote(input.models, input.promotions, &model.id, None, w.now, input.server)?;
    let requests = available.whole_times(quote.expected)?;
    let count = w.own_number(requests);
    Some(w.say(Say::RequestsLeft { count: &count, model: &w.outside(&model.name) }))
}

/// The model whose list price is nearest to one credit.
fn usual_model(models: &[ModelPrice]) -> Option<&ModelPrice> {
    let off_one = |model: &&ModelPrice| model.price.map(|price| (price.micro() - MICRO_PER_CREDIT).abs());
    models
        .iter()
        .filter(|model| !is_auto(&model.id) && model.price.is_some_and(Credits::is_positive))
        .min_by_key(off_one)
}
