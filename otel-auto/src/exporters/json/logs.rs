use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};

use super::{
    Json,
    common::{any, attributes, resource, scope},
    writer::{Object, object},
};

impl Json for ExportLogsServiceRequest {
    fn json(&self) -> String {
        let mut out = String::new();
        object(&mut out, |out| {
            out.objects("resourceLogs", &self.resource_logs, of_resource);
        });
        out
    }
}

fn of_resource(logs: &ResourceLogs, out: &mut Object<'_>) {
    out.object("resource", logs.resource.as_ref(), resource);
    out.objects("scopeLogs", &logs.scope_logs, of_scope);
    out.text("schemaUrl", &logs.schema_url);
}

fn of_scope(logs: &ScopeLogs, out: &mut Object<'_>) {
    out.object("scope", logs.scope.as_ref(), scope);
    out.objects("logRecords", &logs.log_records, record);
    out.text("schemaUrl", &logs.schema_url);
}

fn record(record: &LogRecord, out: &mut Object<'_>) {
    out.long("timeUnixNano", record.time_unix_nano);
    out.long("observedTimeUnixNano", record.observed_time_unix_nano);
    out.number("severityNumber", record.severity_number);
    out.text("severityText", &record.severity_text);
    out.object("body", record.body.as_ref(), any);
    attributes(&record.attributes, out);
    out.number("droppedAttributesCount", record.dropped_attributes_count);
    out.number("flags", record.flags);
    out.hex("traceId", &record.trace_id);
    out.hex("spanId", &record.span_id);
    out.text("eventName", &record.event_name);
}
