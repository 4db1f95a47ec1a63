//! Where credits come from: the names of grants, and the ways to get more.

use serde::Serialize;

use super::english::Say;
use super::parts::*;
use super::wording::Wording;

/// The page of gifts and campaigns.
const ACTIVITIES: &str = "https://costrict.ai/operation";

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourcesSection {
    pub group: GroupId,
    pub title: String,
    pub items: Vec<SourceItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceItem {
    pub label: String,
    pub text: String,
    pub action: Action,
}

/// A grant's source in the reader's language where it is one of the server's known rules (server.md 2.10), else as the
/// server wrote it.
pub(crate) fn name(w: &Wording<'_>, source: &str) -> String {
    match source {
        "inviter-star-reward" | "inviter-register-reward" => w.say(Say::SourceInvite),
        "invitee-star-reward" | "github-star" | "github-star-reward" => w.say(Say::SourceStar),
        _ => source.to_owned(),
    }
}

pub(crate) fn actions(w: &Wording<'_>) -> Vec<Action> {
    vec![
        Action::link(w.say(Say::SourceWeekly), ACTIVITIES),
        Action::link(w.say(Say::SourceStar), REPOSITORY),
        Action::account(w.say(Say::SourceInvite), AccountTab::Activity),
        Action::account(w.say(Say::SourcePackage), AccountTab::Subscription),
    ]
}

/// `starred` is what the server says of the user's star, where it checks.
pub(crate) fn section(w: &Wording<'_>, starred: Option<bool>) -> SourcesSection {
    let star = if starred == Some(true) { Say::SourceStarred } else { Say::SourceStarText };
    let texts = [Say::SourceWeeklyText, star, Say::SourceInviteText, Say::SourcePackageText];
    let item =
        |(action, text): (Action, Say<'_>)| SourceItem { label: action.label.clone(), text: w.say(text), action };
    SourcesSection {
        group: GroupId::Balance,
        title: w.say(Say::SourcesTitle),
        items: actions(w).into_iter().zip(texts).map(item).collect(),
    }
}
