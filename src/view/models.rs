//! Models and what a request on each costs now.

use serde::Serialize;

use super::english::Say;
use super::input::ViewInput;
use super::ladder::Badge;
use super::parts::*;
use super::wording::Wording;
use crate::domain::credits::Credits;
use crate::domain::price::{AUTO, Discount, ModelPrice, Quote, is_auto, promotions_at, quote};

/// Models that are listed: a server has a few dozen, and the list comes from it.
const SHOWN: usize = 200;

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

/// A model and its price now.
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

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>) -> ModelsSection {
    let priced: Vec<Priced<'_>> = input
        .models
        .iter()
        .take(SHOWN)
        .map(|model| Priced {
            model,
            quote: quote(input.models, input.promotions, &model.id, None, w.now, input.server),
        })
        .collect();
    let paid = || priced.iter().filter(|priced| priced.is_paid());
    // Where all cost the same none is the cheapest.
    let lowest = paid().filter_map(Priced::cost).min();
    let cheapest = paid().find(|priced| priced.cost() == lowest).filter(|_| paid().any(|other| other.cost() != lowest));
    let models: Vec<ModelView> = priced.iter().map(|priced| view(w, input, priced, cheapest)).collect();
    let columns = [(Say::ColumnModel, false), (Say::ColumnPrice, true), (Say::ColumnLeft, true)];
    let rows = models.iter().zip(&priced).map(|(model, priced)| {
        vec![model.name.clone(), model.price.clone(), left(w, input, priced).unwrap_or_default()]
    });
    ModelsSection {
        group: GroupId::Models,
        note: models.is_empty().then(|| w.say(Say::ModelsNone)),
        table: Table::new(w, w.say(Say::ModelsTable), &columns, rows.collect()),
        title: w.say(Say::ModelsTitle),
        footnote: (!models.is_empty()).then(|| w.say(Say::ModelsFootnote)),
        models,
    }
}

fn left(w: &Wording<'_>, input: &ViewInput<'_>, priced: &Priced<'_>) -> Option<String> {
    let available = input.account.balance.as_ref()?.available;
    Some(w.own_number(available.whole_times(priced.cost()?)?).text)
}

pub(crate) fn price_text(w: &Wording<'_>, cost: Option<Credits>) -> String {
    match cost {
        None => w.say(Say::PriceUnknown),
        Some(cost) if cost.is_zero() => w.say(Say::PriceFree),
        Some(cost) => w.say(Say::PriceEach { count: &w.price(cost) }),
    }
}

/// "Night price: 50% off until 09:00". Auto's own discount goes by its name.
pub(crate) fn discount_text(w: &Wording<'_>, discount: &Discount) -> String {
    let name = match discount.name.as_str() {
        "night" => w.say(Say::NightPrice),
        "promotion" => w.say(Say::Promotion),
        name => w.outside(name),
    };
    let percent = w.percent(discount.share.to_f64());
    match discount.until {
        Some(until) => w.say(Say::DiscountUntil { name: &name, percent: &percent, when: &w.until(until) }),
        None => w.say(Say::DiscountOff { name: &name, percent: &percent }),
    }
}

/// What is taken off a model's price now; of Auto also where the picked model, and so the price, is not known.
fn discounts(input: &ViewInput<'_>, priced: &Priced<'_>, w: &Wording<'_>) -> Vec<Discount> {
    if let Some(quote) = &priced.quote {
        return quote.discounts.clone();
    }
    if is_auto(&priced.model.id) {
        let own = priced.model.discount.filter(|share| !share.is_none());
        return own.map(|share| Discount { name: AUTO.to_owned(), share, until: None }).into_iter().collect();
    }
    promotions_at(input.promotions, &priced.model.id, w.now, input.server)
}

fn view(w: &Wording<'_>, input: &ViewInput<'_>, priced: &Priced<'_>, cheapest: Option<&Priced<'_>>) -> ModelView {
    let model = priced.model;
    let name = w.outside(&model.name);
    // Said once, where it can be acted on: beside every row it would be the same words over and over.
    let is_chosen = model.id.eq_ignore_ascii_case(input.chosen_model());
    let is_picked = is_auto(&model.id) && priced.quote.is_none();
    let price = if is_picked { w.say(Say::PricePicked) } else { price_text(w, priced.cost()) };
    let reduced = priced.quote.as_ref().filter(|quote| quote.expected < quote.list);
    let list_price = reduced.map(|quote| w.say(Say::PriceList { amount: &w.price(quote.list).text }));
    let discounts: Vec<String> =
        discounts(input, priced, w).iter().map(|discount| discount_text(w, discount)).collect();
    let available = input.account.balance.as_ref().map(|balance| balance.available);
    let requests_left = available
        .zip(priced.cost())
        .and_then(|(available, cost)| available.whole_times(cost))
        .map(|requests| w.say(Say::ModelLeft { count: &w.own_number(requests) }));
    let badge = |kind: &'static str, label: Say<'_>| Badge { kind, label: w.say(label), tone: Tone::Good };
    let mut badges = Vec::new();
    if cheapest.is_some_and(|cheapest| std::ptr::eq(cheapest.model, model)) {
        badges.push(badge("cheapest", Say::BadgeCheapest));
    }
    if !discounts.is_empty() {
        badges.push(badge("discount", Say::BadgeDiscount));
    }
    if priced.cost().is_some_and(Credits::is_zero) {
        badges.push(badge("free", Say::PriceFree));
    }
    let tokens = model.context_window.and_then(|window| i64::try_from(window).ok());
    let summary = std::iter::once(price.clone()).chain(discounts.iter().cloned()).chain(requests_left.clone());
    ModelView {
        summary: w.say(Say::Named { name: &name, value: &w.parts(summary) }),
        id: model.id.clone(),
        name,
        price,
        list_price,
        discounts,
        requests_left,
        context_window: tokens.map(|tokens| context(w, tokens)),
        badges,
        cheaper: if is_chosen { cheaper(w, priced, cheapest) } else { None },
    }
}

fn context(w: &Wording<'_>, tokens: i64) -> String {
    w.say(Say::ModelsContext { tokens: &w.say(Say::Tokens { count: &w.number(tokens) }) })
}

/// The cheapest model beside a chosen one that costs at least twice as much.
fn cheaper(w: &Wording<'_>, priced: &Priced<'_>, cheapest: Option<&Priced<'_>>) -> Option<String> {
    let (cost, cheapest) = priced.cost().zip(cheapest)?;
    let low = cheapest.cost().filter(|low| low.times(2) <= cost)?;
    let (price, other) = (w.price(low).text, w.price(cost).text);
    Some(w.say(Say::ModelsCheaper { model: &w.outside(&cheapest.model.name), price: &price, other: &other }))
}
