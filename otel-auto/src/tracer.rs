//! A tracer that may be made before there is a provider.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    sync::Arc,
    time::SystemTime,
};

use arc_swap::ArcSwapOption;
use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{Span, SpanBuilder, SpanContext, Status, Tracer, TracerProvider as _},
};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan};

/// The tracer of the `tracing` layer: the layer may be older than the provider, and outlive it.
#[derive(Debug, Clone)]
pub(crate) struct LateTracer;

// Read for every span of `tracing`, so without a lock.
static LATE: ArcSwapOption<Late> = ArcSwapOption::const_empty();

struct Late {
    provider: SdkTracerProvider,
    /// Of the program's own spans.
    tracer: SdkTracer,
}

/// The scope of the program's own spans.
const PROGRAM: &str = "otel-auto";

thread_local! {
    /// The span that is just being started, if it is one of ours.
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
    /// No span is to be started.
    static NONE: Cell<bool> = const { Cell::new(false) };
}

struct Prepared {
    scope: InstrumentationScope,
    builder: SpanBuilder,
}

impl LateTracer {
    pub(crate) fn set(provider: Option<&SdkTracerProvider>) {
        LATE.store(provider.map(|provider| {
            Arc::new(Late {
                provider: provider.clone(),
                tracer: provider.tracer(PROGRAM),
            })
        }));
    }

    /// The span that starts in `start` is the one of this builder. If none does, the builder is as it was.
    pub(crate) fn prepared<T>(
        scope: InstrumentationScope,
        builder: &mut SpanBuilder,
        start: impl FnOnce() -> T,
    ) -> (T, bool) {
        let prepared = Prepared {
            scope,
            builder: std::mem::take(builder),
        };
        PREPARED.set(Some(prepared));
        let started = start();
        let left = PREPARED.take();
        let is_prepared = left.is_none();
        if let Some(left) = left {
            *builder = left.builder;
        }
        (started, is_prepared)
    }

    /// No span starts in `inside`.
    pub(crate) fn without(inside: impl FnOnce()) {
        NONE.set(true);
        inside();
        NONE.set(false);
    }
}

impl Tracer for LateTracer {
    type Span = LateSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> LateSpan {
        if NONE.get() {
            return LateSpan(None);
        }
        #[cfg(feature = "testing")]
        if let Some(captured) = crate::testing::captured(parent) {
            let Prepared { scope, builder } = PREPARED.take().unwrap_or_else(|| Prepared {
                scope: InstrumentationScope::builder(PROGRAM).build(),
                builder,
            });
            let tracer = captured.tracer_provider.tracer_with_scope(scope);
            return LateSpan(Some(tracer.build_with_context(builder, parent)));
        }
        let late = LATE.load();
        LateSpan(late.as_ref().map(|late| match PREPARED.take() {
            Some(Prepared { scope, builder }) => {
                let tracer = late.provider.tracer_with_scope(scope);
                tracer.build_with_context(builder, parent)
            }
            None => late.tracer.build_with_context(builder, parent),
        }))
    }
}

/// A span of the provider, or none.
#[derive(Debug)]
pub(crate) struct LateSpan(Option<SdkSpan>);

impl Span for LateSpan {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.0 {
            span.add_event_with_timestamp(name, timestamp, attributes);
        }
    }

    fn span_context(&self) -> &SpanContext {
        self.0
            .as_ref()
            .map_or(&SpanContext::NONE, Span::span_context)
    }

    fn is_recording(&self) -> bool {
        self.0.as_ref().is_some_and(Span::is_recording)
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(attribute);
        }
    }

    fn set_status(&mut self, status: Status) {
        if let Some(span) = &mut self.0 {
            span.set_status(status);
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = &mut self.0 {
            span.update_name(name);
        }
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some(span) = &mut self.0 {
            span.add_link(context, attributes);
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        if let Some(span) = &mut self.0 {
            span.end_with_timestamp(timestamp);
        }
    }
}
