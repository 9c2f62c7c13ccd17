//! Where the telemetry of libraries goes that take no providers: globals, and a subscriber for the thread.

use std::cell::RefCell;

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use otel_auto_testing::Capture;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

thread_local! {
    static SUBSCRIBER: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// Makes a capture the place where everything goes from now on.
pub(crate) fn install(capture: &Capture) {
    global::set_tracer_provider(capture.tracer_provider().clone());
    global::set_meter_provider(capture.meter_provider().clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    // Wide open for the library that makes its spans at TRACE, and closed for what others tell of themselves.
    let filter = EnvFilter::new("off,otel::tracing=trace,tower_otel=info");
    let tracer = capture.tracer_provider().tracer("tracing-opentelemetry");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    SUBSCRIBER.with_borrow_mut(|subscriber| {
        // Two cannot be there at once.
        *subscriber = None;
        let registry = tracing_subscriber::registry().with(filter).with(layer);
        *subscriber = Some(registry.set_default());
    });
}
