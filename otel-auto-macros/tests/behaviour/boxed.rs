use std::{fmt, future::Future, pin::Pin};

use futures_util::future::{BoxFuture, FutureExt};
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[async_trait::async_trait]
trait Greeter {
    async fn greet(&self, name: &str) -> Result<String, fmt::Error>;
    async fn wave(&self);
    async fn bow(&mut self, depth: u32) -> u32;
}

struct English;

#[async_trait::async_trait]
impl Greeter for English {
    #[instrumented(attributes(name = name))]
    async fn greet(&self, name: &str) -> Result<String, fmt::Error> {
        tokio::task::yield_now().await;
        if name.is_empty() {
            return Err(fmt::Error);
        }
        self.wave().await;
        Ok(format!("Hello {name}"))
    }

    #[instrumented]
    async fn wave(&self) {}

    async fn bow(&mut self, depth: u32) -> u32 {
        depth
    }
}

struct French;

#[async_trait::async_trait]
#[instrumented]
impl Greeter for French {
    async fn greet(&self, name: &str) -> Result<String, fmt::Error> {
        tokio::task::yield_now().await;
        self.wave().await;
        Ok(format!("Bonjour {name}"))
    }

    async fn wave(&self) {
        tokio::task::yield_now().await;
    }

    async fn bow(&mut self, depth: u32) -> u32 {
        depth
    }
}

struct German;

#[instrumented]
#[async_trait::async_trait]
impl Greeter for German {
    async fn greet(&self, _name: &str) -> Result<String, fmt::Error> {
        self.wave().await;
        Err(fmt::Error)?
    }

    async fn wave(&self) {
        tokio::task::yield_now().await;
    }

    #[instrumented(attributes(depth = depth))]
    async fn bow(&mut self, depth: u32) -> u32 {
        depth
    }
}

/// As async_trait wrote it before 0.1.44.
#[instrumented]
fn old_style<'a>(
    name: &'a str,
) -> Pin<Box<dyn Future<Output = Result<usize, fmt::Error>> + Send + 'a>> {
    async fn old_style(name: &str) -> Result<usize, fmt::Error> {
        tokio::task::yield_now().await;
        if name.is_empty() {
            Err(fmt::Error)
        } else {
            Ok(name.len())
        }
    }
    Box::pin(old_style(name))
}

#[instrumented(attributes(n = n))]
fn plain(n: u32) -> impl Future<Output = Result<u32, fmt::Error>> + Send {
    let doubled = n * 2;
    async move {
        tokio::task::yield_now().await;
        if doubled == 0 {
            Err(fmt::Error)?;
        }
        Ok(doubled)
    }
}

#[instrumented]
fn boxed(name: &str) -> BoxFuture<'_, usize> {
    async move { name.len() }.boxed()
}

#[instrumented]
fn borrowing<'a>(names: &'a [String]) -> impl Future<Output = &'a str> {
    async { names.first().map_or("", String::as_str) }
}

#[tokio::test]
async fn async_trait_methods_last_until_their_future_is_ready() {
    let capture = Capture::new();
    capture
        .scope(async { English.greet("A").await.unwrap() })
        .await;
    assert_eq!(
        capture.tree_with(&["name"]),
        "greet internal name=A\n  wave internal\n"
    );
    capture.clear_spans();
    capture
        .scope(async { English.greet("").await.unwrap_err() })
        .await;
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "greet internal error error.type=core::fmt::Error\n"
    );
}

#[tokio::test]
async fn impl_blocks_under_async_trait_are_recorded() {
    let capture = Capture::new();
    capture
        .scope(async { French.greet("A").await.unwrap() })
        .await;
    assert_eq!(
        capture.tree_with(&["code.function.name"]),
        "greet internal code.function.name=behaviour::boxed::French::greet\n\
        \x20 wave internal code.function.name=behaviour::boxed::French::wave\n"
    );
}

#[tokio::test]
async fn impl_blocks_over_async_trait_are_recorded() {
    let capture = Capture::new();
    capture
        .scope(async { German.greet("A").await.unwrap_err() })
        .await;
    assert_eq!(capture.scope(async { German.bow(3).await }).await, 3);
    assert_eq!(
        capture.tree_with(&["depth"]),
        "greet internal error\n  wave internal\nbow internal depth=3\n"
    );
}

#[tokio::test]
async fn inner_function_of_old_async_trait_is_recorded() {
    let capture = Capture::new();
    assert_eq!(capture.scope(old_style("abc")).await, Ok(3));
    assert!(capture.scope(old_style("")).await.is_err());
    assert_eq!(
        capture.tree(),
        "old_style internal\nold_style internal error\n"
    );
}

#[tokio::test]
async fn async_block_at_the_end_of_a_function_is_recorded_when_it_runs() {
    let capture = Capture::new();
    drop(capture.in_scope(|| plain(1)));
    assert!(capture.spans().is_empty());
    assert_eq!(capture.scope(plain(1)).await, Ok(2));
    assert!(capture.scope(plain(0)).await.is_err());
    assert_eq!(capture.scope(boxed("abc")).await, 3);
    assert_eq!(capture.scope(borrowing(&["abc".to_owned()])).await, "abc");
    assert_eq!(
        capture.tree_with(&["n"]),
        "plain internal n=1\nplain internal error n=0\nboxed internal\nborrowing internal\n"
    );
}
