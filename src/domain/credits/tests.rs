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
        ("+2.5", 2_500_000),
        ("9e-8", 0),
        ("2000000000000", 2_000_000_000_000_000_000),
        ("-2000000000000", -2_000_000_000_000_000_000),
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
    // A little over half a micro-credit is left, which a rounding between the shares would lose.
    let three = [15, 990, 499_497].map(Share::from_ppm);
    assert_eq!(Share::take_all_off(Credits::from_micro(1), three), Credits::from_micro(1));
}

#[test]
fn requests_that_fit() {
    let tenth = Credits::from_micro(100_000);
    assert_eq!(Credits::from_micro(300_000).whole_times(tenth), Some(3));
    assert_eq!(Credits::from_micro(-300_000).whole_times(tenth), Some(0));
    assert_eq!(Credits::from_whole(1).whole_times(Credits::ZERO), None);
}

#[test]
fn amounts_are_compared_with_zero_and_keep_to_the_range() {
    let (one, most, least) = (Credits::from_micro(1), Credits::from_micro(i64::MAX), Credits::from_micro(i64::MIN));
    for (amount, (is_zero, is_negative, is_positive)) in [
        (Credits::ZERO, (true, false, false)),
        (one, (false, false, true)),
        (Credits::from_micro(-1), (false, true, false)),
    ] {
        let signs = (amount.is_zero(), amount.is_negative(), amount.is_positive());
        assert_eq!(signs, (is_zero, is_negative, is_positive), "{amount}");
    }
    assert_eq!(Credits::from_whole(-3), Credits::from_micro(-3_000_000));
    assert_eq!((Credits::from_micro(-7).abs(), least.abs()), (Credits::from_micro(7), most));
    assert_eq!((Credits::from_micro(-7).or_zero(), one.or_zero()), (Credits::ZERO, one));
    assert_eq!((one.checked_add(one), most.checked_add(one)), (Some(Credits::from_micro(2)), None));
    assert_eq!((one.checked_sub(one), least.checked_sub(one)), (Some(Credits::ZERO), None));
    assert_eq!((one.plus(one), most.plus(one)), (Credits::from_micro(2), most));
    assert_eq!((one.minus(one), least.minus(one)), (Credits::ZERO, least));
    assert_eq!((one.times(-4), most.times(2), least.times(2)), (Credits::from_micro(-4), most, least));
    assert_eq!([one, one, one].into_iter().sum::<Credits>(), Credits::from_micro(3));
    assert_eq!("0.5".parse::<Credits>(), Ok(Credits::from_micro(500_000)));
    assert_eq!("many".parse::<Credits>(), Err(CreditsError::NotANumber));
}

#[test]
fn an_error_says_what_is_wrong() {
    assert_eq!(CreditsError::NotANumber.to_string(), "not a decimal number");
    assert_eq!(CreditsError::OutOfRange.to_string(), "beyond 2 million million credits");
}

#[test]
fn a_share_is_between_nothing_and_the_whole() {
    assert_eq!([999_999, 1_000_000, 1_000_001].map(Share::from_ppm).map(Share::ppm), [999_999, 1_000_000, 1_000_000]);
    for (text, ppm) in
        [("0", Some(0)), ("0.25", Some(250_000)), ("1", Some(1_000_000)), ("1.000001", None), ("-0.1", None)]
    {
        assert_eq!(Share::from_credits_text(text).map(Share::ppm), ppm, "{text}");
        assert_eq!(Share::from_f64(text.parse().unwrap()).map(Share::ppm), ppm, "{text}");
    }
    assert_eq!((Share::from_credits_text("half"), Share::from_f64(f64::NAN)), (None, None));
    assert!(Share::NONE.is_none() && !Share::from_ppm(1).is_none());
    assert_eq!(Share::from_ppm(250_000).to_f64().to_string(), "0.25");
}

#[test]
fn amounts_and_shares_cross_the_boundary_as_numbers() {
    assert_eq!(serde_json::to_string(&(Credits::from_micro(-2_500_000), Share::from_ppm(1))).unwrap(), "[-2.5,1e-6]");
}

#[test]
fn quotients_are_rounded_half_away_from_zero() {
    for (dividend, divisor, quotient) in [
        (0, 10, 0),
        (4, 10, 0),
        (5, 10, 1),
        (14, 10, 1),
        (15, 10, 2),
        (-4, 10, 0),
        (-5, 10, -1),
        (-15, 10, -2),
        (7, 1, 7),
    ] {
        assert_eq!(div_round(dividend, divisor), quotient, "{dividend}/{divisor}");
    }
}
