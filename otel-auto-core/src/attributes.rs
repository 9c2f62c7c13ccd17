//! The write-only collector that conventions fill.

use opentelemetry::{
    Context, Key, KeyValue, Value,
    trace::{Link, SpanContext, TraceContextExt},
};

use smallvec::SmallVec;

use crate::value::Bounded;

/// One attribute of a metric.
pub(crate) type Label = (&'static str, Bounded);

/// Collects the attributes of one operation: some for span and metrics, some for the span alone.
///
/// A key is written once. What nobody will read is not kept: span attributes are dropped when the span is not
/// recorded, metric attributes when no metric is wanted.
#[derive(Debug)]
pub struct Attributes {
    recording: bool,
    measuring: bool,
    pub(crate) span: Vec<KeyValue>,
    pub(crate) labels: SmallVec<[Label; LABEL_CAPACITY]>,
    /// For the metrics other than the duration.
    pub(crate) details: SmallVec<[Label; 1]>,
    pub(crate) links: Vec<Link>,
    started: Option<Context>,
}

/// Room for what the HTTP conventions put on a span at its start, so that the vector grows never or once.
const SPAN_CAPACITY: usize = 14;
/// What the HTTP conventions put on a metric fits in.
const LABEL_CAPACITY: usize = 8;

impl Attributes {
    pub(crate) fn new(recording: bool, measuring: bool) -> Self {
        Self {
            recording,
            measuring,
            span: if recording {
                Vec::with_capacity(SPAN_CAPACITY)
            } else {
                Vec::new()
            },
            labels: SmallVec::new(),
            details: SmallVec::new(),
            links: Vec::new(),
            started: None,
        }
    }

    /// Whether the span is recorded: guard what is costly to compute with this.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// Adds an attribute to the span and to the metrics. Its values must form a small, closed set.
    pub fn add(&mut self, key: &'static str, value: impl Into<Bounded>) {
        let value = value.into();
        match (self.recording, self.measuring) {
            (true, true) => {
                self.tell_span(KeyValue::new(key, value.clone()));
                self.labels.push((key, value));
            }
            (true, false) => self.tell_span(KeyValue::new(key, value)),
            (false, true) => self.labels.push((key, value)),
            (false, false) => {}
        }
    }

    /// Adds an attribute to the span alone.
    pub fn span_only(&mut self, key: &'static str, value: impl Into<Value>) {
        if self.recording {
            self.tell_span(KeyValue::new(key, value));
        }
    }

    /// Adds an attribute to the span alone, under a key that is made while the program runs, such as a header's.
    ///
    /// Whoever lets a peer choose keys bounds their number.
    pub fn span_named(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        if self.recording {
            self.tell_span(KeyValue::new(key, value));
        }
    }

    /// Adds an attribute to the span and to the metrics that are off by default, but not to the duration, where the
    /// conventions leave it out.
    pub fn detail(&mut self, key: &'static str, value: impl Into<Bounded>) {
        let value = value.into();
        if self.measuring {
            self.details.push((key, value.clone()));
        }
        self.span_only(key, value);
    }

    /// Adds an attribute to the metrics alone: the span has it already, or must not.
    pub fn metric_only(&mut self, key: &'static str, value: impl Into<Bounded>) {
        if self.measuring {
            self.labels.push((key, value.into()));
        }
    }

    /// Links the span to another one, before it has started. An invalid one is left out.
    pub fn link(&mut self, other: SpanContext) {
        if self.recording && self.started.is_none() && other.is_valid() {
            self.links.push(Link::with_context(other));
        }
    }

    fn tell_span(&mut self, attribute: KeyValue) {
        match &self.started {
            Some(context) => context.span().set_attribute(attribute),
            None => self.span.push(attribute),
        }
    }

    /// From now on attributes go to the span of this context: a vector for the few of the end would be built for nothing.
    pub(crate) fn follow(&mut self, context: Context) {
        self.started = Some(context);
    }

    pub(crate) fn context(&self) -> Option<&Context> {
        self.started.as_ref()
    }

    pub(crate) fn set_recording(&mut self, recording: bool) {
        self.recording = recording;
    }
}
