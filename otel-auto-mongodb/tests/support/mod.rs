//! What the tests share: the real server, and clients of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    missing_docs,
    unreachable_pub
)]

pub mod proxy;

use mongodb::{Client, Collection, bson::Document, options::ClientOptions};
use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_mongodb::Traced;
use otel_auto_testing::{Capture, servers};

/// The server's URL; nothing where there are no servers.
pub fn url() -> Option<String> {
    servers::url("MONGODB_URL")
}

/// The port of such a URL.
pub fn port(url: &str) -> u16 {
    let port = url.trim_end_matches('/').rsplit(':').next();
    port.unwrap().parse().unwrap()
}

/// A collection of one test, by a client that has spoken to the server.
pub async fn collection(options: ClientOptions, test: &str) -> Collection<Document> {
    let client = Client::with_options(options).unwrap();
    let name = format!("people_{test}_{}", std::process::id());
    let people = client.database("otel_auto").collection(&name);
    people.drop().await.unwrap();
    people
}

/// The same, with what is captured of its client.
pub async fn people(url: &str, test: &str) -> (Capture, Collection<Document>) {
    let capture = Capture::new();
    let options = ClientOptions::parse(url).await.unwrap();
    let people = collection(capture.in_scope(|| options.traced()), test).await;
    capture.clear_spans();
    (capture, people)
}

pub async fn below_a_caller<T>(capture: &Capture, inside: impl Future<Output = T>) -> T {
    let span = capture.tracer("test").start("caller");
    let context = capture.context().with_span(span);
    let output = inside.with_context(context.clone()).await;
    context.span().end();
    output
}
