//! The Credit Record in the reader's language.

use serde::Serialize;

use super::english::Say;
use super::input::{Loaded, RecordsInput, ViewInput};
use super::parts::*;
use super::sources;
use super::usage::{LoadState, answered, exports, incomplete_export};
use super::wording::Wording;
use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, RecordPage};
use crate::domain::time::Timestamp;

/// Parts of one record that are listed.
const ITEMS_SHOWN: usize = 20;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordsSection {
    pub group: GroupId,
    pub title: String,
    pub state: LoadState,
    #[serde(skip_serializing_if = "is_false")]
    pub busy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<RecordsChanged>,
    pub filter: Choice,
    pub search: RecordSearch,
    pub columns: RecordColumns,
    pub caption: String,
    pub rows: Vec<RecordRow>,
    pub paging: Paging,
    pub export: Vec<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported: Option<ProblemLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordsChanged {
    pub text: String,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordSearch {
    pub id: ActionId,
    pub label: String,
    pub placeholder: String,
    pub value: String,
    pub submit: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordColumns {
    pub kind: String,
    pub amount: String,
    pub at: String,
    pub expires: String,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordRow {
    pub kind: String,
    pub amount: String,
    pub direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub items: Vec<String>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paging {
    pub text: String,
    pub label: String,
    pub page: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    pub first: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    pub page_size: u64,
    pub previous: Action,
    pub next: Action,
}

/// Kinds in the order of the filter, with the values of the public API.
const KINDS: [(RecordKind, &str, Say<'static>); 7] = [
    (RecordKind::Recharge, "recharge", Say::KindRecharge),
    (RecordKind::TransferIn, "transfer_in", Say::KindTransferIn),
    (RecordKind::TransferOut, "transfer_out", Say::KindTransferOut),
    (RecordKind::Expire, "expire", Say::KindExpire),
    (RecordKind::Deduct, "deduct", Say::KindDeduct),
    (RecordKind::MergeIn, "merge_in", Say::KindMergeIn),
    (RecordKind::Other, "other", Say::KindOther),
];

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>) -> RecordsSection {
    let asked = &input.records;
    let (page, (state, problem)) = match asked.answer {
        Loaded::Idle => (None, (LoadState::Idle, None)),
        Loaded::Loading => (None, (LoadState::Loading, None)),
        Loaded::Answered(page) => {
            let is_empty = page.rows.is_empty() && !is_past_end(asked, page);
            (Some(page), answered(w, page.problem.as_ref(), is_empty, ActionId::RecordsRetry))
        }
    };
    let is_past_end = page.is_some_and(|page| is_past_end(asked, page));
    let filtered = asked.kind.is_some() || !asked.search.is_empty();
    let note = match state {
        LoadState::Idle => Some(Say::RecordsIdle),
        _ if asked.busy => Some(Say::RecordsLoading),
        LoadState::Loading => Some(Say::RecordsLoading),
        LoadState::Empty if filtered => Some(Say::RecordsNoMatch),
        LoadState::Empty => Some(Say::RecordsNone),
        LoadState::Unsupported => Some(Say::ProblemUnsupported),
        LoadState::Ready if is_past_end => Some(Say::RecordsPastEnd),
        LoadState::Ready | LoadState::Problem => None,
    };
    let changed = page.and_then(|page| page.changed).unwrap_or(false).then(|| RecordsChanged {
        text: w.say(Say::RecordsChanged),
        action: Action::new(ActionId::RecordsPage, w.say(Say::RecordsFirst)).with_value("1"),
    });
    let rows = page.map(|page| page.rows.as_slice()).unwrap_or_default();
    let (total, pages) = (page.and_then(|page| page.total), page.and_then(|page| page.pages));
    RecordsSection {
        group: GroupId::History,
        caption: w.say(Say::RecordsCaption),
        title: w.say(Say::RecordsTitle),
        state,
        busy: asked.busy,
        note: note.map(|note| w.say(note)),
        problem,
        changed,
        filter: filter(w, asked.kind),
        search: RecordSearch {
            id: ActionId::RecordsSearch,
            label: w.say(Say::RecordsSearch),
            placeholder: w.say(Say::RecordsSearchHint),
            value: asked.search.to_owned(),
            submit: w.say(Say::RecordsSearch),
        },
        columns: RecordColumns {
            kind: w.say(Say::ColumnKind),
            amount: w.say(Say::ColumnAmount),
            at: w.say(Say::ColumnDate),
            expires: w.say(Say::ColumnExpires),
            description: w.say(Say::ColumnDescription),
        },
        rows: rows.iter().map(|record| row(w, record)).collect(),
        paging: paging(w, asked, rows.len() as u64, total, pages),
        // A filter that finds nothing says nothing of the whole record, which is what the file holds.
        export: if state == LoadState::Empty && !filtered { vec![] } else { exports(w, "records") },
        exported: asked.exported.map(|exported| incomplete_export(w, exported)),
    }
}

/// Whether the list has rows, but ends before this page: an empty page is not an empty list.
fn is_past_end(asked: &RecordsInput<'_>, page: &RecordPage) -> bool {
    let has_rows = page.total.map_or(asked.page > 1, |total| total > 0);
    page.rows.is_empty() && page.problem.is_none() && has_rows
}

fn filter(w: &Wording<'_>, selected: Option<RecordKind>) -> Choice {
    let option = |value: &str, label: Say<'_>, kind: Option<RecordKind>| ChoiceOption {
        value: value.to_owned(),
        label: w.say(label),
        selected: kind == selected,
    };
    let kinds = KINDS.iter().map(|(kind, value, label)| option(value, *label, Some(*kind)));
    let options = std::iter::once(option("", Say::RecordsAll, None)).chain(kinds).collect();
    Choice { id: ActionId::RecordsFilter, label: w.say(Say::ColumnKind), options }
}

fn paging(w: &Wording<'_>, asked: &RecordsInput<'_>, shown: u64, total: Option<u64>, pages: Option<u64>) -> Paging {
    let page = asked.page.max(1);
    let first = (page - 1).saturating_mul(asked.page_size);
    let number = |number: u64| w.number(i64::try_from(number).unwrap_or(i64::MAX)).text;
    let text = match total {
        _ if shown == 0 => String::new(),
        Some(total) => {
            let (first, last, total) = (number(first + 1), number(first + shown), number(total));
            w.say(Say::RecordsRange { first: &first, last: &last, total: &total })
        }
        None => w.say(Say::Span { low: &number(first + 1), high: &number(first + shown) }),
    };
    let is_last = pages.map_or(shown < asked.page_size, |pages| page >= pages);
    let to = |label: Say<'_>, page: u64| Action::new(ActionId::RecordsPage, w.say(label)).with_value(page.to_string());
    Paging {
        text,
        label: w.say(Say::RecordsPages),
        page,
        pages,
        first,
        total,
        page_size: asked.page_size,
        // From beyond the end it goes to the last page.
        previous: to(Say::RecordsPrevious, (page - 1).min(pages.unwrap_or(u64::MAX)).max(1)).disabled_if(page <= 1),
        next: to(Say::RecordsNext, page + 1).disabled_if(is_last),
    }
}

/// One record in words. Also for lists that a page keeps beyond the section's own rows.
pub(crate) fn row(w: &Wording<'_>, record: &CreditRecord) -> RecordRow {
    let kind = KINDS.iter().find(|(kind, ..)| *kind == record.kind).map_or(Say::KindOther, |(_, _, label)| *label);
    let kind = w.say(kind);
    let amount = w.signed(record.amount);
    let direction = match (record.amount.is_positive(), record.amount.is_negative()) {
        (true, _) => "in",
        (_, true) => "out",
        _ => "none",
    };
    let at = record.at.map(|at| w.exact(at));
    // The expiry that an EXPIRE row names is the moment of the sweep, which `at` says already
    // (docs/contract/endpoints.md 1.5).
    let dated = |at: Timestamp| match at.is_never() {
        true => w.say(Say::LadderNever),
        false => w.say(Say::RecordUntil { day: &w.short_day(at) }),
    };
    let expires = record.expires_at.filter(|_| record.kind != RecordKind::Expire).map(dated);
    let description = description(w, record);
    let items = record.items.as_deref().unwrap_or_default();
    let note = (record.kind == RecordKind::Expire).then(|| w.say(Say::RecordExpiredNote));
    let parts = [Some(kind.clone()), Some(amount.clone()), at.clone(), expires.clone(), Some(description.clone())];
    let summary = w.parts(parts.into_iter().flatten());
    RecordRow {
        items: items.iter().take(ITEMS_SHOWN).map(|part| item(w, part)).collect(),
        summary: match &note {
            Some(note) => w.sentences([w.say(Say::Stated { text: &summary }), note.clone()]),
            None => summary,
        },
        kind,
        amount,
        direction,
        at,
        expires,
        description,
        note,
    }
}

fn description(w: &Wording<'_>, record: &CreditRecord) -> String {
    let person = record.related_user.as_deref().map(|person| w.outside(person)).filter(|person| !person.is_empty());
    let source = record.source.as_deref().map(|source| sources::name(w, source)).filter(|source| !source.is_empty());
    let operation = w.outside(&record.operation);
    match (record.kind, source, person) {
        // That credits were added is said by kind and sign; in a narrow list the source alone has room.
        (RecordKind::Recharge, Some(source), _) => source,
        (RecordKind::Recharge, None, _) => w.say(Say::RecordAdded),
        (RecordKind::TransferIn, _, Some(person)) => w.say(Say::RecordReceivedFrom { person: &person }),
        (RecordKind::TransferIn, _, None) => w.say(Say::RecordReceived),
        (RecordKind::TransferOut, _, Some(person)) => w.say(Say::RecordGivenTo { person: &person }),
        (RecordKind::TransferOut, _, None) => w.say(Say::RecordGiven),
        (RecordKind::Expire, ..) => w.say(Say::RecordExpired),
        (RecordKind::Deduct, Some(reason), _) => w.say(Say::RecordDeductedFor { reason: &reason }),
        (RecordKind::Deduct, None, _) => w.say(Say::RecordDeducted),
        (RecordKind::MergeIn, _, Some(person)) => w.say(Say::RecordMergedFrom { person: &person }),
        (RecordKind::MergeIn, _, None) => w.say(Say::RecordMerged),
        (RecordKind::Other, Some(value), _) => w.say(Say::Named { name: &operation, value: &value }),
        (RecordKind::Other, None, _) => operation,
    }
}

/// "10 until 30 June", "10, does not expire".
pub(crate) fn amount_until(w: &Wording<'_>, amount: &str, expiry: Timestamp) -> String {
    if expiry.is_never() {
        w.parts([amount.to_owned(), w.say(Say::LadderNever)])
    } else {
        w.say(Say::ItemUntil { amount, day: &w.day(expiry) })
    }
}

fn item(w: &Wording<'_>, item: &RecordItem) -> String {
    let amount = w.amount(item.amount);
    let text = match item.expires_at {
        Some(at) => amount_until(w, &amount, at),
        None => amount,
    };
    match item.status {
        ItemStatus::Credited => text,
        ItemStatus::Failed => w.parts([text, w.say(Say::ItemFailed)]),
        ItemStatus::Expired => w.parts([text, w.say(Say::ItemExpired)]),
    }
}
