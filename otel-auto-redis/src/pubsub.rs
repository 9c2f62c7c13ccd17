//! Subscriptions. What they bring is no call, and a message has no room for a context.

use std::future::Future;

use futures_core::Stream;
use otel_auto_core::Operation;

use super::{
    redis::{
        self, ControlFlow, Msg, PubSub, PubSubCommands, RedisResult, ToRedisArgs,
        aio::{self, MultiplexedConnection, PubSubSink, PubSubStream},
    },
    reply,
};
use crate::{Connection, Traced, convention::Redis, recorder::Recorder};

/// A kind of connection, which no code can name.
#[derive(Debug)]
pub enum Subscribing {}

impl Traced<Subscribing> for aio::PubSub {}

fn start(recorder: &Recorder, command: &str, channels: &impl ToRedisArgs) -> Operation<Redis> {
    if recorder.is_off() {
        return Operation::off();
    }
    // Channels belong to no database.
    recorder.begin(redis::cmd(command).arg(channels), None)
}

fn end(operation: Operation<Redis>, result: &RedisResult<()>) {
    reply::end_by(operation, result.as_ref().map(|()| None));
}

fn confirmed(
    operation: Operation<Redis>,
    future: impl Future<Output = RedisResult<()>>,
) -> impl Future<Output = RedisResult<()>> {
    operation.future(future, end)
}

fn confirmed_now(
    operation: Operation<Redis>,
    call: impl FnOnce() -> RedisResult<()>,
) -> RedisResult<()> {
    let result = operation.run(call);
    end(operation, &result);
    result
}

macro_rules! subscriptions {
    ($connection:ty) => {
        impl Connection<$connection> {
            /// Subscribes to channels, as the connection itself does.
            ///
            /// # Errors
            ///
            /// Those of the connection.
            pub async fn subscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
                let operation = start(&self.recorder, "SUBSCRIBE", &channels);
                confirmed(operation, self.inner.subscribe(channels)).await
            }

            /// Ends subscriptions to channels, as the connection itself does.
            ///
            /// # Errors
            ///
            /// Those of the connection.
            pub async fn unsubscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
                let operation = start(&self.recorder, "UNSUBSCRIBE", &channels);
                confirmed(operation, self.inner.unsubscribe(channels)).await
            }

            /// Subscribes to the channels of patterns, as the connection itself does.
            ///
            /// # Errors
            ///
            /// Those of the connection.
            pub async fn psubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
                let operation = start(&self.recorder, "PSUBSCRIBE", &patterns);
                confirmed(operation, self.inner.psubscribe(patterns)).await
            }

            /// Ends subscriptions to patterns, as the connection itself does.
            ///
            /// # Errors
            ///
            /// Those of the connection.
            pub async fn punsubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
                let operation = start(&self.recorder, "PUNSUBSCRIBE", &patterns);
                confirmed(operation, self.inner.punsubscribe(patterns)).await
            }
        }
    };
}

subscriptions!(aio::PubSub);
subscriptions!(PubSubSink);
// With RESP3.
subscriptions!(MultiplexedConnection);

impl Connection<aio::PubSub> {
    /// The messages. They are not recorded.
    pub fn on_message(&mut self) -> impl Stream<Item = Msg> + '_ {
        self.inner.on_message()
    }

    /// The messages. They are not recorded.
    #[must_use]
    pub fn into_on_message(self) -> PubSubStream {
        self.inner.into_on_message()
    }

    /// What subscribes, recorded, and the messages, which are not.
    #[must_use]
    pub fn split(self) -> (Connection<PubSubSink>, PubSubStream) {
        let (sink, stream) = self.inner.split();
        let sink = Connection {
            inner: sink,
            recorder: self.recorder,
        };
        (sink, stream)
    }
}

impl Connection<redis::Connection> {
    /// A connection that subscribes. Subscriptions end with it.
    pub fn as_pubsub(&mut self) -> Connection<PubSub<'_>> {
        Connection {
            inner: self.inner.as_pubsub(),
            recorder: self.recorder.clone(),
        }
    }
}

impl Connection<PubSub<'_>> {
    /// Subscribes to channels.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn subscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
        let operation = start(&self.recorder, "SUBSCRIBE", &channels);
        confirmed_now(operation, || self.inner.subscribe(channels))
    }

    /// Ends subscriptions to channels.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn unsubscribe(&mut self, channels: impl ToRedisArgs) -> RedisResult<()> {
        let operation = start(&self.recorder, "UNSUBSCRIBE", &channels);
        confirmed_now(operation, || self.inner.unsubscribe(channels))
    }

    /// Subscribes to the channels of patterns.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn psubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
        let operation = start(&self.recorder, "PSUBSCRIBE", &patterns);
        confirmed_now(operation, || self.inner.psubscribe(patterns))
    }

    /// Ends subscriptions to patterns.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn punsubscribe(&mut self, patterns: impl ToRedisArgs) -> RedisResult<()> {
        let operation = start(&self.recorder, "PUNSUBSCRIBE", &patterns);
        confirmed_now(operation, || self.inner.punsubscribe(patterns))
    }

    /// Waits for the next message. It is not recorded.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn get_message(&mut self) -> RedisResult<Msg> {
        self.inner.get_message()
    }
}

/// The commands are recorded, and not the messages.
impl PubSubCommands for Connection<redis::Connection> {
    fn subscribe<C, F, U>(&mut self, channels: C, each: F) -> RedisResult<U>
    where
        F: FnMut(Msg) -> ControlFlow<U>,
        C: ToRedisArgs,
    {
        let mut subscribed = self.as_pubsub();
        subscribed.subscribe(channels)?;
        listen(subscribed, each)
    }

    fn psubscribe<P, F, U>(&mut self, patterns: P, each: F) -> RedisResult<U>
    where
        F: FnMut(Msg) -> ControlFlow<U>,
        P: ToRedisArgs,
    {
        let mut subscribed = self.as_pubsub();
        subscribed.psubscribe(patterns)?;
        listen(subscribed, each)
    }
}

fn listen<U>(
    mut subscribed: Connection<PubSub<'_>>,
    mut each: impl FnMut(Msg) -> ControlFlow<U>,
) -> RedisResult<U> {
    loop {
        if let ControlFlow::Break(value) = each(subscribed.get_message()?) {
            return Ok(value);
        }
    }
}
