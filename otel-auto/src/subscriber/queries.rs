//! sqlx's query events and sea-orm's calls, below a span that somebody sees.
//!
//! SQLite's queries end on a thread that knows of its caller the innermost `tracing` span alone. That one may be hidden
//! from the traces, as sea-orm's are, or what only a printer asked for. Then the nearest around it counts.

use std::sync::OnceLock;

use opentelemetry::{Context, trace::TraceContextExt};
use otel_auto_sqlx::QueryEvents;
use tracing::{
    Dispatch, Event, Subscriber,
    dispatcher::WeakDispatch,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry, layer,
    registry::{LookupSpan, SpanRef},
};

pub(super) struct Queries {
    events: QueryEvents,
    dispatch: OnceLock<WeakDispatch>,
}

impl Queries {
    pub(super) fn new() -> Self {
        Self {
            events: QueryEvents::new(),
            dispatch: OnceLock::new(),
        }
    }

    /// The innermost span around this one that is in a trace.
    fn seen(&self, id: &Id) -> Option<Context> {
        let dispatch = self.dispatch.get()?.upgrade()?;
        // Not asked through the layer's own context, which shows only what the filter lets through.
        let spans = dispatch.downcast_ref::<Registry>()?.span(id)?.scope();
        let context =
            |span: SpanRef<'_, _>| tracing_opentelemetry::get_otel_context(&span.id(), &dispatch);
        spans
            .filter_map(context)
            .find(|context| context.span().span_context().is_valid())
    }
}

impl<S> Layer<S> for Queries
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
        Layer::<S>::on_register_dispatch(&self.events, dispatch);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        // Where sea-orm's own span is in the traces, the query is inside of it.
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
        let own =
            dispatch.and_then(|dispatch| tracing_opentelemetry::get_otel_context(id, &dispatch));
        let _attached = own.map(Context::attach);
        self.events.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: layer::Context<'_, S>) {
        self.events.on_record(id, values, context);
    }

    fn on_close(&self, id: Id, context: layer::Context<'_, S>) {
        self.events.on_close(id, context);
    }

    fn on_event(&self, event: &Event<'_>, context: layer::Context<'_, S>) {
        let is_lost = Context::map_current(|current| {
            !current.has_active_span() && !current.is_telemetry_suppressed()
        });
        let current = context.current_span();
        let seen = current.id().filter(|_| is_lost);
        let _attached = seen.and_then(|id| self.seen(id)).map(Context::attach);
        self.events.on_event(event, context);
    }
}
