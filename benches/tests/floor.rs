//! The race is fair: the floor's spans say what ours say.

use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use otel_auto_benches::{Mode, Sdk, Stack, operation::Track};

/// The span of one request, without what differs from one to the next.
fn span(stack: Stack, mode: Mode) -> (String, String, Vec<String>) {
    let exporter = InMemorySpanExporter::default();
    let sdk = Sdk::exporting(mode, exporter.clone());
    Track::new(stack.router(&sdk), mode).serve(1);
    sdk.flush();
    let spans = exporter.get_finished_spans().unwrap();
    let [span]: &[SpanData; 1] = spans.as_slice().try_into().unwrap();
    let mut attributes: Vec<String> = span
        .attributes
        .iter()
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect();
    attributes.sort();
    (
        span.name.to_string(),
        format!("{:?}", span.span_kind),
        attributes,
    )
}

#[test]
fn the_floor_makes_the_same_span() {
    for (mode, attributes) in [(Mode::On, 9), (Mode::Hard, 12)] {
        let ours = span(Stack::Ours, mode);
        assert_eq!(span(Stack::Floor, mode), ours);
        assert_eq!(ours.2.len(), attributes);
    }
}
