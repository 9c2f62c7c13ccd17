//! A sampler that leaves out what runs inside of an excluded operation.

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanKind, TraceContextExt},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use otel_auto_core::is_excluded;

/// Spans inside of an excluded operation are dropped, whoever makes them; of all others the inner sampler decides.
///
/// A parent-based sampler would drop them anyway below a server. `always_on` would not, nor any below a client.
#[derive(Debug, Clone)]
pub(crate) struct Excluding(pub(crate) Box<dyn ShouldSample>);

impl ShouldSample for Excluding {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if let Some(parent) = parent.filter(|parent| is_excluded(parent)) {
            return SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: parent.span().span_context().trace_state().clone(),
            };
        }
        self.0
            .should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::borrow::Cow;

    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
    use otel_auto_core::{
        Instrumenter, Matcher, Providers, Settings,
        http::{HttpClient, HttpClientRequest, HttpServer, HttpServerRequest},
    };
    use tracing_subscriber::{Registry, layer::SubscriberExt};

    use super::*;
    use crate::bridge::Bridge;

    struct Health;

    impl HttpClientRequest for Health {
        fn method(&self) -> &str {
            "GET"
        }
        fn url(&self) -> Cow<'_, str> {
            "http://shop.example/health".into()
        }
        fn scheme(&self) -> Option<&str> {
            Some("http")
        }
        fn host(&self) -> Option<&str> {
            Some("shop.example")
        }
        fn port(&self) -> Option<u16> {
            None
        }
    }

    impl HttpServerRequest for Health {
        fn method(&self) -> &str {
            "GET"
        }
        fn path(&self) -> &str {
            "/health"
        }
        fn header(&self, _: &str) -> Option<&str> {
            None
        }
    }

    fn sdk() -> (SdkTracerProvider, InMemorySpanExporter) {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .with_sampler(Excluding(Sampler::AlwaysOn.into()))
            .build();
        (provider, exporter)
    }

    fn settings() -> Settings {
        let mut settings = Settings::default();
        settings.http.excluded_urls.all = Some(Matcher::new(|url| url.ends_with("/health")));
        settings
    }

    fn names(exporter: &InMemorySpanExporter) -> Vec<Cow<'static, str>> {
        let spans = exporter.get_finished_spans().unwrap();
        spans.into_iter().map(|span| span.name).collect()
    }

    #[test]
    fn spans_of_tracing_inside_of_an_excluded_request_are_dropped_wherever_they_are_carried() {
        let (provider, exporter) = sdk();
        let providers = Providers::builder()
            .tracer_provider(provider.clone())
            .bridge(Bridge)
            .settings(settings())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("program"));
        tracing::subscriber::with_default(Registry::default().with(layer), || {
            let operation = Instrumenter::new(HttpServer::new("test", "0", "test"))
                .providers(providers)
                .start(&Context::new(), &(&Health as _));
            let current = operation.run(|| {
                tracing::info_span!("inside").in_scope(|| ());
                tracing::Span::current()
            });
            assert!(!current.is_none());
            // As a task that is spawned in the current span, without the context.
            current.in_scope(|| tracing::info_span!("spawned").in_scope(|| ()));
            operation.complete();
            drop(current);
            tracing::info_span!("beside").in_scope(|| ());
        });
        assert_eq!(names(&exporter), ["beside"]);
    }

    #[test]
    fn spans_of_others_inside_of_an_excluded_operation_are_dropped_under_always_on_too() {
        let (provider, exporter) = sdk();
        let providers = Providers::builder()
            .tracer_provider(provider.clone())
            .settings(settings())
            .build();
        let tracer = provider.tracer("program");
        let work = tracer.start_with_context("work", &Context::new());
        let outer = Context::new().with_span(work);

        let operation = Instrumenter::new(HttpClient::new("test", "0", "test"))
            .providers(providers)
            .start(&outer, &(&Health as _));
        let mut inside = tracer.start_with_context("inside", &operation.context());
        assert!(!inside.is_recording());
        assert_eq!(
            inside.span_context().trace_id(),
            outer.span().span_context().trace_id()
        );
        inside.end();
        operation.complete();
        tracer.start_with_context("beside", &outer).end();
        outer.span().end();

        assert_eq!(names(&exporter), ["beside", "work"]);
    }
}
