//! Sources of credits: names of grants, and ways to get more.

use std::borrow::Cow;

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use crate::domain::earning::{EarningKind, EarningWay};
use crate::domain::untrusted;

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
    /// Already earned, and can be earned only once.
    #[serde(skip_serializing_if = "is_false")]
    pub done: bool,
}

/// Sources that the ledger and the documentation know (docs/contract/ledger.md 2.10, gifts-and-prices.md 5.2), without
/// the words that only say that something was given.
const KNOWN: &[(&str, Message<'static>)] = &[
    ("inviter star", Message::SourceInvite),
    ("inviter register", Message::SourceInvite),
    ("invitee register", Message::SourceInvite),
    ("invited registration", Message::SourceInvite),
    ("invited star", Message::SourceInvite),
    ("invitation", Message::SourceInvite),
    ("invite", Message::SourceInvite),
    ("invitee star", Message::SourceStar),
    ("github star", Message::SourceStar),
    ("star", Message::SourceStar),
    ("weekly", Message::SourceWeekly),
    ("registration", Message::SourceRegistration),
    ("register", Message::SourceRegistration),
    ("sign up", Message::SourceRegistration),
    ("issue", Message::SourceIssue),
    ("github issue", Message::SourceIssue),
    ("discussion", Message::SourceDiscussion),
    ("github discussion", Message::SourceDiscussion),
    ("pull request", Message::SourcePullRequest),
    ("merged pull request", Message::SourcePullRequest),
    ("package", Message::SourcePackage),
    ("purchase", Message::SourcePackage),
];

/// A grant's source in the reader's language if it is known, else as the server wrote it. Grants of one expiry are one row,
/// whose sources are separated by commas (docs/contract/ledger.md 2.4).
pub(crate) fn name(fmt: &Formatter<'_>, source: &str) -> String {
    let known: Option<Vec<String>> =
        source.split(", ").map(|part| known_source(part).map(|message| fmt.message(message))).collect();
    known.map_or_else(|| fmt.untrusted(source), |names| fmt.join_phrases(names))
}

/// Case, separators, the size of a package ("package-50") and words such as "reward" do not matter.
fn known_source(source: &str) -> Option<Message<'static>> {
    let folded = source.to_ascii_lowercase().replace(['-', '_'], " ");
    let says_what = |word: &&str| !matches!(*word, "reward" | "gift" | "bonus") && word.parse::<u32>().is_err();
    let name = folded.split_whitespace().filter(says_what).collect::<Vec<_>>().join(" ");
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, message)| *message)
}

/// Label and text of a way to earn credits, and the tab of the account page that it leads to.
fn texts(way: &EarningWay) -> (Option<(Message<'static>, Message<'static>)>, AccountTab) {
    match way.kind {
        EarningKind::Weekly => (Some((Message::SourceWeekly, Message::SourceWeeklyText)), AccountTab::Activity),
        EarningKind::Star => (Some((Message::SourceStar, Message::SourceStarText)), AccountTab::Activity),
        EarningKind::Invite => (Some((Message::SourceInvite, Message::SourceInviteText)), AccountTab::Activity),
        EarningKind::Purchase => (Some((Message::SourcePackage, Message::SourcePackageText)), AccountTab::Subscription),
        EarningKind::Other => (None, AccountTab::Activity),
    }
}

fn action(fmt: &Formatter<'_>, way: &EarningWay, done: bool) -> Action {
    let (known, tab) = texts(way);
    let own = way.title.as_deref().map(untrusted::display);
    let label =
        own.or_else(|| known.map(|(label, _)| fmt.message(label))).unwrap_or_else(|| untrusted::display(&way.id));
    let amount =
        way.amount.filter(|_| !done).map(|amount| fmt.message(Message::Credits { count: &fmt.amount_count(amount) }));
    let label =
        amount.map_or_else(|| label.clone(), |amount| fmt.message(Message::Named { name: &label, value: &amount }));
    match &way.link {
        Some(link) => Action::link(label, link.clone()),
        None => Action::account(label, tab),
    }
}

/// `None` is the built-in list.
fn listed(ways: Option<&[EarningWay]>) -> Cow<'_, [EarningWay]> {
    ways.map_or_else(|| Cow::Owned(EarningWay::built_in()), Cow::Borrowed)
}

pub(crate) fn actions(fmt: &Formatter<'_>, ways: Option<&[EarningWay]>) -> Vec<Action> {
    listed(ways).iter().map(|way| action(fmt, way, false)).collect()
}

/// `starred` is the server's `is_star`, if it checks stars. `None` if there is no way to get credits.
pub(crate) fn section(
    fmt: &Formatter<'_>,
    ways: Option<&[EarningWay]>,
    starred: Option<bool>,
) -> Option<SourcesSection> {
    let item = |way: &EarningWay| {
        let done = way.kind == EarningKind::Star && starred == Some(true);
        let own = way.text.as_deref().map(untrusted::display);
        let text = if done {
            fmt.message(Message::SourceStarred)
        } else {
            own.or_else(|| texts(way).0.map(|(_, text)| fmt.message(text))).unwrap_or_default()
        };
        let action = action(fmt, way, done);
        SourceItem { label: action.label.clone(), text, action, done }
    };
    let items: Vec<SourceItem> = listed(ways).iter().map(item).collect();
    let title = fmt.message(Message::SourcesTitle);
    (!items.is_empty()).then_some(SourcesSection { group: GroupId::Balance, title, items })
}
