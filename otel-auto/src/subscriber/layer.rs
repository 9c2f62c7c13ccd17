//! Spans, records and queries in one layer: whenever a span is entered or left, each layer with a filter looks it up.

use std::any::TypeId;

use tracing::{
    Dispatch, Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

#[cfg(feature = "sqlx")]
use super::queries::Queries;
use super::{
    filter,
    records::Records,
    spans::{Spans, is_returned_error},
};

pub(super) struct Telemetry<S> {
    spans: Spans<S>,
    records: Records,
    #[cfg(feature = "sqlx")]
    queries: Queries,
}

impl<S> Telemetry<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    pub(super) fn new() -> Self {
        Self {
            spans: Spans::new(),
            records: Records::default(),
            #[cfg(feature = "sqlx")]
            queries: Queries::new(),
        }
    }
}

impl<S> Layer<S> for Telemetry<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.records.belong_to(dispatch);
        #[cfg(feature = "sqlx")]
        Layer::<S>::on_register_dispatch(&self.queries, dispatch);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        // What one of them wants is shown to all.
        let is_of_query = filter::is_of_query(attributes.metadata());
        if !is_of_query || filter::is_span(attributes.metadata()) {
            self.spans.on_new_span(attributes, id, ctx.clone());
        }
        #[cfg(feature = "sqlx")]
        if is_of_query {
            self.queries.on_new_span(attributes, id, ctx);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, ctx: Context<'_, S>) {
        self.spans.on_record(id, record, ctx.clone());
        #[cfg(feature = "sqlx")]
        self.queries.on_record(id, record, ctx);
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        self.spans.on_enter(id, ctx);
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        self.spans.on_exit(id, ctx);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        self.spans.on_follows_from(id, follows, ctx);
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let metadata = event.metadata();
        let (is_of_query, is_for_span) =
            (filter::is_of_query(metadata), is_returned_error(metadata));
        #[cfg(feature = "sqlx")]
        if is_of_query {
            self.queries.on_event(event, ctx.clone());
        }
        if is_for_span {
            self.spans.on_event(event, ctx);
        }
        // The filter has let it through for one of them.
        if !(is_of_query || is_for_span) || filter::is_record(metadata) {
            self.records.on_event(event);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        #[cfg(feature = "sqlx")]
        self.queries.on_close(id.clone(), ctx.clone());
        self.spans.on_close(id, ctx);
    }

    // SAFETY: pointers to `self` and to what a field of `self` answers for itself; both live as long as `self`.
    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        // This is how `OpenTelemetrySpanExt` finds its layer.
        unsafe { self.spans.downcast_raw(id) }
    }
}
