//! Trace and span ids in the lines that are printed.

use std::{fmt, sync::LazyLock};

use arc_swap::ArcSwapOption;
use opentelemetry::{Context, trace::TraceContextExt};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Writer},
    },
    registry::LookupSpan,
};

/// The names of the two ids in printed lines. `None`: lines are printed as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

static KEYS: LazyLock<ArcSwapOption<Keys>> = LazyLock::new(|| {
    ArcSwapOption::from_pointee(Keys {
        trace_id: "trace_id".to_owned(),
        span_id: "span_id".to_owned(),
    })
});

pub(super) fn set_keys(keys: Option<&Keys>) {
    KEYS.store(keys.map(|keys| keys.clone().into()));
}

/// Adds the ids of the current span to each printed line, as text or JSON, whichever the format writes.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer().json().map_event_format(otel_auto::TraceIds::new))
///     .with(otel_auto::tracing_layer())
///     .init();
/// ```
///
/// prints `{"timestamp":…,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"}`. Outside of spans
/// nothing is added. The names are set by `OTEL_RUST_LOG_TRACE_ID_KEY` and `OTEL_RUST_LOG_SPAN_ID_KEY`;
/// `OTEL_RUST_LOG_CORRELATION=false` leaves the lines alone.
#[derive(Debug, Clone)]
pub struct TraceIds<F> {
    format: F,
}

impl<F> TraceIds<F> {
    /// Adds the ids to what this format writes.
    pub fn new(format: F) -> Self {
        Self { format }
    }
}

impl<S, N, L, T> FormatEvent<S, N> for TraceIds<Format<L, T>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<L, T>: FormatEvent<S, N> + Clone,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let keys = KEYS.load();
        let ids = Context::map_current(|context| {
            let span = context.span();
            let ids = span.span_context();
            ids.is_valid().then(|| (ids.trace_id(), ids.span_id()))
        });
        let (Some(keys), Some((trace, span))) = (&*keys, ids) else {
            return self.format.format_event(ctx, writer, event);
        };
        let mut line = String::with_capacity(256);
        // Whoever writes into a text of ours must be told of the colours.
        let format = self.format.clone().with_ansi(writer.has_ansi_escapes());
        format.format_event(ctx, Writer::new(&mut line), event)?;
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let Keys { trace_id, span_id } = &**keys;
        match line
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(fields) => {
                writer.write_char('{')?;
                writer.write_str(fields)?;
                if !fields.is_empty() {
                    writer.write_char(',')?;
                }
                writeln!(
                    writer,
                    "\"{trace_id}\":\"{trace}\",\"{span_id}\":\"{span}\"}}"
                )
            }
            None => writeln!(writer, "{line} {trace_id}={trace} {span_id}={span}"),
        }
    }
}
