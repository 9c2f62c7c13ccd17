//! Attributes that a function names: taken by reference, since the function still needs its arguments.

use std::{borrow::Cow, rc::Rc, sync::Arc};

use opentelemetry::{Array, StringValue, Value};

use crate::Attributes;

/// What `attributes(key = value)` of `#[instrumented]` takes without `%` (`Display`) or `?` (`Debug`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of an attribute",
    label = "text, a number, a truth value, or an `Option` of one is wanted here",
    note = "write `%` before the value to record its `Display`, or `?` to record its `Debug`"
)]
pub trait AttributeValue {
    /// The value. `None` leaves the attribute out.
    fn value(&self) -> Option<Value>;
}

/// Adds an attribute of a function to its span.
pub fn attribute(
    attributes: &mut Attributes,
    key: &'static str,
    value: &(impl AttributeValue + ?Sized),
) {
    if let Some(value) = value.value() {
        attributes.span_only(key, value);
    }
}

impl AttributeValue for str {
    fn value(&self) -> Option<Value> {
        Some(self.to_owned().into())
    }
}

impl AttributeValue for Value {
    fn value(&self) -> Option<Value> {
        Some(self.clone())
    }
}

impl<T: AttributeValue> AttributeValue for Option<T> {
    fn value(&self) -> Option<Value> {
        self.as_ref().and_then(T::value)
    }
}

impl<T: AttributeValue + ToOwned + ?Sized> AttributeValue for Cow<'_, T> {
    fn value(&self) -> Option<Value> {
        T::value(self)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: AttributeValue + ?Sized> AttributeValue for $pointer {
            fn value(&self) -> Option<Value> {
                T::value(self)
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

macro_rules! cloned {
    ($into:ident: $($type:ty),*) => {$(
        impl AttributeValue for $type {
            fn value(&self) -> Option<Value> {
                Some(Value::$into(self.clone().into()))
            }
        }
    )*};
}

cloned!(Bool: bool);
cloned!(I64: i64);
cloned!(F64: f64);
cloned!(String: String, StringValue);
cloned!(Array: Array, Vec<bool>, Vec<i64>, Vec<f64>, Vec<StringValue>);

macro_rules! lossless {
    ($wide:ty: $($narrow:ty),*) => {$(
        impl AttributeValue for $narrow {
            fn value(&self) -> Option<Value> {
                Some(<$wide>::from(*self).into())
            }
        }
    )*};
}

lossless!(i64: i8, i16, i32, u8, u16, u32);
lossless!(f64: f32);

macro_rules! wide {
    ($($number:ty),*) => {$(
        // A number that does not fit is kept as its digits rather than cut.
        impl AttributeValue for $number {
            fn value(&self) -> Option<Value> {
                Some(i64::try_from(*self).map_or_else(|_| self.to_string().into(), Value::from))
            }
        }
    )*};
}

wide!(isize, usize, u64, i128, u128);
