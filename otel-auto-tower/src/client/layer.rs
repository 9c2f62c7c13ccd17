use otel_auto_core::{Instrumenter, Providers, http};
use tower_layer::Layer;

use super::HttpClient;

/// Records the requests that a client sends: any service of `http::Request<B>` that gives `http::Response<R>`.
///
/// ```no_run
/// use http_body_util::Empty;
/// use hyper::body::Bytes;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use otel_auto_tower::{HttpClientLayer, UrlTemplate};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = ServiceBuilder::new()
///     .layer(HttpClientLayer::new())
///     .service(Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>());
/// let request = http::Request::get("http://api.example.com/users/7")
///     .extension(UrlTemplate("/users/{id}"))      // optional: the span is `GET /users/{id}` instead of `GET`
///     .body(Empty::new())?;
/// let response = client.oneshot(request).await?;
/// # Ok(())
/// # }
/// ```
///
/// The layer may be built before `otel_auto::init()`; without it, it costs a branch.
///
/// # What it emits
///
/// | signal | name | when |
/// |---|---|---|
/// | CLIENT span | `{method} {template}`, or `{method}` without a template | each request |
/// | `http.client.request.duration` | seconds | each request, when it has ended |
///
/// with the attributes of the HTTP conventions (`http/http-spans.md#http-client`). The request carries the span's
/// context in its headers, in place of any that it had. Of a request whose URI has no authority, as it is written to a
/// connection, the server is the one of its `Host` header.
///
/// # When a request starts and ends
///
/// - It starts when the service is called, below the span that is current there.
/// - It ends when the head of the response is there. The body is not touched.
/// - A 4xx or 5xx is an error, with the status code as `error.type`.
/// - An error of the service has one of these as `error.type`: `timeout`, `dns`, `connection_refused`,
///   `connection_reset`, `connection_closed`, `tls`, `connect`, `canceled`, `parse`, `body`, `request`; else the name of
///   its type, or `_OTHER` if it is in a box.
/// - A future that is dropped ends its span. That is no error: whoever called does not want the answer any more.
///
/// # Retries
///
/// Below a layer that retries there is one span for each attempt, and [`count_attempts`](super::count_attempts) numbers
/// them; above it, one span for all. A second layer inside of this one, or a client that is traced by itself, makes no
/// second span.
#[derive(Debug, Clone)]
pub struct HttpClientLayer {
    instrumenter: Instrumenter<http::HttpClient>,
}

impl HttpClientLayer {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        let convention = http::HttpClient::new(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            "tower_client",
        );
        Self {
            instrumenter: Instrumenter::new(convention),
        }
    }

    /// Works with these providers instead.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
        }
    }
}

impl Default for HttpClientLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for HttpClientLayer {
    type Service = HttpClient<S>;

    fn layer(&self, inner: S) -> HttpClient<S> {
        HttpClient::new(inner, self.instrumenter.clone())
    }
}
