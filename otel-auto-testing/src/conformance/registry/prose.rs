//! What the conventions say in prose alone.

/// Request durations in seconds (`http-metrics.md`, `rpc-metrics.md`).
const REQUESTS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// `http-metrics.md`, metric `http.client.connection.duration`.
const CONNECTIONS: &[f64] = &[
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// `database-metrics.md`, metric `db.client.operation.duration`.
const DATABASES: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// `database-metrics.md`, metric `db.client.response.returned_rows`.
const ROWS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0,
];

/// The bounds that the conventions give for a histogram.
pub(in crate::conformance) fn bounds(metric: &str) -> Option<&'static [f64]> {
    Some(match metric {
        "http.client.request.duration"
        | "http.server.request.duration"
        | "rpc.client.call.duration"
        | "rpc.server.call.duration" => REQUESTS,
        "http.client.connection.duration" => CONNECTIONS,
        "db.client.operation.duration" => DATABASES,
        "db.client.response.returned_rows" => ROWS,
        _ => return None,
    })
}

/// Metrics that "MUST NOT be emitted" unless the user asks (`general/metric-requirement-level.md`).
pub(super) const OPT_IN: [&str; 10] = [
    "http.client.active_requests",
    "http.client.connection.duration",
    "http.client.open_connections",
    "http.client.request.body.size",
    "http.client.response.body.size",
    "http.server.active_requests",
    "http.server.request.body.size",
    "http.server.response.body.size",
    "process.cpu.utilization",
    "process.memory.utilization",
];

/// Must the user ask for the metric?
pub(in crate::conformance) fn is_opt_in(metric: &str) -> bool {
    OPT_IN.contains(&metric)
}

/// Attributes that are the beginning of a key.
pub(super) const TEMPLATES: [&str; 5] = [
    "db.query.parameter",
    "http.request.header",
    "http.response.header",
    "rpc.request.metadata",
    "rpc.response.metadata",
];

/// Attributes that the note of a span demands, and its list of attributes leaves out: the span, the attribute.
pub(super) const REQUIRED: [(&str, &str); 2] = [
    ("rpc.grpc.call.client", "rpc.system.name"),
    ("rpc.grpc.call.server", "rpc.system.name"),
];
