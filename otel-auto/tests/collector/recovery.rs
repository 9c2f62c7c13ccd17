//! The collector is killed and started again while a program is under load.

use std::{
    collections::HashSet,
    ops::Range,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    PROTOCOLS,
    output::{Item, Kind, find, parse},
    server::{self, Collector, PATIENCE, Security},
    watched::{Finished, Watched},
};

const NAMES: [&str; 3] = ["traces", "metrics", "logs"];
/// Less than any wait for the collector could take, more than a busy machine makes of a millisecond.
const NOT_SLOW: Duration = Duration::from_secs(1);
/// Spans in a batch, where the queues are small.
const BATCH: u64 = 200;

#[track_caller]
fn wait_until(what: &str, mut there: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !there() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}

/// The requests that are told of in items of this kind, by an attribute.
fn requests(items: &[Item], kind: Kind, attribute: &str) -> HashSet<u64> {
    let values = items
        .iter()
        .filter(|item| item.kind == kind)
        .filter_map(|item| item.attributes.get(attribute));
    values
        .filter_map(|value| {
            value
                .trim_end_matches(')')
                .rsplit(['/', '('])
                .next()?
                .parse()
                .ok()
        })
        .collect()
}

/// All of these requests, in spans and in log records.
#[track_caller]
fn assert_all(items: &[Item], expected: Range<u64>) {
    let spans = requests(items, Kind::Span, "url.path");
    let records = requests(items, Kind::LogRecord, "user");
    let missing: Vec<u64> = expected
        .filter(|id| !spans.contains(id) || !records.contains(id))
        .collect();
    assert!(missing.is_empty(), "lost: {missing:?}");
}

/// The metrics are cumulative: the last point tells of every request, whenever it was.
#[track_caller]
fn assert_counted(items: &[Item], requests: u64) {
    let last = |name| find(items, Kind::DataPoint, "Name", name).pop().unwrap();
    let duration = last("http.server.request.duration");
    assert_eq!(duration.field("Count"), requests.to_string());
    let lookups = last("program.lookups");
    assert_eq!(lookups.field("Value"), (3 * requests).to_string());
}

/// A collector, and a program under load that it has heard of.
fn under_load(protocol: &str, more: &[(&str, &str)]) -> Option<(Collector, Watched)> {
    let collector = Collector::start(&server::program()?, Security::None);
    let endpoint = collector.endpoint(protocol);
    let mut environment = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
        ("OTEL_RUST_SHUTDOWN_TIMEOUT", "10000"),
    ];
    environment.extend(more);
    let mut watched = Watched::start(&environment);
    let first = watched.next();
    wait_for_requests(&collector, first + 200);
    Some((collector, watched))
}

/// Waits until a request with at least this number has arrived, in a span and in a log record.
#[track_caller]
fn wait_for_requests(collector: &Collector, number: u64) {
    wait_until("a request in the collector's output", || {
        let output = collector.output();
        let arrived = |before: &str| {
            let last = output.rsplit_once(before).map(|(_, rest)| rest);
            let digits = last.and_then(|rest| rest.split_once(')'));
            digits.and_then(|(digits, _)| digits.parse().ok()) >= Some(number)
        };
        arrived("-> url.path: Str(/users/") && arrived("-> user: Int(")
    });
}

/// The ids of all spans: one may arrive twice, when the collector took it and did not live to say so.
fn spans(items: &[Item]) -> HashSet<String> {
    let spans = items.iter().filter(|item| item.kind == Kind::Span);
    spans.map(|span| span.field("ID").to_owned()).collect()
}

/// How many spans the program says it lost.
fn told_spans(said: &str) -> u64 {
    let words: Vec<&str> = said.split_whitespace().collect();
    words
        .windows(3)
        .filter(|words| words[1] == "spans" && ["lost", "dropped:"].contains(&words[2]))
        .map(|words| words[0].parse::<u64>().unwrap())
        .sum()
}

/// One line of each signal when it breaks, and another only when its window of five seconds is over; one when it
/// recovers; and no other after the banner but those that tell of a full queue.
#[track_caller]
fn assert_told_once(said: &str, broken_for: Duration, recovered: &str) {
    let count = |text: &str| said.lines().filter(|line| line.contains(text)).count();
    let windows = 1 + usize::try_from(broken_for.as_secs()).unwrap() / 5;
    for name in NAMES {
        let breaks = count(&format!("{name} do not reach "));
        assert!((1..=windows).contains(&breaks), "{broken_for:?}: {said}");
        assert_eq!(count(&format!("{name} reach ")), 1, "{said}");
    }
    assert_eq!(count(recovered), NAMES.len(), "{said}");
    let all = 1 + count(" do not reach ") + NAMES.len() + count(" dropped: the queue of ");
    assert_eq!(said.lines().count(), all, "{said}");
}

#[test]
fn a_killed_collector_that_comes_back_in_time_has_missed_nothing() {
    for protocol in PROTOCOLS {
        // The queues hold what comes in the meantime, and the time-out is longer than the interruption.
        let more = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "20000"),
            ("OTEL_BLRP_MAX_QUEUE_SIZE", "20000"),
        ];
        let Some((mut collector, watched)) = under_load(protocol, &more) else {
            return;
        };
        collector.kill();
        let down = Instant::now();
        wait_until("every signal's line", || {
            watched.lines("do not reach") >= NAMES.len()
        });
        collector.restart();
        wait_until("every signal's recovery", || {
            watched.lines("again, ") >= NAMES.len()
        });
        let broken_for = down.elapsed();
        let Finished {
            requests,
            slowest,
            said,
        } = watched.finish();
        println!("{protocol}: {requests} requests, the slowest took {slowest:?}\n{said}");
        assert_told_once(&said, broken_for, "again, nothing was lost");
        let all = parse(&(collector.output_of(1) + &collector.output()));
        assert_all(&all, 0..requests);
        assert_counted(&all, requests);
        assert!(slowest < NOT_SLOW, "a request took {slowest:?}");
    }
}

#[test]
fn after_a_long_interruption_everything_new_arrives_and_memory_stayed_flat() {
    let batch = BATCH.to_string();
    for protocol in PROTOCOLS {
        // The queues are full within a second, and what is sent in vain is given up after two.
        let more = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "400"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch.as_str()),
            ("OTEL_BLRP_MAX_QUEUE_SIZE", "400"),
            ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", batch.as_str()),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ];
        let Some((mut collector, mut watched)) = under_load(protocol, &more) else {
            return;
        };
        let before = watched.memory();
        collector.kill();
        let down = Instant::now();
        let mut peak = before;
        while down.elapsed() < Duration::from_secs(4) {
            peak = peak.max(watched.memory());
            sleep(Duration::from_millis(50));
        }
        collector.restart();
        wait_until("every signal's recovery", || {
            watched.lines("again, ") >= NAMES.len()
        });
        let broken_for = down.elapsed();
        // The queues are in order: with this request, all that waited before it is through.
        let since = watched.next();
        wait_for_requests(&collector, since);
        let recovered = watched.next();
        wait_for_requests(&collector, recovered + 200);
        peak = peak.max(watched.memory());
        let Finished {
            requests,
            slowest,
            said,
        } = watched.finish();
        let after = parse(&collector.output());
        let arrived = spans(&parse(&collector.output_of(1)))
            .union(&spans(&after))
            .count();
        let missing = 2 * requests - arrived as u64;
        let told = told_spans(&said);
        println!(
            "{protocol}: {requests} requests, {recovered} on all arrived, the slowest took {slowest:?}, \
             memory {before} KiB, at most {peak} KiB; {told} of {missing} missing spans were told\n{said}"
        );
        assert_told_once(&said, broken_for, "lost in between");
        assert_all(&after, recovered..requests);
        assert_counted(&after, requests);
        assert!(slowest < NOT_SLOW, "a request took {slowest:?}");
        assert!(peak < before + 8 * 1024, "{before} KiB grew to {peak} KiB");
        // Both are equal, but for a batch that was taken and not acknowledged.
        assert!(
            told >= 1 && told.abs_diff(missing) <= BATCH,
            "{told} of {missing}: {said}"
        );
    }
}
