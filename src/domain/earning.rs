//! Ways to get credits, as data: operators change them without notice, so an embedder can replace the built-in list.

use std::borrow::Cow;

use super::credits::Credits;

/// The kind of a way. Known kinds have texts in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarningKind {
    /// Credits given each week.
    Weekly,
    /// Credits for a star on the project's repository.
    Star,
    /// Credits for inviting others.
    Invite,
    /// Packages to buy.
    Purchase,
    /// Anything else; the embedder gives its texts.
    Other,
}

/// A way to get credits.
///
/// ```
/// use costrict_credit::domain::earning::EarningWay;
///
/// let ways = EarningWay::built_in();
/// assert!(ways.iter().all(|way| way.amount.is_none()), "public sources contradict each other");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarningWay {
    /// Unique in a list.
    pub id: Cow<'static, str>,
    /// What the way consists in.
    pub kind: EarningKind,
    /// Credits for one time; `None` if unknown, as in the built-in list: public sources contradict each other.
    pub amount: Option<Credits>,
    /// The page to open; `None` for the account page.
    pub link: Option<Cow<'static, str>>,
    /// Replaces the title of the kind.
    pub title: Option<String>,
    /// A sentence about it.
    pub text: Option<String>,
}

/// The page of gifts and campaigns.
const ACTIVITIES: &str = "https://costrict.ai/operation";
/// Where a star is given.
pub const REPOSITORY: &str = "https://github.com/zgsm-ai/costrict";

impl EarningWay {
    /// The ways that the documentation names (docs/contract/gifts-and-prices.md).
    pub fn built_in() -> Vec<EarningWay> {
        let way = |id: &'static str, kind, link: Option<&'static str>| EarningWay {
            id: id.into(),
            kind,
            amount: None,
            link: link.map(Cow::Borrowed),
            title: None,
            text: None,
        };
        vec![
            way("weekly", EarningKind::Weekly, Some(ACTIVITIES)),
            way("star", EarningKind::Star, Some(REPOSITORY)),
            way("invite", EarningKind::Invite, None),
            way("purchase", EarningKind::Purchase, None),
        ]
    }
}
