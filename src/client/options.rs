//! What an embedder may choose.

use crate::domain::budget::Budget;
use crate::domain::credits::Share;
use crate::domain::earning::EarningWay;
use crate::domain::landing::DEFAULT_LANDING_REQUESTS;
use crate::domain::notice::NoticeRules;
use crate::domain::price::Promotion;
use crate::domain::time::{Millis, ServerOffset};
use crate::protocol::base_url::BaseUrl;

/// The settings of a client.
///
/// ```
/// use costrict_credit::client::Options;
/// use costrict_credit::protocol::base_url::BaseUrl;
///
/// let base_url = BaseUrl::parse("https://credits.example/cloud-api/").unwrap();
/// let options = Options { base_url, ..Options::default() };
/// assert_eq!(options.base_url.as_str(), "https://credits.example/cloud-api");
/// assert_eq!(options.usage_thresholds.len(), 4);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The server. Default: [`BaseUrl::default`].
    pub base_url: BaseUrl,
    /// For server times without an offset, and for price windows.
    pub zone: ServerOffset,
    /// Lower prices at certain hours. Default: [`Promotion::built_in`].
    pub promotions: Vec<Promotion>,
    /// Ways to get credits, as the panel offers them; `None` is the built-in list.
    pub ways: Option<Vec<EarningWay>>,
    /// Limits that the user sets. Default: none.
    pub budget: Budget,
    /// Shares of the total used at which a notice is due.
    pub usage_thresholds: Vec<Share>,
    /// How long before an expiry a notice is due.
    pub expiry_thresholds: Vec<Millis>,
    /// A notice is due this many requests before the end on the model in use; none at 0.
    pub landing_requests: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            base_url: BaseUrl::default(),
            zone: ServerOffset::CHINA,
            promotions: Promotion::built_in(),
            ways: None,
            budget: Budget::default(),
            usage_thresholds: [500_000, 750_000, 900_000, 950_000].map(Share::from_ppm).to_vec(),
            expiry_thresholds: vec![Millis::days(7), Millis::days(1)],
            landing_requests: DEFAULT_LANDING_REQUESTS,
        }
    }
}

impl Options {
    /// When a reading raises a notice.
    pub(super) fn notice_rules(&self) -> NoticeRules {
        NoticeRules {
            usage: self.usage_thresholds.clone(),
            expiry: self.expiry_thresholds.clone(),
            landing_requests: self.landing_requests,
        }
    }
}
