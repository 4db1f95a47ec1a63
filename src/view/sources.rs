//! Where credits come from: the names of grants, and the ways to get more.

use std::borrow::Cow;

use serde::Serialize;

use super::english::Say;
use super::parts::*;
use super::wording::Wording;
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
    /// Had already, and there is no second time.
    #[serde(skip_serializing_if = "is_false")]
    pub done: bool,
}

/// Sources by the names that servers give them: machine names of rules (docs/contract/ledger.md 2.10) and the words of
/// a front end, however these are joined and spelled.
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

/// What a way is called, what it consists in, and where it leads.
fn words(way: &EarningWay) -> (Option<(Say<'static>, Say<'static>)>, AccountTab) {
    match way.kind {
        EarningKind::Weekly => (Some((Say::SourceWeekly, Say::SourceWeeklyText)), AccountTab::Activity),
        EarningKind::Star => (Some((Say::SourceStar, Say::SourceStarText)), AccountTab::Activity),
        EarningKind::Invite => (Some((Say::SourceInvite, Say::SourceInviteText)), AccountTab::Activity),
        EarningKind::Purchase => (Some((Say::SourcePackage, Say::SourcePackageText)), AccountTab::Subscription),
        EarningKind::Other => (None, AccountTab::Activity),
    }
}

fn action(w: &Wording<'_>, way: &EarningWay, done: bool) -> Action {
    let (known, tab) = words(way);
    let own = way.title.as_deref().map(untrusted::display);
    let label = own.or_else(|| known.map(|(label, _)| w.say(label))).unwrap_or_else(|| untrusted::display(&way.id));
    let amount = way.amount.filter(|_| !done).map(|amount| w.say(Say::Credits { count: &w.amount_count(amount) }));
    let label = amount.map_or_else(|| label.clone(), |amount| w.say(Say::Named { name: &label, value: &amount }));
    match &way.link {
        Some(link) => Action::link(label, link.clone()),
        None => Action::account(label, tab),
    }
}

/// `None` is the built-in list.
fn listed(ways: Option<&[EarningWay]>) -> Cow<'_, [EarningWay]> {
    ways.map_or_else(|| Cow::Owned(EarningWay::built_in()), Cow::Borrowed)
}

pub(crate) fn actions(w: &Wording<'_>, ways: Option<&[EarningWay]>) -> Vec<Action> {
    listed(ways).iter().map(|way| action(w, way, false)).collect()
}

/// `starred` is what the server says of the user's star, where it checks. Nothing where there is no way to get credits.
pub(crate) fn section(w: &Wording<'_>, ways: Option<&[EarningWay]>, starred: Option<bool>) -> Option<SourcesSection> {
    let item = |way: &EarningWay| {
        let done = way.kind == EarningKind::Star && starred == Some(true);
        let own = way.text.as_deref().map(untrusted::display);
        let text = if done {
            w.say(Say::SourceStarred)
        } else {
            own.or_else(|| words(way).0.map(|(_, text)| w.say(text))).unwrap_or_default()
        };
        let action = action(w, way, done);
        SourceItem { label: action.label.clone(), text, action, done }
    };
    let items: Vec<SourceItem> = listed(ways).iter().map(item).collect();
    let title = w.say(Say::SourcesTitle);
    (!items.is_empty()).then_some(SourcesSection { group: GroupId::Balance, title, items })
}
