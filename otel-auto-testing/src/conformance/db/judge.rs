//! What has to come of a case.

use opentelemetry::{
    Context, KeyValue,
    trace::{Status, TraceContextExt as _},
};

use super::{Case, SECRET, SUITE, Suite};
use crate::{
    Capture, MetricPoint, SpanView,
    conformance::{
        Check,
        Strength::{Kit, Must, Should},
        Violation,
        check::{Fact, facts, find},
        exception,
        registry::{Level, REGISTRY},
        violation::section,
    },
};

const CONVENTION: &str = "db.client";
const SPAN: &str = "db.client span";
const DURATION: &str = "db.client.operation.duration";
const ROWS: &str = "db.client.response.returned_rows";

/// All rules that the telemetry of a case breaks.
pub(super) fn judge(
    suite: &Suite,
    case: Case,
    names: &[&str],
    told: &Result<(), String>,
    capture: &Capture,
    caller: &Context,
) -> Vec<Violation> {
    let mut spans = capture.spans();
    spans.retain(|span| span.scope != SUITE);
    let points = capture.metrics();
    let mut judge = Judge {
        suite,
        case,
        violations: Vec::new(),
    };
    if told.is_err() != case.fails() {
        // An instrumentation never changes a result; and a case that did something else proves nothing.
        let rule = "the caller is told what came of the call";
        judge.add(Kit, SPAN, rule, section::DB, format!("{told:?}"));
    }
    judge.spans(&spans, names, caller);
    judge.metrics(&spans, &points);
    judge.secrets(&spans, &points);
    exception::judge(CONVENTION, &spans, &capture.logs(), &mut judge.violations);
    judge.violations
}

struct Judge<'a> {
    suite: &'a Suite,
    case: Case,
    violations: Vec<Violation>,
}

impl Judge<'_> {
    fn add(
        &mut self,
        strength: crate::conformance::Strength,
        what: &str,
        rule: &str,
        section: &'static str,
        found: impl Into<String>,
    ) {
        let violation = Violation::new(strength, what, rule, section, found);
        self.violations.push(violation);
    }

    fn is_sql(&self) -> bool {
        let system = self.suite.system;
        matches!(system, "postgresql" | "mysql" | "mariadb" | "sqlite")
    }

    fn check(&self) -> Check {
        Check::new().opted_in(&self.suite.opted_in)
    }

    fn facts(&self) -> Vec<(&'static str, Fact)> {
        let suite = self.suite;
        let open = |known: Option<Fact>| known.unwrap_or(Fact::Open);
        let host = suite.server.as_ref().map(|(host, _)| Fact::is(host));
        let port = suite.server.as_ref().map(|(_, port)| Fact::of(*port));
        // A text may name several operations and tables: these are not to be read out of it.
        let of_text = if self.is_sql() {
            Fact::Absent
        } else {
            Fact::Open
        };
        // What failed may have been to connect, which has no text.
        let operation = match self.case {
            Case::Refused => Fact::Open,
            _ => of_text.clone(),
        };
        let size = match self.case {
            Case::Batch(size) => Fact::is(size),
            _ => Fact::Absent,
        };
        vec![
            ("db.system.name", Fact::is(suite.system)),
            ("db.namespace", open(suite.namespace.as_ref().map(Fact::is))),
            ("server.address", open(host)),
            ("server.port", open(port)),
            ("db.operation.name", operation),
            ("db.collection.name", of_text),
            ("db.operation.batch.size", size),
        ]
    }

    fn spans(&mut self, spans: &[SpanView], names: &[&str], caller: &Context) {
        let found: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
        if found.len() != names.len() {
            let rule = "each call has one";
            let found = format!("{found:?}, not {names:?}");
            self.add(Must, SPAN, rule, section::DB, found);
        } else if found != names {
            let rule = "the name is the summary, or operation and target";
            let found = format!("{found:?}, not {names:?}");
            self.add(Should, SPAN, rule, section::DB_NAME, found);
        }
        let caller = caller.span().span_context().clone();
        for span in spans {
            let violations = self.check().span(CONVENTION, span);
            self.violations.extend(violations);
            self.attributes(SPAN, CONVENTION, &span.data.attributes);
            self.required(span);
            if (span.trace_id, span.parent) != (caller.trace_id(), caller.span_id()) {
                let rule = "its parent is the span around the call";
                let found = format!("trace {}, parent {}", span.trace_id, span.parent);
                self.add(Must, SPAN, rule, section::DB, found);
            }
            self.text(span);
        }
        // Of several calls the last is the one that fails.
        let dropped = matches!(self.case, Case::Cancelled | Case::StreamDropped);
        for (at, span) in spans.iter().enumerate().filter(|_| !dropped) {
            let fails = self.case.fails() && at + 1 == spans.len();
            self.status(span, fails);
        }
    }

    fn attributes(&mut self, what: &str, convention: &str, attributes: &[KeyValue]) {
        let metric = || REGISTRY.metric(convention).map(|metric| &metric.group);
        if let Some(group) = REGISTRY.span(convention).or_else(metric) {
            let violations = facts(what, group, attributes, &self.facts());
            self.violations.extend(violations);
        }
        // Opt-in, so that the registry does not ask for it; but if it is there, it is right.
        if let (Case::Rows(rows), Some(found)) =
            (self.case, find(attributes, "db.response.returned_rows"))
        {
            let found = crate::span::text(found);
            if found != rows.to_string() {
                let rule = "db.response.returned_rows is the number of rows";
                let found = format!("{found}, not {rows}");
                self.add(Should, what, rule, section::DB, found);
            }
        }
    }

    /// What is required of this system alone.
    fn required(&mut self, span: &SpanView) {
        let system = self.suite.system;
        // A connection that could not be had is neither a command, nor does it have a collection.
        if self.case == Case::Refused {
            return;
        }
        let group = REGISTRY.span(&format!("db.{system}.client"));
        for (key, level) in group.iter().flat_map(|group| &group.attributes) {
            if *level == Level::Required && span.text(key).is_empty() {
                let rule = format!("{key} is required of {system}");
                self.add(Must, SPAN, &rule, section::DB, "it is missing");
            }
        }
    }

    /// What SQL says of itself.
    fn text(&mut self, span: &SpanView) {
        if !self.is_sql() {
            return;
        }
        let (summary, text) = (span.text("db.query.summary"), span.text("db.query.text"));
        let connects = self.case == Case::Refused && span.get("db.operation.name").is_some();
        if text.is_empty() && !connects {
            let rule = "db.query.text is recommended";
            self.add(Should, SPAN, rule, section::DB_TEXT, "it is missing");
        }
        if !summary.is_empty() && summary != span.name {
            let rule = "the name is the summary, if there is one";
            let found = format!("{:?}, not {summary:?}", span.name);
            self.add(Should, SPAN, rule, section::DB_NAME, found);
        }
        if summary.chars().count() > 255 {
            let rule = "a summary has at most 255 characters";
            self.add(Should, SPAN, rule, section::DB_SUMMARY, summary);
        } else if matches!(self.case, Case::Batch(_)) && !summary.starts_with("BATCH") {
            let rule = "the summary of a batch begins with BATCH";
            self.add(Should, SPAN, rule, section::DB_SUMMARY, summary);
        }
    }

    fn status(&mut self, span: &SpanView, fails: bool) {
        let code = span.text("db.response.status_code");
        let error_type = span.text("error.type");
        let status = format!("{:?}", span.status);
        if !fails {
            if span.status != Status::Unset {
                let rule = "the status is unset without an error";
                self.add(Should, SPAN, rule, section::DB_STATUS, status);
            }
            if !error_type.is_empty() {
                let rule = "no error.type on success";
                self.add(Must, SPAN, rule, section::DB_STATUS, error_type);
            }
            return;
        }
        if !span.is_error() {
            let rule = "the status of a call that failed is an error";
            self.add(Should, SPAN, rule, section::DB_STATUS, status);
        }
        let codes = self.case.codes(self.suite.system);
        let hidden = self.suite.hides_codes && code.is_empty();
        if !hidden && !codes.is_empty() && !codes.contains(&code.as_str()) {
            let rule = "db.response.status_code is the server's code";
            let found = format!("{code:?}, not one of {codes:?}");
            self.add(Must, SPAN, rule, section::DB_STATUS, found);
        }
        if error_type.is_empty() {
            let rule = "what failed has an error.type";
            self.add(Must, SPAN, rule, section::DB_STATUS, "it is missing");
        } else if !code.is_empty() && error_type != code {
            let rule = "error.type is the status code, if there is one";
            let found = format!("{error_type:?}, not {code:?}");
            self.add(Should, SPAN, rule, section::DB_STATUS, found);
        } else if error_type.len() > 64 || error_type.contains(['{', '(', ' ']) {
            let rule = "error.type has low cardinality";
            self.add(Should, SPAN, rule, section::DB_STATUS, error_type);
        }
        if self.case == Case::Refused && !code.is_empty() {
            let rule = "no status code where no server answered";
            self.add(Must, SPAN, rule, section::DB_STATUS, code);
        }
    }

    fn metrics(&mut self, spans: &[SpanView], points: &[MetricPoint]) {
        let violations = self.check().metrics(points);
        self.violations.extend(violations);
        let of = |name: &'static str| points.iter().filter(move |point| point.name == name);
        for point in of(DURATION) {
            self.attributes(DURATION, DURATION, &point.key_values);
            for attribute in &point.key_values {
                let key = attribute.key.as_str();
                let of_point = crate::span::text(&attribute.value);
                if !spans.iter().any(|span| span.text(key) == of_point) {
                    let rule = "its attributes are the span's";
                    let found = format!("{key}={of_point}");
                    self.add(Must, DURATION, rule, section::DB_METRICS, found);
                }
            }
        }
        let of_spans = spans
            .iter()
            .filter(|span| span.get("error.type").is_some())
            .count();
        let of_points: f64 = of(DURATION)
            .filter(|point| !point.get("error.type").is_empty())
            .map(MetricPoint::number)
            .sum();
        if to_number(of_spans) != of_points {
            let rule = "error.type is the span's";
            let found = format!("{of_points} have one, of the spans {of_spans}");
            self.add(Must, DURATION, rule, section::DB_METRICS, found);
        }
        let count: f64 = of(DURATION).map(MetricPoint::number).sum();
        if count != to_number(spans.len()) {
            let rule = "each call is measured once";
            let found = format!("{count}, not {}", spans.len());
            self.add(Must, DURATION, rule, section::DB_METRICS, found);
        }
        let measured: f64 = of(DURATION).map(MetricPoint::sum).sum();
        let lasted: f64 = spans.iter().map(|span| span.duration.as_secs_f64()).sum();
        // Two clocks, or one that is read twice.
        if (measured - lasted).abs() > 0.02 * to_number(spans.len().max(1)) {
            let rule = "the value is the span's duration";
            let found = format!("{measured} s, the spans {lasted} s");
            self.add(Should, DURATION, rule, section::DB_METRICS, found);
        }
        let returned: f64 = of(ROWS).map(MetricPoint::sum).sum();
        let told: f64 = spans
            .iter()
            .filter_map(|span| span.text("db.response.returned_rows").parse::<f64>().ok())
            .sum();
        if of(ROWS).next().is_some() && (returned - told).abs() > 0.5 {
            let rule = "the value is the span's number of rows";
            let found = format!("{returned}, the spans {told}");
            self.add(Should, ROWS, rule, section::DB_METRICS, found);
        }
    }

    fn secrets(&mut self, spans: &[SpanView], points: &[MetricPoint]) {
        let mut found: Vec<String> = Vec::new();
        for span in spans {
            let with = span.attributes().into_iter();
            found.extend(
                with.filter(|(_, value)| value.contains(SECRET))
                    .map(|(key, _)| key),
            );
            if found.is_empty() && format!("{:?}", span.data).contains(SECRET) {
                found.push("name, status, events or links".to_owned());
            }
        }
        let of_points = points.iter();
        found.extend(
            of_points
                .filter(|point| format!("{point:?}").contains(SECRET))
                .map(|point| point.name.clone()),
        );
        if !found.is_empty() {
            let rule = "literals, bound values and passwords are not recorded";
            self.add(Should, SPAN, rule, section::DB_TEXT, found.join(", "));
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn to_number(count: usize) -> f64 {
    count as f64
}
