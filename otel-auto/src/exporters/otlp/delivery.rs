//! One export from its bytes to the outcome: compressed and framed where it was called, sent and retried on the
//! export thread, reported at the end.

use std::{
    io::Write,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use flate2::{Compression as Level, write::GzEncoder};
use futures_util::future::{Either, select};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tokio::time::Instant;

use super::{
    BuildError, Exports, Signal,
    client::Client,
    failure::{Cause, Failure},
    grpc,
    report::Report,
    response::Accepted,
    retry::{Backoff, WITHOUT_LIMIT},
    runtime::{Exit, Stopped},
    self_metrics::Exporter,
};
use crate::{
    config::otlp::{Compression, Otlp, Protocol},
    exporters::json::Json,
};

/// Delivers the batches of one signal.
#[derive(Debug)]
pub(super) struct Delivery {
    signal: Signal,
    client: Arc<Client>,
    exports: Exports,
    exporter: Exporter,
    shut_down: AtomicBool,
}

impl Delivery {
    pub(super) fn new(
        signal: Signal,
        settings: &Otlp,
        exports: &Exports,
    ) -> Result<Self, BuildError> {
        let client = Arc::new(Client::new(signal, settings)?);
        Ok(Self {
            signal,
            exporter: Exporter::new(signal, &client.endpoint),
            client,
            exports: exports.clone(),
            shut_down: AtomicBool::new(false),
        })
    }

    pub(super) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    /// The body that carries a message, on the calling thread.
    pub(super) fn encode(&self, message: &(impl prost::Message + Json)) -> Result<Bytes, Failure> {
        let bytes = match self.client.protocol() {
            Protocol::HttpProtobuf | Protocol::Grpc => message.encode_to_vec(),
            Protocol::HttpJson => message.json().into_bytes(),
        };
        let (bytes, compressed) = match self.client.compression() {
            Compression::None => (bytes, false),
            Compression::Gzip => (gzip(&bytes)?, true),
        };
        match self.client.protocol() {
            Protocol::HttpProtobuf | Protocol::HttpJson => Ok(Bytes::from(bytes)),
            Protocol::Grpc => grpc::frame(&bytes, compressed).ok_or_else(|| {
                Failure::new(
                    Cause::Protocol,
                    "the batch is longer than a gRPC message can be",
                )
            }),
        }
    }

    /// Sends a body with so many items, and reports how it went.
    pub(super) async fn send(&self, body: Result<Bytes, Failure>, items: u64) -> OTelSdkResult {
        if self.shut_down.load(Ordering::Acquire) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let measured = self.exports.metrics.get();
        let measured = measured.map(|metrics| metrics.begin(&self.exporter, items));
        let outcome = match body {
            Ok(body) => self.attempt(body, items).await,
            Err(failure) => Err(failure),
        };
        if let Some(running) = measured {
            running.end(&outcome);
        }
        let endpoint = &self.client.endpoint;
        match outcome {
            Ok(accepted) => {
                self.exports
                    .report
                    .delivered(self.signal, endpoint, &accepted, items);
                Ok(())
            }
            Err(failure) => {
                self.exports
                    .report
                    .lost(self.signal, endpoint, &failure, items);
                Err(OTelSdkError::InternalFailure(failure.explain(endpoint)))
            }
        }
    }

    async fn attempt(&self, body: Bytes, items: u64) -> Result<Accepted, Failure> {
        let attempts = Attempts {
            signal: self.signal,
            client: Arc::clone(&self.client),
            report: Arc::clone(&self.exports.report),
            exit: self.exports.runtime.exit(),
            waiting: items.saturating_add(self.exports.waiting(self.signal)),
            body,
        };
        let outcome = self.exports.runtime.run(attempts.deliver()).await;
        outcome.unwrap_or_else(|Stopped| Err(Failure::new(Cause::Stopped, "")))
    }

    /// Later exports are errors.
    pub(super) fn shutdown(&self) -> OTelSdkResult {
        if self.shut_down.swap(true, Ordering::AcqRel) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        Ok(())
    }
}

/// The fastest level costs a third of the default one.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Level::fast());
    let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    compressed.map_err(|error| Failure::new(Cause::Protocol, error.to_string()))
}

/// One export on the export thread.
struct Attempts {
    signal: Signal,
    client: Arc<Client>,
    report: Arc<Report>,
    exit: Exit,
    /// These items, and those behind them in the queue.
    waiting: u64,
    body: Bytes,
}

impl Attempts {
    /// Ends with the export's timeout, or with the grace of a shutdown, whichever comes first.
    async fn deliver(self) -> Result<Accepted, Failure> {
        let client = Arc::clone(&self.client);
        let over = pin!(self.exit.clone().over());
        let attempts = pin!(self.within_timeout());
        let outcome = match select(attempts, over).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => Err(Failure::new(
                Cause::Timeout,
                "the time that an exit may take",
            )),
        };
        if matches!(&outcome, Err(failure) if failure.cause == Cause::Timeout) {
            client.disconnect();
        }
        outcome
    }

    async fn within_timeout(self) -> Result<Accepted, Failure> {
        let begin = Instant::now();
        let Some(timeout) = self.client.timeout() else {
            return self.attempt_until(begin + WITHOUT_LIMIT).await;
        };
        // A timeout beyond what a clock can say is no limit.
        let end = begin.checked_add(timeout).unwrap_or(begin + WITHOUT_LIMIT);
        match tokio::time::timeout_at(end, self.attempt_until(end)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(Cause::Timeout, format!("{timeout:?}"))),
        }
    }

    /// No attempt begins after `end`; what ends the attempts is the last failure, not a timeout that hides it.
    async fn attempt_until(mut self, end: Instant) -> Result<Accepted, Failure> {
        let mut backoff = Backoff::new();
        let mut failures = 0_u32;
        loop {
            let answer = self.client.post(self.body.clone()).await;
            let failure =
                match answer.and_then(|answer| answer.read(self.client.protocol(), self.signal)) {
                    Ok(accepted) => return Ok(accepted),
                    Err(failure) => failure,
                };
            let pause = backoff.pause(failure.retry_after);
            let in_time = Instant::now()
                .checked_add(pause)
                .is_some_and(|next| next < end);
            if !failure.is_retryable() || !in_time || self.exit.has_begun() {
                return Err(failure);
            }
            failures += 1;
            // The first failure may be a moment's; with the second the user should know.
            if failures == 2 {
                let endpoint = &self.client.endpoint;
                self.report
                    .retrying(self.signal, endpoint, &failure, self.waiting);
            }
            self.rest(pause).await;
        }
    }

    /// A shutdown cuts the pause short: there is time for one last attempt, not for waiting.
    async fn rest(&mut self, pause: Duration) {
        select(pin!(tokio::time::sleep(pause)), pin!(self.exit.begun())).await;
    }
}
