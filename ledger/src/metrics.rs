//! Counters for Prometheus.

use std::time::Duration;

use costrict_credit::domain::credits::{Credits, MICRO_PER_CREDIT};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ModelLabel {
    model: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: String,
}

/// The ledger's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    credits: Family<ModelLabel, Counter<f64, std::sync::atomic::AtomicU64>>,
    charges: Family<ModelLabel, Counter>,
    refusals: Family<ReasonLabel, Counter>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("ledger");
        let requests = Family::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        let seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        registry.register("request_duration_seconds", "Time to the answer's head", seconds.clone());
        let credits = Family::default();
        registry.register("credits_charged", "Credits charged by model", credits.clone());
        let charges = Family::default();
        registry.register("charges", "Charged requests by model", charges.clone());
        let refusals = Family::default();
        registry.register("refusals", "Refused chat requests by reason", refusals.clone());
        Metrics { registry, requests, seconds, credits, charges, refusals }
    }
}

impl Metrics {
    pub fn record_request(&self, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { route: route.to_owned(), status: status.into() }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub fn record_charge(&self, model: &str, amount: Credits) {
        if amount.is_positive() {
            let label = ModelLabel { model: model.to_owned() };
            // A counter for people to look at, not a balance: here a float does no harm.
            self.credits.get_or_create(&label).inc_by(amount.micro() as f64 / MICRO_PER_CREDIT as f64);
            self.charges.get_or_create(&label).inc();
        }
    }

    pub fn record_refusal(&self, reason: &str) {
        self.refusals.get_or_create(&ReasonLabel { reason: reason.to_owned() }).inc();
    }

    /// The Prometheus text form.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(std::fmt::Error) => String::new(),
        }
    }
}
