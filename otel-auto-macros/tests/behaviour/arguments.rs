//! What an `async fn` does with its arguments, an instrumented one does too: it keeps all of them until its end, and
//! drops them in the same order.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Waker},
};

use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

type Log = Arc<Mutex<Vec<&'static str>>>;

struct Noisy(&'static str, Log);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

struct Pair {
    left: Noisy,
    _right: Noisy,
}

struct Owner {
    _first: Noisy,
    second: Noisy,
}

macro_rules! bodies {
    ($(#[$attribute:meta])? $plain:ident $method:ident) => {
        $(#[$attribute])?
        async fn $plain(
            a: Noisy,
            _: Noisy,
            (_b, _): (Noisy, Noisy),
            Pair { left, .. }: Pair,
            _unused: Noisy,
            mut moved: Noisy,
        ) {
            let _local = Noisy("local", a.1.clone());
            moved.0 = "moved!";
            drop(moved);
            tokio::task::yield_now().await;
            let _ = (&left, &a);
        }

        impl Owner {
            $(#[$attribute])?
            async fn $method(self, _argument: Noisy) -> &'static str {
                tokio::task::yield_now().await;
                self.second.0
            }
        }
    };
}

bodies!(bare bare_method);
bodies!(#[instrumented] instrumented instrumented_method);

/// What is dropped, in order, when the future is dropped after so many polls.
fn drops<F: Future>(
    polls: usize,
    make: impl FnOnce(&dyn Fn(&'static str) -> Noisy) -> F,
) -> String {
    let log = Log::default();
    let noisy = |name| Noisy(name, log.clone());
    {
        let mut future = pin!(make(&noisy));
        for _ in 0..polls {
            log.lock().unwrap().push("|");
            let _ = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
        log.lock().unwrap().push("|");
    }
    let log = log.lock().unwrap();
    log.join(" ")
}

#[test]
fn arguments_are_dropped_when_and_in_the_order_that_a_bare_function_drops_them() {
    macro_rules! call {
        ($function:ident, $polls:expr) => {
            drops($polls, |noisy| {
                let pair = Pair {
                    left: noisy("left"),
                    _right: noisy("right"),
                };
                let (a, b) = (noisy("b"), noisy("tuple"));
                $function(
                    noisy("a"),
                    noisy("_"),
                    (a, b),
                    pair,
                    noisy("unused"),
                    noisy("moved"),
                )
            })
        };
    }
    let capture = Capture::new();
    for polls in 0..=2 {
        let bare = call!(bare, polls);
        assert_eq!(capture.in_scope(|| call!(instrumented, polls)), bare);
        assert_eq!(call!(instrumented, polls), bare);
        assert_eq!(
            bare.split(' ').filter(|name| *name != "|").count(),
            if polls == 0 { 8 } else { 9 }
        );
    }
}

#[test]
fn receiver_by_value_is_dropped_whole_and_last() {
    macro_rules! call {
        ($method:ident, $polls:expr) => {
            drops($polls, |noisy| {
                let owner = Owner {
                    _first: noisy("first"),
                    second: noisy("second"),
                };
                owner.$method(noisy("argument"))
            })
        };
    }
    for polls in 0..=2 {
        assert_eq!(call!(instrumented_method, polls), call!(bare_method, polls));
    }
    assert_eq!(call!(instrumented_method, 2), "| | argument first second |");
}

trait Shop {
    fn price(&self, item: &str) -> impl Future<Output = usize> + Send;

    #[instrumented]
    async fn total(&self, items: &[&str]) -> usize {
        let mut total = 0;
        for item in items {
            total += self.price(item).await;
        }
        total
    }
}

struct ByLength;

impl Shop for ByLength {
    #[instrumented]
    async fn price(&self, item: &str) -> usize {
        item.len()
    }
}

#[tokio::test]
async fn methods_of_traits_are_instrumented_where_they_are_defined_and_implemented() {
    let capture = Capture::new();
    assert_eq!(capture.scope(ByLength.total(&["a", "bc"])).await, 3);
    assert_eq!(
        capture.tree(),
        "total internal\n  price internal\n  price internal\n"
    );
}

/// Macros that expand after `#[instrumented]`, and ask for an `async fn`.
mod later {
    use otel_auto_macros::instrumented;

    #[instrumented]
    #[tokio::test]
    async fn on_the_function() {
        tokio::task::yield_now().await;
    }

    #[async_trait::async_trait]
    pub(super) trait Named {
        async fn name(&self) -> &'static str;
    }

    #[instrumented]
    #[async_trait::async_trait]
    impl Named for super::ByLength {
        async fn name(&self) -> &'static str {
            "by length"
        }
    }

    #[instrumented]
    pub(super) mod module {
        #[async_trait::async_trait]
        impl super::Named for u8 {
            async fn name(&self) -> &'static str {
                "u8"
            }
        }
    }
}

#[tokio::test]
async fn macros_that_expand_later_see_an_async_function() {
    use later::Named;
    let capture = Capture::new();
    assert_eq!(capture.scope(ByLength.name()).await, "by length");
    assert_eq!(capture.scope(1_u8.name()).await, "u8");
    assert_eq!(capture.tree(), "name internal\nname internal\n");
}
