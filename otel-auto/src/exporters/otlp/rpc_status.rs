//! `google.rpc.Status`, as far as an exporter needs it: the message, and how long `google.rpc.RetryInfo` asks to
//! wait. It comes as the body of an HTTP refusal, and in base64 as gRPC's `grpc-status-details-bin`.

use std::time::Duration;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RpcStatus {
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl RpcStatus {
    /// `None` for bytes that are no such message.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut status = Self::default();
        walk(bytes, |tag, field| {
            match (tag, field) {
                (2, Field::Bytes(message)) => {
                    status.message = std::str::from_utf8(message).ok()?.to_owned();
                }
                (3, Field::Bytes(detail)) => {
                    status.retry_after = status.retry_after.or(retry_info(detail));
                }
                _ => {}
            }
            Some(())
        })?;
        Some(status)
    }

    pub(super) fn decode_base64(text: &str) -> Option<Self> {
        Self::decode(&base64(text)?)
    }
}

/// The delay, if this `google.protobuf.Any` holds a `RetryInfo`.
fn retry_info(any: &[u8]) -> Option<Duration> {
    let (mut is_retry_info, mut value) = (false, &[][..]);
    walk(any, |tag, field| {
        match (tag, field) {
            (1, Field::Bytes(url)) => is_retry_info = url.ends_with(b"google.rpc.RetryInfo"),
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => {}
        }
        Some(())
    })?;
    if !is_retry_info {
        return None;
    }
    let mut delay = Duration::ZERO;
    walk(value, |tag, field| match (tag, field) {
        (1, Field::Bytes(duration)) => walk(duration, |tag, field| {
            match (tag, field) {
                (1, Field::Varint(seconds)) => {
                    delay += Duration::from_secs(u32::try_from(seconds).ok()?.into());
                }
                (2, Field::Varint(nanos)) => {
                    delay += Duration::from_nanos(u32::try_from(nanos).ok()?.into());
                }
                _ => {}
            }
            Some(())
        }),
        _ => Some(()),
    })?;
    Some(delay)
}

enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

/// Visits the fields of a message; `None` as soon as the bytes are no message, or the visitor says so.
fn walk<'a>(
    mut bytes: &'a [u8],
    mut visit: impl FnMut(u32, Field<'a>) -> Option<()>,
) -> Option<()> {
    while !bytes.is_empty() {
        let (tag, wire_type) = decode_key(&mut bytes).ok()?;
        match wire_type {
            WireType::Varint => visit(tag, Field::Varint(decode_varint(&mut bytes).ok()?))?,
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
                let (field, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                visit(tag, Field::Bytes(field))?;
            }
            _ => skip_field(wire_type, tag, &mut bytes, DecodeContext::default()).ok()?,
        }
    }
    Some(())
}

/// Standard alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut length) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        length += 6;
        if length >= 8 {
            length -= 8;
            bytes.push((bits >> length) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn base64_of_any_padding_is_decoded() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm8", "fo"),
            ("Pj8+Lz8/", ">?>/??"),
        ] {
            assert_eq!(base64(text).unwrap(), bytes.as_bytes(), "{text}");
        }
        assert_eq!(base64("a b"), None);
    }

    #[test]
    fn message_and_delay_are_read() {
        let any = b"\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x0a\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01";
        let mut bytes = b"\x08\x0e\x12\x04busy\x1a".to_vec();
        bytes.push(any.len() as u8);
        bytes.extend_from_slice(any);
        let status = RpcStatus::decode(&bytes).unwrap();
        assert_eq!(status.message, "busy");
        assert_eq!(status.retry_after, Some(Duration::from_millis(2500)));
    }

    #[test]
    fn other_bytes_are_no_status() {
        assert_eq!(RpcStatus::decode(b"<html>not here</html>"), None);
        assert_eq!(
            RpcStatus::decode(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            None
        );
    }
}
