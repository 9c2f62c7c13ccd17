//! Plain functions that give back what runs later: futures and streams.

use std::{
    fmt,
    future::{Future, Ready, ready},
    pin::Pin,
};

use futures_util::{
    StreamExt, TryStreamExt,
    future::{BoxFuture, FutureExt},
    stream::{self, BoxStream, Stream},
};
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented]
async fn load(n: u32) -> Result<u32, fmt::Error> {
    tokio::task::yield_now().await;
    if n == 0 { Err(fmt::Error) } else { Ok(n) }
}

#[instrumented]
fn delegates(n: u32) -> impl Future<Output = Result<u32, fmt::Error>> + Send + Unpin {
    Box::pin(load(n)).map(|loaded| loaded.map(|n| n + 1))
}

#[instrumented(attributes(n = n))]
fn boxed(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, fmt::Error>> + Send>> {
    if n == 7 {
        return Box::pin(ready(Ok(7)));
    }
    Box::pin(load(n))
}

#[instrumented]
fn aliased_box(text: &str) -> BoxFuture<'_, usize> {
    let length = load(1).map(move |_| text.len());
    length.boxed()
}

type Later = Pin<Box<dyn Future<Output = Result<u32, fmt::Error>> + Send>>;

#[instrumented(returns = "future")]
fn said() -> Later {
    Box::pin(load(0))
}

#[instrumented(returns = "value")]
fn call_alone() -> Later {
    Box::pin(async { Err(fmt::Error) })
}

#[instrumented]
fn named_type() -> Ready<u32> {
    ready(1)
}

#[instrumented]
fn other_bounds() -> impl Future<Output = u32> + Clone {
    #[derive(Clone)]
    struct Cloned;
    impl Future for Cloned {
        type Output = u32;
        fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<u32> {
            std::task::Poll::Ready(1)
        }
    }
    Cloned
}

#[instrumented]
fn numbers(most: u32) -> impl Stream<Item = u32> {
    stream::iter(0..most)
        .then(|n| load(n + 1))
        .map(|n| n.unwrap_or_default())
}

#[instrumented]
fn fallible<'a>(
    numbers: &'a [u32],
) -> Pin<Box<dyn Stream<Item = Result<u32, fmt::Error>> + Send + 'a>> {
    Box::pin(stream::iter(numbers).map(|n| if *n == 0 { Err(fmt::Error) } else { Ok(*n) }))
}

#[instrumented(ok_if = |_| true)]
fn accepting() -> BoxStream<'static, Result<u32, fmt::Error>> {
    stream::iter([Err(fmt::Error), Ok(1)]).boxed()
}

trait Repository {
    fn all(&self) -> impl Stream<Item = u32> + Send;
    fn find(&self, id: u32) -> impl Future<Output = Option<u32>> + Send;
}

#[instrumented]
impl Repository for Vec<u32> {
    fn all(&self) -> impl Stream<Item = u32> + Send {
        stream::iter(self.iter().copied())
    }

    fn find(&self, id: u32) -> impl Future<Output = Option<u32>> + Send {
        ready(self.iter().copied().find(|own| *own == id))
    }
}

#[tokio::test]
async fn future_that_is_not_a_block_is_recorded_until_it_is_ready() {
    let capture = Capture::new();
    let work = async {
        assert_eq!(delegates(1).await, Ok(2));
        assert!(boxed(0).await.is_err());
        assert_eq!(boxed(7).await, Ok(7));
        assert_eq!(aliased_box("abc").await, 3);
        assert!(said().await.is_err());
    };
    capture.scope(work).await;
    assert_eq!(
        capture.tree_with(&["n", "error.type"]),
        "delegates internal\n\
         \x20 load internal\n\
         boxed internal error n=0 error.type=core::fmt::Error\n\
         \x20 load internal error error.type=core::fmt::Error\n\
         boxed internal n=7\n\
         aliased_box internal\n\
         \x20 load internal\n\
         said internal error error.type=core::fmt::Error\n\
         \x20 load internal error error.type=core::fmt::Error\n"
    );
}

#[tokio::test]
async fn other_return_types_are_recorded_as_calls() {
    let capture = Capture::new();
    let (a, b, c) = capture.in_scope(|| (call_alone(), named_type(), other_bounds()));
    assert_eq!(
        capture.tree(),
        "call_alone internal\nnamed_type internal\nother_bounds internal\n"
    );
    assert!(a.await.is_err());
    assert_eq!(b.await + c.await, 2);
}

#[test]
fn future_that_is_dropped_is_cancelled() {
    let capture = Capture::new();
    drop(capture.in_scope(|| delegates(1)));
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "delegates internal error.type=cancelled\n"
    );
}

#[tokio::test]
async fn stream_is_recorded_until_its_end_and_its_work_is_inside() {
    let capture = Capture::new();
    let stream = capture.in_scope(|| numbers(2));
    assert!(capture.spans().is_empty());
    assert_eq!(stream.collect::<Vec<_>>().await, [1, 2]);
    assert_eq!(
        capture.tree(),
        "numbers internal\n  load internal\n  load internal\n"
    );
}

#[tokio::test]
async fn stream_that_gives_an_error_has_failed_at_its_end() {
    let capture = Capture::new();
    let stream = capture.in_scope(|| fallible(&[1, 0, 2]));
    assert_eq!(stream.collect::<Vec<_>>().await.len(), 3);
    let stopped = capture.in_scope(|| fallible(&[0, 1]));
    stopped.try_collect::<Vec<_>>().await.unwrap_err();
    let accepted = capture.in_scope(accepting);
    assert_eq!(accepted.collect::<Vec<_>>().await.len(), 2);
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "fallible internal error error.type=core::fmt::Error\n\
         fallible internal error error.type=core::fmt::Error\n\
         accepting internal\n"
    );
}

#[tokio::test]
async fn stream_that_is_dropped_is_cancelled() {
    let capture = Capture::new();
    let mut stream = capture.in_scope(|| Box::pin(numbers(9)));
    assert_eq!(stream.next().await, Some(1));
    drop(stream);
    assert_eq!(capture.span("numbers").text("error.type"), "cancelled");
    assert!(!capture.span("numbers").is_error());
}

#[tokio::test]
async fn methods_of_traits_run_on_too() {
    let capture = Capture::new();
    let repository = vec![3, 4];
    let work = async {
        assert_eq!(repository.all().count().await, 2);
        assert_eq!(repository.find(4).await, Some(4));
    };
    capture.scope(work).await;
    assert_eq!(capture.tree(), "all internal\nfind internal\n");
}

#[tokio::test]
async fn without_telemetry_nothing_is_put_around() {
    let future = boxed(7);
    assert_eq!(
        size_of_val(&*future),
        size_of::<Ready<Result<u32, fmt::Error>>>()
    );
    assert_eq!(future.await, Ok(7));
}
