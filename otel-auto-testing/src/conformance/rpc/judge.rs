//! What has to come of a call.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    trace::{FutureExt as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _},
};

use super::{Call, MakeCall};
use crate::{
    Capture, SpanView,
    conformance::{
        Check,
        Strength::{Kit, Must, Should},
        Violation,
        check::{Fact, facts},
        exception,
        http::until,
        registry::REGISTRY,
        violation::section,
    },
};

pub(super) const UNIMPLEMENTED: i32 = 12;

/// The scope of the span that every call is made below.
const SUITE: &str = "conformance";

/// The names of the status codes, and whether they are errors of the server; all but `OK` are errors of the client.
const CODES: [(&str, bool); 17] = [
    ("OK", false),
    ("CANCELLED", false),
    ("UNKNOWN", true),
    ("INVALID_ARGUMENT", false),
    ("DEADLINE_EXCEEDED", true),
    ("NOT_FOUND", false),
    ("ALREADY_EXISTS", false),
    ("PERMISSION_DENIED", false),
    ("RESOURCE_EXHAUSTED", false),
    ("FAILED_PRECONDITION", false),
    ("ABORTED", false),
    ("OUT_OF_RANGE", false),
    ("UNIMPLEMENTED", true),
    ("INTERNAL", true),
    ("UNAVAILABLE", true),
    ("DATA_LOSS", true),
    ("UNAUTHENTICATED", false),
];

/// Has a call made, and gives all rules that the telemetry breaks. Waits so long for spans that are missing; less from
/// then on.
pub(super) async fn judge(
    rpc: &impl MakeCall,
    call: Call,
    patience: &mut Duration,
) -> Vec<Violation> {
    let (at_server, at_client) = (Capture::new(), Capture::new());
    let caller = at_client.tracer(SUITE).start("caller");
    let context = at_client.context().with_span(caller);
    let made = rpc.call(&at_server, &at_client, call);
    let code = made.with_context(context.clone()).await;
    context.span().end();

    let of = |capture: &Capture| {
        let mut spans = capture.spans();
        spans.retain(|span| matches!(span.kind, SpanKind::Server | SpanKind::Client));
        spans
    };
    until(*patience, || {
        !of(&at_server).is_empty() && !of(&at_client).is_empty()
    })
    .await;
    tokio::time::sleep(Duration::from_millis(5)).await;

    let mut violations = Vec::new();
    if code != call.code {
        let rule = "the caller is told how the call ended";
        let found = format!("{code}, not {}", call.code);
        violations.push(Violation::new(Kit, "the client", rule, section::RPC, found));
    }
    let (servers, clients) = (of(&at_server), of(&at_client));
    if servers.is_empty() || clients.is_empty() {
        *patience = Duration::from_millis(50);
    }
    let (name, is_server_error) = usize::try_from(call.code)
        .ok()
        .and_then(|code| CODES.get(code).copied())
        .unwrap_or_default();
    let client = Side {
        convention: "rpc.grpc.call.client",
        duration: "rpc.client.call.duration",
        call,
        code: name,
        is_error: call.code != 0,
        // Only the server knows which methods there are.
        is_known: Some(call.method)
            .filter(|method| *method != "Nobody")
            .map(|_| true),
        parent: Some(context.span().span_context().clone()),
    };
    let server = Side {
        convention: "rpc.grpc.call.server",
        duration: "rpc.server.call.duration",
        is_error: is_server_error,
        is_known: Some(call.method != "Nobody"),
        parent: clients.first().map(|span| span.data.span_context.clone()),
        ..client.clone()
    };
    client.judge(&clients, &at_client, &mut violations);
    server.judge(&servers, &at_server, &mut violations);
    violations
}

/// What one side has to record.
#[derive(Clone)]
struct Side {
    convention: &'static str,
    duration: &'static str,
    call: Call,
    code: &'static str,
    is_error: bool,
    /// Does this side know the method? `None` where that is left open.
    is_known: Option<bool>,
    parent: Option<SpanContext>,
}

impl Side {
    fn method(&self) -> String {
        format!("probe.Probe/{}", self.call.method)
    }

    fn facts(&self) -> Vec<(&'static str, Fact)> {
        let (method, original) = match self.is_known {
            None => (Fact::Open, Fact::Open),
            Some(true) => (Fact::is(self.method()), Fact::Absent),
            Some(false) => (Fact::is("_OTHER"), Fact::is(self.method())),
        };
        vec![
            ("rpc.system.name", Fact::is("grpc")),
            ("rpc.method", method),
            ("rpc.method_original", original),
            ("rpc.response.status_code", Fact::is(self.code)),
            ("error.type", Fact::of(self.is_error.then_some(self.code))),
        ]
    }

    fn judge(&self, spans: &[SpanView], capture: &Capture, violations: &mut Vec<Violation>) {
        let what = format!("{} span", self.convention);
        if spans.len() != 1 {
            let found = spans.len().to_string();
            let rule = "each call has one";
            violations.push(Violation::new(Must, &what, rule, section::RPC, found));
        }
        for span in spans {
            self.span(&what, span, violations);
        }
        exception::judge(self.convention, spans, &capture.logs(), violations);
        self.metrics(spans, capture, violations);
    }

    fn attributes(&self, what: &str, attributes: &[KeyValue], violations: &mut Vec<Violation>) {
        let metric = || Some(&REGISTRY.metric(what)?.group);
        if let Some(group) = REGISTRY
            .span(self.convention)
            .filter(|_| what != self.duration)
            .or_else(metric)
        {
            violations.extend(facts(what, group, attributes, &self.facts()));
        }
    }

    fn span(&self, what: &str, span: &SpanView, violations: &mut Vec<Violation>) {
        violations.extend(Check::new().span(self.convention, span));
        self.attributes(what, &span.data.attributes, violations);
        let mut add = |rule: &str, section, found: String| {
            violations.push(Violation::new(Must, what, rule, section, found));
        };
        let name = match self.is_known {
            None => span.name.clone(),
            Some(true) => self.method(),
            Some(false) => "grpc".to_owned(),
        };
        if span.name != name {
            let found = format!("{:?}, not {name:?}", span.name);
            add("the name is the method, or grpc", section::RPC, found);
        }
        let is_right = match &span.status {
            Status::Error { .. } => self.is_error,
            Status::Unset => !self.is_error,
            Status::Ok => false,
        };
        if !is_right {
            let rule = "the status is the one that the conventions give for the code";
            let found = format!("{:?} for {}", span.status, self.code);
            add(rule, section::RPC_STATUS, found);
        }
        let parent = self.parent.as_ref();
        let parent = parent.map(|parent| (parent.trace_id(), parent.span_id()));
        if parent != Some((span.trace_id, span.parent)) {
            let rule = "its parent is the span around the call; the server's, the client's";
            let found = format!("trace {}, parent {}", span.trace_id, span.parent);
            add(rule, section::TRACE_CONTEXT, found);
        }
    }

    fn metrics(&self, spans: &[SpanView], capture: &Capture, violations: &mut Vec<Violation>) {
        let points = capture.metrics();
        violations.extend(Check::new().metrics(&points));
        let durations: Vec<_> = points
            .iter()
            .filter(|point| point.name == self.duration)
            .collect();
        for point in &durations {
            self.attributes(self.duration, &point.key_values, violations);
        }
        let mut add = |rule: &str, found: String| {
            let section = section::RPC_METRICS;
            violations.push(Violation::new(Should, self.duration, rule, section, found));
        };
        let count: f64 = durations.iter().map(|point| point.number()).sum();
        if count != 1.0 {
            add("each call is measured once", count.to_string());
        }
        if let ([span], [point]) = (spans, durations.as_slice()) {
            let of_span = span.duration.as_secs_f64();
            // Two clocks, or one that is read twice.
            if (of_span - point.sum()).abs() > 0.02 {
                let found = format!("{} s, the span {of_span} s", point.sum());
                add("the value is the span's duration", found);
            }
        }
    }
}
