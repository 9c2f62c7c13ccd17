//! Values cut to a number of characters; binary data to as many bytes.

use opentelemetry::{Array, StringValue, Value, logs::AnyValue};

/// Deeper values are left as they are: nothing that is logged nests so deep but by mistake.
const DEPTH: usize = 16;

/// The part that is kept, or `None` for all of it.
fn kept(text: &str, most: usize) -> Option<&str> {
    // As many bytes hold at most as many characters.
    if text.len() <= most {
        return None;
    }
    let (end, _) = text.char_indices().nth(most)?;
    text.get(..end)
}

fn cut_text(text: &mut StringValue, most: usize) {
    if let Some(kept) = kept(text.as_str(), most) {
        *text = kept.to_owned().into();
    }
}

pub(super) fn cut(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => cut_text(text, most),
        Value::Array(Array::String(texts)) => {
            texts.iter_mut().for_each(|text| cut_text(text, most));
        }
        // Numbers have no length.
        _ => {}
    }
}

pub(super) fn cut_any(value: &mut AnyValue, most: usize) {
    cut_nested(value, most, DEPTH);
}

fn cut_nested(value: &mut AnyValue, most: usize, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        AnyValue::String(text) => cut_text(text, most),
        AnyValue::Bytes(bytes) => bytes.truncate(most),
        AnyValue::ListAny(list) => list
            .iter_mut()
            .for_each(|value| cut_nested(value, most, depth)),
        AnyValue::Map(map) => map
            .values_mut()
            .for_each(|value| cut_nested(value, most, depth)),
        _ => {}
    }
}

/// Is something in it longer?
pub(super) fn exceeds(value: &AnyValue, most: usize) -> bool {
    match value {
        AnyValue::String(text) => kept(text.as_str(), most).is_some(),
        AnyValue::Bytes(bytes) => bytes.len() > most,
        // Rare, and cutting them costs no more than looking.
        AnyValue::ListAny(_) | AnyValue::Map(_) => true,
        _ => false,
    }
}
