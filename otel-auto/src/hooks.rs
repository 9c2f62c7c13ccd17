//! Hooks that libraries have for the whole process.

/// Takes those that nobody has taken.
pub(crate) fn install() {
    #[cfg(feature = "diesel")]
    if !otel_auto_diesel::install() {
        crate::diagnostics::mention(
            "diesel has a default instrumentation of the program's own: its queries are recorded where a connection is \
             given `otel_auto::diesel::Queries`",
        );
    }
}
