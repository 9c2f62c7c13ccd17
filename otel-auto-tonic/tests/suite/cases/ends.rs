use std::{net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream};
use tonic::Code;

use crate::suite::{Rpc, TICK, drain, request, start, ticking};

pub async fn all_four_kinds_of_calls_last_as_long_as_their_streams(rpc: &impl Rpc) {
    let running = start(rpc).await;
    assert_eq!(running.unary("fine").await.unwrap().into_inner(), "fine");
    let answer = running.client_streaming(ticking(3)).await.unwrap();
    assert_eq!(answer.into_inner(), "2");
    let stream = running.server_streaming("count:3").await.unwrap();
    assert_eq!(drain(stream).await.0, ["0", "1", "2"]);
    let stream = running.bidi(ticking(3)).await.unwrap();
    assert_eq!(drain(stream).await.0, ["0", "1", "2"]);

    let (servers, clients) = running.spans(4).await;
    for spans in [servers, clients] {
        for (method, shortest) in [
            ("Unary", 0),
            ("ClientStreaming", 3),
            ("ServerStreaming", 3),
            ("Bidi", 3),
        ] {
            let name = format!("probe.Probe/{method}");
            let span = spans.iter().find(|span| span.name == name).unwrap();
            assert_eq!(span.text("rpc.method"), name);
            assert_eq!(span.text("rpc.response.status_code"), "OK");
            assert!(!span.is_error());
            assert!(span.duration >= shortest * TICK, "{:?}", span.duration);
        }
    }
    for points in [running.server_points(), running.client_points()] {
        assert_eq!(points.len(), 4);
        for point in points {
            assert_eq!(point.unit, "s");
            assert_eq!(point.number(), 1.0);
        }
    }
}

pub async fn a_handler_that_panics_is_recorded(rpc: &impl Rpc) {
    let running = start(rpc).await;
    running.unary("panic").await.unwrap_err();
    let (server, client) = running.pair().await;
    assert_eq!(server.text("error.type"), "panic");
    assert_eq!(server.text("rpc.response.status_code"), "UNKNOWN");
    assert!(server.is_error());
    assert!(client.is_error());
    assert_eq!(running.server_points()[0].get("error.type"), "panic");
}

pub async fn a_stream_that_panics_is_recorded(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let stream = running.server_streaming("panic").await.unwrap();
    let (_, code) = drain(stream).await;
    assert_ne!(code, Code::Ok);
    let (server, client) = running.pair().await;
    assert_eq!(server.name, "probe.Probe/ServerStreaming");
    assert_eq!(server.text("error.type"), "panic");
    assert!(client.is_error());
}

pub async fn a_client_that_goes_away_in_the_middle_of_a_stream_cancels_the_call(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let mut stream = running.server_streaming("endless").await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    let (server, client) = running.pair().await;
    for (span, points) in [
        (server, running.server_points()),
        (client, running.client_points()),
    ] {
        assert_eq!(span.name, "probe.Probe/ServerStreaming");
        assert_eq!(span.text("rpc.response.status_code"), "CANCELLED");
        assert_eq!(span.text("error.type"), "");
        assert!(!span.is_error());
        assert!(span.duration >= TICK);
        assert_eq!(points[0].get("rpc.response.status_code"), "CANCELLED");
    }
}

pub async fn a_client_that_goes_away_before_the_answer_cancels_the_call(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let call = running.unary("slow");
    assert!(tokio::time::timeout(4 * TICK, call).await.is_err());
    let (server, client) = running.pair().await;
    for span in [server, client] {
        assert_eq!(span.text("rpc.response.status_code"), "CANCELLED");
        assert!(!span.is_error());
    }
}

pub async fn a_deadline_that_passes_is_told_on_both_sides(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let mut slow = request("slow".to_owned(), "Unary");
    slow.set_timeout(4 * TICK);
    running.unary_request(slow).await.unwrap_err();
    let (server, client) = running.pair().await;
    for (span, points) in [
        (server, running.server_points()),
        (client, running.client_points()),
    ] {
        assert_eq!(span.text("rpc.response.status_code"), "DEADLINE_EXCEEDED");
        assert_eq!(span.text("error.type"), "DEADLINE_EXCEEDED");
        assert!(span.is_error());
        assert!(span.duration >= 3 * TICK, "{:?}", span.duration);
        assert_eq!(points[0].get("error.type"), "DEADLINE_EXCEEDED");
    }
}

pub async fn a_server_that_cannot_be_reached_is_an_error_of_its_kind(rpc: &impl Rpc) {
    let mut running = start(rpc).await;
    // Bound and let go: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    running.client = tonic::client::Grpc::new(rpc.client(nobody, running.at_client.providers()));
    let status = running.unary("fine").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let spans = running.at_client.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].text("error.type"), "connection_refused");
    assert_eq!(spans[0].text("rpc.response.status_code"), "UNAVAILABLE");
    assert_eq!(spans[0].text("rpc.method"), "probe.Probe/Unary");
    assert!(format!("{:?}", spans[0].status).contains("refused"));
    let points = running.client_points();
    assert_eq!(points[0].get("error.type"), "connection_refused");
}

pub async fn a_hundred_streams_at_once_are_a_hundred_spans(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let calls = stream::iter(0..100).map(|number| {
        let running = &running;
        async move {
            if number % 4 == 0 {
                let mut cut = running.server_streaming("endless").await.unwrap();
                cut.next().await.unwrap().unwrap();
            } else {
                let stream = running.bidi(ticking(2)).await.unwrap();
                assert_eq!(
                    drain(stream).await,
                    (vec!["0".into(), "1".into()], Code::Ok)
                );
            }
        }
    });
    let all = calls.buffer_unordered(100).for_each(|()| async {});
    tokio::time::timeout(Duration::from_secs(20), all)
        .await
        .unwrap();
    let (servers, clients) = running.spans(100).await;
    for spans in [&servers, &clients] {
        let cancelled = spans
            .iter()
            .filter(|span| span.text("rpc.response.status_code") == "CANCELLED");
        assert_eq!(cancelled.count(), 25);
    }
    // Each server span hangs below the client span of its own call.
    for client in &clients {
        let below = servers.iter().filter(|span| span.parent == client.span_id);
        assert_eq!(below.count(), 1);
    }
    for points in [running.server_points(), running.client_points()] {
        let total: f64 = points.iter().map(|point| point.number()).sum();
        assert_eq!(total, 100.0);
        assert_eq!(points.len(), 2);
    }
}
