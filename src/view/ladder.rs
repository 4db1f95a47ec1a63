//! What expires when, what will lapse of it, and how to get more.

use serde::Serialize;

use super::english::Say;
use super::input::ViewInput;
use super::parts::*;
use super::sources;
use super::wording::{WhenView, Wording, round_share};
use crate::domain::balance::{Balance, GrantState};
use crate::domain::credits::Credits;
use crate::domain::forecast::Forecast;
use crate::domain::time::{Millis, Timestamp};

/// Rungs that are shown one by one.
const SHOWN: usize = 100;
/// An expiry this near is worth a word.
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

pub(crate) fn section(w: &Wording<'_>, input: &ViewInput<'_>, balance: &Balance) -> LadderSection {
    let grants = balance.grants.as_deref().unwrap_or_default();
    let largest = grants.iter().map(|grant| grant.amount).max().unwrap_or(Credits::ZERO);
    let rungs: Vec<Rung> = grants.iter().take(SHOWN).map(|grant| rung(w, grant, largest, input.forecast)).collect();
    let rest = grants.get(SHOWN..).unwrap_or_default();
    let more = (!rest.is_empty()).then(|| {
        let amount = w.amount(rest.iter().map(|grant| grant.amount).sum());
        w.say(Say::LadderMore { count: &w.own_number(rest.len() as i64), amount: &amount })
    });
    let note = match balance.grants.as_deref() {
        None => Some(w.say(Say::LadderNoList)),
        Some([]) => Some(w.say(Say::LadderEmpty)),
        Some(_) => None,
    };
    let table = table(w, w.say(Say::LadderTable), &rungs);
    LadderSection { group: GroupId::Balance, title: w.say(Say::LadderTitle), table, rungs, more, note }
}

/// How much of this grant lapses at the pace of the forecast.
fn lapse_of(grant: &GrantState, forecast: Option<&Forecast>) -> Credits {
    let lapses = forecast.and_then(|forecast| forecast.lapses.as_deref()).unwrap_or_default();
    let own = lapses.iter().find(|lapse| Some(lapse.expires_at) == grant.expires_at);
    own.map_or(Credits::ZERO, |lapse| lapse.amount.min(grant.amount))
}

fn part(of: Credits, whole: Credits) -> f64 {
    if whole.is_positive() { round_share(of.or_zero().to_f64() / whole.to_f64()) } else { 0.0 }
}

fn rung(w: &Wording<'_>, grant: &GrantState, largest: Credits, forecast: Option<&Forecast>) -> Rung {
    let lapse = if grant.expired { Credits::ZERO } else { lapse_of(grant, forecast) };
    let is_never = grant.expires_at.is_some_and(Timestamp::is_never);
    let when = grant.expires_at.filter(|_| !is_never).map(|at| w.when(at));
    let no_expiry = when.is_none().then(|| w.say(if is_never { Say::LadderNever } else { Say::LadderUnknown }));
    let source = grant.source.as_deref().map(|source| sources::name(w, source)).filter(|source| !source.is_empty());
    let badges = badges(w, grant);
    let lapsing =
        lapse.is_positive().then(|| Line::new(w.say(Say::LadderLapsing { amount: &w.amount(lapse) }), Tone::Warning));
    let mut words = vec![w.say(Say::Credits { count: &w.amount_count(grant.amount) })];
    if let Some(when) = &when {
        let expires = w.say(Say::LadderExpires { when: &when.words });
        words.push(if grant.expired { when.words.clone() } else { expires });
        words.push(when.exact.clone());
        words.extend(when.server_day.clone());
    }
    words.extend(no_expiry.clone());
    words.extend(source.as_deref().map(|source| w.say(Say::LadderFrom { source })));
    words.extend(badges.iter().filter(|badge| badge.kind != "soon").map(|badge| badge.label.clone()));
    words.extend(lapsing.as_ref().map(|line| line.text.clone()));
    Rung {
        amount: w.amount(grant.amount),
        share: w.share(part(grant.amount, largest)),
        lapsing_share: lapse.is_positive().then(|| w.share(part(lapse, grant.amount))).flatten(),
        when,
        no_expiry,
        source,
        badges,
        lapsing,
        summary: w.parts(words),
    }
}

fn badges(w: &Wording<'_>, grant: &GrantState) -> Vec<Badge> {
    let mut badges = Vec::new();
    if grant.next {
        badges.push(Badge { kind: "next", label: w.say(Say::LadderNext), tone: Tone::Neutral });
    }
    if grant.expiring {
        badges.push(Badge { kind: "expiring", label: w.say(Say::LadderExpiring), tone: Tone::Warning });
    } else if grant.expired {
        badges.push(Badge { kind: "expired", label: w.say(Say::LadderExpired), tone: Tone::Error });
    } else if grant.expires_at.is_some_and(|at| at.since(w.now) <= SOON) {
        badges.push(Badge { kind: "soon", label: w.say(Say::LadderSoon), tone: Tone::Warning });
    }
    badges
}

fn table(w: &Wording<'_>, caption: String, rungs: &[Rung]) -> Table {
    let columns =
        [(Say::ColumnAmount, true), (Say::ColumnExpires, false), (Say::ColumnSource, false), (Say::ColumnNote, false)];
    let row = |rung: &Rung| {
        let exact = rung.when.as_ref().map(|when| when.exact.clone());
        let notes = rung.badges.iter().map(|badge| badge.label.clone());
        vec![
            rung.amount.clone(),
            exact.or_else(|| rung.no_expiry.clone()).unwrap_or_default(),
            rung.source.clone().unwrap_or_default(),
            w.parts(notes.chain(rung.lapsing.as_ref().map(|line| line.text.clone()))),
        ]
    };
    Table::new(w, caption, &columns, rungs.iter().map(row).collect())
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForecastSection {
    pub group: GroupId,
    pub title: String,
    pub lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

pub(crate) fn forecast_section(w: &Wording<'_>, forecast: &Forecast) -> ForecastSection {
    let title = w.say(Say::ForecastTitle);
    let Some(pace) = forecast.pace else {
        let lines = vec![Line::new(w.say(Say::ForecastYoung), Tone::Neutral)];
        return ForecastSection { group: GroupId::Balance, title, lines, basis: None };
    };
    let mut lines = Vec::new();
    match forecast.runs_out_at {
        _ if pace.is_zero() => lines.push(Line::new(w.say(Say::ForecastIdle), Tone::Neutral)),
        Some(end) => {
            let tone = if end.since(w.now) <= SOON { Tone::Warning } else { Tone::Neutral };
            lines.push(Line::new(w.say(Say::ForecastLasts { day: &w.long_day(end) }), tone));
        }
        None => lines.push(Line::new(w.say(Say::ForecastLong), Tone::Neutral)),
    }
    let lapses = forecast.lapses.as_deref().unwrap_or_default();
    if let Some((total, first)) = forecast.will_lapse.filter(|sum| sum.is_positive()).zip(lapses.first()) {
        let (amount, day) = (w.amount(total), w.day(first.expires_at));
        lines.push(Line::new(w.say(Say::ForecastLapse { amount: &amount, day: &day }), Tone::Warning));
        let amount = w.amount(first.amount);
        lines.push(Line::new(w.say(Say::ForecastUseBy { amount: &amount, day: &day }), Tone::Neutral));
    } else if forecast.will_lapse.is_some() && !pace.is_zero() {
        lines.push(Line::new(w.say(Say::ForecastNoLapse), Tone::Good));
    }
    let days = w.number(i64::from(forecast.basis.days));
    let basis = (forecast.basis.days > 0).then(|| w.say(Say::ForecastBasis { count: &days, pace: &w.amount(pace) }));
    ForecastSection { group: GroupId::Balance, title, lines, basis }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::here;
    use super::super::fixtures::{ZONE, account_of, now, reading};
    use super::super::plain_text::PlainText;
    use super::super::{Catalogues, panel};
    use super::*;

    #[test]
    fn near_its_instant_an_expiry_is_told_as_under_way() {
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
