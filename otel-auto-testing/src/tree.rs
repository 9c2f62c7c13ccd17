//! Spans as an indented tree, to be compared as text.

use std::{fmt::Write as _, time::SystemTime};

use opentelemetry::trace::{SpanKind, Status};

use crate::SpanView;

/// A span with what is below it.
pub(crate) struct Node {
    line: String,
    start: SystemTime,
    end: SystemTime,
    children: Vec<Node>,
}

pub(crate) fn render(spans: &[SpanView], keys: &[&str]) -> String {
    text(&forest(spans, keys))
}

/// The roots, each with what is below it, in the order of their starts.
pub(crate) fn forest(spans: &[SpanView], keys: &[&str]) -> Vec<Node> {
    let is_root = |span: &SpanView| !spans.iter().any(|other| other.span_id == span.parent);
    nodes(&is_root, spans, keys)
}

fn nodes(are: &dyn Fn(&SpanView) -> bool, spans: &[SpanView], keys: &[&str]) -> Vec<Node> {
    let mut nodes: Vec<_> = spans
        .iter()
        .filter(|span| are(span))
        .map(|span| Node {
            line: line(span, keys),
            start: span.data.start_time,
            end: span.data.end_time,
            children: nodes(&|child| child.parent == span.span_id, spans, keys),
        })
        .collect();
    nodes.sort_by_key(|node| node.start);
    nodes
}

fn line(span: &SpanView, keys: &[&str]) -> String {
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
    let mut line = format!("{} {kind}{status}", span.name);
    for key in keys {
        if span.get(key).is_some() {
            let _ = write!(line, " {key}={}", span.text(key));
        }
    }
    line
}

pub(crate) fn text(nodes: &[Node]) -> String {
    fn write(out: &mut String, nodes: &[Node], depth: usize) {
        for node in nodes {
            let _ = writeln!(out, "{:width$}{}", "", node.line, width = depth * 2);
            write(out, &node.children, depth + 1);
        }
    }
    let mut out = String::new();
    write(&mut out, nodes, 0);
    out
}

/// Brings spans that ran at the same time into the order in which they are expected: which of them started first is
/// an accident. A span that had ended before another started stays before it.
pub(crate) fn arrange(nodes: Vec<Node>, expected: &str) -> Vec<Node> {
    let lines: Vec<_> = expected.lines().collect();
    arranged(nodes, &lines, 0)
}

fn arranged(mut left: Vec<Node>, expected: &[&str], depth: usize) -> Vec<Node> {
    let mut arranged_nodes = Vec::with_capacity(left.len());
    let mut rest = expected;
    while let Some((first, below)) = rest.split_first() {
        let depth_of = |line: &str| (line.len() - line.trim_start().len()) / 2;
        let end = below.iter().position(|line| depth_of(line) <= depth);
        let (below, after) = below.split_at(end.unwrap_or(below.len()));
        rest = after;
        let is_next = |node: &Node| {
            let was_before = |other: &Node| other.start < node.start && other.end <= node.start;
            node.line == first.trim_start() && !left.iter().any(was_before)
        };
        let fits: Vec<_> = (0..left.len())
            .filter(|&at| left.get(at).is_some_and(is_next))
            .collect();
        // Of several of this name, the one below which there is what is expected, if there is one.
        let lines_below = |at: &usize| {
            left.get(*at)
                .map(|node| text(&node.children).lines().count())
        };
        let alike = fits.iter().find(|at| lines_below(at) == Some(below.len()));
        let Some(at) = alike.or(fits.first()).copied() else {
            continue;
        };
        let mut node = left.remove(at);
        node.children = arranged(node.children, below, depth + 1);
        arranged_nodes.push(node);
    }
    arranged_nodes.append(&mut left);
    arranged_nodes
}
