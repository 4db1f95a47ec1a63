//! The credit record section.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::form_result::{FormResult, code_view};
use super::formatter::Formatter;
use super::input::{Loaded, RecordsInput, ViewInput};
use super::sources;
use super::usage::{LoadState, exports, incomplete_export, load_state};
use crate::domain::credits::Credits;
use crate::domain::history::{CreditRecord, ItemStatus, RecordItem, RecordKind, RecordPage};
use crate::domain::time::Timestamp;

/// Most items of one record that are listed.
const MAX_ITEMS: usize = 20;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordsSection {
    pub group: GroupId,
    pub title: String,
    pub state: LoadState,
    #[serde(skip_serializing_if = "is_false")]
    pub busy: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub outdated: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<RecordVoucher>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordVoucher {
    pub show: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<FormResult>,
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

fn kind_label(kind: RecordKind) -> Message<'static> {
    match kind {
        RecordKind::Recharge => Message::KindRecharge,
        RecordKind::TransferIn => Message::KindTransferIn,
        RecordKind::TransferOut => Message::KindTransferOut,
        RecordKind::Expire => Message::KindExpire,
        RecordKind::Deduct => Message::KindDeduct,
        RecordKind::MergeIn => Message::KindMergeIn,
        RecordKind::Other => Message::KindOther,
    }
}

pub(crate) fn section(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> RecordsSection {
    let query = &input.records;
    let (page, (state, problem)) = match query.loaded {
        Loaded::Idle => (None, (LoadState::Idle, None)),
        Loaded::Loading => (None, (LoadState::Loading, None)),
        Loaded::Done(page) => {
            let is_empty = page.rows.is_empty() && !is_past_end(query, page);
            (Some(page), load_state(fmt, page.problem.as_ref(), is_empty, ActionId::RecordsRetry))
        }
    };
    let is_past_end = page.is_some_and(|page| is_past_end(query, page));
    let filtered = query.kind.is_some() || !query.search.is_empty();
    let note = match state {
        LoadState::Idle => Some(Message::RecordsIdle),
        _ if query.busy => Some(Message::RecordsLoading),
        LoadState::Loading => Some(Message::RecordsLoading),
        LoadState::Empty if filtered => Some(Message::RecordsNoMatch),
        LoadState::Empty => Some(Message::RecordsNone),
        LoadState::Unsupported => Some(Message::ProblemUnsupported),
        LoadState::Ready if is_past_end => Some(Message::RecordsPastEnd),
        LoadState::Ready | LoadState::Problem => None,
    };
    let changed = page.and_then(|page| page.changed).unwrap_or(false).then(|| RecordsChanged {
        text: fmt.message(Message::RecordsChanged),
        action: Action::new(ActionId::RecordsPage, fmt.message(Message::RecordsFirst)).with_value("1"),
    });
    let rows = page.map(|page| page.rows.as_slice()).unwrap_or_default();
    let (total, pages) = (page.and_then(|page| page.total), page.and_then(|page| page.pages));
    RecordsSection {
        group: GroupId::History,
        caption: fmt.message(Message::RecordsCaption),
        title: fmt.message(Message::RecordsTitle),
        state,
        busy: query.busy,
        outdated: query.outdated,
        note: note.map(|note| fmt.message(note)),
        problem,
        changed,
        filter: filter(fmt, query.kind),
        search: RecordSearch {
            id: ActionId::RecordsSearch,
            label: fmt.message(Message::RecordsSearch),
            placeholder: fmt.message(Message::RecordsSearchHint),
            value: query.search.to_owned(),
            submit: fmt.message(Message::RecordsSearch),
        },
        columns: RecordColumns {
            kind: fmt.message(Message::ColumnKind),
            amount: fmt.message(Message::ColumnAmount),
            at: fmt.message(Message::ColumnDate),
            expires: fmt.message(Message::ColumnExpires),
            description: fmt.message(Message::ColumnDescription),
        },
        rows: (0..).zip(rows).map(|(index, record)| row(fmt, record, first_of(query).saturating_add(index))).collect(),
        paging: paging(fmt, query, rows.len() as u64, total, pages),
        // An export holds the whole list, whatever the filter.
        export: if state == LoadState::Empty && !filtered { vec![] } else { exports(fmt, "records") },
        exported: query.exported.map(|exported| incomplete_export(fmt, exported)),
    }
}

/// Whether the list has rows, but ends before this page: an empty page is not an empty list.
fn is_past_end(query: &RecordsInput<'_>, page: &RecordPage) -> bool {
    let has_rows = page.total.map_or(query.page > 1, |total| total > 0);
    page.rows.is_empty() && page.problem.is_none() && has_rows
}

fn filter(fmt: &Formatter<'_>, selected: Option<RecordKind>) -> Choice {
    let option = |value: &str, label: Message<'_>, kind: Option<RecordKind>| ChoiceOption {
        value: value.to_owned(),
        label: fmt.message(label),
        selected: kind == selected,
    };
    let kinds = RecordKind::NAMES.iter().map(|(name, kind)| option(name, kind_label(*kind), Some(*kind)));
    let options = std::iter::once(option("", Message::RecordsAll, None)).chain(kinds).collect();
    Choice { id: ActionId::RecordsFilter, label: fmt.message(Message::ColumnKind), options }
}

/// Position of the page's first row in the whole list, from 0.
fn first_of(query: &RecordsInput<'_>) -> u64 {
    (query.page.max(1) - 1).saturating_mul(query.page_size)
}

fn paging(fmt: &Formatter<'_>, query: &RecordsInput<'_>, shown: u64, total: Option<u64>, pages: Option<u64>) -> Paging {
    let page = query.page.max(1);
    let first = first_of(query);
    let number = |number: u64| fmt.number(i64::try_from(number).unwrap_or(i64::MAX)).text;
    let text = match total {
        _ if shown == 0 => String::new(),
        Some(total) => {
            let (first, last, total) = (number(first + 1), number(first + shown), number(total));
            fmt.message(Message::RecordsRange { first: &first, last: &last, total: &total })
        }
        None => fmt.message(Message::Span { low: &number(first + 1), high: &number(first + shown) }),
    };
    let is_last = pages.map_or(shown < query.page_size, |pages| page >= pages);
    let to = |label: Message<'_>, page: u64| {
        Action::new(ActionId::RecordsPage, fmt.message(label)).with_value(page.to_string())
    };
    Paging {
        text,
        label: fmt.message(Message::RecordsPages),
        page,
        pages,
        first,
        total,
        page_size: query.page_size,
        // Beyond the end it leads to the last page.
        previous: to(Message::RecordsPrevious, (page - 1).min(pages.unwrap_or(u64::MAX)).max(1)).disabled_if(page <= 1),
        next: to(Message::RecordsNext, page + 1).disabled_if(is_last),
    }
}

/// One record as a row; `index` is its position in the whole list.
fn row(fmt: &Formatter<'_>, record: &CreditRecord, index: u64) -> RecordRow {
    let kind = fmt.message(kind_label(record.kind));
    let amount = fmt.signed(record.amount);
    let direction = match (record.amount.is_positive(), record.amount.is_negative()) {
        (true, _) => "in",
        (_, true) => "out",
        _ => "none",
    };
    let at = record.at.map(|at| fmt.exact(at));
    // The expiry of an EXPIRE row is the moment of the sweep, the same as `at`
    // (docs/contract/endpoints.md 1.5).
    let dated = |at: Timestamp| match at.is_never() {
        true => fmt.message(Message::LadderNever),
        false => fmt.message(Message::RecordUntil { day: &fmt.short_day(at) }),
    };
    let expires = record.expires_at.filter(|_| record.kind != RecordKind::Expire).map(dated);
    let description = description(fmt, record);
    // One item of an expired grant is the grant itself, which the note describes.
    let is_whole_grant =
        record.kind == RecordKind::Expire && record.items.as_ref().is_some_and(|items| items.len() == 1);
    let items = record.items.as_deref().filter(|_| !is_whole_grant).unwrap_or_default();
    let note = (record.kind == RecordKind::Expire).then(|| expiry_note(fmt, record));
    let phrases = [Some(kind.clone()), Some(amount.clone()), at.clone(), expires.clone(), Some(description.clone())];
    let summary = fmt.join_phrases(phrases.into_iter().flatten());
    RecordRow {
        items: items.iter().take(MAX_ITEMS).map(|part| item(fmt, record.kind, part)).collect(),
        summary: match &note {
            Some(note) => fmt.join_sentences([fmt.message(Message::Stated { text: &summary }), note.clone()]),
            None => summary,
        },
        kind,
        amount,
        direction,
        at,
        expires,
        voucher: voucher(fmt, record, &description, index),
        description,
        note,
    }
}

/// The code of a voucher that was given away, for a giver who did not copy it when it was made.
fn voucher(fmt: &Formatter<'_>, record: &CreditRecord, title: &str, index: u64) -> Option<RecordVoucher> {
    let code = record.voucher_code.as_deref().filter(|code| !code.is_empty())?;
    (record.kind == RecordKind::TransferOut).then(|| RecordVoucher {
        show: Action::new(ActionId::ShowVoucher, fmt.message(Message::ActionShowCode)).with_value(index.to_string()),
        result: Some(FormResult {
            tone: Tone::Neutral,
            title: title.to_owned(),
            text: fmt.message(Message::RecordVoucherText),
            detail: None,
            code: Some(code_view(fmt, code)),
        }),
    })
}

fn description(fmt: &Formatter<'_>, record: &CreditRecord) -> String {
    let person = record.related_user.as_deref().map(|person| fmt.untrusted(person)).filter(|person| !person.is_empty());
    let source = record.source.as_deref().map(|source| sources::name(fmt, source)).filter(|source| !source.is_empty());
    let operation = fmt.untrusted(&record.operation);
    match (record.kind, source, person) {
        // Kind and sign already say that credits were added; a narrow list has room for the source alone.
        (RecordKind::Recharge, Some(source), _) => source,
        (RecordKind::Recharge, None, _) => fmt.message(Message::RecordAdded),
        (RecordKind::TransferIn, _, Some(person)) => fmt.message(Message::RecordReceivedFrom { person: &person }),
        (RecordKind::TransferIn, _, None) => fmt.message(Message::RecordReceived),
        (RecordKind::TransferOut, _, Some(person)) => fmt.message(Message::RecordGivenTo { person: &person }),
        (RecordKind::TransferOut, _, None) => fmt.message(Message::RecordGiven),
        (RecordKind::Expire, ..) => fmt.message(Message::RecordExpired),
        (RecordKind::Deduct, Some(reason), _) => fmt.message(Message::RecordDeductedFor { reason: &reason }),
        (RecordKind::Deduct, None, _) => fmt.message(Message::RecordDeducted),
        (RecordKind::MergeIn, _, Some(person)) => fmt.message(Message::RecordMergedFrom { person: &person }),
        (RecordKind::MergeIn, _, None) => fmt.message(Message::RecordMerged),
        (RecordKind::Other, Some(value), _) => fmt.message(Message::Named { name: &operation, value: &value }),
        (RecordKind::Other, None, _) => operation,
    }
}

/// "10 until 30 June", "10, does not expire".
pub(crate) fn amount_until(fmt: &Formatter<'_>, amount: &str, expiry: Timestamp) -> String {
    if expiry.is_never() {
        fmt.join_phrases([amount.to_owned(), fmt.message(Message::LadderNever)])
    } else {
        fmt.message(Message::ItemUntil { amount, day: &fmt.day(expiry) })
    }
}

/// How much of an expired grant was unused, if the server sends it.
fn expiry_note(fmt: &Formatter<'_>, record: &CreditRecord) -> String {
    match record.lapsed {
        Some(lapsed) => fmt.message(Message::Stated { text: &expired_unused(fmt, record.amount, lapsed) }),
        None => fmt.message(Message::RecordExpiredNote),
    }
}

/// "193 expired; 168.7 of it was unused".
fn expired_unused(fmt: &Formatter<'_>, amount: Credits, lapsed: Credits) -> String {
    let (amount, unused) = (fmt.amount(amount.abs()), fmt.amount(lapsed));
    fmt.message(Message::RecordExpiredUnused { amount: &amount, unused: &unused })
}

fn item(fmt: &Formatter<'_>, kind: RecordKind, item: &RecordItem) -> String {
    if kind == RecordKind::Expire {
        return match item.lapsed {
            Some(lapsed) => expired_unused(fmt, item.amount, lapsed),
            None => fmt.message(Message::RecordExpiredAmount { amount: &fmt.amount(item.amount.abs()) }),
        };
    }
    let amount = fmt.amount(item.amount);
    let text = match item.expires_at {
        Some(at) => amount_until(fmt, &amount, at),
        None => amount,
    };
    match item.status {
        ItemStatus::Credited => text,
        ItemStatus::Failed => fmt.join_phrases([text, fmt.message(Message::ItemFailed)]),
        ItemStatus::Expired => fmt.join_phrases([text, fmt.message(Message::ItemExpired)]),
    }
}
