use futures_util::StreamExt;
use opentelemetry_sdk::trace::Sampler;
use otel_auto_core::{Matcher, Sampling, opentelemetry::trace::SpanKind};
use otel_auto_testing::{Capture, SpanView};

use crate::suite::{Rpc, drain, request, start, start_with, ticking};

fn keys(span: &SpanView) -> Vec<String> {
    let attributes = span.attributes().into_iter();
    attributes.map(|(key, _)| key).collect()
}

pub async fn spans_form_one_trace_and_have_all_attributes(rpc: &impl Rpc) {
    let running = start(rpc).await;
    running.unary("fine").await.unwrap();
    let (server, client) = running.pair().await;
    assert_eq!(server.trace_id, client.trace_id);
    assert_eq!(server.parent, client.span_id);
    assert!(server.remote_parent);
    assert_eq!(client.kind, SpanKind::Client);
    assert_eq!(server.kind, SpanKind::Server);
    assert_eq!(client.name, "probe.Probe/Unary");
    assert_eq!(server.name, "probe.Probe/Unary");
    assert_eq!(
        keys(&client),
        [
            "rpc.method",
            "rpc.response.status_code",
            "rpc.system.name",
            "server.address",
            "server.port",
        ]
    );
    assert_eq!(
        keys(&server),
        [
            "network.peer.address",
            "network.peer.port",
            "rpc.method",
            "rpc.response.status_code",
            "rpc.system.name",
            "server.address",
            "server.port",
        ]
    );
    let port = running.server.port().to_string();
    for span in [&client, &server] {
        assert_eq!(span.text("rpc.system.name"), "grpc");
        assert_eq!(span.text("server.address"), "127.0.0.1");
        assert_eq!(span.text("server.port"), port);
    }
    assert_eq!(server.text("network.peer.address"), "127.0.0.1");

    let (at_server, at_client) = (running.server_points(), running.client_points());
    let point = |keys: &[(&str, &str)]| -> Vec<(String, String)> {
        let keys = keys.iter();
        keys.map(|(key, value)| ((*key).into(), (*value).into()))
            .collect()
    };
    let common = [
        ("rpc.method", "probe.Probe/Unary"),
        ("rpc.response.status_code", "OK"),
        ("rpc.system.name", "grpc"),
    ];
    assert_eq!(at_server[0].attributes, point(&common));
    let target = [("server.address", "127.0.0.1"), ("server.port", &port)];
    assert_eq!(
        at_client[0].attributes,
        point(&[common.as_slice(), &target].concat())
    );
    for points in [at_server, at_client] {
        let otel_auto_testing::MetricValue::Histogram { bounds, .. } = &points[0].value else {
            panic!("not a histogram");
        };
        assert_eq!(
            bounds,
            &[
                0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0
            ]
        );
    }
}

pub async fn what_a_handler_does_belongs_to_its_call(rpc: &impl Rpc) {
    let running = start(rpc).await;
    running.unary("trace").await.unwrap();
    let stream = running.server_streaming("trace").await.unwrap();
    drain(stream).await;
    let (servers, _) = running.spans(2).await;
    let spans = running.at_server.spans();
    for (inside, call) in [
        ("before await", "probe.Probe/Unary"),
        ("after await", "probe.Probe/Unary"),
        ("in stream", "probe.Probe/ServerStreaming"),
    ] {
        let inside = spans.iter().find(|span| span.name == inside).unwrap();
        let call = servers.iter().find(|span| span.name == call).unwrap();
        assert_eq!(inside.parent, call.span_id, "{}", inside.name);
    }
}

pub async fn what_a_client_sends_belongs_to_its_call(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let tracer = running.at_client.tracer("sender");
    let messages = ticking(2).map(move |message| {
        use otel_auto_core::opentelemetry::trace::Tracer;
        tracer.in_span("message", |_| message)
    });
    running.client_streaming(messages).await.unwrap();
    let (_, clients) = running.spans(1).await;
    let spans = running.at_client.spans();
    let messages: Vec<_> = spans.iter().filter(|span| span.name == "message").collect();
    assert_eq!(messages.len(), 2);
    for message in messages {
        assert_eq!(message.parent, clients[0].span_id);
    }
}

pub async fn stale_metadata_is_replaced(rpc: &impl Rpc) {
    let running = start(rpc).await;
    let mut request = request("fine".to_owned(), "Unary");
    let metadata = request.metadata_mut();
    let stale = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    metadata.append("traceparent", stale.parse().unwrap());
    metadata.append("traceparent", stale.parse().unwrap());
    metadata.append("tracestate", "old=1".parse().unwrap());
    running.unary_request(request).await.unwrap();
    let (server, client) = running.pair().await;
    assert_eq!(server.parent, client.span_id);
    assert_eq!(server.data.span_context.trace_state().header(), "");
}

pub async fn metadata_is_recorded_if_it_is_asked_for(rpc: &impl Rpc) {
    let capture = || {
        Capture::builder()
            .settings(|settings| {
                let starts =
                    |prefix: &'static str| Matcher::new(move |name| name.starts_with(prefix));
                settings.rpc.request_metadata = vec![starts("x-"), Matcher::exact("authorization")];
                settings.rpc.response_metadata = vec![starts("x-"), Matcher::exact("set-cookie")];
            })
            .build()
    };
    let running = start_with(rpc, capture(), capture()).await;
    let mut request = request("metadata".to_owned(), "Unary");
    let metadata = request.metadata_mut();
    metadata.append("x-one", "1".parse().unwrap());
    metadata.append("x-one", "2".parse().unwrap());
    metadata.append("other", "3".parse().unwrap());
    metadata.append("authorization", "Bearer secret".parse().unwrap());
    metadata.append_bin(
        "x-bytes-bin",
        tonic::metadata::MetadataValue::from_bytes(b"0"),
    );
    running.unary_request(request).await.unwrap();
    let (server, client) = running.pair().await;
    for span in [server, client] {
        let captured: Vec<_> = span
            .attributes()
            .into_iter()
            .filter(|(key, _)| key.contains("metadata"))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            captured,
            [
                "rpc.request.metadata.authorization=[[REDACTED]]",
                "rpc.request.metadata.x-one=[1,2]",
                "rpc.response.metadata.set-cookie=[[REDACTED]]",
                "rpc.response.metadata.x-probe=[one,two]",
            ]
        );
    }
}

pub async fn unsampled_calls_are_measured_and_carry_their_context(rpc: &impl Rpc) {
    let off = || {
        Capture::builder()
            .sampler(
                Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
                Sampling::ParentBasedOff,
            )
            .build()
    };
    let running = start_with(rpc, off(), off()).await;
    let trace_id = running.unary("trace id").await.unwrap().into_inner();
    assert_ne!(trace_id, "00000000000000000000000000000000");
    drain(running.server_streaming("count:2").await.unwrap()).await;
    tokio::time::sleep(super::super::TICK).await;
    for (capture, points) in [
        (&running.at_server, running.server_points()),
        (&running.at_client, running.client_points()),
    ] {
        assert_eq!(capture.spans().len(), 0);
        assert_eq!(points.len(), 2);
    }
}
