//! Before a request is sent: what it costs, what remains, and whether it should go.

use serde::Serialize;

use super::english::Say;
use super::input::{DraftInput, ViewInput};
use super::models::{discount_text, price_text};
use super::parts::*;
use super::wording::Wording;
use crate::domain::credits::Credits;
use crate::domain::estimate::{Estimate, Feature, Free, TaskEstimate};
use crate::domain::price::is_auto;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason};

/// Longer prompts are not carried between page and client.
const MAX_PROMPT_LENGTH: u32 = 1_000_000;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SendSection {
    pub group: GroupId,
    pub title: String,
    pub prompt: PromptField,
    pub model: Choice,
    pub submit: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<ProblemLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<SendEstimate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Table>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptField {
    pub label: String,
    pub placeholder: String,
    /// Longest prompt that is estimated and sent, in UTF-16 units.
    pub max_length: u32,
    /// What to show beside a longer one.
    pub too_long: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendEstimate {
    pub cost: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    pub notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<ProblemLine>,
    pub summary: String,
}

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>) -> SendSection {
    let chosen = input.chosen_model();
    let option = |model: &crate::domain::price::ModelPrice| ChoiceOption {
        value: model.id.clone(),
        label: w.outside(&model.name),
        selected: model.id.eq_ignore_ascii_case(chosen),
    };
    let stopped = input.draft.is_some_and(|draft| draft.decision == Decision::Stop);
    SendSection {
        group: GroupId::Models,
        title: w.say(Say::SendTitle),
        prompt: PromptField {
            label: w.say(Say::SendPrompt),
            placeholder: w.say(Say::SendPlaceholder),
            max_length: MAX_PROMPT_LENGTH,
            too_long: w.say(Say::SendTooLong { limit: &w.number(i64::from(MAX_PROMPT_LENGTH)).text }),
        },
        model: Choice {
            id: ActionId::ChooseModel,
            label: w.say(Say::ColumnModel),
            options: input.models.iter().map(option).collect(),
        },
        submit: Action::new(ActionId::Send, w.say(Say::SendSubmit)).primary().disabled_if(stopped),
        refusal: input.refused.map(|problem| refusal(w, input, problem)),
        estimate: input.draft.as_ref().map(|draft| estimate(w, input, draft)),
        comparison: input.draft.filter(|draft| !draft.comparison.is_empty()).map(|draft| comparison(w, input, &draft)),
        tasks: (!input.tasks.is_empty()).then(|| tasks(w, input.tasks)),
    }
}

fn estimate(w: &Wording<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> SendEstimate {
    let told = draft.estimate;
    let cost = if told.charged { price_text(w, told.expected) } else { w.say(Say::SendFree) };
    // Auto before its first picks: no cost, but what it lies between.
    let bounds = told.bounds.map(|bounds| (bounds.low, bounds.high));
    let range = told.low.zip(told.high).or(bounds).filter(|(low, high)| low < high).map(|(low, high)| {
        let (low, high) = (w.price(low).text, w.price(high).text);
        w.say(Say::SendBetween { low: &low, high: &high })
    });
    let free = told.free.map(|free| {
        w.say(match free {
            Free::OtherProvider => Say::SendOtherProvider,
            Free::SystemRequest => Say::SendContinues,
            Free::ZeroPrice => Say::SendFreeModel,
        })
    });
    let discounts = told.discounts.iter().map(|discount| discount_text(w, discount));
    let learned = told.coverage.map(|share| {
        let percent = w.whole_percent((share * 100.0).floor() as i64);
        w.say(Say::SendLearned { percent: &percent })
    });
    let after = told.remaining_after.filter(|_| told.charged).map(|after| {
        let amount = w.amount(after.abs());
        w.say(if after.is_negative() {
            Say::SendMissing { amount: &amount }
        } else {
            Say::SendAfter { amount: &amount }
        })
    });
    let first = told
        .paid_from
        .as_ref()
        .and_then(|paid| paid.first())
        .and_then(|paid| paid.expires_at)
        .filter(|at| !at.is_never());
    let paid_from = first.map(|at| w.say(Say::SendPaidFrom { when: &w.relative(at) }));
    // A refusal for want of credits is beside it and says the same, with the server's own numbers.
    let said = input.refused.is_some_and(|problem| problem.kind == ProblemKind::InsufficientCredit);
    let warning = warning(w, input, draft).filter(|_| !(said && draft.reason == Some(Reason::InsufficientCredit)));
    let words = [Some(cost.clone()), range.clone(), after.clone(), warning.as_ref().map(|line| line.title.clone())];
    SendEstimate {
        summary: w.parts(words.into_iter().flatten()),
        cost,
        range,
        notes: free.into_iter().chain(discounts).chain(learned).collect(),
        tokens: tokens(w, told),
        after,
        paid_from,
        requests_left: told
            .requests_left
            .filter(|_| told.charged)
            .map(|left| w.say(Say::ModelLeft { count: &w.own_number(left) })),
        warning,
    }
}

fn tokens(w: &Wording<'_>, told: &Estimate) -> Option<String> {
    let tokens = i64::try_from(told.input_tokens?).ok()?;
    let tokens = w.say(Say::Tokens { count: &w.number(tokens) });
    let context = told.context_share.map(|share| {
        let percent = w.whole_percent((share * 100.0).ceil() as i64);
        w.say(Say::SendContext { percent: &percent })
    });
    Some(w.parts(std::iter::once(tokens).chain(context)))
}

/// Why the request before was refused, said where the next one is sent.
fn refusal(w: &Wording<'_>, input: &ViewInput<'_>, problem: &Problem) -> ProblemLine {
    let line = problem_line(w, problem, None, false);
    if problem.kind == ProblemKind::InsufficientCredit { with_affordable(w, input, line) } else { line }
}

/// Offers the cheapest model that the balance pays for, where there is one.
fn with_affordable(w: &Wording<'_>, input: &ViewInput<'_>, line: ProblemLine) -> ProblemLine {
    let Some(draft) = input.draft else { return line };
    let pays = |told: &&Estimate| told.affordable == Some(true) && told.model != draft.estimate.model;
    let Some(told) = draft.comparison.iter().find(pays) else { return line };
    let model = model_name(w, input, &told.model);
    let take = Action::new(ActionId::ChooseModel, w.say(Say::SendUse { model: &model })).with_value(told.model.clone());
    let others = line.actions.into_iter().map(|action| Action { primary: false, ..action });
    ProblemLine { actions: std::iter::once(take.primary()).chain(others).collect(), ..line }
}

fn model_name(w: &Wording<'_>, input: &ViewInput<'_>, id: &str) -> String {
    w.outside(input.models.iter().find(|model| model.id == id).map_or(id, |model| model.name.as_str()))
}

/// Why the request should wait, said before it is sent.
fn warning(w: &Wording<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> Option<ProblemLine> {
    let limit = |title: Say<'_>, text: Say<'_>| {
        let tone = if draft.decision == Decision::Stop { Tone::Error } else { Tone::Warning };
        Some(ProblemLine { tone, title: w.say(title), text: w.say(text), detail: None, actions: vec![] })
    };
    let text = if draft.decision == Decision::Stop { Say::LimitStopText } else { Say::LimitText };
    match draft.reason? {
        Reason::BudgetTask => limit(Say::LimitTask, text),
        Reason::BudgetDay => limit(Say::LimitDay, text),
        Reason::PriceUnknown => limit(Say::LimitPriceUnknown, Say::LimitPriceUnknownText),
        Reason::InsufficientCredit => {
            let problem = Problem {
                required: draft.estimate.expected,
                available: input.account.balance.as_ref().map(|balance| balance.available),
                ..Problem::new(ProblemKind::InsufficientCredit)
            };
            Some(with_affordable(w, input, problem_line(w, &problem, None, false)))
        }
        Reason::SignedOut => Some(problem_line(w, &Problem::new(ProblemKind::SignedOut), None, false)),
    }
}

fn comparison(w: &Wording<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> Table {
    let columns = [(Say::ColumnModel, false), (Say::ColumnCost, true), (Say::ColumnLeft, true)];
    let row = |told: &Estimate| {
        let left = told.requests_left.map(|left| w.own_number(left).text).unwrap_or_default();
        let cost = match told.expected {
            _ if !told.charged => w.say(Say::PriceFree),
            None if is_auto(&told.model) => w.say(Say::PricePicked),
            expected => cost(w, expected),
        };
        vec![model_name(w, input, &told.model), cost, left]
    };
    Table::new(w, w.say(Say::SendCompare), &columns, draft.comparison.iter().map(row).collect())
}

fn cost(w: &Wording<'_>, cost: Option<Credits>) -> String {
    cost.map_or_else(|| w.say(Say::PriceUnknown), |cost| w.price(cost).text)
}

fn tasks(w: &Wording<'_>, tasks: &[TaskEstimate]) -> Table {
    let columns = [(Say::ColumnTask, false), (Say::ColumnRequests, true), (Say::ColumnCost, true)];
    let name = |feature: Feature| {
        w.say(match feature {
            Feature::Chat => Say::TaskChat,
            Feature::CodeReview => Say::TaskReview,
            Feature::TestPlan => Say::TaskTests,
            Feature::Documentation => Say::TaskDocs,
            Feature::Strict => Say::TaskStrict,
        })
    };
    let span = |low: String, high: String| if low == high { low } else { w.say(Say::Span { low: &low, high: &high }) };
    let row = |task: &TaskEstimate| {
        let requests = |count: u32| w.number(i64::from(count)).text;
        let costs = match (task.low, task.high) {
            (Some(low), Some(high)) => span(w.price(low).text, w.price(high).text),
            _ => w.say(Say::PriceUnknown),
        };
        vec![name(task.feature), span(requests(task.requests.low), requests(task.requests.high)), costs]
    };
    Table::new(w, w.say(Say::SendTasks), &columns, tasks.iter().map(row).collect())
}
