//! Amounts of credit, exactly.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Micro-credits in one credit.
pub const MICRO_PER_CREDIT: i64 = 1_000_000;

/// An amount of credits: a whole number of millionths of a credit, so that sums are exact.
///
/// Range: about ±9.2 million million credits. Beyond it the `checked_*`
/// methods return `None`, and `plus` and `minus` stay at the edge, which are for sums of amounts that a reading
/// has already bounded ([`Credits::LIMIT`]).
///
/// ```
/// use costrict_credit::domain::credits::Credits;
///
/// let price = Credits::parse_decimal("0.1")?;
/// assert_eq!(price.times(3), Credits::from_micro(300_000), "sums are exact");
/// assert_eq!(price.minus(Credits::from_whole(1)).to_string(), "-0.9");
/// # Ok::<(), costrict_credit::domain::credits::CreditsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

/// Why a text or a number is not an amount of credits.
///
/// ```
/// use costrict_credit::domain::credits::{Credits, CreditsError};
///
/// assert_eq!(Credits::parse_decimal("many"), Err(CreditsError::NotANumber));
/// assert_eq!(Credits::parse_decimal("1e15"), Err(CreditsError::OutOfRange));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditsError {
    /// Not a decimal number.
    NotANumber,
    /// Beyond [`Credits::LIMIT`] on either side.
    OutOfRange,
}

impl fmt::Display for CreditsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreditsError::NotANumber => "not a decimal number",
            CreditsError::OutOfRange => "beyond 2 million million credits",
        })
    }
}

impl std::error::Error for CreditsError {}

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);
    /// The largest amount that is read from outside: two million million credits. Four such amounts still
    /// add up without overflow.
    pub const LIMIT: Credits = Credits(2_000_000_000_000 * MICRO_PER_CREDIT);

    /// An amount of millionths of a credit.
    pub const fn from_micro(micro: i64) -> Credits {
        Credits(micro)
    }

    /// An amount of whole credits.
    pub const fn from_whole(credits: i32) -> Credits {
        Credits(credits as i64 * MICRO_PER_CREDIT)
    }

    /// The amount in millionths of a credit.
    pub const fn micro(self) -> i64 {
        self.0
    }

    /// Whether it is 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below 0.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is above 0.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The amount without its sign.
    pub const fn abs(self) -> Credits {
        Credits(self.0.saturating_abs())
    }

    /// The sum; `None` out of range.
    pub fn checked_add(self, other: Credits) -> Option<Credits> {
        self.0.checked_add(other.0).map(Credits)
    }

    /// The difference; `None` out of range.
    pub fn checked_sub(self, other: Credits) -> Option<Credits> {
        self.0.checked_sub(other.0).map(Credits)
    }

    /// Sum, held at the edge of the range.
    #[must_use]
    pub const fn plus(self, other: Credits) -> Credits {
        Credits(self.0.saturating_add(other.0))
    }

    /// Difference, held at the edge of the range.
    #[must_use]
    pub const fn minus(self, other: Credits) -> Credits {
        Credits(self.0.saturating_sub(other.0))
    }

    /// `self` times a whole number, held at the edge of the range.
    #[must_use]
    pub const fn times(self, count: i64) -> Credits {
        Credits(self.0.saturating_mul(count))
    }

    /// `self` if positive, else zero.
    #[must_use]
    pub fn or_zero(self) -> Credits {
        self.max(Credits::ZERO)
    }

    /// How many whole times `price` fits into `self`; `None` for a price of zero or less.
    pub fn whole_times(self, price: Credits) -> Option<i64> {
        if price.0 <= 0 { None } else { self.0.max(0).checked_div(price.0) }
    }

    /// Reads the decimal text of a JSON number: sign, digits, fraction, exponent. Parts finer than a millionth
    /// are rounded, half away from zero (docs/contract/ledger.md 2.8: the server's floats carry dirt beyond the sixth
    /// digit).
    pub fn parse_decimal(text: &str) -> Result<Credits, CreditsError> {
        parse_scaled(text.trim(), 6, Credits::LIMIT.0).map(Credits)
    }

    /// The nearest amount to a double that came from JavaScript: goes over the shortest decimal text, so that
    /// `0.1` means a tenth.
    pub fn from_f64(number: f64) -> Result<Credits, CreditsError> {
        if !number.is_finite() {
            return Err(CreditsError::NotANumber);
        }
        let text = number.to_string();
        Credits::parse_decimal(&text)
    }

    /// The double nearest to this amount, in credits.
    ///
    /// Up to 2^33 credits every amount has a double of its own, and [`Credits::from_f64`] gives the amount back.
    pub fn to_f64(self) -> f64 {
        let micro = self.0.unsigned_abs();
        // Both are exact as doubles, and IEEE division rounds correctly.
        let size =
            if micro <= MAX_EXACT_INTEGER { micro as f64 / MICRO_PER_CREDIT as f64 } else { rounded_once(micro) };
        if self.is_negative() { -size } else { size }
    }
}

/// Up to here every whole number is a double.
const MAX_EXACT_INTEGER: u64 = 1 << 53;

/// `micro` millionths as the nearest double, for numbers that no double holds: rounding them before the division would
/// round twice.
fn rounded_once(micro: u64) -> f64 {
    // 10^6 = 15625 * 2^6, and dividing a double by a power of two is exact.
    const ODD_PART: u64 = 15_625;
    const TWOS: u32 = 6;
    let (whole, rest) = (micro / ODD_PART, micro % ODD_PART);
    // The quotient in 64 significant bits. Whatever is left below them only has to keep it off the middle between two
    // doubles, which the last bit does.
    let shift = whole.leading_zeros();
    let below = rest << shift;
    let has_rest = below % ODD_PART != 0;
    let quotient = (whole << shift) | (below / ODD_PART);
    (quotient | u64::from(has_rest)) as f64 / (1_u64 << (shift + TWOS)) as f64
}

/// The decimal text of a JSON number times 10^`decimals`, rounded half away from zero; `limit` bounds it on both sides.
pub(crate) fn parse_scaled(text: &str, decimals: i64, limit: i64) -> Result<i64, CreditsError> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() && fraction.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return Err(CreditsError::NotANumber);
    }
    // The value is digits * 10^(exponent - fraction digits); the digit at `point` is the first below the unit.
    let point = whole.len() as i64 + exponent + decimals;
    let mut scaled: i64 = 0;
    for (place, byte) in (0_i64..).zip(digits()) {
        let digit = i64::from(byte - b'0');
        if place < point {
            scaled = scaled
                .checked_mul(10)
                .and_then(|shifted| shifted.checked_add(digit))
                .ok_or(CreditsError::OutOfRange)?;
        } else {
            if place == point && digit >= 5 {
                scaled = scaled.checked_add(1).ok_or(CreditsError::OutOfRange)?;
            }
            break;
        }
    }
    let missing = point - (whole.len() + fraction.len()) as i64;
    if scaled != 0 && missing > 0 {
        let scale = u32::try_from(missing).ok().and_then(|zeros| 10_i64.checked_pow(zeros));
        scaled = scale.and_then(|scale| scaled.checked_mul(scale)).ok_or(CreditsError::OutOfRange)?;
    }
    if scaled > limit {
        return Err(CreditsError::OutOfRange);
    }
    Ok(if negative { -scaled } else { scaled })
}

fn parse_exponent(text: &str) -> Result<i64, CreditsError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CreditsError::NotANumber);
    }
    // An exponent that does not fit is treated as a very large one: the sign decides between 0 and out of range.
    let size = digits.parse::<i64>().unwrap_or(i64::from(i32::MAX)).min(i64::from(i32::MAX));
    Ok(if text.starts_with('-') { -size } else { size })
}

/// Canonical decimal text: no exponent, no trailing zeros, `-` before negatives, `0` for zero.
impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micro = self.0.unsigned_abs();
        let (whole, fraction) = (micro / MICRO_PER_CREDIT as u64, micro % MICRO_PER_CREDIT as u64);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:06}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl FromStr for Credits {
    type Err = CreditsError;

    fn from_str(text: &str) -> Result<Credits, CreditsError> {
        Credits::parse_decimal(text)
    }
}

impl std::iter::Sum for Credits {
    fn sum<I: Iterator<Item = Credits>>(amounts: I) -> Credits {
        amounts.fold(Credits::ZERO, Credits::plus)
    }
}

/// Crosses the boundary as a number of credits.
impl Serialize for Credits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

/// A share of an amount in parts of a million: discounts, thresholds.
///
/// ```
/// use costrict_credit::domain::credits::{Credits, Share};
///
/// let half = Share::from_ppm(500_000);
/// assert_eq!(Share::take_all_off(Credits::from_whole(3), [half]), Credits::from_micro(1_500_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// Nothing: 0 %.
    pub const NONE: Share = Share(0);
    /// All: 100 %.
    pub const WHOLE: Share = Share(1_000_000);

    /// Parts of a million; more than the whole is the whole.
    pub const fn from_ppm(ppm: u32) -> Share {
        if ppm > 1_000_000 { Share::WHOLE } else { Share(ppm) }
    }

    /// A share between 0 and 1 as text or double gives it; `None` outside.
    pub fn from_credits_text(text: &str) -> Option<Share> {
        let micro = Credits::parse_decimal(text).ok()?.micro();
        u32::try_from(micro).ok().filter(|ppm| *ppm <= 1_000_000).map(Share)
    }

    /// A share between 0 and 1 as a double gives it; `None` outside.
    pub fn from_f64(number: f64) -> Option<Share> {
        let micro = Credits::from_f64(number).ok()?.micro();
        u32::try_from(micro).ok().filter(|ppm| *ppm <= 1_000_000).map(Share)
    }

    /// The share in parts of a million.
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// Whether it is 0.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The share as a number between 0 and 1.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// What is left of `amount` after all `shares` are taken off one after the other, rounded once, half away from zero.
    pub fn take_all_off(amount: Credits, shares: impl IntoIterator<Item = Share>) -> Credits {
        const MILLION: i128 = 1_000_000;
        let mut numerator = i128::from(amount.micro());
        let mut denominator: i128 = 1;
        for share in shares {
            let rest = MILLION - i128::from(share.0);
            // Three shares fit exactly; more are rounded to a millionth of a micro-credit on the way.
            if denominator > MILLION * MILLION {
                numerator = div_round(numerator, MILLION);
                denominator /= MILLION;
            }
            numerator = numerator.saturating_mul(rest);
            denominator *= MILLION;
        }
        Credits(i64::try_from(div_round(numerator, denominator)).unwrap_or(i64::MAX))
    }
}

/// Crosses the boundary as a number between 0 and 1.
impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

/// Quotient rounded half away from zero; `divisor` must be positive.
pub(crate) fn div_round(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    if dividend >= 0 { dividend.saturating_add(half) / divisor } else { dividend.saturating_sub(half) / divisor }
}

#[cfg(test)]
mod tests;
