//! Texts that nobody wrote on purpose: no parser panics, and what comes out is no longer than what went in.

use super::{super::sampler::Sampler, read};

/// xorshift64*: the same texts in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % bound
    }

    /// Pieces of the grammar next to one another in any order, and characters that belong to none.
    fn text(&mut self, pieces: &[&str], most: usize) -> String {
        const STRANGE: [&str; 10] = [
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
        ];
        (0..self.below(most))
            .map(|_| match self.below(8) {
                0 => STRANGE[self.below(STRANGE.len())],
                _ => pieces[self.below(pieces.len())],
            })
            .collect()
    }
}

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
];
const NAMES: &[&str] = &[
    "otlp", "none", "b3", "all", "aws", ",", ",", " ", "host", "xray", "GET",
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
];

fn survives(variable: &str, value: &str, protocol: &str) {
    let (config, warnings) = read(&[
        ("OTEL_RUST_ENTITIES_ENABLED", "true"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        (variable, value),
    ]);
    let held = config
        .resource
        .attributes
        .iter()
        .chain(&config.traces.otlp.headers)
        .map(|(key, one)| key.len() + one.len());
    assert!(held.sum::<usize>() <= value.len(), "{variable}={value:?}");
    for otlp in [&config.traces.otlp, &config.metrics.otlp] {
        let whole: Result<http::Uri, _> = otlp.endpoint.parse();
        let whole = whole.unwrap_or_else(|error| panic!("{variable}={value:?}: {error}"));
        assert!(whole.host().is_some(), "{variable}={value:?}: {whole}");
        let place = whole.authority().unwrap().as_str();
        assert!(!place.contains('@'), "{variable}={value:?}: {whole}");
    }
    if let Sampler::JaegerRemote(remote) = &config.traces.sampler {
        let whole: Result<http::Uri, _> = remote.endpoint.parse();
        assert!(whole.is_ok(), "{variable}={value:?}");
        assert!((0.0..=1.0).contains(&remote.initial_rate), "{value:?}");
    }
    assert!(warnings.len() < 12, "{warnings:?}");
    for warning in warnings {
        assert!(warning.starts_with("OTEL_"), "{warning}");
        assert!(!warning.contains(char::is_control), "{warning:?}");
        assert!(!warning.contains('\u{202e}'), "{warning:?}");
        assert!(warning.len() < 8_000, "{warning}");
    }
}

#[test]
fn no_text_brings_a_parser_down() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (variable, pieces) in CASES {
        for round in 0..1_500 {
            let value = random.text(pieces, 24);
            let protocol = ["http/protobuf", "grpc"][round % 2];
            survives(variable, &value, protocol);
        }
    }
}

#[test]
fn a_very_long_text_is_no_worse() {
    let mut random = Random(0xdead_beef_cafe_f00d);
    for (variable, pieces) in CASES {
        let value = random.text(pieces, 20_000);
        survives(variable, &value, "grpc");
    }
}
