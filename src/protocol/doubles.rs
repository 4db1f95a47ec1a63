//! Amounts as the public servers hold them: IEEE doubles, summed in the order sent (docs/contract/public-servers.md).
//!
//! Used only to predict what such a server computes. Credits themselves stay whole numbers of millionths.

use crate::domain::credits::Credits;
use crate::json::Value;

/// Digits that are read; of the rest only whether it is 0. So many fit 128 bits, one doubling included.
const MAX_DIGITS: usize = 37;
/// Bits of a quotient: more than a double's 53, so that the last of them can stand for all that follow.
const ENOUGH_BITS: u128 = 1 << 60;

/// The double nearest to the decimal text of an amount; `None` for text that is no amount of 0 or more.
///
/// Exact for up to 37 digits of which up to 37 are after the point: more than doubles of 10^-20 and above are written with. The standard
/// library's parser would do it too, and costs several KB of wasm.
pub fn nearest_double(text: &str) -> Option<f64> {
    Credits::parse_decimal(text).ok().filter(|amount| !amount.is_negative())?;
    let (mantissa, exponent) = text.trim().split_once(['e', 'E']).unwrap_or((text.trim(), "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut power = exponent.trim_start_matches('+').parse::<i64>().ok()?.saturating_sub(fraction.len() as i64);
    let mut number: u128 = 0;
    let mut digits = 0;
    let mut is_cut = false;
    for byte in whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit) {
        if digits == MAX_DIGITS {
            power = power.saturating_add(1);
            is_cut |= byte != b'0';
            continue;
        }
        number = number * 10 + u128::from(byte - b'0');
        digits += usize::from(number > 0);
    }
    if number == 0 {
        return Some(0.0);
    }
    match usize::try_from(power) {
        Ok(zeros) => Some(number.saturating_mul(power_of_ten(zeros)) as f64),
        Err(_) => Some(divide(number, usize::try_from(power.unsigned_abs()).ok()?, is_cut)),
    }
}

/// Amounts are below 10^13 and have at most `MAX_DIGITS` digits here, so no larger power is needed with them.
fn power_of_ten(zeros: usize) -> u128 {
    (0..zeros.min(MAX_DIGITS)).fold(1, |power, _| power * 10)
}

/// `number / 10^zeros`, rounded once; `is_cut` where the number has more digits, which were not read.
fn divide(number: u128, zeros: usize, is_cut: bool) -> f64 {
    let divisor = power_of_ten(zeros);
    let mut quotient = number.checked_div(divisor).unwrap_or_default();
    let mut rest = number - quotient * divisor;
    let mut doublings = 0;
    while quotient < ENOUGH_BITS && (rest > 0 || is_cut) {
        rest *= 2;
        let bit = u128::from(rest >= divisor);
        rest -= bit * divisor;
        quotient = quotient * 2 + bit;
        doublings += 1;
    }
    quotient |= u128::from(rest > 0 || is_cut);
    let small = (MAX_DIGITS..zeros.min(400)).fold(1.0, |power, _| power * 10.0);
    (0..doublings).fold(quotient as f64, |value, _| value / 2.0) / small
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
            "64.0000000000000071054273576010018587",
            "64.0000000000000071054273576010018588",
            "0.100000000000000012490009027033011079",
            "0.100000000000000012490009027033011080",
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
