//! The exporter of traces: collects spans of the SDK, draws every trace when it is whole, and writes it at once.
//!
//! It is meant for the SDK's simple processor, so `export` runs on the thread that ends a span: it only stores the
//! span, unless it is a local root's. Writing fails silently, for there is nowhere left to say so.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::collector::{Collector, Dropped, Limits};
use super::from_sdk::service_name;
use super::model::{Span, Trace};
use super::style::{Paint, Style};
use super::text::count;
use super::tree::render_trace;

/// Draws every local trace on stderr when its local root has ended.
///
/// Spans that end after their root are drawn half a second later, marked as late. At most 8192 spans of 256 traces,
/// 512 of each, are held, and none longer than a minute; what is dropped is said.
pub struct ConsoleSpanExporter {
    shared: Arc<Shared>,
    service: String,
}

struct Shared {
    style: Style,
    state: Mutex<State>,
}

struct State {
    collector: Collector,
    out: Box<dyn Write + Send>,
    sweeping: bool,
    shut_down: bool,
}

impl ConsoleSpanExporter {
    /// Draws on stderr, with colours if it is a terminal and `NO_COLOR` is unset or empty.
    #[must_use]
    pub fn new() -> Self {
        Self::to(
            Box::new(std::io::stderr()),
            Style::for_stderr(),
            Limits::default(),
        )
    }

    /// Draws on stderr in the given style.
    #[must_use]
    pub fn with_style(style: Style) -> Self {
        Self::to(Box::new(std::io::stderr()), style, Limits::default())
    }

    pub(super) fn to(out: Box<dyn Write + Send>, style: Style, limits: Limits) -> Self {
        let state = State {
            collector: Collector::new(limits),
            out,
            sweeping: false,
            shut_down: false,
        };
        Self {
            shared: Arc::new(Shared {
                style,
                state: Mutex::new(state),
            }),
            service: String::new(),
        }
    }
}

impl Default for ConsoleSpanExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleSpanExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleSpanExporter")
            .finish_non_exhaustive()
    }
}

impl SpanExporter for ConsoleSpanExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans: Vec<_> = batch
            .iter()
            .map(|data| Span::from_sdk(data, &self.service))
            .collect();
        let mut state = self.shared.lock();
        if state.shut_down {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let traces = state.collector.add(spans, Instant::now());
        state.write(&traces, &self.shared.style);
        if state.collector.late_due().is_some() && !state.sweeping {
            state.sweeping = sweep_later(Arc::downgrade(&self.shared));
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        let mut state = self.shared.lock();
        let traces = state.collector.flush_late();
        state.write(&traces, &self.shared.style);
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        let mut state = self.shared.lock();
        if std::mem::replace(&mut state.shut_down, true) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let traces = state.collector.flush();
        state.write(&traces, &self.shared.style);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = service_name(resource);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, traces: &[Trace], style: &Style) {
        let dropped = self.collector.take_dropped();
        if dropped != Dropped::default() {
            let said = format!(
                "… {} of {} dropped: too many traces open\n",
                count(dropped.spans, "span"),
                count(dropped.traces, "trace"),
            );
            let _ = self
                .out
                .write_all(style.paint(&said, Paint::Yellow).as_bytes());
        }
        for trace in traces {
            // One write per trace, so that other output does not come in between.
            let _ = self.out.write_all(render_trace(trace, style).as_bytes());
        }
    }
}

/// Starts a thread that lives while there are late spans to wait for: after the last request of a quiet service no
/// further span would bring them out.
fn sweep_later(shared: Weak<Shared>) -> bool {
    let sweep = move || {
        loop {
            let Some(shared) = shared.upgrade() else {
                return;
            };
            let mut state = shared.lock();
            let traces = state.collector.sweep(Instant::now());
            state.write(&traces, &shared.style);
            let Some(due) = state.collector.late_due() else {
                state.sweeping = false;
                return;
            };
            drop(state);
            drop(shared);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    };
    let thread = thread::Builder::new().name("otel-auto-console".to_owned());
    thread.spawn(sweep).is_ok()
}
