//! Asynchronous bodies: those of `async fn`, and the `async` block that a plain function gives back, which is also
//! what `async_trait` makes of a method.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Block, Expr, ExprCall, Item, ItemFn, ReturnType, Stmt, parse::Parser, token::Brace};

use super::{
    call::Call,
    returned::{Returned, mentions},
};
use crate::item::Function;

/// What stands between the user's braces. More braces around it would be a warning in the user's code.
pub(crate) struct Body<'a> {
    pub(crate) brace: &'a Brace,
    pub(crate) statements: TokenStream,
}

impl<'a> From<&'a Block> for Body<'a> {
    fn from(block: &'a Block) -> Self {
        let statements = &block.stmts;
        Self {
            brace: &block.brace_token,
            statements: quote!(#(#statements)*),
        }
    }
}

/// The rest of an asynchronous function with this body.
///
/// The operation starts before the block takes the arguments away, as attributes borrow them.
pub(crate) fn run(
    call: &Call<'_>,
    returned: Returned<'_>,
    capture: &TokenStream,
    body: Body<'_>,
) -> TokenStream {
    let runtime = call.runtime();
    let Body { brace, statements } = body;
    let edge = returned
        .nameable()
        .map(|of| return_edge(runtime, &of, returned.span().unwrap_or(brace.span.join())));
    let block = quote_spanned!(brace.span.join()=> { #edge #statements });
    let end = call.end_by(returned);
    // Where a body without a value is wrong.
    let future =
        quote_spanned!(Span::mixed_site().located_at(brace.span.join())=> async #capture #block);
    let future = if call.reads_arguments() {
        let start = call.start();
        quote_spanned! {Span::mixed_site()=>
            #runtime::FunctionFuture::new(#start, #future, #end).await
        }
    } else {
        quote_spanned! {Span::mixed_site()=>
            #runtime::FunctionFuture::call(&__OTEL_AUTO_FUNCTION, #future, #end).await
        }
    };
    match returned {
        Returned::Never => quote_spanned!(Span::mixed_site()=> match #future {}),
        _ => future,
    }
}

/// A `return` that never happens, but tells the compiler the block's type: what `?` converts to, and where a mismatch
/// is shown.
pub(crate) fn return_edge(runtime: &TokenStream, of: &TokenStream, span: Span) -> TokenStream {
    let runtime = runtime.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    let runtime = runtime.collect::<TokenStream>();
    quote_spanned! {Span::mixed_site().located_at(span)=>
        if false {
            return #runtime::output::none::<#of>();
        }
    }
}

/// The body of a plain function that ends in an `async` block, with that block instrumented.
pub(crate) fn inner(
    function: &Function,
    call: &Call<'_>,
    returned: Returned<'_>,
) -> Option<TokenStream> {
    // Most bodies have none, and need not be parsed.
    if matches!(function.sig.output, ReturnType::Default) || !mentions(&function.body, "async") {
        return None;
    }
    let mut statements = Block::parse_within.parse2(function.body.clone()).ok()?;
    let (Stmt::Expr(tail, None), before) = statements.split_last_mut()? else {
        return None;
    };
    match tail_future(tail)? {
        Expr::Async(future) => {
            let capture = future.capture.to_token_stream();
            future.block = block_of(run(call, returned, &capture, Body::from(&future.block)));
        }
        Expr::Call(made) => {
            let inner = made_by(made, before)?;
            let inside = run(
                call,
                Returned::from(&inner.sig.output),
                &quote!(move),
                Body::from(&*inner.block),
            );
            *inner.block = block_of(inside);
        }
        _ => return None,
    }
    Some(quote!(#(#statements)*))
}

fn block_of(inside: TokenStream) -> Block {
    Block {
        brace_token: Brace(Span::mixed_site()),
        stmts: vec![Stmt::Expr(Expr::Verbatim(inside), None)],
    }
}

/// What async_trait made before 0.1.44: `async fn method(..) { .. }` and then `Box::pin(method(self, ..))`.
fn made_by<'a>(made: &ExprCall, before: &'a mut [Stmt]) -> Option<&'a mut ItemFn> {
    let Expr::Path(path) = &*made.func else {
        return None;
    };
    let name = &path.path.segments.last()?.ident;
    before.iter_mut().find_map(|statement| match statement {
        Stmt::Item(Item::Fn(inner))
            if inner.sig.asyncness.is_some() && inner.sig.ident == *name =>
        {
            Some(inner)
        }
        _ => None,
    })
}

/// The future in `Box::pin(future)`, `future.boxed()` and the like.
fn tail_future(tail: &mut Expr) -> Option<&mut Expr> {
    if matches!(tail, Expr::Async(_)) {
        return Some(tail);
    }
    match tail {
        Expr::Call(call) if is_pin(&call.func) && call.args.len() == 1 => call
            .args
            .first_mut()
            .filter(|future| matches!(future, Expr::Async(_) | Expr::Call(_))),
        Expr::MethodCall(call) if call.method == "boxed" || call.method == "boxed_local" => {
            tail_future(&mut call.receiver)
        }
        Expr::Paren(paren) => tail_future(&mut paren.expr),
        Expr::Group(group) => tail_future(&mut group.expr),
        _ => None,
    }
}

fn is_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else {
        return false;
    };
    let mut names = path
        .path
        .segments
        .iter()
        .rev()
        .map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}
