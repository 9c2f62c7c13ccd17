//! A setting that could not be used as it was given.

use std::fmt;

/// One sentence about one variable. Its value is already safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) variable: &'static str,
    /// As given, shortened when long, and masked where it may hold a secret.
    pub(crate) value: String,
    /// "is not a whole number of milliseconds".
    pub(crate) problem: String,
    /// "using 5000".
    pub(crate) instead: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            variable,
            value,
            problem,
            instead,
        } = self;
        // `Debug` of the value keeps control characters off the terminal.
        write!(f, "{variable}={value:?} {problem}; {instead}")
    }
}
