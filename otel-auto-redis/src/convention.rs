//! The database convention, as it is for Redis.

use std::borrow::Cow;

use opentelemetry_semantic_conventions::attribute::DB_STORED_PROCEDURE_NAME;
use otel_auto_core::{
    Attributes, Ending, ExceptionEvent, Instrumentation, Metrics, Outcome, Settings, SpanKey,
    db::{DbClient, DbClientState, DbRequest},
    opentelemetry::{InstrumentationScope, trace::SpanKind},
};

use crate::{
    Server,
    commands::{self, Commands},
    text::Shown,
};

/// The name of the system in the conventions.
pub(crate) const SYSTEM: &str = "redis";

pub(crate) const CONVENTION: DbClient =
    DbClient::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "redis");

/// One call, as it is known when it starts.
pub(crate) struct Call<'a> {
    pub(crate) commands: &'a dyn Commands,
    /// Channels belong to none.
    pub(crate) database: Option<i64>,
    pub(crate) server: &'a Server,
    pub(crate) keys: bool,
}

/// Tells the convention of database clients what a call is. The text is made only for spans that may be recorded.
#[derive(Debug)]
pub(crate) struct Redis(DbClient);

impl Redis {
    pub(crate) fn new() -> Self {
        Self(CONVENTION)
    }
}

impl Instrumentation for Redis {
    type Request<'a> = Call<'a>;
    type State = DbClientState;

    const KEY: Option<SpanKey> = DbClient::KEY;
    const EXCEPTION: Option<ExceptionEvent> = DbClient::EXCEPTION;

    fn kind(&self, _: &Call<'_>) -> SpanKind {
        SpanKind::Client
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn metrics(&self, settings: &Settings) -> Metrics {
        self.0.metrics(settings)
    }

    fn scope(&self) -> InstrumentationScope {
        self.0.scope()
    }

    fn start(
        &self,
        call: &Call<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Cow<'static, str>, DbClientState) {
        let (operation, batch) = commands::operation(call.commands);
        let database = call.database.map(index);
        let mut request = call.server.of(DbRequest::new(SYSTEM).operation(operation));
        if let Some(database) = &database {
            request = request.namespace(database);
        }
        if let Some(size) = batch {
            request = request.batch_size(size);
        }
        if attributes.is_recording() {
            let shown = Shown::new(call.keys, settings.db.sanitize);
            let text = commands::text(call.commands, shown);
            if !text.is_empty() {
                request = request.sanitized_text(text);
            }
            if let Some(procedure) = commands::procedure(call.commands) {
                attributes.span_only(DB_STORED_PROCEDURE_NAME, procedure);
            }
        }
        self.0.start(&request, settings, attributes)
    }

    fn end(
        &self,
        state: &mut DbClientState,
        outcome: &Outcome<'_>,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> Ending {
        self.0.end(state, outcome, settings, attributes)
    }
}

/// The index of a database as text: the first ones, nearly always the only ones, without making one.
fn index(database: i64) -> Cow<'static, str> {
    const FIRST: [&str; 16] = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
    ];
    match usize::try_from(database)
        .ok()
        .and_then(|index| FIRST.get(index))
    {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(database.to_string()),
    }
}
