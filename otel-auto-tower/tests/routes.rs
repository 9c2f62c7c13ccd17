//! Names and routes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use axum::Router;
use otel_auto_testing::Capture;
use otel_auto_tower::HttpServerLayer;
use support::Server;
use tower::Layer;

async fn name_and_route(server: &Server, head: &str) -> (String, Option<String>) {
    let _ = server.exchange(head).await;
    let span = server.span().await;
    let route = span.get("http.route").map(|_| span.text("http.route"));
    assert_eq!(
        server.duration().get("http.route"),
        route.clone().unwrap_or_default()
    );
    (span.name, route)
}

#[tokio::test]
async fn a_request_is_named_after_the_route_that_answered() {
    for (head, name, route) in [
        ("GET / HTTP/1.1", "GET /", Some("/")),
        (
            "GET /users/7 HTTP/1.1",
            "GET /users/{id}",
            Some("/users/{id}"),
        ),
        (
            "GET /api/acme/items/9 HTTP/1.1",
            "GET /api/{tenant}/items/{item}",
            Some("/api/{tenant}/items/{item}"),
        ),
        // A handler's own 404 is its route's.
        (
            "GET /missing/1 HTTP/1.1",
            "GET /missing/{id}",
            Some("/missing/{id}"),
        ),
        ("GET /nowhere HTTP/1.1", "GET", None),
        ("GET /api/acme/nothing HTTP/1.1", "GET", None),
        ("GET /only-post HTTP/1.1", "GET", None),
    ] {
        let server = Server::start().await;
        let route = route.map(str::to_owned);
        assert_eq!(
            name_and_route(&server, head).await,
            (name.to_owned(), route),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_layer_outside_of_the_router_learns_the_route_from_one_inside() {
    let apply = |routes: Router, layer: HttpServerLayer| {
        let inner = routes.route_layer(layer.clone());
        Router::new().fallback_service(layer.layer(inner))
    };
    let server = Server::with(Capture::new(), apply).await;
    assert_eq!(
        name_and_route(&server, "GET /users/7 HTTP/1.1").await,
        ("GET /users/{id}".to_owned(), Some("/users/{id}".to_owned()))
    );
}

#[tokio::test]
async fn two_layers_make_one_span() {
    let server = Server::with(Capture::new(), |routes, layer| {
        routes.layer(layer.clone()).layer(layer)
    })
    .await;
    let _ = server.exchange("GET /users/7 HTTP/1.1").await;
    let span = server.span().await;
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(server.duration().number(), 1.0);
    assert_eq!(server.active(), 0.0);
}

#[tokio::test]
async fn middleware_that_answers_before_routing_leaves_the_route_out() {
    let apply = |routes: Router, layer: HttpServerLayer| {
        routes
            .layer(axum::middleware::from_fn(
                async |_: axum::extract::Request, _: axum::middleware::Next| {
                    axum::http::StatusCode::UNAUTHORIZED
                },
            ))
            .layer(layer)
    };
    let server = Server::with(Capture::new(), apply).await;
    let _ = server.exchange("GET /users/7 HTTP/1.1").await;
    let span = server.span().await;
    assert_eq!(
        (
            span.text("http.response.status_code").as_str(),
            span.is_error()
        ),
        ("401", false)
    );
}
