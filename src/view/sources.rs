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
    /// Had already, and there is no second time.
    #[serde(skip_serializing_if = "is_false")]
    pub done: bool,
}

/// Sources by the names that servers give them: machine names of rules (server.md 2.10) and the words of a front end, however
/// these are joined and spelled.
const KNOWN: &[(&str, Say<'static>)] = &[
    ("inviter star reward", Say::SourceInvite),
    ("inviter register reward", Say::SourceInvite),
    ("invitation", Say::SourceInvite),
    ("invitee star reward", Say::SourceStar),
    ("github star", Say::SourceStar),
    ("github star reward", Say::SourceStar),
    ("weekly gift", Say::SourceWeekly),
    ("package", Say::SourcePackage),
];

/// A grant's source in the reader's language where it is a known one, else as the server wrote it.
pub(crate) fn name(w: &Wording<'_>, source: &str) -> String {
    // Packages are told apart by their size: "package-50".
    let kind = source.trim_end_matches(|last: char| last.is_ascii_digit() || matches!(last, '-' | '_' | ' '));
    let joints = |letter: u8| if matches!(letter, b'-' | b'_') { b' ' } else { letter.to_ascii_lowercase() };
    let known = KNOWN.iter().find(|(name, _)| name.bytes().eq(kind.bytes().map(joints)));
    known.map_or_else(|| w.outside(source), |(_, say)| w.say(*say))
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
    let item = |(action, text): (Action, Say<'_>)| SourceItem {
        label: action.label.clone(),
        done: matches!(text, Say::SourceStarred),
        text: w.say(text),
        action,
    };
    SourcesSection {
        group: GroupId::Balance,
        title: w.say(Say::SourcesTitle),
        items: actions(w).into_iter().zip(texts).map(item).collect(),
    }
}
