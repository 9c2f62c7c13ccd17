//! The arguments of `#[instrumented(..)]`, parsed one by one so that a mistake in one does not hide the next.

mod attribute;
mod words;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Error, Expr, LitStr, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
};

use crate::errors::Errors;
pub(crate) use attribute::{Attribute, Form};
pub(crate) use words::{ErrorAs, Kind, Nothing, Returns};

const EXPECTED: &str = "expected `name`, `kind`, `attributes`, `err`, `ok_if`, `parent`, `links`, `metrics`, `returns`, \
                        `exclude`, `skip` or `crate`";

/// The arguments, each at most once.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Given<LitStr>>,
    pub(crate) kind: Option<Given<Kind>>,
    pub(crate) attributes: Option<Given<Vec<Attribute>>>,
    pub(crate) err: Option<Given<ErrorAs>>,
    pub(crate) ok_if: Option<Given<Expr>>,
    pub(crate) parent: Option<Given<Nothing>>,
    pub(crate) links: Option<Given<Expr>>,
    pub(crate) metrics: Option<Given<()>>,
    pub(crate) returns: Option<Given<Returns>>,
    pub(crate) exclude: Option<Given<Vec<Path>>>,
    pub(crate) skip: Option<Given<()>>,
    pub(crate) root: Option<Given<Path>>,
}

/// A value, and the argument's name for errors about the whole of it.
pub(crate) struct Given<T> {
    pub(crate) argument: Ident,
    pub(crate) value: T,
}

impl Args {
    /// Parses as much as can be; mistakes go to `errors`.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        parse_each(tokens, errors, |input, errors| args.argument(input, errors));
        args
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let Ok(argument) = Ident::parse_any(input) else {
            return Err(input.error(EXPECTED));
        };
        match argument.to_string().as_str() {
            "name" => {
                let value = assigned(&argument, input)?;
                once(&mut self.name, argument, value)
            }
            "kind" => {
                let value = assigned(&argument, input)?;
                once(&mut self.kind, argument, value)
            }
            "attributes" => {
                let items = list(input, errors, Attribute::parse)?;
                attribute::unique(&items, errors);
                once(&mut self.attributes, argument, items)
            }
            "err" => {
                let value = assigned(&argument, input)?;
                once(&mut self.err, argument, value)
            }
            "ok_if" => {
                let value = assigned(&argument, input)?;
                once(&mut self.ok_if, argument, value)
            }
            "parent" => {
                let value = assigned(&argument, input)?;
                once(&mut self.parent, argument, value)
            }
            "links" => {
                let value = assigned(&argument, input)?;
                once(&mut self.links, argument, value)
            }
            "metrics" => once(&mut self.metrics, argument, ()),
            "returns" => {
                let value = assigned(&argument, input)?;
                once(&mut self.returns, argument, value)
            }
            "exclude" => {
                let items = list(input, errors, Path::parse_mod_style)?;
                once(&mut self.exclude, argument, items)
            }
            "skip" => once(&mut self.skip, argument, ()),
            "crate" => {
                input.parse::<Token![=]>()?;
                once(&mut self.root, argument, Path::parse_mod_style(input)?)
            }
            _ => {
                // Its value is not another mistake.
                to_comma(input)?;
                Err(Error::new(
                    argument.span(),
                    format!("unknown argument `{argument}`: {EXPECTED}"),
                ))
            }
        }
    }

    /// The names of those arguments that only a function can have.
    pub(crate) fn of_functions(&self) -> impl Iterator<Item = &Ident> {
        fn name<T>(given: Option<&Given<T>>) -> Option<&Ident> {
            given.map(|given| &given.argument)
        }
        [
            name(self.name.as_ref()),
            name(self.attributes.as_ref()),
            name(self.err.as_ref()),
            name(self.ok_if.as_ref()),
            name(self.parent.as_ref()),
            name(self.links.as_ref()),
            name(self.returns.as_ref()),
        ]
        .into_iter()
        .flatten()
    }
}

/// Parses all of `tokens` as items between commas.
pub(crate) fn parse_each(
    tokens: TokenStream,
    errors: &mut Errors,
    parse: impl FnMut(ParseStream<'_>, &mut Errors) -> Result<()>,
) {
    let parser = |input: ParseStream<'_>| {
        each(input, errors, parse);
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
}

/// Parses items between commas; after a mistake it goes on behind the next comma.
fn each(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut parse: impl FnMut(ParseStream<'_>, &mut Errors) -> Result<()>,
) {
    while !input.is_empty() {
        let parsed = parse(input, errors).and_then(|()| {
            if input.is_empty() {
                Ok(())
            } else {
                input.parse::<Token![,]>().map(drop)
            }
        });
        if let Err(error) = parsed {
            errors.push(error);
            let _ = to_comma(input);
            let _ = input.parse::<Option<Token![,]>>();
        }
    }
}

pub(crate) fn to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

pub(crate) fn assigned<T: Parse>(argument: &Ident, input: ParseStream<'_>) -> Result<T> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(
            argument.span(),
            format!("`{argument}` wants a value: `{argument} = ..`"),
        ));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

fn list<T>(
    input: ParseStream<'_>,
    errors: &mut Errors,
    parse: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    let mut items = Vec::new();
    each(&content, errors, |content, _| {
        items.push(parse(content)?);
        Ok(())
    });
    Ok(items)
}

pub(crate) fn once<T>(slot: &mut Option<Given<T>>, argument: Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(Error::new(
            argument.span(),
            format!("duplicate argument `{argument}`"),
        ));
    }
    *slot = Some(Given { argument, value });
    Ok(())
}
