//! Values fit for a metric: cheap to copy, compare and hash.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::Value;

/// The value of an attribute that may reach a metric.
///
/// It must come from a small, closed set: what a peer or a user can choose freely belongs to the span alone
/// ([`Attributes::span_only`](crate::Attributes::span_only)).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Bounded {
    /// A text known at compile time, or interned.
    Static(&'static str),
    /// A text shared by everything that names it.
    Shared(Arc<str>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

impl From<Bounded> for Value {
    fn from(value: Bounded) -> Self {
        match value {
            Bounded::Static(text) => text.into(),
            Bounded::Shared(text) => Value::String(text.into()),
            Bounded::Int(number) => number.into(),
            Bounded::Bool(truth) => truth.into(),
        }
    }
}

impl From<&'static str> for Bounded {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<Arc<str>> for Bounded {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

impl From<String> for Bounded {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Cow<'static, str>> for Bounded {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Static(text),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl From<i64> for Bounded {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u16> for Bounded {
    fn from(number: u16) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Bounded {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}
