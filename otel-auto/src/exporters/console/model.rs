//! What is drawn: spans as plain values, independent of whether the SDK or an OTLP message brought them.

use opentelemetry::trace::SpanKind;
use opentelemetry::{SpanId, TraceId};

/// The spans that are drawn together, and what is known to be missing from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Spans of one trace, in any order.
    pub spans: Vec<Span>,
    /// How much of the trace these spans are.
    pub part: Part,
    /// How many more spans there were that a limit kept from being held.
    pub dropped: usize,
}

/// How much of a local trace is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The local root ended; everything that had ended by then.
    Whole,
    /// Spans that ended after their trace had been drawn.
    Late,
    /// Spans whose local root had not ended when they could be held no longer.
    Unfinished,
}

/// One ended span.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The trace of the span.
    pub trace_id: TraceId,
    /// The span itself.
    pub span_id: SpanId,
    /// The parent; `None` for the root of the trace.
    pub parent_id: Option<SpanId>,
    /// Whether the parent's context came from another process; false where that is not known.
    pub parent_is_remote: bool,
    /// Name of the operation.
    pub name: String,
    /// Role of the span in the call.
    pub kind: SpanKind,
    /// `service.name` of the resource; empty where it has none.
    pub service: String,
    /// Start, in nanoseconds since the Unix epoch.
    pub start: u64,
    /// End, in nanoseconds since the Unix epoch.
    pub end: u64,
    /// Outcome.
    pub status: Status,
    /// Keys and values, the values as text.
    pub attributes: Vec<(String, String)>,
    /// The `exception` events.
    pub errors: Vec<ErrorEvent>,
}

/// The status of a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// Nobody said.
    #[default]
    Unset,
    /// Declared fine by the application.
    Ok,
    /// Failed, with a description that may be empty.
    Error(String),
}

/// An `exception` event of a span; either field may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorEvent {
    /// `exception.type`.
    pub kind: String,
    /// `exception.message`.
    pub message: String,
}

impl Span {
    /// Whether nothing above this span can end in this process: it has no parent, or a remote one.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.parent_id.is_none() || self.parent_is_remote
    }

    /// Whether the status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error(_))
    }

    /// Nanoseconds from start to end; zero if the clock went backwards.
    #[must_use]
    pub fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

/// The longest text kept of any name or value, in bytes: spans are held until their root ends, and values have no
/// limit of their own.
const MAX_TEXT: usize = 512;

/// Shortens what is kept of a text.
pub(super) fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&i| text.is_char_boundary(i));
        text.truncate(end.unwrap_or(0));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}
