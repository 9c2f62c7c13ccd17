//! What HTTP and gRPC instrumentations record, and the names that other languages have for it.

use super::*;

variables! { HTTP = "HTTP";
    /// Requests that nothing is recorded of, as comma-separated regular expressions that are looked for in the URL. Such
    /// a request makes no span and no metric, nor does anything inside of it, and what a server calls meanwhile is told
    /// that the trace is not sampled; log records stay. For health checks: `/healthz$,/readyz$,/livez$,/metrics$`.
    EXCLUDED_URLS: Regexes = "OTEL_RUST_EXCLUDED_URLS", Regexes("");
    /// The same for the layers of servers, instead of the general list.
    TOWER_EXCLUDED_URLS: Regexes = "OTEL_RUST_TOWER_EXCLUDED_URLS", Regexes("");
    /// The same for the layers of tower's HTTP clients, instead of the general list.
    TOWER_CLIENT_EXCLUDED_URLS: Regexes = "OTEL_RUST_TOWER_CLIENT_EXCLUDED_URLS", Regexes("");
    /// The same for actix-web, instead of the general list.
    ACTIX_EXCLUDED_URLS: Regexes = "OTEL_RUST_ACTIX_EXCLUDED_URLS", Regexes("");
    /// The same for the reqwest client, instead of the general list.
    REQWEST_EXCLUDED_URLS: Regexes = "OTEL_RUST_REQWEST_EXCLUDED_URLS", Regexes("");
    /// The request headers that servers record, comma-separated, by their exact names in any case.
    SERVER_REQUEST_HEADERS: List = "OTEL_RUST_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", List("");
    /// The response headers that servers record.
    SERVER_RESPONSE_HEADERS: List = "OTEL_RUST_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", List("");
    /// The request headers that clients record.
    CLIENT_REQUEST_HEADERS: List = "OTEL_RUST_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", List("");
    /// The response headers that clients record.
    CLIENT_RESPONSE_HEADERS: List = "OTEL_RUST_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", List("");
    /// Recorded headers whose values are replaced by `[REDACTED]`, as regular expressions that are looked for in the
    /// name, in any case. `authorization`, `proxy-authorization`, `cookie` and `set-cookie` always are.
    SANITIZE_FIELDS: Regexes = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", Regexes("");
    /// The HTTP methods that are reported by name, in exact case, instead of the usual ones; any other is `_OTHER`.
    KNOWN_METHODS: List = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", List("");
    /// The query parameters whose values are redacted, instead of the usual ones; `none` redacts nothing.
    SENSITIVE_QUERY_PARAMETERS: List = "OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS", List("");
    /// `false` ignores `Forwarded` and `X-Forwarded-*`: for a server that clients reach without a proxy, where anybody
    /// may write into them which address, host and scheme is recorded.
    TRUST_FORWARDED: Switch = "OTEL_RUST_HTTP_TRUST_FORWARDED_HEADERS", Switch;
    /// `false` turns the metric `http.server.active_requests` off.
    SERVER_ACTIVE_REQUESTS: Switch = "OTEL_RUST_HTTP_SERVER_ACTIVE_REQUESTS_ENABLED", Switch;
    /// `true` makes the metric `http.client.active_requests`.
    CLIENT_ACTIVE_REQUESTS: Flag = "OTEL_RUST_HTTP_CLIENT_ACTIVE_REQUESTS_ENABLED", Flag("false");
    /// `true` records the sizes of request and response bodies, as metrics and on spans.
    BODY_SIZE: Flag = "OTEL_RUST_HTTP_BODY_SIZE_ENABLED", Flag("false");
    /// The `url.template` of client requests whose caller gives none, as `expression=template`, comma-separated. The
    /// expression matches the whole path of the URL, the template is a text: `/users/\d+=/users/{id}`. The first that
    /// matches is taken.
    URL_TEMPLATES: Templates = "OTEL_RUST_HTTP_CLIENT_URL_TEMPLATES", Templates("");
}

/// The lists that hold for one instrumentation, by its name.
pub(crate) static EXCLUDED_URLS_OF: [(&str, &Variable<Regexes>); 4] = [
    (TOWER.name, &TOWER_EXCLUDED_URLS),
    (TOWER_CLIENT.name, &TOWER_CLIENT_EXCLUDED_URLS),
    (ACTIX.name, &ACTIX_EXCLUDED_URLS),
    (REQWEST.name, &REQWEST_EXCLUDED_URLS),
];

variables! { HTTP_ALIASES = "HTTP, as in other languages";
    /// Java's name for `OTEL_RUST_HTTP_SERVER_CAPTURE_REQUEST_HEADERS`, which wins over it.
    JAVA_SERVER_REQUEST_HEADERS: List = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", List("");
    /// Java's name for `OTEL_RUST_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS`, which wins over it.
    JAVA_SERVER_RESPONSE_HEADERS: List = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", List("");
    /// Java's name for `OTEL_RUST_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS`, which wins over it.
    JAVA_CLIENT_REQUEST_HEADERS: List = "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", List("");
    /// Java's name for `OTEL_RUST_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS`, which wins over it.
    JAVA_CLIENT_RESPONSE_HEADERS: List = "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", List("");
    /// Python's name for the same as regular expressions, which match the whole name in any case. Both names above win
    /// over it.
    PYTHON_SERVER_REQUEST_HEADERS: Regexes = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", Regexes("");
    /// The same for the response headers of servers.
    PYTHON_SERVER_RESPONSE_HEADERS: Regexes = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_RESPONSE", Regexes("");
    /// The same for the request headers of clients.
    PYTHON_CLIENT_REQUEST_HEADERS: Regexes = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_REQUEST", Regexes("");
    /// The same for the response headers of clients.
    PYTHON_CLIENT_RESPONSE_HEADERS: Regexes = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_CLIENT_RESPONSE", Regexes("");
    /// Java's name for `OTEL_RUST_HTTP_SENSITIVE_QUERY_PARAMETERS`, which wins over it.
    JAVA_SENSITIVE_QUERY_PARAMETERS: List = "OTEL_INSTRUMENTATION_SANITIZATION_URL_EXPERIMENTAL_SENSITIVE_QUERY_PARAMETERS", List("");
    /// Java's name: `true` turns `OTEL_RUST_HTTP_BODY_SIZE_ENABLED` on, unless that is set.
    JAVA_SERVER_EXPERIMENTAL: Flag = "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", Flag("false");
    /// Java's name: `true` turns `OTEL_RUST_HTTP_BODY_SIZE_ENABLED` and `OTEL_RUST_HTTP_CLIENT_ACTIVE_REQUESTS_ENABLED`
    /// on, unless they are set.
    JAVA_CLIENT_EXPERIMENTAL: Flag = "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY", Flag("false");
}

variables! { GRPC = "gRPC";
    /// Calls that nothing is recorded of, as for `OTEL_RUST_EXCLUDED_URLS`: comma-separated, each as `package.Service` or
    /// `package.Service/Method`. For health checks: `grpc.health.v1.Health`.
    GRPC_EXCLUDED_SERVICES: List = "OTEL_RUST_GRPC_EXCLUDED_SERVICES", List("");
    /// The request metadata that is recorded, comma-separated, by its exact names in any case.
    GRPC_REQUEST_METADATA: List = "OTEL_RUST_GRPC_CAPTURE_REQUEST_METADATA", List("");
    /// The response metadata that is recorded.
    GRPC_RESPONSE_METADATA: List = "OTEL_RUST_GRPC_CAPTURE_RESPONSE_METADATA", List("");
}
