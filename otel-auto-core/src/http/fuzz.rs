//! Anything at all may be in `Host`, `Forwarded` and URLs: what is taken from them is what it is called, no secret comes
//! through, and no text takes longer than it is long.
#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use otel_auto_testing::assert_linear;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{address, redact};

const PIECES: &[&str] = &[
    "example.com",
    "10.0.0.1",
    "[2001:db8::1]",
    "::1",
    ":8080",
    ":",
    ":+80",
    ":65536",
    "@",
    "[",
    "]",
    ",",
    ";",
    "=",
    "\"",
    " ",
    "\t",
    "for=",
    "Host=",
    "proto=https",
    "_hidden",
    "http://",
    "https://",
    "/",
    "?",
    "#",
    "&",
    "sig",
    "sig=1",
    "%73ig=1",
    "%",
    "%7",
    "user:pw@",
    "é",
    "\u{0}",
];

/// Pieces of the grammar in any order, and now and then anything.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        9 => select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9_]([a-z0-9._-]{0,20}[a-z0-9])?",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ]
}

fn sensitive() -> Vec<String> {
    crate::Settings::default().http.sensitive_query_parameters
}

const SECRET: &str = "S3CRET";

/// A URL with secrets in it, where they are known to be.
fn url_with_secrets() -> impl Strategy<Value = String> {
    let user = prop_oneof![
        Just(String::new()),
        "[a-z:@]{0,5}".prop_map(|around| format!("{around}{SECRET}{around}@")),
    ];
    // A letter of the key may be percent-encoded.
    let key = (
        select(sensitive()),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    let key = key.prop_map(|(key, at, encoded)| {
        let at = at.index(key.len());
        match key.get(at..=at).filter(|_| encoded) {
            Some(letter) => {
                let code = format!("%{:02x}", letter.bytes().next().unwrap());
                format!(
                    "{}{code}{}",
                    &key.get(..at).unwrap(),
                    &key.get(at + 1..).unwrap()
                )
            }
            None => key,
        }
    });
    let value = "[a-zA-Z0-9%=+?/:@]{0,5}".prop_map(|rest| format!("{SECRET}{rest}"));
    let secret = (key, value).prop_map(|(key, value)| format!("{key}={value}"));
    let pair = prop_oneof![secret, "[a-z]{1,4}=[a-z0-9%]{0,4}", "[a-z]{0,4}"];
    (
        user,
        host(),
        "(/[a-z@:%]{0,8}){0,3}",
        vec(pair, 0..5),
        "(#[a-z?=&]{0,6})?",
    )
        .prop_map(|(user, host, path, pairs, fragment)| {
            format!("https://{user}{host}{path}?{}{fragment}", pairs.join("&"))
        })
}

proptest! {
    #[test]
    fn a_host_is_a_host_whatever_it_was_taken_from(text in text()) {
        for found in [address::host_and_port(&text), address::first(&text).and_then(address::host_and_port)] {
            let Some((host, port)) = found else { continue };
            prop_assert!(!host.is_empty() && text.contains(host));
            prop_assert!(!host.contains(['@', '[', ']', ' ', '\t']), "{host:?}");
            if let Some(port) = port {
                prop_assert!(text.contains(&port.to_string()));
                let signed = format!(":+{port}");
                prop_assert!(!text.contains(&signed));
            }
        }
    }

    #[test]
    fn every_host_and_port_is_read(
        host in host(),
        port in proptest::option::of(any::<u16>()),
        user in "([a-z]{1,4}(:[a-z@]{0,4})?@)?",
    ) {
        let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
        let text = format!("{user}{host}{port_text}");
        let host = host.trim_matches(['[', ']']);
        prop_assert_eq!(address::host_and_port(&text), Some((host, port)));
    }

    #[test]
    fn forwarded_finds_each_parameter_of_the_first_hop_alone(
        values in vec("[a-z0-9.:_,;=-]{1,12}", 3),
        order in Just(["for", "Host", "PROTO"]).prop_shuffle(),
        others in text(),
    ) {
        let pairs = order.iter().zip(&values).map(|(name, value)| {
            if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                format!("{name}={value}")
            } else {
                format!("{name}=\"{value}\"")
            }
        });
        let header = format!("{}, {others}", pairs.collect::<Vec<_>>().join("; "));
        for (name, value) in order.iter().zip(&values) {
            prop_assert_eq!(address::forwarded(&header, name), Some(value.as_str()), "{}", header);
        }
        prop_assert_eq!(address::forwarded(&header, "by"), None);
    }

    #[test]
    fn a_scheme_is_one_of_two(text in text()) {
        if let Some(scheme) = address::forwarded(&text, "proto").and_then(address::scheme) {
            prop_assert!(["http", "https"].contains(&scheme));
        }
    }

    #[test]
    fn no_secret_of_a_url_is_shown(url in url_with_secrets()) {
        let shown = redact::url(&url, &sensitive());
        prop_assert!(!shown.contains(SECRET), "{url} => {shown}");
        // What needs no redaction is not even copied.
        if !url.contains(SECRET) {
            prop_assert_eq!(&*shown, &url);
            prop_assert!(matches!(shown, Cow::Borrowed(_)));
        }
    }

    #[test]
    fn redaction_of_any_text_is_bounded_and_done_once(text in text()) {
        let shown = redact::url(&text, &sensitive()).into_owned();
        prop_assert_eq!(&*redact::url(&shown, &sensitive()), &shown);
        let pairs = text.matches('=').count();
        prop_assert!(shown.len() <= text.len() + "REDACTED".len() * (pairs + 2) + 1);
        let query = redact::query(&text, &sensitive()).into_owned();
        prop_assert_eq!(&*redact::query(&query, &sensitive()), &query);
        prop_assert_eq!(query.matches('&').count(), text.matches('&').count());
    }
}

#[test]
fn no_text_takes_longer_than_it_is_long() {
    for piece in [
        "[", "a:", "@", "\",;", "for=a;", "://", "%73ig&", "sig=1&", "?#",
    ] {
        let work = |text: &str| {
            let shown = redact::url(&format!("http://{text}?{text}"), &sensitive()).len();
            let host = address::host_and_port(text).is_some();
            (shown, host, address::forwarded(text, "host").is_some())
        };
        assert_linear(|_| piece.to_owned(), work);
    }
}
