//! An actix-web program after `init()`: spans of `tracing` and ours below the requests of one worker.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::{collections::HashMap, time::Duration};

use actix_web::{App, HttpServer, web};
use otel_auto::{actix::HttpServerMiddleware, instrumented};
use otel_auto_testing::receiver::Receiver;
use support::{CASE, run};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const REQUESTS: usize = 20;

#[tracing::instrument]
async fn theirs() {
    tokio::time::sleep(Duration::from_millis(5)).await;
    ours().await;
}

#[instrumented]
async fn ours() {
    tokio::time::sleep(Duration::from_millis(5)).await;
    tracing::info_span!("innermost").in_scope(|| ());
}

#[instrumented]
async fn work(id: web::Path<u32>) -> Result<String, actix_web::Error> {
    theirs().await;
    Ok(format!("done {id}"))
}

async fn get(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /work/7 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The program.
#[actix_web::test]
async fn case() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let otel = otel_auto::init!();
    let app = || {
        App::new()
            .route("/work/{id}", web::get().to(work))
            .wrap(HttpServerMiddleware::new())
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(app).workers(1).listen(listener).unwrap();
    tokio::spawn(server.disable_signals().run());
    let answers = futures_util::future::join_all((0..REQUESTS).map(|_| get(address))).await;
    for answer in answers {
        assert!(answer.ends_with("done 7"), "{answer}");
    }
    otel.shutdown();
}

#[test]
fn requests_of_one_worker_keep_the_spans_of_both_worlds() {
    let receiver = Receiver::start();
    let (output, _) = run(
        "actix",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("RUST_LOG", "off"),
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let spans = receiver.wait_for_spans(5 * REQUESTS, Duration::from_secs(5));
    assert_eq!(spans.len(), 5 * REQUESTS);
    let by_id: HashMap<_, _> = spans.iter().map(|span| (&span.span_id, span)).collect();
    let mut requests = 0;
    for span in &spans {
        let parent = by_id.get(&span.parent_span_id);
        let wanted = match span.name.as_str() {
            "GET /work/{id}" => None,
            "work" => Some("GET /work/{id}"),
            "theirs" => Some("work"),
            "ours" => Some("theirs"),
            _ => Some("ours"),
        };
        assert_eq!(parent.map(|parent| parent.name.as_str()), wanted);
        if let Some(parent) = parent {
            assert_eq!(parent.trace_id, span.trace_id);
        } else {
            requests += 1;
        }
    }
    assert_eq!(requests, REQUESTS);
}
