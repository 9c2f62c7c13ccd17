//! The arguments of `#[instrumented(..)]`, parsed one by one so that a mistake in one does not hide the next.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Error, Expr, LitStr, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
};

use crate::errors::Errors;

/// What the expansion writes itself: a key is written once per span.
const OWN_KEYS: [&str; 4] = [
    "code.function.name",
    "code.file.path",
    "code.line.number",
    "error.type",
];

const EXPECTED: &str = "expected `name`, `kind`, `attributes`, `exclude`, `skip` or `crate`";

/// The arguments, each at most once.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<Kind>,
    pub(crate) attributes: Option<Named<Attribute>>,
    pub(crate) exclude: Option<Named<Ident>>,
    pub(crate) skip: Option<Ident>,
    pub(crate) root: Option<Path>,
}

/// A list in parentheses, and the argument's name for errors about the whole of it.
pub(crate) struct Named<T> {
    pub(crate) argument: Ident,
    pub(crate) items: Vec<T>,
}

/// A variant of `opentelemetry::trace::SpanKind`.
#[derive(Clone)]
pub(crate) struct Kind(Ident);

/// One `key = value`.
pub(crate) struct Attribute {
    pub(crate) key: String,
    spelling: TokenStream,
    pub(crate) form: Form,
    pub(crate) value: Expr,
}

/// How a value becomes an attribute.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Value,
    Display,
    Debug,
}

impl Args {
    /// Parses as much as can be; mistakes go to `errors`.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            each(input, errors, |input, errors| args.argument(input, errors));
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        args
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let Ok(argument) = Ident::parse_any(input) else {
            return Err(input.error(EXPECTED));
        };
        match argument.to_string().as_str() {
            "name" => {
                let name = assigned(input)?;
                once(&mut self.name, &argument, name)
            }
            "kind" => {
                let kind = assigned(input)?;
                once(&mut self.kind, &argument, kind)
            }
            "crate" => {
                input.parse::<Token![=]>()?;
                let root = Path::parse_mod_style(input)?;
                once(&mut self.root, &argument, root)
            }
            "attributes" => {
                let items = list(input, errors, Attribute::parse)?;
                unique(&items, errors);
                once(
                    &mut self.attributes,
                    &argument,
                    Named {
                        argument: argument.clone(),
                        items,
                    },
                )
            }
            "exclude" => {
                let items = list(input, errors, Ident::parse_any)?;
                once(
                    &mut self.exclude,
                    &argument,
                    Named {
                        argument: argument.clone(),
                        items,
                    },
                )
            }
            "skip" => once(&mut self.skip, &argument, argument.clone()),
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

fn to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn assigned<T: Parse>(input: ParseStream<'_>) -> Result<T> {
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

fn once<T>(slot: &mut Option<T>, argument: &Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(Error::new(
            argument.span(),
            format!("duplicate argument `{argument}`"),
        ));
    }
    *slot = Some(value);
    Ok(())
}

fn unique(attributes: &[Attribute], errors: &mut Errors) {
    for (index, attribute) in attributes.iter().enumerate() {
        let Attribute { key, spelling, .. } = attribute;
        if OWN_KEYS.contains(&key.as_str()) {
            errors.at(
                spelling,
                format!("`{key}` is set by `#[instrumented]` itself"),
            );
        } else if attributes.iter().take(index).any(|other| other.key == *key) {
            errors.at(spelling, format!("duplicate attribute `{key}`"));
        }
    }
}

impl Parse for Kind {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let text: LitStr = input.parse()?;
        let variant = match text.value().as_str() {
            "server" => "Server",
            "client" => "Client",
            "producer" => "Producer",
            "consumer" => "Consumer",
            "internal" => "Internal",
            _ => {
                let expected =
                    "expected \"server\", \"client\", \"producer\", \"consumer\" or \"internal\"";
                return Err(Error::new(text.span(), expected));
            }
        };
        Ok(Self(Ident::new(variant, text.span())))
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self(Ident::new("Internal", proc_macro2::Span::mixed_site()))
    }
}

impl ToTokens for Kind {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (key, spelling) = key(input)?;
        if key.is_empty() {
            return Err(Error::new_spanned(
                spelling,
                "the key of an attribute is not empty",
            ));
        }
        input.parse::<Token![=]>()?;
        let form = if input.parse::<Option<Token![%]>>()?.is_some() {
            Form::Display
        } else if input.parse::<Option<Token![?]>>()?.is_some() {
            Form::Debug
        } else {
            Form::Value
        };
        Ok(Self {
            key,
            spelling,
            form,
            value: input.parse()?,
        })
    }
}

/// A literal, or `user.id`, where each part may be a keyword; also as it was written, for errors.
fn key(input: ParseStream<'_>) -> Result<(String, TokenStream)> {
    if let Some(literal) = input.parse::<Option<LitStr>>()? {
        return Ok((literal.value(), literal.into_token_stream()));
    }
    let Ok(first) = Ident::parse_any(input) else {
        return Err(input.error("expected a key: `user.id` or \"user.id\""));
    };
    let (mut text, mut spelling) = (first.unraw().to_string(), first.into_token_stream());
    while let Some(dot) = input.parse::<Option<Token![.]>>()? {
        let part = Ident::parse_any(input)?;
        text.push('.');
        text.push_str(&part.unraw().to_string());
        dot.to_tokens(&mut spelling);
        part.to_tokens(&mut spelling);
    }
    Ok((text, spelling))
}
