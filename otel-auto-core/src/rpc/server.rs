//! RPC server spans and `rpc.server.call.duration`.

use std::borrow::Cow;

use opentelemetry::{InstrumentationScope, trace::SpanKind};

use super::{RpcCall, RpcState, SERVER_DURATION, methods::Methods};
use crate::{
    Attributes, Ending, ExceptionEvent, Instrumentation, Metrics, Outcome, Settings, SpanKey,
    http::text_of, library::Library, semconv,
};

/// The convention of gRPC server spans and metrics (semantic conventions, `rpc/grpc.md#server`).
///
/// `rpc.method` is the method if it is known to exist: the program [named](Self::known_method) it, or it has
/// [answered](RpcState::answered) before, or now. Else it is `_OTHER`, so that no caller can make series of metrics.
/// At most 1,024 methods are known.
#[derive(Debug)]
pub struct RpcServer {
    library: Library,
    methods: Methods,
}

impl RpcServer {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            library: Library::new(scope, version, name),
            methods: Methods::default(),
        }
    }

    /// Says that a method exists: `package.Service/Method`.
    pub fn known_method(&self, method: &str) {
        self.methods.learn(method);
    }
}

impl Instrumentation for RpcServer {
    type Request<'a> = &'a dyn RpcCall;
    type State = RpcState;

    const KEY: Option<SpanKey> = Some(SpanKey::RpcServer);
    const EXCEPTION: Option<ExceptionEvent> =
        Some(ExceptionEvent::error("rpc.server.call.exception"));
    const BRIDGED: bool = true;

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Server
    }

    fn name(&self) -> &'static str {
        self.library.name
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        Metrics {
            duration: Some(SERVER_DURATION),
            ..Metrics::NONE
        }
    }

    fn excluded(&self, call: &Self::Request<'_>, settings: &Settings) -> bool {
        super::is_excluded(self.library.name, *call, settings)
    }

    fn scope(&self) -> InstrumentationScope {
        self.library.scope()
    }

    fn start(
        &self,
        call: &Self::Request<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, RpcState) {
        let state = RpcState::start(*call, &self.methods, settings, attributes);
        if attributes.is_recording() {
            // The caller chooses the authority, so it is for the span alone.
            if let Some(host) = call.host() {
                attributes.span_only(semconv::SERVER_ADDRESS, host.to_owned());
                if let Some(port) = call.port() {
                    attributes.span_only(semconv::SERVER_PORT, i64::from(port));
                }
            }
            if let Some(peer) = call.peer() {
                attributes.span_only(semconv::NETWORK_PEER_ADDRESS, text_of(peer.ip()));
                attributes.span_only(semconv::NETWORK_PEER_PORT, i64::from(peer.port()));
            }
        }
        (Cow::Borrowed(state.name()), state)
    }

    fn end(
        &self,
        state: &mut RpcState,
        outcome: &Outcome<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        let (code, name) = state.end(outcome, &self.methods, settings, attributes);
        let error_type = match outcome {
            // Whoever goes away has no use for the answer: that is `CANCELLED`, and no error of the server's. One whose
            // time is over is another matter.
            Outcome::Completed | Outcome::Cancelled => {
                code.is_server_error().then(|| code.as_str().into())
            }
            Outcome::Failed(failure) => Some(failure.error_type.clone()),
            Outcome::Panicked => Some(semconv::PANIC.into()),
        };
        super::ending(state, name, error_type, outcome, attributes)
    }
}
