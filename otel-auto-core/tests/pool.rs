//! The metrics of connection pools, with providers that come late, change and go.
#![allow(clippy::unreachable, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use otel_auto_core::{
    Providers,
    db::{DbClient, Pool, PoolState},
};
use otel_auto_testing::{Capture, MetricValue, conformance::Check};

const CLIENT: DbClient = DbClient::new("test-pool", "1", "test-pool");

/// Metric, state, value; sorted.
fn numbers(capture: &Capture) -> Vec<(String, String, f64)> {
    let points = capture.metrics().into_iter();
    points
        .map(|point| {
            let name = point.name.trim_start_matches("db.client.connection.");
            let state = point.get("db.client.connection.state");
            (name.to_owned(), state.to_owned(), point.number())
        })
        .collect()
}

fn named(numbers: &[(&str, &str, f64)]) -> Vec<(String, String, f64)> {
    let owned = |(name, state, number): &(&str, &str, f64)| {
        ((*name).to_owned(), (*state).to_owned(), *number)
    };
    numbers.iter().map(owned).collect()
}

#[test]
fn what_happens_to_a_pool_and_what_it_is_are_measured_as_the_registry_says() {
    let capture = Capture::new();
    let pool = Pool::with_providers(&CLIENT, "main", capture.providers());
    pool.observe(|| {
        let state = PoolState::new().idle(2).used(3).max(9);
        Some(state.idle_min(1).idle_max(4))
    });
    pool.created(Duration::from_millis(20));
    pool.waited(Duration::from_millis(3));
    pool.used(Duration::from_secs(2));
    pool.timed_out();
    let waiting = pool.wait();
    let points = capture.metrics();
    assert_eq!(Check::new().metrics(&points), []);
    for point in &points {
        assert_eq!(point.get("db.client.connection.pool.name"), "main");
        if let MetricValue::Histogram { bounds, .. } = &point.value {
            assert_eq!(bounds.first(), Some(&0.001), "{}", point.name);
        }
    }
    let all = [
        ("count", "idle", 2.0),
        ("count", "used", 3.0),
        ("create_time", "", 1.0),
        ("idle.max", "", 4.0),
        ("idle.min", "", 1.0),
        ("max", "", 9.0),
        ("pending_requests", "", 1.0),
        ("timeouts", "", 1.0),
        ("use_time", "", 1.0),
        ("wait_time", "", 1.0),
    ];
    assert_eq!(numbers(&capture), named(&all));
    waiting.acquired();
    let pending = capture.metric("db.client.connection.pending_requests");
    assert_eq!(pending.first().map(|point| point.number()), Some(0.0));
    let waits = capture.metric("db.client.connection.wait_time");
    assert_eq!(waits.first().map(|point| point.number()), Some(2.0));
}

#[test]
fn what_a_pool_does_not_know_is_left_out() {
    let capture = Capture::new();
    let pool = Pool::with_providers(&CLIENT, "main", capture.providers());
    assert_eq!(numbers(&capture), []);
    pool.observe(|| Some(PoolState::new().max(0)));
    assert_eq!(numbers(&capture), named(&[("max", "", 0.0)]));
    pool.observe(|| None);
    assert_eq!(numbers(&capture), []);
}

#[test]
fn a_waiter_that_goes_away_or_times_out_waits_no_longer() {
    let capture = Capture::new();
    let pool = Pool::with_providers(&CLIENT, "main", capture.providers());
    drop(pool.wait());
    pool.wait().timed_out();
    let expected = [("pending_requests", "", 0.0), ("timeouts", "", 1.0)];
    assert_eq!(numbers(&capture), named(&expected));
}

#[test]
fn a_connection_is_used_until_it_is_given_back() {
    let capture = Capture::new();
    let pool = Pool::with_providers(&CLIENT, "main", capture.providers());
    let (first, second) = (pool.lend(), pool.lend());
    drop(pool);
    assert_eq!(numbers(&capture), []);
    std::thread::sleep(Duration::from_millis(2));
    drop((first, second));
    assert_eq!(numbers(&capture), named(&[("use_time", "", 2.0)]));
    let points = capture.metric("db.client.connection.use_time");
    assert!(points.iter().all(|point| point.sum() >= 0.004));
}

#[test]
fn pools_of_one_name_are_added_up_and_end_with_their_last_clone() {
    let capture = Capture::new();
    let alive = Arc::new(AtomicU64::new(0));
    let make = |name: &str, idle| {
        let pool = Pool::with_providers(&CLIENT, name, capture.providers());
        let alive = Arc::clone(&alive);
        alive.fetch_add(1, Ordering::Relaxed);
        let guard = Guard(alive);
        pool.observe(move || {
            let _ = &guard;
            Some(PoolState::new().idle(idle))
        });
        pool
    };
    let (first, second, other) = (make("a", 1), make("a", 2), make("b", 4));
    let idle = || {
        let points = capture.metric("db.client.connection.count").into_iter();
        points
            .map(|point| {
                let pool = point.get("db.client.connection.pool.name").to_owned();
                (pool, point.number())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(idle(), [("a".to_owned(), 3.0), ("b".to_owned(), 4.0)]);
    let clone = second.clone();
    drop((first, second));
    assert_eq!(idle(), [("a".to_owned(), 2.0), ("b".to_owned(), 4.0)]);
    drop((clone, other));
    assert_eq!(idle(), []);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

struct Guard(Arc<AtomicU64>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn metrics_that_are_off_ask_no_pool() {
    for change in [
        (|settings| settings.metrics = false) as fn(&mut otel_auto_core::Settings),
        |settings| settings.instrumentations.disable("test-pool"),
    ] {
        let capture = Capture::builder().settings(change).build();
        let pool = Pool::with_providers(&CLIENT, "main", capture.providers());
        pool.observe(|| unreachable!("nobody wants to know"));
        pool.waited(Duration::from_millis(1));
        assert_eq!(numbers(&capture), []);
    }
}

/// The one test that touches the process's providers.
#[test]
fn a_pool_follows_the_providers_that_are_installed_later() {
    let pool = Pool::new(
        &CLIENT,
        Pool::name_of(Some(("db.example", Some(5432))), Some("shop")),
    );
    pool.observe(|| Some(PoolState::new().used(1)));
    pool.timed_out();
    let (first, second) = (Capture::new(), Capture::new());
    first.providers().install();
    let used = ("count", "used", 1.0);
    assert_eq!(numbers(&first), named(&[used]));
    pool.timed_out();
    second.providers().install();
    pool.timed_out();
    pool.timed_out();
    assert_eq!(numbers(&first), named(&[("timeouts", "", 1.0)]));
    assert_eq!(numbers(&second), named(&[used, ("timeouts", "", 2.0)]));
    let points = second.metric("db.client.connection.count");
    let name = points
        .first()
        .map(|point| point.get("db.client.connection.pool.name"));
    assert_eq!(name, Some("db.example:5432/shop"));
    Providers::uninstall();
    pool.timed_out();
    // What they are is told once more when telemetry ends.
    assert_eq!(numbers(&second), named(&[used, ("timeouts", "", 2.0)]));
}

#[test]
fn a_pool_is_named_by_what_is_known_of_its_server() {
    let socket = Some(("/run/db.sock", None));
    let shop = Some("shop");
    assert_eq!(Pool::name_of(socket, shop), "/run/db.sock/shop");
    assert_eq!(Pool::name_of(socket, None), "/run/db.sock");
    assert_eq!(Pool::name_of(None, shop), "shop");
    assert_eq!(Pool::name_of(None, None), "default");
}

#[test]
fn a_pool_that_is_made_inside_of_a_context_belongs_to_its_providers() {
    let capture = Capture::new();
    let pool = capture.in_scope(|| Pool::new(&CLIENT, Pool::name_of(None, None)));
    std::thread::scope(|scope| {
        scope.spawn(|| pool.timed_out());
    });
    assert_eq!(numbers(&capture), named(&[("timeouts", "", 1.0)]));
}
