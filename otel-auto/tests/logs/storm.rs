//! A million events: what is not received is told, to the last one.

use std::{thread, time::Duration};

use otel_auto_testing::receiver::{Behaviour, Receiver};

use crate::support::run as run_case;

const EVENTS: u64 = 1_000_000;
const THREADS: u64 = 4;
/// In kilobytes: the queue and an export's worth of records are less than a tenth of it.
const GROWTH: u64 = 64 * 1024;

/// The program.
pub(crate) fn run() {
    let otel = otel_auto::init!();
    tracing::info!("warm");
    otel.flush();
    let before = peak();
    thread::scope(|threads| {
        for thread in 0..THREADS {
            threads.spawn(move || {
                for number in 1..=(EVENTS / THREADS) {
                    // One of them was there before.
                    if thread > 0 || number > 1 {
                        tracing::info!(thread, number, "storm");
                    }
                }
            });
        }
    });
    println!("growth {}", peak().saturating_sub(before));
    otel.shutdown();
}

/// The most memory that this process has had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The numbers before ` log records` in what was said.
fn told(said: &str) -> u64 {
    let before = |part: &str| part.split_whitespace().next_back()?.parse::<u64>().ok();
    let lines = said.lines().filter(|line| line.contains("dropped"));
    lines
        .filter_map(|line| before(line.split_once(" log record")?.0))
        .sum()
}

#[test]
fn of_a_million_events_each_is_received_or_told_as_dropped() {
    // Slower than the storm, as any receiver is.
    let receiver = Receiver::builder()
        .behaviour(Behaviour::accept().delay(Duration::from_millis(20)))
        .capacity(1 << 30)
        .start();
    let (output, took) = run_case(
        "storm",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
            ("OTEL_RUST_SDK_METRICS_ENABLED", "true"),
        ],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(receiver.dropped(), 0, "the receiver has lost some itself");
    let received = receiver.logs().len() as u64;
    println!("{received} received in {took:?}: {said}{printed}");
    assert_eq!(received + told(&said), EVENTS, "{said}");
    assert_eq!(received + measured(&receiver), EVENTS);
    let (_, growth) = printed.split_once("growth ").unwrap();
    let growth: u64 = growth.lines().next().unwrap().parse().unwrap();
    assert!(growth < GROWTH, "{growth} kB more");
}

/// The last value of `otel.sdk.processor.log.processed` for a full queue.
fn measured(receiver: &Receiver) -> u64 {
    use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};

    let metrics = receiver.metrics();
    let metric = metrics
        .iter()
        .rfind(|metric| metric.name == "otel.sdk.processor.log.processed");
    let Some(Data::Sum(sum)) = &metric.unwrap().data else {
        panic!("no sum: {metric:?}");
    };
    let full = sum.data_points.iter().find(|point| {
        let is_error = |key: &str| key == "error.type";
        point
            .attributes
            .iter()
            .any(|attribute| is_error(&attribute.key))
    });
    match full.unwrap().value {
        Some(Value::AsInt(count)) => u64::try_from(count).unwrap(),
        _ => panic!("no count: {full:?}"),
    }
}
