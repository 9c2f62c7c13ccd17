//! Identifiers in hexadecimal digits.

use opentelemetry::{SpanId, TraceId};

/// The number that the digits stand for: between one and 32 of them, upper-case ones refused.
pub(super) fn read(digits: &[u8]) -> Option<u128> {
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    digits.iter().try_fold(0, |number: u128, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((number << 4) | u128::from(value))
    })
}

/// A trace id of 128 bits, or of 64, which are the lower ones.
pub(super) fn trace_id(digits: &str) -> Option<TraceId> {
    matches!(digits.len(), 16 | 32)
        .then(|| read(digits.as_bytes()))?
        .and_then(valid_trace_id)
}

/// A span id, in all of its digits.
pub(super) fn span_id(digits: &str) -> Option<SpanId> {
    (digits.len() == 16)
        .then(|| read(digits.as_bytes()))?
        .and_then(valid_span_id)
}

pub(super) fn valid_trace_id(number: u128) -> Option<TraceId> {
    (number != 0).then(|| TraceId::from_bytes(number.to_be_bytes()))
}

pub(super) fn valid_span_id(number: u128) -> Option<SpanId> {
    let number = u64::try_from(number).ok()?;
    (number != 0).then(|| SpanId::from_bytes(number.to_be_bytes()))
}

/// Appends two digits for each byte.
pub(super) fn push(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0xf] {
            out.push(char::from(match nibble {
                0..=9 => b'0' + nibble,
                _ => b'a' + nibble - 10,
            }));
        }
    }
}
