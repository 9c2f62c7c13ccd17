//! What has to come of a request.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    trace::{FutureExt as _, SpanKind, Status, TraceContextExt as _, Tracer as _},
};
use tokio::time::timeout;

use super::{
    Features, SendRequest,
    case::{Case, STALE},
    server::Server,
};
use crate::{
    Capture, MetricPoint, SpanView,
    conformance::{
        Check,
        Strength::{self, Kit, Must, Should},
        Violation,
        check::{Fact, facts, find},
        exception,
        http::{self, End, SECRET},
        registry::REGISTRY,
        violation::section,
    },
    span::text,
};

const CONVENTION: &str = "http.client";
const SPAN: &str = "http.client span";
const DURATION: &str = "http.client.request.duration";
const ACTIVE: &str = "http.client.active_requests";
/// The scope of the span that every request is sent below.
const SUITE: &str = "conformance";

/// No case takes as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Has a case's request sent, and gives all rules that the telemetry breaks.
pub(super) async fn judge(
    client: &impl SendRequest,
    case: &Case,
    server: &Server,
) -> Vec<Violation> {
    let capture = Capture::builder()
        .settings(|settings| client.configure(settings))
        .build();
    let caller = capture.tracer(SUITE).start("caller");
    let context = capture.context().with_span(caller);
    let sent = client.send(&capture, case.request(server));
    let sent = timeout(case.cut.unwrap_or(PATIENCE), sent).with_context(context.clone());
    let answer = sent.await.ok();
    context.span().end();

    http::until(Duration::from_millis(500), || capture.spans().len() >= 2).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut spans = capture.spans();
    spans.retain(|span| span.scope != SUITE);
    let points = capture.metrics();

    let status = answer.and_then(Result::ok);
    let expected = Expected {
        case,
        features: client.features(),
        server,
        status,
        // A redirect without an end is an error only to clients that follow it.
        end: match (case.end, answer) {
            (End::Answered, Some(Err(()))) => End::Failed,
            (end, _) => end,
        },
    };
    let mut violations = Vec::new();
    expected.caller_was_told(answer, &mut violations);
    expected.spans(&spans, &context, &mut violations);
    expected.wire(&spans, &mut violations);
    expected.metrics(&spans, &points, &mut violations);
    http::secrets(SPAN, &spans, &points, &mut violations);
    exception::judge(CONVENTION, &spans, &capture.logs(), &mut violations);
    violations
}

struct Expected<'a> {
    case: &'a Case,
    features: Features,
    server: &'a Server,
    status: Option<u16>,
    end: End,
}

impl Expected<'_> {
    /// An instrumentation never changes the result of a call; and a case that did not do what it is for proves nothing.
    fn caller_was_told(&self, answer: Option<Result<u16, ()>>, violations: &mut Vec<Violation>) {
        let is_right = match self.case.end {
            End::Cancelled => answer.is_none(),
            End::Failed => answer == Some(Err(())),
            _ if self.case.path == "/loop" => answer.is_some(),
            _ => matches!(answer, Some(Ok(_))),
        };
        if !is_right {
            let rule = "the caller is told what came of the request";
            let found = format!("{answer:?}");
            let section = section::CLIENT_SPAN;
            violations.push(Violation::new(Kit, SPAN, rule, section, found));
        }
    }

    /// What has to be in the attributes of a span or a point, of which these are there.
    fn facts(&self, attributes: &[KeyValue]) -> Vec<(&'static str, Fact)> {
        let case = self.case;
        let (_, method) = http::method(case.method);
        let original = (method != case.method).then_some(case.method);
        // What a client that gave up has seen before is its own affair.
        let is_loop = self.end == End::Failed && case.end == End::Answered;
        let response = |fact: Fact| match self.status {
            _ if is_loop => Fact::Open,
            Some(_) => fact,
            None => Fact::Absent,
        };
        let peer = |fact: Fact| match self.status {
            Some(_) if self.features.peer_address => fact,
            _ => Fact::Open,
        };
        let port = self.server.address.port();
        vec![
            ("http.request.method", Fact::is(method)),
            ("http.request.method_original", Fact::of(original)),
            ("http.response.status_code", response(Fact::of(self.status))),
            ("network.protocol.name", Fact::Absent),
            (
                "network.protocol.version",
                match self.status {
                    Some(_) => Fact::is("1.1"),
                    None => Fact::Open,
                },
            ),
            ("server.address", Fact::is(case.host())),
            ("server.port", Fact::is(port)),
            ("http.request.resend_count", Fact::Absent),
            ("network.peer.address", peer(Fact::is(case.host()))),
            (
                "network.peer.port",
                if find(attributes, "network.peer.address").is_some() {
                    peer(Fact::is(port))
                } else {
                    Fact::Open
                },
            ),
        ]
    }

    fn check(&self) -> Check {
        let template: &[&str] = if self.case.template.is_some() {
            &["url.template"]
        } else {
            &[]
        };
        Check::new()
            .opted_in(self.features.opted_in)
            .opted_in(template)
    }

    fn spans(
        &self,
        spans: &[SpanView],
        caller: &opentelemetry::Context,
        violations: &mut Vec<Violation>,
    ) {
        let (clients, others): (Vec<_>, Vec<_>) =
            spans.iter().partition(|span| span.kind == SpanKind::Client);
        let mut add = |strength, rule: &str, section, found: String| {
            violations.push(Violation::new(strength, SPAN, rule, section, found));
        };
        if clients.len() != 1 {
            let found = clients.len().to_string();
            add(Must, "each request has one", section::CLIENT_SPAN, found);
        }
        for other in others {
            let rule = "nothing else is recorded of a request";
            add(Kit, rule, section::CLIENT_SPAN, other.name.clone());
        }
        for span in clients {
            violations.extend(self.span(span, caller));
        }
    }

    fn span(&self, span: &SpanView, caller: &opentelemetry::Context) -> Vec<Violation> {
        let case = self.case;
        let mut violations = self.check().span(CONVENTION, span);
        let attributes = &span.data.attributes;
        if let Some(group) = REGISTRY.span(CONVENTION) {
            violations.extend(facts(SPAN, group, attributes, &self.facts(attributes)));
        }
        let path = case.path.split(['?', '#']).next().unwrap_or_default();
        http::name(
            SPAN,
            span,
            case.method,
            case.template,
            path,
            &mut violations,
        );
        if self.end == End::Cancelled {
            cancelled(span, &mut violations);
        } else {
            http::status(SPAN, span, self.status, self.end, 400, &mut violations);
        }
        let mut add = |strength: Strength, rule: &str, section, found: String| {
            violations.push(Violation::new(strength, SPAN, rule, section, found));
        };
        if let Some(url) = span.get("url.full").map(text) {
            let urls = case.urls(self.server);
            let has_credentials = !case.user_info.is_empty() && url.contains(SECRET);
            if has_credentials {
                let rule = "url.full has no credentials";
                add(Must, rule, section::SENSITIVE, url);
            } else if !url.contains(SECRET) && !urls.contains(&url) {
                let rule = "url.full is the URL that was asked for";
                add(
                    Must,
                    rule,
                    section::CLIENT_SPAN,
                    format!("{url}, not {urls:?}"),
                );
            }
        }
        if case.template.is_some() && span.get("url.template").map(text).as_deref() != case.template
        {
            let rule = "url.template is there when the caller gives it";
            let found = span.text("url.template");
            add(Should, rule, section::CLIENT_SPAN, found);
        }
        let parent = caller.span().span_context().clone();
        if (span.trace_id, span.parent) != (parent.trace_id(), parent.span_id()) {
            let rule = "its parent is the span around the call";
            let found = format!("trace {}, parent {}", span.trace_id, span.parent);
            add(Must, rule, section::CLIENT_SPAN, found);
        }
        http::lasted(
            SPAN,
            "it lasts from the request to the head of the response",
            section::CLIENT_DURATION,
            span.duration,
            case.at_least,
            PATIENCE,
            &mut violations,
        );
        violations
    }

    /// The headers that arrived.
    fn wire(&self, spans: &[SpanView], violations: &mut Vec<Violation>) {
        let mut add = |strength, rule: &str, found: String| {
            let section = section::TRACE_CONTEXT;
            violations.push(Violation::new(strength, SPAN, rule, section, found));
        };
        for head in self.server.heads() {
            let parents: Vec<_> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .filter(|(name, _)| name.eq_ignore_ascii_case("traceparent"))
                .map(|(_, value)| value)
                .collect();
            let is_sent =
                |span: &SpanView| parents == [format!("00-{}-{}-01", span.trace_id, span.span_id)];
            if !spans.iter().any(is_sent) {
                let rule = "the request carries the span's context, once";
                add(Must, rule, format!("{parents:?}"));
            }
            if head.contains(STALE) {
                let rule = "nothing is left of a context that was in the headers";
                add(Should, rule, "tracestate".to_owned());
            }
        }
    }

    fn metrics(&self, spans: &[SpanView], points: &[MetricPoint], violations: &mut Vec<Violation>) {
        violations.extend(self.check().metrics(points));
        for point in points {
            if let Some(metric) = REGISTRY.metric(&point.name) {
                let attributes = &point.key_values;
                let wanted = self.facts(attributes);
                violations.extend(facts(&point.name, &metric.group, attributes, &wanted));
            }
        }
        let durations: Vec<_> = points
            .iter()
            .filter(|point| point.name == DURATION)
            .collect();
        let count: f64 = durations.iter().map(|point| point.number()).sum();
        let mut add = |strength, metric, rule: &str, found: String| {
            let section = section::HTTP_METRICS;
            violations.push(Violation::new(strength, metric, rule, section, found));
        };
        if durations.is_empty() {
            let found = "it is missing".to_owned();
            add(Should, DURATION, "the metric is recommended", found);
        } else if count != 1.0 {
            add(
                Should,
                DURATION,
                "each request is measured once",
                count.to_string(),
            );
        }
        let left: f64 = points
            .iter()
            .filter(|point| point.name == ACTIVE)
            .map(MetricPoint::number)
            .sum();
        if left != 0.0 {
            add(
                Must,
                ACTIVE,
                "it comes back to zero",
                format!("it is {left}"),
            );
        }
        if let ([span], [point]) = (spans, durations.as_slice()) {
            http::measured(DURATION, span, point, violations);
        }
    }
}

/// "Intentional cancellation by the caller" is no error.
fn cancelled(span: &SpanView, violations: &mut Vec<Violation>) {
    if span.status != Status::Unset || span.get("error.type").is_some() {
        let rule = "a caller that loses interest is no error";
        let found = format!("{:?}, {:?}", span.status, span.text("error.type"));
        violations.push(Violation::new(Should, SPAN, rule, section::STATUS, found));
    }
}
