//! What an attribute is expected to be.

use std::{fmt, sync::Arc};

use opentelemetry::{Array, Value};
use otel_auto_core::code::AttributeValue;

/// What an attribute is expected to be: a value, which must be of the same type, or one of [`any`], [`absent`],
/// [`containing`] and [`matching`].
///
/// Integers of every width are OpenTelemetry's one integer.
#[derive(Clone)]
pub struct Expected(Kind);

#[derive(Clone)]
enum Kind {
    Exactly(Value),
    Any,
    Absent,
    Containing(String),
    Matching(String, Arc<dyn Fn(&Value) -> bool + Send + Sync>),
}

/// Any value. `_` in the macros.
#[must_use]
pub fn any() -> Expected {
    Expected(Kind::Any)
}

/// No attribute of this key.
#[must_use]
pub fn absent() -> Expected {
    Expected(Kind::Absent)
}

/// A text with this text in it.
#[must_use]
pub fn containing(text: impl Into<String>) -> Expected {
    Expected(Kind::Containing(text.into()))
}

/// A value of which this is true. `description` is for the failure.
///
/// ```
/// use otel_auto_testing::{matching, opentelemetry::Value};
///
/// let port = matching("a port", |value| matches!(value, Value::I64(1..=65_535)));
/// # let _ = port;
/// ```
#[must_use]
pub fn matching(
    description: impl Into<String>,
    is: impl Fn(&Value) -> bool + Send + Sync + 'static,
) -> Expected {
    Expected(Kind::Matching(description.into(), Arc::new(is)))
}

impl Expected {
    pub(crate) fn is(&self, captured: Option<&Value>) -> bool {
        let Some(captured) = captured else {
            return matches!(self.0, Kind::Absent);
        };
        match &self.0 {
            Kind::Exactly(value) => value == captured,
            Kind::Any => true,
            Kind::Absent => false,
            Kind::Containing(text) => {
                matches!(captured, Value::String(captured) if captured.as_str().contains(text))
            }
            Kind::Matching(_, is) => is(captured),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Exactly(value) => f.write_str(&shown(value)),
            Kind::Any => f.write_str("any"),
            Kind::Absent => f.write_str(ABSENT),
            Kind::Containing(text) => write!(f, "containing {text:?}"),
            Kind::Matching(description, _) => f.write_str(description),
        }
    }
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) const ABSENT: &str = "none";

/// As it is written in Rust, so that `"1"` is seen to be no `1`.
pub(crate) fn shown(value: &Value) -> String {
    fn list<T: fmt::Debug>(items: &[T]) -> String {
        format!("{items:?}")
    }
    match value {
        Value::Bool(is) => is.to_string(),
        Value::I64(number) => number.to_string(),
        Value::F64(number) => format!("{number:?}"),
        Value::String(text) => format!("{:?}", text.as_str()),
        Value::Array(Array::Bool(items)) => list(items),
        Value::Array(Array::I64(items)) => list(items),
        Value::Array(Array::F64(items)) => list(items),
        Value::Array(Array::String(items)) => {
            let items: Vec<_> = items
                .iter()
                .map(opentelemetry::StringValue::as_str)
                .collect();
            list(&items)
        }
        other => format!("{other:?}"),
    }
}

macro_rules! exactly {
    ($($type:ty),+) => {$(
        impl From<$type> for Expected {
            fn from(value: $type) -> Self {
                value.value().map_or_else(absent, |value| Self(Kind::Exactly(value)))
            }
        }
    )+};
}

exactly!(
    &str, &String, String, bool, i32, i64, u16, u32, u64, usize, f64, Value
);

impl<const N: usize> From<[&'static str; N]> for Expected {
    fn from(items: [&'static str; N]) -> Self {
        let items = items.into_iter().map(Into::into).collect();
        Self(Kind::Exactly(Value::Array(Array::String(items))))
    }
}
