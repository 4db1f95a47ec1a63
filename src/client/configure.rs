//! New settings for a living client.

use std::rc::Rc;

use super::{Client, Options};
use crate::domain::balance::Account;
use crate::domain::budget::Budget;
use crate::domain::credits::Share;
use crate::domain::earning::EarningWay;
use crate::domain::price::Promotion;
use crate::domain::time::Millis;
use crate::ports::Ports;
use crate::protocol::base_url::BaseUrl;

/// Settings to replace, each as a whole; `None` keeps what is.
///
/// ```
/// use costrict_credit::client::{Options, Settings};
/// use costrict_credit::domain::credits::Credits;
/// use costrict_credit::domain::budget::{Budget, Cap};
///
/// let per_day = Cap { warn: None, stop: Some(Credits::from_whole(20)) };
/// let settings = Settings { budget: Some(Budget { per_day, ..Budget::default() }), ..Settings::default() };
/// let options = settings.over(&Options::default());
/// assert_eq!(options.budget.per_day, per_day);
/// assert_eq!(options.promotions, Options::default().promotions);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// See [`Options::base_url`]. Another one is another account.
    pub base_url: Option<BaseUrl>,
    /// See [`Options::promotions`].
    pub promotions: Option<Vec<Promotion>>,
    /// See [`Options::ways`].
    pub ways: Option<Vec<EarningWay>>,
    /// See [`Options::budget`].
    pub budget: Option<Budget>,
    /// See [`Options::usage_thresholds`].
    pub usage_thresholds: Option<Vec<Share>>,
    /// See [`Options::expiry_thresholds`].
    pub expiry_thresholds: Option<Vec<Millis>>,
    /// See [`Options::landing_requests`].
    pub landing_requests: Option<u32>,
}

impl Settings {
    /// `options` with these settings in their place.
    pub fn over(self, options: &Options) -> Options {
        let known = options.clone();
        Options {
            base_url: self.base_url.unwrap_or(known.base_url),
            zone: known.zone,
            promotions: self.promotions.unwrap_or(known.promotions),
            ways: self.ways.or(known.ways),
            budget: self.budget.unwrap_or(known.budget),
            usage_thresholds: self.usage_thresholds.unwrap_or(known.usage_thresholds),
            expiry_thresholds: self.expiry_thresholds.unwrap_or(known.expiry_thresholds),
            landing_requests: self.landing_requests.unwrap_or(known.landing_requests),
        }
    }
}

impl<P: Ports> Client<P> {
    /// Takes in new settings, all of them before it returns. The future is the account with them: at another base URL
    /// what is stored of the account there, as [`Client::open`] reads it.
    ///
    /// Another base URL is an account switch. What this window knows of the account before is stored first, so its
    /// holds are there when the base URL comes back.
    pub fn configure(&self, settings: Settings) -> impl Future<Output = Account> + use<P> {
        let known = self.options();
        let options = settings.over(&known);
        let is_other_server = options.base_url != known.base_url;
        if options != *known {
            let rules = options.notice_rules();
            self.0.options.replace(Rc::new(options));
            if is_other_server {
                self.leave_account();
            } else {
                self.change(self.epoch(), |signed_in, _| signed_in.engine.rules = rules);
            }
            self.notify_all();
        }
        let client = self.clone();
        async move { if is_other_server { client.open().await } else { client.account() } }
    }
}
