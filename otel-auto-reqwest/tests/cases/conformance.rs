//! The conformance suite of HTTP clients, on `send_traced` and on the middleware.
use crate::subject::{ClientExt, OtelMiddleware, RequestBuilderExt, UrlTemplate};
use otel_auto_testing::{
    Capture,
    conformance::http_client::{self, ClientRequest, Features, SendRequest},
};
use reqwest::{Client, RequestBuilder};
use reqwest_middleware::ClientBuilder;

fn client() -> Client {
    // The second call says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

fn build(client: &Client, request: &ClientRequest) -> RequestBuilder {
    let method = request.method.parse().unwrap();
    let mut builder = client.request(method, &request.url);
    for (name, value) in &request.headers {
        builder = builder.header(*name, *value);
    }
    if request.body.is_empty() {
        builder
    } else {
        builder.body(request.body)
    }
}

struct SendTraced;

impl SendRequest for SendTraced {
    fn features(&self) -> Features {
        let mut features = Features::default();
        features.nested = false;
        features
    }

    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let builder = build(&client(), &request);
        let sent = match request.template {
            Some(template) => builder.url_template(template).send_traced().await,
            None => builder.send_traced().await,
        };
        sent.map(|response| response.status().as_u16())
            .map_err(drop)
    }
}

/// A request, other than a builder, keeps the credentials of its URL.
struct ExecuteTraced;

impl SendRequest for ExecuteTraced {
    fn features(&self) -> Features {
        let mut features = SendTraced.features();
        features.templates = false;
        features
    }

    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let client = client();
        let mut built = build(&client, &request).build().unwrap();
        *built.url_mut() = request.url.parse().unwrap();
        let sent = client.execute_traced(built).await;
        sent.map(|response| response.status().as_u16())
            .map_err(drop)
    }
}

struct Middleware;

impl SendRequest for Middleware {
    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let client = client();
        let built = build(&client, &request).build().unwrap();
        let mut layered = ClientBuilder::new(client).with(OtelMiddleware::new());
        if request.nested {
            layered = layered.with(OtelMiddleware::new());
        }
        let client = layered.build();
        let mut builder = reqwest_middleware::RequestBuilder::from_parts(client, built);
        if let Some(template) = request.template {
            builder = builder.with_extension(UrlTemplate(template));
        }
        let sent = builder.send().await;
        sent.map(|response| response.status().as_u16())
            .map_err(drop)
    }
}

#[tokio::test]
async fn send_traced_conforms() {
    http_client::run(&SendTraced).await.assert_conforms();
}

#[tokio::test]
async fn execute_traced_conforms() {
    http_client::run(&ExecuteTraced).await.assert_conforms();
}

#[tokio::test]
async fn the_middleware_conforms() {
    http_client::run(&Middleware).await.assert_conforms();
}
