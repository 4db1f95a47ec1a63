//! Why a charge is not what was estimated, as far as that is known.

use super::TaskRequest;
use crate::domain::api_enum::api_enum;
use crate::domain::credits::{Credits, Share};
use crate::domain::price::is_auto;
use crate::domain::task_ledger::ChargeSource;

api_enum! {
    /// The one list of reasons for a charge that is not the estimate.
    pub enum ChargeDifference {
        /// Nothing was charged.
        NotCharged = "not_charged",
        /// Another model than the requested one answered.
        OtherModel = "other_model",
        /// The server sent the request to a model again and charged each attempt, or charged twice the price.
        ChargedTwice = "charged_twice",
        /// It failed or was cancelled, and stayed charged.
        StayedCharged = "stayed_charged",
        /// A discount was taken off that was not expected.
        Discount = "discount",
        /// A discount that was expected was not taken off.
        NoDiscount = "no_discount",
        /// The list has another price for the model now.
        PriceChanged = "price_changed",
        /// The estimate was no list price but what such requests had cost before.
        PastCharges = "past_charges",
        /// The amount is that of a reading, and within the range in which the price was expected.
        WithinRange = "within_range",
        /// The price was unknown when the request was sent.
        PriceUnknown = "price_unknown",
        /// None of these.
        Unexplained = "unexplained",
    }
}

/// What is known of the price of a request.
#[derive(Clone, Copy, Debug)]
pub struct PriceFacts {
    /// The list price when it was sent.
    pub list: Option<Credits>,
    /// The share of it that remained after the discounts in effect.
    pub payable_share: Share,
    /// That share around the time of the request: the server may have charged it somewhat later.
    pub shares_nearby: [Share; 2],
    /// The list price now.
    pub list_now: Option<Credits>,
}

fn payable(list: Credits, share: Share) -> Credits {
    Share::take_all_off(list, [Share::from_ppm(Share::WHOLE.ppm() - share.ppm())])
}

/// `None` where the charge is the estimate or not known yet.
pub fn difference(request: &TaskRequest, facts: Option<PriceFacts>) -> Option<ChargeDifference> {
    let charge = request.charge?;
    if request.charged_again.is_positive() {
        let is_second = charge.credits.is_positive();
        return Some(if is_second { ChargeDifference::ChargedTwice } else { ChargeDifference::StayedCharged });
    }
    let Some(estimated) = request.estimated else { return Some(ChargeDifference::PriceUnknown) };
    if charge.credits == estimated {
        return None;
    }
    let routed = request.routed.as_ref().is_some_and(|routed| !routed.eq_ignore_ascii_case(&request.model));
    Some(match charge.source {
        _ if charge.credits.is_zero() => ChargeDifference::NotCharged,
        _ if routed => ChargeDifference::OtherModel,
        _ if is_auto(&request.model) => ChargeDifference::PastCharges,
        // A reading gives a request no more than the range of its price.
        ChargeSource::Reading | ChargeSource::Estimate => ChargeDifference::WithinRange,
        ChargeSource::Row | ChargeSource::Reply => {
            facts.map_or(ChargeDifference::Unexplained, |facts| of_price(charge.credits, estimated, facts))
        }
    })
}

fn of_price(charged: Credits, estimated: Credits, facts: PriceFacts) -> ChargeDifference {
    let PriceFacts { list: Some(list), payable_share, shares_nearby, list_now } = facts else {
        return ChargeDifference::Unexplained;
    };
    let price = payable(list, payable_share);
    if charged == list && charged > price {
        return ChargeDifference::NoDiscount;
    }
    if charged < price && shares_nearby.iter().any(|share| payable(list, *share) == charged) {
        return ChargeDifference::Discount;
    }
    if let Some(now) = list_now.filter(|now| *now != list)
        && (charged == now || charged == payable(now, payable_share))
    {
        return ChargeDifference::PriceChanged;
    }
    if charged == price.times(2) || charged == list.times(2) {
        return ChargeDifference::ChargedTwice;
    }
    if estimated != price { ChargeDifference::PastCharges } else { ChargeDifference::Unexplained }
}

#[cfg(test)]
mod tests {
    use super::super::Charge;
    use super::*;
    use crate::domain::time::Timestamp;

    const HALF: Share = Share::from_ppm(500_000);

    fn credits(halves: i64) -> Credits {
        Credits::from_micro(halves * 500_000)
    }

    fn request(model: &str, estimated: Option<i64>, charged: (ChargeSource, i64)) -> TaskRequest {
        let mut request = TaskRequest::new(Timestamp::from_millis(0), model, estimated.map(credits));
        request.charge = Some(Charge { source: charged.0, credits: credits(charged.1) });
        request
    }

    /// A list price of 1, and the share that was payable.
    fn facts(payable_share: Share) -> PriceFacts {
        let list = Some(credits(2));
        PriceFacts { list, payable_share, shares_nearby: [payable_share, HALF], list_now: list }
    }

    #[test]
    fn a_difference_has_the_reason_that_is_known() {
        use ChargeDifference::*;
        use ChargeSource::{Reading, Reply, Row};
        for (estimated, charged, payable_share, expected) in [
            (Some(2), (Reply, 2), Share::WHOLE, None),
            (Some(2), (Reply, 0), Share::WHOLE, Some(NotCharged)),
            (None, (Row, 2), Share::WHOLE, Some(PriceUnknown)),
            (Some(2), (Reply, 4), Share::WHOLE, Some(ChargedTwice)),
            (Some(2), (Row, 1), Share::WHOLE, Some(Discount)),
            (Some(1), (Row, 2), HALF, Some(NoDiscount)),
            (Some(3), (Row, 2), Share::WHOLE, Some(PastCharges)),
            (Some(1), (Reading, 2), HALF, Some(WithinRange)),
            (Some(2), (Reply, 7), Share::WHOLE, Some(Unexplained)),
        ] {
            let found = difference(&request("m", estimated, charged), Some(facts(payable_share)));
            assert_eq!(found, expected, "{estimated:?} {charged:?} {payable_share:?}");
        }
    }

    #[test]
    fn a_price_that_changed_is_no_double_charge() {
        let dearer = PriceFacts { list_now: Some(credits(4)), ..facts(Share::WHOLE) };
        let doubled = request("m", Some(2), (ChargeSource::Row, 4));
        assert_eq!(difference(&doubled, Some(dearer)), Some(ChargeDifference::PriceChanged));
        assert_eq!(difference(&doubled, None), Some(ChargeDifference::Unexplained), "nothing is known of its price");
    }

    #[test]
    fn what_is_known_of_the_request_itself_comes_before_its_price() {
        let mut auto = request("Auto", Some(2), (ChargeSource::Reply, 4));
        assert_eq!(difference(&auto, None), Some(ChargeDifference::PastCharges));
        auto.routed = Some("Kimi".to_owned());
        assert_eq!(difference(&auto, None), Some(ChargeDifference::OtherModel));
        auto.charged_again = credits(1);
        assert_eq!(difference(&auto, None), Some(ChargeDifference::ChargedTwice));
        auto.charge = Some(Charge { source: ChargeSource::Reply, credits: Credits::ZERO });
        assert_eq!(difference(&auto, None), Some(ChargeDifference::StayedCharged));
        auto.charge = None;
        assert_eq!(difference(&auto, None), None, "not settled");
    }
}
