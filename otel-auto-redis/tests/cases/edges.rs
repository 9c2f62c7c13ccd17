//! What no server does when asked: connections of the test's own, for ends and errors that are hard to come by.

use std::{io, time::Duration};

use otel_auto_core::opentelemetry::Context;
use otel_auto_redis::{Connection, Traced};
use otel_auto_testing::Capture;
use redis::{
    AsyncCommands, Cmd, Commands, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio, parse_redis_value,
};

/// Gives the same answer to everything.
#[derive(Clone)]
enum Answer {
    /// As the server would send it.
    Reply(&'static str),
    Io(io::ErrorKind),
    Client(ErrorKind),
    Never,
    Panic,
}

impl Answer {
    fn result(&self) -> RedisResult<Value> {
        match self {
            Self::Reply(sent) => parse_redis_value(sent.as_bytes()),
            Self::Io(kind) => Err(io::Error::from(*kind).into()),
            Self::Client(kind) => Err(RedisError::from((*kind, "made up"))),
            Self::Never | Self::Panic => panic!("no answer"),
        }
    }
}

impl aio::ConnectionLike for Answer {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            if matches!(self, Self::Never) {
                std::future::pending::<()>().await;
            }
            self.result()
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move { self.result().map(|value| vec![value]) })
    }

    fn get_db(&self) -> i64 {
        17
    }
}

/// The same, blocking.
struct Blocking(Answer);

impl redis::ConnectionLike for Blocking {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        self.0.result()
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        self.0.result().map(|value| vec![value])
    }

    fn get_db(&self) -> i64 {
        17
    }

    fn check_connection(&mut self) -> bool {
        redis::cmd("PING").exec(self).is_ok()
    }

    fn is_open(&self) -> bool {
        true
    }
}

const KEYS: &[&str] = &["db.response.status_code", "error.type"];

async fn async_tree(answer: Answer) -> String {
    let capture = Capture::new();
    let mut connection = Connection::new(answer);
    let _: RedisResult<Option<String>> = capture.scope(connection.get("key")).await;
    capture.tree_with(KEYS)
}

fn blocking_tree(answer: Answer) -> String {
    let capture = Capture::new();
    let mut connection = Connection::new(Blocking(answer));
    let _: RedisResult<Option<String>> = capture.in_scope(|| connection.get("key"));
    capture.tree_with(KEYS)
}

#[tokio::test]
async fn errors_are_told_by_code_or_kind() {
    for (answer, tree) in [
        (Answer::Reply("$5\r\nvalue\r\n"), "GET client\n"),
        (Answer::Reply("$-1\r\n"), "GET client\n"),
        (
            Answer::Reply("-WRONGTYPE Operation against a key\r\n"),
            "GET client error db.response.status_code=WRONGTYPE error.type=WRONGTYPE\n",
        ),
        (
            Answer::Reply("-NOAUTH Authentication required.\r\n"),
            "GET client error db.response.status_code=NOAUTH error.type=NOAUTH\n",
        ),
        (
            Answer::Reply("-MYSCRIPT failed\r\n"),
            "GET client error db.response.status_code=MYSCRIPT error.type=_OTHER\n",
        ),
        (
            Answer::Reply("-user@example.com is unknown\r\n"),
            "GET client error error.type=_OTHER\n",
        ),
        (
            Answer::Io(io::ErrorKind::TimedOut),
            "GET client error error.type=timeout\n",
        ),
        (
            Answer::Io(io::ErrorKind::ConnectionRefused),
            "GET client error error.type=connection_refused\n",
        ),
        (
            Answer::Io(io::ErrorKind::BrokenPipe),
            "GET client error error.type=connection_closed\n",
        ),
        (
            Answer::Io(io::ErrorKind::PermissionDenied),
            "GET client error error.type=io_error\n",
        ),
        (
            Answer::Client(crate::CLIENT_ERROR),
            "GET client error error.type=client_error\n",
        ),
        (
            Answer::Client(crate::PARSE_ERROR),
            "GET client error error.type=parse_error\n",
        ),
    ] {
        assert_eq!(async_tree(answer.clone()).await, tree);
        assert_eq!(blocking_tree(answer), tree);
    }
}

#[tokio::test]
async fn no_message_of_the_server_is_recorded() {
    let capture = Capture::new();
    let mut connection = Connection::new(Answer::Reply(
        "-ERR unknown command, with args beginning with: 'secret'\r\n",
    ));
    let result: RedisResult<()> = capture.scope(connection.set("key", "secret")).await;
    assert!(result.unwrap_err().to_string().contains("secret"));
    let span = capture.span("SET");
    assert!(span.is_error());
    assert!(
        !format!("{:?}", span.data).contains("secret"),
        "{:?}",
        span.data
    );
}

#[tokio::test]
async fn an_error_within_a_transaction_fails_it() {
    let capture = Capture::new();
    let mut connection = Connection::new(Answer::Reply("*2\r\n+OK\r\n-WRONGTYPE Operation\r\n"));
    let mut blocking = Connection::new(Blocking(connection.inner().clone()));
    let mut pipeline = redis::pipe();
    pipeline.atomic().set("key", 1).incr("key", 1);
    let _: RedisResult<()> = capture.scope(pipeline.query_async(&mut connection)).await;
    let _: RedisResult<()> = capture.in_scope(|| pipeline.query(&mut blocking));
    let tree = "MULTI client error db.response.status_code=WRONGTYPE error.type=WRONGTYPE\n";
    assert_eq!(capture.tree_with(KEYS), tree.repeat(2));
}

#[tokio::test]
async fn a_dropped_call_ends_once_and_is_no_error() {
    let capture = Capture::new();
    let mut connection = Connection::new(Answer::Never);
    let call = capture.scope(async { connection.get::<_, Option<String>>("key").await });
    tokio::time::timeout(Duration::from_millis(20), call)
        .await
        .unwrap_err();
    assert_eq!(capture.tree_with(KEYS), "GET client\n");
    assert!(capture.span("GET").duration >= Duration::from_millis(20));
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(
        points
            .iter()
            .map(|point| point.number())
            .collect::<Vec<_>>(),
        [1.0]
    );
}

#[test]
fn a_panic_is_told() {
    let capture = Capture::new();
    let mut connection = Connection::new(Blocking(Answer::Panic));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        capture.in_scope(|| connection.get::<_, ()>("key"))
    }));
    result.unwrap_err();
    assert_eq!(
        capture.tree_with(KEYS),
        "GET client error error.type=panic\n"
    );
}

#[tokio::test]
async fn all_attributes_are_the_conventions() {
    let capture = Capture::new();
    let mut connection = Answer::Reply("+OK\r\n").traced(("cache.example", 7000));
    let _: () = capture
        .scope(connection.set("key", "secret"))
        .await
        .unwrap();
    let span = capture.span("SET cache.example:7000");
    assert_eq!(span.scope, "otel-auto-redis");
    let attributes = [
        ("db.namespace", "17"),
        ("db.operation.name", "SET"),
        ("db.query.text", "SET key ?"),
        ("db.system.name", "redis"),
        ("server.address", "cache.example"),
        ("server.port", "7000"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(span.attributes(), attributes);

    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].unit, "s");
    let bounded: Vec<_> = attributes
        .into_iter()
        .filter(|(key, _)| key != "db.query.text")
        .collect();
    assert_eq!(points[0].attributes, bounded);
}

#[tokio::test]
async fn the_default_port_goes_without_saying_and_a_socket_has_none() {
    let capture = Capture::new();
    let keys = ["server.address", "server.port"];
    for url in [
        "redis://:secret@cache.example/",
        "redis+unix:///run/redis.sock",
    ] {
        let client = redis::Client::open(url).unwrap();
        let mut connection = Answer::Reply("+PONG\r\n").traced(&client);
        let _: String = capture.scope(connection.ping()).await.unwrap();
    }
    assert_eq!(
        capture.tree_with(&keys),
        "PING cache.example:6379 client server.address=cache.example\n\
         PING client server.address=/run/redis.sock\n"
    );
}

#[tokio::test]
async fn keys_are_hidden_where_asked() {
    let capture = Capture::new();
    let mut connection = Connection::new(Answer::Reply("$-1\r\n")).hide_keys();
    let _: Option<String> = capture
        .scope(connection.get("session:token"))
        .await
        .unwrap();
    assert_eq!(capture.span("GET").text("db.query.text"), "GET ?");
}

#[tokio::test]
async fn nothing_is_recorded_under_suppression_or_without_providers() {
    let capture = Capture::new();
    let mut connection = Connection::new(Answer::Reply("$1\r\n1\r\n"));
    let value: u8 = connection.get("key").await.unwrap();
    assert_eq!(value, 1);
    let mut connection = Connection::new(Blocking(connection.into_inner()));
    let value: u8 = capture.in_scope(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        connection.get("key").unwrap()
    });
    assert_eq!(value, 1);
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn a_connection_in_a_connection_makes_one_span() {
    let capture = Capture::new();
    let mut connection = Connection::new(Connection::new(Answer::Reply("$1\r\n1\r\n")));
    let _: u8 = capture.scope(connection.get("key")).await.unwrap();
    assert_eq!(capture.tree(), "GET client\n");
}

#[tokio::test]
async fn an_unsampled_trace_is_still_measured() {
    let capture = Capture::builder()
        .sampler(
            opentelemetry_sdk::trace::Sampler::AlwaysOff,
            otel_auto_core::Sampling::Ask,
        )
        .build();
    let mut connection =
        Connection::new(Answer::Reply("$1\r\n1\r\n")).providers(capture.providers());
    let _: u8 = connection.get("key").await.unwrap();
    assert_eq!(capture.tree(), "");
    assert_eq!(capture.metric("db.client.operation.duration").len(), 1);
}

#[test]
fn the_check_of_a_pool_makes_no_span() {
    let capture = Capture::new();
    let mut connection = Connection::new(Blocking(Answer::Reply("+PONG\r\n")));
    assert!(capture.in_scope(|| redis::ConnectionLike::check_connection(&mut connection)));
    assert_eq!(capture.tree(), "");
}

/// As another crate's, in the same file of a program.
mod another {
    pub(super) struct Pool;

    pub(super) trait Traced: Sized {
        fn traced(self) -> &'static str {
            "by the other"
        }
    }

    impl Traced for Pool {}
}

#[test]
fn what_is_no_connection_is_left_to_other_crates() {
    use another::Traced as _;

    assert_eq!(another::Pool.traced(), "by the other");
}
