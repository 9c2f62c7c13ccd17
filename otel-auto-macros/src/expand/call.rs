//! The parts that all expansions share: the function's description, its start and its end.
//!
//! Generated tokens have mixed-site spans: what is defined there is invisible to the user's code, and lints leave it
//! alone, while the user's tokens keep their own spans and all their lints.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Path, ext::IdentExt, spanned::Spanned};

use super::returned::Returned;
use crate::{
    args::{Args, Attribute, ErrorAs, Form, Kind},
    item::are_inert,
};

/// What the functions of a block have in common.
#[derive(Clone, Default)]
pub(crate) struct Common {
    kind: Option<Kind>,
    metrics: bool,
    root: Option<Path>,
    expands_early: bool,
}

impl Common {
    /// What `own` leaves open stays as it was.
    pub(crate) fn with(&self, own: &Args) -> Self {
        let kind = own.kind.as_ref().map(|kind| kind.value.clone());
        let root = own.root.as_ref().map(|root| root.value.clone());
        Self {
            kind: kind.or_else(|| self.kind.clone()),
            metrics: self.metrics || own.metrics.is_some(),
            root: root.or_else(|| self.root.clone()),
            expands_early: self.expands_early,
        }
    }

    /// The same in a block with these attributes.
    pub(crate) fn below(mut self, attrs: &[syn::Attribute]) -> Self {
        self.expands_early |= !are_inert(attrs);
        self
    }
}

/// One function's settings.
pub(crate) struct Call<'a> {
    /// The hidden module of the runtime.
    runtime: TokenStream,
    path: String,
    name: String,
    ident: &'a Ident,
    common: Common,
    own: &'a Args,
}

impl<'a> Call<'a> {
    /// `owner` is the type that the function is a method of.
    pub(crate) fn new(
        own: &'a Args,
        outer: &Common,
        owner: Option<&str>,
        ident: &'a Ident,
    ) -> Self {
        let plain = ident.unraw().to_string();
        let common = outer.with(own);
        Self {
            runtime: common.root.as_ref().map_or_else(
                || quote!(::otel_auto::__private),
                |root| quote!(#root::__private),
            ),
            path: owner.map_or_else(
                || format!("::{plain}"),
                |owner| format!("::{owner}::{plain}"),
            ),
            name: own.name.as_ref().map_or(plain, |name| name.value.value()),
            ident,
            common,
            own,
        }
    }

    /// The same at another place, so that a mismatch is shown there alone.
    fn runtime_at(&self, span: Span) -> TokenStream {
        match &self.common.root {
            Some(_) => self.runtime.clone(),
            None => quote_spanned!(span=> ::otel_auto::__private),
        }
    }

    pub(crate) fn own(&self) -> &'a Args {
        self.own
    }

    /// Does something in its attributes ask for the function's arguments?
    pub(crate) fn reads_arguments(&self) -> bool {
        self.own.attributes.is_some() || self.own.links.is_some()
    }

    /// Is the function in a block that another macro will see?
    pub(crate) fn expands_early(&self) -> bool {
        self.common.expands_early
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
            common,
            own,
        } = self;
        let kind = common.kind.clone().unwrap_or_default();
        // `line!` gives the line of its own call, unless that call is generated.
        let line = quote_spanned!(ident.span()=> ::core::line!());
        let root = own.parent.as_ref().map(|_| quote!(.root()));
        let measured = common.metrics.then(|| quote!(.measured()));
        quote_spanned! {Span::mixed_site()=>
            static __OTEL_AUTO_FUNCTION: #runtime::Function = #runtime::Function::new(
                ::core::concat!(::core::module_path!(), #path),
                #name,
                ::core::file!(),
                #line,
                #runtime::opentelemetry::trace::SpanKind::#kind,
            )#root #measured;
        }
    }

    /// An operation that has started.
    pub(crate) fn start(&self) -> TokenStream {
        let attributes = self.own.attributes.iter().flat_map(|given| &given.value);
        let attributes = attributes.map(|attribute| self.attribute(attribute));
        let links = self.own.links.iter().map(|given| self.links(&given.value));
        let all: TokenStream = attributes.chain(links).collect();
        if all.is_empty() {
            quote_spanned!(Span::mixed_site()=> __OTEL_AUTO_FUNCTION.start(&|_| {}))
        } else {
            quote_spanned!(Span::mixed_site()=> __OTEL_AUTO_FUNCTION.start(&|__attributes| { #all }))
        }
    }

    fn links(&self, links: &Expr) -> TokenStream {
        let span = Span::mixed_site().located_at(links.span());
        let runtime = self.runtime_at(span);
        quote_spanned!(span=> #runtime::links(__attributes, #links);)
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

    /// Is nothing that the function gives back a failure?
    pub(crate) fn is_deaf(&self, returned: Returned<'_>) -> bool {
        let none = matches!(&self.own.err, Some(err) if matches!(err.value, ErrorAs::None));
        none || !returned.may_be_result()
    }

    /// What finds the way to end a call by the type of its output.
    fn by_type(&self, returned: Returned<'_>) -> TokenStream {
        let runtime = &self.runtime;
        // Method lookup does not look at lifetimes, and would take a short-lived `dyn Error` for one that lives on.
        if returned.mentions_short_dyn() {
            quote_spanned!(Span::mixed_site()=> #runtime::output::PlainOutput)
        } else {
            quote_spanned!(Span::mixed_site()=> #runtime::output::Output)
        }
    }

    /// Does the function itself say which errors fail it, and what they are called?
    fn judges(&self) -> bool {
        self.own.err.is_some() || self.own.ok_if.is_some()
    }

    /// A function or a closure that ends an operation by a reference to its output.
    pub(crate) fn end_by(&self, returned: Returned<'_>) -> TokenStream {
        let runtime = &self.runtime;
        if self.is_deaf(returned) {
            return quote_spanned!(Span::mixed_site()=> #runtime::output::complete);
        }
        match returned.whole().filter(|_| !self.judges()) {
            // Less to compile than a closure.
            Some(of) => {
                let by_type = self.by_type(returned);
                quote_spanned!(Span::mixed_site()=> #by_type::<#of>::NEW.end())
            }
            None => {
                let output = quote_spanned!(Span::mixed_site()=> __otel_auto_output);
                let operation = quote_spanned!(Span::mixed_site()=> __otel_auto_operation);
                let end = self.end(returned, &output, &operation);
                quote_spanned!(Span::mixed_site()=> |#output, #operation| { #end })
            }
        }
    }

    /// Ends `operation` by its output, to which `output` is a reference.
    pub(crate) fn end(
        &self,
        returned: Returned<'_>,
        output: &TokenStream,
        operation: &TokenStream,
    ) -> TokenStream {
        if self.is_deaf(returned) {
            return quote_spanned!(Span::mixed_site()=> #operation.complete(););
        }
        let Self { runtime, own, .. } = self;
        let by_type = self.by_type(returned);
        if !self.judges() {
            return quote_spanned! {Span::mixed_site()=>
                #by_type::of(#output).end()(#output, #operation);
            };
        }
        let failure = quote_spanned!(Span::mixed_site()=> #by_type::of(#output).failure()(#output));
        let unless = own.ok_if.as_ref().map(|ok_if| {
            let accepts = &ok_if.value;
            let span = Span::mixed_site().located_at(accepts.span());
            let runtime = self.runtime_at(span);
            quote_spanned! {span=>
                let __otel_auto_failure =
                    #runtime::output::unless(#output, __otel_auto_failure, #accepts);
            }
        });
        let end = match own.err.as_ref().map(|err| &err.value) {
            Some(ErrorAs::Named(name)) => {
                let span = Span::mixed_site().located_at(name.span());
                let runtime = self.runtime_at(span);
                quote_spanned! {span=>
                    #runtime::output::end_named(#operation, #output, __otel_auto_failure, #name);
                }
            }
            _ => quote_spanned! {Span::mixed_site()=>
                #runtime::output::end(#operation, __otel_auto_failure);
            },
        };
        // The user's closures see nothing that will not be recorded.
        quote_spanned! {Span::mixed_site()=>
            if #operation.is_live() {
                let __otel_auto_failure = #failure;
                #unless
                #end
            }
        }
    }
}
