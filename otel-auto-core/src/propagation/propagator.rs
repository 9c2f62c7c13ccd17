//! The formats that are built in.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector},
    trace::TraceContextExt,
};

use super::{b3, baggage, jaeger, ot_trace, trace_context, xray};

/// A format of contexts in carriers: a value of `OTEL_PROPAGATORS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// W3C trace context, level 2: `tracecontext`.
    TraceContext,
    /// W3C baggage: `baggage`.
    Baggage,
    /// B3 in one header: `b3`. Several are read, too.
    B3,
    /// B3 in several headers: `b3multi`. One is read, too.
    B3Multi,
    /// Jaeger, with its baggage: `jaeger`.
    Jaeger,
    /// OpenTracing's basic tracers, with their baggage: `ottrace`. Of trace ids the lower half is written.
    OtTrace,
    /// AWS X-Ray: `xray`.
    Xray,
}

impl Propagator {
    /// The names that are written, in lower case.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::TraceContext => &[trace_context::TRACEPARENT, trace_context::TRACESTATE],
            Self::Baggage => &[baggage::BAGGAGE],
            Self::B3 => &[b3::SINGLE],
            Self::B3Multi => &[b3::TRACE_ID, b3::SPAN_ID, b3::SAMPLED, b3::FLAGS],
            Self::Jaeger => &[jaeger::FIELD],
            Self::OtTrace => &[ot_trace::TRACE_ID, ot_trace::SPAN_ID, ot_trace::SAMPLED],
            Self::Xray => &[xray::FIELD],
        }
    }

    /// The context of the carrier on top of `context`; nothing if the carrier has none.
    pub(super) fn extract(self, context: &Context, carrier: &dyn Extractor) -> Option<Context> {
        match self {
            Self::TraceContext => trace_context::extract(carrier)
                .map(|remote| context.with_remote_span_context(remote)),
            Self::Baggage => baggage::extract(context, carrier),
            Self::B3 | Self::B3Multi => b3::extract(context, carrier),
            Self::Jaeger => jaeger::extract(context, carrier),
            Self::OtTrace => ot_trace::extract(context, carrier),
            Self::Xray => xray::extract(context, carrier),
        }
    }

    pub(super) fn inject(self, context: &Context, carrier: &mut dyn Injector) {
        match self {
            Self::TraceContext => trace_context::inject(context.span().span_context(), carrier),
            Self::Baggage => baggage::inject(context, carrier),
            Self::B3 => b3::inject_single(context, carrier),
            Self::B3Multi => b3::inject_several(context, carrier),
            Self::Jaeger => jaeger::inject(context, carrier),
            Self::OtTrace => ot_trace::inject(context, carrier),
            Self::Xray => xray::inject(context, carrier),
        }
    }
}
