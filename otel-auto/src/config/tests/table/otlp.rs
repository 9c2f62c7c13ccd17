//! The OTLP exporter's variables, for all signals and for each.

use super::{
    super::{super::otlp::Otlp, limit},
    Config, Row, Situations, case, row,
    templates::*,
};

/// The settings of the signal whose variables have this prefix; of all of them for none, which are then the same.
fn of<'a>(prefix: &str, config: &'a Config) -> &'a Otlp {
    match prefix {
        "METRICS_" => &config.metrics.otlp,
        "LOGS_" => &config.logs.otlp,
        _ => &config.traces.otlp,
    }
}

pub(super) fn otlp(prefix: &'static str) -> Vec<Row> {
    const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    const HEADER: &str = "has no name=value that HTTP can send at position ";
    const SCHEME: &str = "has no scheme, `http://` or `https://`";
    let name = |part: &str| format!("OTEL_EXPORTER_OTLP_{prefix}{part}");
    let path = match prefix {
        "" => "/v1/traces",
        _ => "/",
    };
    let signal = match prefix {
        "METRICS_" => "metrics",
        "LOGS_" => "logs",
        _ => "traces",
    };
    let default = &*format!("http://localhost:4318/v1/{signal}");
    let at = |place: &str| format!("{place}{path}");
    let file = |path: &Option<std::path::PathBuf>| {
        let path = path.as_ref();
        path.map_or_else(String::new, |path| path.display().to_string())
    };
    vec![
        row(
            &name("ENDPOINT"),
            default,
            move |c| of(prefix, c).endpoint.clone(),
            Situations {
                spaces: case(" http://c:1 ", &at("http://c:1"), ""),
                wrong_case: case("HTTP://c:1", &at("http://c:1"), ""),
                nonsense: case("banana", default, SCHEME),
                zero: case("http://c:0", default, "has a port that is not a number"),
                negative: case("-1", default, SCHEME),
                at_the_boundary: case("http://c:65535", &at("http://c:65535"), ""),
                beyond_it: case("http://c:65536", default, "using "),
                valid: case("https://c", &at("https://c"), ""),
            },
        ),
        choice(
            &name("PROTOCOL"),
            "HttpProtobuf",
            ["grpc", "Grpc"],
            ["http/protobuf", "HttpProtobuf"],
            move |c| format!("{:?}", of(prefix, c).protocol),
        ),
        row(
            &name("HEADERS"),
            "[]",
            move |c| format!("{:?}", of(prefix, c).headers),
            Situations {
                spaces: case(" a = b ,", "[(\"a\", \"b\")]", ""),
                wrong_case: case("A=b,a=C", "[(\"a\", \"C\")]", ""),
                nonsense: case("banana", "[]", HEADER),
                zero: case("0", "[]", HEADER),
                negative: case("=-1", "[]", HEADER),
                at_the_boundary: case("a=", "[(\"a\", \"\")]", ""),
                beyond_it: case("a=%0A,b=c", "[(\"b\", \"c\")]", HEADER),
                valid: case("a=b%20c", "[(\"a\", \"b c\")]", ""),
            },
        ),
        choice(
            &name("COMPRESSION"),
            "None",
            ["gzip", "Gzip"],
            ["none", "None"],
            move |c| format!("{:?}", of(prefix, c).compression),
        ),
        timeout(&name("TIMEOUT"), "10000", move |c| {
            limit(of(prefix, c).timeout)
        }),
        text(&name("CERTIFICATE"), "", move |c| {
            file(&of(prefix, c).certificate)
        }),
        text(&name("CLIENT_KEY"), "", move |c| {
            file(&of(prefix, c).client_key)
        }),
        text(&name("CLIENT_CERTIFICATE"), "", move |c| {
            file(&of(prefix, c).client_certificate)
        }),
        flag(
            &name("INSECURE"),
            ["https://c:4317", "http://c:4317"],
            move |c| of(prefix, c).endpoint.clone(),
        )
        .with(&[GRPC, ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317")]),
    ]
}
