//! The context that a program was started in.

use opentelemetry::Context;
use otel_auto_core::{Providers, propagation::EnvironmentExtractor};

/// The context that this process was started in: what a CI job or a shell put into `TRACEPARENT`, `TRACESTATE` and
/// `BAGGAGE` (or the variables of the other `OTEL_PROPAGATORS`, such as `B3`). An empty one without any, and before
/// [`init`](fn@crate::init).
///
/// Nothing is attached by itself, since a service that is started by a traced job is not a part of it. A command-line
/// program that is runs below it:
///
/// ```
/// use otel_auto::opentelemetry::trace::FutureExt;
///
/// # async fn work() {}
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() {
///     let _otel = otel_auto::init!();
///     work().with_context(otel_auto::environment_context()).await;
/// }
/// ```
#[must_use]
pub fn environment_context() -> Context {
    Providers::installed().map_or_else(Context::new, |providers| from_environment(&providers))
}

fn from_environment(providers: &Providers) -> Context {
    let propagation = providers.propagation();
    let environment = EnvironmentExtractor::new(propagation, |name| std::env::var(name).ok());
    propagation.extract(&Context::new(), &environment)
}
