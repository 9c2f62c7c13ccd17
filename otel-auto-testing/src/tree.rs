//! Spans as an indented tree, to be compared as text.

use std::fmt::Write as _;

use opentelemetry::{
    SpanId,
    trace::{SpanKind, Status},
};

use crate::SpanView;

pub(crate) fn render(spans: &[SpanView], keys: &[&str]) -> String {
    let mut out = String::new();
    let is_root = |span: &SpanView| !spans.iter().any(|other| other.span_id == span.parent);
    let mut roots: Vec<_> = spans.iter().filter(|span| is_root(span)).collect();
    roots.sort_by_key(|span| span.data.start_time);
    for root in roots {
        write(&mut out, spans, root, keys, 0);
    }
    out
}

fn write(out: &mut String, spans: &[SpanView], span: &SpanView, keys: &[&str], depth: usize) {
    let kind = match span.kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    };
    let status = match span.status {
        Status::Unset => "",
        Status::Ok => " ok",
        Status::Error { .. } => " error",
    };
    let _ = write!(
        out,
        "{:width$}{} {kind}{status}",
        "",
        span.name,
        width = depth * 2
    );
    for key in keys {
        if span.get(key).is_some() {
            let _ = write!(out, " {key}={}", span.text(key));
        }
    }
    out.push('\n');
    let mut children: Vec<_> = spans
        .iter()
        .filter(|child| child.parent == span.span_id && span.span_id != SpanId::INVALID)
        .collect();
    children.sort_by_key(|child| child.data.start_time);
    for child in children {
        write(out, spans, child, keys, depth + 1);
    }
}
