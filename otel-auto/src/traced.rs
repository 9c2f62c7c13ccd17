//! Values that take the trace of their sender along, through channels and queues.

use std::{
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{
    Context,
    context::FutureExt as _,
    trace::{SpanContext, TraceContextExt as _},
};
use otel_auto_core::{Operation, code::without_span};

mod work;

use work::{INSTRUMENTER, Work};

/// A value and the trace of the code that sent it: for channels and queues between tasks, threads and runtimes.
///
/// ```
/// use otel_auto::Traced;
/// use tokio::sync::mpsc;
///
/// # struct Mail;
/// # async fn deliver(_: Mail) {}
/// # async fn example(mail: Mail) -> Result<(), mpsc::error::SendError<Traced<Mail>>> {
/// let (sender, mut receiver) = mpsc::channel(8);
/// sender.send(Traced::new(mail)).await?;
///
/// while let Some(traced) = receiver.recv().await {
///     let (mail, sent) = traced.open();
///     sent.scope("deliver mail", deliver(mail)).await;    // a span below the sender's
/// }
/// # Ok(())
/// # }
/// ```
///
/// When the value is opened for the first time, the receiver's work is a child of the sender's span. A clone that is
/// opened later, to try again or by another receiver, is a trace of its own with a *link* to the sender's span: so the
/// first trace is not kept growing, and shows one attempt.
///
/// The sender's span is neither kept open by this nor ended. Without telemetry it is a value and nothing more.
#[derive(Debug, Clone)]
pub struct Traced<T> {
    value: T,
    context: Context,
    /// Shared by the clones. Without a span there is nothing that a second one would have to link to.
    opened: Option<Arc<AtomicBool>>,
}

impl<T> Traced<T> {
    /// The value, sent from the current context.
    pub fn new(value: T) -> Self {
        Self::with_context(value, &Context::current())
    }

    /// The value, sent from this context: one that came with a message, say, by [`extract`](crate::extract).
    pub fn with_context(value: T, context: &Context) -> Self {
        let sender = context.span().span_context().clone();
        let (context, opened) = if sender.is_valid() {
            // The ids without the span: a value that waits must not keep it.
            (
                context.with_remote_span_context(sender),
                Some(Arc::default()),
            )
        } else {
            (context.clone(), None)
        };
        Self {
            value,
            context,
            opened,
        }
    }

    /// Says that the value was delivered before, where a queue knows it: what is done now is linked.
    #[must_use]
    pub fn redelivered(self) -> Self {
        if let Some(opened) = &self.opened {
            opened.store(true, Ordering::Relaxed);
        }
        self
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The value, and where to do its work.
    pub fn open(self) -> (T, Sent) {
        let again = self
            .opened
            .is_some_and(|opened| opened.swap(true, Ordering::Relaxed));
        let sent = if again {
            Sent {
                link: Some(self.context.span().span_context().clone()),
                context: without_span(&self.context),
            }
        } else {
            Sent {
                link: None,
                context: self.context,
            }
        };
        (self.value, sent)
    }
}

/// Where a [`Traced`] value came from.
#[derive(Debug, Clone)]
pub struct Sent {
    context: Context,
    link: Option<SpanContext>,
}

impl Sent {
    /// Runs the work on the value in a span of this name. What it returns is not looked at: an `Err` shows in the span of
    /// an `#[instrumented]` function inside.
    #[track_caller]
    pub fn run<R>(&self, name: &'static str, work: impl FnOnce() -> R) -> R {
        let operation = self.start(name, Location::caller());
        let _attached = self.context.clone().attach();
        let result = operation.run(work);
        operation.complete();
        result
    }

    /// Runs a future, the work on the value, in a span of this name, like [`run`](Self::run). Dropped before its end, it
    /// says `error.type=cancelled`.
    #[track_caller]
    pub fn scope<F: Future>(
        &self,
        name: &'static str,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        let operation = self.start(name, Location::caller());
        // Outside: without telemetry there may still be baggage.
        operation
            .future(work, |operation, _| operation.complete())
            .with_context(self.context.clone())
    }

    /// The context for work that makes its own spans: the sender's the first time, afterwards one that has its baggage
    /// and no span.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What the span of that work has to be linked to, if this is not the first time.
    #[must_use]
    pub fn link(&self) -> Option<&SpanContext> {
        self.link.as_ref()
    }

    fn start(&self, name: &'static str, place: &'static Location<'static>) -> Operation<Work> {
        let operation = INSTRUMENTER.start(&self.context, &(name, place));
        if let Some(link) = self.link.as_ref().filter(|_| operation.is_recording()) {
            let context = operation.context();
            context.span().add_link(link.clone(), Vec::new());
        }
        operation
    }
}
