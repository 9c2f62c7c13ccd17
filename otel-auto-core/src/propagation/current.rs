//! Contexts by the propagators that are configured here.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector},
};

use crate::Providers;

/// Writes the current context into an outgoing carrier, by the configured propagators (`OTEL_PROPAGATORS`).
///
/// A `HashMap<String, String>` is a carrier; [`HeaderInjector`](super::HeaderInjector) and
/// [`FieldsInjector`](super::FieldsInjector) make one of HTTP headers and of a list of names and values. Instrumented
/// clients do this by themselves: it is for what has no instrumentation. Without telemetry, and where it is suppressed,
/// nothing is written.
///
/// ```
/// use std::collections::HashMap;
/// use otel_auto_core::propagation::inject;
///
/// let mut headers = HashMap::new();
/// inject(&mut headers);                       // `traceparent`, and what else is configured
/// # assert!(headers.is_empty(), "there is no telemetry in this example");
/// ```
pub fn inject(carrier: &mut dyn Injector) {
    let context = Context::current();
    if context.is_telemetry_suppressed() {
        return;
    }
    if let Some(providers) = Providers::of(&context) {
        providers.propagation().inject(&context, carrier);
    }
}

/// The context of an incoming carrier, by the configured propagators (`OTEL_PROPAGATORS`), on top of the current one.
///
/// Carriers are as for [`inject`], with [`HeaderExtractor`](super::HeaderExtractor) and
/// [`FieldsExtractor`](super::FieldsExtractor). What a stranger wrote into them is bounded; what is malformed counts as
/// absent. Without telemetry this is the current context.
///
/// ```
/// use otel_auto_core::{opentelemetry::trace::FutureExt, propagation::{FieldsExtractor, extract}};
///
/// # async fn work() {}
/// # async fn consume(headers: Vec<(String, String)>) {
/// work().with_context(extract(&FieldsExtractor(&headers))).await;
/// # }
/// ```
#[must_use]
pub fn extract(carrier: &dyn Extractor) -> Context {
    let context = Context::current();
    match Providers::of(&context) {
        Some(providers) => providers.propagation().extract(&context, carrier),
        None => context,
    }
}
