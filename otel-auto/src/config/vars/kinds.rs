//! The types of variables: how each is called, shown when unset, and masked when wrong.

use std::borrow::Cow;

/// How a variable's text is read, and what holds without it.
pub(crate) trait Kind: Sync {
    const NAME: &'static str;

    /// As in the documentation; empty when there is none.
    fn default(&self) -> String;

    /// The value as it may appear in a warning.
    fn shown(value: &str) -> Cow<'_, str> {
        Cow::Borrowed(value)
    }
}

/// On unless `false`, for what is on by default: other text leaves it on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switch;

/// A whole number in a range. Without a default it falls back on another variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Integer {
    pub(crate) default: Option<u32>,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

/// The largest integer that every implementation accepts.
pub(crate) const MAX_INTEGER: u32 = i32::MAX.unsigned_abs();

impl Integer {
    pub(crate) const fn up_to(max: u32, default: u32) -> Self {
        Self {
            default: Some(default),
            min: 1,
            max,
        }
    }

    pub(crate) const fn count(default: Option<u32>) -> Self {
        Self {
            default,
            min: 0,
            max: MAX_INTEGER,
        }
    }
}

/// Milliseconds, at least `min`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Millis {
    pub(crate) default: u32,
    pub(crate) min: u32,
}

/// Milliseconds, where 0 is no limit. Without a default it falls back on another variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeout(pub(crate) Option<u32>);

macro_rules! texts {
    ($($(#[$doc:meta])* $kind:ident $name:literal $($shown:path)?;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $kind(pub(crate) &'static str);

        impl Kind for $kind {
            const NAME: &'static str = $name;

            fn default(&self) -> String {
                self.0.to_owned()
            }

            $(fn shown(value: &str) -> Cow<'_, str> {
                $shown(value)
            })?
        }
    )+};
}

texts! {
    /// Any text. Like those below, it holds the default as text, for the documentation.
    Text "text";
    /// `true` or `false`. By the specification any other text is `false`.
    Flag "flag";
    /// `true` or `false`, for what another variable decides when this one is unset.
    Override "flag";
    /// One of several names.
    Choice "choice";
    /// A number with a fraction, or settings of which one is a URL: the argument of a sampler.
    Argument "fraction or list" hide_credentials;
    /// A comma-separated list.
    List "list";
    /// Regular expressions, comma-separated.
    Regexes "list of expressions";
    /// URL templates, each by an expression.
    Templates "list of `expression=template`";
    /// Levels, each by the crate or module that it is for.
    Levels "list of `target=level`";
    /// Names of services, each by where it is reached.
    Peers "list of `host=name`";
    /// `key=value` pairs, percent-encoded.
    Pairs "list of `key=value`";
    /// The same, but each value may be a secret.
    Headers "list of `key=value`" hide;
    /// A URL, which may hold credentials.
    Url "URL" hide_credentials;
    /// The path of a file.
    File "path";
}

impl Kind for Switch {
    const NAME: &'static str = "flag";

    fn default(&self) -> String {
        "true".to_owned()
    }
}

impl Kind for Integer {
    const NAME: &'static str = "integer";

    fn default(&self) -> String {
        self.default.map_or_else(String::new, |n| n.to_string())
    }
}

impl Kind for Millis {
    const NAME: &'static str = "duration";

    fn default(&self) -> String {
        self.default.to_string()
    }
}

impl Kind for Timeout {
    const NAME: &'static str = "timeout";

    fn default(&self) -> String {
        self.0.map_or_else(String::new, |n| n.to_string())
    }
}

fn hide(_: &str) -> Cow<'_, str> {
    Cow::Borrowed("***")
}

/// Masks the user information, and the query and fragment, where tokens are put. A malformed URL is masked
/// too: whatever stands before the last `@` may be a password.
fn hide_credentials(url: &str) -> Cow<'_, str> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let shown = match (rest.find(['?', '#']), rest.rfind('@')) {
        (None, None) => return Cow::Borrowed(url),
        (Some(query), Some(at)) if query < at => "***".to_owned(),
        (query, at) => {
            let place = rest
                .get(at.map_or(0, |at| at + 1)..query.unwrap_or(rest.len()))
                .unwrap_or_default();
            let user = if at.is_some() { "***@" } else { "" };
            let query = if query.is_some() { "?***" } else { "" };
            format!("{user}{place}{query}")
        }
    };
    Cow::Owned(scheme + &shown)
}
