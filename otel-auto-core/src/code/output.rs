//! How an output ends its call: by its type alone, unless the function says more.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use super::{Code, error_type::DynError};
use crate::{Failure, Operation};

/// Finds how an output of type `T` ends its call, as `Output::<T>::NEW.end()`.
///
/// Method lookup follows `Deref` until the bounds of a type hold: an error behind a `dyn Error` comes before one that can
/// be displayed, that before any error, and that before any value.
#[derive(Debug)]
pub struct Output<T>(PhantomData<fn(T)>);

/// The same for types with a `dyn Error` that is not `'static`, which cannot be looked into.
#[derive(Debug)]
pub struct PlainOutput<T>(PhantomData<fn(T)>);

/// For `Result` with any error.
#[derive(Debug)]
pub struct AnyError<T>(PhantomData<fn(T)>);

/// For every other output.
#[derive(Debug)]
pub struct AnyOutput<T>(PhantomData<fn(T)>);

impl<T> Output<T> {
    /// Where the lookup starts.
    pub const NEW: Self = Self(PhantomData);

    /// The same by a value.
    #[must_use]
    pub const fn of(_: &T) -> Self {
        Self::NEW
    }
}

impl<T> PlainOutput<T> {
    /// Where the lookup starts.
    pub const NEW: Self = Self(PhantomData);

    /// The same by a value.
    #[must_use]
    pub const fn of(_: &T) -> Self {
        Self::NEW
    }
}

impl<T> Deref for Output<T> {
    type Target = PlainOutput<T>;

    fn deref(&self) -> &PlainOutput<T> {
        &PlainOutput(PhantomData)
    }
}

impl<T> Deref for PlainOutput<T> {
    type Target = AnyError<T>;

    fn deref(&self) -> &AnyError<T> {
        &AnyError(PhantomData)
    }
}

impl<T> Deref for AnyError<T> {
    type Target = AnyOutput<T>;

    fn deref(&self) -> &AnyOutput<T> {
        &AnyOutput(PhantomData)
    }
}

/// The failure that an output is, if it is one.
pub type FailureOf<T> = for<'a> fn(&'a T) -> Option<Failure<'a>>;

/// Ends a call by its output.
pub type EndBy<T, C> = fn(&T, C);

// Of errors that hide another: `Box<dyn Error>`, `anyhow::Error` and the like.
impl<T, E> Output<Result<T, E>>
where
    E: fmt::Display + Deref,
    E::Target: DynError,
{
    /// What finds the failure.
    #[must_use]
    pub fn failure(&self) -> FailureOf<Result<T, E>> {
        hiding
    }

    /// What ends the call.
    #[must_use]
    pub fn end<C: End>(&self) -> EndBy<Result<T, E>, C> {
        |output, call| call.end(hiding(output))
    }
}

impl<T, E: fmt::Display> PlainOutput<Result<T, E>> {
    /// What finds the failure.
    #[must_use]
    pub fn failure(&self) -> FailureOf<Result<T, E>> {
        displayed
    }

    /// What ends the call.
    #[must_use]
    pub fn end<C: End>(&self) -> EndBy<Result<T, E>, C> {
        |output, call| call.end(displayed(output))
    }
}

impl<T, E> AnyError<Result<T, E>> {
    /// What finds the failure.
    #[must_use]
    pub fn failure(&self) -> FailureOf<Result<T, E>> {
        any_error
    }

    /// What ends the call.
    #[must_use]
    pub fn end<C: End>(&self) -> EndBy<Result<T, E>, C> {
        |output, call| call.end(any_error(output))
    }
}

impl<T> AnyOutput<T> {
    /// What finds no failure.
    #[must_use]
    pub fn failure(&self) -> FailureOf<T> {
        |_| None
    }

    /// What completes the call.
    #[must_use]
    pub fn end<C: End>(&self) -> EndBy<T, C> {
        complete
    }
}

fn hiding<T, E>(output: &Result<T, E>) -> Option<Failure<'_>>
where
    E: fmt::Display + Deref,
    E::Target: DynError,
{
    let error = output.as_ref().err()?;
    let known = error.known_type();
    let error_type = known.unwrap_or(Cow::Borrowed(std::any::type_name::<E>()));
    Some(Failure::new(error_type).description(error))
}

fn displayed<T, E: fmt::Display>(output: &Result<T, E>) -> Option<Failure<'_>> {
    let error = output.as_ref().err()?;
    Some(Failure::new(std::any::type_name::<E>()).description(error))
}

fn any_error<T, E>(output: &Result<T, E>) -> Option<Failure<'_>> {
    output
        .is_err()
        .then(|| Failure::new(std::any::type_name::<E>()))
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

/// A value of a type, for code that tells the compiler the type and never runs.
#[allow(clippy::unreachable)] // behind an `if false`
#[must_use]
pub fn none<T>() -> T {
    unreachable!()
}

/// Ends a call that no output can fail.
pub fn complete<T, C: End>(_: &T, call: C) {
    call.end(None);
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
