//! The models section: the current price of a request on each model.

use serde::Serialize;

use super::auto_price::auto_price;
use super::balance::price_change;
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewInput;
use super::ladder::Badge;
use crate::domain::credits::{Credits, Share};
use crate::domain::price::{AUTO, Discount, ModelPrice, Quote, is_auto, promotions_at, quote};

/// Most models that are listed. A server has a few dozen; the limit guards against a hostile list.
const MAX_SHOWN: usize = 200;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelsSection {
    pub group: GroupId,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub models: Vec<ModelView>,
    pub table: Table,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footnote: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    pub id: String,
    pub name: String,
    pub price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<String>,
    pub discounts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_window: Option<String>,
    pub badges: Vec<Badge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheaper: Option<String>,
    pub summary: String,
}

/// A model and its current price.
struct Priced<'a> {
    model: &'a ModelPrice,
    quote: Option<Quote>,
}

impl Priced<'_> {
    fn cost(&self) -> Option<Credits> {
        self.quote.as_ref().map(|quote| quote.expected)
    }

    fn is_paid(&self) -> bool {
        self.cost().is_some_and(Credits::is_positive)
    }
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> ModelsSection {
    let priced: Vec<Priced<'_>> = input
        .models
        .iter()
        .take(MAX_SHOWN)
        .map(|model| Priced {
            model,
            quote: quote(input.models, input.promotions, &model.id, None, fmt.now, input.server),
        })
        .collect();
    let paid = || priced.iter().filter(|priced| priced.is_paid());
    // If all cost the same, none is the cheapest.
    let lowest = paid().filter_map(Priced::cost).min();
    let cheapest = paid().find(|priced| priced.cost() == lowest).filter(|_| paid().any(|other| other.cost() != lowest));
    let models: Vec<ModelView> = priced.iter().map(|priced| view(fmt, input, priced, cheapest)).collect();
    let columns = [(Message::ColumnModel, false), (Message::ColumnPrice, true), (Message::ColumnLeft, true)];
    let rows = models.iter().zip(&priced).map(|(model, priced)| {
        let auto = if is_auto(&model.id) { input.auto.and_then(|estimate| auto_price(input, estimate)) } else { None };
        let price = auto.map_or_else(|| model.price.clone(), |auto| auto.cell(fmt));
        vec![model.name.clone(), price, requests_left(fmt, input, priced).unwrap_or_default()]
    });
    ModelsSection {
        group: GroupId::Models,
        note: models.is_empty().then(|| fmt.message(Message::ModelsNone)),
        table: Table::new(fmt, fmt.message(Message::ModelsTable), &columns, rows.collect()),
        title: fmt.message(Message::ModelsTitle),
        footnote: (!models.is_empty()).then(|| fmt.message(Message::ModelsFootnote)),
        models,
    }
}

fn requests_left(fmt: &Formatter<'_>, input: &ViewInput<'_>, priced: &Priced<'_>) -> Option<String> {
    let available = input.account.balance.as_ref()?.available;
    Some(fmt.own_number(available.whole_times(priced.cost()?)?).text)
}

pub(crate) fn price_text(fmt: &Formatter<'_>, cost: Option<Credits>) -> String {
    match cost {
        None => fmt.message(Message::PriceUnknown),
        Some(cost) if cost.is_zero() => fmt.message(Message::PriceFree),
        Some(cost) => fmt.message(Message::PriceEach { count: &fmt.price(cost) }),
    }
}

/// "Half price until 09:00"; "Night price: 30% off until 09:00". Auto's own discount has its name.
pub(crate) fn discount_text(fmt: &Formatter<'_>, discount: &Discount) -> String {
    const HALF: Share = Share::from_ppm(500_000);
    let name = match discount.name.as_str() {
        "night" | "promotion" if discount.share == HALF => {
            return match discount.until {
                Some(until) => fmt.message(Message::DiscountHalfUntil { when: &fmt.time_or_date(until) }),
                None => fmt.message(Message::DiscountHalf),
            };
        }
        "night" => fmt.message(Message::NightPrice),
        "promotion" => fmt.message(Message::Promotion),
        name => fmt.untrusted(name),
    };
    let percent = fmt.percent(discount.share.to_f64());
    match discount.until {
        Some(until) => {
            fmt.message(Message::DiscountUntil { name: &name, percent: &percent, when: &fmt.time_or_date(until) })
        }
        None => fmt.message(Message::DiscountOff { name: &name, percent: &percent }),
    }
}

/// "Half price from 20:00": a price that falls within a day. One that rises is said by the discount that ends.
fn price_fall(fmt: &Formatter<'_>, input: &ViewInput<'_>, priced: &Priced<'_>) -> Option<String> {
    let cost = priced.cost()?;
    let (when, later) = price_change(input, &priced.model.id).filter(|(_, later)| *later < cost)?;
    let when = fmt.time_or_date(when);
    if later.times(2) == cost {
        return Some(fmt.message(Message::DiscountHalfFrom { when: &when }));
    }
    Some(fmt.message(Message::PriceChanges { price: &price_text(fmt, Some(later)), when: &when }))
}

/// The current discounts of a model. Auto's own discount is known even while the picked model, and so the price, is not.
fn discounts(input: &ViewInput<'_>, priced: &Priced<'_>, fmt: &Formatter<'_>) -> Vec<Discount> {
    if let Some(quote) = &priced.quote {
        return quote.discounts.clone();
    }
    if is_auto(&priced.model.id) {
        let own = priced.model.discount.filter(|share| !share.is_none());
        return own.map(|share| Discount { name: AUTO.to_owned(), share, until: None }).into_iter().collect();
    }
    promotions_at(input.promotions, &priced.model.id, fmt.now, input.server)
}

fn view(fmt: &Formatter<'_>, input: &ViewInput<'_>, priced: &Priced<'_>, cheapest: Option<&Priced<'_>>) -> ModelView {
    let model = priced.model;
    let name = fmt.untrusted(&model.name);
    // Only on the chosen model, where the user can act on it; on every row it would repeat.
    let is_chosen = model.id.eq_ignore_ascii_case(input.chosen_model());
    let auto = if is_auto(&model.id) { input.auto.and_then(|estimate| auto_price(input, estimate)) } else { None };
    let price = auto.as_ref().map_or_else(|| price_text(fmt, priced.cost()), |auto| auto.sentence(fmt));
    let reduced = priced.quote.as_ref().filter(|quote| quote.expected < quote.list);
    let list_price = reduced.map(|quote| fmt.message(Message::PriceList { amount: &fmt.price(quote.list).text }));
    let discounts: Vec<String> = discounts(input, priced, fmt)
        .iter()
        .map(|discount| discount_text(fmt, discount))
        .chain(price_fall(fmt, input, priced))
        .collect();
    let available = input.account.balance.as_ref().map(|balance| balance.available);
    let requests_at = |cost: Credits| available.and_then(|available| available.whole_times(cost));
    let requests_left = match auto {
        // An estimate, and said to be one.
        Some(auto) => requests_at(auto.usual)
            .map(|requests| fmt.message(Message::RequestsLeft { count: &fmt.own_about(requests), model: &name })),
        None => priced
            .cost()
            .and_then(requests_at)
            .map(|requests| fmt.message(Message::ModelLeft { count: &fmt.own_number(requests) })),
    };
    let badge = |kind: &'static str, label: Message<'_>| Badge { kind, label: fmt.message(label), tone: Tone::Good };
    let mut badges = Vec::new();
    if cheapest.is_some_and(|cheapest| std::ptr::eq(cheapest.model, model)) {
        badges.push(badge("cheapest", Message::BadgeCheapest));
    }
    if priced.cost().is_some_and(Credits::is_zero) {
        badges.push(badge("free", Message::PriceFree));
    }
    let tokens = model.context_window.and_then(|window| i64::try_from(window).ok());
    let summary = std::iter::once(price.clone())
        .chain(discounts.iter().cloned())
        .chain(list_price.clone())
        .chain(requests_left.clone());
    ModelView {
        summary: fmt.message(Message::Named { name: &name, value: &fmt.join_phrases(summary) }),
        id: model.id.clone(),
        name,
        price,
        list_price,
        discounts,
        requests_left,
        context_window: tokens.map(|tokens| context(fmt, tokens)),
        badges,
        cheaper: if is_chosen { cheaper(fmt, priced, cheapest) } else { None },
    }
}

fn context(fmt: &Formatter<'_>, tokens: i64) -> String {
    fmt.message(Message::ModelsContext { tokens: &fmt.message(Message::Tokens { count: &fmt.number(tokens) }) })
}

/// Suggests the cheapest model if the chosen one costs at least twice as much.
fn cheaper(fmt: &Formatter<'_>, priced: &Priced<'_>, cheapest: Option<&Priced<'_>>) -> Option<String> {
    let (cost, cheapest) = priced.cost().zip(cheapest)?;
    let low = cheapest.cost().filter(|low| low.times(2) <= cost)?;
    let (price, other) = (fmt.price(low).text, fmt.price(cost).text);
    Some(fmt.message(Message::ModelsCheaper {
        model: &fmt.untrusted(&cheapest.model.name),
        price: &price,
        other: &other,
    }))
}
