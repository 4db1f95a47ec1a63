//! The request section: cost of a draft, what remains after it, and warnings.

use serde::Serialize;

use super::auto_price::auto_price;
use super::budget;
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{DraftInput, ViewInput};
use super::models::{discount_text, price_text};
use super::raise::{self, RaiseForm};
use super::records::amount_until;
use crate::domain::balance::used_share;
use crate::domain::budget::{CapScope, CapUse};
use crate::domain::credits::Credits;
use crate::domain::estimate::{Estimate, Feature, Free, PaidFrom, TaskEstimate};
use crate::domain::price::is_auto;
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::spend::{Decision, Reason};

/// Longest prompt that page and client exchange.
const MAX_PROMPT_LENGTH: u32 = 1_000_000;
/// Models that are offered where a limit would be passed.
const MAX_FITTING: usize = 3;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SendSection {
    pub group: GroupId,
    pub title: String,
    pub prompt: PromptField,
    pub model: Choice,
    pub submit: Action,
    /// Copies the prompt, which the page has; the hint confirms that.
    pub copy: Action,
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
    /// The limit of the task, and of the others the one that is nearest.
    pub caps: Vec<Meter>,
    /// Where a limit would be passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raise: Option<RaiseForm>,
    pub summary: String,
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> SendSection {
    let chosen = input.chosen_model();
    let option = |model: &crate::domain::price::ModelPrice| ChoiceOption {
        value: model.id.clone(),
        label: fmt.untrusted(&model.name),
        selected: model.id.eq_ignore_ascii_case(chosen),
    };
    let stopped = input.draft.is_some_and(|draft| draft.decision == Decision::Stop);
    SendSection {
        group: GroupId::Models,
        title: fmt.message(Message::SendTitle),
        prompt: PromptField {
            label: fmt.message(Message::SendPrompt),
            placeholder: fmt.message(Message::SendPlaceholder),
            max_length: MAX_PROMPT_LENGTH,
            too_long: fmt.message(Message::SendTooLong { limit: &fmt.number(i64::from(MAX_PROMPT_LENGTH)).text }),
        },
        model: Choice {
            id: ActionId::ChooseModel,
            label: fmt.message(Message::ColumnModel),
            options: input.models.iter().map(option).collect(),
        },
        submit: Action::new(ActionId::Send, fmt.message(Message::SendSubmit)).primary().disabled_if(stopped),
        copy: Action {
            hint: Some(fmt.message(Message::ActionCopied)),
            ..Action::new(ActionId::Copy, fmt.message(Message::ActionCopy))
        },
        refusal: input.refused.map(|problem| refusal(fmt, input, problem)),
        estimate: input.draft.as_ref().map(|draft| estimate(fmt, input, draft)),
        comparison: input
            .draft
            .filter(|draft| !draft.comparison.is_empty())
            .map(|draft| comparison(fmt, input, &draft)),
        tasks: (!input.tasks.is_empty()).then(|| tasks(fmt, input.tasks)),
    }
}

fn estimate(fmt: &Formatter<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> SendEstimate {
    let estimate = draft.estimate;
    let auto = if is_auto(&estimate.model) && estimate.charged { auto_price(input, estimate) } else { None };
    let cost = match &auto {
        Some(auto) => auto.sentence(fmt),
        None if estimate.charged => price_text(fmt, estimate.expected),
        None => fmt.message(Message::SendFree),
    };
    let range =
        estimate.low.zip(estimate.high).filter(|(low, high)| low < high && auto.is_none()).map(|(low, high)| {
            let (low, high) = (fmt.price(low).text, fmt.price(high).text);
            fmt.message(Message::SendBetween { low: &low, high: &high })
        });
    let free = estimate.free.map(|free| {
        fmt.message(match free {
            Free::OtherProvider => Message::SendOtherProvider,
            Free::SystemRequest => Message::SendContinues,
            Free::ZeroPrice => Message::SendFreeModel,
        })
    });
    let discounts = estimate.discounts.iter().map(|discount| discount_text(fmt, discount));
    let learned = estimate.coverage.map(|share| {
        let percent = fmt.whole_percent((share * 100.0).floor() as i64);
        // Of a range that is one number nothing lies "in" it.
        match estimate.low == estimate.high {
            true => fmt.message(Message::SendLearnedPrice { percent: &percent }),
            false => fmt.message(Message::SendLearned { percent: &percent }),
        }
    });
    let after = estimate.remaining_after.filter(|_| estimate.charged).map(|after| {
        let amount = fmt.amount(after.abs());
        fmt.message(if after.is_negative() {
            Message::SendMissing { amount: &amount }
        } else {
            Message::SendAfter { amount: &amount }
        })
    });
    let paid_from = estimate.paid_from.as_deref().filter(|payers| !payers.is_empty()).map(|payers| {
        let grants = fmt.join_phrases(payers.iter().map(|payer| payer_text(fmt, payer)));
        fmt.message(Message::SendPaidFrom { grants: &grants })
    });
    // A refusal for lack of credits is shown beside it and says the same, with the server's numbers.
    let is_refused = input.refused.is_some_and(|problem| problem.kind == ProblemKind::InsufficientCredit);
    let warning =
        warning(fmt, input, draft).filter(|_| !(is_refused && draft.reason == Some(Reason::InsufficientCredit)));
    let phrases = [Some(cost.clone()), range.clone(), after.clone(), warning.as_ref().map(|line| line.title.clone())];
    SendEstimate {
        summary: fmt.join_phrases(phrases.into_iter().flatten()),
        cost,
        range,
        notes: free.into_iter().chain(discounts).chain(learned).collect(),
        tokens: tokens(fmt, estimate),
        after,
        paid_from,
        requests_left: estimate
            .requests_left
            .filter(|_| estimate.charged)
            .map(|left| fmt.message(Message::ModelLeft { count: &fmt.own_number(left) })),
        warning,
        caps: nearest_caps(draft.caps).into_iter().filter_map(|cap| budget::cap_meter(fmt, cap)).collect(),
        raise: draft.cap.and_then(|cap| raise::form(fmt, cap, estimate.expected)),
    }
}

/// The limit of the task, and of the others the one of which the largest share is used.
fn nearest_caps(caps: &[CapUse]) -> Vec<&CapUse> {
    let limit = |cap: &CapUse| cap.stop.or(cap.warn);
    let of_task = caps.iter().find(|cap| cap.scope == CapScope::Task);
    let others = caps.iter().filter(|cap| cap.scope != CapScope::Task);
    let share = |cap: &CapUse| limit(cap).map_or(0.0, |limit| used_share(cap.used.min(limit), limit));
    let nearest = others.max_by(|one, other| share(one).total_cmp(&share(other)));
    of_task.into_iter().chain(nearest).collect()
}

/// A grant that pays, with what it pays.
fn payer_text(fmt: &Formatter<'_>, payer: &PaidFrom) -> String {
    let amount = fmt.amount(payer.amount);
    match payer.expires_at {
        Some(at) => amount_until(fmt, &amount, at),
        None => fmt.join_phrases([amount, fmt.message(Message::LadderUnknown)]),
    }
}

fn tokens(fmt: &Formatter<'_>, estimate: &Estimate) -> Option<String> {
    let tokens = i64::try_from(estimate.input_tokens?).ok()?;
    let tokens = fmt.message(Message::Tokens { count: &fmt.number(tokens) });
    let context = estimate.context_share.map(|share| {
        // More than the context counts from the first token on, so it is not rounded away.
        if share > 1.0 {
            return fmt.message(Message::SendContextOver);
        }
        fmt.message(Message::SendContext { percent: &fmt.percent(share) })
    });
    Some(fmt.join_phrases(std::iter::once(tokens).chain(context)))
}

/// Why the previous request was refused.
fn refusal(fmt: &Formatter<'_>, input: &ViewInput<'_>, problem: &Problem) -> ProblemLine {
    let line = problem_line(fmt, problem, None, false);
    if problem.kind == ProblemKind::InsufficientCredit { with_affordable(fmt, input, line) } else { line }
}

/// Offers the cheapest model that the balance can pay for, if there is one.
fn with_affordable(fmt: &Formatter<'_>, input: &ViewInput<'_>, line: ProblemLine) -> ProblemLine {
    let Some(draft) = input.draft else { return line };
    let pays = |estimate: &&Estimate| estimate.affordable == Some(true) && estimate.model != draft.estimate.model;
    let Some(estimate) = draft.comparison.iter().find(pays) else { return line };
    let model = model_name(fmt, input, &estimate.model);
    let take = Action::new(ActionId::ChooseModel, fmt.message(Message::SendUse { model: &model }))
        .with_value(estimate.model.clone());
    let others = line.actions.into_iter().map(|action| Action { primary: false, ..action });
    ProblemLine { actions: std::iter::once(take.primary()).chain(others).collect(), ..line }
}

/// The cheapest models whose request would pass no limit, to choose from.
fn fitting(fmt: &Formatter<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> Vec<Action> {
    let fits = draft.cap.map(|cap| cap.fits.as_slice()).unwrap_or_default();
    let choose = |id: &String| {
        let label = fmt.message(Message::SendUse { model: &model_name(fmt, input, id) });
        Action::new(ActionId::ChooseModel, label).with_value(id.clone())
    };
    fits.iter().take(MAX_FITTING).map(choose).collect()
}

fn model_name(fmt: &Formatter<'_>, input: &ViewInput<'_>, id: &str) -> String {
    fmt.untrusted(input.models.iter().find(|model| model.id == id).map_or(id, |model| model.name.as_str()))
}

/// Why the request should not be sent, shown before it is sent.
fn warning(fmt: &Formatter<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> Option<ProblemLine> {
    let numbers = draft
        .cap
        .filter(|_| !fmt.masked)
        .and_then(|cap| Some((cap.used.plus(draft.estimate.expected?), cap.limit)))
        .map(|(used, limit)| fmt.message(Message::LimitUsed { used: &fmt.amount(used), limit: &fmt.amount(limit) }));
    let limit = |title: Message<'_>, text: Message<'_>| {
        let tone = if draft.decision == Decision::Stop { Tone::Error } else { Tone::Warning };
        let text = fmt.join_sentences(numbers.clone().into_iter().chain([fmt.message(text)]));
        Some(ProblemLine { tone, title: fmt.message(title), text, detail: None, actions: fitting(fmt, input, draft) })
    };
    let text = if draft.decision == Decision::Stop { Message::LimitStopText } else { Message::LimitText };
    match draft.reason? {
        Reason::BudgetTask => limit(Message::LimitTask, text),
        Reason::BudgetProject => limit(Message::LimitProject, text),
        Reason::BudgetDay => limit(Message::LimitDay, text),
        Reason::BudgetWeek => limit(Message::LimitWeek, text),
        Reason::PriceUnknown => limit(Message::LimitPriceUnknown, Message::LimitPriceUnknownText),
        Reason::InsufficientCredit => {
            let problem = Problem {
                required: draft.estimate.expected,
                available: input.account.balance.as_ref().map(|balance| balance.available),
                ..Problem::new(ProblemKind::InsufficientCredit)
            };
            Some(with_affordable(fmt, input, problem_line(fmt, &problem, None, false)))
        }
        Reason::SignedOut => Some(problem_line(fmt, &Problem::new(ProblemKind::SignedOut), None, false)),
    }
}

fn comparison(fmt: &Formatter<'_>, input: &ViewInput<'_>, draft: &DraftInput<'_>) -> Table {
    let columns = [(Message::ColumnModel, false), (Message::ColumnCost, true), (Message::ColumnLeft, true)];
    let row = |estimate: &Estimate| {
        let left = estimate.requests_left.map(|left| fmt.own_number(left).text).unwrap_or_default();
        let cost = match estimate.expected {
            _ if !estimate.charged => fmt.message(Message::PriceFree),
            expected if is_auto(&estimate.model) => {
                auto_price(input, estimate).map_or_else(|| cost(fmt, expected), |auto| auto.cell(fmt))
            }
            expected => cost(fmt, expected),
        };
        vec![model_name(fmt, input, &estimate.model), cost, left]
    };
    Table::new(fmt, fmt.message(Message::SendCompare), &columns, draft.comparison.iter().map(row).collect())
}

fn cost(fmt: &Formatter<'_>, cost: Option<Credits>) -> String {
    cost.map_or_else(|| fmt.message(Message::PriceUnknown), |cost| fmt.price(cost).text)
}

fn tasks(fmt: &Formatter<'_>, tasks: &[TaskEstimate]) -> Table {
    let columns = [(Message::ColumnTask, false), (Message::ColumnRequests, true), (Message::ColumnCost, true)];
    let name = |feature: Feature| {
        fmt.message(match feature {
            Feature::Chat => Message::TaskChat,
            Feature::CodeReview => Message::TaskReview,
            Feature::TestPlan => Message::TaskTests,
            Feature::Documentation => Message::TaskDocs,
            Feature::Strict => Message::TaskStrict,
        })
    };
    let span = |low: String, high: String| {
        if low == high { low } else { fmt.message(Message::Span { low: &low, high: &high }) }
    };
    let row = |task: &TaskEstimate| {
        let requests = |count: u32| fmt.number(i64::from(count)).text;
        let costs = match (task.low, task.high) {
            (Some(low), Some(high)) => span(fmt.price(low).text, fmt.price(high).text),
            _ => fmt.message(Message::PriceUnknown),
        };
        vec![name(task.feature), span(requests(task.requests.low), requests(task.requests.high)), costs]
    };
    Table::new(fmt, fmt.message(Message::SendTasks), &columns, tasks.iter().map(row).collect())
}
