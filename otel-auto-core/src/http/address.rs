//! Host, port, scheme and client, from what a peer and its proxies say.

use std::{net::IpAddr, sync::Arc};

/// A host and its port, as in `Host`. An IPv6 address loses its brackets.
#[must_use]
pub fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // Nearly always it is a name and perhaps a port. The test for that has no branches, so that it is a few wide steps.
    let bytes = authority.as_bytes();
    let digits = bytes
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let colon = bytes
        .len()
        .checked_sub(digits + 1)
        .filter(|at| bytes.get(*at) == Some(&b':'));
    let (host, port) = match colon {
        Some(at) => (authority.get(..at)?, authority.get(at + 1..)?),
        None => (authority, ""),
    };
    let is_uncommon = |byte: u8| matches!(byte, b':' | b'@' | b'[' | b']' | b' ' | b'\t');
    if host
        .bytes()
        .fold(false, |uncommon, byte| uncommon | is_uncommon(byte))
    {
        return uncommon_host_and_port(authority);
    }
    let port = if port.is_empty() {
        None
    } else {
        Some(port.parse().ok()?)
    };
    (!host.is_empty()).then_some((host, port))
}

fn uncommon_host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
        .trim();
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            match rest {
                "" => (host, None),
                _ => (host, Some(rest.strip_prefix(':')?)),
            }
        }
        None => match authority.split_once(':') {
            // Two colons without brackets: an address, not a port.
            Some((_, rest)) if rest.contains(':') => (authority, None),
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        Some("") | None => None,
        // Which is a number to the standard library.
        Some(port) if port.starts_with('+') => return None,
        Some(port) => Some(port.parse().ok()?),
    };
    let is_broken = host.is_empty() || host.contains(['[', ']', ' ', '\t']);
    (!is_broken).then_some((host, port))
}

/// The value of a parameter in the first element of a `Forwarded` header (RFC 7239).
pub(super) fn forwarded<'a>(header: &'a str, parameter: &str) -> Option<&'a str> {
    let first = header.split(unquoted(',')).next()?;
    first.split(unquoted(';')).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case(parameter) && !value.is_empty()).then_some(value)
    })
}

/// Finds the separators that are not inside of a quoted string.
fn unquoted(separator: char) -> impl FnMut(char) -> bool {
    let mut quoted = false;
    move |char| {
        quoted ^= char == '"';
        char == separator && !quoted
    }
}

/// The first element of a comma list.
pub(super) fn first(header: &str) -> Option<&str> {
    header
        .split(',')
        .next()
        .map(str::trim)
        .filter(|first| !first.is_empty())
}

/// `http` or `https`: anything else is not a scheme that a metric may be split by.
pub(super) fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"]
        .into_iter()
        .find(|scheme| scheme.eq_ignore_ascii_case(text))
}

/// The path of an absolute URL, without its query; `/` if it has none.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or(rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

/// An address as text. Formatting one the general way costs more than all else that is done for a request's
/// attributes, so the common case is written by hand.
pub(crate) fn text_of(address: IpAddr) -> Arc<str> {
    let IpAddr::V4(address) = address.to_canonical() else {
        return address.to_string().into();
    };
    let mut text = [0_u8; 15];
    let mut length = 0;
    let mut push = |byte: u8| {
        if let Some(slot) = text.get_mut(length) {
            *slot = byte;
            length += 1;
        }
    };
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            push(b'.');
        }
        if octet >= 100 {
            push(b'0' + octet / 100);
        }
        if octet >= 10 {
            push(b'0' + octet / 10 % 10);
        }
        push(b'0' + octet % 10);
    }
    text.get(..length)
        .and_then(|text| std::str::from_utf8(text).ok())
        .unwrap_or_default()
        .into()
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (given, wanted) in [
            ("example.com", Some(("example.com", None))),
            ("example.com:8080", Some(("example.com", Some(8080)))),
            ("example.com:", Some(("example.com", None))),
            ("[::1]:8080", Some(("::1", Some(8080)))),
            ("[::1]", Some(("::1", None))),
            ("::1", Some(("::1", None))),
            ("user:pass@example.com:1", Some(("example.com", Some(1)))),
            ("example.com:99999", None),
            ("example.com:x", None),
            ("example.com:+80", None),
            ("[::1]:+80", None),
            ("[::1]8080", None),
            ("[[::1]", None),
            ("::1]", None),
            ("two words", None),
            (":80", None),
            ("", None),
        ] {
            assert_eq!(host_and_port(given), wanted, "{given}");
        }
    }

    #[test]
    fn forwarded_gives_the_first_hop() {
        let header = r#"for="[2001:db8::1]:4711";Proto=https; host=example.com, for=10.0.0.1"#;
        assert_eq!(forwarded(header, "for"), Some("[2001:db8::1]:4711"));
        assert_eq!(forwarded(header, "proto"), Some("https"));
        assert_eq!(forwarded(header, "host"), Some("example.com"));
        assert_eq!(forwarded(header, "by"), None);
        let quoted = r#"for="_a,b;host=no";host="example.com:80", for=c"#;
        assert_eq!(forwarded(quoted, "for"), Some("_a,b;host=no"));
        assert_eq!(forwarded(quoted, "host"), Some("example.com:80"));
        assert_eq!(first(" 1.2.3.4 , 5.6.7.8"), Some("1.2.3.4"));
        assert_eq!(scheme("HTTPS"), Some("https"));
        assert_eq!(scheme("javascript"), None);
    }

    #[test]
    fn separators_in_quotes_separate_nothing() {
        let header = r#"by="a,b;c"; host="[2001:db8::2]:8443";proto="https", host=inner"#;
        assert_eq!(forwarded(header, "by"), Some("a,b;c"));
        assert_eq!(forwarded(header, "host"), Some("[2001:db8::2]:8443"));
        assert_eq!(forwarded(header, "proto"), Some("https"));
        // An open quote takes the rest with it.
        assert_eq!(forwarded(r#"for="1.2.3.4, for=5.6.7.8"#, "host"), None);
    }

    #[test]
    fn paths_are_between_host_and_query() {
        for (given, wanted) in [
            ("https://example.com/users/7?next=/a#/b", "/users/7"),
            ("https://example.com", "/"),
            ("https://example.com?path=/a", "/"),
            ("https://example.com#/a", "/"),
            ("http://[::1]:80/a", "/a"),
            ("/a/b?c", "/a/b"),
        ] {
            assert_eq!(path(given), wanted, "{given}");
        }
    }

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "10.20.30.40",
            "255.255.255.255",
            "100.9.99.105",
            "::1",
            "2001:db8::1",
        ] {
            assert_eq!(&*text_of(text.parse().expect("an address")), text);
        }
        assert_eq!(
            &*text_of("::ffff:10.0.0.1".parse().expect("an address")),
            "10.0.0.1"
        );
    }
}
