//! Database client spans and `db.client.operation.duration`.

use std::borrow::Cow;

use opentelemetry::{InstrumentationScope, trace::SpanKind};

use super::DbRequest;
use crate::{
    Attributes, Bounded, Duration, Ending, ExceptionEvent, Instrumentation, Metrics, Outcome,
    Settings, SpanKey, intern::joined, semconv, sql,
};

/// The convention of database client calls (semantic conventions, `db/database-spans.md`).
#[derive(Debug, Clone)]
pub struct DbClient {
    scope: &'static str,
    version: &'static str,
    name: &'static str,
}

impl DbClient {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub const fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            scope,
            version,
            name,
        }
    }
}

/// What is learnt of a call from its response.
#[derive(Debug, Default)]
pub struct DbClientState {
    rows: Option<u64>,
}

impl DbClientState {
    /// The number of rows that came back.
    pub fn returned_rows(&mut self, rows: u64) {
        self.rows = Some(rows);
    }
}

const DURATION: Duration = Duration {
    name: semconv::metric::DB_CLIENT_OPERATION_DURATION,
    description: "Duration of database client operations.",
    boundaries: &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0],
};

impl Instrumentation for DbClient {
    type Request<'a> = DbRequest<'a>;
    type State = DbClientState;

    const KEY: Option<SpanKey> = Some(SpanKey::DbClient);
    const EXCEPTION: Option<ExceptionEvent> =
        Some(ExceptionEvent::warn("db.client.operation.exception"));

    fn kind(&self, _: &DbRequest<'_>) -> SpanKind {
        SpanKind::Client
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn metrics(&self, _: &Settings) -> Metrics {
        Metrics {
            duration: Some(DURATION),
            ..Metrics::NONE
        }
    }

    fn scope(&self) -> InstrumentationScope {
        semconv::scope(self.scope, self.version)
    }

    fn start(
        &self,
        request: &DbRequest<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, DbClientState) {
        attributes.add(semconv::DB_SYSTEM_NAME, request.system);
        let dialect = sql::Dialect::from_system_name(request.system);
        let summary = request
            .query
            .and_then(|query| sql::summary(query, dialect))
            .map(Bounded::from);
        if let Some(summary) = &summary {
            attributes.add(semconv::DB_QUERY_SUMMARY, summary.clone());
        }
        let operation = request.operation.clone().map(Bounded::from);
        if let Some(operation) = &operation {
            attributes.add(semconv::DB_OPERATION_NAME, operation.clone());
        }
        if let Some(collection) = request.collection {
            attributes.add(semconv::DB_COLLECTION_NAME, named(collection));
        }
        if let Some(namespace) = request.namespace {
            attributes.add(semconv::DB_NAMESPACE, named(namespace));
        }
        if let Some((host, port)) = request.server {
            attributes.add(semconv::SERVER_ADDRESS, named(host));
            if request.default_port != Some(port) {
                attributes.add(semconv::SERVER_PORT, port);
            }
            if let Some(service) = settings.peer_service(host, Some(port), None) {
                attributes.span_only(semconv::SERVICE_PEER_NAME, service);
            }
        }
        if attributes.is_recording() {
            if let Some(query) = request.query.filter(|query| !query.is_empty()) {
                attributes.span_only(
                    semconv::DB_QUERY_TEXT,
                    sql::sanitize(query, dialect).into_owned(),
                );
            } else if let Some(text) = &request.text {
                attributes.span_only(semconv::DB_QUERY_TEXT, text.clone().into_owned());
            }
            if let Some(size) = request.batch_size.filter(|size| *size != 1) {
                attributes.span_only(
                    semconv::DB_OPERATION_BATCH_SIZE,
                    i64::try_from(size).unwrap_or(i64::MAX),
                );
            }
            if let Some(peer) = request.peer {
                attributes.span_only(semconv::NETWORK_PEER_ADDRESS, peer.ip().to_string());
                attributes.span_only(semconv::NETWORK_PEER_PORT, i64::from(peer.port()));
            }
        }
        (
            name_of(request, summary, operation),
            DbClientState::default(),
        )
    }

    fn end(
        &self,
        state: &mut DbClientState,
        outcome: &Outcome<'_>,
        _settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        if let Some(rows) = state.rows {
            attributes.span_only(
                semconv::DB_RESPONSE_RETURNED_ROWS,
                i64::try_from(rows).unwrap_or(i64::MAX),
            );
        }
        match outcome {
            // Whoever drops a call does not want its result.
            Outcome::Completed | Outcome::Cancelled => Ending::default(),
            Outcome::Failed(failure) => {
                if let Some(code) = &failure.status_code {
                    attributes.add(semconv::DB_RESPONSE_STATUS_CODE, named(code));
                }
                attributes.add(semconv::ERROR_TYPE, failure.error_type.clone());
                let description = failure
                    .description
                    .filter(|_| attributes.is_recording())
                    .map(ToString::to_string);
                Ending::error(description)
            }
            Outcome::Panicked => {
                attributes.add(semconv::ERROR_TYPE, semconv::PANIC);
                Ending::error(None)
            }
        }
    }
}

/// The summary; else operation and target; else the target; else the system.
fn name_of(
    request: &DbRequest<'_>,
    summary: Option<Bounded>,
    operation: Option<Bounded>,
) -> Cow<'static, str> {
    if let Some(summary) = summary {
        return text(summary);
    }
    // An index says nothing as a name, and the conventions ask to leave Redis's out.
    let namespace = request.namespace.filter(|_| request.system != "redis");
    let server = || {
        let (host, port) = request.server?;
        crate::intern(&format!("{host}:{port}"))
    };
    let target = request
        .collection
        .or(namespace)
        .and_then(crate::intern)
        .or_else(server);
    match (operation, target) {
        (Some(Bounded::Static(operation)), Some(target)) => joined(operation, target),
        (Some(operation), Some(target)) => format!("{} {target}", text(operation)).into(),
        (Some(operation), None) => text(operation),
        (None, Some(target)) => target.into(),
        (None, None) => request.system.into(),
    }
}

fn text(value: Bounded) -> Cow<'static, str> {
    match value {
        Bounded::Static(text) => text.into(),
        Bounded::Shared(text) => text.to_string().into(),
        Bounded::Int(number) => number.to_string().into(),
        Bounded::Bool(truth) => truth.to_string().into(),
    }
}

/// A name that the program chose: interned while there are few.
fn named(text: &str) -> Bounded {
    crate::intern(text).map_or_else(|| text.to_owned().into(), Bounded::from)
}
