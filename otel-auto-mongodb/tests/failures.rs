//! Commands that are given up or lost on the way, on a real server behind a proxy.
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)]

mod support;

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::join};
use mongodb::{
    Collection,
    bson::{Document, doc},
    options::ClientOptions,
};
use otel_auto_core::opentelemetry::trace::FutureExt;
use otel_auto_mongodb::Traced;
use otel_auto_testing::{Capture, MetricPoint};
use support::{
    below_a_caller, collection, people, port,
    proxy::{Loss, Proxy},
    url,
};

const KEYS: &[&str] = &["error.type"];

fn tree(capture: &Capture, people: &Collection<Document>) -> String {
    capture.tree_with(KEYS).replace(people.name(), "people")
}

async fn until(what: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(Instant::now() < deadline, "it does not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn connections(capture: &Capture, state: &str) -> f64 {
    let points = capture.metric("db.client.connection.count");
    let of_state = points
        .iter()
        .filter(|point| point.get("db.client.connection.state") == state);
    of_state.map(MetricPoint::number).sum()
}

#[tokio::test]
async fn a_command_that_is_given_up_ends_at_once() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(port(&url), "find", Loss::Swallowed).await;
    let url = format!("mongodb://127.0.0.1:{}/", proxy.port);
    let (capture, people) = people(&url, "given_up").await;
    proxy.lose(1);
    let dropped = below_a_caller(&capture, async {
        let call = people.find_one(doc! {});
        let call = tokio::time::timeout(Duration::from_millis(200), call);
        call.await.unwrap_err();
        Instant::now()
    })
    .await;
    until(|| capture.spans().len() == 2).await;
    assert!(dropped.elapsed() < Duration::from_secs(1));
    assert_eq!(
        tree(&capture, &people),
        "caller internal\n\x20 find people client\n"
    );
    let lasted = capture.span(&format!("find {}", people.name())).duration;
    let expected = Duration::from_millis(150)..Duration::from_secs(1);
    assert!(expected.contains(&lasted), "{lasted:?}");
}

#[tokio::test]
async fn a_cursor_that_is_given_up_in_a_batch_ends_at_once() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(port(&url), "getMore", Loss::Swallowed).await;
    let url = format!("mongodb://127.0.0.1:{}/", proxy.port);
    let (capture, people) = people(&url, "batch").await;
    people
        .insert_many((0..4).map(|n| doc! { "n": n }))
        .await
        .unwrap();
    capture.clear_spans();
    proxy.lose(1);
    below_a_caller(&capture, async {
        let mut numbers = people.find(doc! {}).batch_size(2).await.unwrap();
        numbers.next().await.unwrap().unwrap();
        numbers.next().await.unwrap().unwrap();
        let third = tokio::time::timeout(Duration::from_millis(100), numbers.next());
        third.await.unwrap_err();
    })
    .await;
    until(|| capture.spans().len() == 3).await;
    assert_eq!(
        tree(&capture, &people),
        "caller internal\n\x20 find people client\n\x20 getMore people client\n"
    );
}

#[tokio::test]
async fn a_command_that_the_driver_sends_again_is_a_span_for_each_try() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(port(&url), "find", Loss::Cut).await;
    let url = format!("mongodb://127.0.0.1:{}/", proxy.port);
    let (capture, people) = people(&url, "again").await;
    proxy.lose(1);
    below_a_caller(&capture, async {
        assert!(people.find_one(doc! {}).await.unwrap().is_none());
    })
    .await;
    assert_eq!(
        tree(&capture, &people),
        "caller internal\n\
         \x20 find people client error error.type=network_error\n\
         \x20 find people client\n"
    );
}

#[tokio::test]
async fn a_thousand_commands_that_are_given_up_all_end() {
    const CALLS: usize = 1000;
    let Some(url) = url() else { return };
    let proxy = Proxy::start(port(&url), "find", Loss::Swallowed).await;
    let url = format!("mongodb://127.0.0.1:{}/", proxy.port);
    let (capture, people) = people(&url, "thousand").await;
    proxy.lose(CALLS);
    let started = Instant::now();
    let calls = async {
        for _ in 0..CALLS {
            tokio::select! {
                told = people.find_one(doc! {}).into_future() => panic!("{told:?}"),
                () = proxy.lost() => {}
            }
        }
    };
    calls.with_context(capture.context()).await;
    until(|| capture.open().is_empty()).await;
    let spans = capture.spans();
    assert_eq!(spans.len(), CALLS);
    assert!(spans.iter().all(|span| !span.is_error()));
    // One after the other, so that none outlived its call.
    let lasted: Duration = spans.iter().map(|span| span.duration).sum();
    assert!(lasted < started.elapsed(), "{lasted:?}");
}

#[tokio::test]
async fn clients_of_the_same_options_do_not_mix_up_their_commands() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(port(&url), "slow", Loss::Swallowed).await;
    let url = format!("mongodb://127.0.0.1:{}/", proxy.port);
    let capture = Capture::new();
    let options = ClientOptions::parse(&url).await.unwrap();
    let options = capture.in_scope(|| options.traced());
    let slow = collection(options.clone(), "slow").await;
    let quick = collection(options, "quick").await;
    capture.clear_spans();
    until(|| connections(&capture, "idle") == 2.0).await;
    proxy.lose(1);
    // Both connections are the first of their clients.
    let both = join(
        below_a_caller(&capture, async {
            let call = slow.find_one(doc! {});
            let call = tokio::time::timeout(Duration::from_millis(300), call);
            call.await.unwrap_err();
        }),
        below_a_caller(&capture, async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            quick.find_one(doc! {}).await.unwrap();
            quick.delete_one(doc! {}).await.unwrap();
        }),
    );
    both.await;
    until(|| capture.spans().len() == 5).await;
    until(|| connections(&capture, "idle") == 1.0 && connections(&capture, "used") == 0.0).await;
    let span = |name: &str| capture.span(name);
    let given_up = span(&format!("find {}", slow.name()));
    assert!(
        given_up.duration >= Duration::from_millis(250),
        "{:?}",
        given_up.duration
    );
    for command in ["find", "delete"] {
        let answered = span(&format!("{command} {}", quick.name()));
        assert!(
            answered.duration < given_up.duration,
            "{:?}",
            answered.duration
        );
        assert_ne!(answered.trace_id, given_up.trace_id);
    }
}
