//! Handlers of a web framework, without a layer.

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, State},
    http::{Request, StatusCode},
    routing::get,
};
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;
use std::collections::HashMap;
use tower_service::Service;

#[axum::debug_handler]
#[instrumented(kind = "server", attributes(user.id = id), err = |status| (status.as_str().to_owned(), ""))]
async fn user(
    State(greeting): State<&'static str>,
    Path(id): Path<u32>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<String>, StatusCode> {
    if id == 0 {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(Json(format!("{greeting} {id} {}", query.len())))
}

#[instrumented]
#[axum::debug_handler]
async fn plain() -> &'static str {
    "plain"
}

async fn status(app: &mut Router, uri: &str) -> StatusCode {
    let request = Request::get(uri).body(Body::empty()).unwrap();
    app.call(request).await.unwrap().status()
}

#[tokio::test]
async fn handlers_stay_handlers() {
    let capture = Capture::new();
    let mut app = Router::new()
        .route("/users/{id}", get(user))
        .route("/plain", get(plain))
        .with_state("hello");
    let work = async {
        assert_eq!(status(&mut app, "/users/7?a=b").await, StatusCode::OK);
        assert_eq!(status(&mut app, "/users/0").await, StatusCode::NOT_FOUND);
        assert_eq!(status(&mut app, "/plain").await, StatusCode::OK);
    };
    capture.scope(work).await;
    assert_eq!(
        capture.tree_with(&["user.id", "error.type"]),
        "user server user.id=7\nuser server error user.id=0 error.type=404\nplain internal\n"
    );
}
