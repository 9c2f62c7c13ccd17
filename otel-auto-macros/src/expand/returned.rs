//! What a function gives back, as far as its signature tells.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Type, TypeParamBound,
    punctuated::Punctuated, spanned::Spanned, visit_mut::VisitMut,
};

use crate::args::Returns;

/// The type of a result.
#[derive(Clone, Copy)]
pub(crate) enum Returned<'a> {
    Nothing,
    Never,
    Type(&'a Type),
    Unknown,
}

impl<'a> From<&'a Type> for Returned<'a> {
    fn from(of: &'a Type) -> Self {
        match of {
            Type::Never(_) => Self::Never,
            of => Self::Type(of),
        }
    }
}

impl<'a> From<&'a ReturnType> for Returned<'a> {
    fn from(of: &'a ReturnType) -> Self {
        match of {
            ReturnType::Default => Self::Nothing,
            ReturnType::Type(_, of) => Self::from(&**of),
        }
    }
}

/// Types that need not be asked.
const NO_RESULTS: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
    "u64", "u128", "usize", "String",
];

impl Returned<'_> {
    /// Could it be a `Result`, by whatever name?
    pub(crate) fn may_be_result(self) -> bool {
        match self {
            Self::Nothing | Self::Never => false,
            Self::Type(Type::Path(of)) => !NO_RESULTS.iter().any(|name| of.path.is_ident(name)),
            Self::Type(of) => matches!(of, Type::Macro(_) | Type::Paren(_) | Type::Group(_)),
            Self::Unknown => true,
        }
    }

    /// Is there a `dyn` in it and behind that a lifetime other than `'static`?
    pub(crate) fn mentions_short_dyn(self) -> bool {
        match self {
            Self::Type(of) => mentions_short_dyn(of.to_token_stream(), &mut false),
            Self::Nothing | Self::Never | Self::Unknown => false,
        }
    }

    /// Where it is written.
    pub(crate) fn span(self) -> Option<Span> {
        match self {
            Self::Type(of) => Some(of.span()),
            Self::Nothing | Self::Never | Self::Unknown => None,
        }
    }

    /// The type, if it can be named wherever the function's arguments can.
    pub(crate) fn whole(self) -> Option<TokenStream> {
        match self {
            Self::Nothing => self.nameable(),
            Self::Type(of) => Some(of.to_token_stream()).filter(|of| !mentions(of, "impl")),
            Self::Never | Self::Unknown => None,
        }
    }

    /// The type to give a closure or a block, with `_` for what cannot be named. Nothing if that is all of it.
    pub(crate) fn nameable(self) -> Option<TokenStream> {
        match self {
            Self::Nothing => Some(quote_spanned!(Span::mixed_site()=> ())),
            // `!` is no type on stable, but coerces into one that has no values either.
            Self::Never => Some(quote_spanned!(Span::mixed_site()=> ::core::convert::Infallible)),
            Self::Type(Type::ImplTrait(_)) | Self::Unknown => None,
            Self::Type(of) => {
                let mut of = of.clone();
                Erase.visit_type_mut(&mut of);
                Some(quote!(#of))
            }
        }
    }
}

struct Erase;

impl VisitMut for Erase {
    fn visit_type_mut(&mut self, of: &mut Type) {
        if matches!(of, Type::ImplTrait(_)) {
            *of = syn::parse_quote_spanned!(of.span()=> _);
        } else {
            syn::visit_mut::visit_type_mut(self, of);
        }
    }
}

/// Is there this word in it?
pub(super) fn mentions(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(&group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn mentions_short_dyn(tokens: TokenStream, seen_dyn: &mut bool) -> bool {
    let mut after_tick = false;
    tokens.into_iter().any(|token| {
        let is_lifetime = std::mem::replace(&mut after_tick, false);
        match token {
            TokenTree::Ident(ident) => {
                *seen_dyn |= ident == "dyn";
                *seen_dyn && is_lifetime && ident != "static"
            }
            TokenTree::Punct(punct) => {
                after_tick = punct.as_char() == '\'';
                false
            }
            TokenTree::Group(group) => mentions_short_dyn(group.stream(), seen_dyn),
            TokenTree::Literal(_) => false,
        }
    })
}

/// What runs on after a plain function has returned.
pub(crate) struct Later<'a> {
    pub(crate) what: What,
    /// Is it in a `Pin<Box<..>>`, and can be put into another one?
    pub(crate) boxed: bool,
    /// What a future gives, or the items of a stream.
    pub(crate) gives: Returned<'a>,
}

/// What it is that runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Future,
    Stream,
}

impl<'a> Later<'a> {
    /// By the function's word, or else by the type.
    pub(crate) fn new(of: &'a ReturnType, said: Option<Returns>) -> Option<Self> {
        let seen = match of {
            ReturnType::Type(_, of) => Self::seen(of),
            ReturnType::Default => None,
        };
        let what = match said {
            None => return seen,
            Some(Returns::Value) => return None,
            Some(Returns::Future) => What::Future,
            Some(Returns::Stream) => What::Stream,
        };
        seen.filter(|seen| seen.what == what).or(Some(Self {
            what,
            boxed: true,
            gives: Returned::Unknown,
        }))
    }

    fn seen(of: &'a Type) -> Option<Self> {
        match of {
            Type::ImplTrait(of) => Self::bounded(&of.bounds, false),
            Type::Paren(of) => Self::seen(&of.elem),
            Type::Group(of) => Self::seen(&of.elem),
            Type::Path(of) => {
                let last = of.path.segments.last()?;
                let what = match last.ident.to_string().as_str() {
                    "BoxFuture" | "LocalBoxFuture" => What::Future,
                    "BoxStream" | "LocalBoxStream" => What::Stream,
                    "Pin" => return Self::pinned(only_type(last)?),
                    _ => return None,
                };
                Some(Self {
                    what,
                    boxed: true,
                    gives: only_type(last)?.into(),
                })
            }
            _ => None,
        }
    }

    /// `Box<dyn ..>`
    fn pinned(of: &'a Type) -> Option<Self> {
        let Type::Path(of) = of else { return None };
        let last = of.path.segments.last().filter(|last| last.ident == "Box")?;
        let Type::TraitObject(of) = only_type(last)? else {
            return None;
        };
        Self::bounded(&of.bounds, true)
    }

    /// Only with bounds that what is put around it fulfils too.
    fn bounded(
        bounds: &'a Punctuated<TypeParamBound, syn::Token![+]>,
        boxed: bool,
    ) -> Option<Self> {
        let mut later = None;
        for bound in bounds {
            let TypeParamBound::Trait(bound) = bound else {
                continue;
            };
            let last = bound.path.segments.last()?;
            let (what, output) = match last.ident.to_string().as_str() {
                "Future" => (What::Future, "Output"),
                "Stream" => (What::Stream, "Item"),
                "Send" | "Sync" | "Unpin" => continue,
                _ => return None,
            };
            later = Some(Self {
                what,
                boxed,
                gives: associated(last, output).map_or(Returned::Unknown, Returned::from),
            });
        }
        later
    }
}

/// The one type in angle brackets, beside lifetimes.
fn only_type(of: &PathSegment) -> Option<&Type> {
    arguments(of).find_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    })
}

fn associated<'a>(of: &'a PathSegment, name: &str) -> Option<&'a Type> {
    arguments(of).find_map(|argument| match argument {
        GenericArgument::AssocType(of) if Ident::eq(&of.ident, name) => Some(&of.ty),
        _ => None,
    })
}

fn arguments(of: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &of.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}
