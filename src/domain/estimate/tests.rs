use super::*;
use crate::domain::experience::{Facts, Observation, Source};
use crate::domain::time::Millis;

/// Noon of a Monday at the server.
const NOON: Timestamp = Timestamp::from_millis(1_781_496_000_000);

fn model(id: &str, price: Option<i32>) -> ModelPrice {
    let price = price.map(Credits::from_whole);
    ModelPrice { id: id.into(), name: id.into(), price, discount: None, context_window: None, min_vip_level: None }
}

fn models() -> Vec<ModelPrice> {
    let auto = ModelPrice { discount: Some(Share::from_ppm(100_000)), ..model("Auto", None) };
    vec![auto, model("GLM-4.6", Some(1)), model("Kimi", Some(10)), model("secret", None)]
}

/// `charged` in millionths; `None` is a pick whose charge is unknown.
fn experience(asked: &str, routed: Option<&str>, at: Timestamp, charges: &[Option<i64>]) -> Experience {
    let mut known = Experience::default();
    for (place, charged) in (0..).zip(charges) {
        known.observe(Observation {
            at: at.plus(Millis::seconds(place)),
            model: asked.into(),
            facts: Facts {
                source: if charged.is_some() { Source::Named } else { Source::Pick },
                charged: charged.map(Credits::from_micro),
                list: None,
                payable_share: Share::WHOLE,
                routed: routed.map(str::to_owned),
                mode: None,
            },
        });
    }
    known
}

fn estimated(asked: &str, at: Timestamp, known: &Experience) -> Estimate {
    let (models, promotions) = (models(), Promotion::built_in());
    let pricing = PricingContext {
        models: &models,
        promotions: &promotions,
        zone: ServerOffset::CHINA,
        now: at,
        experience: Some(known),
        report: None,
        vip_level: 0,
        funds: None,
    };
    estimate(&Draft { model: asked.into(), ..Draft::default() }, pricing)
}

fn micro(estimate: &Estimate) -> Option<[i64; 3]> {
    Some([estimate.low?, estimate.expected?, estimate.high?].map(Credits::micro))
}

#[test]
fn twenty_charges_replace_the_list_price_and_nineteen_widen_it() {
    let few = estimated("GLM-4.6", NOON, &experience("GLM-4.6", None, NOON, &[Some(2_000_000); 19]));
    assert_eq!(micro(&few), Some([1_000_000, 1_000_000, 2_000_000]));
    assert_eq!((few.basis, few.coverage), (Basis::ListPrice, None));
    let enough = estimated("GLM-4.6", NOON, &experience("GLM-4.6", None, NOON, &[Some(2_000_000); 20]));
    assert_eq!(micro(&enough), Some([2_000_000; 3]));
    assert_eq!((enough.basis, enough.coverage), (Basis::History, Some(1.0)));
    assert_eq!(enough.list_price, Some(Credits::from_whole(1)));
    assert_eq!(enough.limits.map(|limits| limits.low), Some(Credits::from_whole(1)), "the server may still take one");
}

#[test]
fn full_charges_at_night_take_back_the_promise_of_half() {
    let night = NOON.plus(Millis::hours(10));
    let full = estimated("GLM-4.6", night, &experience("GLM-4.6", None, night, &[Some(1_000_000); 20]));
    assert_eq!(micro(&full), Some([1_000_000; 3]));
    assert_eq!(full.discounts, []);
    let half = estimated("GLM-4.6", night, &experience("GLM-4.6", None, night, &[Some(500_000); 20]));
    assert_eq!(micro(&half), Some([500_000; 3]));
    assert_eq!(half.discounts.len(), 1);
}

#[test]
fn a_model_without_a_listed_price_is_known_by_its_charges() {
    let few = estimated("secret", NOON, &experience("secret", None, NOON, &[Some(3); 19]));
    assert_eq!((micro(&few), few.basis), (None, Basis::Unknown));
    let enough = estimated("secret", NOON, &experience("secret", None, NOON, &[Some(3); 20]));
    assert_eq!((micro(&enough), enough.basis, enough.list_price), (Some([3; 3]), Basis::History, None));
}

#[test]
fn auto_is_unknown_within_bounds_then_likely_then_learned() {
    let bounds = CostRange { low: Credits::from_micro(900_000), high: Credits::from_micro(9_000_000) };
    let fresh = estimated("Auto", NOON, &Experience::default());
    assert_eq!((micro(&fresh), fresh.bounds), (None, Some(bounds)));
    let few = estimated("auto", NOON, &experience("Auto", Some("GLM-4.6"), NOON, &[None; 3]));
    assert_eq!(micro(&few), Some([900_000, 900_000, 9_000_000]));
    assert_eq!((few.basis, few.coverage, few.bounds), (Basis::ListPrice, None, None));
    let many = estimated("Auto", NOON, &experience("Auto", Some("GLM-4.6"), NOON, &[None; 20]));
    assert_eq!(micro(&many), Some([900_000; 3]));
    assert_eq!((many.basis, many.discounts.len()), (Basis::History, 1));
    let night = estimated(
        "Auto",
        NOON.plus(Millis::hours(10)),
        &experience("Auto", Some("GLM-4.6"), NOON, &[Some(900_000); 20]),
    );
    assert_eq!(micro(&night), Some([450_000; 3]), "what was picked by day costs half by night");
}

#[test]
fn tasks_are_learned_from_twenty_on() {
    let (models, promotions) = (models(), Promotion::built_in());
    let pricing = PricingContext {
        models: &models,
        promotions: &promotions,
        zone: ServerOffset::CHINA,
        now: NOON,
        experience: None,
        report: None,
        vip_level: 0,
        funds: None,
    };
    let requests = |history: &[i64]| estimate_task(Feature::CodeReview, "GLM-4.6", history, None, pricing);
    assert_eq!(requests(&[7; 19]).basis, TaskBasis::Documented);
    let learned = requests(&[7; 20]);
    assert_eq!((learned.basis, learned.requests.low, learned.requests.high), (TaskBasis::History, 7, 7));
    assert_eq!(learned.expected, Some(Credits::from_whole(7)));
}

/// Sizes of 60 tasks: two in three are small, the others large.
fn sizes() -> Vec<i64> {
    (0..60).map(|task| if task % 3 == 2 { 40 + task / 2 } else { 2 + task % 4 }).collect()
}

#[test]
fn a_task_that_runs_is_compared_with_those_that_came_as_far() {
    let rest = |taken| requests_to_come(Feature::Chat, &sizes(), taken).unwrap();
    let early = rest(1);
    assert_eq!((early.basis, early.requests.low, early.requests.expected), (ToComeBasis::SimilarTasks, 1, 4));
    let late = rest(10);
    let RequestRange { low, expected, high } = late.requests;
    assert_eq!((late.basis, low, expected), (ToComeBasis::SimilarTasks, 31, 46));
    assert!(high >= 57 && late.coverage.is_some_and(|coverage| coverage >= 0.8), "{late:?}");
}

#[test]
fn up_to_twenty_tasks_the_documented_numbers_count() {
    let rest = |taken| requests_to_come(Feature::CodeReview, &[100; 19], taken);
    let documented = RequestsToCome {
        requests: RequestRange { low: 0, expected: 15, high: 35 },
        basis: ToComeBasis::Documented,
        coverage: None,
    };
    assert_eq!(rest(15), Some(documented));
    assert_eq!(rest(50), None, "larger than any that is documented: nothing is known of its rest");
}

#[test]
fn where_the_similar_tasks_are_no_better_the_mean_is_given() {
    let alike = requests_to_come(Feature::Chat, &[7; 60], 5).unwrap();
    assert_eq!((alike.basis, alike.coverage), (ToComeBasis::Mean, Some(1.0)));
    assert_eq!(alike.requests, RequestRange { low: 2, expected: 2, high: 2 });
    let done = requests_to_come(Feature::Chat, &[7; 60], 7).unwrap();
    assert_eq!(done.requests, RequestRange { low: 0, expected: 0, high: 0 }, "tasks of this kind end here");
    assert_eq!(requests_to_come(Feature::Chat, &[7; 60], 8), None, "no task of the kind took as many");
}

#[test]
fn few_tasks_that_came_as_far_are_not_enough() {
    let rest = |every: i64| {
        let sizes: Vec<i64> = (0..60).map(|task| if task % every == 0 { 200 + task } else { 5 + task % 4 }).collect();
        requests_to_come(Feature::Chat, &sizes, 100)
    };
    assert_eq!(rest(15), None, "four came as far");
    let few = rest(8).unwrap();
    assert_eq!((few.basis, few.coverage), (ToComeBasis::SimilarTasks, None), "of eight tasks no share is stated");
    assert_eq!((few.requests.low, few.requests.high), (100, 156));
}

#[test]
fn after_a_change_only_what_came_since_counts() {
    let mut changed = vec![5; 40];
    changed.extend([80, 82, 81, 85]);
    let rest = requests_to_come(Feature::Chat, &changed, 10).unwrap();
    assert_eq!((rest.basis, rest.requests.low, rest.requests.high), (ToComeBasis::Mean, 70, 75));
}

#[test]
fn sizes_beyond_all_measure_stay_numbers() {
    for size in [0, 1, i64::MAX] {
        for taken in [0, 1, u32::MAX] {
            if let Some(rest) = requests_to_come(Feature::Strict, &[size; 60], taken) {
                let RequestRange { low, expected, high } = rest.requests;
                assert!(low <= expected && expected <= high, "{rest:?}");
            }
        }
    }
}
