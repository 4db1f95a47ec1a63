//! Credits out of decimal text.

use costrict_credit::domain::credits::Credits;

/// Up to 2^32 credits the doubles lie closer than a millionth.
const DISTINCT_MICRO: i64 = (1 << 32) * 1_000_000;

pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(amount) = Credits::parse_decimal(text) else { return };
    let written = amount.to_string();
    assert_eq!(Credits::parse_decimal(&written), Ok(amount), "{text} is written {written}");
    let double = amount.to_f64();
    assert_eq!(written.parse::<f64>().map(f64::to_bits), Ok(double.to_bits()), "{text}: not the nearest double");
    if amount.micro().abs() < DISTINCT_MICRO {
        assert_eq!(Credits::from_f64(double), Ok(amount), "{text}: lost on the way through {double}");
    }
}
