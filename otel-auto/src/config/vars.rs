//! Every environment variable that this crate reads: name, type, default and meaning, each written
//! once. The reader takes its defaults from here, and `docs/environment.md` is generated from here.

// Types and meanings are only read by the test that writes the documentation.
#![cfg_attr(not(test), allow(dead_code))]

use std::borrow::Cow;

mod db;
mod elsewhere;
mod general;
mod http;
mod instrumentations;
mod kinds;
mod otlp;
mod proxy;
mod runtime;
mod rust;
mod signals;
mod subscriber;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    db::*, elsewhere::unread, general::*, http::*, instrumentations::*, kinds::*, otlp::*,
    proxy::*, runtime::*, rust::*, signals::*, subscriber::*,
};

/// One variable. `K` says how its text is read, and holds the default and the range.
#[derive(Debug)]
pub(crate) struct Variable<K> {
    pub(crate) name: &'static str,
    pub(crate) kind: K,
    pub(crate) doc: &'static str,
}

/// A variable whose type does not matter, for listing.
pub(crate) trait Describe: Sync {
    fn name(&self) -> &'static str;
    fn kind(&self) -> &'static str;
    fn default(&self) -> String;
    fn doc(&self) -> String;
    /// A value of it, without secrets.
    fn shown<'v>(&self, value: &'v str) -> Cow<'v, str>;
}

impl<K: Kind> Describe for Variable<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> &'static str {
        K::NAME
    }

    fn default(&self) -> String {
        self.kind.default()
    }

    fn doc(&self) -> String {
        self.doc.trim().replace("  ", " ")
    }

    fn shown<'v>(&self, value: &'v str) -> Cow<'v, str> {
        K::shown(value)
    }
}

/// Variables that belong together, under one heading of the table.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) variables: &'static [&'static dyn Describe],
}

/// All variables. One that is in no section cannot be defined: the macro below defines both.
pub(crate) static VARIABLES: &[&Section] = &[
    &GENERAL,
    &RESOURCE,
    &EXPORTERS,
    &OTLP_ALL_SIGNALS,
    &OTLP_TRACES,
    &OTLP_METRICS,
    &OTLP_LOGS,
    &PROXIES,
    &TRACES,
    &METRICS,
    &PROMETHEUS,
    &LOGS,
    &TRACING,
    &RUNTIME,
    &INSTRUMENTATION,
    &SWITCHES,
    &HTTP,
    &HTTP_ALIASES,
    &GRPC,
    &DB,
];

const PREFACE: &str = "# Environment variables

Read once, by `init()`. White space around a value is ignored, and an empty value is the same as none.
Names of choices and `true` and `false` may be in any case. A value that cannot be used never stops the
program: it is reported once, with what is used instead. A duration is a whole number of milliseconds;
so is a timeout, where `0` is no limit. In headers and resource attributes, `%2C` stands for a comma.

Regular expressions are those of the crate `regex`, with ASCII classes: `\\d`, `[^/]+`, `(?i)`. A comma ends an
expression: write `\\x2C` for the character, and `a{2}a?` instead of `a{2,3}`. One that cannot be used is reported and left
out. In a list of expressions, headers, services, templates or peers, `none` is the empty list.

`TRACEPARENT`, `TRACESTATE` and `BAGGAGE` (or the variables of the other propagators) are not read by `init()`:
`otel_auto::environment_context()` gives the context in them to a program that is run as a part of a trace.
";

/// The text of `docs/environment.md`.
pub(crate) fn table() -> String {
    let mut text = PREFACE.to_owned();
    for section in VARIABLES {
        text.push_str(&format!("\n## {}\n\n", section.title));
        text.push_str("| variable | type | default | meaning |\n|---|---|---|---|\n");
        for variable in section.variables {
            let default = match variable.default() {
                none if none.is_empty() => none,
                some => format!("`{some}`"),
            };
            text.push_str(&format!(
                "| `{}` | {} | {default} | {} |\n",
                variable.name(),
                variable.kind(),
                variable.doc(),
            ));
        }
    }
    text.push_str("\n## Not read\n\n| variable | what holds |\n|---|---|\n");
    for (name, instead) in unread() {
        text.push_str(&format!("| `{name}` | {instead} |\n"));
    }
    text
}

/// Defines the variables of one section, and the section. The doc comment is the table's text.
macro_rules! variables {
    ($section:ident = $title:literal;
     $($(#[doc = $doc:literal])+ $id:ident: $kind:ident = $name:literal, $value:expr;)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) static $id: Variable<$kind> =
                Variable { name: $name, kind: $value, doc: concat!($($doc),+) };
        )+
        pub(crate) static $section: Section =
            Section { title: $title, variables: &[$(&$id),+] };
    };
}
use variables;
