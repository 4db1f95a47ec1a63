//! What a request on Auto usually costs: a price before it has picked a model.

use super::english::Message;
use super::formatter::Formatter;
use super::input::ViewInput;
use crate::domain::credits::Credits;
use crate::domain::estimate::Estimate;
use crate::domain::price::{is_auto, quote};

/// The usual price of Auto, and what it lies between.
pub(crate) struct AutoPrice {
    pub usual: Credits,
    low: Credits,
    high: Credits,
    /// From the account's own picks; else it is the median of the models that Auto may pick.
    is_from_picks: bool,
}

/// `None` if no model that Auto may pick has a known price.
pub(crate) fn auto_price(input: &ViewInput<'_>, estimate: &Estimate) -> Option<AutoPrice> {
    if let Some(usual) = estimate.expected {
        let (low, high) = (estimate.low.unwrap_or(usual), estimate.high.unwrap_or(usual));
        return Some(AutoPrice { usual, low, high, is_from_picks: true });
    }
    let bounds = estimate.bounds?;
    let picks = input.models.iter().filter(|model| !is_auto(&model.id));
    let quotes = picks.filter_map(|pick| {
        quote(input.models, input.promotions, &estimate.model, Some(&pick.id), input.now, input.server)
    });
    // A free model says nothing of what is paid; one outside the bounds is closed to this user.
    let mut costs: Vec<Credits> = quotes
        .map(|quote| quote.expected)
        .filter(|cost| cost.is_positive() && bounds.low <= *cost && *cost <= bounds.high)
        .collect();
    costs.sort_unstable();
    let usual = *costs.get(costs.len() / 2)?;
    let low = *costs.first()?;
    Some(AutoPrice { usual, low, high: bounds.high, is_from_picks: false })
}

impl AutoPrice {
    /// "Usually about 1 (0.23–9), from Auto's last picks for you".
    pub fn sentence(&self, fmt: &Formatter<'_>) -> String {
        let (price, low, high) = self.amounts(fmt);
        let (price, low, high) = (&price, &low, &high);
        fmt.message(match self.is_from_picks {
            true => Message::AutoPicks { price, low, high },
            false => Message::AutoList { price, low, high },
        })
    }

    /// "about 1 (0.23–9)", for a table.
    pub fn cell(&self, fmt: &Formatter<'_>) -> String {
        let (price, low, high) = self.amounts(fmt);
        if self.low == self.high {
            return price;
        }
        fmt.message(Message::AutoAbout { price: &price, low: &low, high: &high })
    }

    fn amounts(&self, fmt: &Formatter<'_>) -> (String, String, String) {
        (fmt.price(self.usual).text, fmt.price(self.low).text, fmt.price(self.high).text)
    }
}
