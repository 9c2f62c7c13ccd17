//! Spans by hand.

use std::{any::type_name, fmt, future::Future};

use opentelemetry::{Context, trace::SpanKind};

use super::{AttributeValue, Code, Function, FunctionFuture};
use crate::{Attributes, Failure, Operation};

/// A span by hand, made by [`span!`](crate::span). It ends when it is dropped.
///
/// It is the current one only inside of [`run`](Self::run) and [`future`](Self::future).
#[must_use = "a span ends when it is dropped"]
pub struct Span {
    operation: Operation<Code>,
}

impl Function {
    /// A span by hand is of no function: `path` is empty.
    #[must_use]
    pub const fn by_hand(name: &'static str, file: &'static str, line: u32) -> Self {
        Self::new("", name, file, line, SpanKind::Internal)
    }
}

impl Span {
    /// For [`span!`](crate::span) alone.
    #[doc(hidden)]
    #[inline]
    pub fn start(place: &'static Function, attributes: &dyn Fn(&mut Attributes)) -> Self {
        Self {
            operation: place.start(attributes),
        }
    }

    /// Runs a closure inside of the span. If it panics, the span is an error.
    pub fn run<T>(&self, inside: impl FnOnce() -> T) -> T {
        self.operation.run(inside)
    }

    /// Runs a future inside of the span, which ends when the future is ready. Dropped before, it is cancelled.
    pub fn future<F: Future>(mut self, future: F) -> impl Future<Output = F::Output> + use<F> {
        FunctionFuture::new(self.take(), future, |_, operation| operation.complete())
    }

    /// Adds an attribute: text, a number, a truth value, or an `Option` of one.
    #[allow(clippy::needless_pass_by_value)] // a literal is written without `&`
    pub fn set_attribute(&self, key: &'static str, value: impl AttributeValue) {
        if self.operation.is_recording() {
            if let Some(value) = value.value() {
                self.operation.set_attribute(key, value);
            }
        }
    }

    /// Ends the span with an error: `error.type` is the error's type, the description its `Display`.
    pub fn fail<E: fmt::Display>(mut self, error: &E) {
        let failure = Failure::new(type_name::<E>()).description(error);
        self.take().fail(failure);
    }

    /// The context of code inside of the span, to be handed to other tasks.
    #[must_use]
    pub fn context(&self) -> Context {
        self.operation.context()
    }

    fn take(&mut self) -> Operation<Code> {
        std::mem::replace(&mut self.operation, Operation::off())
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let operation = self.take();
        // Dropped as it is, the operation tells of its panic.
        if !operation.has_panicked() {
            operation.complete();
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("recording", &self.operation.is_recording())
            .finish()
    }
}

/// A span by hand, below the current one: a [`Span`](crate::code::Span).
///
/// The name is a constant. Attributes are those of `#[instrumented]`: `key = value` for text, numbers and truth values,
/// `key = %value` for a `Display`, `key = ?value` for a `Debug`; a key is `user.id` or `"user.id"`. They are computed
/// only if the span is recorded. Without telemetry a span costs a load and a branch.
///
/// ```
/// use otel_auto_core::span;
///
/// # let (order, lines) = (7_u64, vec![1, 2]);
/// let span = span!("price order", order.id = order, order.lines = lines.len());
/// let total: u32 = span.run(|| lines.iter().sum());     // inside, the span is the current one
/// span.set_attribute("order.total", total);
/// drop(span);                                           // it ends here
///
/// # async fn send(total: u32) -> Result<(), std::fmt::Error> { Ok(()) }
/// # async fn example(total: u32) -> Result<(), std::fmt::Error> {
/// let span = span!("send order", order.total = ?total);
/// span.future(send(total)).await?;                      // it ends with the future
///
/// let span = span!("check order");
/// if let Err(error) = span.run(|| "1".parse::<u32>()) {
///     span.fail(&error);                                // it ends here, as an error
/// }
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! span {
    ($name:expr $(, $($attributes:tt)*)?) => {{
        static __OTEL_AUTO_SPAN: $crate::code::Function =
            $crate::code::Function::by_hand($name, ::core::file!(), ::core::line!());
        $crate::code::Span::start(&__OTEL_AUTO_SPAN, &|_attributes| {
            $($crate::__span_attributes!(_attributes; $($attributes)*);)?
        })
    }};
}

/// One attribute after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __span_attributes {
    ($to:ident;) => {};
    ($to:ident; $key:literal = $($more:tt)*) => {
        $crate::__span_attributes!(@ $to; [$key] = $($more)*);
    };
    ($to:ident; $first:ident $(. $part:ident)* = $($more:tt)*) => {
        $crate::__span_attributes!(@
            $to; [::core::concat!(::core::stringify!($first) $(, ".", ::core::stringify!($part))*)] = $($more)*
        );
    };
    (@ $to:ident; [$key:expr] = % $value:expr $(, $($more:tt)*)?) => {
        $crate::code::attribute($to, $key, &::std::string::ToString::to_string(&$value));
        $($crate::__span_attributes!($to; $($more)*);)?
    };
    (@ $to:ident; [$key:expr] = ? $value:expr $(, $($more:tt)*)?) => {
        $crate::code::attribute($to, $key, &::std::format!("{:?}", &$value));
        $($crate::__span_attributes!($to; $($more)*);)?
    };
    (@ $to:ident; [$key:expr] = $value:expr $(, $($more:tt)*)?) => {
        $crate::code::attribute($to, $key, &$value);
        $($crate::__span_attributes!($to; $($more)*);)?
    };
}
