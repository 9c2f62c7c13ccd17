//! Tries each signal's endpoint with an empty export, through the client that exports: one attempt, no retry, no
//! report. The steps before it, name and connection, are taken by hand, so that it can be said how far it went.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::join_all;
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use tokio::net::{TcpStream, lookup_host};

use super::{
    Exports, Report, Signal,
    client::Client,
    delivery::Delivery,
    failure::{Cause, Failure},
    runtime::ExportRuntime,
};
use crate::config::otlp::Otlp;

/// A person waits for it.
const LIMIT: Duration = Duration::from_secs(5);
/// What the steps before the export may take of it.
const STEP_LIMIT: Duration = Duration::from_secs(2);

/// How the attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probed {
    /// Without secrets.
    pub(crate) url: String,
    /// The steps that went well, with their times.
    pub(crate) steps: Vec<String>,
    /// The names of the user's headers that went along.
    pub(crate) headers: Vec<String>,
    /// What the receiver said, or what went wrong and what to do about it.
    pub(crate) outcome: Result<String, String>,
}

/// All endpoints at once. An endpoint that cannot be used has a sentence for an answer.
pub(crate) fn probe(endpoints: Vec<(Signal, Otlp)>) -> Vec<(Signal, Result<Probed, String>)> {
    let exports = Exports::new(Report::new(LIMIT, |_| {}));
    let mut answers: Vec<(Signal, Result<Probed, String>)> = Vec::new();
    let (mut signals, mut attempts) = (Vec::new(), Vec::new());
    for (signal, settings) in endpoints {
        match Attempt::new(signal, &settings, &exports) {
            Ok(attempt) => {
                signals.push(signal);
                attempts.push(attempt);
            }
            Err(problem) => answers.push((signal, Err(problem))),
        }
    }
    let all = async { join_all(attempts.into_iter().map(Attempt::make)).await };
    match ExportRuntime::new().run_within(LIMIT + STEP_LIMIT, all) {
        Ok(probed) => answers.extend(signals.into_iter().zip(probed.into_iter().map(Ok))),
        Err(_) => {
            let gone = || Err("no thread could be had to try it on".to_owned());
            answers.extend(signals.into_iter().map(|signal| (signal, gone())));
        }
    }
    answers
}

struct Attempt {
    signal: Signal,
    client: Arc<Client>,
    body: Result<Bytes, Failure>,
    headers: Vec<String>,
    limit: Duration,
}

impl Attempt {
    fn new(signal: Signal, settings: &Otlp, exports: &Exports) -> Result<Self, String> {
        let delivery =
            Delivery::new(signal, settings, exports).map_err(|error| error.to_string())?;
        let body = match signal {
            Signal::Traces => delivery.encode(&ExportTraceServiceRequest::default()),
            Signal::Metrics => delivery.encode(&ExportMetricsServiceRequest::default()),
            Signal::Logs => delivery.encode(&ExportLogsServiceRequest::default()),
        };
        Ok(Self {
            signal,
            body,
            headers: settings
                .headers
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
            limit: settings.timeout.map_or(LIMIT, |own| own.min(LIMIT)),
            client: delivery.client(),
        })
    }

    async fn make(self) -> Probed {
        let mut steps = Vec::new();
        if let Some(proxy) = self.client.endpoint.proxy() {
            steps.push(format!("proxy {proxy}"));
        } else {
            // What fails here fails in the export too, which knows the words for it.
            let _ = tokio::time::timeout(STEP_LIMIT, self.connect(&mut steps)).await;
        }
        let begin = Instant::now();
        let outcome = match tokio::time::timeout(self.limit, self.export()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(Cause::Timeout, format!("{:?}", self.limit))),
        };
        let endpoint = &self.client.endpoint;
        let unreached = [Cause::Refused, Cause::Dns, Cause::Tls, Cause::Timeout];
        let reached = !matches!(&outcome, Err(failure) if unreached.contains(&failure.cause));
        if endpoint.uri.scheme_str() == Some("https") && reached {
            steps.push("TLS".to_owned());
        }
        let took = millis(begin);
        Probed {
            url: endpoint.shown().to_owned(),
            steps,
            headers: self.headers,
            outcome: match outcome {
                Ok(said) => Ok(format!("{said} in {took}")),
                Err(failure) => Err(format!("{} (after {took})", failure.explain(endpoint))),
            },
        }
    }

    async fn connect(&self, steps: &mut Vec<String>) -> std::io::Result<()> {
        let endpoint = &self.client.endpoint;
        let host = endpoint.host().trim_matches(['[', ']']);
        let begin = Instant::now();
        let addresses: Vec<_> = lookup_host((host, endpoint.port())).await?.collect();
        let shown: Vec<_> = addresses.iter().map(|at| at.ip().to_string()).collect();
        steps.push(format!("DNS {} ({})", shown.join(", "), millis(begin)));
        let begin = Instant::now();
        let stream = TcpStream::connect(&addresses[..]).await?;
        steps.push(format!("TCP {} ({})", stream.peer_addr()?, millis(begin)));
        Ok(())
    }

    /// What the receiver said.
    async fn export(&self) -> Result<String, Failure> {
        let answer = self.client.post(self.body.clone()?).await?;
        let accepted = answer.read(self.client.protocol(), self.signal)?;
        let mut said = format!("{}", answer.status);
        if !accepted.message.is_empty() {
            said.push_str(&format!(" (it says: {})", accepted.message));
        }
        Ok(said)
    }
}

fn millis(begin: Instant) -> String {
    format!("{:.1} ms", begin.elapsed().as_secs_f64() * 1000.0)
}
