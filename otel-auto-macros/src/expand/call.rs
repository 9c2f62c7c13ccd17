//! The parts that all expansions share: the function's description, its start and its end.
//!
//! Generated tokens have mixed-site spans: what is defined there is invisible to the user's code, and lints leave it
//! alone, while the user's tokens keep their own spans and all their lints.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned, visit_mut::VisitMut};

use crate::args::{Args, Attribute, Form, Kind};

/// One function's settings.
pub(crate) struct Call<'a> {
    /// The hidden module of the runtime.
    runtime: TokenStream,
    path: String,
    name: String,
    ident: &'a Ident,
    kind: Kind,
    attributes: &'a [Attribute],
}

impl<'a> Call<'a> {
    /// What `own` leaves open is taken from `outer`.
    pub(crate) fn new(own: &'a Args, outer: &Args, owner: Option<&str>, ident: &'a Ident) -> Self {
        let plain = ident.unraw().to_string();
        let root = own.root.as_ref().or(outer.root.as_ref());
        Self {
            runtime: root.map_or_else(
                || quote!(::otel_auto::__private),
                |root| quote!(#root::__private),
            ),
            path: owner.map_or_else(
                || format!("::{plain}"),
                |owner| format!("::{owner}::{plain}"),
            ),
            name: own.name.as_ref().map_or(plain, syn::LitStr::value),
            ident,
            kind: own
                .kind
                .clone()
                .or_else(|| outer.kind.clone())
                .unwrap_or_default(),
            attributes: own
                .attributes
                .as_ref()
                .map_or(&[], |attributes| &attributes.items),
        }
    }

    pub(crate) fn runtime(&self) -> &TokenStream {
        &self.runtime
    }

    /// `static __OTEL_AUTO_FUNCTION: Function = ..;`
    pub(crate) fn declaration(&self) -> TokenStream {
        let Self {
            runtime,
            path,
            name,
            ident,
            kind,
            ..
        } = self;
        // `line!` gives the line of its own call, unless that call is generated.
        let line = quote_spanned!(ident.span()=> ::core::line!());
        quote_spanned! {Span::mixed_site()=>
            static __OTEL_AUTO_FUNCTION: #runtime::Function = #runtime::Function {
                path: ::core::concat!(::core::module_path!(), #path),
                name: #name,
                file: ::core::file!(),
                line: #line,
                kind: #runtime::opentelemetry::trace::SpanKind::#kind,
            };
        }
    }

    /// An operation that has started.
    pub(crate) fn start(&self) -> TokenStream {
        if self.attributes.is_empty() {
            return quote_spanned!(Span::mixed_site()=> __OTEL_AUTO_FUNCTION.start(&|_| {}));
        }
        let attributes = self
            .attributes
            .iter()
            .map(|attribute| self.attribute(attribute));
        quote_spanned!(Span::mixed_site()=> __OTEL_AUTO_FUNCTION.start(&|__attributes| { #(#attributes)* }))
    }

    fn attribute(&self, attribute: &Attribute) -> TokenStream {
        let Self { runtime, .. } = self;
        let Attribute {
            key, form, value, ..
        } = attribute;
        // A type that does not fit is shown at the value.
        let span = Span::mixed_site().located_at(value.span());
        let value = match form {
            Form::Value => quote_spanned!(span=> &(#value)),
            Form::Display => quote_spanned!(span=> &::std::string::ToString::to_string(&(#value))),
            Form::Debug => quote_spanned!(span=> &::std::format!("{:?}", &(#value))),
        };
        quote_spanned!(span=> #runtime::attribute(__attributes, #key, #value);)
    }

    /// Ends `operation` by its output, to which `output` is a reference.
    pub(crate) fn end(
        &self,
        returned: Returned<'_>,
        output: &TokenStream,
        operation: &TokenStream,
    ) -> TokenStream {
        let Self { runtime, .. } = self;
        if !returned.may_be_result() {
            return quote_spanned!(Span::mixed_site()=> #operation.complete(););
        }
        quote_spanned! {Span::mixed_site()=>
            {
                use #runtime::output::{AnyError as _, AnyOutput as _, DisplayedError as _};
                (&&&#runtime::output::Output(#output)).end(#operation);
            }
        }
    }
}

/// What a function returns, as far as its signature tells.
#[derive(Clone, Copy)]
pub(crate) enum Returned<'a> {
    Nothing,
    Never,
    Type(&'a Type),
    Unknown,
}

impl Returned<'_> {
    /// Could it be a `Result`, by whatever name?
    fn may_be_result(self) -> bool {
        match self {
            Self::Nothing | Self::Never => false,
            Self::Type(of) => matches!(
                of,
                Type::Path(_) | Type::Macro(_) | Type::Paren(_) | Type::Group(_)
            ),
            Self::Unknown => true,
        }
    }

    /// Where it is written.
    pub(crate) fn span(self) -> Option<Span> {
        match self {
            Self::Type(of) => Some(of.span()),
            Self::Nothing | Self::Never | Self::Unknown => None,
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
