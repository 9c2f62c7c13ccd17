//! What goes wrong with a server, on spans and metrics alike.

use std::time::Duration;

use otel_auto_redis::Traced;
use otel_auto_testing::Capture;
use redis::{AsyncCommands, Client, Commands, RedisResult, Script, aio::ConnectionManagerConfig};

use super::own::{Own, free_port};

const KEYS: &[&str] = &["db.response.status_code", "error.type"];

/// The tree of the spans; the metrics must tell the same kinds of error, as often.
fn told(capture: &Capture) -> String {
    let spans = capture.spans();
    let mut of_spans: Vec<_> = spans.iter().map(|span| span.text("error.type")).collect();
    let mut of_metrics = Vec::new();
    for point in capture.metric("db.client.operation.duration") {
        for _ in 0..point.number() as usize {
            of_metrics.push(point.get("error.type").to_owned());
        }
    }
    of_spans.sort_unstable();
    of_metrics.sort_unstable();
    assert_eq!(of_spans, of_metrics);
    let tree = capture.tree_with(KEYS);
    match spans[0].text("server.port") {
        port if port.is_empty() => tree,
        port => tree.replace(&format!(" 127.0.0.1:{port}"), ""),
    }
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_works_closes_the_connection() {
    let Some(mut own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let capture = Capture::new();
    let waiting = tokio::spawn(
        capture.scope(async move { connection.blpop::<_, Option<String>>("queue", 0.0).await }),
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    own.kill();
    waiting.await.unwrap().unwrap_err();
    assert_eq!(
        told(&capture),
        "BLPOP client error error.type=connection_closed\n"
    );
}

#[test]
fn a_blocking_connection_tells_a_killed_server_too() {
    let Some(mut own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let mut connection = client.get_connection().unwrap().traced(&client);
    let capture = Capture::new();
    let waiting = std::thread::spawn({
        let context = capture.context();
        move || {
            let _attached = context.attach();
            connection.blpop::<_, Option<String>>("queue", 0.0)
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    own.kill();
    waiting.join().unwrap().unwrap_err();
    assert_eq!(
        told(&capture),
        "BLPOP client error error.type=connection_closed\n"
    );
}

#[tokio::test]
async fn a_manager_reconnects_and_each_call_tells_how_it_went() {
    let Some(mut own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let settings = ConnectionManagerConfig::new().set_number_of_retries(0);
    let manager = client
        .get_connection_manager_with_config(settings)
        .await
        .unwrap();
    let mut manager = manager.traced(&client);
    let capture = Capture::new();
    let _: () = capture.scope(manager.set("key", 1)).await.unwrap();
    own.kill();
    let gone: RedisResult<i32> = capture.scope(manager.get("key")).await;
    gone.unwrap_err();
    let refused: RedisResult<i32> = capture.scope(manager.get("key")).await;
    refused.unwrap_err();
    own.restart();
    // The first calls after it may still be told of the attempt that was refused.
    let back = async {
        while manager.exists::<_, bool>("key").await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), back)
        .await
        .unwrap();
    let _: () = capture.scope(manager.set("key", 2)).await.unwrap();
    let tree = told(&capture);
    let lines: Vec<_> = tree.lines().collect();
    assert_eq!(lines.len(), 4, "{tree}");
    assert_eq!((lines[0], lines[3]), ("SET client", "SET client"));
    assert!(
        lines[1].starts_with("GET client error error.type=connection_"),
        "{tree}"
    );
    assert_eq!(lines[2], "GET client error error.type=connection_refused");
}

#[tokio::test]
async fn a_manager_without_a_server_is_refused() {
    let client = Client::open(format!("redis://127.0.0.1:{}", free_port())).unwrap();
    let settings = ConnectionManagerConfig::new().set_number_of_retries(0);
    // Nothing is wrapped yet, and so nothing is told of a first connection.
    let result = client.get_connection_manager_with_config(settings).await;
    assert!(result.is_err());
}

#[tokio::test]
async fn an_answer_that_is_late_is_a_timeout() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    connection
        .inner_mut()
        .set_response_timeout(Duration::from_millis(50));
    let mut blocking = client.get_connection().unwrap().traced(&client);
    let timeout = Some(Duration::from_millis(50));
    blocking.inner_mut().set_read_timeout(timeout).unwrap();
    let capture = Capture::new();
    let late: RedisResult<()> = capture.scope(connection.blpop("queue", 1.0)).await;
    late.unwrap_err();
    let late: RedisResult<()> = capture.in_scope(|| blocking.blpop("queue", 1.0));
    late.unwrap_err();
    assert_eq!(
        told(&capture),
        "BLPOP client error error.type=timeout\n".repeat(2)
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_is_no_error() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let capture = Capture::new();
    let call = capture.scope(connection.blpop::<_, ()>("queue", 0.0));
    tokio::time::timeout(Duration::from_millis(50), call)
        .await
        .unwrap_err();
    assert_eq!(told(&capture), "BLPOP client\n");
}

#[tokio::test]
async fn what_the_server_refuses_keeps_its_code() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let mut plain = client.get_connection().unwrap();
    let capture = Capture::new();
    let _: () = redis::cmd("SET")
        .arg("key")
        .arg("text")
        .query(&mut plain)
        .unwrap();
    let wrong: RedisResult<()> = capture.scope(connection.lpush("key", 1)).await;
    wrong.unwrap_err();
    let no_script: RedisResult<()> = capture
        .scope(
            redis::cmd("EVALSHA")
                .arg("4a22")
                .arg(0)
                .query_async(&mut connection),
        )
        .await;
    no_script.unwrap_err();
    let set = |name: &str, value: &str| {
        let mut plain = client.get_connection().unwrap();
        redis::cmd("CONFIG")
            .arg("SET")
            .arg(name)
            .arg(value)
            .exec(&mut plain)
            .unwrap();
    };
    set("maxmemory", "1");
    let full: RedisResult<()> = capture.scope(connection.set("more", 1)).await;
    full.unwrap_err();
    set("maxmemory", "0");
    redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(free_port())
        .exec(&mut plain)
        .unwrap();
    let read_only: RedisResult<()> = capture.scope(connection.set("more", 1)).await;
    read_only.unwrap_err();
    let in_pipeline: RedisResult<()> = capture
        .scope(
            redis::pipe()
                .get("key")
                .set("more", 1)
                .query_async(&mut connection),
        )
        .await;
    in_pipeline.unwrap_err();
    assert_eq!(
        told(&capture),
        "LPUSH client error db.response.status_code=WRONGTYPE error.type=WRONGTYPE\n\
         EVALSHA client error db.response.status_code=NOSCRIPT error.type=NOSCRIPT\n\
         SET client error db.response.status_code=OOM error.type=OOM\n\
         SET client error db.response.status_code=READONLY error.type=READONLY\n\
         PIPELINE client error db.response.status_code=READONLY error.type=READONLY\n"
    );
}

#[tokio::test]
async fn a_script_that_is_not_there_yet_is_loaded_and_called_again() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let capture = Capture::new();
    let script = Script::new("return 1");
    let one: i32 = capture
        .scope(script.prepare_invoke().invoke_async(&mut connection))
        .await
        .unwrap();
    assert_eq!(one, 1);
    assert_eq!(
        told(&capture),
        "EVALSHA client error db.response.status_code=NOSCRIPT error.type=NOSCRIPT\n\
         SCRIPT client\n\
         EVALSHA client\n"
    );
}

#[tokio::test]
async fn publishing_is_recorded_and_receiving_is_not() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let capture = Capture::new();
    capture
        .scope(async {
            let mut messages = client.get_async_pubsub().await.unwrap();
            messages.subscribe("news").await.unwrap();
            let heard: u32 = connection.publish("news", "secret").await.unwrap();
            assert_eq!(heard, 1);
        })
        .await;
    assert_eq!(told(&capture), "PUBLISH client\n");
    assert_eq!(capture.spans()[0].text("db.query.text"), "PUBLISH news ?");
}

#[tokio::test]
async fn values_are_shown_where_the_settings_ask_for_it_but_no_passwords() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let capture = Capture::builder()
        .settings(|settings| settings.db.sanitize = false)
        .build();
    capture
        .scope(async {
            let _: () = connection.set("key", "a value").await.unwrap();
            let failed: RedisResult<()> = redis::cmd("AUTH")
                .arg("someone")
                .arg("hunter2")
                .query_async(&mut connection)
                .await;
            failed.unwrap_err();
        })
        .await;
    let texts: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.text("db.query.text"))
        .collect();
    assert_eq!(texts, ["SET key \"a value\"", "AUTH ? ?"]);
}
