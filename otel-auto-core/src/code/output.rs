//! How an output ends its call: by its type alone, unless the function says more.

use std::{borrow::Cow, fmt, ops::Deref};

use super::{Code, error_type::DynError};
use crate::{Failure, Operation};

/// Finds what is known of a failure by the type of an output, as `(&&&&Output(&output)).failure()`.
///
/// Method lookup takes a reference off only where nothing fits: an error behind a `dyn Error` comes before one that can
/// be displayed, that before any error, and that before any value.
#[derive(Debug)]
pub struct Output<'a, T>(pub &'a T);

/// The ways to find it.
pub mod by_type {
    pub use super::{AnyError as _, AnyOutput as _, DisplayedError as _, HidingError as _};
}

/// The ways for types with a `dyn Error` that is not `'static`, which cannot be looked into.
pub mod by_plain_type {
    pub use super::{AnyError as _, AnyOutput as _, DisplayedError as _};
}

/// For `Result` with an error that hides another: `Box<dyn Error>`, `anyhow::Error` and the like.
pub trait HidingError<'a> {
    /// The failure, if it is one.
    fn failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E> HidingError<'a> for &&&Output<'a, Result<T, E>>
where
    E: fmt::Display + Deref,
    E::Target: DynError,
{
    fn failure(&self) -> Option<Failure<'a>> {
        let error = self.0.as_ref().err()?;
        let known = error.known_type();
        let error_type = known.unwrap_or(Cow::Borrowed(std::any::type_name::<E>()));
        Some(Failure::new(error_type).description(error))
    }
}

/// For `Result` with an error that can be displayed.
pub trait DisplayedError<'a> {
    /// The failure, if it is one.
    fn failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E: fmt::Display> DisplayedError<'a> for &&Output<'a, Result<T, E>> {
    fn failure(&self) -> Option<Failure<'a>> {
        let error = self.0.as_ref().err()?;
        Some(Failure::new(std::any::type_name::<E>()).description(error))
    }
}

/// For `Result` with any error.
pub trait AnyError<'a> {
    /// The failure, if it is one.
    fn failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E> AnyError<'a> for &Output<'a, Result<T, E>> {
    fn failure(&self) -> Option<Failure<'a>> {
        self.0
            .is_err()
            .then(|| Failure::new(std::any::type_name::<E>()))
    }
}

/// For every other output.
pub trait AnyOutput<'a> {
    /// None.
    fn failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T> AnyOutput<'a> for Output<'a, T> {
    fn failure(&self) -> Option<Failure<'a>> {
        None
    }
}

/// What an output is told to: a call that it ends, or a stream that it is an item of.
pub trait End {
    /// Takes the failure, if it is one.
    fn end(self, failure: Option<Failure<'_>>);
}

impl End for Operation<Code> {
    fn end(self, failure: Option<Failure<'_>>) {
        match failure {
            Some(failure) => self.fail(failure),
            None => self.complete(),
        }
    }
}

/// Ends a call.
pub fn end(call: impl End, failure: Option<Failure<'_>>) {
    call.end(failure);
}

/// Ends a call with the error named by the function itself: `err = ..`.
pub fn end_named<T, E, N: ErrorName>(
    call: impl End,
    output: &Result<T, E>,
    failure: Option<Failure<'_>>,
    name: impl FnOnce(&E) -> N,
) {
    let (Err(error), Some(mut failure)) = (output, failure) else {
        return call.end(None);
    };
    let (error_type, description) = name(error).parts();
    // The type is that of the error all the same.
    failure.exception_type = Some(std::mem::replace(&mut failure.error_type, error_type));
    if let Some(description) = &description {
        failure.description = Some(description);
    }
    call.end(Some(failure));
}

/// The failure, unless the function takes the error for a result like others: `ok_if = ..`.
pub fn unless<'a, T, E>(
    output: &Result<T, E>,
    failure: Option<Failure<'a>>,
    accepts: impl FnOnce(&E) -> bool,
) -> Option<Failure<'a>> {
    failure.filter(|_| !output.as_ref().is_err_and(accepts))
}

/// What `err = ..` of `#[instrumented]` may say of an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an error",
    label = "a `&'static str` is wanted here, or a pair of it and a description",
    note = "it becomes `error.type`, also of metrics, and must be one of a few"
)]
pub trait ErrorName {
    /// `error.type`, and a description if it is not to be the error's `Display`.
    fn parts(self) -> (Cow<'static, str>, Option<String>);
}

impl ErrorName for &'static str {
    fn parts(self) -> (Cow<'static, str>, Option<String>) {
        (self.into(), None)
    }
}

impl ErrorName for Cow<'static, str> {
    fn parts(self) -> (Cow<'static, str>, Option<String>) {
        (self, None)
    }
}

impl<T: Into<Cow<'static, str>>, D: fmt::Display> ErrorName for (T, D) {
    fn parts(self) -> (Cow<'static, str>, Option<String>) {
        (self.0.into(), Some(self.1.to_string()))
    }
}
