//! Percent-encoded `key=value` lists: headers and resource attributes.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

/// The decoded text, or `None` where a `%` encodes nothing or the bytes are not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let code = after.as_bytes().get(..2)?;
        if !code.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = after;
    }
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(String::from)
}

/// Key and value around the first `=`, without white space. `None` without `=` or without a key.
pub(super) fn pair(item: &str) -> Option<(&str, &str)> {
    let (key, value) = item.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty()).then_some((key, value))
}

/// Of several pairs with one key the last one, where it stands. A list may be long: each key is looked at once.
pub(super) fn last_of_each(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut keys = HashSet::new();
    pairs.reverse();
    pairs.retain(|(key, _)| keys.insert(key.clone()));
    pairs.reverse();
    pairs
}
