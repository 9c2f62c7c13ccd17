//! Requests one after the other on a connection of HTTP/1.

use proptest::{collection::vec, prelude::*, sample::select};

use crate::headers::{bytes, headers, method, target};

pub(super) fn connection() -> impl Strategy<Value = Vec<u8>> {
    vec(request(), 1..4).prop_map(|requests| requests.concat())
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let version = prop_oneof![
        8 => Just("HTTP/1.1"),
        2 => select(&["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", ""][..]),
    ];
    (method(), target(), version, headers(), body()).prop_map(
        |(method, target, version, headers, body)| {
            let mut request = [
                &method[..],
                b" ",
                &target,
                b" ",
                version.as_bytes(),
                b"\r\n",
            ]
            .concat();
            for (name, value) in headers {
                request.extend([&name[..], b": ", &value, b"\r\n"].concat());
            }
            request.extend(body);
            request
        },
    )
}

/// The last headers, and a body as they announce it, or not.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let chunked = |body: Vec<u8>| {
        let head = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
        [head.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat()
    };
    let announced = |(body, length): (Vec<u8>, usize)| {
        let head = format!("content-length: {length}\r\n\r\n");
        [head.as_bytes(), &body].concat()
    };
    prop_oneof![
        6 => Just(b"host: localhost\r\n\r\n".to_vec()),
        1 => Just(b"connection: close\r\n\r\n".to_vec()),
        1 => Just(b"expect: 100-continue\r\ncontent-length: 5\r\n\r\n".to_vec()),
        1 => Just(b"connection: upgrade\r\nupgrade: h2c\r\n\r\n".to_vec()),
        2 => bytes().prop_map(chunked),
        2 => (bytes(), 0..50_usize).prop_map(announced),
    ]
}
