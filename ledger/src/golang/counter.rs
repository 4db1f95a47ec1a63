//! A counter in Redis: decimal text to which `INCRBYFLOAT` adds in the 80-bit floats of x86 and of which it keeps 17
//! decimals. The gateway reads that text as a double.
//!
//! So the counters are cleaner than sums of doubles (100 - 99.8875 is 0.1125) and still not exact: of 0.3 the double
//! 0.1 + 0.2 takes more than there is, and -0.00000000000000004 is left.

use std::fmt;

/// Decimals that Redis keeps.
const PLACES: u32 = 17;
const ONE: i128 = 10_i128.pow(PLACES);
/// Larger amounts than any ledger holds; sums beyond are held here.
const LIMIT: i128 = 10_i128.pow(PLACES + 15);

/// A counter, in units of 10^-17.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(i128);

impl Counter {
    /// A counter that an exact sum of micro-credits made.
    pub fn from_micro(micro: i64) -> Counter {
        Counter(i128::from(micro) * (ONE / 1_000_000))
    }

    /// Parses [`Counter`]'s text form.
    pub fn parse(text: &str) -> Option<Counter> {
        decimal(text, PLACES).map(Counter)
    }

    /// The nearest micro-credits, half away from zero.
    pub fn to_micro(self) -> i64 {
        let unit = ONE / 1_000_000;
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        i64::try_from((self.0 + half) / unit).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }

    /// The double that the gateway reads.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(0.0)
    }

    /// `INCRBYFLOAT` by a double, which arrives as its shortest decimal text.
    #[must_use]
    pub fn plus(self, delta: f64) -> Counter {
        let text = super::float::plain(delta);
        let Some(delta) = decimal(&text, DELTA_PLACES) else { return self };
        let sum = Extended::nearest(self.0, PLACES).plus(Extended::nearest(delta, DELTA_PLACES));
        Counter(sum.to_units().clamp(-LIMIT, LIMIT))
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let (whole, fraction) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        let fraction = format!("{fraction:017}");
        let sign = if self.0 < 0 { "-" } else { "" };
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// Decimals of a delta that are looked at. What lies below changes no counter.
const DELTA_PLACES: u32 = 22;

/// A plain decimal text in units of 10^-`places`; further decimals are dropped.
fn decimal(text: &str, places: u32) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !plain(whole) || !plain(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(places as usize).collect();
    let size: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some(if negative { -size } else { size })
}

/// An 80-bit float: a 64-bit mantissa, a sign and a power of two.
#[derive(Clone, Copy)]
struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Extended {
    const ZERO: Extended = Extended { negative: false, mantissa: 0, exponent: 0 };

    /// The nearest to `units` / 10^`places`, ties to even.
    fn nearest(units: i128, places: u32) -> Extended {
        if units == 0 {
            return Extended::ZERO;
        }
        let size = units.unsigned_abs();
        // Dividing by 10^places is dividing by 5^places and moving the point by `places` bits.
        let divisor = 5_u128.pow(places);
        let shift = size.leading_zeros();
        let shifted = size << shift;
        let (quotient, rest) = (shifted / divisor, shifted % divisor);
        let exponent = -(i32::try_from(shift + places).unwrap_or(0));
        Extended::rounded(units < 0, quotient, rest != 0, exponent)
    }

    /// `mantissa` * 2^`exponent` cut to 64 bits; `sticky`: a little more than that.
    fn rounded(negative: bool, mantissa: u128, sticky: bool, exponent: i32) -> Extended {
        if mantissa == 0 {
            return Extended::ZERO;
        }
        let bits = 128 - mantissa.leading_zeros();
        let Some(surplus) = bits.checked_sub(64).filter(|surplus| *surplus > 0) else {
            let mantissa = u64::try_from(mantissa).unwrap_or(u64::MAX);
            return Extended { negative, mantissa, exponent };
        };
        let kept = mantissa >> surplus;
        let below = mantissa & ((1_u128 << surplus) - 1);
        let half = 1_u128 << (surplus - 1);
        let up = below > half || (below == half && (sticky || kept & 1 == 1));
        let exponent = exponent + i32::try_from(surplus).unwrap_or(0);
        match u64::try_from(kept + u128::from(up)) {
            Ok(mantissa) => Extended { negative, mantissa, exponent },
            // All ones, rounded up.
            Err(_) => Extended { negative, mantissa: 1 << 63, exponent: exponent + 1 },
        }
    }

    fn plus(self, other: Extended) -> Extended {
        if self.mantissa == 0 {
            return other;
        }
        if other.mantissa == 0 {
            return self;
        }
        let (high, low) = if self.top() >= other.top() { (self, other) } else { (other, self) };
        // Room below the larger one for the bits of the smaller; what is further down only breaks ties.
        let base = high.top() - 124;
        let (high_bits, _) = high.over(base);
        let (low_bits, sticky) = low.over(base);
        let sum = high_bits + low_bits;
        // A part that was cut from a negative number lies below it.
        let sum = if sticky && (low.negative != (sum < 0)) { sum - sum.signum() } else { sum };
        Extended::rounded(sum < 0, sum.unsigned_abs(), sticky, base)
    }

    /// The power of two above the highest bit.
    fn top(self) -> i32 {
        self.exponent + 64 - i32::try_from(self.mantissa.leading_zeros()).unwrap_or(0)
    }

    /// The signed mantissa in units of 2^`base`, and whether bits below were cut.
    fn over(self, base: i32) -> (i128, bool) {
        let shift = self.exponent - base;
        let size = i128::from(self.mantissa);
        let (size, sticky) = match u32::try_from(shift) {
            Ok(left) => (size << left.min(63 + 64), false),
            Err(_) => {
                let right = shift.unsigned_abs().min(64);
                (size >> right, size & ((1_i128 << right) - 1) != 0)
            }
        };
        (if self.negative { -size } else { size }, sticky)
    }

    /// In units of 10^-17, as `%.17Lf` rounds: ties to even.
    fn to_units(self) -> i128 {
        let scaled = u128::from(self.mantissa) * 5_u128.pow(PLACES);
        let shift = self.exponent + i32::try_from(PLACES).unwrap_or(0);
        let size = match u32::try_from(shift) {
            Ok(left) if left <= scaled.leading_zeros() => scaled << left,
            Ok(_) => LIMIT.unsigned_abs(),
            Err(_) => {
                let right = shift.unsigned_abs();
                if right > 127 {
                    0
                } else {
                    let (kept, below) = (scaled >> right, scaled & ((1_u128 << right) - 1));
                    let half = 1_u128 << (right - 1);
                    kept + u128::from(below > half || (below == half && kept & 1 == 1))
                }
            }
        };
        let size = i128::try_from(size).unwrap_or(LIMIT);
        if self.negative { -size } else { size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: &str, deltas: &[f64]) -> String {
        let start = Counter::parse(start).unwrap();
        deltas.iter().fold(start, |counter, delta| counter.plus(*delta)).to_string()
    }

    /// What Redis 7 answers to the same `INCRBYFLOAT`s.
    #[test]
    fn it_counts_as_redis_does() {
        for (start, deltas, expected) in [
            ("0", vec![0.1, 0.2], "0.3"),
            ("0.3", vec![-(0.1 + 0.2)], "-0.00000000000000004"),
            ("100", vec![-99.8875], "0.1125"),
            ("100", vec![-0.001], "99.999"),
            ("0", vec![50.1, 100.0, 10.25, -50.5], "109.85000000000000001"),
            ("600", vec![0.1, -600.0], "0.09999999999999998"),
            ("10", vec![-6.0, -6.0], "-2"),
            ("5", vec![-5.0], "0"),
            ("0", vec![-1e-25], "0"),
            ("12", vec![1e-7], "12.0000001"),
        ] {
            assert_eq!(after(start, &deltas), expected, "{start} {deltas:?}");
        }
    }

    #[test]
    fn cents_stay_exact_as_the_gateway_reads_them() {
        let mut counter = Counter::default();
        let mut cents = 0_i64;
        for step in 1..2_000_i64 {
            let delta = (step * 7_919) % 100_003 - 40_000;
            cents += delta;
            counter = counter.plus(delta as f64 / 100.0);
            assert_eq!(counter.to_f64(), cents as f64 / 100.0, "{step}");
            assert_eq!(counter.to_micro(), cents * 10_000);
        }
        assert_eq!(Counter::from_micro(-1_500_000).to_string(), "-1.5");
    }
}
