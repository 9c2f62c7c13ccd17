//! A function's body inside of its operation.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ReturnType, Type};

use super::{
    asynchronous,
    call::{Call, Returned},
};
use crate::item::Function;

pub(crate) fn expand(function: &Function, call: &Call<'_>) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        brace,
        inner,
        body,
    } = function;
    let returned = match &sig.output {
        ReturnType::Default => Returned::Nothing,
        ReturnType::Type(_, of) if matches!(**of, Type::Never(_)) => Returned::Never,
        ReturnType::Type(_, of) => Returned::Type(of),
    };
    let inside = if sig.asyncness.is_some() {
        let body = asynchronous::Body {
            brace,
            statements: body.clone(),
        };
        asynchronous::run(call, returned, &quote!(move), body)
    } else {
        asynchronous::inner(function, call).unwrap_or_else(|| {
            run(
                call,
                returned,
                &quote_spanned!(brace.span.join()=> { #body }),
            )
        })
    };
    let declaration = call.declaration();
    quote_spanned! {brace.span.join()=>
        #(#attrs)* #vis #sig {
            #(#inner)*
            #declaration
            #inside
        }
    }
}

/// The body as a closure, so that `return` and `?` come by the end of the operation.
///
/// `run` asks for `FnOnce`: only such a closure may give out what it borrows through a `&mut` that it has captured.
fn run(call: &Call<'_>, returned: Returned<'_>, block: &TokenStream) -> TokenStream {
    let start = call.start();
    let closure = match returned.nameable() {
        Some(of) => quote_spanned!(Span::mixed_site()=> move || -> #of #block),
        None => quote_spanned!(Span::mixed_site()=> move || #block),
    };
    let run = quote_spanned!(Span::mixed_site()=> __otel_auto_operation.run(#closure));
    let inside = match returned {
        Returned::Never => quote_spanned!(Span::mixed_site()=> match #run {}),
        Returned::Nothing => {
            quote_spanned!(Span::mixed_site()=> #run; __otel_auto_operation.complete();)
        }
        Returned::Type(_) | Returned::Unknown => {
            let end = call.end(
                returned,
                &quote_spanned!(Span::mixed_site()=> &__otel_auto_output),
                &operation(),
            );
            quote_spanned! {Span::mixed_site()=>
                let __otel_auto_output = #run;
                #end
                __otel_auto_output
            }
        }
    };
    quote_spanned! {Span::mixed_site()=>
        let __otel_auto_operation = #start;
        #inside
    }
}

fn operation() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> __otel_auto_operation)
}
