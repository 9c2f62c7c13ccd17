//! Spans of two services, put together until their traces are whole.

use std::collections::VecDeque;

use otel_auto::{console::Span, opentelemetry::trace::SpanKind};

/// How many traces may wait for the rest of them.
const MAX_WAITING: usize = 1024;

/// Traces that are not drawn yet, the oldest first.
#[derive(Default)]
pub(super) struct Traces(VecDeque<Vec<Span>>);

impl Traces {
    pub(super) fn add(&mut self, span: Span) {
        let is_of = |spans: &&mut Vec<Span>| spans.first().is_some_and(|first| first.trace_id == span.trace_id);
        if let Some(spans) = self.0.iter_mut().find(is_of) {
            spans.push(span);
            return;
        }
        if self.0.len() >= MAX_WAITING {
            self.0.pop_front();
        }
        self.0.push_back(vec![span]);
    }

    pub(super) fn next_whole(&mut self) -> Option<Vec<Span>> {
        let index = self.0.iter().position(|spans| is_whole(spans))?;
        self.0.remove(index)
    }

    pub(super) fn into_rest(self) -> Vec<Span> {
        self.0.into_iter().flatten().collect()
    }
}

/// A trace is whole when its root is there, which ends last in its service, every parent, and the other side of each
/// request that was sent, which ends last in *its* service.
fn is_whole(spans: &[Span]) -> bool {
    let is_there = |id| spans.iter().any(|span| span.span_id == id);
    let is_answered = |span: &Span| {
        let is_request = span.kind == SpanKind::Client && span.attribute("http.request.method").is_some();
        !is_request || spans.iter().any(|answer| answer.parent_id == Some(span.span_id))
    };
    spans.iter().any(|span| span.parent_id.is_none())
        && spans.iter().all(|span| span.parent_id.is_none_or(is_there) && is_answered(span))
}
