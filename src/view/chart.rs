//! Bar chart over days as data: heights, axis labels, descriptions.

use serde::Serialize;

use super::english::Message;
use super::formatter::{Formatter, round_share};
use crate::domain::credits::Credits;
use crate::domain::time::Day;
use crate::domain::usage::DayUse;
use crate::ports::DateStyle;

/// More bars than this are too thin to see or to hit: longer ranges show several days in a bar.
const MAX_BARS: usize = 92;
/// Labels under the bars that fit a narrow panel in every language.
const MAX_LABELS: usize = 5;
/// Horizontal lines above the zero line.
const MAX_TICKS: i64 = 4;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    pub title: String,
    pub description: String,
    pub unit: String,
    pub points: Vec<ChartPoint>,
    pub ticks: Vec<ChartTick>,
    pub days: Vec<ChartDay>,
    pub show_table: String,
    pub show_chart: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartPoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    pub text: String,
    pub weekend: bool,
    pub today: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartTick {
    pub at: f64,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartDay {
    pub index: usize,
    pub label: String,
}

/// One day, or several in a row.
struct Bar {
    from: Day,
    to: Day,
    credits: Credits,
    requests: u64,
}

fn bars(days: &[DayUse]) -> Vec<Bar> {
    let each = days.len().div_ceil(MAX_BARS).max(1);
    let bar = |days: &[DayUse]| {
        let (first, last) = days.first().zip(days.last())?;
        Some(Bar {
            from: first.day,
            to: last.day,
            credits: days.iter().map(|day| day.credits).sum(),
            requests: days.iter().map(|day| day.requests).sum(),
        })
    };
    days.chunks(each).filter_map(bar).collect()
}

/// A round step of 1, 2 or 5 times a power of ten, so that at most [`MAX_TICKS`] of them reach `highest`.
fn step(highest: Credits) -> Credits {
    let needed = highest.micro().div_euclid(MAX_TICKS).max(1);
    let mut power: i64 = 1;
    while power.saturating_mul(10) <= needed {
        power *= 10;
    }
    let fits = [1, 2, 5, 10].into_iter().map(|factor| power.saturating_mul(factor));
    Credits::from_micro(
        fits.into_iter().find(|step| step.saturating_mul(MAX_TICKS) >= highest.micro()).unwrap_or(needed),
    )
}

/// `None` where there is no day to draw.
pub(crate) fn of_days(fmt: &Formatter<'_>, days: &[DayUse], today: Option<Day>) -> Option<Chart> {
    let bars = bars(days);
    let (first, last) = bars.first().zip(bars.last())?;
    let peak = bars.iter().max_by_key(|bar| bar.credits)?;
    let step = step(peak.credits);
    let count =
        peak.credits.micro().div_euclid(step.micro()) + i64::from(peak.credits.micro().rem_euclid(step.micro()) > 0);
    let top = step.times(count.max(1));
    let height = |credits: Credits| round_share(credits.or_zero().to_f64() / top.to_f64());
    let short = |day: Day| fmt.civil_day(day, DateStyle::ShortDay);
    let title = fmt.message(Message::ChartTitle { from: &short(first.from), to: &short(last.to) });
    let point = |bar: &Bar| ChartPoint {
        share: if bar.credits.is_zero() { Some(0.0) } else { fmt.share(height(bar.credits)) },
        text: text(fmt, bar),
        weekend: bar.from == bar.to && bar.from.weekday() >= 6,
        today: today.is_some_and(|today| (bar.from..=bar.to).contains(&today)),
    };
    let tick = |nth: i64| {
        let at = step.times(nth);
        ChartTick { at: height(at), label: fmt.amount(at) }
    };
    Some(Chart {
        description: description(fmt, days, peak),
        title,
        unit: fmt.message(Message::ColumnCredits),
        points: bars.iter().map(point).collect(),
        ticks: if fmt.masked { vec![] } else { (0..=count.max(1)).map(tick).collect() },
        days: labels(&bars).map(|(index, bar)| ChartDay { index, label: short(bar.from) }).collect(),
        show_table: fmt.message(Message::UsageShowTable),
        show_chart: fmt.message(Message::UsageShowChart),
    })
}

/// Some bars, evenly spread, the last one among them.
fn labels(bars: &[Bar]) -> impl Iterator<Item = (usize, &Bar)> {
    let stride = bars.len().div_ceil(MAX_LABELS).max(1);
    let last = bars.len().saturating_sub(1);
    bars.iter().enumerate().filter(move |(index, _)| (last - index).is_multiple_of(stride))
}

fn days_of(fmt: &Formatter<'_>, bar: &Bar) -> String {
    let name = |day: Day| fmt.civil_day(day, DateStyle::Day);
    if bar.from == bar.to {
        name(bar.from)
    } else {
        fmt.message(Message::Span { low: &name(bar.from), high: &name(bar.to) })
    }
}

/// "Mon 24 Nov: 2.5 credits, 3 requests".
fn text(fmt: &Formatter<'_>, bar: &Bar) -> String {
    let credits = fmt.message(Message::Credits { count: &fmt.amount_count(bar.credits) });
    let requests =
        fmt.message(Message::Requests { count: &fmt.own_number(i64::try_from(bar.requests).unwrap_or(i64::MAX)) });
    fmt.message(Message::Named { name: &days_of(fmt, bar), value: &fmt.join_phrases([credits, requests]) })
}

fn description(fmt: &Formatter<'_>, days: &[DayUse], peak: &Bar) -> String {
    let total = fmt.amount_count(days.iter().map(|day| day.credits).sum());
    let sum = fmt.message(Message::Credits { count: &total });
    let peak = fmt.message(Message::ChartPeak { day: &days_of(fmt, peak), amount: &fmt.amount(peak.credits) });
    fmt.join_sentences([fmt.message(Message::Stated { text: &sum }), peak])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        for (highest, expected) in [
            (1, 1),
            (4, 1),
            (5, 2),
            (9, 5),
            (21, 10),
            (1_000_000, 500_000),
            (3_500_000, 1_000_000),
            (10_000_000, 5_000_000),
            (2_000_000_000_000_000_000, 500_000_000_000_000_000),
        ] {
            assert_eq!(step(Credits::from_micro(highest)).micro(), expected, "{highest}");
        }
        assert_eq!(step(Credits::ZERO).micro(), 1);
    }

    #[test]
    fn long_ranges_share_bars() {
        let first = Day::parse("2026-01-01").unwrap();
        let day = |ahead: u64| DayUse { day: first.plus_days(ahead), credits: Credits::from_whole(1), requests: 1 };
        let days: Vec<DayUse> = (0..365).map(day).collect();
        let bars = bars(&days);
        assert!(bars.len() <= MAX_BARS);
        assert_eq!(bars.iter().map(|bar| bar.requests).sum::<u64>(), 365);
        assert!(labels(&bars).count() <= MAX_LABELS);
        assert_eq!(labels(&bars).last().map(|(index, _)| index), Some(bars.len() - 1));
    }
}
