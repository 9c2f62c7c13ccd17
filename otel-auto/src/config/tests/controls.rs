//! What instrumentations obey: which variable wins, and what then matches.

use otel_auto_core::Matcher;

use super::{super::vars::VARIABLES, read};

type Variables = &'static [(&'static str, &'static str)];

fn any(matchers: &[Matcher], text: &str) -> bool {
    matchers.iter().any(|matcher| matcher.is_match(text))
}

#[test]
fn of_the_variables_about_an_instrumentation_the_most_specific_decides() {
    const DEFAULT: &str = "OTEL_RUST_INSTRUMENTATION_DEFAULT_ENABLED";
    const ENABLED: &str = "OTEL_RUST_ENABLED_INSTRUMENTATIONS";
    const DISABLED: &str = "OTEL_RUST_DISABLED_INSTRUMENTATIONS";
    const SINGLE: &str = "OTEL_RUST_INSTRUMENTATION_SQLX_ENABLED";
    const TRACES: &str = "OTEL_RUST_TRACES_SQLX_ENABLED";
    const METRICS: &str = "OTEL_RUST_METRICS_SQLX_ENABLED";
    type Off = Option<&'static str>;
    let cases: &[(Variables, Off, Off)] = &[
        (&[], None, None),
        (&[(DEFAULT, "false")], Some(DEFAULT), Some(DEFAULT)),
        (&[(DEFAULT, "false"), (ENABLED, "sqlx")], None, None),
        (&[(DEFAULT, "false"), (ENABLED, "*")], None, None),
        (&[(DEFAULT, "false"), (SINGLE, "true")], None, None),
        // Wrong, so it counts as unset.
        (
            &[(DEFAULT, "false"), (SINGLE, "1")],
            Some(DEFAULT),
            Some(DEFAULT),
        ),
        (&[(ENABLED, "tower")], Some(ENABLED), Some(ENABLED)),
        (&[(ENABLED, "none")], Some(ENABLED), Some(ENABLED)),
        // Nothing in it is known, so it counts as unset.
        (&[(ENABLED, "towr")], None, None),
        (
            &[(ENABLED, "sqlx"), (DISABLED, "sqlx")],
            Some(DISABLED),
            Some(DISABLED),
        ),
        (
            &[(ENABLED, "sqlx"), (DISABLED, "*")],
            Some(DISABLED),
            Some(DISABLED),
        ),
        (&[(ENABLED, "sqlx"), (DISABLED, "tower")], None, None),
        (&[(DISABLED, "*"), (SINGLE, "true")], None, None),
        (&[(DISABLED, "*"), (TRACES, "true")], None, Some(DISABLED)),
        (&[(SINGLE, "false"), (METRICS, "true")], Some(SINGLE), None),
        (&[(SINGLE, "true"), (TRACES, "false")], Some(TRACES), None),
        (
            &[(TRACES, "false"), (METRICS, "false")],
            Some(TRACES),
            Some(METRICS),
        ),
    ];
    for (variables, traces, metrics) in cases {
        let (config, _) = read(variables);
        let off = config.instrumentations.off("sqlx");
        assert_eq!(off.and_then(|off| off.traces), *traces, "{variables:?}");
        assert_eq!(off.and_then(|off| off.metrics), *metrics, "{variables:?}");
        let switches = config.settings().instrumentations;
        assert_eq!(switches.traces("sqlx"), traces.is_none(), "{variables:?}");
        assert_eq!(switches.metrics("sqlx"), metrics.is_none(), "{variables:?}");
    }
}

#[test]
fn a_misspelt_instrumentation_is_told_once_with_the_one_that_is_meant() {
    for (name, meant) in [
        ("towr", "tower"),
        ("reqwests", "reqwest"),
        ("tower-client", "tower_client"),
        ("Memcache", "memcached"),
    ] {
        let (_, warnings) = read(&[(
            "OTEL_RUST_DISABLED_INSTRUMENTATIONS",
            &format!("{name},{name},redis"),
        )]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let expected = format!(
            "names {:?}, which is not known (is {meant} meant?); using redis",
            name.to_lowercase()
        );
        assert!(warnings[0].ends_with(&expected), "{warnings:?}");
    }
}

#[test]
fn a_list_of_one_instrumentation_replaces_the_general_one() {
    let (config, warnings) = read(&[
        ("OTEL_RUST_EXCLUDED_URLS", "/healthz$,/readyz$"),
        ("OTEL_RUST_TOWER_EXCLUDED_URLS", "/internal/"),
        ("OTEL_RUST_ACTIX_EXCLUDED_URLS", "none"),
        ("OTEL_RUST_REQWEST_EXCLUDED_URLS", "("),
    ]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let excluded = config.settings().http.excluded_urls;
    let is_excluded = |instrumentation: &str, url: &str| {
        let matcher = excluded.of(instrumentation);
        matcher.is_some_and(|matcher| matcher.is_match(url))
    };
    for name in ["tower_client", "reqwest"] {
        assert!(is_excluded(name, "http://h/healthz"), "{name}");
        assert!(!is_excluded(name, "http://h/internal/x"), "{name}");
    }
    assert!(!is_excluded("tower_client", "http://h/healthz/x"));
    assert!(!is_excluded("tower_client", "http://h/HEALTHZ"));
    assert!(!is_excluded("tower", "http://h/healthz"));
    assert!(is_excluded("tower", "http://h/internal/x"));
    assert!(!is_excluded("actix", "http://h/healthz"));
}

#[test]
fn an_expression_that_cannot_be_used_is_left_out_and_the_others_hold() {
    let (config, warnings) = read(&[("OTEL_RUST_EXCLUDED_URLS", "/a,*,b{2,/c,\\pL")]);
    assert_eq!(config.http.excluded_urls.unwrap().to_string(), "/a,/c");
    let expected = [
        "holds \"*\", which is no regular expression: repetition operator missing expression; leaving that out",
        "holds \"b{2\", which is no regular expression: unclosed counted repetition; leaving that out",
        "holds \"\\\\pL\", which is no regular expression: Unicode not allowed here; leaving that out",
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(warning.ends_with(expected), "{warning}");
    }
}

#[test]
fn a_list_that_is_too_large_together_is_told_and_ignored() {
    let list = vec!["[^a]{5}{200}"; 400].join(",");
    let (config, warnings) = read(&[("OTEL_RUST_EXCLUDED_URLS", &list)]);
    assert_eq!(config.http.excluded_urls, None);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].ends_with("holds a list which is too large; it is ignored"),
        "{warnings:?}"
    );
}

#[test]
fn expressions_are_matched_in_linear_time() {
    let (config, warnings) = read(&[("OTEL_RUST_EXCLUDED_URLS", "(a*)*b,(a|aa)+$,(x+x+)+y")]);
    assert_eq!(warnings, [""; 0]);
    let all = config.settings().http.excluded_urls.all.unwrap();
    let url = format!("{}!{}", "a".repeat(20_000), "x".repeat(20_000));
    assert!(!all.is_match(&url));
}

#[test]
fn our_captured_headers_win_over_javas_and_javas_over_pythons() {
    const OURS: &str = "OTEL_RUST_HTTP_SERVER_CAPTURE_REQUEST_HEADERS";
    const JAVA: &str = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS";
    const PYTHON: &str = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST";
    const LIKE: (&str, &str) = (PYTHON, "X-Py.*,accept");
    let cases: [(Variables, &[&str]); 5] = [
        (&[LIKE], &["x-py", "x-python", "accept"]),
        (&[LIKE, (JAVA, "X-Java")], &["x-java"]),
        (&[LIKE, (JAVA, "X-Java"), (OURS, "X-Rust")], &["x-rust"]),
        (&[LIKE, (JAVA, "X-Java"), (OURS, "none")], &[]),
        // Nothing in it can be used, so it counts as unset.
        (&[LIKE, (JAVA, "X-Java"), (OURS, "x y")], &["x-java"]),
    ];
    for (variables, captured) in cases {
        let headers = read(variables).0.settings().http.server_headers;
        assert!(headers.response.is_empty());
        let names = [
            "x-py",
            "x-python",
            "accept",
            "x-java",
            "x-rust",
            "accept-language",
        ];
        let found = names.into_iter().filter(|name| any(&headers.request, name));
        assert_eq!(found.collect::<Vec<_>>(), *captured, "{variables:?}");
    }
}

#[test]
fn credentials_stay_secret_whatever_is_sanitized_besides() {
    let name = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS";
    let sanitized = read(&[(name, "Session|token,^x-api-key$")]).0.settings();
    let sanitized = sanitized.http.sanitized_headers;
    for header in [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-session-id",
        "token",
        "x-api-key",
    ] {
        assert!(any(&sanitized, header), "{header}");
    }
    assert!(!any(&sanitized, "x-api-keys"));
    assert!(!any(&sanitized, "accept"));
}

#[test]
fn our_switches_win_over_javas() {
    const SERVER: &str = "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY";
    const CLIENT: &str = "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY";
    const SIZES: &str = "OTEL_RUST_HTTP_BODY_SIZE_ENABLED";
    const ACTIVE: &str = "OTEL_RUST_HTTP_CLIENT_ACTIVE_REQUESTS_ENABLED";
    let cases: &[(Variables, bool, bool)] = &[
        (&[(SERVER, "true")], true, false),
        (&[(CLIENT, "true")], true, true),
        (&[(CLIENT, "true"), (ACTIVE, "false")], true, false),
        (
            &[(CLIENT, "true"), (SERVER, "true"), (SIZES, "false")],
            false,
            true,
        ),
        (&[(CLIENT, "false"), (SIZES, "true")], true, false),
    ];
    for (variables, sizes, active) in cases {
        let http = read(variables).0.settings().http;
        assert_eq!(http.body_sizes, *sizes, "{variables:?}");
        assert_eq!(http.client_active_requests, *active, "{variables:?}");
        assert!(http.server_active_requests);
    }
}

#[test]
fn our_query_parameters_and_peers_win_over_javas() {
    let (config, warnings) = read(&[
        ("OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS", "none"),
        (
            "OTEL_INSTRUMENTATION_SANITIZATION_URL_EXPERIMENTAL_SENSITIVE_QUERY_PARAMETERS",
            "token",
        ),
        ("OTEL_RUST_SERVICE_PEER_MAPPING", "h=ours"),
        (
            "OTEL_INSTRUMENTATION_COMMON_PEER_SERVICE_MAPPING",
            "h=javas,i=javas",
        ),
    ]);
    assert_eq!(warnings, [""; 0]);
    let settings = config.settings();
    assert!(settings.http.sensitive_query_parameters.is_empty());
    assert_eq!(settings.peer_services.len(), 1);
    assert_eq!(settings.peer_services[0].name, "ours");
}

#[test]
fn the_most_specific_peer_is_the_first_that_matches_whatever_the_lists_order() {
    let rules = [
        "h=host",
        "h:80=port",
        "h/a=path",
        "h:80/a=both",
        "h/a/b=longest",
        "[FE80:0::1]:80=six",
    ];
    for turn in 0..rules.len() {
        let mut rules = rules.to_vec();
        rules.rotate_left(turn);
        let (config, warnings) = read(&[("OTEL_RUST_SERVICE_PEER_MAPPING", &rules.join(","))]);
        assert_eq!(warnings, [""; 0]);
        let peers = config.settings().peer_services;
        let name = |host: &str, port: u16, path: Option<&str>| {
            let mut rules = peers.iter();
            let found = rules.find(|rule| rule.is_match(host, Some(port), path));
            found.map(|rule| rule.name)
        };
        assert_eq!(name("h", 81, None), Some("host"));
        assert_eq!(name("H", 80, None), Some("port"));
        assert_eq!(name("h", 81, Some("/a")), Some("path"));
        assert_eq!(name("h", 80, Some("/a/c")), Some("both"));
        assert_eq!(name("h", 80, Some("/a/b")), Some("longest"));
        assert_eq!(name("fe80::1", 80, Some("/")), Some("six"));
        assert_eq!(name("other", 80, Some("/")), None);
    }
}

#[test]
fn a_peer_that_is_no_host_is_told() {
    for wrong in [
        "=s",
        "h=",
        ":80=s",
        "http://h=s",
        "u@h=s",
        "::1=s",
        "[::1=s",
        "[h]=s",
        "[::1]x=s",
        "h:=s",
        "a b=s",
    ] {
        let (config, warnings) = read(&[("OTEL_RUST_SERVICE_PEER_MAPPING", wrong)]);
        assert!(config.peer_services.is_empty(), "{wrong}");
        assert_eq!(warnings.len(), 1, "{wrong}: {warnings:?}");
        assert!(
            warnings[0].contains("which is not host[:port][/path]=name"),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_service_is_excluded_with_all_its_methods_and_a_method_alone() {
    let services = "grpc.health.v1.Health,users.Users/Ping";
    let (config, _) = read(&[("OTEL_RUST_GRPC_EXCLUDED_SERVICES", services)]);
    let excluded = config.settings().rpc.excluded_methods;
    let excluded = excluded.of("tonic").unwrap();
    for (method, is) in [
        ("grpc.health.v1.Health/Check", true),
        ("grpc.health.v1.Health/Watch", true),
        ("users.Users/Ping", true),
        ("users.Users/Pings", false),
        ("grpc.health.v1.Healthy/Check", false),
        ("users.Users", false),
    ] {
        assert_eq!(excluded.is_match(method), is, "{method}");
    }
}

/// Text from the characters that these lists are made of, and some that they are not.
#[test]
fn nonsense_never_panics_and_every_complaint_is_one_line() {
    const PIECES: [&str; 24] = [
        "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", "\\", ",", "=", ":", "/", "\0",
        "\n", "é", "\u{202e}", "a", "9", "%",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for section in VARIABLES {
        if !["HTTP", "gRPC", "Instr"]
            .iter()
            .any(|title| section.title.starts_with(title))
        {
            continue;
        }
        for variable in section.variables {
            for _ in 0..60 {
                let text: String = (0..1 + next(30))
                    .map(|_| PIECES[next(PIECES.len())])
                    .collect();
                let (config, warnings) = read(&[(variable.name(), &text)]);
                let settings = config.settings();
                for probe in ["", "/a", "http://[::1]:9/a?é=%", "\u{fffd}"] {
                    let _ = settings
                        .http
                        .excluded_urls
                        .of("tower")
                        .map(|of| of.is_match(probe));
                    let _ = any(&settings.http.server_headers.request, probe);
                    let _ = any(&settings.http.sanitized_headers, probe);
                    let _ = settings
                        .peer_services
                        .iter()
                        .any(|of| of.is_match(probe, None, Some(probe)));
                }
                assert!(
                    warnings.iter().all(|warning| !warning.contains('\n')),
                    "{}={text:?}: {warnings:?}",
                    variable.name()
                );
            }
        }
    }
}
