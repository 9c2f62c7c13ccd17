//! Subscriptions are calls, messages are not.

use std::sync::atomic::{AtomicUsize, Ordering};

use otel_auto_redis::Traced;
use otel_auto_testing::Capture;
use redis::{
    AsyncCommands, AsyncConnectionConfig, ControlFlow, Msg, PubSubCommands, RedisWrite, ToRedisArgs,
};

use super::own::Own;

fn texts(capture: &Capture) -> Vec<String> {
    let spans = capture.spans();
    spans
        .iter()
        .map(|span| span.text("db.query.text"))
        .collect()
}

async fn next(messages: impl futures_core::Stream<Item = Msg>) -> String {
    let mut messages = std::pin::pin!(messages);
    let message = std::future::poll_fn(|cx| messages.as_mut().poll_next(cx)).await;
    message.unwrap().get_payload().unwrap()
}

#[tokio::test]
async fn what_a_pubsub_connection_subscribes_to_is_recorded() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let mut publisher = client.get_multiplexed_async_connection().await.unwrap();
    let capture = Capture::new();
    capture
        .scope(async {
            let messages = client.get_async_pubsub().await.unwrap();
            let mut messages = messages.traced(&client);
            messages.subscribe(&["news", "weather"]).await.unwrap();
            messages.psubscribe("n*").await.unwrap();
            let _: () = publisher.publish("weather", "secret").await.unwrap();
            assert_eq!(next(messages.on_message()).await, "secret");
            messages.unsubscribe("weather").await.unwrap();
            let (mut sink, stream) = messages.split();
            sink.punsubscribe("n*").await.unwrap();
            let _: () = publisher.publish("news", "secret").await.unwrap();
            assert_eq!(next(stream).await, "secret");
        })
        .await;
    assert_eq!(
        texts(&capture),
        [
            "SUBSCRIBE news weather",
            "PSUBSCRIBE n*",
            "UNSUBSCRIBE weather",
            "PUNSUBSCRIBE n*"
        ]
    );
    let span = &capture.spans()[0];
    assert_eq!(span.name, format!("SUBSCRIBE 127.0.0.1:{}", own.port));
    assert_eq!(span.text("db.operation.name"), "SUBSCRIBE");
    assert_eq!(span.text("server.address"), "127.0.0.1");
    assert!(!format!("{:?}", capture.spans()).contains("secret"));
}

#[tokio::test]
async fn what_a_multiplexed_connection_subscribes_to_is_recorded() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let url = format!("redis://127.0.0.1:{}/?protocol=resp3", own.port);
    let client = redis::Client::open(url).unwrap();
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let config = AsyncConnectionConfig::new().set_push_sender(sender);
    let connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .unwrap();
    let mut connection = connection.traced(&client).hide_keys();
    let mut other = own
        .client()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let capture = Capture::new();
    capture
        .scope(async {
            connection.subscribe("news").await.unwrap();
            let _: () = other.publish("news", "secret").await.unwrap();
            while received.recv().await.unwrap().kind != redis::PushKind::Message {}
            // One that speaks the old protocol has no subscriptions.
            let mut old = other.clone().traced(&client);
            old.subscribe("news").await.unwrap_err();
        })
        .await;
    assert_eq!(
        capture
            .tree_with(&["db.query.text", "error.type"])
            .replace(&own.port.to_string(), "PORT"),
        "SUBSCRIBE 127.0.0.1:PORT client db.query.text=SUBSCRIBE ?\n\
         SUBSCRIBE 127.0.0.1:PORT client error db.query.text=SUBSCRIBE news error.type=invalid_client_config\n"
    );
}

/// Counts how often it is written.
#[derive(Default)]
struct Channel(AtomicUsize);

impl ToRedisArgs for Channel {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        self.0.fetch_add(1, Ordering::Relaxed);
        out.write_arg(b"news");
    }
}

#[tokio::test]
async fn channels_are_not_looked_at_without_telemetry() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let (plain, traced) = (Channel::default(), Channel::default());
    let mut messages = client.get_async_pubsub().await.unwrap();
    messages.subscribe(&plain).await.unwrap();
    let mut messages = messages.traced(&client);
    messages.subscribe(&traced).await.unwrap();
    assert_eq!(traced.0.into_inner(), plain.0.into_inner());
}

#[test]
fn what_a_blocking_connection_subscribes_to_is_recorded() {
    let Some(own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let mut connection = client.get_connection().unwrap().traced(&client);
    let publish = |channel: &'static str| {
        let mut publisher = client.get_connection().unwrap();
        std::thread::spawn(move || {
            loop {
                let mut publish = redis::cmd("PUBLISH");
                let heard = publish
                    .arg(channel)
                    .arg("secret")
                    .query::<u32>(&mut publisher);
                if heard.unwrap() > 0 {
                    return;
                }
            }
        })
    };
    let capture = Capture::new();
    capture.in_scope(|| {
        let mut messages = connection.as_pubsub();
        messages.subscribe("news").unwrap();
        let publisher = publish("news");
        assert_eq!(messages.get_message().unwrap().get_channel_name(), "news");
        messages.unsubscribe("news").unwrap();
        drop(messages);
        publisher.join().unwrap();
        let publisher = publish("weather");
        let heard = connection.psubscribe("w*", |message: Msg| {
            ControlFlow::Break(message.get_payload::<String>())
        });
        assert_eq!(heard.unwrap().unwrap(), "secret");
        publisher.join().unwrap();
    });
    assert_eq!(
        texts(&capture),
        ["SUBSCRIBE news", "UNSUBSCRIBE news", "PSUBSCRIBE w*"]
    );
}
