//! The server's web page of the account.

use super::api_enum::api_enum;

api_enum! {
    /// A tab of the web account page.
    pub enum AccountTab {
        /// Charged requests.
        Usage = "usage",
        /// Packages to buy.
        Subscription = "subscription",
        /// Gifts and campaigns.
        Activity = "activity",
        /// Name and settings.
        Profile = "profile",
    }
}
