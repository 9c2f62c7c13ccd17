//! A fake OTLP receiver: a real server on the loopback interface that takes `http/protobuf`, `http/json` and `grpc` on one
//! port, keeps what arrives, and misbehaves on demand. It runs on its own thread, so a test needs no async
//! runtime, and its port is closed when it is stopped or dropped.
//!
//! ```
//! use otel_auto_testing::receiver::{Behaviour, Receiver};
//! use std::time::Duration;
//!
//! let receiver = Receiver::start();
//! receiver.once(Behaviour::refuse(503).retry_after(Duration::from_secs(1)));
//! // … point OTEL_EXPORTER_OTLP_ENDPOINT at `receiver.endpoint()`, run the program …
//! let spans = receiver.wait_for_spans(0, Duration::from_secs(5));
//! assert!(spans.iter().all(|span| span.resource_attribute("service.name").is_some()));
//! ```

mod answer;
mod behaviour;
mod decode;
mod received;
mod server;
mod store;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

pub use behaviour::Behaviour;
pub use decode::{DecodeError, Message, Request, Signal, Transport, decode};
pub use received::{LogRecord, Metric, Received, Span};

use server::{Server, Speaks};
use store::Store;

/// A running OTLP receiver.
#[derive(Debug)]
pub struct Receiver {
    store: Arc<Store>,
    server: Server,
}

impl Receiver {
    /// Starts a receiver on a free port of 127.0.0.1 that accepts everything.
    ///
    /// # Panics
    ///
    /// When no port or thread is to be had.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A receiver with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` wants it: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The address listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How every request is answered from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.store.behave(behaviour);
    }

    /// How the next request alone is answered; called again, how the one after it is.
    pub fn once(&self, behaviour: Behaviour) {
        self.store.once(behaviour);
    }

    /// Every request that could be decoded, refused ones too, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.store.read(<[Request]>::to_vec)
    }

    /// The spans of all accepted requests, each with its resource and scope.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.store.read(received::spans)
    }

    /// The metrics of all accepted requests, each with its resource and scope.
    #[must_use]
    pub fn metrics(&self) -> Vec<Metric> {
        self.store.read(received::metrics)
    }

    /// The log records of all accepted requests, each with its resource and scope.
    #[must_use]
    pub fn logs(&self) -> Vec<LogRecord> {
        self.store.read(received::logs)
    }

    /// Waits until `count` spans have arrived or `timeout` has passed, and returns the spans there are.
    #[must_use]
    pub fn wait_for_spans(&self, count: usize, timeout: Duration) -> Vec<Span> {
        self.wait_for(timeout, received::spans, |spans| spans.len() >= count)
    }

    /// Waits until `count` metrics have arrived or `timeout` has passed, and returns the metrics there are.
    #[must_use]
    pub fn wait_for_metrics(&self, count: usize, timeout: Duration) -> Vec<Metric> {
        self.wait_for(timeout, received::metrics, |metrics| metrics.len() >= count)
    }

    /// Waits until `count` log records have arrived or `timeout` has passed, and returns the records there are.
    #[must_use]
    pub fn wait_for_logs(&self, count: usize, timeout: Duration) -> Vec<LogRecord> {
        self.wait_for(timeout, received::logs, |logs| logs.len() >= count)
    }

    /// Waits until `count` requests have arrived or `timeout` has passed, and returns the requests there are.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize, timeout: Duration) -> Vec<Request> {
        self.wait_for(timeout, <[Request]>::to_vec, |requests| {
            requests.len() >= count
        })
    }

    fn wait_for<T>(
        &self,
        timeout: Duration,
        view: impl Fn(&[Request]) -> T,
        enough: impl Fn(&T) -> bool,
    ) -> T {
        self.store.wait(Instant::now() + timeout, view, enough)
    }

    /// How many requests were answered but not kept: undecodable, or beyond the capacity.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.store.dropped()
    }

    /// Forgets what has arrived so far, and what was dropped.
    pub fn clear(&self) {
        self.store.clear();
    }

    /// Closes the port and every open connection; what has arrived stays readable.
    pub fn stop(&self) {
        self.server.stop();
    }
}

/// Settings of a [`Receiver`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    address: SocketAddr,
    behaviour: Behaviour,
    speaks: Speaks,
    capacity: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            behaviour: Behaviour::accept(),
            speaks: Speaks::Both,
            capacity: 64 * 1024 * 1024,
        }
    }
}

impl Builder {
    /// Listens there, instead of on a free port of 127.0.0.1; to come back after [`Receiver::stop`], for instance.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// How requests are answered from the start.
    pub fn behaviour(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Speaks HTTP/1.1 alone, as a receiver without gRPC does.
    pub fn http1_only(mut self) -> Self {
        self.speaks = Speaks::Http1;
        self
    }

    /// Speaks HTTP/2 alone, as a gRPC port does.
    pub fn http2_only(mut self) -> Self {
        self.speaks = Speaks::Http2;
        self
    }

    /// How many bytes of (decompressed) requests are kept, 64 MiB by default. Later ones are answered and
    /// counted by [`Receiver::dropped`].
    pub fn capacity(mut self, bytes: usize) -> Self {
        self.capacity = bytes;
        self
    }

    /// Starts the receiver.
    ///
    /// # Panics
    ///
    /// When the address or a thread is not to be had.
    #[must_use]
    pub fn start(self) -> Receiver {
        let address = self.address;
        self.try_start()
            .unwrap_or_else(|error| panic!("no OTLP receiver on {address}: {error}"))
    }

    /// Starts the receiver, or says why it cannot.
    ///
    /// # Errors
    ///
    /// When the address or a thread is not to be had.
    pub fn try_start(self) -> std::io::Result<Receiver> {
        let store = Arc::new(Store::new(self.behaviour, self.capacity));
        let server = Server::start(self.address, self.speaks, Arc::clone(&store))?;
        Ok(Receiver { store, server })
    }
}

#[cfg(test)]
mod tests;
