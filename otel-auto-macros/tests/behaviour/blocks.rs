use std::{fmt::Display, future::Future};

use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

struct Cart<T> {
    items: Vec<T>,
}

#[instrumented(exclude(len), kind = "producer")]
impl<T: Display> Cart<T> {
    const LIMIT: usize = limit();

    /// The docs stay.
    #[must_use]
    fn new() -> Self {
        Self { items: Vec::new() }
    }

    const fn limit() -> usize {
        Self::LIMIT
    }

    #[track_caller]
    fn line() -> u32 {
        std::panic::Location::caller().line()
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn add(&mut self, item: T) -> &mut T {
        self.items.push(item);
        self.items.last_mut().unwrap()
    }

    #[instrumented(kind = "internal", name = "cart total", attributes(cart.len = self.len()))]
    async fn total(&self) -> Result<usize, String> {
        tokio::task::yield_now().await;
        self.first()
            .map(|first| first.len() + self.len())
            .ok_or_else(|| "empty".to_owned())
    }

    #[instrumented(skip)]
    fn first(&self) -> Option<String> {
        self.items.first().map(T::to_string)
    }

    fn into_items(self) -> impl Iterator<Item = T> {
        self.items.into_iter()
    }
}

const fn limit() -> usize {
    8
}

trait Store {
    async fn get(&self, key: u32) -> Option<u32>;
    fn put(&self, key: u32) -> impl Future<Output = Result<u32, std::fmt::Error>> + Send;
    fn name(&self) -> String {
        "default".to_owned()
    }
    #[instrumented]
    fn provided(&self) -> String {
        self.name()
    }
}

#[instrumented]
impl Store for &Cart<u32> {
    async fn get(&self, key: u32) -> Option<u32> {
        self.items.iter().copied().find(|item| *item == key)
    }

    async fn put(&self, _key: u32) -> Result<u32, std::fmt::Error> {
        tokio::task::yield_now().await;
        Err(std::fmt::Error)
    }
}

struct Alone(u32);

impl Alone {
    #[instrumented(attributes(n = self.0))]
    fn method(&self) -> u32 {
        self.0
    }
}

#[tokio::test]
async fn every_function_of_an_impl_block_is_a_span_except_the_excluded() {
    let capture = Capture::new();
    let work = async {
        let mut cart = Cart::new();
        assert_eq!(Cart::<u32>::limit(), 8);
        assert_eq!(Cart::<u32>::line(), line!());
        *cart.add(1) = 12;
        assert_eq!(cart.total().await, Ok(3));
        assert_eq!(cart.into_items().collect::<Vec<_>>(), [12]);
    };
    capture.scope(work).await;
    assert_eq!(
        capture.tree_with(&["cart.len", "code.function.name"]),
        "new producer code.function.name=behaviour::blocks::Cart::new\n\
         add producer code.function.name=behaviour::blocks::Cart::add\n\
         cart total internal cart.len=1 code.function.name=behaviour::blocks::Cart::total\n\
         into_items producer code.function.name=behaviour::blocks::Cart::into_items\n"
    );
}

#[tokio::test]
async fn trait_implementations_are_recorded() {
    let capture = Capture::new();
    let cart = Cart { items: vec![4] };
    let work = async {
        assert_eq!((&cart).get(4).await, Some(4));
        assert!((&cart).put(4).await.is_err());
        assert_eq!((&cart).provided(), "default");
    };
    capture.scope(work).await;
    assert_eq!(
        capture.tree_with(&["code.function.name"]),
        "get internal code.function.name=behaviour::blocks::Cart::get\n\
         put internal error code.function.name=behaviour::blocks::Cart::put\n\
         provided internal code.function.name=behaviour::blocks::provided\n"
    );
}

#[test]
fn single_method_is_recorded() {
    let capture = Capture::new();
    assert_eq!(capture.in_scope(|| Alone(3).method()), 3);
    assert_eq!(capture.tree_with(&["n"]), "method internal n=3\n");
}
