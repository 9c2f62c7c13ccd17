//! `attributes(key = value, ..)`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Error, Expr, LitStr, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::errors::Errors;

/// What the expansion writes itself: a key is written once per span.
const OWN_KEYS: [&str; 4] = [
    "code.function.name",
    "code.file.path",
    "code.line.number",
    "error.type",
];

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

pub(super) fn unique(attributes: &[Attribute], errors: &mut Errors) {
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
