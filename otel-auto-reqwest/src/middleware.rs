//! The same for `reqwest-middleware`.

use http::Extensions;
use otel_auto_core::{
    Failure, Instrumenter, Operation, Providers,
    http::{HttpClient, UrlTemplate},
};

use super::{
    reqwest::{Request, Response},
    reqwest_middleware::{Error, Middleware, Next, Result},
    traced::{error, request},
};

/// Records the requests of a `reqwest_middleware::ClientWithMiddleware`, as
/// [`send_traced`](super::RequestBuilderExt::send_traced) does.
///
/// ```no_run
/// use otel_auto_reqwest::{OtelMiddleware, UrlTemplate};
/// use reqwest_middleware::ClientBuilder;
///
/// # async fn example() -> reqwest_middleware::Result<()> {
/// let client = ClientBuilder::new(reqwest::Client::new()).with(OtelMiddleware::new()).build();
/// let user = client
///     .get("https://api.example.com/users/7")
///     .with_extension(UrlTemplate("/users/{id}"))
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// Behind a middleware that retries, there is one span for each attempt, and `http.request.resend_count` counts them;
/// before it, one span for all attempts. Added twice, the outer one records.
#[derive(Debug, Clone)]
pub struct OtelMiddleware {
    instrumenter: Instrumenter<HttpClient>,
}

/// How often the request of these extensions was sent.
#[derive(Debug, Clone, Copy, Default)]
struct Sent(u32);

impl OtelMiddleware {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            instrumenter: request::INSTRUMENTER.clone(),
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

impl Default for OtelMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl Middleware for OtelMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let template = extensions.get::<UrlTemplate>().map(|template| template.0);
        let Sent(sent) = extensions.get().copied().unwrap_or_default();
        let operation = request::start(&self.instrumenter, &mut request, template, sent);
        if operation.is_off() {
            return next.run(request, extensions).await;
        }
        // A second middleware inside of this one must not count the same attempt again.
        if operation.is_live() {
            extensions.insert(Sent(sent.saturating_add(1)));
        }
        operation.future(next.run(request, extensions), end).await
    }
}

fn end(operation: Operation<HttpClient>, result: &Result<Response>) {
    match result {
        Ok(response) => request::answered(operation, response),
        Err(Error::Reqwest(error)) => error::fail(operation, error),
        // One that retries may have wrapped the error of the last attempt.
        Err(Error::Middleware(error)) => match error.chain().find_map(|cause| cause.downcast_ref())
        {
            Some(error) => error::fail(operation, error),
            None => operation.fail(Failure::new("middleware")),
        },
    }
}
