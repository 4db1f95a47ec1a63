//! How a period's use compares with that of the period before.

use super::english::Message;
use super::formatter::Formatter;
use crate::domain::usage::{UsageBefore, UsageReport};
use crate::ports::{DateStyle, Zone};

/// "18 more than the 7 days before."; `None` where it was not asked for. It would reveal amounts, so it is hidden with them.
pub(super) fn sentence(fmt: &Formatter<'_>, report: &UsageReport, zone: &Zone) -> Option<String> {
    let before = report.before.filter(|_| !fmt.masked)?;
    let Some(credits) = before.credits.filter(|_| report.complete) else {
        return Some(fmt.message(Message::CompareUnknown));
    };
    let period = period(fmt, report, &before, zone);
    let change = report.total.minus(credits);
    if change.is_zero() {
        return Some(fmt.message(Message::CompareSame { period: &period }));
    }
    Some(if change.is_positive() {
        fmt.message(Message::CompareMore { amount: &fmt.amount(change), period: &period })
    } else {
        fmt.message(Message::CompareLess { amount: &fmt.amount(credits.minus(report.total)), period: &period })
    })
}

/// "the 7 days before", or the dates where it does not lead up to the report's first day or is of another length.
fn period(fmt: &Formatter<'_>, report: &UsageReport, before: &UsageBefore, zone: &Zone) -> String {
    let length = before.to.days_since(before.from) + 1;
    let ends = report.by_day.first().zip(report.by_day.last()).map(|(first, last)| (first.day, last.day));
    let leads_up =
        ends.is_some_and(|(first, last)| first.days_since(before.to) == 1 && last.days_since(first) + 1 == length);
    let name = if leads_up {
        fmt.message(Message::CompareDays { count: &fmt.number(length) })
    } else {
        let day = |day| fmt.civil_day(day, DateStyle::ShortDay);
        if before.from == before.to { day(before.from) } else { format!("{} – {}", day(before.from), day(before.to)) }
    };
    let Some(until) = before.until else { return name };
    let time = fmt.text.date(&fmt.format_tag, zone, until, DateStyle::Time);
    fmt.message(Message::CompareUntil { period: &name, time: &time })
}
