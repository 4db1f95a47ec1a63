//! The ladder of grants by expiry, and the forecast.

use serde::Serialize;

use super::components::*;
use super::english::Message;
use super::formatter::{Formatter, WhenView, about, round_share};
use super::input::ViewInput;
use super::sources;
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::{Credits, div_round};
use crate::domain::forecast::Forecast;
use crate::domain::time::{Millis, Timestamp};

/// Most grants that the panel lists one by one.
pub(crate) const MAX_PANEL_RUNGS: usize = 100;
/// An expiry within this time gets a badge.
const SOON: Millis = Millis::days(7);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LadderSection {
    pub group: GroupId,
    pub title: String,
    pub rungs: Vec<Rung>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub table: Table,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rung {
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsing_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<WhenView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_expiry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub badges: Vec<Badge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsing: Option<Line>,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Badge {
    pub kind: &'static str,
    pub label: String,
    pub tone: Tone,
}

/// The ladder with at most `max_rungs` grants one by one, the rest in one sentence.
pub(crate) fn section(
    fmt: &Formatter<'_>,
    input: &ViewInput<'_>,
    balance: &Balance,
    max_rungs: usize,
) -> LadderSection {
    let grants = balance.grants.as_deref().unwrap_or_default();
    let largest = grants.iter().map(|grant| grant.amount).max().unwrap_or(Credits::ZERO);
    let rungs: Vec<Rung> =
        grants.iter().take(max_rungs).map(|grant| rung(fmt, grant, largest, input.forecast)).collect();
    let rest = grants.get(max_rungs..).unwrap_or_default();
    let more = (!rest.is_empty()).then(|| {
        let amount = fmt.amount(rest.iter().map(|grant| grant.amount).sum());
        fmt.message(Message::LadderMore { count: &fmt.own_number(rest.len() as i64), amount: &amount })
    });
    let note = match balance.grants.as_deref() {
        None => Some(fmt.message(Message::LadderNoList)),
        Some([]) => Some(fmt.message(Message::LadderEmpty)),
        Some(_) => None,
    };
    let table = table(fmt, fmt.message(Message::LadderTable), &rungs);
    LadderSection { group: GroupId::Balance, title: fmt.message(Message::LadderTitle), table, rungs, more, note }
}

/// How much of this grant expires unused, according to the forecast.
fn expiring_unused(grant: &GrantState, forecast: Option<&Forecast>) -> Credits {
    let lapses = forecast.and_then(|forecast| forecast.lapses.as_deref()).unwrap_or_default();
    let own = lapses.iter().find(|lapse| Some(lapse.expires_at) == grant.expires_at);
    own.map_or(Credits::ZERO, |lapse| lapse.amount.min(grant.amount))
}

fn share_of(of: Credits, whole: Credits) -> f64 {
    if whole.is_positive() { round_share(of.or_zero().to_f64() / whole.to_f64()) } else { 0.0 }
}

fn rung(fmt: &Formatter<'_>, grant: &GrantState, largest: Credits, forecast: Option<&Forecast>) -> Rung {
    let lapse = if grant.expired { Credits::ZERO } else { expiring_unused(grant, forecast) };
    let is_never = grant.expires_at.is_some_and(Timestamp::is_never);
    let when = grant.expires_at.filter(|_| !is_never).map(|at| fmt.when(at));
    let no_expiry =
        when.is_none().then(|| fmt.message(if is_never { Message::LadderNever } else { Message::LadderUnknown }));
    let source = grant.source.as_deref().map(|source| sources::name(fmt, source)).filter(|source| !source.is_empty());
    let badges = badges(fmt, grant);
    let lapsing = lapse
        .is_positive()
        .then(|| Line::new(fmt.message(Message::LadderUnused { amount: &fmt.about(lapse) }), Tone::Warning));
    let mut phrases = vec![fmt.message(Message::Credits { count: &fmt.amount_count(grant.amount) })];
    if let Some(when) = &when {
        let expires = fmt.message(Message::LadderExpires { when: &when.words });
        phrases.push(if grant.expired { when.words.clone() } else { expires });
        phrases.push(when.exact.clone());
        phrases.extend(when.server_day.clone());
    }
    phrases.extend(no_expiry.clone());
    phrases.extend(source.as_deref().map(|source| fmt.message(Message::LadderFrom { source })));
    phrases.extend(badges.iter().filter(|badge| badge.kind != "soon").map(|badge| badge.label.clone()));
    phrases.extend(lapsing.as_ref().map(|line| line.text.clone()));
    Rung {
        amount: fmt.amount(grant.amount),
        share: fmt.share(share_of(grant.amount, largest)),
        lapsing_share: lapse.is_positive().then(|| fmt.share(share_of(lapse, grant.amount))).flatten(),
        when,
        no_expiry,
        source,
        badges,
        lapsing,
        summary: fmt.join_phrases(phrases),
    }
}

fn badges(fmt: &Formatter<'_>, grant: &GrantState) -> Vec<Badge> {
    let mut badges = Vec::new();
    if grant.next {
        badges.push(Badge { kind: "next", label: fmt.message(Message::LadderNext), tone: Tone::Neutral });
    }
    if grant.expiring {
        badges.push(Badge { kind: "expiring", label: fmt.message(Message::LadderExpiring), tone: Tone::Warning });
    } else if grant.expired {
        badges.push(Badge { kind: "expired", label: fmt.message(Message::LadderExpired), tone: Tone::Error });
    } else if grant.expires_at.is_some_and(|at| at.since(fmt.now) <= SOON) {
        badges.push(Badge { kind: "soon", label: fmt.message(Message::LadderSoon), tone: Tone::Warning });
    }
    badges
}

fn table(fmt: &Formatter<'_>, caption: String, rungs: &[Rung]) -> Table {
    let columns = [
        (Message::ColumnAmount, true),
        (Message::ColumnExpires, false),
        (Message::ColumnSource, false),
        (Message::ColumnNote, false),
    ];
    let row = |rung: &Rung| {
        let exact = rung.when.as_ref().map(|when| when.exact.clone());
        let notes = rung.badges.iter().map(|badge| badge.label.clone());
        vec![
            rung.amount.clone(),
            exact.or_else(|| rung.no_expiry.clone()).unwrap_or_default(),
            rung.source.clone().unwrap_or_default(),
            fmt.join_phrases(notes.chain(rung.lapsing.as_ref().map(|line| line.text.clone()))),
        ]
    };
    Table::new(fmt, caption, &columns, rungs.iter().map(row).collect())
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForecastSection {
    pub group: GroupId,
    pub title: String,
    pub lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// Pace and days first, then what shortens them, then what expires unused, each once.
pub(crate) fn forecast_section(fmt: &Formatter<'_>, forecast: &Forecast, available: Credits) -> ForecastSection {
    let title = fmt.message(Message::ForecastTitle);
    let Some(pace) = forecast.pace else {
        let lines = vec![Line::new(fmt.message(Message::ForecastYoung), Tone::Neutral)];
        return ForecastSection { group: GroupId::Balance, title, lines, basis: None };
    };
    // Without credits nothing lasts and nothing can expire; only the pace is left to say.
    let basis = basis(fmt, forecast, pace);
    if !available.is_positive() && basis.is_some() {
        return ForecastSection { group: GroupId::Balance, title, lines: Vec::new(), basis };
    }
    let mut lines = duration_lines(fmt, forecast, pace, available);
    let lapses = forecast.lapses.as_deref().unwrap_or_default();
    if let Some((total, first)) = forecast.will_lapse.filter(|sum| sum.is_positive()).zip(lapses.first()) {
        let (amount, day) = (fmt.about(total), fmt.day(first.expires_at));
        lines.push(Line::new(fmt.message(Message::ForecastUnused { amount: &amount, day: &day }), Tone::Warning));
    } else if forecast.will_lapse.is_some() && !pace.is_zero() {
        lines.push(Line::new(fmt.message(Message::ForecastNoneUnused), Tone::Good));
    }
    ForecastSection { group: GroupId::Balance, title, lines, basis }
}

/// For how long the credits are enough, and what shortens that.
fn duration_lines(fmt: &Formatter<'_>, forecast: &Forecast, pace: Credits, available: Credits) -> Vec<Line> {
    /// Days ahead that a forecast covers.
    const MAX_DAYS: i64 = 3_660;
    if pace.is_zero() {
        return vec![Line::new(fmt.message(Message::ForecastIdle), Tone::Neutral)];
    }
    let rounded_days = |span: i128, whole: i128| i64::try_from(div_round(span, whole)).unwrap_or(i64::MAX);
    let days = rounded_days(i128::from(available.or_zero().micro()), i128::from(pace.micro()));
    let per_day = fmt.about(pace);
    let enough = match days {
        0 => fmt.message(Message::ForecastUnderDay { pace: &per_day }),
        1..=MAX_DAYS => fmt.message(Message::ForecastEnough { count: &fmt.number(about(days)), pace: &per_day }),
        _ => fmt.message(Message::ForecastYears { pace: &per_day }),
    };
    let end = forecast.runs_out_at;
    let tone = if end.is_some_and(|end| end.since(fmt.now) <= SOON) { Tone::Warning } else { Tone::Neutral };
    let mut lines = vec![Line::new(enough, tone)];
    let has_unused = forecast.will_lapse.is_some_and(Credits::is_positive);
    if let Some(end) = end.filter(|_| has_unused) {
        let until_end = rounded_days(i128::from(end.since(fmt.now).0), i128::from(Millis::days(1).0));
        if until_end < days {
            let (count, day) = (fmt.number(about(until_end)), fmt.long_day(end));
            lines.push(Line::new(fmt.message(Message::ForecastShortened { count: &count, day: &day }), tone));
        }
    }
    lines
}

/// What the pace rests on, exactly, so that the days can be checked by hand.
fn basis(fmt: &Formatter<'_>, forecast: &Forecast, pace: Credits) -> Option<String> {
    let days = fmt.number(i64::from(forecast.basis.days));
    let average = (forecast.basis.days > 0)
        .then(|| fmt.message(Message::ForecastBasis { count: &days, pace: &fmt.amount(pace) }))?;
    let weekdays = forecast.basis.weekdays.map(|rates| {
        let amounts = fmt.join_phrases(rates.iter().map(|rate| fmt.about(*rate)));
        fmt.message(Message::ForecastWeekdays { amounts: &amounts })
    });
    Some(fmt.join_phrases(std::iter::once(average).chain(weekdays)))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::here;
    use super::super::fixtures::{ZONE, account_of, now, reading};
    use super::super::plain_text::PlainText;
    use super::super::{Catalogues, panel};
    use super::*;

    #[test]
    fn an_expiry_near_its_instant_is_shown_as_expiring_now() {
        let mut account = account_of(&reading(), 0.0);
        for grant in account.balance.iter_mut().flat_map(|balance| balance.grants.iter_mut()).flatten().take(1) {
            grant.expired = true;
            grant.expiring = true;
        }
        let view = panel(&ViewInput::of(&account, now(), ZONE), &here(false), &Catalogues::default(), &PlainText);
        let view = serde_json::to_value(view).unwrap();
        let ladder = view["sections"].as_array().unwrap().iter().find(|section| section["kind"] == "ladder").unwrap();
        let kinds = |rung: usize| -> Vec<&str> {
            ladder["rungs"][rung]["badges"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|badge| badge["kind"].as_str())
                .collect()
        };
        assert_eq!(kinds(0), ["next", "expiring"]);
        assert!(!kinds(1).contains(&"expiring"));
    }
}
