#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod parser;

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{LazyLock, mpsc},
    thread,
};

use opentelemetry::{Array, InstrumentationScope, KeyValue, Value, metrics::MeterProvider};
use opentelemetry_sdk::{
    Resource,
    metrics::{Aggregation, Instrument, SdkMeterProvider, Stream},
};

use proptest::prelude::*;

use super::*;
use parser::{Sample, parse};

struct Page {
    provider: SdkMeterProvider,
    scrape: Arc<Scrape>,
}

impl Page {
    fn new(resource: Resource) -> Self {
        let (reader, scrape) = scrape();
        let exponential = |instrument: &Instrument| {
            (instrument.name() == "exponential").then(|| {
                Stream::builder()
                    .with_aggregation(Aggregation::Base2ExponentialHistogram {
                        max_size: 160,
                        max_scale: 20,
                        record_min_max: true,
                    })
                    .build()
                    .unwrap()
            })
        };
        let provider = SdkMeterProvider::builder()
            .with_reader(reader)
            .with_resource(resource)
            .with_view(exponential)
            .build();
        Self { provider, scrape }
    }

    fn text(&self) -> String {
        self.scrape.page().unwrap()
    }

    fn samples(&self) -> Vec<Sample> {
        let text = self.text();
        parse(&text).unwrap_or_else(|problem| panic!("{problem} in\n{text}"))
    }
}

fn shop() -> Resource {
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "shop"),
            KeyValue::new("odd", "a\"b\\c\nd"),
        ])
        .build()
}

#[track_caller]
fn one<'a>(samples: &'a [Sample], name: &str) -> &'a Sample {
    let found: Vec<_> = samples.iter().filter(|s| s.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {samples:#?}");
    found[0]
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn every_kind_of_instrument_is_on_the_page_by_prometheus_rules() {
    let page = Page::new(shop());
    let meter = page.provider.meter_with_scope(
        InstrumentationScope::builder("m")
            .with_version("1")
            .with_attributes([KeyValue::new("team.name", "blue")])
            .build(),
    );
    let counter = meter
        .u64_counter("sales")
        .with_description("How many\\\nsales")
        .build();
    counter.add(3, &[KeyValue::new("colour.name", "r\"e\\d\n")]);
    meter
        .f64_gauge("share")
        .with_unit("1")
        .build()
        .record(0.25, &[]);
    let queue = meter.i64_up_down_counter("queue").build();
    queue.add(-2, &[]);
    let duration = meter
        .f64_histogram("wait")
        .with_unit("s")
        .with_boundaries(vec![0.5, 1.0])
        .build();
    for seconds in [0.25, 0.75, 5.0] {
        duration.record(seconds, &[KeyValue::new("le", "mine")]);
    }
    meter.f64_histogram("exponential").build().record(7.0, &[]);
    let _observed = meter
        .u64_observable_counter("seen")
        .with_callback(|seen| seen.observe(9, &[]))
        .build();

    let samples = page.samples();
    let scope = [
        ("otel_scope_name", "m"),
        ("otel_scope_version", "1"),
        ("otel_scope_team_name", "blue"),
    ];
    let with = |more: &[(&str, &str)]| {
        let mut all = labels(&scope);
        all.extend(labels(more));
        all
    };
    let sales = one(&samples, "sales_total");
    assert_eq!((sales.value, sales.kind.as_str()), (3.0, "counter"));
    assert_eq!(sales.labels, with(&[("colour_name", "r\"e\\d\n")]));
    assert_eq!(sales.help, "How many\\\nsales");
    assert_eq!(one(&samples, "share_ratio").value, 0.25);
    let queue = one(&samples, "queue");
    assert_eq!((queue.value, queue.kind.as_str()), (-2.0, "gauge"));
    assert_eq!(one(&samples, "seen_total").value, 9.0);
    let buckets: Vec<_> = samples
        .iter()
        .filter(|s| s.name == "wait_seconds_bucket")
        .map(|s| (s.labels["le"].as_str(), s.value))
        .collect();
    assert_eq!(buckets, [("0.5", 1.0), ("1", 2.0), ("+Inf", 3.0)]);
    assert_eq!(one(&samples, "wait_seconds_sum").value, 6.0);
    let count = one(&samples, "wait_seconds_count");
    assert_eq!((count.value, count.kind.as_str()), (3.0, "histogram"));
    assert_eq!(count.labels["exported_le"], "mine");
    assert_eq!(one(&samples, "exponential_count").value, 1.0);
    assert_eq!(one(&samples, "exponential_bucket").labels["le"], "+Inf");
    let target = one(&samples, "target_info");
    assert_eq!(
        target.labels,
        labels(&[("service_name", "shop"), ("odd", "a\"b\\c\nd")])
    );
}

#[test]
fn series_of_several_scopes_are_one_family() {
    let page = Page::new(shop());
    for scope in ["a", "b"] {
        let meter = page.provider.meter(scope);
        meter.u64_counter("first").build().add(1, &[]);
        meter.u64_counter("second").build().add(1, &[]);
    }
    // The parser refuses a family in two pieces.
    let samples = page.samples();
    assert_eq!(
        samples.iter().filter(|s| s.name == "first_total").count(),
        2
    );
}

#[test]
fn of_one_name_with_two_types_the_same_one_is_kept_at_every_scrape() {
    let page = Page::new(shop());
    page.provider
        .meter("a")
        .f64_gauge("x_total")
        .build()
        .record(1.0, &[]);
    page.provider
        .meter("b")
        .u64_counter("x")
        .build()
        .add(7, &[]);
    for _ in 0..20 {
        let samples = page.samples();
        let kept = one(&samples, "x_total");
        assert_eq!(kept.kind, "gauge");
    }
    assert!(page.scrape.told.load(Ordering::Relaxed));
}

#[test]
fn keys_that_become_one_label_are_joined_and_other_types_are_json() {
    let page = Page::new(shop());
    let counter = page.provider.meter("m").u64_counter("x").build();
    counter.add(
        1,
        &[
            KeyValue::new("b_c", "2"),
            KeyValue::new("b.c", "1"),
            KeyValue::new(
                "list",
                Value::Array(Array::String(vec!["p".into(), "q\"".into()])),
            ),
            KeyValue::new("on", true),
            KeyValue::new("otel.scope.name", "forged"),
        ],
    );
    let samples = page.samples();
    let all = &one(&samples, "x_total").labels;
    assert_eq!(all["b_c"], "1;2");
    assert_eq!(all["list"], r#"["p","q\""]"#);
    assert_eq!(all["on"], "true");
    assert_eq!(all["otel_scope_name"], "m");
    assert_eq!(all["exported_otel_scope_name"], "forged");
}

#[test]
fn numbers_are_written_as_prometheus_reads_them() {
    let cases = [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (1e300, "1e300"),
        (0.005, "0.005"),
        (-3.0, "-3"),
    ];
    for (number, expected) in cases {
        assert_eq!(text::number(number), expected);
    }
}

struct Endpoint {
    page: Page,
    address: SocketAddr,
    runtime: ExportRuntime,
}

impl Endpoint {
    fn start() -> Self {
        let page = Page::new(shop());
        page.provider
            .meter("m")
            .u64_counter("x")
            .build()
            .add(1, &[]);
        let listener = listen("127.0.0.1", 0).unwrap().remove(0);
        let address = listener.local_addr().unwrap();
        let runtime = ExportRuntime::new();
        runtime
            .spawn(server::serve(listener, Arc::clone(&page.scrape)))
            .unwrap();
        Self {
            page,
            address,
            runtime,
        }
    }

    /// What comes back for these bytes, until the end.
    fn ask(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: h\r\n\r\n";

#[test]
fn a_scrape_gets_the_page_and_the_connection_ends() {
    let endpoint = Endpoint::start();
    let answer = endpoint.ask(GET);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(
        head.contains("text/plain; version=0.0.4; charset=utf-8"),
        "{head}"
    );
    assert_eq!(one(&parse(body).unwrap(), "x_total").value, 1.0);
    let head = endpoint.ask(b"HEAD /metrics?x=y HTTP/1.1\r\nhost: h\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 200 OK") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn whatever_else_is_asked_is_refused_and_the_next_scrape_works() {
    let endpoint = Endpoint::start();
    let long = format!("GET /{} HTTP/1.1\r\nhost: h\r\n\r\n", "x".repeat(100_000));
    let headers = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(5_000));
    let cases: [(&[u8], &str); 8] = [
        (b"GET / HTTP/1.1\r\nhost: h\r\n\r\n", "404"),
        (b"GET /metrics/../etc HTTP/1.1\r\nhost: h\r\n\r\n", "404"),
        (
            b"POST /metrics HTTP/1.1\r\nhost: h\r\ncontent-length: 9999999999\r\n\r\n",
            "405",
        ),
        (b"DELETE /metrics HTTP/1.1\r\nhost: h\r\n\r\n", "405"),
        (b"\xff\xfe\x00 nonsense\r\n\r\n", "400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        (long.as_bytes(), ""),
        (headers.as_bytes(), ""),
    ];
    for (request, status) in cases {
        let answer = endpoint.ask(request);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.get(9..).unwrap_or_default().starts_with(status),
            "{answer}"
        );
    }
    assert!(endpoint.ask(GET).starts_with("HTTP/1.1 200"));
}

// Each case is two connections.
proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn the_page_is_for_who_asks_for_it_and_nothing_ends_the_server(
        method in "GET|HEAD|POST|get|[A-Z!]{0,5}",
        path in "/metrics|/|(/?[a-z.%?#]{0,8}){0,3}|/metrics[/?#a-z]{0,3}",
        rest in " HTTP/1\\.[01]\r\nhost: h\r\n\r\n|[ -~\r\n]{0,40}\r\n\r\n",
    ) {
        static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(Endpoint::start);
        let answer = ENDPOINT.ask(format!("{method} {path}{rest}").as_bytes());
        if answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.0 200") {
            prop_assert!(["GET", "HEAD"].contains(&method.trim()), "{method}");
            prop_assert!(path.starts_with("/metrics"), "{path}");
        } else {
            prop_assert!(!answer.contains("x_total"), "{answer}");
        }
        prop_assert!(ENDPOINT.ask(GET).contains("x_total"));
    }
}

#[test]
fn idle_connections_keep_neither_the_port_nor_the_exit() {
    let endpoint = Endpoint::start();
    let idle: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(endpoint.address).unwrap())
        .collect();
    let begin = std::time::Instant::now();
    // The slots of those that say nothing are free again after the time for a head.
    assert!(endpoint.ask(GET).starts_with("HTTP/1.1 200"));
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    endpoint.runtime.stop();
    assert!(TcpStream::connect(endpoint.address).is_err());
    drop(idle);
}

#[test]
fn a_slow_callback_holds_up_scrapes_alone() {
    let endpoint = Endpoint::start();
    let (entered, inside) = mpsc::channel();
    let _slow = endpoint
        .page
        .provider
        .meter("m")
        .u64_observable_gauge("slow")
        .with_callback(move |slow| {
            let _ = entered.send(());
            thread::sleep(Duration::from_millis(500));
            slow.observe(1, &[]);
        })
        .build();
    thread::scope(|threads| {
        let scrape = threads.spawn(|| endpoint.ask(GET));
        inside.recv().unwrap();
        let begin = std::time::Instant::now();
        let other = endpoint.ask(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        assert!(other.starts_with("HTTP/1.1 404"), "{other}");
        assert!(
            begin.elapsed() < Duration::from_millis(300),
            "{:?}",
            begin.elapsed()
        );
        assert!(scrape.join().unwrap().contains("slow"));
    });
}

#[test]
fn after_the_shutdown_a_scrape_says_so() {
    let endpoint = Endpoint::start();
    endpoint.page.provider.shutdown().unwrap();
    assert!(endpoint.ask(GET).starts_with("HTTP/1.1 503"));
}

#[test]
fn a_taken_port_is_told_with_the_variable_that_would_help() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Prometheus {
        host: "127.0.0.1".to_owned(),
        port: taken.local_addr().unwrap().port(),
    };
    let problem = PrometheusReader::start(&settings, &ExportRuntime::new()).unwrap_err();
    assert!(
        problem.contains("is taken already; set OTEL_EXPORTER_PROMETHEUS_PORT"),
        "{problem}"
    );
}
