//! The list of requests.

use std::time::Duration;

use super::{
    SLOW, TICK,
    case::{Case, Drive, Parent, Protocol},
};
use crate::conformance::http::End;

/// The trace and the span of [`Parent::Remote`].
pub(super) const PARENT: (&str, &str) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

pub(super) fn all() -> Vec<Case> {
    [
        routes(),
        methods(),
        statuses(),
        addresses(),
        secrets(),
        ends(),
        contexts(),
        http2(),
    ]
    .concat()
}

fn routes() -> Vec<Case> {
    vec![
        Case::get("a route without parameters", "/").route("/"),
        Case::get("a route", "/users/7").route("/users/{id}"),
        Case::get("a nested route", "/api/acme/items/9").route("/api/{tenant}/items/{item}"),
        Case::get("a path that no route matches", "/nowhere/at/all"),
        Case::get("a path that no nested route matches", "/api/acme/nothing"),
        Case::get("a route that lacks the method", "/only-post"),
        Case::get("a query", "/users/7?page=2&sort=up").route("/users/{id}"),
        Case::get("an empty query", "/users/7?")
            .query(None)
            .route("/users/{id}"),
        Case::get("a user agent", "/users/7")
            .header("user-agent", "kit/1.0")
            .route("/users/{id}"),
    ]
}

fn methods() -> Vec<Case> {
    vec![
        Case::new("a HEAD", "HEAD", "/users/7").route("/users/{id}"),
        Case::new("a POST with a body", "POST", "/echo")
            .body("some bytes")
            .route("/echo"),
        Case::new("a POST that expects 100", "POST", "/echo")
            .header("expect", "100-continue")
            .body("some bytes")
            .route("/echo"),
        Case::new("a POST with trailers", "POST", "/echo")
            .header("transfer-encoding", "chunked")
            .header("trailer", "x-sum")
            .body("4\r\nbody\r\n0\r\nx-sum: 1\r\n\r\n")
            .route("/echo"),
        Case::new("a CONNECT", "CONNECT", "example.com:8080"),
        Case::new("a DELETE", "DELETE", "/any").route("/any"),
        Case::new("an unknown method", "FOO", "/any").route("/any"),
        Case::new("an unknown method that no route matches", "FOO", "/nowhere"),
        Case::new("an OPTIONS for the whole server", "OPTIONS", "*"),
        Case::new("a known method in lower case", "get", "/any").route("/any"),
    ]
}

fn statuses() -> Vec<Case> {
    let status = |name, target| Case::get(name, target).route("/status/{code}");
    vec![
        status("a 204", "/status/204"),
        status("a 302", "/status/302"),
        status("a 304", "/status/304"),
        status("a 400", "/status/400"),
        status("a 404 of a handler", "/status/404"),
        status("a 429", "/status/429"),
        status("a 500", "/status/500"),
        status("a 503", "/status/503"),
    ]
}

fn addresses() -> Vec<Case> {
    let user = |name| Case::get(name, "/users/7").route("/users/{id}");
    vec![
        user("a Host without a port").host(Some("example.com"), Some(("example.com", None))),
        user("a Host that is an IPv6 address").host(Some("[::1]:8080"), Some(("::1", Some(8080)))),
        user("HTTP/1.0 without a Host")
            .protocol(Protocol::Http10)
            .host(None, None),
        Case::get(
            "an absolute-form",
            "http://absolute.example:81/users/7?page=2",
        )
        .host(
            Some("absolute.example:81"),
            Some(("absolute.example", Some(81))),
        )
        .route("/users/{id}"),
        user("Forwarded")
            .header(
                "forwarded",
                r#"for="[2001:db8::1]:4711";proto=https;host=public.example, for=10.0.0.1"#,
            )
            .forwarded("https", Some("2001:db8::1"), Some(("public.example", None))),
        user("X-Forwarded headers")
            .header("x-forwarded-for", "203.0.113.7, 10.0.0.1")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "public.example:8443")
            .forwarded(
                "https",
                Some("203.0.113.7"),
                Some(("public.example", Some(8443))),
            ),
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        Case::get("a signed URL", "/users/7?page=2&sig=hush")
            .query(Some("page=2&sig=REDACTED"))
            .route("/users/{id}"),
        Case::get(
            "a URL signed for a cloud",
            "/users/7?X-Amz-Signature=hush&X-Goog-Signature=hush",
        )
        .query(Some("X-Amz-Signature=REDACTED&X-Goog-Signature=REDACTED"))
        .route("/users/{id}"),
        Case::get("credentials in headers", "/users/7")
            .header("authorization", "Bearer hush")
            .header("cookie", "session=hush")
            .header("x-api-key", "hush")
            .route("/users/{id}"),
    ]
}

/// How long a client waits before it goes away. What it cuts off lasts a little less, or a little longer: each limit of a
/// case leaves room for that.
const WAIT: Duration = TICK.saturating_mul(2);

fn ends() -> Vec<Case> {
    vec![
        Case::get("a body that is streamed", "/stream")
            .route("/stream")
            .lasts(TICK * 3, SLOW * 4),
        Case::get("a client that goes away while the handler waits", "/slow")
            .drive(Drive::CutBeforeHead(WAIT))
            .end(End::Cancelled)
            .route("/slow")
            .lasts(TICK, SLOW),
        Case::get("a client that goes away in the body", "/endless")
            .drive(Drive::CutInBody)
            .end(End::Cancelled)
            .route("/endless")
            .lasts(TICK / 2, SLOW * 4),
        Case::get("a handler that panics", "/panic")
            .end(End::Failed)
            .route("/panic"),
        Case::get("a body that fails", "/broken")
            .end(End::Broken)
            .route("/broken")
            .lasts(TICK / 2, SLOW * 4),
        Case::get("a WebSocket", "/socket")
            .drive(Drive::Upgrade)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .route("/socket"),
        Case::get("a task that keeps the context", "/spawns")
            .route("/spawns")
            .lasts(Duration::ZERO, SLOW),
        Case::get("requests at the same time", "/stream")
            .drive(Drive::Together(20))
            .route("/stream")
            .lasts(TICK * 3, SLOW * 4),
    ]
}

fn contexts() -> Vec<Case> {
    let user = |name| Case::get(name, "/users/7").route("/users/{id}");
    vec![
        user("a traceparent")
            .header("traceparent", TRACEPARENT)
            .header("tracestate", "vendor=1")
            .parent(Parent::Remote),
        user("a traceparent and baggage")
            .header("traceparent", TRACEPARENT)
            .header("baggage", "tenant=acme")
            .parent(Parent::Remote),
        user("a traceparent without a trace").header(
            "traceparent",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ),
        user("a traceparent in upper case").header(
            "traceparent",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        ),
        user("a traceparent of a forbidden version").header(
            "traceparent",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        user("a traceparent that is too long").header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ),
        user("two traceparents")
            .header("traceparent", TRACEPARENT)
            .header(
                "traceparent",
                "00-11111111111111111111111111111111-2222222222222222-01",
            )
            .parent(Parent::Ambiguous),
    ]
}

fn http2() -> Vec<Case> {
    let over = |case: Case| case.protocol(Protocol::Http2);
    vec![
        over(Case::get("HTTP/2", "/users/7?page=2").route("/users/{id}")),
        over(Case::new("HTTP/2: an unknown method", "FOO", "/any").route("/any")),
        over(Case::get("HTTP/2: a 500", "/status/500").route("/status/{code}")),
        over(Case::get("HTTP/2: a body that is streamed", "/stream"))
            .route("/stream")
            .lasts(TICK * 3, SLOW * 4),
        over(Case::get(
            "HTTP/2: a stream that is reset while the handler waits",
            "/slow",
        ))
        .drive(Drive::CutBeforeHead(WAIT))
        .end(End::Cancelled)
        .route("/slow")
        .lasts(TICK, SLOW),
        over(Case::get(
            "HTTP/2: a stream that is reset in the body",
            "/endless",
        ))
        .drive(Drive::CutInBody)
        .end(End::Cancelled)
        .route("/endless")
        .lasts(TICK, SLOW * 4),
        over(Case::get("HTTP/2: a body that fails", "/broken"))
            .end(End::Broken)
            .route("/broken")
            .lasts(TICK / 2, SLOW * 4),
    ]
}
