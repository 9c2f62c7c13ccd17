//! Mistakes in the user's tokens, collected so that one compilation reports all of them.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// Every mistake found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    /// A mistake at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    pub(crate) fn any(&self) -> bool {
        self.0.is_some()
    }

    /// Adds `compile_error!`s to the item. The item stays, so that one mistake does not become many.
    pub(crate) fn report(self, mut item: TokenStream) -> TokenStream {
        if let Some(error) = self.0 {
            item.extend(error.into_compile_error());
        }
        item
    }
}
