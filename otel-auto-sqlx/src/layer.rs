use std::sync::Arc;

use otel_auto_core::{
    Instrumenter, Providers, SpanKey,
    db::DbClient,
    opentelemetry::{Context, trace::TraceContextExt},
};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Filtered, filter_fn},
    layer,
    registry::LookupSpan,
};

use crate::{event::Query, expected, known, statement};

const TARGET: &str = "sqlx::query";

/// A `tracing` layer that turns sqlx's query events into spans and metrics: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct QueryEvents {
    instrumenter: Instrumenter<DbClient>,
    system: Option<&'static str>,
}

impl QueryEvents {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        expected::listen();
        Self {
            instrumenter: crate::INSTRUMENTER.clone(),
            system: None,
        }
    }

    /// Works with these providers instead.
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.instrumenter = self.instrumenter.providers(providers);
        self
    }

    /// The database of all queries, by its name in the conventions: `postgresql`, `mysql`, `mariadb`, `sqlite`.
    #[must_use]
    pub fn system(mut self, system: &'static str) -> Self {
        self.system = Some(system);
        self
    }

    /// The layer with a filter of its own, so that neither `RUST_LOG` nor another layer's filter hides the events from
    /// it, and nothing else costs anything.
    #[must_use]
    pub fn filtered<S>(self) -> Filtered<Self, FilterFn, S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        // sqlx first asks whether such an event would be seen, with metadata that are no event's.
        let is_query: fn(&Metadata<'_>) -> bool =
            |metadata| !metadata.is_span() && metadata.target() == TARGET;
        self.with_filter(filter_fn(is_query))
    }

    fn record(&self, parent: &Context, query: &Query) {
        let Some(ready) = self.instrumenter.ready(parent) else {
            return;
        };
        let sql = query.sql();
        let target: Arc<_> = known::target(self.system, sql);
        let mut request = target.request().query(sql);
        if statement::is_transaction_control(sql) {
            request = request.transaction_control();
        }
        let mut operation = ready.start_ago(query.elapsed.unwrap_or_default(), parent, &request);
        if let (Some(state), Some(rows)) = (operation.state(), query.rows_returned) {
            state.returned_rows(rows);
        }
        operation.complete();
    }
}

impl Default for QueryEvents {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Subscriber> Layer<S> for QueryEvents {
    fn on_event(&self, event: &Event<'_>, context: layer::Context<'_, S>) {
        // What runs inside of a call that is recorded is that call.
        if event.metadata().target() != TARGET || SpanKey::DbClient.is_open() {
            return;
        }
        let parent = Context::current();
        if !parent.span().span_context().is_valid() {
            return;
        }
        let mut query = Query::default();
        event.record(&mut query);
        if !expected::take(context.current_span().id(), query.sql()) {
            self.record(&parent, &query);
        }
    }
}
