//! The list of vendors that goes along with a `traceparent`.
//!
//! The key grammar is that of the recommendation's conformance suite: a key may begin with a digit (level 2), and a key
//! with an `@` is `tenant@system` (level 1; level 2 would take an `@` anywhere, but the API cannot hold such a key).

use opentelemetry::trace::TraceState;

/// The recommendation's limit. A longer list is malformed.
const MAX_MEMBERS: usize = 32;

/// Each of a key and a value.
const MAX_PART: usize = 256;

/// As long as the longest list without white space: what is longer is not looked at.
const MAX_INPUT: usize = MAX_MEMBERS * (2 * MAX_PART + 2);

/// What is propagated. The recommendation asks for at least 512 characters.
const MAX_LENGTH: usize = 2_048;

/// Members longer than this are the first to go when the list is too long.
const LARGE: usize = 128;

type Member<'a> = (&'a str, &'a str);

/// The fields' members in order. One that is malformed, or there twice, makes the whole list worthless.
pub(super) fn parse(fields: &[&str]) -> TraceState {
    let length: usize = fields.iter().map(|field| field.len() + 1).sum();
    if length > MAX_INPUT {
        return TraceState::NONE;
    }
    let Some(mut members) = members(fields) else {
        return TraceState::NONE;
    };
    shorten(&mut members);
    // `from_key_value` refuses all for one: the API's own grammar ends a character short of the longest `system`.
    members.retain(|(key, _)| {
        key.split_once('@')
            .is_none_or(|(_, system)| system.len() < MAX_SYSTEM)
    });
    TraceState::from_key_value(members).unwrap_or(TraceState::NONE)
}

fn members<'a>(fields: &[&'a str]) -> Option<Vec<Member<'a>>> {
    let mut members: Vec<Member<'a>> = Vec::new();
    for member in fields.iter().flat_map(|field| field.split(',')) {
        let member = member.trim_matches([' ', '\t']);
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        let duplicate = members.iter().any(|(other, _)| *other == key);
        if duplicate || members.len() == MAX_MEMBERS || !is_key(key) || !is_value(value) {
            return None;
        }
        members.push((key, value));
    }
    Some(members)
}

/// Whole members go: from the end the large ones, then from the end any.
fn shorten(members: &mut Vec<Member<'_>>) {
    // Every member has its `=`, and a comma, which the last has not.
    let size = |(key, value): Member<'_>| key.len() + value.len() + 1;
    let mut length: usize = members.iter().map(|member| size(*member) + 1).sum();
    for least in [LARGE + 1, 0] {
        for at in (0..members.len()).rev() {
            if length <= MAX_LENGTH + 1 {
                return;
            }
            let Some(member) = members.get(at).filter(|member| size(**member) >= least) else {
                continue;
            };
            length -= size(*member) + 1;
            members.remove(at);
        }
    }
}

const MAX_TENANT: usize = 241;
const MAX_SYSTEM: usize = 14;

fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => is_name(key, MAX_PART),
        Some((tenant, system)) => is_name(tenant, MAX_TENANT) && is_name(system, MAX_SYSTEM),
    }
}

fn is_name(name: &str, longest: usize) -> bool {
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= longest
        && name.bytes().next().is_some_and(begins)
        && name
            .bytes()
            .all(|byte| begins(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/'))
}

fn is_value(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= MAX_PART
        && !value.ends_with(' ')
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}

/// The header's value; nothing if there is nothing to say.
///
/// The API takes values that would break the header, from samplers for instance. They stay here.
pub(super) fn format(state: &TraceState) -> Option<String> {
    let mut members: Vec<Member<'_>> = state
        .into_iter()
        .filter(|(key, value)| is_key(key) && is_value(value))
        .take(MAX_MEMBERS)
        .collect();
    shorten(&mut members);
    let mut header = String::new();
    for (key, value) in members {
        let separator = if header.is_empty() { "" } else { "," };
        header.extend([separator, key, "=", value]);
    }
    (!header.is_empty()).then_some(header)
}
