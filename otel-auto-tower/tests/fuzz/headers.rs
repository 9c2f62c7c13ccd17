//! Methods, targets and headers, from harmless to hostile.

use proptest::{collection::vec, prelude::*, sample::select};

/// The headers that the layer or a propagator reads.
const NAMES: [&str; 21] = [
    "host",
    "user-agent",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "uber-trace-id",
    "uberctx-user",
    "ot-tracer-traceid",
    "ot-tracer-spanid",
    "ot-baggage-user",
    "x-amzn-trace-id",
    "cookie",
    "accept",
];

/// What they are given when all is well, or nearly.
const VALUES: [&str; 28] = [
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-0000000000000000-01",
    "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    "rojo=1,rojo=2,,=,a@b=c, ",
    "user=J%C3%BCrgen;p=1,region=eu,share=50%25",
    "user=%,user=%f,user=%ff%fe,=;;=,",
    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90",
    "80f198ee56343ba864fe8b2a57d3eff7:e457b5a2e4d86bd1:0:1",
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    "1",
    "for=\"[2001:db8::1]:4711\";proto=https;host=example.com:8443, for=10.0.0.1",
    "for=;proto=javascript;host=\"",
    "for=unknown;host=user:pass@[::1",
    "10.0.0.1, 10.0.0.2",
    "[::1]:99999",
    "user:pass@example.com:80",
    "example.com:",
    ":",
    "https",
    "HTTPS, http",
    "gopher",
    "0",
    "5",
    "18446744073709551616",
    "-1",
];

const METHODS: [&str; 13] = [
    "GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY",
    "get", "PURGE",
];

const TARGETS: [&str; 16] = [
    "/",
    "/users/7",
    "/users/7?sig=secret&a=b",
    "/users/%ff%00%zz?%",
    "/users/../../etc",
    "/echo",
    "/endless",
    "/slow",
    "/fails",
    "/get-only",
    "//",
    "*",
    "http://user:pass@example.com:8080/users/7?q#f",
    "https://[::1]/",
    "example.com:443",
    "http://:0/",
];

/// What a header's value may hold, readable or not, or much of one byte; and now and then what it may not.
pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = || prop_oneof![b' '..=b'~', 0x80..=0xff_u8];
    prop_oneof![
        6 => "[ -~]{0,40}".prop_map(String::into_bytes),
        3 => "\\PC{0,20}".prop_map(String::into_bytes),
        3 => vec(byte(), 0..40),
        1 => (byte(), 1..9_000_usize).prop_map(|(byte, length)| vec![byte; length]),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn token() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}".prop_map(String::into_bytes),
        "[A-Z]{65,400}".prop_map(String::into_bytes),
    ]
}

fn known(from: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    select(from).prop_map(|text| text.as_bytes().to_vec())
}

pub(super) fn method() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![16 => known(&METHODS), 3 => token(), 1 => bytes()]
}

pub(super) fn target() -> impl Strategy<Value = Vec<u8>> {
    let after =
        |beginning: &'static [u8]| bytes().prop_map(move |more| [beginning, &more].concat());
    prop_oneof![
        16 => known(&TARGETS),
        4 => "/users/[!-~]{0,30}".prop_map(String::into_bytes),
        1 => after(b"/"),
        1 => after(b"/users/7?"),
        1 => bytes(),
        1 => (b'!'..=b'~', 1..70_000_usize).prop_map(|(byte, length)| {
            [b"/".to_vec(), vec![byte; length]].concat()
        }),
    ]
}

/// Names as HTTP/2 wants them; HTTP/1 takes them too.
pub(super) fn headers() -> impl Strategy<Value = Vec<(Vec<u8>, Vec<u8>)>> {
    let name = prop_oneof![19 => known(&NAMES), 1 => "[a-z-]{1,12}".prop_map(String::into_bytes)];
    let item = || prop_oneof![12 => known(&VALUES), 1 => bytes()];
    let value = prop_oneof![
        4 => item().boxed(),
        1 => vec(item(), 2..6).prop_map(|items| items.join(&b","[..])).boxed(),
    ];
    // Some of them again and again.
    let times = prop_oneof![19 => Just(1_usize), 1 => 2..50_usize];
    vec((name, value, times), 0..10).prop_map(|headers| {
        headers
            .into_iter()
            .flat_map(|(name, value, times)| vec![(name, value); times])
            .collect()
    })
}
