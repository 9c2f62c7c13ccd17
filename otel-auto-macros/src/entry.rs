//! `#[otel_auto::main]`: telemetry around a program, and a runtime inside of it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Error, LitInt, LitStr, Path, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::{
    args::{Given, assigned, once, parse_each, to_comma},
    errors::Errors,
    expand::{asynchronous::return_edge, returned::Returned},
    item::Function,
};

const EXPECTED: &str = "expected `flavor`, `worker_threads` or `crate`";

#[derive(Default)]
struct Args {
    flavor: Option<Given<Flavor>>,
    worker_threads: Option<Given<LitInt>>,
    root: Option<Given<Path>>,
}

/// The constructor of tokio's runtime builder.
struct Flavor(&'static str);

impl Parse for Flavor {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text: LitStr = input.parse()?;
        match text.value().as_str() {
            "current_thread" => Ok(Self("new_current_thread")),
            "multi_thread" => Ok(Self("new_multi_thread")),
            _ => {
                let expected = "expected \"current_thread\" or \"multi_thread\"";
                Err(Error::new(text.span(), expected))
            }
        }
    }
}

impl Args {
    fn argument(&mut self, input: ParseStream<'_>) -> Result<()> {
        let Ok(argument) = Ident::parse_any(input) else {
            return Err(input.error(EXPECTED));
        };
        match argument.to_string().as_str() {
            "flavor" => {
                let value = assigned(&argument, input)?;
                once(&mut self.flavor, argument, value)
            }
            "worker_threads" => {
                let value = assigned(&argument, input)?;
                once(&mut self.worker_threads, argument, value)
            }
            "crate" => {
                input.parse::<Token![=]>()?;
                once(&mut self.root, argument, Path::parse_mod_style(input)?)
            }
            _ => {
                to_comma(input)?;
                Err(Error::new(
                    argument.span(),
                    format!("unknown argument `{argument}`: {EXPECTED}"),
                ))
            }
        }
    }

    fn check(&self, function: &Function, errors: &mut Errors) {
        let sig = &function.sig;
        if !sig.inputs.is_empty() {
            errors.at(&sig.inputs, "`#[otel_auto::main]` gives no arguments");
        }
        if let Some(constant) = &sig.constness {
            errors.at(constant, "a `const fn` cannot set telemetry up");
        }
        let runtime = [
            self.flavor.as_ref().map(|given| &given.argument),
            self.worker_threads.as_ref().map(|given| &given.argument),
        ];
        if sig.asyncness.is_none() {
            for argument in runtime.into_iter().flatten() {
                errors.at(argument, format!("`{argument}` is for an `async fn`"));
            }
        } else if let (Some(threads), "new_current_thread") = (&self.worker_threads, self.flavor())
        {
            errors.at(
                &threads.argument,
                "a current-thread runtime has no worker threads",
            );
        }
    }

    fn flavor(&self) -> &'static str {
        self.flavor
            .as_ref()
            .map_or("new_multi_thread", |given| given.value.0)
    }
}

/// Expands `#[main(args)] item`. After a mistake the item is left as it was written.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut parsed = Args::default();
    parse_each(args, &mut errors, |input, _| parsed.argument(input));
    let expanded = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => {
            parsed.check(&function, &mut errors);
            if errors.any() {
                // Left asynchronous, it would be one more mistake.
                let mut function = function;
                function.sig.asyncness = None;
                function.to_token_stream()
            } else {
                entry(&parsed, &function)
            }
        }
        Err(error) => {
            errors.push(error);
            item
        }
    };
    errors.report(expanded)
}

fn entry(args: &Args, function: &Function) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        brace,
        inner,
        body,
    } = function;
    let root = args.root.as_ref().map_or_else(
        || quote!(::otel_auto),
        |given| given.value.to_token_stream(),
    );
    let mut plain = sig.clone();
    plain.asyncness = None;
    let inside = if let Some(keyword) = &sig.asyncness {
        let returned = Returned::from(&sig.output);
        let edge = returned.nameable().map(|of| {
            return_edge(
                &quote!(#root::__private),
                &of,
                returned.span().unwrap_or(brace.span.join()),
            )
        });
        let future = quote_spanned!(brace.span.join()=> async { #edge #body });
        let runtime = runtime(args, keyword.span);
        let run =
            quote_spanned!(Span::mixed_site()=> __otel_auto_runtime.block_on(__otel_auto_main));
        let run = match returned {
            Returned::Never => quote_spanned!(Span::mixed_site()=> match #run {}),
            _ => run,
        };
        quote_spanned! {Span::mixed_site()=>
            let __otel_auto_main = #future;
            #runtime
            #run
        }
    } else {
        body.clone()
    };
    // Telemetry is dropped last: what tasks do when the runtime drops them is still exported.
    let telemetry = quote_spanned! {Span::mixed_site()=>
        let __otel_auto_telemetry = #root::init!();
    };
    quote_spanned! {brace.span.join()=>
        #(#attrs)* #vis #plain {
            #(#inner)*
            #telemetry
            #inside
        }
    }
}

/// The user's tokio, with the features that the user has chosen. Where it lacks, that is shown at `async`.
fn runtime(args: &Args, keyword: Span) -> TokenStream {
    let new = Ident::new(args.flavor(), Span::mixed_site().located_at(keyword));
    let threads = args
        .worker_threads
        .as_ref()
        .map(|given| &given.value)
        .map(|threads| quote!(.worker_threads(#threads)));
    let builder = quote_spanned! {Span::mixed_site().located_at(keyword)=>
        ::tokio::runtime::Builder::#new()
    };
    quote_spanned! {Span::mixed_site()=>
        #[allow(clippy::expect_used)]
        let __otel_auto_runtime = #builder
            #threads
            .enable_all()
            .build()
            .expect("the runtime cannot be built");
    }
}
