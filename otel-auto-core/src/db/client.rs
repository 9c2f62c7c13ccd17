//! Database client spans, `db.client.operation.duration` and `db.client.response.returned_rows`.

use std::borrow::Cow;

use opentelemetry::{InstrumentationScope, trace::SpanKind};

use super::{DbParameters, DbRequest, query};
use crate::{
    Attributes, Bounded, Duration, Ending, ExceptionEvent, Instrumentation, Metrics, Outcome,
    Settings, Size, Sizes, SpanKey, intern::joined, library::Library, semconv, sql,
};

/// The convention of database client calls (semantic conventions, `db/database-spans.md`).
///
/// Spans are of kind `CLIENT` for every system, for those that run inside of the program too: a dashboard of database
/// calls shows SQLite's beside PostgreSQL's.
#[derive(Debug, Clone)]
pub struct DbClient {
    pub(super) library: Library,
}

impl DbClient {
    /// For the crate of this name and version, and under this name in settings.
    #[must_use]
    pub const fn new(scope: &'static str, version: &'static str, name: &'static str) -> Self {
        Self {
            library: Library::new(scope, version, name),
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

const RETURNED_ROWS: Size = Size {
    name: semconv::metric::DB_CLIENT_RESPONSE_RETURNED_ROWS,
    description: "The actual number of records returned by the database operation.",
    unit: "{row}",
    boundaries: &[
        1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0,
    ],
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
        self.library.name
    }

    fn metrics(&self, settings: &Settings) -> Metrics {
        Metrics {
            duration: Some(DURATION),
            response_size: settings.db.returned_rows.then_some(RETURNED_ROWS),
            ..Metrics::NONE
        }
    }

    fn excluded(&self, request: &DbRequest<'_>, settings: &Settings) -> bool {
        request.transaction_control && !settings.db.transaction_spans
    }

    fn scope(&self) -> InstrumentationScope {
        self.library.scope()
    }

    fn start(
        &self,
        request: &DbRequest<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, DbClientState) {
        attributes.add(semconv::DB_SYSTEM_NAME, request.system);
        // What is prepared is named by that: its text is for the span alone.
        let wanted = !request.prepares || attributes.is_recording();
        let query = request.query.filter(|query| wanted && !query.is_empty());
        let mut procedure = None;
        let (summary, text) = match query {
            Some(query) => {
                let dialect = sql::Dialect::from_system_name(request.system);
                let (sanitize, wanted) = (settings.db.sanitize, attributes.is_recording());
                let (summary, text) = query::described(query, dialect, sanitize, wanted);
                let summary = summary.filter(|_| !request.prepares);
                procedure = summary.as_ref().and_then(called);
                if request.is_batch() {
                    (Some(query::batch_summary(query, dialect)), text)
                } else {
                    (summary, text)
                }
            }
            None => (None, None),
        };
        if let Some(summary) = &summary {
            attributes.add(semconv::DB_QUERY_SUMMARY, summary.clone());
        }
        let operation = request.operation.clone().map(Bounded::from);
        if let Some(operation) = &operation {
            attributes.add(semconv::DB_OPERATION_NAME, operation.clone());
        }
        if let Some(procedure) = procedure.filter(|_| request.stored_procedure.is_none()) {
            attributes.add(semconv::DB_STORED_PROCEDURE_NAME, procedure);
        }
        for (key, value) in [
            (semconv::DB_COLLECTION_NAME, request.collection),
            (semconv::DB_STORED_PROCEDURE_NAME, request.stored_procedure),
            (semconv::DB_NAMESPACE, request.namespace),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                attributes.add(key, named(value));
            }
        }
        if let Some((host, port)) = request.server {
            attributes.add(semconv::SERVER_ADDRESS, named(host));
            if let Some(port) = port.filter(|_| request.default_port != port) {
                attributes.add(semconv::SERVER_PORT, port);
            }
            if let Some(service) = settings.peer_service(host, port, None) {
                attributes.span_only(semconv::SERVICE_PEER_NAME, service);
            }
        }
        if attributes.is_recording() {
            if let Some(text) = text {
                attributes.span_only(semconv::DB_QUERY_TEXT, text);
            } else if let Some(text) = &request.text {
                attributes.span_only(semconv::DB_QUERY_TEXT, text.clone().into_owned());
            }
            if let Some(size) = request.batch_size.filter(|_| request.is_batch()) {
                attributes.span_only(
                    semconv::DB_OPERATION_BATCH_SIZE,
                    i64::try_from(size).unwrap_or(i64::MAX),
                );
            } else if let Some(tell) = request.parameters {
                if settings.db.capture_parameters {
                    (tell.0)(&mut DbParameters::new(attributes));
                }
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
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        if let Some(rows) = state.rows.filter(|_| settings.db.returned_rows) {
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
                    .told(settings)
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

    fn sizes(&self, state: &DbClientState) -> Sizes {
        Sizes {
            request: None,
            response: state.rows,
        }
    }
}

/// What `CALL` calls, if the query does nothing else. The conventions ask not to take operations and collections from the
/// text, as there may be several: here there is one.
fn called(summary: &Bounded) -> Option<Bounded> {
    const CALL: &str = "CALL ";
    let name = |text: &str| {
        let (verb, name) = text.split_at_checked(CALL.len())?;
        let one = verb.eq_ignore_ascii_case(CALL) && !name.contains(' ');
        (one && !name.is_empty()).then_some(CALL.len()..)
    };
    match summary {
        Bounded::Static(text) => text.get(name(text)?).map(Bounded::Static),
        Bounded::Shared(text) => text.get(name(text)?).map(|name| name.to_owned().into()),
        _ => None,
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
    // The path of a socket says nothing either.
    let server = || {
        let (host, port) = request.server?;
        crate::intern(&format!("{host}:{}", port?))
    };
    let target = request
        .collection
        .or(request.stored_procedure)
        .or(namespace)
        .filter(|target| !target.is_empty())
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
