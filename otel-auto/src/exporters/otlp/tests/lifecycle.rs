use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use opentelemetry::{
    metrics::MeterProvider,
    trace::{Span, Tracer, TracerProvider},
};
use opentelemetry_sdk::{
    error::OTelSdkError,
    metrics::{PeriodicReader, SdkMeterProvider, Temporality},
    trace::SdkTracerProvider,
};
use otel_auto_testing::receiver::{Behaviour, Receiver};
use tracing::span::{Attributes, Id};
use tracing_subscriber::{
    Layer,
    layer::{self, SubscriberExt},
};

use super::*;

/// Two thousand spans are four batches; with the metrics, every one of them would wait for its own timeout.
fn exit_with(protocol: Protocol, base: &str) -> (Duration, Vec<String>) {
    let (exports, lines) = exports();
    let spans = OtlpSpanExporter::new(&at(protocol, base, Signal::Traces), &exports).unwrap();
    let traces = SdkTracerProvider::builder()
        .with_batch_exporter(spans)
        .build();
    let settings = at(protocol, base, Signal::Metrics);
    let points = OtlpMetricExporter::new(&settings, Temporality::Cumulative, &exports).unwrap();
    let metrics = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(points).build())
        .build();
    metrics
        .meter("tests")
        .u64_counter("sales")
        .build()
        .add(3, &[]);
    let tracer = traces.tracer("tests");
    for _ in 0..2000 {
        tracer.start("work").end();
    }
    let begin = Instant::now();
    exports.begin_shutdown(3 * SECOND / 2);
    let _ = traces.shutdown();
    let _ = metrics.shutdown();
    exports.finish();
    (begin.elapsed(), lines.take())
}

#[test]
fn an_exit_with_a_black_hole_takes_less_than_two_seconds_and_says_what_was_lost() {
    for protocol in PROTOCOLS {
        let receiver = Receiver::builder()
            .behaviour(Behaviour::black_hole())
            .start();
        let (took, said) = exit_with(protocol, &receiver.endpoint());
        assert!(took < 2 * SECOND, "{took:?}");
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(said[0].contains("spans and 1 data point to"), "{said:#?}");
        assert!(
            said[0].contains("no answer within the time that an exit may take"),
            "{said:#?}"
        );
    }
}

#[test]
fn an_exit_with_nobody_listening_is_quick_and_says_where_the_data_could_not_go() {
    let receiver = Receiver::start();
    let base = receiver.endpoint();
    receiver.stop();
    let (took, said) = exit_with(Protocol::HttpProtobuf, &base);
    assert!(took < SECOND, "{took:?}");
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].starts_with(&format!(
            "otel-auto: not delivered at exit: 2000 spans and 1 data point to {base} (connection refused"
        )),
        "{said:#?}"
    );
}

#[test]
fn a_shutdown_cuts_a_retry_short_for_one_last_attempt() {
    let receiver = Receiver::start();
    receiver.once(Behaviour::refuse(503).retry_after(8 * SECOND));
    let probe = Probe::new(&at(
        Protocol::HttpProtobuf,
        &receiver.endpoint(),
        Signal::Traces,
    ));
    let exports = probe.exports.clone();
    let exporting = std::thread::spawn(move || probe.export(&["work"]));
    assert_eq!(receiver.wait_for_requests(1, 5 * SECOND).len(), 1);
    // The refusal must have come back, or the shutdown finds the first attempt under way.
    std::thread::sleep(SECOND / 4);
    exports.begin_shutdown(SECOND);
    exporting.join().unwrap().unwrap();
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn an_export_after_shutdown_is_an_error_and_sends_nothing() {
    let receiver = Receiver::start();
    let probe = Probe::new(&at(Protocol::Grpc, &receiver.endpoint(), Signal::Traces));
    probe.exporter.shutdown().unwrap();
    assert!(matches!(
        probe.export(&["late"]),
        Err(OTelSdkError::AlreadyShutdown)
    ));
    assert!(matches!(
        probe.exporter.shutdown(),
        Err(OTelSdkError::AlreadyShutdown)
    ));
    assert!(receiver.requests().is_empty());
}

#[test]
fn an_export_on_an_ended_thread_is_an_error() {
    let receiver = Receiver::start();
    let probe = Probe::new(&at(Protocol::Grpc, &receiver.endpoint(), Signal::Traces));
    probe.exports.finish();
    let said = probe.complaint();
    assert!(said.contains("the export thread has ended"), "{said}");
}

/// Counts everything but what the receiver says, which runs in this process too.
#[derive(Clone, Default)]
struct Heard(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, _: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        self.count();
    }

    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        self.count();
    }
}

impl Heard {
    fn count(&self) {
        if std::thread::current().name() != Some("otlp-receiver") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// In a process of its own, for it needs the global subscriber, and silence from other tests.
#[test]
fn an_application_that_listens_at_trace_hears_nothing_of_an_export() {
    const ALONE: &str = "OTEL_AUTO_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let module = module_path!().split_once("::").unwrap().1;
        let test =
            format!("{module}::an_application_that_listens_at_trace_hears_nothing_of_an_export");
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test])
            .env(ALONE, "1")
            .output();
        let said = String::from_utf8(alone.unwrap().stdout).unwrap();
        assert!(said.contains("1 passed"), "{said}");
        return;
    }
    let heard = Heard::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(heard.clone()))
        .unwrap();
    for protocol in PROTOCOLS {
        let receiver = Receiver::start();
        let probe = Probe::new(&at(protocol, &receiver.endpoint(), Signal::Traces));
        probe.export(&["work"]).unwrap();
        receiver.stop();
        probe.exports.begin_shutdown(Duration::ZERO);
        probe.export(&["lost"]).unwrap_err();
    }
    assert_eq!(heard.0.load(Ordering::Relaxed), 0);
    // The same client where nothing is silenced: what the export thread keeps from the application.
    let receiver = Receiver::start();
    let client = client::Client::new(
        Signal::Traces,
        &at(Protocol::Grpc, &receiver.endpoint(), Signal::Traces),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(client.unwrap().post(grpc::frame(b"", false).unwrap()))
        .unwrap();
    assert!(heard.0.load(Ordering::Relaxed) > 0);
}
