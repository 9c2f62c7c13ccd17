//! The demo under load.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _},
    process::Command,
};

use crate::common::{API, FRONT, population, roots, wait_until};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};
use otel_auto_testing::receiver::{Metric, Receiver};

const REQUESTS: usize = 100;
const NAMES: [&str; 8] = [
    "Tokyo", "Osaka", "Kyoto", "Nara", "Aichi", "Chiba", "Okinawa", "Hokkaido",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_requests_at_once_are_a_hundred_whole_traces_and_gauges_go_back_to_zero() {
    let receiver = Receiver::start();
    let mut process = population()
        .arg("--serve")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let url = lines
        .find_map(|line| {
            line.unwrap()
                .strip_suffix("/prefectures/Tokyo")
                .map(str::to_owned)
        })
        .unwrap();

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|index| {
            let request = client.get(format!("{url}/prefectures/{}", NAMES[index % NAMES.len()]));
            tokio::spawn(async move { request.send().await.unwrap().status() })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
    // Not only at the end: they come while the services run.
    wait_until(&receiver, |receiver| {
        roots(&receiver.spans()).len() == REQUESTS
    });

    let stopped = Command::new("kill")
        .args(["-INT", &process.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success());
    let mut stderr = String::new();
    process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(process.wait().unwrap().success(), "{stderr}");

    let spans = receiver.spans();
    let mut traces: HashMap<_, Vec<_>> = HashMap::new();
    for span in &spans {
        traces.entry(span.trace_id()).or_default().push(span);
    }
    assert_eq!(traces.len(), REQUESTS);
    for spans in traces.values() {
        let ids: Vec<_> = spans.iter().map(|span| span.span_id()).collect();
        let parents = spans.iter().map(|span| span.parent_span_id());
        assert_eq!(parents.clone().filter(String::is_empty).count(), 1);
        assert!(
            parents
                .filter(|parent| !parent.is_empty())
                .all(|parent| ids.contains(&parent))
        );
        // One that asked the API is one span of the API's more.
        let sent = spans.iter().filter(|span| span.name == "GET").count();
        let received = spans
            .iter()
            .filter(|span| span.name == "GET /population/{prefecture}")
            .count();
        assert_eq!(sent, received);
    }

    let metrics = receiver.metrics();
    for service in [FRONT, API] {
        let last = latest(&metrics, service, "http.server.active_requests");
        let Some(Data::Sum(sum)) = &last.data else {
            panic!("{:?}", last.data)
        };
        assert!(!sum.data_points.is_empty());
        assert!(
            sum.data_points
                .iter()
                .all(|point| point.value == Some(Value::AsInt(0))),
            "{sum:?}"
        );
    }
    let last = latest(&metrics, FRONT, "http.server.request.duration");
    let Some(Data::Histogram(durations)) = &last.data else {
        panic!("{:?}", last.data)
    };
    assert_eq!(
        durations
            .data_points
            .iter()
            .map(|point| point.count)
            .sum::<u64>(),
        REQUESTS as u64
    );
}

fn latest<'a>(metrics: &'a [Metric], service: &str, name: &str) -> &'a Metric {
    let is_it = |metric: &&Metric| {
        metric.name == name && metric.resource_attribute("service.name").as_deref() == Some(service)
    };
    metrics.iter().rfind(is_it).unwrap()
}
