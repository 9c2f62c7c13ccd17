//! Servers that are gone, silent or killed in the middle of a command: real ones, each a test's own.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use std::time::Duration;

use otel_auto_core::opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use otel_auto_memcached::{AsciiProtocol, Client};
use otel_auto_testing::{
    Capture,
    conformance::db::{Case, SECRET, Suite},
};
use support::Server;

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn what_is_recorded_conforms() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let address = format!("127.0.0.1:{}", server.port);
    let name = |operation: &str| format!("{operation} {address}");
    let mut suite = Suite::new("memcached").server("127.0.0.1", server.port);
    let mut client = server.client().await;

    suite
        .run(Case::Success, &[&name("set"), &name("get")], async |_| {
            client.set(SECRET, SECRET, Some(60), None).await?;
            client.get(SECRET).await.map(drop)
        })
        .await;
    suite
        .run(Case::Batch(2), &[&name("BATCH set")], async |_| {
            let both = [(SECRET, SECRET), ("other", SECRET)];
            client.set_multi(&both, Some(60), None).await.map(drop)
        })
        .await;
    suite
        .run(Case::Syntax, &[&name("get")], async |_| {
            client.get(format!("two {SECRET}")).await.map(drop)
        })
        .await;
    for lacking in [
        (Case::Rows(1), "rows"),
        (Case::StreamDropped, "rows"),
        (
            Case::Constraint,
            "constraints: a key that is there is an answer",
        ),
        (Case::MissingTable, "tables"),
        (Case::Timeout, "time-outs of its own"),
        (Case::RolledBack, "transactions"),
    ] {
        suite.leave_out(lacking.0.name(), lacking.1);
    }

    server.pause();
    let mut second = server.client().await;
    suite
        .run(Case::Cancelled, &[&name("get")], async |_| {
            let call = client.get(SECRET);
            tokio::time::timeout(SHORT, call).await.unwrap_err();
            Ok::<(), String>(())
        })
        .await;
    suite
        .run(Case::Killed, &[&name("set")], async |_| {
            let call = second.set(SECRET, SECRET, None, None);
            let (told, ()) = tokio::join!(call, async {
                tokio::time::sleep(SHORT).await;
                server.kill();
            });
            told
        })
        .await;
    suite
        .run(Case::Refused, &[&name("CONNECT")], async |_| {
            Client::new(format!("tcp://{address}")).await.map(drop)
        })
        .await;
    suite.report().assert_conforms();
}

/// The span's `error.type` and the one that the duration was recorded with.
fn error_types(capture: &Capture, span: &str) -> (String, String) {
    let points = capture.metric("db.client.operation.duration");
    let of_metric = points[0].get("error.type").to_owned();
    (capture.span(span).text("error.type"), of_metric)
}

#[tokio::test]
async fn a_server_that_is_killed_during_a_command_is_an_error_of_the_span_and_of_the_metric() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let capture = Capture::new();
    let mut client = server.client().await;
    server.pause();
    let get = format!("get 127.0.0.1:{}", server.port);
    let (told, ()) = tokio::join!(capture.scope(client.get("key")), async {
        tokio::time::sleep(SHORT).await;
        server.kill();
    });
    told.unwrap_err();
    let closed = || "connection_closed".to_owned();
    assert_eq!(error_types(&capture, &get), (closed(), closed()));
    assert!(capture.span(&get).duration >= SHORT);

    // Nor does the client recover.
    capture.scope(client.get("key")).await.unwrap_err();
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].number(), 2.0);
}

#[tokio::test]
async fn a_connection_that_is_refused_is_a_span_inside_of_another_alone() {
    let Some(mut server) = Server::start() else {
        return;
    };
    server.kill();
    let dsn = format!("tcp://127.0.0.1:{}", server.port);
    let capture = Capture::new();
    capture.scope(Client::new(&dsn)).await.unwrap_err();
    assert_eq!(capture.tree(), "");

    let caller = capture.tracer("test").start("caller");
    let context = capture.context().with_span(caller);
    let call = Client::new(&dsn).with_context(context.clone());
    call.await.unwrap_err();
    context.span().end();
    let connect = format!("CONNECT 127.0.0.1:{}", server.port);
    let refused = || "connection_refused".to_owned();
    assert_eq!(error_types(&capture, &connect), (refused(), refused()));
    assert_eq!(
        capture.span(&connect).parent,
        capture.span("caller").span_id
    );
}

#[tokio::test]
async fn a_call_that_runs_into_a_time_out_is_cancelled_and_no_error() {
    let Some(server) = Server::start() else {
        return;
    };
    let capture = Capture::new();
    let mut client = server.client().await;
    server.pause();
    // Not `timeout`, whose time begins before the call does.
    tokio::select! {
        biased;
        answer = capture.scope(client.get("key")) => panic!("{answer:?}"),
        () = async { tokio::time::sleep(SHORT).await } => {}
    }
    let get = capture.span(&format!("get 127.0.0.1:{}", server.port));
    assert_eq!(get.get("error.type"), None);
    assert!(get.duration >= SHORT);
    let points = capture.metric("db.client.operation.duration");
    assert_eq!((points.len(), points[0].number()), (1, 1.0));
}

#[tokio::test]
async fn a_socket_is_an_address_without_a_port() {
    let Some(server) = Server::on_socket() else {
        return;
    };
    let socket = server.socket();
    let capture = Capture::new();
    let dsn = format!("unix://{}", socket.display());
    let mut client = Client::new(dsn).await.unwrap();
    assert_eq!(capture.scope(client.get("key")).await.unwrap(), None);
    let tree = capture.tree_with(&["server.address", "server.port"]);
    let expected = format!("get client server.address={}\n", socket.display());
    assert_eq!(tree, expected);
    // Of the metric, too.
    let points = capture.metric("db.client.operation.duration");
    let address = points[0].get("server.address");
    assert_eq!(address, socket.to_str().unwrap());
}
