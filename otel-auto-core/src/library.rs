//! Who instruments: the crate behind a convention.

use opentelemetry::InstrumentationScope;

use crate::semconv;

/// A crate that instruments a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Library {
    /// The crate's name, which the scope of all that it records has.
    pub(crate) scope: &'static str,
    /// The crate's version.
    pub(crate) version: &'static str,
    /// What settings call it.
    pub(crate) name: &'static str,
}

impl Library {
    pub(crate) const fn new(
        scope: &'static str,
        version: &'static str,
        name: &'static str,
    ) -> Self {
        Self {
            scope,
            version,
            name,
        }
    }

    pub(crate) fn scope(&self) -> InstrumentationScope {
        semconv::scope(self.scope, self.version)
    }
}
