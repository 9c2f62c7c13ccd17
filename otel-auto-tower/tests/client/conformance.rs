//! The conformance suite of HTTP clients, on the layer around hyper-util's client.

use std::convert::Infallible;

use http::Request;
use http_body_util::{BodyExt, Full};
use otel_auto_testing::{
    Capture,
    conformance::http_client::{self, ClientRequest, Features, SendRequest},
};
use otel_auto_tower::{HttpClientLayer, UrlTemplate};
use tower::{Layer, ServiceExt};

use super::support::{Body, plain};

struct Layered;

impl SendRequest for Layered {
    fn features(&self) -> Features {
        let mut features = Features::default();
        // The connector of this client speaks no TLS.
        features.tls = false;
        // `http::Uri` leaves it out.
        features.fragments = false;
        features
    }

    async fn send(&self, _: &Capture, request: ClientRequest) -> Result<u16, ()> {
        let layer = HttpClientLayer::new();
        let built = build(&request);
        let sent = if request.nested {
            layer.layer(layer.layer(plain())).oneshot(built).await
        } else {
            layer.layer(plain()).oneshot(built).await
        };
        sent.map(|response| response.status().as_u16())
            .map_err(drop)
    }
}

fn build(request: &ClientRequest) -> Request<Body> {
    let mut builder = Request::builder().method(request.method).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(*name, *value);
    }
    if let Some(template) = request.template {
        builder = builder.extension(UrlTemplate(template));
    }
    let body = Full::from(request.body).map_err(|never: Infallible| match never {});
    builder.body(body.boxed_unsync()).unwrap()
}

#[tokio::test]
async fn the_layer_around_hyper_s_client_conforms() {
    http_client::run(&Layered).await.assert_conforms();
}
