//! The attributes of otel-auto: `#[otel_auto::instrumented]` and `#[otel_auto::main]`. This crate is a part of that one.

use proc_macro::TokenStream;

mod args;
mod entry;
mod errors;
mod expand;
mod item;

/// Makes a span of every call of a function, a method, or all functions of an `impl` block or a module.
///
/// What the function takes and gives stays as it is, so it stands on handlers of web frameworks too.
///
/// ```
/// # extern crate self as otel_auto;
/// # pub mod __private { pub use otel_auto_core::{code::*, opentelemetry}; }
/// # use otel_auto_macros::instrumented;
/// # #[derive(Clone)] struct Item { sku: String, price: u64 }
/// #[instrumented(attributes(item.sku = item.sku))]
/// fn price(item: &Item) -> u64 {
///     item.price
/// }
///
/// struct Cart {
///     items: Vec<Item>,
/// }
///
/// #[instrumented(exclude(len))]
/// impl Cart {
///     fn len(&self) -> usize {
///         self.items.len()
///     }
///
///     fn total(&self) -> u64 {
///         self.items.iter().map(price).sum()
///     }
///
///     #[instrumented(kind = "client", attributes(cart.items = self.len(), till = %till))]
///     async fn pay(&self, till: char) -> Result<u64, std::io::Error> {
///         Ok(self.total())
///     }
/// }
/// # fn main() { Cart { items: Vec::new() }.pay('A'); }
/// ```
///
/// # Arguments
///
/// | argument | stands on | meaning | default |
/// |---|---|---|---|
/// | `name = ".."` | function | the span's name | the function's name |
/// | `kind = ".."` | all | `"server"`, `"client"`, `"producer"`, `"consumer"` or `"internal"` | `"internal"` |
/// | `attributes(key = value, ..)` | function | more attributes of the span; see below | none |
/// | `err = name`, `err = none` | function | what an `Err` is called, or that it is no failure; see below | its type |
/// | `ok_if = accepts` | function | which `Err` is no failure; see below | none |
/// | `parent = none` | function | each call starts a trace of its own; baggage goes along | the current span |
/// | `links = spans` | function | an iterator of `SpanContext` or `Context`, or of references to these | none |
/// | `metrics` | all | measures the calls; see below | not measured |
/// | `returns = ".."` | function | `"value"`, `"future"` or `"stream"`, where the return type does not show it; see below | by the return type |
/// | `exclude(function, ..)` | `impl`, `mod` | functions of the block that stay as they are | none |
/// | `skip` | inside of an `impl` or a `mod` | the same, said at the item | |
/// | `crate = path` | all | where `otel_auto` is, if it was renamed | `::otel_auto` |
///
/// # Blocks
///
/// Inside of an instrumented `impl` block or module a function may have its own `#[instrumented(..)]`: it sets what the
/// block's cannot, and its `kind` comes before the block's. `const` and `#[track_caller]` functions of the block and
/// tests stay as they are, and so do default methods of a trait's definition. A module's blocks are instrumented with
/// it, its modules too unless they are `#[cfg(test)]`:
///
/// ```
/// # extern crate self as otel_auto;
/// # pub mod __private { pub use otel_auto_core::{code::*, opentelemetry}; }
/// # use otel_auto_macros::instrumented;
/// #[instrumented(exclude(round, Price::cents, tax::rate))]
/// mod shop {
///     pub struct Price(u64);
///
///     impl Price {
///         pub fn cents(&self) -> u64 {
///             self.0
///         }
///     }
///
///     #[instrumented(skip)]
///     impl std::fmt::Display for Price {
///         fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///             write!(f, "{}", self.0)
///         }
///     }
///
///     pub fn round(price: Price) -> Price {
///         Price(price.0 / 100 * 100)
///     }
///
///     pub fn total(prices: &[Price]) -> u64 {
///         prices.iter().map(|price| price.cents() * tax::rate() / 100).sum()
///     }
///
///     mod tax {
///         pub fn rate() -> u64 {
///             119
///         }
///     }
/// }
/// # fn main() { let _ = shop::total(&[]); let _ = shop::round; }
/// ```
///
/// # Attributes
///
/// No argument of the function is recorded unless it is named. A key is `user.id` or `"user.id"`. A value is
/// borrowed when the call starts, and only if the span is recorded:
///
/// | written | recorded |
/// |---|---|
/// | `key = value` | text, numbers, truth values, lists of them as OpenTelemetry has them, and references to these; `None` is left out |
/// | `key = %value` | its `Display` |
/// | `key = ?value` | its `Debug` |
///
/// # The span
///
/// | attribute | value |
/// |---|---|
/// | `code.function.name` | `crate::module::function`, or `crate::module::Type::method` in an instrumented `impl` block |
/// | `code.file.path`, `code.line.number` | where the function's name stands |
/// | `error.type` | of the `Err`: see below; `panic`, or `cancelled` |
///
/// - It starts when the function is called; an asynchronous one when it is first polled.
/// - It ends when the body gives its value. `Err` is an error, described by its `Display` if it has one.
/// - If the body panics, the span is an error, and the panic goes on.
/// - If the future is dropped before its end, the span ends then. That is no error, as the caller wanted it so.
///
/// In a program without telemetry a call costs a load and a branch more.
///
/// # Errors
///
/// `error.type` is the type of the error as the signature has it. Behind a `Box<dyn Error>`, an `anyhow::Error` or an
/// `eyre::Report` it is the first error of the standard library in the chain of sources, such as
/// `core::num::error::ParseIntError`, of an I/O error its kind, as in `std::io::ErrorKind::NotFound`; and if there is
/// none, the type of the box, since no other type can be named.
///
/// - `err = name` is a closure or a function that borrows the error. It gives `error.type`, a `&'static str`, or a pair
///   of `error.type` and the description. `error.type` must be one of a few, as it becomes a metric's attribute.
/// - `err = none`: no `Err` is a failure.
/// - `ok_if = accepts` is a closure or a function that borrows the error and tells whether it is a result like others.
///
/// They are called only where something is recorded. They do not see the function's arguments, which the body has by
/// then.
///
/// ```
/// # extern crate self as otel_auto;
/// # pub mod __private { pub use otel_auto_core::{code::*, opentelemetry}; }
/// # use otel_auto_macros::instrumented;
/// use std::io::{Error, ErrorKind};
///
/// enum Refused { Full, Closed(String) }
///
/// impl Refused {
///     fn name(&self) -> &'static str {
///         match self {
///             Self::Full => "full",
///             Self::Closed(_) => "closed",
///         }
///     }
/// }
///
/// #[instrumented(err = Refused::name)]
/// fn enter() -> Result<(), Refused> {
///     Err(Refused::Closed("at night".to_owned()))
/// }
///
/// #[instrumented(
///     ok_if = |error| error.kind() == ErrorKind::NotFound,
///     err = |error| ("unreadable", error.kind()),
/// )]
/// fn read() -> Result<String, Error> {
///     std::fs::read_to_string("state.json")
/// }
/// # fn main() { let _ = (enter(), read()); }
/// ```
///
/// # Metrics
///
/// With `metrics`, whether the span is sampled or not:
///
/// | metric | instrument | attributes |
/// |---|---|---|
/// | `otel_auto.function.duration` | histogram, `s` | `code.function.name`, `error.type` as on the span |
/// | `otel_auto.function.active` | up-down counter, `{call}` | `code.function.name` |
///
/// # Futures and streams
///
/// A function that is not `async` may give back what runs later:
///
/// | return type | the span |
/// |---|---|
/// | `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture`, and the body ends in an `async` block, `Box::pin(async ..)` or `async {..}.boxed()` | is that of an `async fn` with this block: it starts when the future is first polled |
/// | the same with any other body | starts with the call and ends with the future |
/// | `impl Stream`, `Pin<Box<dyn Stream>>`, `BoxStream` | starts with the call and ends with the stream; it is an error if an item was an `Err`; dropped before its end, it is `cancelled` |
/// | anything else | is that of the call |
///
/// Other bounds than `Send`, `Sync`, `Unpin` and lifetimes make it anything else. `async_trait` may stand above or
/// below. Where the type does not show it, as behind an alias of `Pin<Box<dyn ..>>`, `returns = "future"` or
/// `returns = "stream"` says it; `returns = "value"` records the call alone.
///
/// ```
/// # extern crate self as otel_auto;
/// # pub mod __private { pub use otel_auto_core::{code::*, opentelemetry}; }
/// # use otel_auto_macros::instrumented;
/// use futures_util::stream::{self, Stream};
///
/// type Answer = std::pin::Pin<Box<dyn Future<Output = u32> + Send>>;
///
/// #[instrumented(returns = "future")]
/// fn answer() -> Answer {
///     Box::pin(std::future::ready(42))
/// }
///
/// #[instrumented]
/// fn lines(text: &str) -> impl Stream<Item = &str> {
///     stream::iter(text.lines())
/// }
/// # fn main() { drop((answer(), lines(""))); }
/// ```
///
/// # Limits
///
/// - A `const fn` cannot be instrumented, nor can a `#[track_caller]` one: the body becomes a closure.
/// - The future of an `async fn` gets one more around it: a chain of more than 25 that await each other without a `Box`
///   needs `#![recursion_limit = "256"]`, one with `attributes` or `links` of more than 13; bare ones need it from about 30.
/// - An `async fn` without these arguments becomes a plain `fn` that gives an `impl Future`, and rustdoc shows it so.
///   It stays as it is where another attribute may ask for it, below `#[instrumented]` or on the block.
/// - A single method's `code.function.name` lacks the type, which only the `impl` block tells.
#[proc_macro_attribute]
pub fn instrumented(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), item.into()).into()
}

/// Sets telemetry up around the program: `otel_auto::init!()` before it, and the export of what is buffered after it.
///
/// An `async fn` gets a runtime of tokio, as `#[tokio::main]` makes it; the program depends on `tokio` itself, with the
/// feature `rt-multi-thread` or `rt`. The function may give back what any `main` may.
///
/// ```text
/// #[otel_auto::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///     Ok(())
/// }
/// ```
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `flavor = ".."` | `"multi_thread"` or `"current_thread"` | `"multi_thread"` |
/// | `worker_threads = n` | the threads of a multi-threaded runtime | one for each CPU |
/// | `crate = path` | where `otel_auto` is, if it was renamed | `::otel_auto` |
///
/// The runtime is gone before the last export: spans of tasks that it drops are in it.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(args.into(), item.into()).into()
}
