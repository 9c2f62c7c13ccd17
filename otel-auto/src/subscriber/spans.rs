//! The layer that makes OpenTelemetry spans of `tracing` spans.
//!
//! The work is done by `tracing-opentelemetry`, so that programs can go on using its `OpenTelemetrySpanExt`. It writes
//! unsigned integers as text, and it makes a span that logs an error a failed one; both are mended here.

use std::any::TypeId;

use opentelemetry::trace::{Status, TraceContextExt};
use otel_auto_core::BridgedSpan;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit, debug},
    span::{Attributes, Id, Record},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use crate::{bridge, tracer::LateTracer};

pub(super) struct Spans<S> {
    inner: OpenTelemetryLayer<S, LateTracer>,
}

impl<S> Spans<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    pub(super) fn new() -> Self {
        // Nothing beyond what the program says of its span.
        let inner = tracing_opentelemetry::layer()
            .with_tracer(LateTracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false);
        Self { inner }
    }
}

/// Is it what `#[tracing::instrument(err)]` says of a function that gave an error?
pub(super) fn is_returned_error(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    metadata.is_event()
        && *metadata.level() == Level::ERROR
        && fields.field("error").is_some()
        && fields.field("message").is_none()
}

impl<S> Layer<S> for Spans<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let metadata = attributes.metadata();
        let nothing = metadata.fields().value_set(&[]);
        // The bridge has prepared what it is: its fields are for those who print.
        if metadata.target() == bridge::TARGET && attributes.is_contextual() {
            self.inner
                .on_new_span(&Attributes::new(metadata, &nothing), id, ctx);
            return;
        }
        let mut unsigned = HasUnsigned(false);
        attributes.record(&mut unsigned);
        if !unsigned.0 {
            self.inner.on_new_span(attributes, id, ctx);
            return;
        }
        let bare = match attributes.parent() {
            Some(parent) => Attributes::child_of(parent.clone(), metadata, &nothing),
            None if attributes.is_root() => Attributes::new_root(metadata, &nothing),
            None => Attributes::new(metadata, &nothing),
        };
        self.inner.on_new_span(&bare, id, ctx.clone());
        attributes.record(&mut Signed(|field: &Field, value: &dyn tracing::Value| {
            let value = [(field, Some(value))];
            let values = metadata.fields().value_set(&value);
            self.inner.on_record(id, &Record::new(&values), ctx.clone());
        }));
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, ctx: Context<'_, S>) {
        let mut unsigned = HasUnsigned(false);
        record.record(&mut unsigned);
        let metadata = ctx.span(id).map(|span| span.metadata());
        let Some(metadata) = metadata.filter(|_| unsigned.0) else {
            self.inner.on_record(id, record, ctx);
            return;
        };
        record.record(&mut Signed(|field: &Field, value: &dyn tracing::Value| {
            let value = [(field, Some(value))];
            let values = metadata.fields().value_set(&value);
            self.inner.on_record(id, &Record::new(&values), ctx.clone());
        }));
    }

    // The context of a span of ours is attached already where its operation runs, but not in what is spawned with it.
    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if !BridgedSpan::is_passing() {
            self.inner.on_enter(id, ctx);
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        if !BridgedSpan::is_passing() {
            self.inner.on_exit(id, ctx);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        self.inner.on_follows_from(id, follows, ctx);
    }

    // To be given what `is_returned_error` alone: all other events are log records.
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let is_theirs = |span: &SpanRef<'_, S>| span.metadata().target() != bridge::TARGET;
        if ctx.event_span(event).is_some_and(|span| is_theirs(&span)) {
            let mut said = Said(None);
            event.record(&mut said);
            // The function's span is the current one: the event is made where the function returns.
            opentelemetry::Context::map_current(|context| {
                context
                    .span()
                    .set_status(Status::error(said.0.unwrap_or_default()));
            });
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        self.inner.on_close(id, ctx);
    }

    // SAFETY: a pointer that a field of `self` gives for itself, which lives as long as `self`.
    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        // This is how `OpenTelemetrySpanExt` finds the layer.
        unsafe { self.inner.downcast_raw(id) }
    }
}

/// Is there an unsigned integer among the values?
struct HasUnsigned(bool);

impl Visit for HasUnsigned {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_u64(&mut self, _: &Field, _: u64) {
        self.0 = true;
    }
}

/// Hands each value on, unsigned integers as signed ones where they fit.
struct Signed<F>(F);

impl<F: FnMut(&Field, &dyn tracing::Value)> Visit for Signed<F> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        (self.0)(field, &debug(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => (self.0)(field, &value),
            Err(_) => (self.0)(field, &value),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        (self.0)(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        (self.0)(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        (self.0)(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        (self.0)(field, &value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        (self.0)(field, &value);
    }
}

/// The text of the field `error`.
struct Said(Option<String>);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "error" {
            self.0 = Some(format!("{value:?}"));
        }
    }
}
