//! Spans and records in one layer: each layer with a filter looks the span up twice whenever one is entered or left.

use std::any::TypeId;

use tracing::{
    Dispatch, Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    filter,
    records::Records,
    spans::{Spans, is_returned_error},
};

pub(super) struct Telemetry<S> {
    spans: Spans<S>,
    records: Records,
}

impl<S> Telemetry<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    pub(super) fn new() -> Self {
        Self {
            spans: Spans::new(),
            records: Records::default(),
        }
    }
}

impl<S> Layer<S> for Telemetry<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.records.belong_to(dispatch);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        self.spans.on_new_span(attributes, id, ctx);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, ctx: Context<'_, S>) {
        self.spans.on_record(id, record, ctx);
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
        let is_for_spans = is_returned_error(metadata);
        if is_for_spans {
            self.spans.on_event(event, ctx);
        }
        // The filter has let it through for one of them.
        if !is_for_spans || filter::is_record(metadata) {
            self.records.on_event(event);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
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
