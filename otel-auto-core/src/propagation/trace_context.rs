//! W3C trace context, read and written in place.

use opentelemetry::{
    SpanId, TraceFlags, TraceId,
    propagation::{Extractor, Injector},
    trace::{SpanContext, TraceState},
};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// `00-` 32 digits `-` 16 digits `-` 2 digits.
const LENGTH: usize = 55;

/// Longer lists of vendors are not worth their bytes: the recommendation asks to keep at least 512 characters.
const MAX_TRACESTATE: usize = 2_048;

/// The remote span context of the carrier, if it has a valid one.
///
/// Several `traceparent` fields, or one that is malformed, are as good as none.
#[must_use]
pub fn extract(carrier: &dyn Extractor) -> Option<SpanContext> {
    let header = carrier.get(TRACEPARENT)?;
    let (trace_id, span_id, flags) = parse(header)?;
    if carrier
        .get_all(TRACEPARENT)
        .is_some_and(|all| all.len() > 1)
    {
        return None;
    }
    Some(SpanContext::new(
        trace_id,
        span_id,
        flags,
        true,
        trace_state(carrier),
    ))
}

fn trace_state(carrier: &dyn Extractor) -> TraceState {
    let Some(first) = carrier.get(TRACESTATE) else {
        return TraceState::NONE;
    };
    let all = carrier.get_all(TRACESTATE).filter(|all| all.len() > 1);
    let joined = all.map(|all| all.join(","));
    let header = joined.as_deref().unwrap_or(first);
    if header.len() > MAX_TRACESTATE {
        return TraceState::NONE;
    }
    header.parse().unwrap_or(TraceState::NONE)
}

/// Reads a `traceparent` value. Of a version that is not known, the part that is known is read.
#[must_use]
pub fn parse(header: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let bytes = header.trim_matches([' ', '\t']).as_bytes();
    let (known, rest) = bytes.split_at_checked(LENGTH)?;
    let version = hex(known.get(..2)?)?;
    let separated = [2, 35, 52].iter().all(|at| known.get(*at) == Some(&b'-'));
    let ends_well = match version {
        0 => rest.is_empty(),
        0xff => false,
        _ => matches!(rest.first(), None | Some(b'-')),
    };
    if !separated || !ends_well {
        return None;
    }
    let trace_id = TraceId::from_bytes(hex_u128(known.get(3..35)?)?.to_be_bytes());
    let span_id = u64::try_from(hex_u128(known.get(36..52)?)?).ok()?;
    let span_id = SpanId::from_bytes(span_id.to_be_bytes());
    let flags = u8::try_from(hex(known.get(53..55)?)?).ok()?;
    if trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
        return None;
    }
    // Only what is known: sampled, and since level 2 random.
    Some((trace_id, span_id, TraceFlags::new(flags & 0b11)))
}

fn hex(digits: &[u8]) -> Option<u32> {
    u32::try_from(hex_u128(digits)?).ok()
}

fn hex_u128(digits: &[u8]) -> Option<u128> {
    let mut number = 0_u128;
    for digit in digits {
        // Upper-case digits are malformed.
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        number = (number << 4) | u128::from(value);
    }
    Some(number)
}

/// Writes `traceparent`, and `tracestate` if there is one.
pub fn inject(span: &SpanContext, carrier: &mut dyn Injector) {
    if !span.is_valid() {
        return;
    }
    carrier.set(TRACEPARENT, format(span));
    let state = span.trace_state();
    if *state != TraceState::NONE {
        let header = state.header();
        if !header.is_empty() {
            carrier.set(TRACESTATE, header);
        }
    }
}

fn format(span: &SpanContext) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut header = String::with_capacity(LENGTH);
    header.push_str("00-");
    let mut write = |bytes: &[u8], end: &str| {
        for byte in bytes {
            for nibble in [byte >> 4, byte & 0xf] {
                header.push(
                    DIGITS
                        .get(usize::from(nibble))
                        .map_or('0', |digit| char::from(*digit)),
                );
            }
        }
        header.push_str(end);
    };
    write(&span.trace_id().to_bytes(), "-");
    write(&span.span_id().to_bytes(), "-");
    write(&[span.trace_flags().to_u8() & 0b11], "");
    header
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_traceparent_is_read_and_written_back() {
        let carrier = HashMap::from([("traceparent".to_owned(), VALID.to_owned())]);
        let span = extract(&carrier).expect("valid");
        assert!(span.is_remote() && span.is_sampled());
        let mut out = HashMap::new();
        inject(&span, &mut out);
        assert_eq!(out.get("traceparent").map(String::as_str), Some(VALID));
        assert!(!out.contains_key("tracestate"));
    }

    #[test]
    fn malformed_traceparents_are_refused() {
        for header in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "00-ä4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert!(parse(header).is_none(), "{header}");
        }
    }

    #[test]
    fn what_is_known_of_a_later_version_is_read() {
        assert!(parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what").is_some());
    }

    #[test]
    fn tracestate_goes_through() {
        let carrier = HashMap::from([
            ("traceparent".to_owned(), VALID.to_owned()),
            (
                "tracestate".to_owned(),
                "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE".to_owned(),
            ),
        ]);
        let mut out = HashMap::new();
        inject(&extract(&carrier).expect("valid"), &mut out);
        assert_eq!(
            out.get("tracestate").map(String::as_str),
            Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        );
    }
}
