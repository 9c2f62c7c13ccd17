//! URLs without their secrets.

use std::borrow::Cow;

const REDACTED: &str = "REDACTED";

/// The query with the values of sensitive parameters replaced.
pub(super) fn query<'a>(query: &'a str, sensitive: &[String]) -> Cow<'a, str> {
    if !query
        .split('&')
        .any(|pair| sensitive_key(pair, sensitive).is_some())
    {
        return Cow::Borrowed(query);
    }
    let mut out = String::with_capacity(query.len());
    for (at, pair) in query.split('&').enumerate() {
        if at > 0 {
            out.push('&');
        }
        match sensitive_key(pair, sensitive) {
            Some(key) => {
                out.push_str(key);
                out.push('=');
                out.push_str(REDACTED);
            }
            None => out.push_str(pair),
        }
    }
    Cow::Owned(out)
}

fn sensitive_key<'a>(pair: &'a str, sensitive: &[String]) -> Option<&'a str> {
    let (key, _) = pair.split_once('=')?;
    // A key may hide behind percent-encoding.
    let decoded = if key.contains('%') {
        decoded(key)
    } else {
        Cow::Borrowed(key)
    };
    sensitive
        .iter()
        .any(|name| name.as_str() == decoded)
        .then_some(key)
}

/// The URL with the values of sensitive parameters and any user name and password replaced.
pub(super) fn url<'a>(url: &'a str, sensitive: &[String]) -> Cow<'a, str> {
    let mut url = credentials(url);
    let Some(at) = url.find('?') else { return url };
    let end = url
        .get(at..)
        .and_then(|rest| rest.find('#'))
        .map_or(url.len(), |fragment| at + fragment);
    let clean = match url.get(at + 1..end) {
        Some(text) => match query(text, sensitive) {
            Cow::Borrowed(_) => return url,
            Cow::Owned(clean) => clean,
        },
        None => return url,
    };
    url.to_mut().replace_range(at + 1..end, &clean);
    url
}

/// `https://user:password@host/` as `https://REDACTED:REDACTED@host/`.
fn credentials(url: &str) -> Cow<'_, str> {
    let Some(start) = url.find("://").map(|at| at + 3) else {
        return Cow::Borrowed(url);
    };
    let authority = url.get(start..).unwrap_or("");
    let authority = authority.split(['/', '?', '#']).next().unwrap_or("");
    let Some(at) = authority.rfind('@') else {
        return Cow::Borrowed(url);
    };
    let replacement = if authority.get(..at).is_some_and(|info| info.contains(':')) {
        "REDACTED:REDACTED"
    } else {
        REDACTED
    };
    let mut out = url.to_owned();
    out.replace_range(start..start + at, replacement);
    Cow::Owned(out)
}

fn decoded(key: &str) -> Cow<'_, str> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| tail.split_at_checked(2))
            .flatten()
            .and_then(|(digits, tail)| {
                let digits = std::str::from_utf8(digits).ok()?;
                Some((u8::from_str_radix(digits, 16).ok()?, tail))
            });
        let (byte, tail) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(key), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensitive() -> Vec<String> {
        crate::Settings::default().http.sensitive_query_parameters
    }

    #[test]
    fn values_of_sensitive_parameters_are_replaced() {
        for (given, wanted) in [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("a=1&sig=secret&b=2", "a=1&sig=REDACTED&b=2"),
            ("sig=", "sig=REDACTED"),
            ("sig", "sig"),
            ("SIG=kept", "SIG=kept"),
            ("%73ig=secret", "%73ig=REDACTED"),
            ("%zzig=kept&%", "%zzig=kept&%"),
            (
                "X-Amz-Signature=a&X-Goog-Signature=b",
                "X-Amz-Signature=REDACTED&X-Goog-Signature=REDACTED",
            ),
        ] {
            assert_eq!(query(given, &sensitive()), wanted);
        }
        assert_eq!(query("sig=shown", &[]), "sig=shown");
    }

    #[test]
    fn urls_keep_no_credentials() {
        for (given, wanted) in [
            ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
            (
                "https://user:pass@example.com/a",
                "https://REDACTED:REDACTED@example.com/a",
            ),
            ("https://user@example.com/", "https://REDACTED@example.com/"),
            (
                "https://user:p@ss@example.com/",
                "https://REDACTED:REDACTED@example.com/",
            ),
            ("https://example.com/a@b?c=@", "https://example.com/a@b?c=@"),
            (
                "https://example.com/?sig=secret#frag",
                "https://example.com/?sig=REDACTED#frag",
            ),
            (
                "https://u:p@example.com?sig=secret",
                "https://REDACTED:REDACTED@example.com?sig=REDACTED",
            ),
            ("/relative?sig=s", "/relative?sig=REDACTED"),
        ] {
            assert_eq!(url(given, &sensitive()), wanted);
        }
    }
}
