//! An `async fn` as a plain one that gives its body's future, wrapped.
//!
//! Each future around another is work for the compiler, over and over in a chain of calls, and counts towards its
//! recursion limit. An `async fn` around the wrapper would be one more.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{FnArg, Pat, PatIdent, ReceiverKind, Signature, punctuated::Punctuated};

use super::{asynchronous::return_edge, call::Call, returned::Returned};
use crate::item::{Function, are_inert};

/// The function, if nobody can tell the difference.
pub(crate) fn expand(
    function: &Function,
    call: &Call<'_>,
    returned: Returned<'_>,
) -> Option<TokenStream> {
    let Function {
        attrs,
        vis,
        sig,
        brace,
        inner,
        body,
    } = function;
    let keyword = sig.asyncness?;
    // What expands later may ask for an `async fn`, and only there can attributes borrow what the body takes.
    if call.expands_early() || !are_inert(attrs) || call.reads_arguments() {
        return None;
    }
    let output = returned.whole()?;
    let Arguments { inputs, taken } = Arguments::of(sig)?;
    // By its span, `impl` is of this crate's edition, and takes all lifetimes along, as an `async fn` does.
    let span = Span::mixed_site().located_at(keyword.span);
    let future = quote_spanned!(span=> impl ::core::future::Future<Output = #output>);
    let sig = Signature {
        asyncness: None,
        inputs,
        output: syn::parse_quote_spanned!(span=> -> #future),
        ..sig.clone()
    };
    let runtime = call.runtime();
    let declaration = call.declaration();
    let edge = return_edge(
        runtime,
        &output,
        returned.span().unwrap_or(brace.span.join()),
    );
    let end = call.end_by(returned);
    // Where a body without a value is wrong.
    let future = quote_spanned! {Span::mixed_site().located_at(brace.span.join())=>
        async move { #taken #edge #body }
    };
    let inside = quote_spanned! {Span::mixed_site()=>
        #runtime::FunctionFuture::call(&__OTEL_AUTO_FUNCTION, #future, #end)
    };
    Some(quote_spanned! {brace.span.join()=>
        #(#attrs)* #vis #sig {
            #(#inner)*
            #declaration
            #inside
        }
    })
}

/// Arguments that the body takes, all and whole, in their order: an `async` block by itself takes only what it names.
struct Arguments {
    inputs: Punctuated<FnArg, syn::Token![,]>,
    taken: TokenStream,
}

impl Arguments {
    /// Nothing where an argument has attributes, which may remove it, or where macros gave two of them one name.
    fn of(sig: &Signature) -> Option<Self> {
        let mut inputs = sig.inputs.clone();
        let mut taken = TokenStream::new();
        let mut names: Vec<Ident> = Vec::new();
        for (index, input) in inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) if receiver.attrs.is_empty() => {
                    if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                        let this = &receiver.self_token;
                        taken.extend(quote_spanned!(Span::mixed_site()=> let _ = &#this;));
                    }
                }
                FnArg::Typed(typed) if typed.attrs.is_empty() => {
                    let name = name(&typed.pat, index);
                    if names.contains(&name) {
                        return None;
                    }
                    let pattern = std::mem::replace(&mut *typed.pat, plain(name.clone()));
                    taken.extend(match pattern {
                        Pat::Ident(PatIdent {
                            by_ref: None,
                            subpat: None,
                            ..
                        }) => {
                            quote_spanned!(Span::mixed_site()=> let #pattern = #name;)
                        }
                        Pat::Wild(_) => quote_spanned!(Span::mixed_site()=> let #name = #name;),
                        pattern => quote_spanned! {Span::mixed_site()=>
                            let #name = #name;
                            let #pattern = #name;
                        },
                    });
                    names.push(name);
                }
                FnArg::Receiver(_) | FnArg::Typed(_) => return None,
            }
        }
        Some(Self { inputs, taken })
    }
}

/// What an argument is called outside of the body. It is not the body's variable of that name.
fn name(pattern: &Pat, index: usize) -> Ident {
    match pattern {
        Pat::Ident(pattern) => {
            let mut name = pattern.ident.clone();
            name.set_span(Span::mixed_site().located_at(name.span()));
            name
        }
        _ => format_ident!("__arg{index}", span = Span::mixed_site()),
    }
}

fn plain(ident: Ident) -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident,
        subpat: None,
    })
}
