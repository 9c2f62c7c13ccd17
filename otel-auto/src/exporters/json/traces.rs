use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};

use super::{
    Json,
    common::{attributes, resource, scope},
    writer::{Object, object},
};

impl Json for ExportTraceServiceRequest {
    fn json(&self) -> String {
        let mut out = String::new();
        object(&mut out, |out| {
            out.objects("resourceSpans", &self.resource_spans, of_resource);
        });
        out
    }
}

fn of_resource(spans: &ResourceSpans, out: &mut Object<'_>) {
    out.object("resource", spans.resource.as_ref(), resource);
    out.objects("scopeSpans", &spans.scope_spans, of_scope);
    out.text("schemaUrl", &spans.schema_url);
}

fn of_scope(spans: &ScopeSpans, out: &mut Object<'_>) {
    out.object("scope", spans.scope.as_ref(), scope);
    out.objects("spans", &spans.spans, span);
    out.text("schemaUrl", &spans.schema_url);
}

fn span(span: &Span, out: &mut Object<'_>) {
    out.hex("traceId", &span.trace_id);
    out.hex("spanId", &span.span_id);
    out.text("traceState", &span.trace_state);
    out.hex("parentSpanId", &span.parent_span_id);
    out.number("flags", span.flags);
    out.text("name", &span.name);
    out.number("kind", span.kind);
    out.long("startTimeUnixNano", span.start_time_unix_nano);
    out.long("endTimeUnixNano", span.end_time_unix_nano);
    attributes(&span.attributes, out);
    out.number("droppedAttributesCount", span.dropped_attributes_count);
    out.objects("events", &span.events, event);
    out.number("droppedEventsCount", span.dropped_events_count);
    out.objects("links", &span.links, link);
    out.number("droppedLinksCount", span.dropped_links_count);
    out.object("status", span.status.as_ref(), status);
}

fn event(event: &Event, out: &mut Object<'_>) {
    out.long("timeUnixNano", event.time_unix_nano);
    out.text("name", &event.name);
    attributes(&event.attributes, out);
    out.number("droppedAttributesCount", event.dropped_attributes_count);
}

fn link(link: &Link, out: &mut Object<'_>) {
    out.hex("traceId", &link.trace_id);
    out.hex("spanId", &link.span_id);
    out.text("traceState", &link.trace_state);
    attributes(&link.attributes, out);
    out.number("droppedAttributesCount", link.dropped_attributes_count);
    out.number("flags", link.flags);
}

fn status(status: &Status, out: &mut Object<'_>) {
    out.text("message", &status.message);
    out.number("code", status.code);
}
