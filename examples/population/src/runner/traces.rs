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
        let is_of = |spans: &&mut Vec<Span>| {
            spans
                .first()
                .is_some_and(|first| first.trace_id == span.trace_id)
        };
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
        let is_request =
            span.kind == SpanKind::Client && span.attribute("http.request.method").is_some();
        !is_request
            || spans
                .iter()
                .any(|answer| answer.parent_id == Some(span.span_id))
    };
    spans.iter().any(|span| span.parent_id.is_none())
        && spans
            .iter()
            .all(|span| span.parent_id.is_none_or(is_there) && is_answered(span))
}

#[cfg(test)]
mod tests {
    use otel_auto::{
        console::Status,
        opentelemetry::{SpanId, TraceId},
    };

    use super::*;

    fn span(trace: u64, id: u64, parent: u64, kind: SpanKind) -> Span {
        Span {
            trace_id: TraceId::from(u128::from(trace)),
            span_id: SpanId::from(id),
            parent_id: (parent > 0).then(|| SpanId::from(parent)),
            parent_is_remote: false,
            name: "GET".to_owned(),
            kind,
            service: String::new(),
            start: 0,
            end: 0,
            status: Status::Unset,
            attributes: vec![("http.request.method".to_owned(), "GET".to_owned())],
            errors: Vec::new(),
        }
    }

    #[test]
    fn a_trace_is_whole_when_its_last_span_has_come_in_whatever_order() {
        let spans = [
            span(1, 1, 0, SpanKind::Server),
            span(1, 2, 1, SpanKind::Client),
            span(1, 3, 2, SpanKind::Server),
            span(1, 4, 3, SpanKind::Internal),
        ];
        for last in 0..3 {
            let mut traces = Traces::default();
            let (others, last) = (
                spans.iter().enumerate().filter(|(index, _)| *index != last),
                &spans[last],
            );
            others.for_each(|(_, span)| traces.add(span.clone()));
            assert!(traces.next_whole().is_none());
            traces.add(last.clone());
            assert_eq!(traces.next_whole().unwrap().len(), 4);
        }
    }

    #[test]
    fn a_trace_that_never_gets_whole_is_not_in_the_way_of_others_and_not_kept_for_ever() {
        let mut traces = Traces::default();
        for trace in 1..=2000 {
            traces.add(span(trace, 2, 1, SpanKind::Internal));
        }
        traces.add(span(2001, 1, 0, SpanKind::Server));
        assert_eq!(traces.next_whole().unwrap().len(), 1);
        assert!(traces.into_rest().len() <= MAX_WAITING);
    }
}
