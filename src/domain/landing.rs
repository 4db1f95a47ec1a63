//! How far the credits go on the model in use, and which cheaper model they go further on.

use super::credits::Credits;
use super::estimate::Estimate;
use super::price::{ModelPrice, is_auto};
use super::time::Timestamp;

/// The notice comes this many requests before the end, unless the embedder says otherwise.
pub const DEFAULT_LANDING_REQUESTS: u32 = 5;

/// The credits in requests on the model in use, by a fresh reading.
///
/// ```
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::landing::Landing;
///
/// let landing = Landing {
///     model: "glm-4.6".to_owned(),
///     name: "GLM-4.6".to_owned(),
///     price: Credits::from_whole(2),
///     is_exact: true,
///     available: Credits::from_whole(9),
///     next_expiry: None,
///     cheaper: None,
/// };
/// assert_eq!(landing.requests(), 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// The id of the model in use.
    pub model: String,
    /// What the server calls it.
    pub name: String,
    /// What a request costs at the most that is likely.
    pub price: Credits,
    /// The price is known: neither learned nor a range.
    pub is_exact: bool,
    /// Credits left, without what is held.
    pub available: Credits,
    /// What expires first.
    pub next_expiry: Option<(Timestamp, Credits)>,
    /// The cheapest model that the credits go further on.
    pub cheaper: Option<CheaperModel>,
}

/// A model that costs less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheaperModel {
    /// The id of the model.
    pub model: String,
    /// What the server calls it.
    pub name: String,
    /// How many requests the credits suffice for; `None` for a model that is free.
    pub requests: Option<i64>,
}

impl Landing {
    /// How many requests the credits suffice for.
    pub fn requests(&self) -> i64 {
        self.available.whole_times(self.price).unwrap_or(i64::MAX)
    }

    /// The end of the credits in requests that cost what `estimate` says. `others` are the same request on every model,
    /// cheapest first; of `models` those with a higher VIP level than the user's are left out. `None` where the price is a
    /// guess or nothing.
    pub fn of(
        estimate: &Estimate,
        others: &[Estimate],
        models: &[ModelPrice],
        vip_level: u64,
        available: Credits,
        next_expiry: Option<(Timestamp, Credits)>,
    ) -> Option<Landing> {
        let price = careful_price(estimate).filter(|price| price.is_positive())?;
        let fits = available.whole_times(price)?;
        let find = |id: &str| models.iter().find(|model| model.id.eq_ignore_ascii_case(id));
        let cheaper = others.iter().find_map(|other| {
            let model = find(&other.model).filter(|model| !is_auto(&model.id) && model.is_open_to(vip_level))?;
            let requests = if other.charged { Some(available.whole_times(careful_price(other)?)?) } else { None };
            let (id, name) = (model.id.clone(), model.name.clone());
            requests.is_none_or(|requests| requests > fits).then_some(CheaperModel { model: id, name, requests })
        });
        let name = find(&estimate.model).map_or_else(|| estimate.model.clone(), |model| model.name.clone());
        let is_exact = estimate.low == estimate.high;
        Some(Landing { model: estimate.model.clone(), name, price, is_exact, available, next_expiry, cheaper })
    }
}

/// The upper end of what a request is likely to cost. What Auto will pick is a guess until picks are known.
fn careful_price(estimate: &Estimate) -> Option<Credits> {
    let is_guess = is_auto(&estimate.model) && estimate.coverage.is_none();
    estimate.high.or(estimate.expected).filter(|_| estimate.charged && !is_guess)
}

#[cfg(test)]
#[path = "landing_tests.rs"]
mod tests;
