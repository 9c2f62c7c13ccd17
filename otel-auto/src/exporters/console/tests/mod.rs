//! Expected drawings, in full.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod collector;
mod export;
mod metrics;
mod text;
mod tree;

use std::io::Write;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::SpanKind;
use opentelemetry::{SpanId, TraceId};

use super::{Span, Status};

/// Milliseconds.
const MS: u64 = 1_000_000;
const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

fn span(id: u64, parent: Option<u64>, name: &str, start_ms: u64, end_ms: u64) -> Span {
    Span {
        trace_id: TraceId::from(TRACE),
        span_id: SpanId::from(id),
        parent_id: parent.map(SpanId::from),
        parent_is_remote: false,
        name: name.to_owned(),
        kind: SpanKind::Internal,
        service: "users".to_owned(),
        start: start_ms * MS,
        end: end_ms * MS,
        status: Status::Unset,
        attributes: Vec::new(),
        errors: Vec::new(),
    }
}

impl Span {
    fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    fn remote(mut self) -> Self {
        self.parent_is_remote = true;
        self
    }

    fn of(mut self, service: &str) -> Self {
        self.service = service.to_owned();
        self
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        self.attributes.push((key.to_owned(), value.to_owned()));
        self
    }

    fn error(mut self, description: &str) -> Self {
        self.status = Status::Error(description.to_owned());
        self
    }

    fn in_trace(mut self, trace: u128) -> Self {
        self.trace_id = TraceId::from(trace);
        self
    }
}

/// Where a test lets an exporter write; every write is kept apart.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<String>>>);

impl Written {
    fn writes(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn text(&self) -> String {
        self.writes().concat()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.lock().unwrap().push(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
