//! Ways to get credits, as an embedder names them.

use super::argument::{Argument, normal_url};
use crate::domain::earning::{EarningKind, EarningWay};

/// The option `waysToEarn`.
pub(super) fn ways_to_earn(list: &Argument<'_>) -> Vec<EarningWay> {
    const MAX_WAYS: usize = 50;
    let ways = list.list(way_to_earn);
    let mut ids: Vec<&str> = ways.iter().map(|way| &*way.id).collect();
    ids.sort_unstable();
    if ways.len() > MAX_WAYS || ids.windows(2).any(|pair| pair.first() == pair.last()) {
        list.report("give at most 50 ways, each with an id of its own");
    }
    ways
}

fn way_to_earn(way: &Argument<'_>) -> EarningWay {
    let kinds = [
        ("weekly", EarningKind::Weekly),
        ("star", EarningKind::Star),
        ("invite", EarningKind::Invite),
        ("purchase", EarningKind::Purchase),
        ("other", EarningKind::Other),
    ];
    let kind = way.field("kind").one_of(&kinds, EarningKind::Other);
    let title = way.optional("title", Argument::non_empty_text);
    if kind == EarningKind::Other && title.is_none() {
        way.field("title").report("give a title for a way of the kind \"other\"");
    }
    EarningWay {
        id: way.field("id").non_empty_text().into(),
        kind,
        amount: way.optional("amount", Argument::amount),
        link: way.optional("link", |link| web_address(link).into()),
        title,
        text: way.optional("text", Argument::text),
    }
}

/// An address that a browser may open.
fn web_address(link: &Argument<'_>) -> String {
    let text = link.text();
    let url = normal_url(&text).filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    if url.is_none() {
        link.report("give an address that begins with https:// or http://");
    }
    url.unwrap_or(text)
}
