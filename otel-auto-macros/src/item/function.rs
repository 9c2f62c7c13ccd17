//! A function, its body as it was written.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{
    Attribute, Result, Signature, Token, Visibility, braced,
    parse::{Parse, ParseStream},
    token::Brace,
};

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) brace: Brace,
    /// Lint levels and the like at the start of the body.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) body: TokenStream,
}

/// Does one begin here, behind attributes and visibility?
pub(super) fn is_function(input: ParseStream<'_>) -> bool {
    let qualified =
        input.peek(Token![async]) || input.peek(Token![unsafe]) || input.peek(Token![extern]);
    let constant = input.peek(Token![const])
        && (input.peek2(Token![fn])
            || input.peek2(Token![async])
            || input.peek2(Token![unsafe])
            || input.peek2(Token![extern]));
    let qualified = qualified && !input.peek2(Token![impl]) && !input.peek2(Token![trait]);
    input.peek(Token![fn]) || qualified || constant
}

/// Is there nothing among them that expands to something else, or that means something else on an `async fn`?
pub(crate) fn are_inert(attrs: &[Attribute]) -> bool {
    const INERT: [&str; 10] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "warn",
    ];
    attrs.iter().all(|attr| {
        let path = attr.path();
        let first = path.segments.first().map(|first| &first.ident);
        INERT.iter().any(|inert| path.is_ident(inert))
            || first.is_some_and(|first| first == "clippy" || first == "rustfmt")
    })
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = Attribute::parse_outer(input)?;
        let vis = input.parse()?;
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error("`#[instrumented]` needs a body: put it on the implementation"));
        }
        let content;
        let brace = braced!(content in input);
        let inner = Attribute::parse_inner(&content)?;
        Ok(Self {
            attrs,
            vis,
            sig,
            brace,
            inner,
            body: content.parse()?,
        })
    }
}

impl Function {
    pub(crate) fn track_caller(&self) -> Option<&Attribute> {
        self.attrs
            .iter()
            .find(|attr| attr.path().is_ident("track_caller"))
    }

    /// Is it `#[test]`, of whatever harness?
    pub(crate) fn is_test(&self) -> bool {
        let last = |attr: &Attribute| attr.path().segments.last().map(|last| last.ident == "test");
        self.attrs.iter().any(|attr| last(attr) == Some(true))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attrs,
            vis,
            sig,
            brace,
            inner,
            body,
        } = self;
        tokens
            .extend(quote_spanned!(brace.span.join()=> #(#attrs)* #vis #sig { #(#inner)* #body }));
    }
}
