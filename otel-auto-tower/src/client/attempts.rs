use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use http::{Extensions, Request};

/// How often a request and its clones were sent.
#[derive(Debug, Clone, Default)]
struct Attempts(Arc<AtomicU32>);

/// Lets the clones of a request be counted, for `http.request.resend_count`.
///
/// It belongs above what retries, and [`HttpClientLayer`](super::HttpClientLayer) below:
///
/// ```
/// # use otel_auto_tower::{HttpClientLayer, count_attempts};
/// # fn stack<P, B, S>(policy: P, client: S) -> impl tower::Service<http::Request<B>, Response = http::Response<()>>
/// # where
/// #     P: tower::retry::Policy<http::Request<B>, S::Response, S::Error> + Clone,
/// #     S: tower::Service<http::Request<B>, Response = http::Response<()>> + Clone, S::Error: 'static,
/// # {
/// tower::ServiceBuilder::new()
///     .map_request(count_attempts)
///     .retry(policy)
///     .layer(HttpClientLayer::new())
///     .service(client)
/// # }
/// ```
///
/// The count is an extension of the request, which the policy must clone with it.
pub fn count_attempts<B>(mut request: Request<B>) -> Request<B> {
    request.extensions_mut().insert(Attempts::default());
    request
}

/// How often the request of these extensions was sent before.
pub(super) fn sent(extensions: &Extensions) -> u32 {
    extensions
        .get::<Attempts>()
        .map_or(0, |attempts| attempts.0.load(Ordering::Relaxed))
}

/// It is sent now.
pub(super) fn send(extensions: &Extensions) {
    if let Some(Attempts(sent)) = extensions.get() {
        sent.fetch_add(1, Ordering::Relaxed);
    }
}
