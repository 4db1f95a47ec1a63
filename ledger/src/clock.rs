//! The ledger's only source of time: the system's clock, or a fixed instant, plus an offset that can be advanced.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use costrict_credit::domain::time::{Millis, Timestamp};

/// A clock that everybody in one process shares; clones follow each other.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: Base,
    offset_ms: AtomicI64,
}

#[derive(Debug)]
enum Base {
    System,
    Fixed(Timestamp),
}

impl Clock {
    /// The system's clock, `offset` ahead of it.
    pub fn system(offset: Millis) -> Clock {
        Clock::new(Base::System, offset)
    }

    /// A clock that moves only when it is advanced: for tests.
    pub fn fixed(at: Timestamp) -> Clock {
        Clock::new(Base::Fixed(at), Millis(0))
    }

    fn new(base: Base, offset: Millis) -> Clock {
        Clock(Arc::new(Inner { base, offset_ms: AtomicI64::new(offset.0) }))
    }

    pub fn now(&self) -> Timestamp {
        let base = match self.0.base {
            Base::Fixed(at) => at,
            Base::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        };
        base.plus(self.offset())
    }

    /// How far this clock is ahead of its base.
    pub fn offset(&self) -> Millis {
        Millis(self.0.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock; what it shows afterwards.
    pub fn advance(&self, by: Millis) -> Timestamp {
        self.0.offset_ms.fetch_add(by.0, Ordering::SeqCst);
        self.now()
    }
}
