//! From the item to its expansion.

mod asynchronous;
mod call;
mod function;

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::{Type, ext::IdentExt};

use crate::{
    args::Args,
    errors::Errors,
    item::{Function, Impl, Item, Member},
};
use call::Call;

/// Expands `#[instrumented(args)] item`. After a mistake the item is left as it was written.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let expanded = match Item::parse(item.clone()) {
        Ok(Item::Function(function)) => alone(&args, &function, &mut errors),
        Ok(Item::Impl(block)) => block_of(&args, *block, &mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    errors.report(expanded)
}

fn alone(args: &Args, function: &Function, errors: &mut Errors) -> TokenStream {
    if let Some(exclude) = &args.exclude {
        errors.at(&exclude.argument, "`exclude` belongs to an `impl` block");
    }
    if let Some(skip) = &args.skip {
        errors.at(
            skip,
            "`skip` belongs to a method inside of an instrumented `impl` block",
        );
    }
    check(function, errors);
    if errors.any() {
        return function.to_token_stream();
    }
    function::expand(function, &Call::new(args, args, None, &function.sig.ident))
}

/// What would not be the same function any more.
fn check(function: &Function, errors: &mut Errors) {
    if let Some(tracked) = function.track_caller() {
        errors.at(
            tracked,
            "a `#[track_caller]` function cannot be instrumented: it would not see its caller",
        );
    }
    if let Some(constant) = &function.sig.constness {
        errors.at(
            constant,
            "a `const fn` cannot be instrumented: it may run at compile time",
        );
    }
}

fn block_of(args: &Args, block: Impl, errors: &mut Errors) -> TokenStream {
    if let Some(name) = &args.name {
        errors.at(name, "`name` belongs to a method");
    }
    if let Some(attributes) = &args.attributes {
        errors.at(&attributes.argument, "`attributes` belong to a method");
    }
    if let Some(skip) = &args.skip {
        errors.at(
            skip,
            "`skip` belongs to a method: leave the attribute out instead",
        );
    }
    let Impl {
        header,
        of,
        block,
        inner,
        mut members,
    } = block;
    check_excluded(args, &members, errors);
    let owner = type_name(&of);
    let expanded: Vec<_> = members
        .iter_mut()
        .map(|item| member(args, owner.as_deref(), item, errors))
        .collect();
    let members = if errors.any() {
        // Without their own attributes, which would report the same mistakes once more.
        members.iter().map(ToTokens::to_token_stream).collect()
    } else {
        expanded
    };
    let mut group = Group::new(block.delimiter(), quote!(#(#inner)* #(#members)*));
    group.set_span(block.span());
    quote!(#header #group)
}

fn check_excluded(args: &Args, members: &[Member], errors: &mut Errors) {
    let Some(exclude) = &args.exclude else { return };
    for (index, name) in exclude.items.iter().enumerate() {
        let exists = members
            .iter()
            .any(|member| matches!(member, Member::Function(f) if f.sig.ident == *name));
        if exclude.items.iter().take(index).any(|other| other == name) {
            errors.at(name, format!("`{name}` is excluded already"));
        } else if !exists {
            errors.at(
                name,
                format!("there is no function `{name}` in this `impl` block"),
            );
        }
    }
}

fn member(
    block: &Args,
    owner: Option<&str>,
    member: &mut Member,
    errors: &mut Errors,
) -> TokenStream {
    let Member::Function(function) = member else {
        return member.to_token_stream();
    };
    let own = function
        .take_args(errors)
        .map(|tokens| Args::parse(tokens, errors));
    let name = &function.sig.ident;
    let excluded = block
        .exclude
        .iter()
        .flat_map(|exclude| &exclude.items)
        .any(|excluded| excluded == name);
    match &own {
        Some(args) => {
            if let Some(exclude) = &args.exclude {
                errors.at(&exclude.argument, "`exclude` belongs to the `impl` block");
            }
            if args.skip.is_some() {
                return function.to_token_stream();
            }
            if excluded {
                errors.at(name, format!("`{name}` is both excluded and instrumented"));
            }
            check(function, errors);
        }
        None if excluded
            || function.sig.constness.is_some()
            || function.track_caller().is_some() =>
        {
            return function.to_token_stream();
        }
        None => {}
    }
    let own = own.unwrap_or_default();
    function::expand(function, &Call::new(&own, block, owner, name))
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// The type's path without generics; nothing for types that have no name of their own.
fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => {
            let parts: Vec<_> = path
                .path
                .segments
                .iter()
                .map(|part| part.ident.unraw().to_string())
                .collect();
            Some(parts.join("::"))
        }
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        Type::Group(group) => type_name(&group.elem),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
