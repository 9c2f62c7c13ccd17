//! How a receiver answers.

use std::time::Duration;

/// How a request is answered: accepted, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Behaviour {
    pub(super) delay: Duration,
    pub(super) retry_after: Option<Duration>,
    pub(super) verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Refuse { status: u16 },
    Partial { rejected: i64, message: String },
    Silence,
}

impl Behaviour {
    /// The request is accepted.
    pub fn accept() -> Self {
        Self::new(Verdict::Accept)
    }

    /// The request is refused with this HTTP status; over gRPC with the code that corresponds to it.
    pub fn refuse(status: u16) -> Self {
        Self::new(Verdict::Refuse { status })
    }

    /// The request is accepted but for `rejected` items, and `message` says why. All items are kept.
    pub fn partial(rejected: i64, message: impl Into<String>) -> Self {
        Self::new(Verdict::Partial {
            rejected,
            message: message.into(),
        })
    }

    /// The connection is accepted and the request read, but no answer ever comes.
    pub fn black_hole() -> Self {
        Self::new(Verdict::Silence)
    }

    /// Answers only after this long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// A refusal also says when to try again: `Retry-After` in whole seconds over HTTP, `RetryInfo` over gRPC.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    fn new(verdict: Verdict) -> Self {
        Self {
            delay: Duration::ZERO,
            retry_after: None,
            verdict,
        }
    }

    pub(super) fn accepts(&self) -> bool {
        matches!(self.verdict, Verdict::Accept | Verdict::Partial { .. })
    }
}
