//! What time it is. Everything that needs the wall clock is given a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// The wall clock, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `micros` (microseconds since 1970 UTC) until it is set.
    pub fn fixed(micros: i64) -> Self {
        Self {
            fixed: Some(Arc::new(AtomicI64::new(micros))),
        }
    }

    /// Sets a fixed clock; the machine's clock is not ours to set.
    pub fn set(&self, micros: i64) {
        if let Some(fixed) = &self.fixed {
            fixed.store(micros, Ordering::SeqCst);
        }
    }

    /// Microseconds since 1970 UTC.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    pub fn micros(&self) -> i64 {
        match &self.fixed {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => Utc::now().timestamp_micros(),
        }
    }

    /// The same as a date and time.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros()).unwrap_or_default()
    }
}
