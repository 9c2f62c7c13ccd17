//! Against a real server: `scripts/services run -- cargo test -p otel-auto-memcached`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_memcached::{AsciiProtocol, Client, MetaProtocol};
use otel_auto_testing::{Capture, servers};

const KEYS: &[&str] = &[
    "db.operation.batch.size",
    "db.response.status_code",
    "error.type",
];

/// `host:port` of the server and a prefix for the keys of one test; nothing where there are no servers.
fn server(test: &str) -> Option<(String, String)> {
    let url = servers::url("MEMCACHED_URL")?;
    let address = url.strip_prefix("memcached://").unwrap().to_owned();
    Some((address, format!("otel-auto:{}:{test}", std::process::id())))
}

async fn connect(address: &str) -> Client {
    Client::new(format!("tcp://{address}")).await.unwrap()
}

fn tree(capture: &Capture, address: &str) -> String {
    capture.tree_with(KEYS).replace(address, "SERVER")
}

#[tokio::test]
async fn commands_work_unchanged_and_are_children_of_the_callers_span() {
    let Some((address, key)) = server("commands") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    let context = capture
        .context()
        .with_span(capture.tracer("test").start("caller"));
    async {
        client.set(&key, "1", Some(60), None).await.unwrap();
        assert_eq!(
            client.get(&key).await.unwrap().unwrap().data.as_deref(),
            Some(&b"1"[..])
        );
        assert_eq!(client.get(format!("{key}:missing")).await.unwrap(), None);
        assert_eq!(client.increment(&key, 5).await.unwrap(), 6);
        assert_eq!(client.decrement(&key, 2).await.unwrap(), 4);
        client.increment_no_reply(&key, 1).await.unwrap();
        client.decrement_no_reply(&key, 1).await.unwrap();
        client.delete(&key).await.unwrap();
        client.add(&key, "new", Some(60), None).await.unwrap();
        client.delete_no_reply(&key).await.unwrap();
        assert!(!client.version().await.unwrap().is_empty());
        assert!(client.stats().await.unwrap().contains_key("pid"));
    }
    .with_context(context.clone())
    .await;
    context.span().end();
    assert_eq!(
        tree(&capture, &address),
        "caller internal\n\
         \x20 set SERVER client\n\
         \x20 get SERVER client\n\
         \x20 get SERVER client\n\
         \x20 incr SERVER client\n\
         \x20 decr SERVER client\n\
         \x20 incr SERVER client\n\
         \x20 decr SERVER client\n\
         \x20 delete SERVER client\n\
         \x20 add SERVER client\n\
         \x20 delete SERVER client\n\
         \x20 version SERVER client\n\
         \x20 stats SERVER client\n"
    );
}

#[tokio::test]
async fn several_commands_are_one_batch() {
    let Some((address, key)) = server("batches") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    let (a, b) = (format!("{key}:a"), format!("{key}:b"));
    capture
        .scope(async {
            let both = [(a.as_str(), "1"), (b.as_str(), "2")];
            assert!(
                client
                    .set_multi(&both, Some(60), None)
                    .await
                    .unwrap()
                    .values()
                    .all(Result::is_ok)
            );
            assert!(
                client
                    .set_multi(&both[..1], Some(60), None)
                    .await
                    .unwrap()
                    .values()
                    .all(Result::is_ok)
            );
            assert!(
                client
                    .set_multi(&both[..0], None, None)
                    .await
                    .unwrap()
                    .is_empty()
            );
            assert_eq!(client.get_multi([&a, &b]).await.unwrap().len(), 2);
            assert!(
                client
                    .add_multi(&both, Some(60), None)
                    .await
                    .unwrap()
                    .values()
                    .all(Result::is_err)
            );
            client.delete_multi_no_reply(&[&a, &b]).await.unwrap();
        })
        .await;
    assert_eq!(
        tree(&capture, &address),
        "BATCH set SERVER client db.operation.batch.size=2\n\
         set SERVER client\n\
         BATCH set SERVER client db.operation.batch.size=0\n\
         get SERVER client\n\
         BATCH add SERVER client db.operation.batch.size=2\n\
         BATCH delete SERVER client db.operation.batch.size=2\n"
    );
}

#[tokio::test]
async fn the_meta_protocol_is_named_by_its_own_words() {
    let Some((address, key)) = server("meta") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    capture
        .scope(async {
            client
                .meta_set(&key, "1", false, None, Some(&["T60"]))
                .await
                .unwrap();
            let value = client
                .meta_get(&key, false, None, Some(&["v"]))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(value.data.as_deref(), Some(&b"1"[..]));
            client
                .meta_increment(&key, false, None, Some(2), None)
                .await
                .unwrap();
            client
                .meta_decrement(&key, false, None, Some(1), None)
                .await
                .unwrap();
            assert_eq!(
                client
                    .meta_get_multi(&[&key, &key], Some(&["v"]))
                    .await
                    .unwrap()
                    .len(),
                2
            );
            client
                .meta_set_multi(&[(&key, "3"), (&key, "4")], Some(&["T60"]))
                .await
                .unwrap();
            client.meta_delete(&key, false, None, None).await.unwrap();
        })
        .await;
    assert_eq!(
        tree(&capture, &address),
        "ms SERVER client\n\
         mg SERVER client\n\
         ma SERVER client\n\
         ma SERVER client\n\
         BATCH mg SERVER client db.operation.batch.size=2\n\
         BATCH ms SERVER client db.operation.batch.size=2\n\
         md SERVER client\n"
    );
}

#[tokio::test]
async fn an_answer_is_no_error_but_a_refusal_is() {
    let Some((address, key)) = server("errors") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    capture
        .scope(async {
            client.delete(&key).await.unwrap_err();
            client.increment(&key, 1).await.unwrap_err();
            client.add(&key, "secret", Some(60), None).await.unwrap();
            client
                .add(&key, "secret", Some(60), None)
                .await
                .unwrap_err();
            client.increment(&key, 1).await.unwrap_err();
            client.get("k".repeat(251)).await.unwrap_err();
            client.get("secret key").await.unwrap_err();
            let large = "x".repeat(2 << 20);
            client
                .set(&key, large.as_str(), None, None)
                .await
                .unwrap_err();
        })
        .await;
    assert_eq!(
        tree(&capture, &address),
        "delete SERVER client\n\
         incr SERVER client\n\
         add SERVER client\n\
         add SERVER client\n\
         incr SERVER client error db.response.status_code=CLIENT_ERROR error.type=CLIENT_ERROR\n\
         get SERVER client error error.type=key_too_long\n\
         get SERVER client error db.response.status_code=CLIENT_ERROR error.type=CLIENT_ERROR\n\
         set SERVER client error db.response.status_code=SERVER_ERROR error.type=SERVER_ERROR\n"
    );
    let recorded = format!("{:?}", capture.spans());
    assert!(
        !recorded.contains("secret") && !recorded.contains(&key),
        "{recorded}"
    );
}

#[tokio::test]
async fn the_metric_has_the_attributes_of_the_span() {
    let Some((address, key)) = server("metrics") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await.providers(capture.providers());
    for _ in 0..3 {
        client.get(&key).await.unwrap();
    }
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points.len(), 1);
    assert_eq!((points[0].number(), points[0].unit.as_str()), (3.0, "s"));
    let (host, port) = address.rsplit_once(':').unwrap();
    let expected = [
        ("db.operation.name", "get"),
        ("db.system.name", "memcached"),
        ("server.address", host),
        ("server.port", port),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(points[0].attributes, expected);
    let span = &capture.spans()[0];
    assert_eq!(span.attributes(), expected);
    assert_eq!(span.scope, "otel-auto-memcached");
}

#[tokio::test]
async fn nothing_is_recorded_under_suppression_or_on_the_client_itself() {
    let Some((address, key)) = server("suppressed") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    let suppressed = capture.context().with_telemetry_suppressed();
    client.get(&key).with_context(suppressed).await.unwrap();
    capture.scope(client.inner_mut().get(&key)).await.unwrap();
    client.get(&key).with_context(Context::new()).await.unwrap();
    assert_eq!(capture.tree(), "");
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn a_dump_of_the_keys_is_read_through_the_client() {
    let Some((address, key)) = server("dump") else {
        return;
    };
    let capture = Capture::new();
    let mut client = connect(&address).await;
    client.set(&key, "1", Some(60), None).await.unwrap();
    let mut dump = capture.scope(client.dump_keys()).await.unwrap();
    while dump.next().await.is_some() {}
    assert!(dump.is_complete());
    assert_eq!(
        tree(&capture, &address),
        "lru_crawler metadump SERVER client\n"
    );
}
