//! What the macro stands on. Bodies stay raw tokens: a half-typed one still comes out as it was written, so that an
//! editor can complete it, and nothing is parsed that does not need to be.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    Attribute, ImplItem, ItemImpl, Meta, Result, Signature, Token, Type, Visibility, braced,
    parse::{Parse, ParseStream},
    token::Brace,
};

use crate::errors::Errors;

const EXPECTED: &str = "`#[instrumented]` stands on a function, a method or an `impl` block";

/// A function, a method or an `impl` block.
pub(crate) enum Item {
    Function(Box<Function>),
    Impl(Box<Impl>),
}

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

/// An `impl` block.
pub(crate) struct Impl {
    /// All up to the block itself.
    pub(crate) header: TokenStream,
    pub(crate) of: Type,
    pub(crate) block: Group,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

/// What stands in an `impl` block.
pub(crate) enum Member {
    Function(Box<Function>),
    Other(TokenStream),
}

impl Item {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        syn::parse2(tokens)
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        Attribute::parse_outer(&ahead)?;
        if ahead.peek(Token![impl]) || (ahead.peek(Token![unsafe]) && ahead.peek2(Token![impl])) {
            return input.parse().map(Self::Impl);
        }
        ahead.parse::<Visibility>()?;
        if is_function(&ahead) {
            input.parse().map(Self::Function)
        } else {
            Err(ahead.error(EXPECTED))
        }
    }
}

fn is_function(input: ParseStream<'_>) -> bool {
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

    /// Takes the function's own `#[instrumented(..)]` off it, and gives its arguments.
    pub(crate) fn take_args(&mut self, errors: &mut Errors) -> Option<TokenStream> {
        let is_own = |attr: &Attribute| {
            attr.path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "instrumented")
        };
        let mut args = None;
        let own: Vec<_>;
        (own, self.attrs) = std::mem::take(&mut self.attrs)
            .into_iter()
            .partition(is_own);
        for attr in own {
            if args.is_some() {
                errors.at(&attr, "duplicate `#[instrumented]`");
                continue;
            }
            args = Some(match attr.meta {
                Meta::Path(_) => TokenStream::new(),
                Meta::List(list) => list.tokens,
                Meta::NameValue(_) => {
                    errors.at(&attr, "expected `#[instrumented]` or `#[instrumented(..)]`");
                    TokenStream::new()
                }
            });
        }
        args
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

impl Parse for Impl {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut header = TokenStream::new();
        let block = loop {
            match input.parse()? {
                TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Brace && input.is_empty() =>
                {
                    break group;
                }
                other => header.extend([other]),
            }
        };
        let mut empty = header.clone();
        empty.extend([TokenTree::Group(Group::new(
            Delimiter::Brace,
            TokenStream::new(),
        ))]);
        let of = *syn::parse2::<ItemImpl>(empty)?.self_ty;
        let (inner, members) = syn::parse::Parser::parse2(members, block.stream())?;
        Ok(Self {
            header,
            of,
            block,
            inner,
            members,
        })
    }
}

fn members(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Vec<Member>)> {
    let inner = Attribute::parse_inner(input)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        members.push(input.parse()?);
    }
    Ok((inner, members))
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        Attribute::parse_outer(&ahead)?;
        ahead.parse::<Visibility>()?;
        if is_function(&ahead) && input.fork().parse::<Function>().is_ok() {
            return input.parse().map(Self::Function);
        }
        if input.fork().parse::<ImplItem>().is_ok() {
            return input
                .parse::<ImplItem>()
                .map(|item| Self::Other(item.into_token_stream()));
        }
        // Half-typed: the compiler will tell.
        input.parse().map(Self::Other)
    }
}
