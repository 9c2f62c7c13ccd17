//! `error.type` of errors whose own type is hidden behind `dyn Error`.

use std::{
    array, borrow::Cow, char, env, error::Error, ffi, fmt, io, net, num, str, string, sync::mpsc,
    time,
};

/// `dyn Error`, with and without the auto traits.
pub trait DynError {
    /// The type of the outermost error of the standard library in the chain of sources. Of an I/O error, its kind.
    fn known_type(&self) -> Option<Cow<'static, str>>;
}

macro_rules! dyn_errors {
    ($($error:ty),*) => {$(
        impl DynError for $error {
            fn known_type(&self) -> Option<Cow<'static, str>> {
                known_in_chain(self)
            }
        }
    )*};
}

dyn_errors!(
    dyn Error + 'static,
    dyn Error + Send + 'static,
    dyn Error + Send + Sync + 'static
);

/// A chain of sources may be a circle.
const MOST_SOURCES: usize = 16;

fn known_in_chain(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    let mut next = Some(error);
    for _ in 0..MOST_SOURCES {
        let error = next?;
        if let Some(known) = known(error) {
            return Some(known);
        }
        next = error.source();
    }
    None
}

fn known(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // Its `Debug` is the variant's name: the set is closed.
        return Some(format!("std::io::ErrorKind::{:?}", error.kind()).into());
    }
    macro_rules! first_of {
        ($($known:ty),* $(,)?) => {
            [$(error.is::<$known>().then(|| std::any::type_name::<$known>())),*]
        };
    }
    first_of![
        array::TryFromSliceError,
        char::ParseCharError,
        env::VarError,
        ffi::FromBytesWithNulError,
        ffi::NulError,
        fmt::Error,
        mpsc::RecvError,
        net::AddrParseError,
        num::ParseFloatError,
        num::ParseIntError,
        num::TryFromIntError,
        str::ParseBoolError,
        str::Utf8Error,
        string::FromUtf8Error,
        time::SystemTimeError,
    ]
    .into_iter()
    .flatten()
    .next()
    .map(Cow::Borrowed)
}
