//! sqlx's query events, below a span that somebody sees.
//!
//! SQLite's queries end on a thread that knows of its caller the innermost `tracing` span alone. That one may be hidden
//! from the traces, as sea-orm's are, or what only a printer asked for. Then the nearest around it counts.

use std::sync::OnceLock;

use opentelemetry::{Context, trace::TraceContextExt};
use otel_auto_sqlx::QueryEvents;
use tracing::{Dispatch, Event, Subscriber, dispatcher::WeakDispatch, span::Id};
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
        // Not asked through the layer's own context, to which its filter shows no span at all.
        let spans = dispatch.downcast_ref::<Registry>()?.span(id)?.scope();
        let context =
            |span: SpanRef<'_, _>| tracing_opentelemetry::get_otel_context(&span.id(), &dispatch);
        spans
            .filter_map(context)
            .find(|context| context.span().span_context().is_valid())
    }
}

impl Queries {
    pub(super) fn belong_to(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    pub(super) fn on_event<S>(&self, event: &Event<'_>, context: layer::Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let is_lost = Context::map_current(|current| {
            !current.has_active_span() && !current.is_telemetry_suppressed()
        });
        let current = context.current_span();
        let seen = current.id().filter(|_| is_lost);
        let _attached = seen.and_then(|id| self.seen(id)).map(Context::attach);
        self.events.on_event(event, context);
    }
}
