//! Proxies, and the port where metrics are fetched.

use super::{Config, Row, Situations, case, row, templates::*};

const PLAIN: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/")];
const SECURE: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector/")];

fn proxy(config: &Config) -> String {
    let proxy = config.traces.otlp.proxy.as_ref();
    proxy.map_or_else(String::new, super::super::super::proxy::Proxy::shown)
}

fn proxy_row(name: &str, others: &[(&'static str, &'static str)]) -> Row {
    const MALFORMED: &str = "is not the URL of a proxy; it is ignored";
    let cases = Situations {
        spaces: case(" proxy:3128 ", "http://proxy:3128", ""),
        wrong_case: case("HTTP://proxy:3128", "http://proxy:3128", ""),
        nonsense: case("b a n", "", MALFORMED),
        zero: case("proxy:0", "", MALFORMED),
        negative: case("proxy:-1", "", MALFORMED),
        at_the_boundary: case("proxy:65535", "http://proxy:65535", ""),
        beyond_it: case("proxy:65536", "", MALFORMED),
        valid: case("http://me:secret@proxy", "http://***@proxy:1080", ""),
    };
    row(name, "", proxy, cases).with(others)
}

/// Rules for a receiver called `collector`, which is else reached by way of a proxy.
fn direct_row(name: &str) -> Row {
    const PROXY: &str = "http://proxy:1080";
    let cases = Situations {
        spaces: case(" a , collector ", "", ""),
        wrong_case: case("COLLECTOR", "", ""),
        nonsense: case("b a n", PROXY, ""),
        zero: case("0", PROXY, ""),
        negative: case("-1", PROXY, ""),
        at_the_boundary: case("collector:80", "", ""),
        beyond_it: case("collector:81", PROXY, ""),
        valid: case("*", "", ""),
    };
    let others = [PLAIN[0], ("HTTP_PROXY", "proxy")];
    row(name, PROXY, proxy, cases).with(&others)
}

/// Whatever it says, its being there makes `HTTP_PROXY` a header of the request.
fn cgi_row() -> Row {
    let there = |value: &str| case(value, "", "");
    let cases = Situations {
        spaces: there(" GET "),
        wrong_case: there("get"),
        nonsense: there("banana"),
        zero: there("0"),
        negative: there("-1"),
        at_the_boundary: there("/"),
        beyond_it: there("é"),
        valid: there("GET"),
    };
    let others = [PLAIN[0], ("HTTP_PROXY", "proxy")];
    row("REQUEST_METHOD", "http://proxy:1080", proxy, cases).with(&others)
}

pub(super) fn network() -> Vec<Row> {
    vec![
        proxy_row("HTTP_PROXY", PLAIN),
        proxy_row("http_proxy", PLAIN),
        proxy_row("HTTPS_PROXY", SECURE),
        proxy_row("https_proxy", SECURE),
        direct_row("NO_PROXY"),
        direct_row("no_proxy"),
        cgi_row(),
        text("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost", |c| {
            c.metrics.prometheus.host.clone()
        }),
        number(
            "OTEL_EXPORTER_PROMETHEUS_PORT",
            "9464",
            (1, 65535),
            "is not a whole number from 1 to 65535; using 9464",
            |c| c.metrics.prometheus.port.to_string(),
        ),
    ]
}
