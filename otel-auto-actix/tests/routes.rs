//! Names and routes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    dev::{
        AppService, HttpServiceFactory, ResourceDef, ServiceRequest, ServiceResponse, fn_service,
    },
    error, guard,
    middleware::{Next, from_fn},
    web,
};
use otel_auto_testing::Capture;
use support::{Server, routes};

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

async fn assert_route(server: &Server, path: &str, route: Option<&str>) {
    let name = route.map_or("GET".to_owned(), |route| format!("GET {route}"));
    assert_eq!(
        name_and_route(server, &format!("GET {path} HTTP/1.1")).await,
        (name, route.map(str::to_owned)),
        "{path}"
    );
}

#[tokio::test]
async fn a_request_is_named_after_the_route_that_answered() {
    for (path, route) in [
        ("/", Some("/")),
        ("/users/7", Some("/users/{id}")),
        ("/users/7?page=1", Some("/users/{id}")),
        ("/users/a%20b%2Fc", Some("/users/{id}")),
        ("/api/acme/items/9", Some("/api/{tenant}/items/{item}")),
        ("/guarded", Some("/guarded")),
        // A handler's own 404 is its route's.
        ("/missing/1", Some("/missing/{id}")),
        // So is an extractor's 400, which actix-web gives as 404 for paths.
        ("/numbers/one", Some("/numbers/{id}")),
        ("/nowhere", None),
        ("/api", None),
        ("/api/acme", None),
        ("/api/acme/nothing", None),
        ("/api/acme/items", None),
        // No handler for the method: 405, and 404 if a guard says so.
        ("/only-post", None),
        ("/api/acme/items/guarded/1", None),
    ] {
        assert_route(&Server::start(), path, route).await;
    }
}

#[tokio::test]
async fn a_resource_that_refuses_by_its_guard_is_no_route() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .service(
                web::resource("/x")
                    .guard(guard::Header("never", "sent"))
                    .to(HttpResponse::Ok),
            )
            .default_service(web::to(HttpResponse::Accepted))
            .wrap(middleware)
    });
    assert_route(&server, "/x", None).await;
    assert_eq!(server.span().await.text("http.response.status_code"), "202");
}

/// A service for all that begins with `/static`.
struct Mounted;

impl HttpServiceFactory for Mounted {
    fn register(self, config: &mut AppService) {
        let service = fn_service(async |request: ServiceRequest| {
            Ok(request.into_response(HttpResponse::Ok().finish()))
        });
        config.register_service(ResourceDef::prefix("/static"), None, service, None);
    }
}

#[tokio::test]
async fn a_service_that_is_mounted_at_a_prefix_is_a_route() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new().service(Mounted).wrap(middleware)
    });
    assert_route(&server, "/static/css/main.css", Some("/static")).await;
}

#[tokio::test]
async fn a_middleware_around_a_resource_knows_the_route_from_the_start() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        let resource = web::resource("/{id}").wrap(middleware).to(|| async {
            tokio::time::sleep(support::TICK * 100).await;
            "late"
        });
        App::new().service(web::scope("/users").service(resource.guard(guard::Get())))
    });
    let stream = server.send("GET /users/7 HTTP/1.1").await;
    tokio::time::sleep(support::TICK).await;
    drop(stream);
    let span = server.span().await;
    assert_eq!(
        (span.name.as_str(), span.text("http.route").as_str()),
        ("GET /users/{id}", "/users/{id}")
    );
}

#[tokio::test]
async fn two_middlewares_make_one_span() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .service(
                web::scope("/api")
                    .wrap(middleware.clone())
                    .route("/{id}", web::get().to(HttpResponse::Ok)),
            )
            .wrap(middleware.clone())
            .wrap(middleware)
    });
    assert_route(&server, "/api/7", Some("/api/{id}")).await;
    assert_eq!(server.active(), 0.0);
}

async fn refuse_with_a_response(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse, Error> {
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

async fn refuse_with_an_error(
    _: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse, Error> {
    Err(error::ErrorUnauthorized("no"))
}

#[tokio::test]
async fn a_middleware_that_answers_before_routing_leaves_the_route_out() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .configure(routes)
            .wrap(from_fn(refuse_with_a_response))
            .wrap(middleware)
    });
    assert_route(&server, "/users/7", None).await;
    let span = server.span().await;
    assert_eq!(span.text("http.response.status_code"), "401");
    assert!(!span.is_error());
}

#[tokio::test]
async fn a_middleware_that_gives_an_error_leaves_the_route_of_the_path() {
    let server = Server::with(Capture::new(), 1, |middleware| {
        App::new()
            .configure(routes)
            .wrap(from_fn(refuse_with_an_error))
            .wrap(middleware)
    });
    assert_route(
        &server,
        "/api/acme/items/9",
        Some("/api/{tenant}/items/{item}"),
    )
    .await;
    let span = server.span().await;
    assert_eq!(span.text("http.response.status_code"), "401");
    assert!(!span.is_error());
}
