//! Beside actix-web's own middlewares, and without telemetry.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error,
    http::{StatusCode, header},
    middleware::{
        Compress, Condition, ErrorHandlerResponse, ErrorHandlers, Logger, Next, NormalizePath,
        from_fn,
    },
    web,
};
use otel_auto_testing::Capture;
use support::{Server, routes};

#[tokio::test]
async fn the_path_is_the_one_that_came_and_the_route_the_one_that_matched() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .configure(routes)
            .wrap(NormalizePath::trim())
            .wrap(middleware)
    });
    let _ = server.exchange("GET //users//7/ HTTP/1.1").await;
    let span = server.span().await;
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.text("http.route"), "/users/{id}");
    assert_eq!(span.text("url.path"), "//users//7/");
}

async fn repeated(text: web::Data<String>) -> String {
    text.to_string()
}

#[tokio::test]
async fn a_compressed_body_ends_the_request_inside_and_outside() {
    let text = "compressible ".repeat(1000);
    for outside in [true, false] {
        let text = text.clone();
        let server = Server::with(Capture::new(), 1, move |middleware| {
            App::new()
                .app_data(web::Data::new(text.clone()))
                .route("/text", web::get().to(repeated))
                .wrap(Condition::new(!outside, middleware.clone()))
                .wrap(Compress::default())
                .wrap(Logger::default())
                .wrap(Condition::new(outside, middleware))
        });
        let answer = server
            .exchange("GET /text HTTP/1.1\r\naccept-encoding: gzip")
            .await;
        assert!(answer.contains("content-encoding: gzip"), "{answer}");
        let span = server.span().await;
        assert_eq!(span.name, "GET /text");
        assert!(!span.is_error(), "{:?}", span.attributes());
        assert_eq!(server.active(), 0.0);
    }
}

#[tokio::test]
async fn a_status_that_a_handler_of_errors_changes_is_the_one_recorded() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        let busy = |mut response: ServiceResponse<_>| {
            *response.response_mut().status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            Ok(ErrorHandlerResponse::Response(
                response.map_into_left_body(),
            ))
        };
        App::new()
            .configure(routes)
            .wrap(ErrorHandlers::new().handler(StatusCode::INTERNAL_SERVER_ERROR, busy))
            .wrap(middleware)
    });
    let answer = server.exchange("GET /error HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let span = server.span().await;
    assert_eq!(span.text("http.response.status_code"), "503");
    assert_eq!(span.text("error.type"), "503");
}

async fn fail_afterwards(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse, Error> {
    let _ = next.call(request).await?;
    Err(error::ErrorBadGateway("secret of the upstream"))
}

#[tokio::test]
async fn an_error_instead_of_a_response_has_its_status() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .configure(routes)
            .wrap(from_fn(fail_afterwards))
            .wrap(middleware)
    });
    let answer = server.exchange("GET /users/7 HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    let span = server.span().await;
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.text("http.response.status_code"), "502");
    assert_eq!(span.text("error.type"), "502");
    assert!(span.is_error());
    assert!(!format!("{:?}", span.data).contains("secret"));
    assert_eq!(server.duration().get("error.type"), "502");
    assert_eq!(server.active(), 0.0);
}

#[tokio::test]
async fn without_providers_nothing_changes() {
    let server = Server::with(Capture::new(), 1, |_| {
        App::new()
            .configure(routes)
            .wrap(otel_auto_actix::HttpServerMiddleware::new())
    });
    let answer = server.exchange("GET /users/7 HTTP/1.1").await;
    assert!(answer.ends_with("user 7"), "{answer}");
    let answer = server.exchange("GET /stream HTTP/1.1").await;
    assert!(answer.contains("tick 3"), "{answer}");
    assert!(server.capture.spans().is_empty());
}

#[tokio::test]
async fn switched_off_it_records_nothing() {
    let capture = Capture::builder()
        .settings(|settings| settings.instrumentations.disable("actix"))
        .build();
    let server = Server::with(capture, 1, |middleware| {
        App::new().configure(routes).wrap(middleware)
    });
    let answer = server.exchange("GET /users/7 HTTP/1.1").await;
    assert!(answer.ends_with("user 7"), "{answer}");
    assert!(server.capture.spans().is_empty());
    assert!(server.capture.metrics().is_empty());
}

#[tokio::test]
async fn the_answer_is_the_same_with_and_without_it() {
    let with = Server::start();
    let without = Server::with(Capture::new(), 1, |_| App::new().configure(routes));
    let head = |answer: &str| {
        let lines = answer.lines().filter(|line| !line.starts_with("date:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for request in [
        "GET /users/7",
        "HEAD /users/7",
        "GET /empty",
        "GET /stream",
        "GET /fails",
        "GET /only-post",
        "GET /nowhere",
    ] {
        let request = format!("{request} HTTP/1.1");
        assert_eq!(
            head(&with.exchange(&request).await),
            head(&without.exchange(&request).await),
            "{request}"
        );
    }
}

#[tokio::test]
async fn redirects_and_unchanged_answers_are_no_errors() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .route("/304", web::get().to(HttpResponse::NotModified))
            .route(
                "/301",
                web::get().to(|| async {
                    HttpResponse::MovedPermanently()
                        .insert_header((header::LOCATION, "/304"))
                        .finish()
                }),
            )
            .wrap(middleware)
    });
    for status in ["304", "301"] {
        let _ = server.exchange(&format!("GET /{status} HTTP/1.1")).await;
    }
    let spans = server.spans(2).await;
    for (span, status) in spans.iter().zip(["304", "301"]) {
        assert_eq!(span.text("http.response.status_code"), status);
        assert!(!span.is_error());
    }
}
