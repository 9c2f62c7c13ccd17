//! Which proxy an endpoint is reached through.

use super::read;

const PROXIES: [(&str, &str); 2] = [
    ("HTTP_PROXY", "http://plain:3128"),
    ("HTTPS_PROXY", "http://me:p%40ss@secure:3129/"),
];

/// The proxy to this endpoint, as it is shown, or nothing.
fn to(endpoint: &str, variables: &[(&str, &str)]) -> String {
    let mut all = PROXIES.to_vec();
    all.push(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint));
    all.extend(variables);
    let (config, warnings) = read(&all);
    assert_eq!(warnings, [""; 0]);
    config
        .traces
        .otlp
        .proxy
        .map_or_else(String::new, |proxy| proxy.shown())
}

#[test]
fn the_scheme_of_the_endpoint_decides_and_the_lower_case_name_wins() {
    assert_eq!(to("http://collector/", &[]), "http://plain:3128");
    assert_eq!(to("https://collector/", &[]), "http://***@secure:3129");
    assert_eq!(
        to("http://collector/", &[("http_proxy", "other")]),
        "http://other:1080"
    );
    let (config, _) = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector")]);
    assert_eq!(config.traces.otlp.proxy, None);
}

#[test]
fn a_header_of_a_cgi_request_is_no_proxy() {
    let cgi = ("REQUEST_METHOD", "GET");
    assert_eq!(to("http://collector/", &[cgi]), "");
    assert_eq!(to("https://collector/", &[cgi]), "http://***@secure:3129");
}

#[test]
fn the_loopback_interface_is_reached_directly() {
    for host in [
        "localhost",
        "LOCALHOST:4318",
        "127.0.0.1",
        "127.8.8.8:1",
        "[::1]:4318",
    ] {
        assert_eq!(to(&format!("http://{host}/"), &[]), "", "{host}");
    }
    for host in ["localhost.example", "128.0.0.1", "[::2]"] {
        assert_ne!(to(&format!("http://{host}/"), &[]), "", "{host}");
    }
}

#[test]
fn no_proxy_names_hosts_domains_addresses_networks_and_ports() {
    let cases = [
        ("*", "http://a.b/", true),
        ("b", "http://a.b/", true),
        (".b", "http://a.b/", true),
        (".b", "http://b/", true),
        ("*.b", "http://a.b/", true),
        ("A.B.", "http://a.b/", true),
        ("x, a.b y", "http://a.b/", true),
        ("x y a.b", "http://a.b/", true),
        ("b", "http://ab/", false),
        ("a.b", "http://b/", false),
        ("", "http://a.b/", false),
        (",.,", "http://a.b/", false),
        ("a.b:4318", "http://a.b:4318/", true),
        ("a.b:4318", "http://a.b/", false),
        ("a.b:80", "http://a.b/", true),
        ("a.b:443", "https://a.b/", true),
        ("10.1.2.3", "http://10.1.2.3:1/", true),
        ("10.1.2.3:2", "http://10.1.2.3:1/", false),
        ("10.0.0.0/8", "http://10.1.2.3/", true),
        ("10.0.0.0/8", "http://11.1.2.3/", false),
        ("0.0.0.0/0", "http://11.1.2.3/", true),
        ("10.0.0.0/33", "http://10.0.0.0/", false),
        ("fd00::/8", "http://[fd12::1]:4318/", true),
        ("[fd12::1]:4318", "http://[fd12::1]:4318/", true),
        ("[fd12::1]:4318", "http://[fd12::1]:4319/", false),
        ("fd12::1", "http://[fd12::1]/", true),
    ];
    for (rules, endpoint, direct) in cases {
        for name in ["NO_PROXY", "no_proxy"] {
            let proxy = to(endpoint, &[(name, rules)]);
            assert_eq!(proxy.is_empty(), direct, "{name}={rules} {endpoint}");
        }
    }
    assert_ne!(
        to("http://a.b/", &[("NO_PROXY", "a.b"), ("no_proxy", "x")]),
        ""
    );
}

#[test]
fn rules_that_say_nothing_hold_nowhere_and_break_nothing() {
    for rule in [
        ":",
        "::",
        "[",
        "[]",
        "[::1",
        "/",
        "10/",
        "/8",
        "*:",
        ".",
        "..",
        "**",
        "a:b:c",
        "é",
        "10.0.0.0/-1",
        ":4318",
    ] {
        for endpoint in [
            "http://collector:4318/",
            "http://10.0.0.1/",
            "http://[fd12::1]/",
        ] {
            assert_ne!(to(endpoint, &[("NO_PROXY", rule)]), "", "{rule} {endpoint}");
        }
    }
}

#[test]
fn credentials_are_decoded_for_the_proxy_and_never_shown() {
    let (config, _) = read(&[
        PROXIES[1],
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector"),
    ]);
    let proxy = config.traces.otlp.proxy.clone().unwrap();
    // me:p@ss
    assert_eq!(proxy.authorization.as_deref(), Some("Basic bWU6cEBzcw=="));
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("bWU6") && !shown.contains("p%40ss"),
        "{shown}"
    );
}

#[test]
fn what_is_no_proxy_of_ours_is_told_once_without_its_password() {
    for value in [
        "socks5://me:secret@h:1",
        "https://me:secret@h:1",
        "http://me:secret@h:0",
        "me:secret@h:port",
        "http://me:secret@",
    ] {
        let (config, warnings) = read(&[
            ("HTTP_PROXY", value),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector"),
        ]);
        assert_eq!(config.traces.otlp.proxy, None, "{value}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(!warnings[0].contains("secret"), "{warnings:?}");
        assert!(warnings[0].ends_with("; it is ignored"), "{warnings:?}");
    }
}
