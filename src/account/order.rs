//! Positions of shared values among others of their kind.

use serde::Serialize;

use crate::domain::time::{Millis, Timestamp};

/// The position of a reading, an attempt, a list of models, a measurement or a transfer among others of its kind: the greater is
/// the newer. It is a time in milliseconds where the clocks allow it, and always after what was known before.
///
/// ```
/// use costrict_credit::account::order::Order;
/// use costrict_credit::domain::time::Timestamp;
///
/// let known = Order::at(Timestamp::from_millis(1_800_000_000_000));
/// // The clock was set back: the next position is later all the same.
/// let next = Order::at(Timestamp::from_millis(1_700_000_000_000)).max(known.next());
/// assert!(next > known);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Order(i64);

impl Order {
    /// From the number that is stored.
    pub const fn from_number(number: i64) -> Order {
        Order(number)
    }

    /// The number that is stored.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The position of something that happens at `time`, if nothing later is known.
    pub const fn at(time: Timestamp) -> Order {
        Order(time.millis())
    }

    /// The position right after this one.
    #[must_use]
    pub const fn next(self) -> Order {
        Order(self.0.saturating_add(1))
    }

    /// A position that is later by a span.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Order {
        Order(self.0.saturating_add(span.0))
    }
}
