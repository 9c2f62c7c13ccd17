//! Host, port, scheme and client, from what a peer and its proxies say.

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

#[cfg(test)]
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
}
