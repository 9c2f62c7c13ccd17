//! A receiver of OTLP for the two services.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use otel_auto::console::{Metric, Span};
use otel_auto_testing::receiver::{Message, decode};
use tokio::{net::TcpListener, sync::mpsc};

use super::traces::Traces;

pub(super) struct Inbox {
    address: SocketAddr,
    messages: mpsc::Receiver<Message>,
    traces: Traces,
    /// The latest of each service: it sends all its metrics at once, each with its total so far.
    metrics: BTreeMap<String, Vec<Metric>>,
}

impl Inbox {
    pub(super) async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, messages) = mpsc::channel(1024);
        let app = Router::new().fallback(receive).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            address,
            messages,
            traces: Traces::default(),
            metrics: BTreeMap::new(),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The spans of the next trace that is whole.
    pub(super) async fn next_trace(&mut self) -> Vec<Span> {
        loop {
            if let Some(spans) = self.traces.next_whole() {
                return spans;
            }
            match self.messages.recv().await {
                Some(message) => self.take(&message),
                // The server above has ended, which it does not while the runtime runs.
                None => std::future::pending().await,
            }
        }
    }

    /// The spans that are in no trace yet, and all metrics.
    pub(super) fn close(mut self) -> (Vec<Span>, Vec<Metric>) {
        while let Ok(message) = self.messages.try_recv() {
            self.take(&message);
        }
        (
            self.traces.into_rest(),
            self.metrics.into_values().flatten().collect(),
        )
    }

    fn take(&mut self, message: &Message) {
        match message {
            Message::Traces(traces) => {
                let spans = traces.resource_spans.iter().flat_map(Span::from_proto);
                spans.for_each(|span| self.traces.add(span));
            }
            Message::Metrics(metrics) => {
                for metrics in metrics.resource_metrics.iter().map(Metric::from_proto) {
                    if let Some(service) = metrics.first().map(|metric| metric.service.clone()) {
                        self.metrics.insert(service, metrics);
                    }
                }
            }
            Message::Logs(_) => {}
        }
    }
}

async fn receive(
    State(sender): State<mpsc::Sender<Message>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match decode(uri.path(), &headers, &body) {
        Ok(request) => {
            // If nobody reads it any more, the runner is at its end.
            let _ = sender.send(request.message).await;
            [(header::CONTENT_TYPE, "application/x-protobuf")].into_response()
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, error.to_string()).into_response()
        }
    }
}
