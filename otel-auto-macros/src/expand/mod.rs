//! From the item to its expansion.

pub(crate) mod asynchronous;
mod block;
mod call;
mod function;
pub(crate) mod returned;
mod single;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::{
    args::Args,
    errors::Errors,
    item::{Function, Item},
};
use call::{Call, Common};

/// Expands `#[instrumented(args)] item`. After a mistake the item is left as it was written.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let expanded = match Item::parse(item.clone()) {
        Ok(Item::Function(function)) => alone(&args, &function, &mut errors),
        Ok(mut item) => block::expand(&args, &mut item, &mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    errors.report(expanded)
}

fn alone(args: &Args, function: &Function, errors: &mut Errors) -> TokenStream {
    if let Some(exclude) = &args.exclude {
        errors.at(
            &exclude.argument,
            "`exclude` belongs to an `impl` block or a module",
        );
    }
    if let Some(skip) = &args.skip {
        errors.at(
            &skip.argument,
            "`skip` belongs inside of an instrumented `impl` block or module",
        );
    }
    let call = Call::new(args, &Common::default(), None, &function.sig.ident);
    function::check(function, &call, errors);
    if errors.any() {
        return function.to_token_stream();
    }
    function::expand(function, &call)
}

#[cfg(test)]
mod tests;
