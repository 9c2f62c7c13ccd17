//! The functions of an `impl` block or a module.

use std::cell::Cell;

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::{Path, Type, ext::IdentExt};

use super::{
    call::{Call, Common},
    function,
};
use crate::{
    args::Args,
    errors::Errors,
    item::{Function, Impl, Item, Module},
};

/// Expands the block. After a mistake it comes out as it was written, but for the attributes inside of it, which would
/// report the same mistakes once more.
pub(crate) fn expand(args: &Args, item: &mut Item, errors: &mut Errors) -> TokenStream {
    if let Some(skip) = &args.skip {
        errors.at(
            &skip.argument,
            "`skip` belongs inside of the block: leave the attribute out instead",
        );
    }
    let expanded = block(args, &Common::default(), None, item, errors);
    if errors.any() {
        item.to_token_stream()
    } else {
        expanded
    }
}

/// Where a function stands: the blocks around it, and what each excludes.
struct Within<'a> {
    outer: Option<&'a Within<'a>>,
    /// The type or the module by which the outer block calls this one.
    name: Option<String>,
    excluded: Vec<(String, Cell<bool>)>,
    common: Common,
}

impl Within<'_> {
    /// Marks what excludes it.
    fn excludes(&self, path: &str) -> bool {
        let own = self
            .excluded
            .iter()
            .filter(|(excluded, _)| excluded == path);
        let own = own.map(|(_, used)| used.set(true)).count() > 0;
        let outer = self.outer.zip(self.name.as_ref());
        own | outer.is_some_and(|(outer, name)| outer.excludes(&format!("{name}::{path}")))
    }
}

fn block(
    args: &Args,
    outer: &Common,
    around: Option<&Within<'_>>,
    item: &mut Item,
    errors: &mut Errors,
) -> TokenStream {
    for argument in args.of_functions() {
        errors.at(argument, format!("`{argument}` belongs to a function"));
    }
    let mut within = Within {
        outer: around,
        name: None,
        excluded: excluded(args, errors),
        common: outer.with(args).below(item.attrs()),
    };
    let (expanded, place) = match item {
        Item::Impl(item) => {
            let Impl {
                attrs,
                header,
                of,
                block,
                inner,
                members,
            } = &mut **item;
            within.name = type_name(of);
            let owner = within.name.clone();
            let members: Vec<_> = members
                .iter_mut()
                .map(|member| inside(&within, owner.as_deref(), member, errors))
                .collect();
            let group = regrouped(block, quote!(#(#inner)* #(#members)*));
            (quote!(#(#attrs)* #header #group), "in this `impl` block")
        }
        Item::Module(item) => {
            let Module {
                attrs,
                header,
                name,
                block,
                inner,
                items,
            } = &mut **item;
            within.name = Some(name.unraw().to_string());
            let items: Vec<_> = items
                .iter_mut()
                .map(|item| inside(&within, None, item, errors))
                .collect();
            let group = regrouped(block, quote!(#(#inner)* #(#items)*));
            (quote!(#(#attrs)* #header #group), "in this module")
        }
        Item::Function(_) | Item::Other(_) => return item.to_token_stream(),
    };
    let paths = args.exclude.iter().flat_map(|exclude| &exclude.value);
    for (path, (name, used)) in paths.zip(&within.excluded) {
        if !used.get() {
            errors.at(path, format!("there is no function `{name}` {place}"));
        }
    }
    expanded
}

fn regrouped(block: &Group, inside: TokenStream) -> Group {
    let mut group = Group::new(block.delimiter(), inside);
    group.set_span(block.span());
    group
}

fn excluded(args: &Args, errors: &mut Errors) -> Vec<(String, Cell<bool>)> {
    let mut excluded: Vec<(String, Cell<bool>)> = Vec::new();
    for path in args.exclude.iter().flat_map(|exclude| &exclude.value) {
        let name = path_name(path);
        let twice = excluded.iter().any(|(other, _)| *other == name);
        if twice {
            errors.at(path, format!("`{name}` is excluded already"));
        }
        excluded.push((name, Cell::new(twice)));
    }
    excluded
}

/// An item of a block.
fn inside(
    within: &Within<'_>,
    owner: Option<&str>,
    item: &mut Item,
    errors: &mut Errors,
) -> TokenStream {
    let own = item
        .take_args(errors)
        .map(|tokens| Args::parse(tokens, errors));
    if own.as_ref().is_some_and(|own| own.skip.is_some()) {
        return item.to_token_stream();
    }
    match item {
        Item::Function(function) => method(within, owner, function, own, errors),
        Item::Impl(_) | Item::Module(_) => {
            if own.is_none() && item.is_only_for_tests() {
                return item.to_token_stream();
            }
            let own = own.unwrap_or_default();
            block(&own, &within.common, Some(within), item, errors)
        }
        Item::Other(other) => other.clone(),
    }
}

fn method(
    within: &Within<'_>,
    owner: Option<&str>,
    function: &Function,
    own: Option<Args>,
    errors: &mut Errors,
) -> TokenStream {
    let name = &function.sig.ident;
    let excluded = within.excludes(&name.unraw().to_string());
    let is_left_alone = excluded
        || function.sig.constness.is_some()
        || function.track_caller().is_some()
        || function.is_test();
    if own.is_none() && is_left_alone {
        return function.to_token_stream();
    }
    if let Some(exclude) = own.as_ref().and_then(|own| own.exclude.as_ref()) {
        errors.at(&exclude.argument, "`exclude` belongs to the block");
    }
    if excluded {
        errors.at(name, format!("`{name}` is both excluded and instrumented"));
    }
    let own = own.unwrap_or_default();
    let call = Call::new(&own, &within.common, owner, name);
    function::check(function, &call, errors);
    function::expand(function, &call)
}

/// The type's path without generics; nothing for types that have no name of their own.
fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(of) => Some(path_name(&of.path)),
        Type::Reference(of) => type_name(&of.elem),
        Type::Paren(of) => type_name(&of.elem),
        Type::Group(of) => type_name(&of.elem),
        _ => None,
    }
}

fn path_name(path: &Path) -> String {
    let parts = path.segments.iter();
    let parts: Vec<_> = parts.map(|part| part.ident.unraw().to_string()).collect();
    parts.join("::")
}
