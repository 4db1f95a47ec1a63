//! Amounts: what is read exactly, and doubles that are the nearest both ways.

use super::*;

#[test]
fn decimal_text_is_read_exactly() {
    for (text, micro) in [
        ("0", 0),
        ("-0", 0),
        ("110", 110_000_000),
        ("0.30000000000000004", 300_000),
        ("49.800000000000004", 49_800_000),
        ("0.010000000000005116", 10_000),
        ("1e-07", 0),
        ("5e-7", 1),
        ("4.9999999", 5_000_000),
        ("1.005", 1_005_000),
        ("1E3", 1_000_000_000),
        ("1.5e+2", 150_000_000),
        ("-2.5", -2_500_000),
        ("1000000000000", 1_000_000_000_000_000_000),
        ("0e999999999999", 0),
        ("1e-999999999999", 0),
        (".5", 500_000),
        ("5.", 5_000_000),
    ] {
        assert_eq!(Credits::parse_decimal(text).map(Credits::micro), Ok(micro), "{text}");
    }
}

#[test]
fn what_is_no_amount_is_refused() {
    for text in ["", "-", ".", "e5", "1e", "1e+", "abc", "0x10", "NaN", "Infinity", "1,5", "--1", "1 2", "١"] {
        assert_eq!(Credits::parse_decimal(text), Err(CreditsError::NotANumber), "{text}");
    }
    for text in ["1e400", "2000000000001", "-1e13", "99999999999999999999999999"] {
        assert_eq!(Credits::parse_decimal(text), Err(CreditsError::OutOfRange), "{text}");
    }
    assert_eq!(Credits::from_f64(f64::NAN), Err(CreditsError::NotANumber));
    assert_eq!(Credits::from_f64(1e300), Err(CreditsError::OutOfRange));
}

#[test]
fn display_is_canonical() {
    for (micro, text) in
        [(0, "0"), (1, "0.000001"), (-1, "-0.000001"), (10_000, "0.01"), (-2_500_000, "-2.5"), (110_000_000, "110")]
    {
        assert_eq!(Credits::from_micro(micro).to_string(), text);
    }
    assert_eq!(Credits::from_micro(i64::MIN).to_string(), "-9223372036854.775808");
}

/// Whether no double is nearer to `micro` millionths than `number`, by whole numbers alone.
fn is_nearest(number: f64, micro: i64) -> bool {
    let bits = number.abs().to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let scale = 1_075 - exponent;
    // number = mantissa / 2^scale, so twice the error times 2^scale must not be above one unit of the mantissa.
    let mantissa = i128::from(fraction | 1 << 52);
    let error = (i128::from(micro.unsigned_abs()) << scale) - mantissa * 1_000_000;
    (number < 0.0) == (micro < 0) && 2 * error.abs() <= 1_000_000
}

#[test]
fn every_amount_to_ten_credits_is_its_nearest_double_both_ways() {
    for micro in 1..=10_000_000 {
        let number = Credits::from_micro(micro).to_f64();
        assert!(is_nearest(number, micro), "{micro}");
        // Reading goes over text, which takes time: a part of them, spread evenly.
        if micro % 97 == 0 || micro < 20_000 {
            assert_eq!(Credits::from_f64(number).map(Credits::micro), Ok(micro));
            assert_eq!(Credits::from_micro(micro).to_string().parse(), Ok(number));
        }
    }
}

#[test]
fn larger_amounts_are_their_nearest_doubles_both_ways() {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for step in 0..200_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let micro = (random >> (step % 40 + 1)) as i64 * if step % 2 == 0 { 1 } else { -1 };
        let number = Credits::from_micro(micro).to_f64();
        let text = Credits::from_micro(micro).to_string();
        assert_eq!(text.parse(), Ok(number), "{micro}");
        if micro.abs() < (1 << 33) * MICRO_PER_CREDIT {
            assert_eq!(Credits::from_f64(number).map(Credits::micro), Ok(micro), "{micro}");
        }
    }
}

#[test]
fn doubles_are_the_nearest_both_ways() {
    let edge = 1_i64 << 53;
    for micro in [
        0,
        1,
        -1,
        300_000,
        1_140_000,
        edge - 1,
        edge,
        edge + 1,
        -edge - 3,
        999_999_999_999_750_000,
        1_000_000_000_000_000_001,
        -1_234_567_890_123_456_789,
        i64::MAX,
        i64::MIN,
    ] {
        let nearest: f64 = Credits::from_micro(micro).to_string().parse().unwrap();
        assert_eq!(Credits::from_micro(micro).to_f64(), nearest, "{micro}");
    }
    for (number, micro) in
        [(0.1, 100_000), (1e-7, 0), (49.800000000000004, 49_800_000), (1e12, 1_000_000_000_000_000_000)]
    {
        assert_eq!(Credits::from_f64(number).map(Credits::micro), Ok(micro), "{number}");
    }
}

#[test]
fn discounts_round_once() {
    let half = Share::from_ppm(500_000);
    let tenth = Share::from_ppm(100_000);
    assert_eq!(Share::take_all_off(Credits::from_whole(1), [half, tenth]), Credits::from_micro(450_000));
    assert_eq!(Share::take_all_off(Credits::from_micro(1), [half]), Credits::from_micro(1));
    assert_eq!(Share::take_all_off(Credits::from_micro(3), [half, half]), Credits::from_micro(1));
    assert_eq!(Share::take_all_off(Credits::LIMIT, [half, half, half, half]).micro(), Credits::LIMIT.micro() / 16);
    assert_eq!(Share::take_all_off(Credits::from_whole(7), []), Credits::from_whole(7));
}

#[test]
fn requests_that_fit() {
    let tenth = Credits::from_micro(100_000);
    assert_eq!(Credits::from_micro(300_000).whole_times(tenth), Some(3));
    assert_eq!(Credits::from_micro(-300_000).whole_times(tenth), Some(0));
    assert_eq!(Credits::from_whole(1).whole_times(Credits::ZERO), None);
}
