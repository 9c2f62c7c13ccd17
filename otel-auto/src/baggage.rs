//! Baggage: values that travel with a request, to every service that it reaches.
//!
//! They are sent in plain text with each outgoing request, to third parties too: put no secrets in.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let tenant = otel_auto::baggage::with([("tenant", "acme")], async {
//!     otel_auto::baggage::get("tenant")
//! });
//! assert_eq!(tenant.await.as_deref(), Some("acme"));
//! assert_eq!(otel_auto::baggage::get("tenant"), None);
//! # });
//! ```
//!
//! `OTEL_RUST_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE=tenant,user.id` makes attributes of these entries, on
//! each span that starts where they are; `*` of all. An attribute that the span has or gets itself counts for more. What
//! comes with a request is as trustworthy as its sender: at most 32 entries are copied, with 256 characters each.

use opentelemetry::{
    Context,
    baggage::{BaggageExt, KeyValueMetadata},
    context::{FutureExt, WithContext},
};

/// The value of an entry, here.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    Context::map_current(|context| context.baggage().get(key).map(ToString::to_string))
}

/// Runs a future with these entries, on top of those that are there when `with` is called.
pub fn with<F, K, V>(entries: impl IntoIterator<Item = (K, V)>, future: F) -> WithContext<F>
where
    F: Future,
    K: Into<String>,
    V: Into<String>,
{
    future.with_context(context(entries))
}

/// Runs a closure with these entries, on top of those that are there.
pub fn with_sync<T, K, V>(
    entries: impl IntoIterator<Item = (K, V)>,
    inside: impl FnOnce() -> T,
) -> T
where
    K: Into<String>,
    V: Into<String>,
{
    let _attached = context(entries).attach();
    inside()
}

fn context<K: Into<String>, V: Into<String>>(entries: impl IntoIterator<Item = (K, V)>) -> Context {
    let current = Context::current();
    let kept = current.baggage().iter().map(|(key, (value, metadata))| {
        KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
    });
    // Of two with one key the later stays.
    let added = entries
        .into_iter()
        .map(|(key, value)| KeyValueMetadata::new(key.into(), value.into(), ""));
    current.with_baggage(kept.chain(added))
}
