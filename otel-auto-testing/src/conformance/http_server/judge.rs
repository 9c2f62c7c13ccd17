//! What has to come of a request.

use std::{cell::Cell, time::Duration};

use futures_util::future::join_all;
use opentelemetry::{KeyValue, trace::SpanKind};

use super::{
    Features, SLOW, StartServer, TICK,
    case::{Case, Drive, Parent, Protocol},
    cases::PARENT,
    drive::{Seen, drive},
};
use crate::{
    Capture, MetricPoint, SpanView,
    conformance::{
        Check,
        Strength::{Kit, Must, Should},
        Violation,
        check::{Fact, facts, find},
        exception,
        http::{self, End},
        registry::REGISTRY,
        violation::section,
    },
};

const CONVENTION: &str = "http.server";
const SPAN: &str = "http.server span";
const DURATION: &str = "http.server.request.duration";
const ACTIVE: &str = "http.server.active_requests";

/// Sends a case's request, and gives all rules that the telemetry breaks. Waits so long for spans that are missing; less
/// from then on, so that a library which records nothing does not take minutes.
#[allow(clippy::expect_used)]
pub(super) async fn judge(
    server: &impl StartServer,
    case: &Case,
    patience: &mut Duration,
) -> Vec<Violation> {
    let capture = Capture::builder()
        .settings(|settings| server.configure(settings))
        .build();
    let address = server.start(&capture).await;
    let mut violations = Vec::new();

    let running = Cell::new(None);
    let seen = match case.drive {
        Drive::Together(count) => {
            let all = (0..count).map(|_| drive(case, address, || ()));
            join_all(all).await
        }
        _ => {
            let ask = || running.set(http::gauge(&capture, ACTIVE));
            vec![drive(case, address, ask).await]
        }
    };
    let seen: Vec<Seen> = seen
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("the server is there");
    if let (Drive::CutBeforeHead(_), Some(running)) = (case.drive, running.get()) {
        if running != 1.0 {
            let rule = "it counts a request that is under way";
            let found = format!("it is {running}");
            let section = section::HTTP_METRICS;
            violations.push(Violation::new(Must, ACTIVE, rule, section, found));
        }
    }

    let spans = ended(&capture, case.count(), *patience).await;
    if spans.is_empty() {
        *patience = TICK;
    }
    http::until(Duration::from_millis(300), || {
        http::gauge(&capture, ACTIVE).unwrap_or_default() == 0.0
    })
    .await;
    let points = capture.metrics();

    let mut expected = Expected {
        case,
        features: server.features(),
        route: case.route.map(|route| server.route(route)),
        seen: seen.first(),
    };
    expected.route = expected.route.filter(|_| expected.features.routes);
    expected.spans(&spans, &mut violations);
    expected.metrics(&spans, &points, &mut violations);
    http::secrets(CONVENTION, &spans, &points, &mut violations);
    exception::judge(CONVENTION, &spans, &capture.logs(), &mut violations);
    violations
}

/// The spans, when as many have ended; and a little later, for those that are too many.
async fn ended(capture: &Capture, count: usize, patience: Duration) -> Vec<SpanView> {
    http::until(patience, || capture.spans().len() >= count).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    capture.spans()
}

struct Expected<'a> {
    case: &'a Case,
    features: Features,
    route: Option<&'static str>,
    seen: Option<&'a Seen>,
}

impl Expected<'_> {
    fn status(&self) -> Option<u16> {
        self.seen.and_then(|seen| seen.status)
    }

    /// May the route be there or not? A path may match a route that lacks the method: whether that route has answered
    /// is for the framework to say.
    fn has_open_route(&self) -> bool {
        self.status() == Some(405)
    }

    fn end(&self) -> End {
        match (self.case.end, self.status()) {
            // The framework made a response of the panic.
            (End::Failed, Some(_)) => End::Answered,
            (end, _) => end,
        }
    }

    /// Does the server not know how this ended?
    fn is_open(&self) -> bool {
        let cancels = match self.case.protocol {
            Protocol::Http2 => self.features.cancels_http2,
            _ => self.features.cancels,
        };
        matches!(self.case.drive, Drive::CutBeforeHead(_)) && !cancels
    }

    /// What has to be in the attributes of a span or a point, of which these are there.
    fn facts(&self, attributes: &[KeyValue]) -> Vec<(&'static str, Fact)> {
        let case = self.case;
        let has = |key| find(attributes, key).is_some();
        let (_, method) = http::method(case.method);
        let original = (method != case.method).then_some(case.method);
        let agent = case.headers.iter().find(|(name, _)| *name == "user-agent");
        let local = self.seen.map(|seen| seen.local);
        let peer = |fact: Option<Fact>| match fact {
            Some(fact) if self.features.peer_address && case.count() == 1 => fact,
            _ => Fact::Open,
        };
        vec![
            ("http.request.method", Fact::is(method)),
            ("http.request.method_original", Fact::of(original)),
            (
                "url.path",
                if case.has_path() {
                    Fact::is(case.path())
                } else {
                    Fact::Open
                },
            ),
            (
                "url.query",
                // One that was recorded with its secrets is found as such.
                match find(attributes, "url.query") {
                    Some(query) if query.as_str().contains(http::SECRET) => Fact::Open,
                    _ => Fact::of(case.query),
                },
            ),
            ("url.scheme", Fact::is(case.scheme)),
            (
                "http.route",
                if self.has_open_route() {
                    Fact::Open
                } else {
                    Fact::of(self.route)
                },
            ),
            (
                "http.response.status_code",
                if self.is_open() {
                    Fact::Open
                } else {
                    Fact::of(self.status())
                },
            ),
            ("network.protocol.version", Fact::is(case.version())),
            ("network.protocol.name", Fact::Absent),
            (
                "server.address",
                Fact::of(case.server.map(|(address, _)| address)),
            ),
            (
                "server.port",
                if has("server.address") {
                    Fact::of(case.server.and_then(|(_, port)| port))
                } else {
                    Fact::Open
                },
            ),
            (
                "client.address",
                match case.client {
                    Some(client) => Fact::is(client),
                    None => peer(local.map(|local| Fact::is(local.ip()))),
                },
            ),
            (
                "network.peer.address",
                peer(local.map(|local| Fact::is(local.ip()))),
            ),
            (
                "network.peer.port",
                peer(
                    local
                        .filter(|_| has("network.peer.address"))
                        .map(|local| Fact::is(local.port())),
                ),
            ),
            (
                "user_agent.original",
                Fact::of(agent.map(|(_, value)| value)),
            ),
        ]
    }

    fn spans(&self, spans: &[SpanView], violations: &mut Vec<Violation>) {
        let case = self.case;
        let (servers, others): (Vec<_>, Vec<_>) =
            spans.iter().partition(|span| span.kind == SpanKind::Server);
        if servers.len() != case.count() {
            let rule = "each request has one";
            let found = format!("{} of {}", servers.len(), case.count());
            let section = section::SERVER_SPAN;
            violations.push(Violation::new(Must, SPAN, rule, section, found));
        }
        for other in others {
            let rule = "nothing else is recorded of a request";
            let section = section::SERVER_SPAN;
            violations.push(Violation::new(Kit, SPAN, rule, section, &other.name));
        }
        let check = Check::new().opted_in(self.features.opted_in);
        for span in servers {
            let mut own = check.span(CONVENTION, span);
            own.retain(|violation| case.has_path() || violation.rule != "url.path is required");
            if let Some(group) = REGISTRY.span(CONVENTION) {
                let attributes = &span.data.attributes;
                own.extend(facts(SPAN, group, attributes, &self.facts(attributes)));
            }
            let name_of_405 = format!("{} {}", case.method, case.target);
            if !self.has_open_route() || span.name != name_of_405 {
                http::name(SPAN, span, case.method, self.route, case.path(), &mut own);
            }
            if !self.is_open() {
                http::status(SPAN, span, self.status(), self.end(), 500, &mut own);
            }
            self.parent(span, &mut own);
            let rule = "it lasts from the request to the last byte of the response";
            let below = if self.is_open() { SLOW * 2 } else { case.below };
            http::lasted(
                SPAN,
                rule,
                section::SERVER_SPAN,
                span.duration,
                case.at_least,
                below,
                &mut own,
            );
            own.retain(|violation| !violations.contains(violation));
            violations.extend(own);
        }
    }

    fn parent(&self, span: &SpanView, violations: &mut Vec<Violation>) {
        let found = (span.trace_id.to_string(), span.parent.to_string());
        let is_root = found.0 != PARENT.0 && !span.remote_parent;
        let (strength, is_right, rule) = match self.case.parent {
            Parent::Remote => (
                Must,
                (found.0.as_str(), found.1.as_str()) == PARENT && span.remote_parent,
                "its parent is the one in traceparent",
            ),
            Parent::Root => (
                Must,
                is_root,
                "a traceparent that is not valid starts a new trace",
            ),
            Parent::Ambiguous => (Kit, is_root, "two traceparents start a new trace"),
        };
        if !is_right {
            let found = format!("trace {}, parent {}", found.0, found.1);
            let section = section::TRACE_CONTEXT;
            violations.push(Violation::new(strength, SPAN, rule, section, found));
        }
    }

    fn metrics(&self, spans: &[SpanView], points: &[MetricPoint], violations: &mut Vec<Violation>) {
        let check = Check::new()
            .opted_in(&[ACTIVE])
            .opted_in(self.features.opted_in);
        let mut own = check.metrics(points);
        let mut add = |strength, metric: &str, rule: &str, found: String| {
            let violation = Violation::new(strength, metric, rule, section::HTTP_METRICS, found);
            if !own.contains(&violation) {
                own.push(violation);
            }
        };
        let durations: Vec<_> = points
            .iter()
            .filter(|point| point.name == DURATION)
            .collect();
        let count: f64 = durations.iter().map(|point| point.number()).sum();
        if durations.is_empty() {
            let found = "it is missing".to_owned();
            add(Should, DURATION, "the metric is recommended", found);
        } else if count != self.case.count() as f64 {
            let found = format!("{count} for {}", self.case.count());
            add(Should, DURATION, "each request is measured once", found);
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
        for point in points {
            if let Some(metric) = REGISTRY.metric(&point.name) {
                let attributes = &point.key_values;
                let wanted = self.facts(attributes);
                for violation in facts(&point.name, &metric.group, attributes, &wanted) {
                    add(
                        violation.strength,
                        &point.name,
                        &violation.rule,
                        violation.found,
                    );
                }
            }
        }
        if let (1, [span], [point]) = (self.case.count(), spans, durations.as_slice()) {
            http::measured(DURATION, span, point, &mut own);
        }
        own.dedup();
        violations.extend(own);
    }
}
