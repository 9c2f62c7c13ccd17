use otel_auto_core::{
    Instrumenter, Providers,
    db::{DbClient, DbRequest},
    opentelemetry::{Context, trace::TraceContextExt},
};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Filtered, filter_fn},
    layer,
    registry::LookupSpan,
};

use crate::{event::Query, system};

const TARGET: &str = "sqlx::query";

/// A `tracing` layer that turns sqlx's query events into spans and metrics: see the [crate's documentation](crate).
#[derive(Debug, Clone)]
pub struct QueryEvents {
    instrumenter: Instrumenter<DbClient>,
    system: Option<&'static str>,
    by_url: Option<&'static str>,
}

impl QueryEvents {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        let convention = DbClient::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "sqlx");
        let by_url = std::env::var("DATABASE_URL")
            .ok()
            .as_deref()
            .and_then(system::of_url);
        Self {
            instrumenter: Instrumenter::new(convention),
            system: None,
            by_url,
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

    fn record(&self, query: &Query) {
        let parent = Context::current();
        if !parent.span().span_context().is_valid() {
            return;
        }
        let Some(ready) = self.instrumenter.ready(&parent) else {
            return;
        };
        let sql = query.sql();
        let system = self
            .system
            .or_else(system::of_thread)
            .or(self.by_url)
            .or_else(|| system::of_placeholders(sql))
            .unwrap_or("other_sql");
        let request = DbRequest::new(system).query(sql);
        let mut operation = ready.start_ago(query.elapsed.unwrap_or_default(), &parent, &request);
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
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut query = Query::default();
        event.record(&mut query);
        self.record(&query);
    }
}
