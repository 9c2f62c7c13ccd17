//! W3C baggage.
//!
//! A malformed member is skipped, alone. Of duplicates the last counts. What was in the context's baggage before stays,
//! but for the keys that come in. Properties are opaque: they are kept as they are written, without white space.

use std::borrow::Cow;

use opentelemetry::{
    Context, Key, StringValue,
    baggage::{Baggage, BaggageExt, BaggageMetadata},
    propagation::{Extractor, Injector},
};

use super::percent;

pub(super) const BAGGAGE: &str = "baggage";

/// The recommendation's limits, which are the API's too.
const MAX_MEMBERS: usize = 64;
const MAX_LENGTH: usize = 8_192;

pub(super) fn extract(context: &Context, carrier: &dyn Extractor) -> Option<Context> {
    let first = carrier.get(BAGGAGE)?;
    let fields = carrier.get_all(BAGGAGE).unwrap_or_else(|| vec![first]);
    let mut left = MAX_LENGTH;
    let members = fields.into_iter().flat_map(|field| {
        let field = whole_members(field, left);
        // The comma between two fields is one byte.
        left = left.saturating_sub(field.len() + 1);
        field.split(',').filter_map(member)
    });
    merge(
        context,
        members.map(|(key, value, properties)| {
            (
                Key::new(key.to_owned()),
                StringValue::from(value.into_owned()),
                BaggageMetadata::from(properties),
            )
        }),
    )
}

/// The field, or as many of its members as the limit lets through whole.
fn whole_members(field: &str, limit: usize) -> &str {
    if field.len() <= limit {
        return field;
    }
    let end = field
        .as_bytes()
        .iter()
        .take(limit + 1)
        .rposition(|byte| *byte == b',');
    end.and_then(|end| field.get(..end)).unwrap_or_default()
}

/// The key, the decoded value and the properties, if all are well-formed.
fn member(text: &str) -> Option<(&str, Cow<'_, str>, String)> {
    let mut parts = text.split(';');
    let (key, value) = parts.next()?.split_once('=')?;
    let (key, value) = (trim(key), trim(value));
    if !is_token(key) || !value.bytes().all(is_octet) {
        return None;
    }
    let mut properties = String::new();
    for part in parts {
        push_property(&mut properties, part)?;
    }
    Some((key, percent::decode(value), properties))
}

/// Appends a well-formed property. Between two separators there may be nothing.
fn push_property(out: &mut String, property: &str) -> Option<()> {
    let property = trim(property);
    let (key, value) = match property.split_once('=') {
        Some((key, value)) => (trim(key), Some(trim(value))),
        None => (property, None),
    };
    if property.is_empty() {
        return Some(());
    }
    if !is_token(key) || !value.unwrap_or_default().bytes().all(is_octet) {
        return None;
    }
    let separator = if out.is_empty() { "" } else { ";" };
    out.extend([separator, key]);
    if let Some(value) = value {
        out.extend(["=", value]);
    }
    Some(())
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// The context with these members in its baggage; nothing if there are none. What is beyond the API's limits is lost.
pub(super) fn merge(
    context: &Context,
    members: impl Iterator<Item = (Key, StringValue, BaggageMetadata)>,
) -> Option<Context> {
    let mut members = members.peekable();
    members.peek()?;
    let mut baggage = Baggage::new();
    for (key, (value, properties)) in context.baggage() {
        baggage.insert_with_metadata(key.clone(), value.clone(), properties.clone());
    }
    for (key, value, properties) in members {
        baggage.insert_with_metadata(key, value, properties);
    }
    Some(context.with_baggage(baggage))
}

/// Writes the members in the order of their keys, those that fit.
pub(super) fn inject(context: &Context, carrier: &mut dyn Injector) {
    let mut members: Vec<_> = context.baggage().iter().collect();
    members.sort_unstable_by_key(|(key, _)| *key);
    let mut header = String::new();
    for (key, (value, properties)) in members.into_iter().take(MAX_MEMBERS) {
        let before = header.len();
        let separator = if before == 0 { "" } else { "," };
        header.extend([separator, key.as_str(), "="]);
        // Some readers take a `+` for a space, or an `=` for a separator.
        percent::encode(&mut header, value.as_str(), |byte| {
            is_octet(byte) && !matches!(byte, b'%' | b'+' | b'=')
        });
        let mut written = String::new();
        for property in properties.as_str().split(';') {
            // The API takes any text for properties; what is malformed stays here.
            let _ = push_property(&mut written, property);
        }
        if !written.is_empty() {
            header.extend([";", &written]);
        }
        if header.len() > MAX_LENGTH {
            header.truncate(before);
        }
    }
    if !header.is_empty() {
        carrier.set(BAGGAGE, header);
    }
}
