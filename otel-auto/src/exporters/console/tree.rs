//! One trace as one tree, across services.
//!
//! A line is: connector, kind, name, place in the code or service, result, duration, details. The kind is marked where a
//! request comes in, `▸` server and `▹` consumer, and on every root, `◂` client, `◃` producer, `•` internal; below
//! a root, what goes out or stays inside has its connector only. The service is named where it differs from the parent's.
//!
//! Any slice of spans has a drawing: a span whose parent is not among them is a root of its own, a repeated
//! span is drawn once, and where parents form a cycle the earliest span is a root.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanKind;
use opentelemetry::{SpanId, TraceId};

use super::lines::{Row, align};
use super::model::{Part, Span, Trace};
use super::style::Style;
use super::telling::telling;
use super::text::{clean, count, duration, width};

/// Cells a name gets at any depth.
const MIN_NAME: usize = 12;

/// Draws spans, every trace among them as one tree, the earliest first.
#[must_use]
pub fn render(spans: &[Span], style: &Style) -> String {
    let mut traces: HashMap<TraceId, Vec<&Span>> = HashMap::new();
    for span in spans {
        traces.entry(span.trace_id).or_default().push(span);
    }
    let mut traces: Vec<_> = traces.into_values().collect();
    traces.sort_by_key(|spans| {
        let first = spans.iter().map(|span| span.start).min();
        (first, spans.first().map(|span| span.trace_id.to_bytes()))
    });
    traces
        .iter()
        .map(|spans| Drawing::new(spans, Part::Whole, style).finish(0))
        .collect()
}

/// Draws the spans of one trace, and says what is missing of it.
#[must_use]
pub fn render_trace(trace: &Trace, style: &Style) -> String {
    let spans: Vec<_> = trace.spans.iter().collect();
    Drawing::new(&spans, trace.part, style).finish(trace.dropped)
}

struct Drawing<'a> {
    children: HashMap<SpanId, Vec<&'a Span>>,
    roots: Vec<&'a Span>,
    part: Part,
    services: usize,
    style: &'a Style,
    rows: Vec<Row>,
}

impl<'a> Drawing<'a> {
    fn new(spans: &[&'a Span], part: Part, style: &'a Style) -> Self {
        let mut ids = HashSet::new();
        let mut spans: Vec<_> = spans
            .iter()
            .copied()
            .filter(|span| ids.insert(span.span_id))
            .collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));

        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        let mut roots = Vec::new();
        for &span in &spans {
            match span.parent_id.filter(|parent| ids.contains(parent)) {
                Some(parent) => children.entry(parent).or_default().push(span),
                None => roots.push(span),
            }
        }
        break_cycles(&spans, &mut children, &mut roots);
        let services: HashSet<_> = spans.iter().map(|span| &span.service).collect();
        Self {
            children,
            roots,
            part,
            services: services.len(),
            style,
            rows: Vec::new(),
        }
    }

    fn finish(mut self, dropped: usize) -> String {
        let roots = std::mem::take(&mut self.roots);
        let (drawn, folded) = roots.split_at(roots.len().min(self.style.max_children.max(1)));
        for root in drawn {
            self.add(root, None, "", "", 0);
        }
        self.fold(folded, "");
        if dropped > 0 {
            self.note(format!(
                "… {} dropped: too many to hold",
                count(dropped, "span")
            ));
        }
        align(&self.rows, self.style)
    }

    /// Adds a line for the span and, below it, its children. `connector` stands before this span's name, `indent`
    /// before its children's.
    fn add(
        &mut self,
        span: &'a Span,
        parent: Option<&Span>,
        connector: &str,
        indent: &str,
        depth: usize,
    ) {
        self.rows.push(self.row(span, parent, connector));
        let Some(children) = self.children.remove(&span.span_id) else {
            return;
        };
        let indent = if parent.is_none() { "  " } else { indent };
        if depth >= self.style.depth() {
            self.fold(&children, indent);
            return;
        }
        let (drawn, folded) = children.split_at(children.len().min(self.style.max_children.max(1)));
        let mut rest = drawn.len() + usize::from(!folded.is_empty());
        for child in drawn {
            rest -= 1;
            let (branch, below) = if rest == 0 {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            let (connector, indent) = (format!("{indent}{branch}"), format!("{indent}{below}"));
            self.add(child, Some(span), &connector, &indent, depth + 1);
        }
        self.fold(folded, indent);
    }

    fn row(&self, span: &Span, parent: Option<&Span>, connector: &str) -> Row {
        let telling = telling(span);
        let prefix = format!("{connector}{}", mark(&span.kind, parent.is_none()));
        let space = self.max_left().saturating_sub(width(&prefix)).max(MIN_NAME);
        let name = clean(&span.name, space);
        let service = match parent {
            None => self.services > 1,
            Some(parent) => parent.service != span.service,
        };
        let service = (service && !span.service.is_empty()).then(|| format!("[{}]", span.service));
        let aside: Vec<_> = [service, telling.place].into_iter().flatten().collect();
        let space = space.saturating_sub(width(&name) + 2);

        let mut details = Vec::new();
        if parent.is_none() {
            details.extend(self.about_root(span));
        }
        details.extend(telling.details);
        Row {
            prefix,
            name,
            aside: clean(&aside.join("  "), space),
            result: telling.result,
            duration: duration(span.duration()),
            details: details.join(" · "),
            error: span.is_error(),
        }
    }

    fn about_root(&self, span: &Span) -> Vec<String> {
        let id: String = span.trace_id.to_string().chars().take(8).collect();
        let mut about = vec![format!("trace {id}…")];
        let missing = match (self.part, span.parent_id) {
            (Part::Late, _) => Some("late"),
            (Part::Unfinished, _) => Some("parent still open"),
            (Part::Whole, Some(_)) if span.parent_is_remote => Some("remote parent"),
            (Part::Whole, Some(_)) => Some("parent missing"),
            (Part::Whole, None) => None,
        };
        about.extend(missing.map(str::to_owned));
        about
    }

    /// A line that counts spans and all that is below them.
    fn fold(&mut self, spans: &[&Span], indent: &str) {
        let mut waiting: Vec<_> = spans.to_vec();
        let mut hidden = 0;
        while let Some(span) = waiting.pop() {
            hidden += 1;
            waiting.extend(self.children.remove(&span.span_id).unwrap_or_default());
        }
        if hidden > 0 {
            let connector = if indent.is_empty() { "" } else { "└─ " };
            self.note(format!(
                "{indent}{connector}… {} more",
                count(hidden, "span")
            ));
        }
    }

    fn note(&mut self, prefix: String) {
        self.rows.push(Row {
            prefix,
            ..Row::default()
        });
    }

    fn max_left(&self) -> usize {
        self.style.width() * 3 / 5
    }
}

/// Makes a root of the earliest span of all that hang on a cycle of parents.
fn break_cycles<'a>(
    spans: &[&'a Span],
    children: &mut HashMap<SpanId, Vec<&'a Span>>,
    roots: &mut Vec<&'a Span>,
) {
    let mut reached = HashSet::new();
    let mut waiting = roots.clone();
    let mut candidates = spans.iter();
    loop {
        while let Some(span) = waiting.pop() {
            if reached.insert(span.span_id) {
                waiting.extend(children.get(&span.span_id).into_iter().flatten());
            }
        }
        let Some(&span) = candidates.find(|span| !reached.contains(&span.span_id)) else {
            return;
        };
        // It is its own descendant; taken from below, it stands above.
        if let Some(siblings) = span.parent_id.and_then(|parent| children.get_mut(&parent)) {
            siblings.retain(|sibling| sibling.span_id != span.span_id);
        }
        roots.push(span);
        waiting.push(span);
    }
}

fn mark(kind: &SpanKind, root: bool) -> &'static str {
    match kind {
        SpanKind::Server => "▸ ",
        SpanKind::Consumer => "▹ ",
        SpanKind::Client if root => "◂ ",
        SpanKind::Producer if root => "◃ ",
        SpanKind::Internal if root => "• ",
        SpanKind::Client | SpanKind::Producer | SpanKind::Internal => "",
    }
}
