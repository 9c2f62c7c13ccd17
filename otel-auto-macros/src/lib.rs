//! The `#[instrumented]` macro of otel-auto. Use it as `otel_auto::instrumented`; this crate is a part of that one.

use proc_macro::TokenStream;

mod args;
mod errors;
mod expand;
mod item;

/// Makes a span of every call of a function, a method, or all functions of an `impl` block.
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
/// | `name = ".."` | function, method | the span's name | the function's name |
/// | `kind = ".."` | all | `"server"`, `"client"`, `"producer"`, `"consumer"` or `"internal"` | `"internal"` |
/// | `attributes(key = value, ..)` | function, method | more attributes of the span; see below | none |
/// | `exclude(function, ..)` | `impl` | functions of the block that stay as they are | none |
/// | `skip` | method inside of an instrumented `impl` | the same, said at the method | |
/// | `crate = path` | all | where `otel_auto` is, if it was renamed | `::otel_auto` |
///
/// Inside of an instrumented `impl` block a method may have its own `#[instrumented(..)]`: it sets what the block's
/// cannot, and its `kind` comes before the block's. `const` and `#[track_caller]` functions of the
/// block stay as they are.
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
/// | `error.type` | the type of the `Err`, `panic`, or `cancelled` |
///
/// - It starts when the function is called; an asynchronous one when it is first polled.
/// - It ends when the body gives its value. `Err` is an error, described by its `Display` if it has one.
/// - If the body panics, the span is an error, and the panic goes on.
/// - If the future is dropped before its end, the span ends then. That is no error, as the caller wanted it so.
///
/// A function that ends in an `async` block, in `Box::pin(async ..)` or in `async {..}.boxed()` is asynchronous too;
/// so `async_trait` may stand above or below. Of a function that gives back any other future, only the call that
/// makes the future is recorded.
///
/// In a program without telemetry a call costs a load and a branch more.
///
/// # Limits
///
/// - A `const fn` cannot be instrumented, nor can a `#[track_caller]` one: the body becomes a closure.
/// - The future of an `async fn` gets one more around it: a chain of more than a dozen that await each other without a `Box`
///   needs `#![recursion_limit = "256"]`; bare ones need it from about 30.
/// - A single method's `code.function.name` lacks the type, which only the `impl` block tells.
#[proc_macro_attribute]
pub fn instrumented(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), item.into()).into()
}
