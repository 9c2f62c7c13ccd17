//! What the macro stands on. Bodies stay raw tokens: a half-typed one still comes out as it was written, so that an
//! editor can complete it, and nothing is parsed that does not need to be.

mod function;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, ItemImpl, Meta, Result, Token, Type, Visibility,
    parse::{Parse, ParseStream, Parser},
};

use crate::errors::Errors;
pub(crate) use function::Function;
pub(crate) use function::are_inert;
use function::is_function;

const EXPECTED: &str =
    "`#[instrumented]` stands on a function, a method, an `impl` block or a module";

/// What can be instrumented, and what stands beside it.
pub(crate) enum Item {
    Function(Box<Function>),
    Impl(Box<Impl>),
    Module(Box<Module>),
    /// Only inside of a block.
    Other(TokenStream),
}

/// An `impl` block.
pub(crate) struct Impl {
    pub(crate) attrs: Vec<Attribute>,
    /// All between the attributes and the block.
    pub(crate) header: TokenStream,
    pub(crate) of: Type,
    pub(crate) block: Group,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) members: Vec<Item>,
}

/// A module whose items are there.
pub(crate) struct Module {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) header: TokenStream,
    pub(crate) name: Ident,
    pub(crate) block: Group,
    pub(crate) inner: Vec<Attribute>,
    pub(crate) items: Vec<Item>,
}

/// What an item begins like.
enum Begins {
    Function,
    Impl,
    Module,
    Other,
}

impl Begins {
    fn of(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        Attribute::parse_outer(&ahead)?;
        if ahead.peek(Token![impl]) || (ahead.peek(Token![unsafe]) && ahead.peek2(Token![impl])) {
            return Ok(Self::Impl);
        }
        ahead.parse::<Visibility>()?;
        Ok(if is_function(&ahead) {
            Self::Function
        } else if ahead.peek(Token![mod]) {
            Self::Module
        } else {
            Self::Other
        })
    }
}

impl Item {
    /// What the macro stands on.
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let parser = |input: ParseStream<'_>| match Begins::of(input)? {
            Begins::Function => input.parse().map(Self::Function),
            Begins::Impl => input.parse().map(Self::Impl),
            Begins::Module => input.parse().map(Self::Module),
            Begins::Other => {
                Attribute::parse_outer(input)?;
                input.parse::<Visibility>()?;
                Err(input.error(EXPECTED))
            }
        };
        parser.parse2(tokens)
    }

    /// What stands in a block; `T` is whatever else may stand there.
    fn inside<T: Parse + ToTokens>(input: ParseStream<'_>) -> Result<Self> {
        match Begins::of(input)? {
            Begins::Function if input.fork().parse::<Function>().is_ok() => {
                return input.parse().map(Self::Function);
            }
            Begins::Impl if input.fork().parse::<Impl>().is_ok() => {
                return input.parse().map(Self::Impl);
            }
            Begins::Module if input.fork().parse::<Module>().is_ok() => {
                return input.parse().map(Self::Module);
            }
            _ => {}
        }
        if input.fork().parse::<T>().is_ok() {
            let item: T = input.parse()?;
            return Ok(Self::Other(item.into_token_stream()));
        }
        // Half-typed: the compiler will tell.
        input.parse().map(Self::Other)
    }

    /// Takes the item's own `#[instrumented(..)]` off it, and gives its arguments.
    pub(crate) fn take_args(&mut self, errors: &mut Errors) -> Option<TokenStream> {
        match self {
            Self::Function(item) => take_args(&mut item.attrs, errors),
            Self::Impl(item) => take_args(&mut item.attrs, errors),
            Self::Module(item) => take_args(&mut item.attrs, errors),
            Self::Other(_) => None,
        }
    }

    /// Those of others, which stay.
    pub(crate) fn attrs(&self) -> &[Attribute] {
        match self {
            Self::Function(item) => &item.attrs,
            Self::Impl(item) => &item.attrs,
            Self::Module(item) => &item.attrs,
            Self::Other(_) => &[],
        }
    }

    /// Is it left out of the program?
    pub(crate) fn is_only_for_tests(&self) -> bool {
        self.attrs().iter().any(|attr| match &attr.meta {
            Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
            Meta::Path(_) | Meta::NameValue(_) => false,
        })
    }
}

fn take_args(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<TokenStream> {
    let is_own = |attr: &Attribute| {
        attr.path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "instrumented")
    };
    let mut args = None;
    let own: Vec<_>;
    (own, *attrs) = std::mem::take(attrs).into_iter().partition(is_own);
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

impl Parse for Impl {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = Attribute::parse_outer(input)?;
        let mut header = TokenStream::new();
        let block = loop {
            match input.parse()? {
                // Others are arguments of constants.
                TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Brace
                        && !input.peek(Token![>])
                        && !input.peek(Token![,]) =>
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
        let (inner, members) = items::<syn::ImplItem>.parse2(block.stream())?;
        Ok(Self {
            attrs,
            header,
            of,
            block,
            inner,
            members,
        })
    }
}

impl Parse for Module {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = Attribute::parse_outer(input)?;
        let vis: Visibility = input.parse()?;
        let keyword: Token![mod] = input.parse()?;
        let name: Ident = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error(
                "`#[instrumented]` needs the module's items: it cannot see into another file",
            ));
        }
        let TokenTree::Group(block) = input.parse()? else {
            return Err(input.error("expected `{`"));
        };
        let (inner, items) = items::<syn::Item>.parse2(block.stream())?;
        Ok(Self {
            attrs,
            header: quote!(#vis #keyword #name),
            name,
            block,
            inner,
            items,
        })
    }
}

/// What stands in a block, after the attributes of the block itself.
fn items<T: Parse + ToTokens>(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Vec<Item>)> {
    let inner = Attribute::parse_inner(input)?;
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(Item::inside::<T>(input)?);
    }
    Ok((inner, items))
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (attrs, header, block, inner, items) = match self {
            Self::Function(function) => return function.to_tokens(tokens),
            Self::Other(other) => return other.to_tokens(tokens),
            Self::Impl(item) => (
                &item.attrs,
                &item.header,
                &item.block,
                &item.inner,
                &item.members,
            ),
            Self::Module(item) => (
                &item.attrs,
                &item.header,
                &item.block,
                &item.inner,
                &item.items,
            ),
        };
        let mut group = Group::new(block.delimiter(), quote!(#(#inner)* #(#items)*));
        group.set_span(block.span());
        tokens.extend(quote!(#(#attrs)* #header #group));
    }
}
