//! The cost of a charged request: from the list price and its uncertainty, or from past charges.

use super::{Basis, CostRange, Draft, PricingContext, find};
use crate::domain::credits::{Credits, Share};
use crate::domain::experience::{Evidence, Experience, MIN_SAMPLES, PriceQuery, evidence};
use crate::domain::price::{AUTO, Discount, Quote, is_auto, quote};
use crate::domain::time::Timestamp;

/// What a request costs.
pub(super) struct Cost {
    pub expected: Credits,
    pub range: CostRange,
    /// Wider than `range`: by list price and history together.
    pub limits: CostRange,
    pub coverage: Option<f64>,
    pub basis: Basis,
    pub discounts: Vec<Discount>,
}

/// The cost, if known; otherwise its bounds, if those are known.
pub(super) fn cost(
    draft: &Draft,
    quote: Option<&Quote>,
    at: Timestamp,
    pricing: PricingContext<'_>,
) -> Result<Cost, Option<CostRange>> {
    let query = PriceQuery {
        model: &draft.model,
        routed: draft.routed_model.as_deref(),
        mode: draft.mode.as_deref(),
        at,
        zone: pricing.zone,
        list: quote.map(|quote| quote.list),
        payable_share: quote.map(Quote::payable_share),
    };
    match quote {
        Some(quote) => Ok(cost_from_list_price(quote, &query, pricing.experience)),
        None if is_auto(&draft.model) && draft.routed_model.is_none() => cost_of_auto(&query, pricing),
        None => {
            let charges =
                pricing.experience.map(|known| known.comparable_charges(&query, MIN_SAMPLES)).unwrap_or_default();
            cost_from_history(evidence(&charges), None).ok_or(None)
        }
    }
}

/// The cost on a model whose list price is known.
fn cost_from_list_price(quote: &Quote, query: &PriceQuery<'_>, experience: Option<&Experience>) -> Cost {
    let known = CostRange::between(quote.expected, quote.if_rate_reflects_hour);
    let found = evidence(&experience.map(|known| known.comparable_charges(query, MIN_SAMPLES)).unwrap_or_default());
    if let Some(cost) = cost_from_history(found, Some(known)) {
        return Cost { discounts: confirmed_discounts(quote, cost.range), ..cost };
    }
    let range = match found {
        // Past charges are possible again, however few.
        Evidence::TooLittle(Some((low, high))) => known.union(range(low, high)),
        _ => known,
    };
    Cost {
        expected: quote.expected,
        range,
        limits: range,
        coverage: None,
        basis: Basis::ListPrice,
        discounts: quote.discounts.clone(),
    }
}

/// The cost by the account's own history, if there is enough of it. `listed` is the range by list price.
fn cost_from_history(found: Evidence, listed: Option<CostRange>) -> Option<Cost> {
    let or_listed = |range: CostRange| listed.map_or(range, |listed| range.union(listed));
    let (range, middle, coverage) = match found {
        Evidence::TooLittle(_) => return None,
        // The spread of the newest prices is unknown: the list price may apply again.
        Evidence::Changed { low, middle, high } => (or_listed(range(low, high)), middle, None),
        Evidence::Enough { low, middle, high, within, of } => {
            (range(low, high), middle, Some(within as f64 / of.max(1) as f64))
        }
    };
    let limits = or_listed(range);
    let expected = Credits::from_micro(middle);
    Some(Cost { expected, range, limits, coverage, basis: Basis::History, discounts: Vec::new() })
}

/// The cost of a request to Auto whose pick is unknown: by its past picks.
fn cost_of_auto(query: &PriceQuery<'_>, pricing: PricingContext<'_>) -> Result<Cost, Option<CostRange>> {
    let quote_of =
        |pick: &str| quote(pricing.models, pricing.promotions, query.model, Some(pick), query.at, pricing.zone);
    let mut bounds: Option<CostRange> = None;
    // Auto does not pick models that need a higher VIP level than the user's.
    let candidates = pricing.models.iter().filter(|model| model.is_open_to(pricing.vip_level));
    for quote in candidates.filter_map(|model| quote_of(&model.id)) {
        let costs = CostRange::between(quote.expected, quote.if_rate_reflects_hour);
        bounds = Some(bounds.map_or(costs, |known| known.union(costs)));
    }
    let Some(experience) = pricing.experience else { return Err(bounds) };
    // Each pick is priced once: there are few different ones.
    let mut priced: Vec<(String, Option<(Credits, Credits)>)> = Vec::new();
    let price = |pick: &str| {
        if let Some((_, price)) = priced.iter().find(|(known, _)| known == pick) {
            return *price;
        }
        let price = quote_of(pick).map(|quote| (quote.list, quote.expected));
        priced.push((pick.to_owned(), price));
        price
    };
    let found = evidence(&experience.comparable_picks(query, MIN_SAMPLES, price));
    let share = find(pricing.models, query.model).and_then(|auto| auto.discount);
    let discount = |share: Share| Discount { name: AUTO.to_owned(), share, until: None };
    let discounts = share.filter(|share| !share.is_none()).map(discount).into_iter().collect();
    if let Some(cost) = cost_from_history(found, bounds) {
        let range = if cost.coverage.is_some() { cost.range } else { cost.limits };
        return Ok(Cost { range, discounts, ..cost });
    }
    // Few picks show what is likely, and do not narrow what is possible.
    let likely = experience.most_frequent_pick(query).and_then(quote_of).map(|quote| quote.expected);
    let Some((expected, bounds)) = likely.zip(bounds) else { return Err(bounds) };
    let range = match found {
        Evidence::TooLittle(Some((low, high))) => bounds.union(range(low, high)),
        _ => bounds,
    };
    Ok(Cost { expected, range, limits: range, coverage: None, basis: Basis::ListPrice, discounts })
}

/// The discounts that past charges confirm: if the full rate was charged at night, no half price is shown.
fn confirmed_discounts(quote: &Quote, range: CostRange) -> Vec<Discount> {
    if range.contains(quote.expected) {
        return quote.discounts.clone();
    }
    let of_auto = quote.discounts.iter().filter(|discount| discount.name == AUTO);
    of_auto.filter(|_| range.contains(quote.if_rate_reflects_hour)).cloned().collect()
}

fn range(low: i64, high: i64) -> CostRange {
    CostRange { low: Credits::from_micro(low), high: Credits::from_micro(high) }
}
