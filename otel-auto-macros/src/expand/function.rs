//! A function's body inside of its operation.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{
    asynchronous,
    call::Call,
    returned::{Later, Returned, What},
    single,
};
use crate::{args::Returns, errors::Errors, item::Function};

/// What would not be the same function any more, and what its arguments ask for in vain.
pub(crate) fn check(function: &Function, call: &Call<'_>, errors: &mut Errors) {
    let Function { sig, .. } = function;
    if let Some(tracked) = function.track_caller() {
        errors.at(
            tracked,
            "a `#[track_caller]` function cannot be instrumented: it would not see its caller",
        );
    }
    if let Some(constant) = &sig.constness {
        errors.at(
            constant,
            "a `const fn` cannot be instrumented: it may run at compile time",
        );
    }
    let own = call.own();
    let judged = own.ok_if.as_ref().map(|given| &given.argument);
    let judged = judged.or(own.err.as_ref().map(|given| &given.argument));
    if let Some(argument) = judged {
        let returned =
            later(function, call).map_or(Returned::from(&sig.output), |later| later.gives);
        if !returned.may_be_result() {
            errors.at(
                argument,
                format!("`{argument}` is for functions that give back a `Result`"),
            );
        }
    }
    if let Some(returns) = own.returns.as_ref().filter(|_| sig.asyncness.is_some()) {
        errors.at(
            &returns.argument,
            "`returns` is for functions that are not `async`",
        );
    }
}

pub(crate) fn expand(function: &Function, call: &Call<'_>) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        brace,
        inner,
        body,
    } = function;
    let returned = Returned::from(&sig.output);
    if let Some(single) = single::expand(function, call, returned) {
        return single;
    }
    let block = || quote_spanned!(brace.span.join()=> { #body });
    let inside = if sig.asyncness.is_some() {
        let body = asynchronous::Body {
            brace,
            statements: body.clone(),
        };
        asynchronous::run(call, returned, &quote!(move), body)
    } else if let Some(later) = later(function, call) {
        let visible = (later.what == What::Future)
            .then(|| asynchronous::inner(function, call, later.gives))
            .flatten();
        visible.unwrap_or_else(|| run_on(call, returned, &later, &block()))
    } else if is_plain(call) {
        run(call, returned, &block())
    } else {
        asynchronous::inner(function, call, Returned::Unknown)
            .unwrap_or_else(|| run(call, returned, &block()))
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

fn later<'a>(function: &'a Function, call: &Call<'_>) -> Option<Later<'a>> {
    let said = call.own().returns.as_ref().map(|given| given.value);
    Later::new(&function.sig.output, said).filter(|_| function.sig.asyncness.is_none())
}

fn is_plain(call: &Call<'_>) -> bool {
    matches!(&call.own().returns, Some(said) if said.value == Returns::Value)
}

/// The body as a closure, so that `return` and `?` come by the end of the operation.
///
/// `run` asks for `FnOnce`: only such a closure may give out what it borrows through a `&mut` that it has captured.
fn body(returned: Returned<'_>, block: &TokenStream) -> TokenStream {
    let closure = match returned.nameable() {
        Some(of) => quote_spanned!(Span::mixed_site()=> move || -> #of #block),
        None => quote_spanned!(Span::mixed_site()=> move || #block),
    };
    quote_spanned!(Span::mixed_site()=> __otel_auto_operation.run(#closure))
}

/// A body that ends its operation.
fn run(call: &Call<'_>, returned: Returned<'_>, block: &TokenStream) -> TokenStream {
    let start = call.start();
    let run = body(returned, block);
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

/// A body that gives a future or a stream, which takes the operation along.
fn run_on(
    call: &Call<'_>,
    returned: Returned<'_>,
    later: &Later<'_>,
    block: &TokenStream,
) -> TokenStream {
    let runtime = call.runtime();
    let start = call.start();
    let run = body(returned, block);
    let end = match later.what {
        What::Stream if call.is_deaf(later.gives) => TokenStream::new(),
        _ => call.end(
            later.gives,
            &quote_spanned!(Span::mixed_site()=> __otel_auto_output),
            &operation(),
        ),
    };
    // Said by its type, since the compiler may infer what the body gives from the function's signature alone.
    let output = later
        .gives
        .nameable()
        .filter(|_| !call.is_deaf(later.gives))
        .map(|of| quote_spanned!(Span::mixed_site()=> : &#of));
    let wrapper = match later.what {
        What::Future => quote_spanned!(Span::mixed_site()=> #runtime::FunctionFuture),
        What::Stream => quote_spanned!(Span::mixed_site()=> #runtime::FunctionStream),
    };
    let mut wrapped = quote_spanned! {Span::mixed_site()=>
        #wrapper::new(
            __otel_auto_operation,
            __otel_auto_later,
            |__otel_auto_output #output, __otel_auto_operation| { #end },
        )
    };
    if later.boxed {
        // Where nothing is recorded, one box is enough.
        wrapped = quote_spanned! {Span::mixed_site()=>
            if __otel_auto_operation.is_off() {
                return __otel_auto_later;
            }
            ::std::boxed::Box::pin(#wrapped)
        };
    }
    quote_spanned! {Span::mixed_site()=>
        let __otel_auto_operation = #start;
        let __otel_auto_later = #run;
        #wrapped
    }
}

fn operation() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> __otel_auto_operation)
}
