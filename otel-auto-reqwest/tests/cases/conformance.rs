//! The conformance suite of HTTP clients, on `send_traced`, on the middleware and on the layer.
use crate::subject::{ClientExt, OtelLayer, OtelMiddleware, RequestBuilderExt, UrlTemplate};
use otel_auto_core::{Matcher, Settings};
use otel_auto_testing::{
    Capture,
    conformance::http_client::{self, ClientRequest, Features, SendRequest},
};
use reqwest::{Client, RequestBuilder};
use reqwest_middleware::ClientBuilder;
use tower::{Layer, ServiceExt};

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

/// The client as a tower service.
struct Layered;

impl SendRequest for Layered {
    fn features(&self) -> Features {
        let mut features = Features::default();
        features.templates = false;
        features
    }

    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let client = client();
        let built = build(&client, &request).build().unwrap();
        let layer = OtelLayer::new();
        let sent = if request.nested {
            layer.layer(layer.layer(client)).oneshot(built).await
        } else {
            layer.layer(client).oneshot(built).await
        };
        sent.map(|response| response.status().as_u16())
            .map_err(drop)
    }
}

/// Everything that is opt-in, asked for.
struct OptedIn;

impl SendRequest for OptedIn {
    fn features(&self) -> Features {
        let mut features = SendTraced.features();
        features.opted_in = &[
            "http.client.active_requests",
            "http.client.request.body.size",
            "http.client.response.body.size",
            "http.request.body.size",
            "http.request.header",
            "http.response.body.size",
            "http.response.header",
        ];
        features
    }

    fn configure(&self, settings: &mut Settings) {
        let http = &mut settings.http;
        http.body_sizes = true;
        http.client_active_requests = true;
        http.client_headers.request = vec![Matcher::new(|_| true)];
        http.client_headers.response = vec![Matcher::new(|_| true)];
    }

    async fn send(&self, capture: &Capture, request: ClientRequest) -> Result<u16, ()> {
        SendTraced.send(capture, request).await
    }
}

#[tokio::test]
async fn send_traced_conforms() {
    http_client::run(&SendTraced).await.assert_conforms();
}

#[tokio::test]
async fn what_is_opt_in_conforms() {
    http_client::run(&OptedIn).await.assert_conforms();
}

#[tokio::test]
async fn execute_traced_conforms() {
    http_client::run(&ExecuteTraced).await.assert_conforms();
}

#[tokio::test]
async fn the_middleware_conforms() {
    http_client::run(&Middleware).await.assert_conforms();
}

#[tokio::test]
async fn the_layer_conforms() {
    http_client::run(&Layered).await.assert_conforms();
}
