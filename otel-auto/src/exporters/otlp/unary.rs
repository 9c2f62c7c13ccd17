//! One gRPC method of another service than OTLP's, called on the export thread with the exporters' client.

use std::{future::Future, time::Duration};

use http::{StatusCode, Uri};
use prost::Message;

use super::{
    BuildError, Exports, Signal,
    client::Client,
    failure::{Cause, Failure},
    grpc,
};
use crate::config::otlp::{Compression, Otlp, Protocol};

/// A method of a service, by its address and path.
#[derive(Debug)]
pub(crate) struct Unary {
    client: Client,
}

impl Unary {
    /// Neither connects nor reads a file. `path` is `/package.Service/Method`.
    pub(crate) fn new(
        endpoint: &str,
        path: &'static str,
        timeout: Duration,
    ) -> Result<Self, BuildError> {
        let settings = Otlp {
            protocol: Protocol::Grpc,
            endpoint: endpoint.to_owned(),
            headers: Vec::new(),
            compression: Compression::None,
            timeout: Some(timeout),
            certificate: None,
            client_key: None,
            client_certificate: None,
            proxy: None,
        };
        let mut client = Client::new(Signal::Traces, &settings)?;
        let mut parts = client.endpoint.uri.clone().into_parts();
        parts.path_and_query = path.parse().ok();
        client.endpoint.uri = Uri::from_parts(parts)
            .map_err(|_| BuildError(format!("{endpoint:?} and {path:?} are no URL")))?;
        Ok(Self { client })
    }

    /// The answer, or why there is none in a sentence. Must be polled on the export thread.
    pub(crate) async fn call<Q: Message, A: Message + Default>(
        &self,
        question: &Q,
    ) -> Result<A, String> {
        let patience = self.client.timeout().unwrap_or(Duration::MAX);
        let answer = match tokio::time::timeout(patience, self.ask(question)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::new(Cause::Timeout, format!("{patience:?}"))),
        };
        answer.map_err(|failure| {
            self.client.disconnect();
            failure.explain(&self.client.endpoint)
        })
    }

    async fn ask<Q: Message, A: Message + Default>(&self, question: &Q) -> Result<A, Failure> {
        let malformed = || Failure::new(Cause::Protocol, "the answer is not of this service");
        let body = grpc::frame(&question.encode_to_vec(), false).ok_or_else(malformed)?;
        let answer = self.client.post(body).await?;
        match grpc::status(&answer.headers, answer.trailers.as_ref()) {
            Some(status) => status?,
            None if answer.status == StatusCode::OK => return Err(malformed()),
            None => {
                let status = Cause::Status(answer.status.as_u16());
                return Err(Failure::new(status, ""));
            }
        }
        let message = grpc::unframe(&answer.body).ok_or_else(malformed)?;
        A::decode(message).map_err(|_| malformed())
    }
}

impl Exports {
    /// Runs `job` on the export thread until it ends or telemetry does. Does nothing when that thread is gone.
    pub(crate) fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        let _ = self.runtime.spawn(job);
    }
}
