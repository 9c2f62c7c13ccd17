//! Links that a function names.

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt},
};

use crate::Attributes;

/// What `links = ..` of `#[instrumented]` may iterate over.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be linked to",
    label = "a `SpanContext` or a `Context` is wanted here"
)]
pub trait Linked {
    /// The span that is linked to.
    fn span_context(&self) -> SpanContext;
}

impl Linked for SpanContext {
    fn span_context(&self) -> SpanContext {
        self.clone()
    }
}

impl Linked for Context {
    fn span_context(&self) -> SpanContext {
        self.span().span_context().clone()
    }
}

impl<T: Linked> Linked for &T {
    fn span_context(&self) -> SpanContext {
        T::span_context(self)
    }
}

/// Adds a function's links to its span.
pub fn links(attributes: &mut Attributes, links: impl IntoIterator<Item = impl Linked>) {
    for link in links {
        attributes.link(link.span_context());
    }
}
