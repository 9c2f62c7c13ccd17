//! x
use proc_macro::TokenStream;
mod args;
mod errors;
mod expand;
mod item;
/// x
#[proc_macro_attribute]
pub fn instrumented(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), item.into()).into()
}
