//! The OTLP exporter's variables: a signal's own before the general one, and the endpoint's rules.

use super::{
    super::otlp::{Compression, Otlp, Protocol},
    Config, check, check_with, limit, read,
};

fn all(config: &Config, show: impl Fn(&Otlp) -> String) -> String {
    [&config.traces.otlp, &config.metrics.otlp, &config.logs.otlp]
        .map(show)
        .join(" ")
}

fn endpoints(config: &Config) -> String {
    all(config, |otlp| otlp.endpoint.clone())
}

fn traces(config: &Config) -> String {
    config.traces.otlp.endpoint.clone()
}

const GRPC: [(&str, &str); 1] = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
const DEFAULT: &str = "http://localhost:4318/v1/traces http://localhost:4318/v1/metrics http://localhost:4318/v1/logs";
const NO_SCHEME: &str = "has no scheme, `http://` or `https://`; using http://localhost:4318";

#[test]
fn a_general_http_endpoint_is_a_base() {
    check(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        endpoints,
        &[
            ("", DEFAULT, ""),
            (
                " http://c:1 ",
                "http://c:1/v1/traces http://c:1/v1/metrics http://c:1/v1/logs",
                "",
            ),
            (
                "HTTPS://c/",
                "https://c/v1/traces https://c/v1/metrics https://c/v1/logs",
                "",
            ),
            (
                "http://[::1]:9",
                "http://[::1]:9/v1/traces http://[::1]:9/v1/metrics http://[::1]:9/v1/logs",
                "",
            ),
            ("c:4318", DEFAULT, NO_SCHEME),
            ("localhost", DEFAULT, NO_SCHEME),
            ("0", DEFAULT, NO_SCHEME),
            (
                "ftp://c",
                DEFAULT,
                "has a scheme other than `http://` and `https://`; using http://localhost:4318",
            ),
            (
                "http://",
                DEFAULT,
                "is not a URL; using http://localhost:4318",
            ),
            (
                "http://:4318",
                DEFAULT,
                "is not a URL; using http://localhost:4318",
            ),
            (
                "http://a b",
                DEFAULT,
                "is not a URL; using http://localhost:4318",
            ),
        ],
    );
    const PORT: &str =
        "has a port that is not a number from 1 to 65535; using http://localhost:4318";
    check(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        traces,
        &[
            (
                "https://o2.example/api/default",
                "https://o2.example/api/default/v1/traces",
                "",
            ),
            (
                "https://o2.example/api/default/",
                "https://o2.example/api/default/v1/traces",
                "",
            ),
            ("http://c:65535", "http://c:65535/v1/traces", ""),
            ("http://c:65536", "http://localhost:4318/v1/traces", PORT),
            ("http://c:0", "http://localhost:4318/v1/traces", PORT),
            ("http://c:-1", "http://localhost:4318/v1/traces", PORT),
            ("http://c:+1", "http://localhost:4318/v1/traces", PORT),
        ],
    );
}

#[test]
fn a_signals_own_endpoint_is_used_as_it_is() {
    check_with(
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:1")],
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        traces,
        &[
            ("", "http://general:1/v1/traces", ""),
            ("http://own:2", "http://own:2/", ""),
            ("http://own:2/", "http://own:2/", ""),
            ("http://own:2/v1/traces", "http://own:2/v1/traces", ""),
            ("http://own:2/x/", "http://own:2/x/", ""),
            (
                "own:2",
                "http://general:1/v1/traces",
                "has no scheme, `http://` or `https://`; using the general endpoint",
            ),
        ],
    );
    let (config, _) = read(&[
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m/x"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://l/y"),
    ]);
    assert_eq!(
        endpoints(&config),
        "http://localhost:4318/v1/traces http://m/x http://l/y"
    );
}

#[test]
fn what_otlp_does_not_send_is_left_out_and_never_printed() {
    const LEFT_OUT: &str = "has user information, a query or a fragment, which OTLP does not send \
                            (credentials go in OTEL_EXPORTER_OTLP_HEADERS); using http://c:1/a";
    for (value, shown) in [
        ("http://c:1/a?token=secret", "http://c:1/a?***"),
        ("http://c:1/a#secret", "http://c:1/a?***"),
        ("http://user:secret@c:1/a", "http://***@c:1/a"),
        ("http://user:secret@c:1/a?token=secret@x", "http://***"),
        (
            "http://user:secret@c:1/a?token=secret",
            "http://***@c:1/a?***",
        ),
    ] {
        let (config, warnings) = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", value)]);
        assert_eq!(traces(&config), "http://c:1/a/v1/traces");
        assert_eq!(
            warnings,
            [format!("OTEL_EXPORTER_OTLP_ENDPOINT={shown:?} {LEFT_OUT}")]
        );
    }
    for malformed in [
        "http://user:sec/ret@c:1",
        "user:secret@c:1",
        "http://user:secret@",
        "http://c d?secret",
        "http://u:p?ret@c",
    ] {
        let (_, warnings) = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", malformed)]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(!warnings[0].contains("ret"), "{warnings:?}");
    }
}

#[test]
fn a_grpc_endpoint_has_no_signals_path_and_may_have_no_scheme() {
    check_with(
        &GRPC,
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        traces,
        &[
            ("", "http://localhost:4317", ""),
            ("http://c:4317/", "http://c:4317", ""),
            ("https://c:4317/prefix/", "https://c:4317/prefix", ""),
            ("c:4317", "https://c:4317", ""),
            ("c", "https://c", ""),
        ],
    );
    let insecure = [GRPC[0], ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")];
    check_with(
        &insecure,
        "OTEL_EXPORTER_OTLP_INSECURE",
        traces,
        &[
            ("True", "http://c:4317", ""),
            ("false", "https://c:4317", ""),
            ("", "https://c:4317", ""),
            (
                "1",
                "https://c:4317",
                "is neither `true` nor `false`; using false",
            ),
        ],
    );
    let general = [
        insecure[0],
        insecure[1],
        ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
    ];
    let cases = [("", "http://c:4317", ""), ("false", "https://c:4317", "")];
    check_with(
        &general,
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        traces,
        &cases,
    );
}

#[test]
fn a_port_of_the_other_protocol_is_used_with_a_warning() {
    let grpc_port = "has the port of gRPC, and the protocol is http/protobuf: \
                     set the port to 4318, or OTEL_EXPORTER_OTLP_PROTOCOL=grpc; using it even so";
    let http_port = "has the port of HTTP, and the protocol is grpc: \
                     set the port to 4317, or OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf; using it even so";
    let general = "OTEL_EXPORTER_OTLP_ENDPOINT";
    check(
        general,
        traces,
        &[("http://c:4317", "http://c:4317/v1/traces", grpc_port)],
    );
    check_with(
        &GRPC,
        general,
        traces,
        &[("http://c:4318", "http://c:4318", http_port)],
    );
    let own = [(
        "http://c:4317/v1/traces",
        "http://c:4317/v1/traces",
        grpc_port,
    )];
    check("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces, &own);
}

#[test]
fn a_signals_path_in_the_general_endpoint_is_doubled_with_a_warning() {
    check(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        traces,
        &[(
            "http://c:4318/v1/traces",
            "http://c:4318/v1/traces/v1/traces",
            "is a base to which the signal's path is appended: leave out `/v1/traces`; using it even so",
        )],
    );
}

#[test]
fn the_protocol_is_the_signals_own_or_the_general_one() {
    let show = |c: &Config| {
        all(c, |otlp| match otlp.protocol {
            Protocol::Grpc => "grpc".to_owned(),
            Protocol::HttpProtobuf => "http".to_owned(),
            Protocol::HttpJson => "json".to_owned(),
        })
    };
    check(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        show,
        &[
            ("", "http http http", ""),
            (" GRPC ", "grpc grpc grpc", ""),
            ("http/Protobuf", "http http http", ""),
            ("HTTP/json", "json json json", ""),
            (
                "http",
                "http http http",
                "is none of http/protobuf, http/json, grpc; using http/protobuf",
            ),
        ],
    );
    check_with(
        &GRPC,
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        show,
        &[
            ("", "grpc grpc grpc", ""),
            ("http/protobuf", "grpc http grpc", ""),
            ("http/json", "grpc json grpc", ""),
            (
                "0",
                "grpc grpc grpc",
                "is none of http/protobuf, http/json, grpc; using grpc",
            ),
        ],
    );
}

#[test]
fn headers_are_percent_decoded_and_lower_case_and_an_empty_own_list_does_not_shadow_the_general_one()
 {
    let show = |c: &Config| {
        let headers = c.traces.otlp.headers.iter();
        headers
            .map(|(name, value)| format!("{name}:{value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let general = [("OTEL_EXPORTER_OTLP_HEADERS", "general=1")];
    check_with(
        &general,
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        show,
        &[
            ("", "general:1", ""),
            (
                " Authorization = Basic%20cm9v== , X-A=1,",
                "authorization:Basic cm9v== x-a:1",
                "",
            ),
            ("a=1,A=2", "a:2", ""),
            ("a=50%", "a:50%", ""),
            ("a=b;c=d", "a:b;c=d", ""),
        ],
    );
}

#[test]
fn a_header_that_cannot_be_sent_is_left_out_and_no_value_is_printed() {
    let (config, warnings) = read(&[(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "a=secret1,secret2,b c=secret3,d=secret4%0D%0Ae: f,=secret5",
    )]);
    assert!(!format!("{config:?}").contains("secret"));
    assert_eq!(
        config.logs.otlp.headers,
        [("a".to_owned(), "secret1".to_owned())]
    );
    assert_eq!(
        warnings,
        [
            "OTEL_EXPORTER_OTLP_HEADERS=\"***\" has no name=value that HTTP can send at position 2, 3, 4, 5; \
          leaving that out"
        ]
    );
}

#[test]
fn a_wrong_compression_or_timeout_of_a_signal_leaves_the_general_one() {
    let show = |c: &Config| {
        all(c, |otlp| {
            if otlp.compression == Compression::Gzip {
                "gzip"
            } else {
                "none"
            }
            .to_owned()
        })
    };
    let cases = [
        ("", "none none none", ""),
        (" GZip", "gzip gzip gzip", ""),
        (
            "zstd",
            "none none none",
            "is none of none, gzip; using none",
        ),
    ];
    check("OTEL_EXPORTER_OTLP_COMPRESSION", show, &cases);
    let general = [("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
    let cases = [
        ("none", "gzip gzip none", ""),
        ("br", "gzip gzip gzip", "is none of none, gzip; using gzip"),
    ];
    check_with(
        &general,
        "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
        show,
        &cases,
    );

    let show = |c: &Config| all(c, |otlp| limit(otlp.timeout));
    const WRONG: &str = "is not a whole number of milliseconds from 0 to 2147483647; using ";
    let cases = [
        ("", "10000 10000 10000", ""),
        ("0", "no limit no limit no limit", ""),
        ("1", "1 1 1", ""),
        ("-1", "10000 10000 10000", &*format!("{WRONG}10000")),
        ("1s", "10000 10000 10000", &*format!("{WRONG}10000")),
    ];
    check("OTEL_EXPORTER_OTLP_TIMEOUT", show, &cases);
    let general = [("OTEL_EXPORTER_OTLP_TIMEOUT", "0")];
    let unlimited = "no limit no limit no limit";
    let cases = [
        ("7", "no limit 7 no limit", ""),
        ("x", unlimited, &*format!("{WRONG}no limit")),
    ];
    check_with(&general, "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", show, &cases);
}

#[test]
fn certificates_are_the_signals_own_or_the_general_ones() {
    let (config, warnings) = read(&[
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", " /tls/ca.pem "),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/tls/key.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/tls/client.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/own/ca.pem"),
        ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "/own/key.pem"),
        (
            "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE",
            "/own/client.pem",
        ),
        ("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", ""),
    ]);
    assert!(warnings.is_empty(), "{warnings:?}");
    let show = |otlp: &Otlp| {
        let paths = [
            &otlp.certificate,
            &otlp.client_key,
            &otlp.client_certificate,
        ];
        paths
            .map(|path| path.as_ref().unwrap().display().to_string())
            .join(" ")
    };
    assert_eq!(
        show(&config.traces.otlp),
        "/own/ca.pem /tls/key.pem /tls/client.pem"
    );
    assert_eq!(
        show(&config.metrics.otlp),
        "/tls/ca.pem /own/key.pem /tls/client.pem"
    );
    assert_eq!(
        show(&config.logs.otlp),
        "/tls/ca.pem /tls/key.pem /own/client.pem"
    );
}
