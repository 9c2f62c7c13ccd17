//! Arguments whose value is one of a few words.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Error, Expr, LitStr, Result,
    parse::{Parse, ParseStream},
};

/// A variant of `opentelemetry::trace::SpanKind`.
#[derive(Clone)]
pub(crate) struct Kind(Ident);

/// What a function gives back, where its signature does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Value,
    Future,
    Stream,
}

/// `err = ..`
pub(crate) enum ErrorAs {
    /// An `Err` is a result like others.
    None,
    /// What names an error: a closure or the path of a function.
    Named(Expr),
}

/// `none`, where nothing else can be said.
pub(crate) struct Nothing;

impl Parse for Returns {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text: LitStr = input.parse()?;
        match text.value().as_str() {
            "value" => Ok(Self::Value),
            "future" => Ok(Self::Future),
            "stream" => Ok(Self::Stream),
            _ => Err(Error::new(
                text.span(),
                "expected \"value\", \"future\" or \"stream\"",
            )),
        }
    }
}

impl Parse for ErrorAs {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.fork().parse::<Nothing>().is_ok() {
            input.parse::<Nothing>()?;
            return Ok(Self::None);
        }
        input.parse().map(Self::Named)
    }
}

impl Parse for Nothing {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        match input.parse::<Ident>() {
            Ok(word) if word == "none" => Ok(Self),
            Ok(word) => Err(Error::new(word.span(), "expected `none`")),
            Err(_) => Err(input.error("expected `none`")),
        }
    }
}

impl Parse for Kind {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text: LitStr = input.parse()?;
        let variant = match text.value().as_str() {
            "server" => "Server",
            "client" => "Client",
            "producer" => "Producer",
            "consumer" => "Consumer",
            "internal" => "Internal",
            _ => {
                let expected =
                    "expected \"server\", \"client\", \"producer\", \"consumer\" or \"internal\"";
                return Err(Error::new(text.span(), expected));
            }
        };
        Ok(Self(Ident::new(variant, text.span())))
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self(Ident::new("Internal", proc_macro2::Span::mixed_site()))
    }
}

impl ToTokens for Kind {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
