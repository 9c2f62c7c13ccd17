//! RPC client spans and `rpc.client.call.duration`.

use std::borrow::Cow;

use opentelemetry::{InstrumentationScope, trace::SpanKind};

use super::{CLIENT_DURATION, Code, RpcCall, RpcState, methods::Methods};
use crate::{
    Attributes, Bounded, Ending, ExceptionEvent, Instrumentation, Metrics, Outcome, Settings,
    SpanKey, library::Library, semconv,
};

/// The convention of gRPC client spans and metrics (semantic conventions, `rpc/grpc.md#client`).
///
/// `rpc.method` is the method if the library [vouches](RpcCall::is_known) for it, the program
/// [named](Self::known_method) it, or it has answered. Else it is `_OTHER`. At most 1,024 methods are known.
#[derive(Debug)]
pub struct RpcClient {
    library: Library,
    methods: Methods,
}

impl RpcClient {
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

impl Instrumentation for RpcClient {
    type Request<'a> = &'a dyn RpcCall;
    type State = RpcState;

    const KEY: Option<SpanKey> = Some(SpanKey::RpcClient);
    const EXCEPTION: Option<ExceptionEvent> =
        Some(ExceptionEvent::warn("rpc.client.call.exception"));

    fn kind(&self, _: &Self::Request<'_>) -> SpanKind {
        SpanKind::Client
    }

    fn name(&self) -> &'static str {
        self.library.name
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        Metrics {
            duration: Some(CLIENT_DURATION),
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
        if let Some(host) = call.host() {
            // The program chooses whom it calls, so these may split a metric.
            attributes.add(
                semconv::SERVER_ADDRESS,
                crate::intern(host).map_or_else(|| host.to_owned().into(), Bounded::from),
            );
            if let Some(port) = call.port() {
                attributes.add(semconv::SERVER_PORT, port);
            }
            if let Some(service) = settings.peer_service(host, call.port(), None) {
                attributes.span_only(semconv::SERVICE_PEER_NAME, service);
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
            Outcome::Completed if code == Code::Ok => None,
            // Whoever drops a call does not want its answer: that is no error of anybody's.
            Outcome::Cancelled if matches!(code, Code::Ok | Code::Cancelled) => None,
            Outcome::Completed | Outcome::Cancelled => Some(code.as_str().into()),
            Outcome::Failed(failure) => Some(failure.error_type.clone()),
            Outcome::Panicked => Some(semconv::PANIC.into()),
        };
        super::ending(state, name, error_type, outcome, attributes)
    }
}
