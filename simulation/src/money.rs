//! Credits as the model server keeps them: exact millionths, or the doubles and cents of the public servers
//! (docs/contract/public-servers.md).
//!
//! Amounts are `f64` in both cases. Exact arithmetic rounds each result to a millionth, so that no dirt is left.

const MICRO: f64 = 1e6;

/// How a server adds, subtracts and stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Arithmetic {
    /// Counters and sums keep what IEEE doubles make of them.
    pub doubles: bool,
    /// Rows and record amounts are DECIMAL(10,2).
    pub cents: bool,
}

impl Arithmetic {
    /// A counter or a sum, after an addition or subtraction.
    pub fn counter(self, amount: f64) -> f64 {
        if self.doubles { amount } else { credits(micro(amount)) }
    }

    /// What the database stores of an amount; half a unit is rounded away from zero.
    pub fn stored(self, amount: f64) -> f64 {
        if self.cents { (amount * 100.0).round() / 100.0 } else { credits(micro(amount)) }
    }

    pub fn sum(self, amounts: impl Iterator<Item = f64>) -> f64 {
        amounts.fold(0.0, |sum, amount| self.counter(sum + amount))
    }
}

/// The nearest whole number of millionths.
pub fn micro(amount: f64) -> i64 {
    (amount * MICRO).round() as i64
}

pub fn credits(micro: i64) -> f64 {
    micro as f64 / MICRO
}

/// Whether a double is not the one nearest to a whole number of millionths.
pub fn is_dirty(amount: f64) -> bool {
    credits(micro(amount)) != amount
}

/// A number as the servers print it: the shortest text that reads back, with an exponent below a millionth.
pub fn json_number(amount: f64) -> String {
    if amount != 0.0 && amount.abs() < 1e-6 { format!("{amount:e}") } else { format!("{amount}") }
}

/// The number after `"name":` in JSON text, to the last bit; `serde_json` may be off by one unit in the last place.
pub fn number_of(text: &str, name: &str) -> Option<f64> {
    numbers_of(text, name).next()
}

/// Every number after `"name":`, in order.
pub fn numbers_of<'a>(text: &'a str, name: &str) -> impl Iterator<Item = f64> + 'a {
    let key = format!("\"{name}\":");
    let places: Vec<usize> = text.match_indices(&key).map(|(at, _)| at + key.len()).collect();
    places.into_iter().filter_map(|at| {
        let rest = text[at..].trim_start();
        let end = rest.find(|c: char| !"+-.eE0123456789".contains(c)).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_keep_their_dirt_and_exact_arithmetic_has_none() {
        let doubles = Arithmetic { doubles: true, cents: false };
        assert_eq!(json_number(doubles.sum([0.1, 0.2].into_iter())), "0.30000000000000004");
        assert_eq!(json_number(Arithmetic::default().sum([0.1, 0.2].into_iter())), "0.3");
        assert_eq!(json_number(doubles.counter(0.3 - (0.1 + 0.2))), "-5.551115123125783e-17");
        assert!(is_dirty(0.1 + 0.2) && !is_dirty(0.3));
    }

    #[test]
    fn cents_are_rounded_as_a_database_does() {
        let cents = Arithmetic { doubles: true, cents: true };
        let stored = [99.8875, 0.005, 0.001, -0.005].map(|amount| json_number(cents.stored(amount)));
        assert_eq!(stored, ["99.89", "0.01", "0", "-0.01"]);
    }

    #[test]
    fn numbers_are_read_to_the_last_bit() {
        let text = r#"{"a":0.19999999999999998,"b":[{"amount": 1e-7},{"amount":2}],"c":null}"#;
        assert_eq!(number_of(text, "a"), Some(0.19999999999999998));
        assert_eq!(numbers_of(text, "amount").collect::<Vec<_>>(), [1e-7, 2.0]);
        assert_eq!(number_of(text, "c"), None);
    }
}
