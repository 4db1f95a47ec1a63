//! Amounts as the public servers hold them: IEEE doubles, summed in the order sent (docs/contract/public-servers.md).
//!
//! Used only to predict what such a server computes. Credits themselves stay whole numbers of millionths.

use crate::domain::credits::Credits;
use crate::json::Value;

/// 10 to this power is the largest that a double holds exactly.
const MAX_EXACT_POWER: usize = 22;
/// Up to this, whole numbers are exact in a double.
const MAX_EXACT_INTEGER: u128 = 1 << 53;
/// More significant digits than any shortest text of a double has.
const MAX_DIGITS: usize = 20;

/// The double nearest to the decimal text of an amount; `None` for text that is no amount of 0 or more.
///
/// Exact for what doubles of 10^-5 and above are written as; below that off by at most one in the last place. The standard library's
/// parser would do it too, and costs several KB of wasm.
pub fn nearest_double(text: &str) -> Option<f64> {
    Credits::parse_decimal(text).ok().filter(|amount| !amount.is_negative())?;
    let (mantissa, exponent) = text.trim().split_once(['e', 'E']).unwrap_or((text.trim(), "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut power = exponent.trim_start_matches('+').parse::<i64>().ok()?.saturating_sub(fraction.len() as i64);
    let mut number: u128 = 0;
    let mut digits = 0;
    for byte in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
        if digits == MAX_DIGITS {
            power = power.saturating_add(1);
            continue;
        }
        number = number * 10 + u128::from(byte - b'0');
        digits += usize::from(number > 0);
    }
    if number == 0 {
        return Some(0.0);
    }
    match usize::try_from(power) {
        Ok(zeros) => Some((number * power_of_ten(zeros)) as f64),
        Err(_) => Some(divide(number, usize::try_from(power.unsigned_abs()).ok()?)),
    }
}

/// Amounts are below 10^13, so no larger power is needed with them.
fn power_of_ten(zeros: usize) -> u128 {
    (0..zeros.min(MAX_EXACT_POWER)).fold(1, |power, _| power * 10)
}

/// `number / 10^zeros`, rounded once.
fn divide(number: u128, zeros: usize) -> f64 {
    let divisor = power_of_ten(zeros);
    if number <= MAX_EXACT_INTEGER || zeros >= MAX_EXACT_POWER {
        let rest = (MAX_EXACT_POWER..zeros.min(400)).fold(1.0, |power, _| power * 10.0);
        return number as f64 / divisor as f64 / rest;
    }
    // The quotient has enough bits that the last one can mark a remainder.
    let shift = number.leading_zeros();
    let shifted = number << shift;
    let quotient = shifted.checked_div(divisor).unwrap_or_default();
    let quotient = quotient | u128::from(quotient.wrapping_mul(divisor) != shifted);
    (0..shift).fold(quotient as f64, |value, _| value / 2.0)
}

/// The sum as the servers form it: doubles, one after the other.
pub fn sum_of_doubles(amounts: impl IntoIterator<Item = f64>) -> f64 {
    amounts.into_iter().fold(0.0, |sum, amount| sum + amount)
}

/// The double that is nearest to an amount.
pub fn double_of(amount: Credits) -> f64 {
    nearest_double(&amount.abs().to_string()).map_or(0.0, |double| if amount.is_negative() { -double } else { double })
}

/// `text` where its double is not that of `amount`, which was read from it: then the difference matters to the server.
pub fn exact_text(text: &str, amount: Credits) -> Option<String> {
    let double = nearest_double(text)?;
    let text = text.trim();
    // Text from between quotes need not be a JSON number.
    let as_number = || Value::parse(text).map_or_else(|| double.to_string(), |_| text.to_owned());
    (double != double_of(amount)).then(as_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_the_standard_library_reads() {
        let texts = [
            "0",
            "0.1",
            "0.30000000000000004",
            "0.09999999999999998",
            "0.19999999999999998",
            "49.800000000000004",
            "15.799999999999997",
            "99.8875",
            "1e-7",
            "5e-7",
            "1.5e+2",
            "2000000000000",
            "0.00001999999999999999",
            "1999999999999.9998",
            "123456789.12345678",
            "0.1000000000000000055511151231257827",
            "100",
            "4e-17",
        ];
        for text in texts {
            assert_eq!(nearest_double(text), text.parse().ok(), "{text}");
        }
        for text in ["", "-1", "x", "1e400", "NaN"] {
            assert_eq!(nearest_double(text), None, "{text}");
        }
    }

    #[test]
    fn rest_of_a_burned_grant_is_read_as_the_double_that_it_is() {
        for (grant, used) in (1..2_000_u32).flat_map(|grant| [1, 7, 34, 333].map(|used| (grant, used))) {
            let rest = f64::from(grant) / 10.0 - f64::from(used) / 1_000.0;
            if rest > 1e-5 {
                assert_eq!(nearest_double(&rest.to_string()), Some(rest), "{rest}");
            }
        }
    }

    #[test]
    fn sums_carry_the_dirt_of_their_order() {
        assert_eq!(sum_of_doubles([0.1, 0.2, 0.3]), 0.6000000000000001);
        assert_eq!(sum_of_doubles([0.3, 0.2, 0.1]), 0.6);
    }

    #[test]
    fn only_text_that_means_another_double_is_exact() {
        let exact = |text: &str| exact_text(text, Credits::parse_decimal(text).unwrap());
        assert_eq!(exact("0.19999999999999998").as_deref(), Some("0.19999999999999998"));
        for text in ["0.2", "0.20", "2e-1", "49.5", "12.3456"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }
}
