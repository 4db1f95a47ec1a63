//! Bar chart over days or hours as data: heights, series, axis labels, descriptions.

use serde::Serialize;

use super::components::{ActionId, is_false};
use super::english::Message;
use super::formatter::{Formatter, round_share};
use super::slots::{Bar, bar_name, bar_value, slot_name, use_phrases};
use crate::domain::credits::Credits;
use crate::domain::time::{Day, Timestamp};
use crate::domain::usage::UsageReport;
use crate::ports::{DateStyle, Zone};

/// Labels under the bars that fit a narrow panel in every language.
const MAX_LABELS: usize = 5;
/// Every so many hours has a label.
const HOUR_LABEL_STRIDE: usize = 6;
/// Horizontal lines above the zero line.
const MAX_TICKS: i64 = 4;
/// The height of the lowest bar that is not nothing: what was used is never invisible.
const MIN_HEIGHT: f64 = 0.015;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    pub title: String,
    pub description: String,
    pub unit: String,
    pub points: Vec<ChartPoint>,
    pub ticks: Vec<ChartTick>,
    pub days: Vec<ChartDay>,
    pub series: Vec<ChartSeries>,
    pub select: ActionId,
    pub show_table: String,
    pub show_chart: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartPoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    pub parts: Vec<ChartPart>,
    pub text: String,
    pub value: String,
    #[serde(skip_serializing_if = "is_false")]
    pub selected: bool,
    pub weekend: bool,
    pub today: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartPart {
    pub series: usize,
    pub from: f64,
    pub to: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartSeries {
    pub label: String,
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

/// What a chart shows beside the sums.
pub(crate) struct ChartInput<'a> {
    pub report: &'a UsageReport,
    pub bars: &'a [Bar],
    pub today: Option<Day>,
    /// The zone of the report's days.
    pub zone: &'a Zone,
    /// The start of the bar whose requests are listed.
    pub selected: Option<Timestamp>,
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

/// `None` where there is no bar to draw.
pub(crate) fn of_report(fmt: &Formatter<'_>, input: &ChartInput<'_>) -> Option<Chart> {
    let (report, bars) = (input.report, input.bars);
    let (first, last) = bars.first().zip(bars.last())?;
    let peak = bars.iter().map(|bar| bar.credits).max()?;
    let step = step(peak);
    let count = peak.micro().div_euclid(step.micro()) + i64::from(peak.micro().rem_euclid(step.micro()) > 0);
    let top = step.times(count.max(1));
    let short = |day: Day| fmt.civil_day(day, DateStyle::ShortDay);
    let title = if report.is_hourly() {
        fmt.message(Message::ChartTitleHours { day: &fmt.civil_day(first.from, DateStyle::Day) })
    } else {
        fmt.message(Message::ChartTitle { from: &short(first.from), to: &short(last.to) })
    };
    let tick = |nth: i64| {
        let at = step.times(nth);
        ChartTick { at: height(at, top), label: fmt.amount(at) }
    };
    let label = |(index, bar): (usize, &Bar)| ChartDay {
        index,
        label: match report.is_hourly() {
            true => fmt.text.date(&fmt.format_tag, input.zone, bar.start, DateStyle::Time),
            false => short(bar.from),
        },
    };
    Some(Chart {
        description: description(fmt, report, input.zone),
        title,
        unit: fmt.message(Message::ColumnCredits),
        points: bars.iter().map(|bar| point(fmt, input, bar, top)).collect(),
        ticks: if fmt.masked { vec![] } else { (0..=count.max(1)).map(tick).collect() },
        days: labels(bars, report.is_hourly()).map(label).collect(),
        series: if fmt.masked { vec![] } else { series(fmt, report) },
        select: ActionId::UsageSelect,
        show_table: fmt.message(Message::UsageShowTable),
        show_chart: fmt.message(Message::UsageShowChart),
    })
}

fn height(credits: Credits, top: Credits) -> f64 {
    round_share(credits.or_zero().to_f64() / top.to_f64())
}

fn point(fmt: &Formatter<'_>, input: &ChartInput<'_>, bar: &Bar, top: Credits) -> ChartPoint {
    let is_hourly = input.report.is_hourly();
    let share = height(bar.credits, top);
    let share = if bar.credits.is_positive() { share.max(MIN_HEIGHT) } else { share };
    ChartPoint {
        share: if bar.credits.is_zero() { Some(0.0) } else { fmt.share(share) },
        parts: if fmt.masked { vec![] } else { parts(bar, share) },
        text: text(fmt, input, bar),
        value: bar_value(bar),
        selected: input.selected == Some(bar.start),
        weekend: !is_hourly && bar.from == bar.to && bar.from.weekday() >= 6,
        today: match is_hourly {
            true => (bar.start..bar.end).contains(&fmt.now),
            false => input.today.is_some_and(|today| (bar.from..=bar.to).contains(&today)),
        },
    }
}

/// The bar divided among its series, from the bottom up; each begins where the one below ends.
fn parts(bar: &Bar, share: f64) -> Vec<ChartPart> {
    let whole = bar.credits.or_zero().to_f64();
    let mut below = Credits::ZERO;
    let mut parts = Vec::new();
    for (series, credits) in bar.by_series.iter().enumerate().filter(|(_, credits)| credits.is_positive()) {
        let edge = |credits: Credits| round_share((credits.to_f64() / whole).min(1.0) * share);
        let above = below.plus(*credits);
        parts.push(ChartPart { series, from: edge(below), to: edge(above) });
        below = above;
    }
    parts
}

/// The legend; a single model needs none.
fn series(fmt: &Formatter<'_>, report: &UsageReport) -> Vec<ChartSeries> {
    if report.series() < 2 {
        return vec![];
    }
    (0..report.series()).map(|place| ChartSeries { label: series_name(fmt, report, place) }).collect()
}

fn series_name(fmt: &Formatter<'_>, report: &UsageReport, place: usize) -> String {
    let own = report.by_model.get(place).filter(|_| place < report.own_series());
    own.map_or_else(|| fmt.message(Message::UsageOtherModels), |model| fmt.untrusted(&model.model))
}

/// Some bars, evenly spread, the last day among them.
fn labels(bars: &[Bar], is_hourly: bool) -> impl Iterator<Item = (usize, &Bar)> {
    let stride = if is_hourly { HOUR_LABEL_STRIDE } else { bars.len().div_ceil(MAX_LABELS).max(1) };
    let last = bars.len().saturating_sub(1);
    let is_labelled = move |index: usize| if is_hourly { index } else { last - index }.is_multiple_of(stride);
    bars.iter().enumerate().filter(move |(index, _)| is_labelled(*index))
}

/// "Mon 24 Nov: 2.5 credits, 3 requests. GLM-4.6: 0.5, Kimi: 2".
fn text(fmt: &Formatter<'_>, input: &ChartInput<'_>, bar: &Bar) -> String {
    let report = input.report;
    let name = bar_name(fmt, report, bar, input.zone);
    let value = use_phrases(fmt, report, bar.start, bar.credits, bar.requests);
    let text = fmt.message(Message::Named { name: &name, value: &value });
    if fmt.masked || report.series() < 2 || !bar.credits.is_positive() {
        return text;
    }
    let part = |(place, credits): (usize, &Credits)| {
        let name = series_name(fmt, report, place);
        fmt.message(Message::Named { name: &name, value: &fmt.amount(*credits) })
    };
    let used = bar.by_series.iter().enumerate().filter(|(_, credits)| credits.is_positive());
    fmt.join_sentences([fmt.message(Message::Stated { text: &text }), fmt.join_phrases(used.map(part))])
}

fn description(fmt: &Formatter<'_>, report: &UsageReport, zone: &Zone) -> String {
    let sum = fmt.message(Message::Credits { count: &fmt.amount_count(report.total) });
    let sum = if report.complete { sum } else { fmt.message(Message::UsageAtLeast { amount: &sum }) };
    let sum = fmt.message(Message::Stated { text: &sum });
    fmt.join_sentences([sum, peak(fmt, report, zone).unwrap_or_default()])
}

/// "Most on Mon, 24 Nov: 10.", or the hour of a single day.
pub(crate) fn peak(fmt: &Formatter<'_>, report: &UsageReport, zone: &Zone) -> Option<String> {
    let peak = report.peak()?;
    let (name, amount) = (slot_name(fmt, report, peak, zone), fmt.amount(peak.credits));
    Some(fmt.message(match report.is_hourly() {
        true => Message::ChartPeakHour { hour: &name, amount: &amount },
        false => Message::ChartPeak { day: &name, amount: &amount },
    }))
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
}
