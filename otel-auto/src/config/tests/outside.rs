//! Texts that nobody wrote on purpose: no parser panics, what comes out is no longer than what went in and no secret is
//! told. Texts that somebody may have written: what is right is kept as it is.

use otel_auto_testing::assert_linear;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{super::sampler::Sampler, Config, read};

const STRANGE: &[&str] = &[
    "%",
    "%2",
    "%ff",
    "%00",
    "\0",
    "\u{7f}",
    "\u{1f980}",
    "é",
    "\r\n",
    "\u{202e}",
    "+",
    "-",
    "'",
    "\"",
];
const PAIRS: &[&str] = &[
    "key",
    "a.b",
    "=",
    "=",
    ",",
    " ",
    "value",
    "%2C",
    "%3D",
    "x-api-key",
    "Basic ",
    ";",
    "@",
    ":",
    "a=b,",
];
const URLS: &[&str] = &[
    "http://",
    "https://",
    "ftp://",
    "host",
    "[::1]",
    "[",
    "]",
    ":",
    "4317",
    "+1",
    "0",
    "99999",
    "/",
    "v1/traces",
    "?",
    "#",
    "user:pw@",
    "@",
    " ",
    "..",
    "http://host:4317",
];
const ENTITIES: &[&str] = &[
    "service",
    "{",
    "}",
    "[",
    "]",
    "@",
    "https://h/s",
    ";",
    ",",
    "=",
    "k",
    "v",
    "k=v",
    " ",
    "%7B",
    "service{k=v}",
];
const ARGUMENTS: &[&str] = &[
    "endpoint",
    "pollingIntervalMs",
    "initialSamplingRate",
    "=",
    ",",
    "http://h:1",
    "5000",
    "0.5",
    "-1",
    "1e400",
    "NaN",
    " ",
    "endpoint=http://h:1,",
];
const NAMES: &[&str] = &[
    "otlp", "none", "b3", "all", "aws", ",", ",", " ", "host", "xray", "GET",
];
const PROXIES: &[&str] = &[
    "*",
    ".",
    "host",
    "example.com",
    "10.0.0.0/8",
    "::1",
    "[",
    "]",
    "/33",
    ":80",
    ":",
    ",",
    " ",
    "http://",
    "me:pw@",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "9",
    "2147483647",
    "2147483648",
    " ",
    ".",
    "e3",
    "ms",
    "inf",
];

const CASES: &[(&str, &[&str])] = &[
    ("OTEL_EXPORTER_OTLP_HEADERS", PAIRS),
    ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", PAIRS),
    ("OTEL_RESOURCE_ATTRIBUTES", PAIRS),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", URLS),
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", URLS),
    ("OTEL_ENTITIES", ENTITIES),
    ("OTEL_TRACES_SAMPLER_ARG", ARGUMENTS),
    ("OTEL_PROPAGATORS", NAMES),
    ("OTEL_TRACES_EXPORTER", NAMES),
    ("OTEL_RUST_RESOURCE_DETECTORS", NAMES),
    ("OTEL_RUST_RESOURCE_DISABLED_KEYS", NAMES),
    ("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", NAMES),
    ("HTTP_PROXY", URLS),
    ("NO_PROXY", PROXIES),
    ("OTEL_BSP_SCHEDULE_DELAY", NUMBERS),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", NUMBERS),
    ("OTEL_BSP_MAX_QUEUE_SIZE", NUMBERS),
];

/// Pieces of the grammar next to one another in any order, and characters that belong to none.
fn text(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        14 => select(pieces).prop_map(str::to_owned),
        2 => select(STRANGE).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_case() -> impl Strategy<Value = (&'static str, String)> {
    select(CASES).prop_flat_map(|(variable, pieces)| (Just(variable), text(pieces)))
}

/// Many more cases than is usual, as there are many variables.
fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig {
        cases: config.cases.saturating_mul(8),
        ..config
    }
}

fn survives(variable: &str, value: &str, protocol: &str) {
    let (config, warnings) = read(&[
        ("OTEL_RUST_ENTITIES_ENABLED", "true"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        (variable, value),
    ]);
    let pairs = config
        .resource
        .attributes
        .iter()
        .chain(&config.traces.otlp.headers);
    let held: usize = pairs.map(|(key, one)| key.len() + one.len()).sum();
    assert!(held <= value.len());
    for otlp in [&config.traces.otlp, &config.metrics.otlp] {
        is_place(&otlp.endpoint);
        if let Some(proxy) = &otlp.proxy {
            is_place(&proxy.uri.to_string());
        }
    }
    if let Sampler::JaegerRemote(remote) = &config.traces.sampler {
        is_place(&remote.endpoint);
        assert!((0.0..=1.0).contains(&remote.initial_rate));
    }
    assert!(config.propagators.len() <= 7);
    assert!(warnings.len() < 12, "{warnings:?}");
    for warning in warnings {
        assert!(
            warning.starts_with("OTEL_") || warning.starts_with(variable),
            "{warning}"
        );
        assert!(!warning.contains(char::is_control), "{warning:?}");
        assert!(!warning.contains('\u{202e}'), "{warning:?}");
        assert!(warning.len() < 8_000, "{warning}");
    }
}

/// A URL that can be dialled: a host, a port that is a number, and nobody's password.
fn is_place(url: &str) {
    let whole: http::Uri = url
        .parse()
        .unwrap_or_else(|error| panic!("{url:?}: {error}"));
    let place = whole.authority().unwrap().as_str();
    let host = whole.host().unwrap();
    assert!(!host.is_empty() && !place.contains('@'), "{url:?}");
    let port = place.strip_prefix(host).unwrap();
    let port = port.strip_prefix(':').unwrap_or("1");
    assert!(port.bytes().all(|byte| byte.is_ascii_digit()), "{url:?}");
    assert!(
        (1..=65_535).contains(&port.parse::<u32>().unwrap()),
        "{url:?}"
    );
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Keys that differ, each with any value.
fn pairs(key: &'static str) -> impl Strategy<Value = Vec<(String, String)>> {
    vec((key, "\\PC{0,12}"), 0..6).prop_map(|mut pairs| {
        pairs.sort();
        pairs.dedup_by(|one, other| one.0 == other.0);
        pairs
    })
}

fn list(pairs: &[(String, String)], separator: &str) -> String {
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("{key}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join(separator)
}

/// What is read of one variable, if it is read without a warning.
fn read_well(variable: &str, value: &str) -> Option<Config> {
    let (config, warnings) = read(&[(variable, value)]);
    warnings.is_empty().then_some(config)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_text_brings_a_parser_down((variable, value) in any_case(), grpc in any::<bool>()) {
        survives(variable, &value, if grpc { "grpc" } else { "http/protobuf" });
    }
}

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_or_changes_nothing(value in text(NUMBERS)) {
        let (default, _) = read(&[]);
        let (config, warnings) = read(&[("OTEL_BSP_SCHEDULE_DELAY", &value)]);
        let (delay, before) = (config.traces.batch.schedule_delay, default.traces.batch.schedule_delay);
        match value.trim() {
            "" => prop_assert!(warnings.is_empty() && delay == before),
            _ if !warnings.is_empty() => prop_assert_eq!(&config, &default),
            text => prop_assert_eq!(delay.as_millis(), text.parse::<u128>().unwrap()),
        }
    }

    #[test]
    fn an_endpoint_without_a_warning_is_used_as_it_was_written(value in text(URLS)) {
        if let Some(config) = read_well("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &value) {
            let value = value.trim();
            let used = &config.traces.otlp.endpoint;
            prop_assert!(value.is_empty() || used.trim_end_matches('/') == value.trim_end_matches('/'), "{used:?}");
        }
    }

    #[test]
    fn every_good_endpoint_is_used(
        host in "[a-z][a-z0-9-]{0,8}(\\.[a-z]{2,4})?|\\[::[0-9a-f]{1,4}\\]|127\\.0\\.0\\.[1-9]",
        port in 1..=65_535_u16,
        path in "(/[a-z0-9]{1,5}){0,3}",
    ) {
        prop_assume!(![4317, 4318].contains(&port));
        let url = format!("http://{host}:{port}{path}/x");
        let config = read_well("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url);
        prop_assert_eq!(config.unwrap().traces.otlp.endpoint, &*url);
        let config = read_well("OTEL_EXPORTER_OTLP_ENDPOINT", &url).unwrap();
        prop_assert_eq!(config.logs.otlp.endpoint, format!("{url}/v1/logs"));
    }

    #[test]
    fn no_password_is_told(
        before in "[a-z0-9%é@ ]{0,5}",
        after in "[/?#:@%a-z\\[\\] ]{0,5}",
        rest in text(URLS),
        variable in select(vec!["OTEL_EXPORTER_OTLP_ENDPOINT", "HTTP_PROXY", "OTEL_TRACES_SAMPLER_ARG"]),
    ) {
        let url = format!("http://{before}:S3CRET{after}@{rest}");
        let value = if variable.ends_with("ARG") { format!("endpoint={url}") } else { url };
        let (config, warnings) = read(&[
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_TRACES_EXPORTER", "console"),
            (variable, &value),
        ]);
        prop_assert!(!format!("{warnings:?}").contains("S3CRET"), "{warnings:?}");
        prop_assert!(!format!("{config:?}").contains("S3CRET"), "{config:?}");
    }

    #[test]
    fn headers_come_out_as_they_were_meant(pairs in pairs("[a-z][a-z0-9-]{0,8}")) {
        let printable = |text: &str| text.bytes().all(|byte| byte >= b' ' && byte != 0x7f);
        prop_assume!(pairs.iter().all(|(_, value)| printable(value)));
        let config = read_well("OTEL_EXPORTER_OTLP_HEADERS", &list(&pairs, " , "));
        prop_assert_eq!(config.unwrap().traces.otlp.headers, pairs);
    }

    #[test]
    fn resource_attributes_come_out_as_they_were_meant(pairs in pairs("[a-z][a-z0-9.]{0,8}x")) {
        let config = read_well("OTEL_RESOURCE_ATTRIBUTES", &list(&pairs, ","));
        prop_assert_eq!(config.unwrap().resource.attributes, pairs);
    }

    #[test]
    fn entities_come_out_as_attributes(pairs in pairs("[a-z][a-z0-9.]{0,8}x")) {
        prop_assume!(!pairs.is_empty());
        let (id, description) = pairs.split_at(1);
        let value = format!("a{{{}}}[{}]@https://h/s", list(id, ","), list(description, ","));
        let (config, warnings) = read(&[("OTEL_RUST_ENTITIES_ENABLED", "true"), ("OTEL_ENTITIES", &value)]);
        prop_assert_eq!(warnings, [""; 0]);
        let mut attributes = config.resource.attributes;
        attributes.sort();
        prop_assert_eq!(attributes, pairs);
    }

    #[test]
    fn what_no_proxy_names_is_reached_directly(
        host in "[a-z]{1,5}\\.[a-z]{1,5}\\.example",
        others in text(PROXIES),
        above in any::<bool>(),
    ) {
        prop_assume!(!others.contains(char::REPLACEMENT_CHARACTER));
        let domain = if above { host.split_once('.').unwrap().1 } else { &host };
        let endpoint = format!("http://{host}:80/");
        let list = format!("{others},{domain}");
        let (config, _) = read(&[
            ("HTTP_PROXY", "http://proxy:3128"),
            ("NO_PROXY", &list),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint),
        ]);
        prop_assert_eq!(config.traces.otlp.proxy, None);
    }
}

/// In the worst case all parts of a list differ.
#[test]
fn no_text_takes_longer_than_it_is_long() {
    for (variable, pieces) in CASES {
        let piece = |number| match *pieces {
            PAIRS => format!("k{number}=v,"),
            ENTITIES => format!("service{{k{number}=v}};"),
            URLS => format!("k{number}/"),
            _ => format!("k{number},"),
        };
        assert_linear(piece, |value| survives(variable, value, "grpc"));
    }
}
