//! What HTTP and gRPC instrumentations record.

use super::{
    super::super::{header_names::HeaderNames, patterns::Patterns},
    Config, Row, Situations, case, row,
    templates::*,
};

fn patterns(patterns: Option<&Patterns>) -> String {
    patterns.map(ToString::to_string).unwrap_or_default()
}

fn names(names: Option<&HeaderNames>) -> String {
    names.map(ToString::to_string).unwrap_or_default()
}

fn or_the_conventions(list: Option<&Vec<String>>) -> Vec<String> {
    list.cloned()
        .unwrap_or_else(|| vec!["the convention's".to_owned()])
}

pub(super) fn lists() -> Vec<Row> {
    let mut rows = vec![
        regexes("OTEL_RUST_EXCLUDED_URLS", |c| {
            patterns(c.http.excluded_urls.as_ref())
        }),
        regexes(
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS",
            |c| patterns(c.http.sanitized_headers.as_ref()),
        ),
        free(
            "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
            "the convention's",
            |c| or_the_conventions(c.http.known_methods.as_ref()),
        ),
        url_templates(),
    ];
    for name in [
        "OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS",
        "OTEL_INSTRUMENTATION_SANITIZATION_URL_EXPERIMENTAL_SENSITIVE_QUERY_PARAMETERS",
    ] {
        rows.push(free(name, "the convention's", |c| {
            or_the_conventions(c.http.sensitive_query_parameters.as_ref())
        }));
    }
    for (variable, name) in [
        ("OTEL_RUST_TOWER_EXCLUDED_URLS", "tower"),
        ("OTEL_RUST_TOWER_CLIENT_EXCLUDED_URLS", "tower_client"),
        ("OTEL_RUST_ACTIX_EXCLUDED_URLS", "actix"),
        ("OTEL_RUST_REQWEST_EXCLUDED_URLS", "reqwest"),
    ] {
        rows.push(regexes(variable, move |c| {
            let mut of = c.http.excluded_urls_of.iter();
            patterns(of.find(|(of, _)| *of == name).map(|(_, found)| found))
        }));
    }
    rows
}

fn url_templates() -> Row {
    const WRONG: &str = ", which is not expression=template; it is ignored";
    row(
        "OTEL_RUST_HTTP_CLIENT_URL_TEMPLATES",
        "",
        |c| {
            let templates = c.settings().http.url_templates;
            let of = |path: &str| {
                let mut templates = templates.iter();
                let found = templates.find(|template| template.path.is_match(path));
                found.map_or("-", |found| found.template)
            };
            if templates.is_empty() {
                String::new()
            } else {
                ["/users/7", "/users/7/friends", "/a=b"].map(of).join(" ")
            }
        },
        Situations {
            spaces: case(" /users/.* = /u , ", "/u /u -", ""),
            wrong_case: case("/USERS/.*=/u", "- - -", ""),
            nonsense: case("banana", "", WRONG),
            zero: case("=/u", "", WRONG),
            negative: case("/users=", "", WRONG),
            at_the_boundary: case("/a=b=/a", "- - /a", ""),
            beyond_it: case(
                "[=/u",
                "",
                "no regular expression: unclosed character class; it",
            ),
            valid: case(
                r"/users/\d+=/users/{id},/users/.*=/users/{id}/{part}",
                "/users/{id} /users/{id}/{part} -",
                "",
            ),
        },
    )
}

pub(super) fn headers() -> Vec<Row> {
    type Show = fn(&Config) -> String;
    let of: [(&str, &str, Show); 4] = [
        ("SERVER", "REQUEST", |c| {
            names(c.http.server_headers.request.as_ref())
        }),
        ("SERVER", "RESPONSE", |c| {
            names(c.http.server_headers.response.as_ref())
        }),
        ("CLIENT", "REQUEST", |c| {
            names(c.http.client_headers.request.as_ref())
        }),
        ("CLIENT", "RESPONSE", |c| {
            names(c.http.client_headers.response.as_ref())
        }),
    ];
    let mut rows = Vec::new();
    for (side, message, show) in of {
        let ours = format!("OTEL_RUST_HTTP_{side}_CAPTURE_{message}_HEADERS");
        let java = format!("OTEL_INSTRUMENTATION_HTTP_{side}_CAPTURE_{message}_HEADERS");
        let python = format!("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_{side}_{message}");
        rows.push(super::templates::headers(&ours, show));
        rows.push(super::templates::headers(&java, show));
        rows.push(regexes(&python, show));
    }
    rows
}

pub(super) fn flags() -> Vec<Row> {
    let sizes = |c: &Config| c.settings().http.body_sizes.to_string();
    let both = |c: &Config| {
        let http = c.settings().http;
        (http.body_sizes && http.client_active_requests).to_string()
    };
    vec![
        switch("OTEL_RUST_HTTP_TRUST_FORWARDED_HEADERS", |c| {
            c.settings().http.trust_forwarded
        }),
        switch("OTEL_RUST_HTTP_SERVER_ACTIVE_REQUESTS_ENABLED", |c| {
            c.settings().http.server_active_requests
        }),
        flag(
            "OTEL_RUST_HTTP_CLIENT_ACTIVE_REQUESTS_ENABLED",
            ["false", "true"],
            |c| c.settings().http.client_active_requests.to_string(),
        ),
        flag("OTEL_RUST_HTTP_BODY_SIZE_ENABLED", ["false", "true"], sizes),
        flag(
            "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
            ["false", "true"],
            sizes,
        ),
        flag(
            "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
            ["false", "true"],
            both,
        ),
    ]
}

pub(super) fn rpc() -> Vec<Row> {
    const WRONG: &str = ", which is neither package.Service nor package.Service/Method; it";
    vec![
        row(
            "OTEL_RUST_GRPC_EXCLUDED_SERVICES",
            "",
            |c| c.rpc.excluded.join(","),
            Situations {
                spaces: case(" a.B , /a.C/D ", "a.B,a.C/D", ""),
                wrong_case: case("A.b", "A.b", ""),
                nonsense: case("b a n", "", WRONG),
                zero: case("0", "0", ""),
                negative: case("-1", "", WRONG),
                at_the_boundary: case("/", "", WRONG),
                beyond_it: case("a.B/C/D", "", WRONG),
                valid: case(
                    "grpc.health.v1.Health,a.B/C",
                    "grpc.health.v1.Health,a.B/C",
                    "",
                ),
            },
        ),
        super::templates::headers("OTEL_RUST_GRPC_CAPTURE_REQUEST_METADATA", |c| {
            c.rpc.request_metadata.join(",")
        }),
        super::templates::headers("OTEL_RUST_GRPC_CAPTURE_RESPONSE_METADATA", |c| {
            c.rpc.response_metadata.join(",")
        }),
    ]
}
