//! Formatting of amounts, counts and times for one reader. All values on the screen are formatted here.
//!
//! Rounding happens once, here, on integers: at most two decimals, half away from zero, and an amount that is not zero
//! is never displayed as zero (docs/contract/client-rules.md, rule 2). Masking happens here too: a masked amount is never
//! formatted.

use super::english::Message;
use super::locale::Locale;
use super::message::Catalogues;
use super::message_table::Count;
use crate::domain::credits::{Credits, MICRO_PER_CREDIT, div_round};
use crate::domain::time::{Day, Millis, ServerOffset, Timestamp};
use crate::domain::untrusted;
use crate::ports::{DateStyle, Plural, Text, TimeUnit, Zone};

/// Micro-credits in a hundredth of a credit.
const MICRO_PER_HUNDREDTH: i128 = 10_000;
/// Displayed in place of a masked amount.
const HIDDEN: &str = "•••";

/// Formats for one reader: language, zone, masking.
pub(crate) struct Formatter<'a> {
    pub text: &'a dyn Text,
    pub catalogues: &'a Catalogues,
    pub locale: Locale,
    /// Locale of numbers and dates.
    pub format_tag: String,
    pub zone: Zone,
    pub server: ServerOffset,
    pub masked: bool,
    /// Server time.
    pub now: Timestamp,
}

/// A point in time, relative ("in 2 days") and exact.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhenView {
    pub words: String,
    pub exact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_day: Option<String>,
}

impl Formatter<'_> {
    pub fn message(&self, message: Message<'_>) -> String {
        self.catalogues.render(self.locale, message)
    }

    fn tag(&self) -> &str {
        &self.format_tag
    }

    /// Text from outside, made safe to display.
    pub fn untrusted(&self, text: &str) -> String {
        untrusted::display(text)
    }

    /// The plural form follows the language of the texts, not the region.
    fn plural(&self, scaled: i64, decimals: u8) -> Plural {
        self.text.plural(self.locale.tag(), scaled, decimals)
    }

    /* ---- numbers ---- */

    fn hidden(&self) -> Count {
        Count { text: HIDDEN.to_owned(), plural: Plural::Other }
    }

    /// An amount of the account: hidden while masked.
    pub fn amount(&self, credits: Credits) -> String {
        self.amount_count(credits).text
    }

    /// The same, for texts with plural forms.
    pub fn amount_count(&self, credits: Credits) -> Count {
        if self.masked { self.hidden() } else { self.rounded(credits, false) }
    }

    /// An amount with its sign, for changes.
    pub fn signed(&self, credits: Credits) -> String {
        if self.masked { HIDDEN.to_owned() } else { self.rounded(credits, true).text }
    }

    /// A price: public, so it is displayed even while masked.
    pub fn price(&self, credits: Credits) -> Count {
        self.rounded(credits, false)
    }

    fn rounded(&self, credits: Credits, signed: bool) -> Count {
        let hundredths = div_round(i128::from(credits.micro()), MICRO_PER_HUNDREDTH);
        let hundredths = i64::try_from(hundredths).unwrap_or(i64::MAX);
        if hundredths == 0 && !credits.is_zero() {
            let sign = if credits.is_negative() { ">" } else { "<" };
            let nearest = self.text.decimal(self.tag(), if credits.is_negative() { -1 } else { 1 }, 2, signed);
            return Count { text: format!("{sign}{nearest}"), plural: self.plural(1, 2) };
        }
        Count { text: self.text.decimal(self.tag(), hundredths, 2, signed), plural: self.plural(hundredths, 2) }
    }

    /// A whole number that reveals no amount: days, pages, tokens.
    pub fn number(&self, number: i64) -> Count {
        Count { text: self.text.decimal(self.tag(), number, 0, false), plural: self.plural(number, 0) }
    }

    /// A whole number that would reveal an amount: hidden while masked.
    pub fn own_number(&self, number: i64) -> Count {
        if self.masked { self.hidden() } else { self.number(number) }
    }

    /// A share between 0 and 1 in whole percents. What is not nothing is not 0 %, and what is not all is not 100 %.
    pub fn percent(&self, share: f64) -> String {
        let percent = (share * 100.0).round() as i64;
        if percent == 0 && share > 0.0 {
            return self.message(Message::PercentUnder { percent: &self.text.percent(self.tag(), 1) });
        }
        self.text.percent(self.tag(), if percent >= 100 && share < 1.0 { 99 } else { percent })
    }

    /// An estimated amount of the account, rounded to what is known of it: three digits, and at most one decimal.
    pub fn about(&self, credits: Credits) -> String {
        let unit = three_digit_unit(credits.micro()).max(MICRO_PER_CREDIT / 10);
        let rounded = div_round(i128::from(credits.micro()), i128::from(unit)).saturating_mul(i128::from(unit));
        let rounded = Credits::from_micro(i64::try_from(rounded).unwrap_or(credits.micro()));
        self.amount(if rounded.is_zero() { credits } else { rounded })
    }

    /// An estimated whole number that would reveal an amount, rounded to three digits.
    pub fn own_about(&self, number: i64) -> Count {
        self.own_number(about(number))
    }

    /// A share for drawing: four decimals. `None` while masked.
    pub fn share(&self, share: f64) -> Option<f64> {
        (!self.masked).then(|| round_share(share))
    }

    /* ---- times ---- */

    /// Days from now to `at`, by the reader's calendar.
    fn days_ahead(&self, at: Timestamp) -> i64 {
        let day = |instant: Timestamp| self.text.offset(&self.zone, instant).day(instant);
        day(at).zip(day(self.now)).map_or(0, |(then, today)| then.days_since(today))
    }

    /// "in 2 days", "5 hours ago": hours and minutes within a day, then days by the reader's calendar, months, and from
    /// two years on years.
    pub fn relative(&self, at: Timestamp) -> String {
        let span = at.since(self.now);
        let days = self.days_ahead(at);
        let (amount, unit) = if days.abs() >= 2 * 365 {
            // 146 097 days are 400 years.
            (days.saturating_mul(400) / 146_097, TimeUnit::Year)
        } else if days.abs() > 90 {
            (days / 30, TimeUnit::Month)
        } else if days != 0 && span.0.saturating_abs() >= Millis::hours(12).0 {
            (days, TimeUnit::Day)
        } else {
            within_a_day(span)
        };
        self.text.relative(self.locale.tag(), amount, unit)
    }

    /// A percentage that is rounded already.
    pub fn whole_percent(&self, percent: i64) -> String {
        self.text.percent(self.tag(), percent)
    }

    /// How long ago, for the age of a reading.
    pub fn age(&self, at: Timestamp) -> String {
        if self.is_just_now(at) {
            return self.message(Message::AgeNow);
        }
        let span = at.since(self.now).0.min(0);
        let (amount, unit) = if span.saturating_abs() >= Millis::hours(48).0 {
            (span / Millis::days(1).0, TimeUnit::Day)
        } else {
            within_a_day(Millis(span))
        };
        self.text.relative(self.locale.tag(), amount, unit)
    }

    /// Whether an age is too short to be worth a number.
    fn is_just_now(&self, at: Timestamp) -> bool {
        self.now.since(at) < Millis::minutes(1)
    }

    /// "Updated 5 minutes ago": the age of a reading as a label.
    pub fn updated_label(&self, at: Timestamp) -> String {
        if self.is_just_now(at) {
            return self.message(Message::FreshNow);
        }
        self.message(Message::FreshUpdated { age: &self.age(at) })
    }

    /// "Updated 5 minutes ago.": the age of a reading as a sentence.
    pub fn updated_sentence(&self, at: Timestamp) -> String {
        if self.is_just_now(at) {
            return self.message(Message::SummaryNow);
        }
        self.message(Message::SummaryUpdated { age: &self.age(at) })
    }

    fn year(&self, at: Timestamp) -> Option<i32> {
        use chrono::Datelike;
        self.text.offset(&self.zone, at).civil(at).map(|civil| civil.year())
    }

    /// Day, and the year where it is not this one.
    pub fn day(&self, at: Timestamp) -> String {
        let style = if self.year(at) == self.year(self.now) { DateStyle::Day } else { DateStyle::DayWithYear };
        self.text.date(self.tag(), &self.zone, at, style)
    }

    /// Without its weekday, where there is little room.
    pub fn short_day(&self, at: Timestamp) -> String {
        let style =
            if self.year(at) == self.year(self.now) { DateStyle::ShortDay } else { DateStyle::ShortDayWithYear };
        self.text.date(self.tag(), &self.zone, at, style)
    }

    pub fn long_day(&self, at: Timestamp) -> String {
        let style = if self.year(at) == self.year(self.now) { DateStyle::LongDay } else { DateStyle::DayWithYear };
        self.text.date(self.tag(), &self.zone, at, style)
    }

    /// Day and time, and the year where it is not this one.
    pub fn exact(&self, at: Timestamp) -> String {
        let style = if self.year(at) == self.year(self.now) { DateStyle::DayTime } else { DateStyle::DayTimeWithYear };
        self.text.date(self.tag(), &self.zone, at, style)
    }

    /// The same without its weekday, on the clocks of `zone`: for lists, where there is little room.
    pub fn short_exact_in(&self, zone: &Zone, at: Timestamp) -> String {
        use chrono::Datelike;
        let year = |at: Timestamp| self.text.offset(zone, at).civil(at).map(|civil| civil.year());
        let is_of_this_year = year(at) == year(self.now);
        let style = if is_of_this_year { DateStyle::ShortDayTime } else { DateStyle::ShortDayTimeWithYear };
        self.text.date(self.tag(), zone, at, style)
    }

    /// The same on the reader's clocks.
    pub fn short_exact(&self, at: Timestamp) -> String {
        self.short_exact_in(&self.zone, at)
    }

    /// The time alone if it is within 24 hours, else day and time.
    pub fn time_or_date(&self, at: Timestamp) -> String {
        if at.since(self.now).0.saturating_abs() < Millis::days(1).0 {
            self.text.date(self.tag(), &self.zone, at, DateStyle::Time)
        } else {
            self.exact(at)
        }
    }

    pub fn when(&self, at: Timestamp) -> WhenView {
        WhenView { words: self.relative(at), exact: self.exact(at), server_day: self.server_day(at) }
    }

    /// The day in the server's zone, if it differs from the reader's.
    pub fn server_day(&self, at: Timestamp) -> Option<String> {
        let there = self.server.day(at);
        if there.is_none() || there == self.text.offset(&self.zone, at).day(at) {
            return None;
        }
        let day = self.text.date(self.tag(), &Zone::Fixed(self.server), at, DateStyle::Day);
        Some(self.message(Message::LadderServerDay { day: &day }))
    }

    /// The server's zone, if its offset differs from the reader's: "UTC+08:00".
    pub fn differing_server_zone(&self) -> Option<String> {
        (self.text.offset(&self.zone, self.now) != self.server).then(|| self.server_zone())
    }

    pub fn server_zone(&self) -> String {
        format!("UTC{}", self.server)
    }

    /// A calendar day, independent of zones.
    pub fn civil_day(&self, day: Day, style: DateStyle) -> String {
        let noon = ServerOffset::UTC.first_second(day).map(|midnight| midnight.plus(Millis::hours(12)));
        noon.map_or_else(
            || day.to_string(),
            |noon| self.text.date(self.tag(), &Zone::Fixed(ServerOffset::UTC), noon, style),
        )
    }

    /* ---- joining ---- */

    /// Joins whole sentences.
    pub fn join_sentences(&self, sentences: impl IntoIterator<Item = String>) -> String {
        self.join(sentences, |first, second| Message::Sentences { first, second })
    }

    /// Joins phrases into one sentence.
    pub fn join_phrases(&self, parts: impl IntoIterator<Item = String>) -> String {
        self.join(parts, |first, second| Message::Phrases { first, second })
    }

    fn join(
        &self,
        parts: impl IntoIterator<Item = String>,
        template: impl for<'t> Fn(&'t str, &'t str) -> Message<'t>,
    ) -> String {
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.reduce(|first, second| self.message(template(&first, &second))).unwrap_or_default()
    }
}

/// Hours, minutes or seconds, rounded towards zero. Seconds come in steps of ten: a text that changes each second is
/// noise.
fn within_a_day(span: Millis) -> (i64, TimeUnit) {
    let (hours, minutes) = (span.0 / Millis::hours(1).0, span.0 / Millis::minutes(1).0);
    if hours != 0 {
        (hours, TimeUnit::Hour)
    } else if minutes != 0 {
        (minutes, TimeUnit::Minute)
    } else {
        // A time ahead is never "now": it has not come yet.
        let tens = if span.0 > 0 { (span.0 - 1) / 10_000 + 1 } else { span.0 / 10_000 };
        (tens * 10, TimeUnit::Second)
    }
}

/// The place of the third digit of a number.
fn three_digit_unit(number: i64) -> i64 {
    let digits = number.unsigned_abs().checked_ilog10().unwrap_or(0);
    10_i64.pow(digits.saturating_sub(2))
}

/// A whole number rounded to three digits.
pub(crate) fn about(number: i64) -> i64 {
    let unit = three_digit_unit(number);
    let rounded = div_round(i128::from(number), i128::from(unit)).saturating_mul(i128::from(unit));
    i64::try_from(rounded).unwrap_or(number)
}

pub(crate) fn round_share(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 1e4).round() / 1e4
}
