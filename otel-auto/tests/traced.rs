//! Values that are handed over in a program after `init()`, where spans are those of `tracing` too.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::time::Duration;

use otel_auto::{StreamInTrace, Traced, instrumented};
use otel_auto_testing::receiver::{Receiver, Span};
use support::{CASE, run};
use tokio::sync::mpsc;

#[tracing::instrument]
async fn theirs() {}

#[instrumented]
async fn ours() {
    theirs().await;
}

/// A worker that tries everything twice, inside of a span of its own.
#[tracing::instrument(skip_all)]
async fn worker(mut receiver: mpsc::Receiver<Traced<&'static str>>) {
    while let Some(traced) = receiver.recv().await {
        for _ in 0..2 {
            let (name, sent) = traced.clone().open();
            sent.scope(name, ours()).await;
        }
    }
}

#[instrumented]
async fn sender(sender: mpsc::Sender<Traced<&'static str>>) {
    let span = tracing::info_span!("sending");
    let send = async {
        sender.send(Traced::new("job")).await.unwrap();
        otel_auto::spawn_blocking(|| tracing::info_span!("blocking").in_scope(|| ()))
            .await
            .unwrap();
        let _entered = tracing::info_span!("making").entered();
        futures_util::stream::iter([tracing::info_span!("made before")]).in_trace()
    };
    let stream = tracing::Instrument::instrument(send, span).await;
    let stream = futures_util::StreamExt::map(stream, drop);
    otel_auto::spawn_thread(|| tracing::info_span!("thread").in_scope(|| ()))
        .join()
        .unwrap();
    let _: Vec<()> = futures_util::StreamExt::collect(stream).await;
}

/// The program.
#[test]
fn case() {
    if std::env::var_os(CASE).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let otel = otel_auto::init!();
        let (sending, receiving) = mpsc::channel(1);
        let worker = tokio::spawn(worker(receiving));
        sender(sending).await;
        worker.await.unwrap();
        otel.shutdown();
    });
}

#[test]
fn the_first_attempt_is_a_child_of_the_sender_and_the_second_links_to_it() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("RUST_LOG", "off"),
    ];
    let (output, _) = run("traced", &environment);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let spans = receiver.wait_for_spans(13, Duration::from_secs(5));
    let of = |name: &str| -> Vec<&Span> { spans.iter().filter(|span| span.name == name).collect() };
    let one = |name: &str| match of(name)[..] {
        [span] => span,
        _ => panic!("no one {name:?}"),
    };
    let (sender, sending) = (one("sender"), one("sending"));
    assert_eq!(sending.parent_span_id, sender.span_id);
    assert_eq!(one("blocking").parent_span_id, sending.span_id);
    assert_eq!(one("thread").parent_span_id, sender.span_id);

    let jobs = of("job");
    let (first, second) = match jobs[..] {
        [a, b] if a.parent_span_id.is_empty() => (b, a),
        [a, b] => (a, b),
        _ => panic!("not two jobs"),
    };
    assert_eq!(first.parent_span_id, sending.span_id);
    assert!(first.links.is_empty());
    assert!(second.parent_span_id.is_empty());
    assert_ne!(second.trace_id, sending.trace_id);
    assert_eq!(second.links.len(), 1);
    assert_eq!(second.links[0].span_id, sending.span_id);
    for job in [first, second] {
        let ours = spans
            .iter()
            .find(|span| span.parent_span_id == job.span_id)
            .unwrap();
        assert_eq!(ours.name, "ours");
        let theirs = spans
            .iter()
            .find(|span| span.parent_span_id == ours.span_id)
            .unwrap();
        assert_eq!(theirs.name, "theirs");
    }
}
