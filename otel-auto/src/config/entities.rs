//! `OTEL_ENTITIES`: `type{id=…}[description=…]@schema;…`, by the specification's `entities/entity-propagation.md`.
//!
//! The SDK has no entities, so they are flattened into attributes of the resource; types and schema URLs are checked
//! and forgotten. What is malformed is left out, and what is right around it is kept.

use std::collections::HashSet;

use http::Uri;

use super::{env::Env, percent::decode, vars::ENTITIES};

type Pairs = Vec<(String, String)>;

struct Entity<'a> {
    kind: &'a str,
    id: Pairs,
    description: Pairs,
}

/// More than any program is described by; a text of a megabyte must not be compared with itself.
const MOST: usize = 128;

pub(super) fn read(env: &mut Env<'_>, text: &str) -> Pairs {
    let mut problems: Vec<String> = Vec::new();
    let mut entities: Vec<Entity<'_>> = Vec::new();
    let items = text
        .split(';')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    for (position, item) in (1..).zip(items) {
        if position > MOST {
            problems.push(format!("has more than {MOST} entities"));
            break;
        }
        match parse(item) {
            Ok((entity, well)) => {
                if !well {
                    problems.push(format!(
                        "has a schema URL that is none, in entity {position}"
                    ));
                }
                // Another with the same keys is the same entity again, or contradicts it: the last one holds.
                let before = entities.len();
                entities.retain(|other| !rivals(other, &entity));
                if entities.len() < before {
                    problems.push(format!("has entity {:?} more than once", entity.kind));
                }
                entities.push(entity);
            }
            Err(what) => problems.push(format!("has {what} in entity {position}")),
        }
    }
    let attributes = flatten(&entities, &mut problems);
    if !problems.is_empty() {
        let instead = "leaving out what is malformed, and using the last of several";
        env.warn(&ENTITIES, text, problems.join(", "), instead);
    }
    attributes
}

/// Of one type, and with an identifying attribute in common.
fn rivals(one: &Entity<'_>, other: &Entity<'_>) -> bool {
    let keys: HashSet<&str> = one.id.iter().map(|(key, _)| key.as_str()).collect();
    one.kind == other.kind && other.id.iter().any(|(key, _)| keys.contains(key.as_str()))
}

fn flatten(entities: &[Entity<'_>], problems: &mut Vec<String>) -> Pairs {
    let mut attributes = Pairs::new();
    for (key, value) in entities
        .iter()
        .flat_map(|entity| entity.description.iter().chain(&entity.id))
    {
        if let Some(at) = attributes.iter().position(|(other, _)| other == key) {
            let (_, former) = attributes.remove(at);
            if former != *value {
                problems.push(format!("has two values of {key:?}"));
            }
        }
        if attributes.len() == MOST {
            problems.push(format!("has more than {MOST} attributes"));
            break;
        }
        attributes.push((key.clone(), value.clone()));
    }
    attributes
}

/// The entity, and whether its schema URL is one.
fn parse(item: &str) -> Result<(Entity<'_>, bool), &'static str> {
    let (kind, rest) = item.split_once('{').ok_or("no `{`")?;
    let kind = kind.trim();
    if !is_name(kind) {
        return Err("no legal type");
    }
    let (id, rest) = rest.split_once('}').ok_or("no `}`")?;
    let id = pairs(id)?;
    if id.is_empty() {
        return Err("no identifying attribute");
    }
    let rest = rest.trim_start();
    let (description, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (description, rest) = rest.split_once(']').ok_or("no `]`")?;
            (pairs(description)?, rest.trim_start())
        }
        None => (Pairs::new(), rest),
    };
    let well = match rest.strip_prefix('@') {
        Some(url) => is_url(url.trim()),
        None if rest.is_empty() => true,
        None => return Err("something after its end"),
    };
    let entity = Entity {
        kind,
        id,
        description,
    };
    Ok((entity, well))
}

fn pairs(list: &str) -> Result<Pairs, &'static str> {
    if list.trim().is_empty() {
        return Ok(Pairs::new());
    }
    if list.split(',').count() > MOST {
        return Err("too many attributes");
    }
    let pair = |item: &str| {
        let (key, value) = item.split_once('=').ok_or("an attribute without `=`")?;
        let (key, value) = (key.trim(), value.trim());
        if !is_name(key) {
            return Err("no legal key");
        }
        if value.contains(['{', '}', '[', ']', '@', '=']) {
            return Err("a reserved character that is not percent-encoded");
        }
        let value = decode(value).ok_or("a `%` that encodes nothing")?;
        Ok((key.to_owned(), value))
    };
    list.split(',').map(pair).collect()
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_url(text: &str) -> bool {
    text.parse::<Uri>()
        .is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty()))
}
