//! A service of all four kinds, which does what its messages say.
//!
//! - `code:5`: fails with that code, at once in a unary call, after two messages in a stream.
//! - `count:3`: three messages, a tick before each.
//! - `slow`, `endless`: no answer for a long time, no end.
//! - `panic`: panics.
//! - `trace`: makes a span, in the handler and before each message of a stream.
//! - `metadata`: answers with metadata at its beginning.
//! - anything else: itself.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, BufMut};
use futures_util::{Stream, StreamExt, stream};
use otel_auto_core::opentelemetry::{
    Context as Telemetry,
    trace::{TraceContextExt, Tracer},
};
use otel_auto_testing::Capture;
use tonic::{
    Code, Request, Response, Status, Streaming,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{
        ClientStreamingService, Grpc, NamedService, ServerStreamingService, StreamingService,
        UnaryService,
    },
};
use tower::Service;

pub const SERVICE: &str = "probe.Probe";

/// Messages are text.
#[derive(Debug, Clone, Copy)]
pub struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = message.copy_to_bytes(message.remaining());
        String::from_utf8(bytes.into())
            .map(Some)
            .map_err(|_| Status::invalid_argument("not text"))
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;
type Answer<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;

#[derive(Clone, Default)]
pub struct Probe {
    /// Where the spans of `trace` go.
    pub tracer: Option<opentelemetry_sdk::trace::SdkTracer>,
}

impl Probe {
    pub fn traced(capture: &Capture) -> Self {
        Self {
            tracer: Some(capture.tracer("probe")),
        }
    }

    fn trace(&self, name: &'static str) {
        if let Some(tracer) = &self.tracer {
            tracer.in_span(name, |_| ());
        }
    }

    async fn one(&self, message: String) -> Result<Response<String>, Status> {
        if let Some(code) = message.strip_prefix("code:") {
            return Err(failure(code));
        }
        match message.as_str() {
            "slow" => tokio::time::sleep(Duration::from_secs(30)).await,
            "panic" => panic!("asked to"),
            "trace" => {
                self.trace("before await");
                tokio::task::yield_now().await;
                self.trace("after await");
            }
            "trace id" => {
                let span = Telemetry::current().span().span_context().clone();
                return Ok(Response::new(span.trace_id().to_string()));
            }
            "metadata" => {
                let mut response = Response::new(message);
                let metadata = response.metadata_mut();
                metadata.append("x-probe", "one".parse().unwrap());
                metadata.append("x-probe", "two".parse().unwrap());
                metadata.append("set-cookie", "secret".parse().unwrap());
                return Ok(response);
            }
            _ => {}
        }
        Ok(Response::new(message))
    }

    fn many(&self, message: &str) -> Messages {
        if let Some(code) = message.strip_prefix("code:") {
            let failure = failure(code);
            return Box::pin(stream::iter([
                Ok("one".to_owned()),
                Ok("two".to_owned()),
                Err(failure),
            ]));
        }
        let count = match message.split_once(':') {
            Some(("count", count)) => count.parse().unwrap(),
            _ if message == "endless" => usize::MAX,
            _ => 1,
        };
        let (probe, message) = (self.clone(), message.to_owned());
        Box::pin(stream::iter(0..count).then(move |number| {
            let (probe, message) = (probe.clone(), message.clone());
            async move {
                if message == "panic" {
                    panic!("asked to");
                }
                tokio::time::sleep(super::TICK).await;
                if message == "trace" {
                    probe.trace("in stream");
                }
                Ok(number.to_string())
            }
        }))
    }
}

fn failure(code: &str) -> Status {
    let code = Code::from(code.parse::<i32>().unwrap());
    Status::new(code, format!("it was {code:?}, really"))
}

impl UnaryService<String> for Probe {
    type Response = String;
    type Future = Answer<String>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let probe = self.clone();
        Box::pin(async move { probe.one(request.into_inner()).await })
    }
}

impl ServerStreamingService<String> for Probe {
    type Response = String;
    type ResponseStream = Messages;
    type Future = Answer<Messages>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let messages = self.many(&request.into_inner());
        Box::pin(async move { Ok(Response::new(messages)) })
    }
}

impl ClientStreamingService<String> for Probe {
    type Response = String;
    type Future = Answer<String>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        let probe = self.clone();
        Box::pin(async move {
            let mut messages = request.into_inner();
            let mut last = String::new();
            while let Some(message) = messages.message().await? {
                last = message;
            }
            probe.one(last).await
        })
    }
}

impl StreamingService<String> for Probe {
    type Response = String;
    type ResponseStream = Messages;
    type Future = Answer<Messages>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        Box::pin(async move {
            let messages: Messages = Box::pin(request.into_inner());
            Ok(Response::new(messages))
        })
    }
}

impl NamedService for Probe {
    const NAME: &'static str = SERVICE;
}

impl Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let probe = self.clone();
        let mut grpc = Grpc::new(Text);
        Box::pin(async move {
            let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
            Ok(match method.as_str() {
                "Unary" => grpc.unary(probe, request).await,
                "ServerStreaming" => grpc.server_streaming(probe, request).await,
                "ClientStreaming" => grpc.client_streaming(probe, request).await,
                "Bidi" => grpc.streaming(probe, request).await,
                // As the generated code does it.
                _ => http::Response::builder()
                    .header("content-type", "application/grpc")
                    .header("grpc-status", i32::from(Code::Unimplemented))
                    .body(Body::empty())
                    .unwrap(),
            })
        })
    }
}
