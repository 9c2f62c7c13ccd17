//! What is tonic's own: routers, other layers around, services of other crates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

mod suite;
mod support;

use std::convert::Infallible;

use axum::{Router, routing::any};
use http::StatusCode;
use otel_auto_core::{
    Matcher, Providers,
    opentelemetry::{
        Context as Telemetry, KeyValue,
        baggage::BaggageExt,
        trace::{FutureExt, TraceContextExt},
    },
    propagation::{Propagation, Propagator},
};
use otel_auto_testing::Capture;
use otel_auto_tonic::{RpcClientLayer, RpcServerLayer};
use otel_auto_tower::HttpServerLayer;
use suite::{Rpc, Running, TICK, drain, path, probe::Probe, request, start};
use support::{Tonic, client_of, client_span, endpoint, erase, listen, serve_axum};
use tonic::{
    Code, Request, Status,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tower::{Layer, ServiceBuilder};

#[tokio::test]
async fn methods_that_an_authentication_layer_refuses_stay_unknown_unless_they_are_named() {
    let at_server = Capture::new();
    let refuse = |_: Request<()>| -> Result<Request<()>, Status> {
        Err(Status::unauthenticated("who are you?"))
    };
    let (listener, address) = listen().await;
    let server = Server::builder()
        .layer(
            RpcServerLayer::new()
                .providers(at_server.providers())
                .methods(["probe.Probe/Unary"]),
        )
        .layer(tonic::service::InterceptorLayer::new(refuse))
        .add_service(Probe::default());
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let running = client_of(address);
    for method in ["Unary", "Invented1", "Invented2"] {
        let request = Request::new(String::new());
        let status = running.unary_at(request, path(method)).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }
    let names: Vec<_> = at_server
        .spans()
        .iter()
        .map(|span| span.name.clone())
        .collect();
    assert_eq!(names, ["probe.Probe/Unary", "grpc", "grpc"]);
    assert_eq!(at_server.metric("rpc.server.call.duration").len(), 2);
}

#[tokio::test]
async fn below_an_http_layer_both_spans_are_recorded() {
    let at_server = Capture::new();
    let router = Routes::new(Probe::default())
        .into_axum_router()
        .layer(RpcServerLayer::new().providers(at_server.providers()))
        .layer(HttpServerLayer::new().providers(at_server.providers()));
    let running = client_of(serve_axum(router).await);
    running.unary("fine").await.unwrap();
    tokio::time::sleep(TICK).await;
    let client = client_span(&running).await;
    let tree = at_server.tree();
    let names: Vec<_> = tree.lines().collect();
    assert_eq!(names.len(), 2, "{tree}");
    assert!(names[0].starts_with("POST"), "{tree}");
    assert_eq!(names[1], "  probe.Probe/Unary server");
    let http = at_server
        .spans()
        .into_iter()
        .find(|span| span.remote_parent);
    assert_eq!(http.unwrap().parent, client.span_id);
}

#[tokio::test]
async fn two_layers_around_each_other_record_once() {
    let (at_server, at_client) = (Capture::new(), Capture::new());
    let layer = RpcServerLayer::new().providers(at_server.providers());
    let (listener, address) = listen().await;
    let server = Server::builder()
        .layer(layer.clone())
        .add_service(layer.layer(Probe::default()));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let endpoint = endpoint(address);
    let layer = RpcClientLayer::new(endpoint.uri()).providers(at_client.providers());
    let channel = ServiceBuilder::new()
        .layer(layer.clone())
        .layer(layer)
        .service(endpoint.connect_lazy());
    let running = Running {
        server: address,
        at_server,
        at_client,
        client: tonic::client::Grpc::new(erase(channel)),
    };
    running.unary("fine").await.unwrap();
    drain(running.server_streaming("count:2").await.unwrap()).await;
    let (servers, clients) = running.spans(2).await;
    assert_eq!(servers[0].parent, clients[0].span_id);
    for points in [running.server_points(), running.client_points()] {
        assert_eq!(points.iter().map(|point| point.number()).sum::<f64>(), 2.0);
    }
}

#[tokio::test]
async fn trace_state_and_baggage_go_along() {
    let capture = Capture::new();
    let providers = || {
        Providers::builder()
            .tracer_provider(capture.tracer_provider().clone())
            .propagation(Propagation::new([
                Propagator::TraceContext,
                Propagator::Baggage,
            ]))
            .build()
    };
    let (listener, address) = listen().await;
    let reads = tower::service_fn(|_: http::Request<tonic::body::Body>| async {
        let context = Telemetry::current();
        let user = context.baggage().get("user").map(ToString::to_string);
        let state = context.span().span_context().trace_state().header();
        let (parts, ()) = Status::aborted(format!("{}|{state}", user.unwrap_or_default()))
            .into_http::<()>()
            .into_parts();
        Ok::<_, Infallible>(http::Response::from_parts(
            parts,
            tonic::body::Body::empty(),
        ))
    });
    let server = Server::builder()
        .layer(RpcServerLayer::new().providers(providers()))
        .serve_with_incoming(reads, TcpIncoming::from(listener));
    tokio::spawn(server);
    let running = Running {
        client: tonic::client::Grpc::new(Tonic.client(address, providers())),
        ..client_of(address)
    };
    let mut carrier = http::HeaderMap::new();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    carrier.insert("traceparent", parent.parse().unwrap());
    carrier.insert("tracestate", "vendor=1".parse().unwrap());
    let context = Propagation::trace_context()
        .extract(
            &Telemetry::new(),
            &otel_auto_core::propagation::HeaderExtractor(&carrier),
        )
        .with_baggage([KeyValue::new("user", "seven")]);
    let status = running.unary("").with_context(context).await.unwrap_err();
    assert_eq!(status.message(), "seven|vendor=1");
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(
            span.trace_id.to_string(),
            "0af7651916cd43dd8448eb211c80319c"
        );
    }
}

#[tokio::test]
async fn health_and_reflection_work_below_the_layer() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest,
    };

    let (at_server, at_client) = (Capture::new(), Capture::new());
    let (_reporter, health) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .unwrap();
    let (listener, address) = listen().await;
    let server = Server::builder()
        .layer(
            RpcServerLayer::new()
                .providers(at_server.providers())
                .file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET),
        )
        .add_service(health)
        .add_service(reflection);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let endpoint = endpoint(address);
    let channel = RpcClientLayer::new(endpoint.uri())
        .providers(at_client.providers())
        .layer(endpoint.connect().await.unwrap());

    let mut health = HealthClient::new(channel.clone());
    let unheard_of = HealthCheckRequest {
        service: "unheard.Of".to_owned(),
    };
    let status = health.check(unheard_of).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let stream = reflection
        .server_reflection_info(tokio_stream_of(request))
        .await
        .unwrap();
    let mut answers = stream.into_inner();
    while answers.message().await.unwrap().is_some() {}

    tokio::time::sleep(TICK).await;
    for capture in [&at_server, &at_client] {
        let mut names: Vec<_> = capture
            .spans()
            .iter()
            .map(|span| span.name.clone())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "grpc.health.v1.Health/Check",
                "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
            ]
        );
    }
}

fn tokio_stream_of<T: Send + 'static>(
    item: T,
) -> impl futures_util::Stream<Item = T> + Send + 'static {
    futures_util::stream::iter([item])
}

#[tokio::test]
async fn an_excluded_method_leaves_nothing_on_either_side() {
    let quiet = || {
        Capture::builder()
            .settings(|settings| {
                settings.rpc.excluded_methods.all = Some(Matcher::exact("probe.Probe/Unary"));
            })
            .build()
    };
    let running = suite::start_with(&Tonic, quiet(), quiet()).await;
    running.unary("fine").await.unwrap();
    drain(running.server_streaming("count:1").await.unwrap()).await;
    let (servers, clients) = running.spans(1).await;
    for spans in [servers, clients] {
        assert_eq!(spans[0].name, "probe.Probe/ServerStreaming");
    }
    assert_eq!(running.server_points().len(), 1);
    assert_eq!(running.client_points().len(), 1);
}

#[tokio::test]
async fn what_is_not_grpc_passes() {
    let at_server = Capture::new();
    let router = Router::new()
        .route("/", any(async || "plain"))
        .layer(RpcServerLayer::new().providers(at_server.providers()));
    let address = serve_axum(router).await;
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(format!("http://{address}/"))
        .body(())
        .unwrap();
    let (response, _) = send.send_request(request, true).unwrap();
    assert_eq!(response.await.unwrap().status(), StatusCode::OK);
    assert_eq!(at_server.spans().len(), 0);
    assert_eq!(at_server.metrics().len(), 0);
}

#[tokio::test]
async fn without_providers_calls_work_and_nothing_is_sent_along() {
    let (listener, address) = listen().await;
    let seen = tower::service_fn(|request: http::Request<tonic::body::Body>| async move {
        let (parts, ()) = Status::aborted(format!("{:?}", request.headers().get("traceparent")))
            .into_http::<()>()
            .into_parts();
        Ok::<_, Infallible>(http::Response::from_parts(
            parts,
            tonic::body::Body::empty(),
        ))
    });
    let server = Server::builder()
        .layer(RpcServerLayer::new())
        .serve_with_incoming(seen, TcpIncoming::from(listener));
    tokio::spawn(server);
    let endpoint = endpoint(address);
    let channel = RpcClientLayer::new(endpoint.uri()).layer(endpoint.connect_lazy());
    let mut client = tonic::client::Grpc::new(erase(channel));
    client.ready().await.unwrap();
    let status = client
        .unary(
            request(String::new(), "Unary"),
            path("Unary"),
            suite::probe::Text,
        )
        .await
        .unwrap_err();
    assert_eq!(status.message(), "None");
}

#[tokio::test]
async fn stopped_reading_is_not_an_error_once_the_status_is_there() {
    let running = start(&Tonic).await;
    let mut stream = running.server_streaming("code:5").await.unwrap();
    while stream
        .message()
        .await
        .is_ok_and(|message| message.is_some())
    {}
    drop(stream);
    let (_, client) = running.pair().await;
    assert_eq!(client.text("rpc.response.status_code"), "NOT_FOUND");
}
