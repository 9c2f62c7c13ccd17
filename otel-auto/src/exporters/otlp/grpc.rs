//! gRPC's unary framing and status, which is all of gRPC that OTLP needs.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;
use percent_encoding::percent_decode_str;

use super::{
    failure::{Cause, Failure},
    rpc_status::RpcStatus,
};

/// A flag for compression and four bytes of length.
const PREFIX: usize = 5;

/// `None` for a message longer than the length can say.
pub(super) fn frame(message: &[u8], compressed: bool) -> Option<Bytes> {
    let length = u32::try_from(message.len()).ok()?;
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(u8::from(compressed));
    frame.put_u32(length);
    frame.put_slice(message);
    Some(frame.freeze())
}

/// The first message of a body; `None` if there is no whole, uncompressed one (no compression was offered).
pub(super) fn unframe(body: &[u8]) -> Option<&[u8]> {
    let (prefix, rest) = body.split_first_chunk::<PREFIX>()?;
    let [0, length @ ..] = *prefix else {
        return None;
    };
    rest.get(..usize::try_from(u32::from_be_bytes(length)).ok()?)
}

/// The status in the trailers, or in the headers when nothing else came; `None` when there is none at all.
pub(super) fn status(
    headers: &HeaderMap,
    trailers: Option<&HeaderMap>,
) -> Option<Result<(), Failure>> {
    let text = |name| {
        let found = trailers
            .and_then(|trailers| trailers.get(name))
            .or_else(|| headers.get(name));
        found.and_then(|value| value.to_str().ok())
    };
    let code: i32 = text("grpc-status")?.trim().parse().ok()?;
    if code == 0 {
        return Some(Ok(()));
    }
    let message = percent_decode_str(text("grpc-message").unwrap_or_default()).decode_utf8_lossy();
    let details = text("grpc-status-details-bin")
        .and_then(RpcStatus::decode_base64)
        .unwrap_or_default();
    Some(Err(
        Failure::new(Cause::Grpc(code), message).after(details.retry_after)
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_comes_back_as_its_message() {
        assert_eq!(unframe(&frame(b"abc", false).unwrap()), Some(&b"abc"[..]));
        assert_eq!(unframe(&frame(b"", false).unwrap()), Some(&b""[..]));
        assert_eq!(unframe(b""), None);
        assert_eq!(unframe(b"\0\0\0\0\x04abc"), None);
        assert_eq!(unframe(&frame(b"abc", true).unwrap()), None);
    }

    #[test]
    fn the_status_is_read_from_trailers_before_headers() {
        let map = |code: &'static str| {
            HeaderMap::from_iter([("grpc-status".parse().unwrap(), code.parse().unwrap())])
        };
        assert_eq!(status(&HeaderMap::new(), None), None);
        assert_eq!(status(&map("0"), None), Some(Ok(())));
        let failure = status(&map("0"), Some(&map("14"))).unwrap().unwrap_err();
        assert_eq!(failure.cause, Cause::Grpc(14));
    }
}
