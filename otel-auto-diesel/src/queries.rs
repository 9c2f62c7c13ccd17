//! What listens to a connection.

use std::{
    fmt,
    sync::LazyLock,
    time::{Duration, Instant},
};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use otel_auto_core::{
    Failure, Instrumenter, Providers,
    db::{self, DbClient, DbRequest},
    opentelemetry::Context,
};

use crate::{
    error,
    running::Running,
    target::{Target, UNKNOWN},
    text,
};

/// One for all connections, so that a connection costs nothing to make.
static INSTRUMENTER: LazyLock<Instrumenter<DbClient>> = LazyLock::new(|| {
    Instrumenter::new(DbClient::new(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        "diesel",
    ))
});

/// Records the queries of one connection: see the [crate's documentation](crate).
///
/// As the default of all connections it learns the URL when the connection is established.
pub struct Queries {
    instrumenter: Instrumenter<DbClient>,
    target: Target,
    running: Running,
    /// Since when, while it is being established.
    establishing: Option<Instant>,
}

impl Queries {
    /// For a connection to this URL that is established already.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self {
            target: Target::of(url),
            ..Self::default()
        }
    }

    /// Works with these providers instead of the process's.
    #[must_use]
    pub fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
            ..self
        }
    }

    fn request(target: &Target) -> DbRequest<'_> {
        let mut request = DbRequest::new(target.system);
        match &target.server {
            Some((host, Some(port))) => request = request.server(host, *port),
            Some((path, None)) => request = request.socket(path),
            None => {}
        }
        if let Some(namespace) = &target.namespace {
            request = request.namespace(namespace);
        }
        request
    }

    fn start(&mut self, query: &dyn DebugQuery) {
        self.running.end_dropped(self.target.pipelines());
        let parent = Context::current();
        let Some(ready) = self.instrumenter.ready(&parent) else {
            return;
        };
        let sql = text::sql(query);
        let mut request = Self::request(&self.target).query(&sql);
        if is_transaction(&sql) {
            request = request.transaction_control();
        }
        let operation = ready.start(&parent, &request);
        self.running.add(sql, &parent, operation);
    }

    fn finish(&mut self, query: &dyn DebugQuery, error: Option<&diesel::result::Error>) {
        let Some(operation) = self.running.take(query) else {
            return;
        };
        match error {
            // Asked for one row, and there is none: the query itself went well.
            None | Some(diesel::result::Error::NotFound) => operation.complete(),
            Some(error) => operation.fail(error::failure(error, self.target.system)),
        }
    }

    fn not_established(&self, waited: Duration) {
        let request = Self::request(&self.target);
        let failure = Failure::new("ConnectionError");
        db::not_connected(&self.instrumenter, waited, request, failure);
    }
}

impl Default for Queries {
    fn default() -> Self {
        Self {
            instrumenter: INSTRUMENTER.clone(),
            target: UNKNOWN,
            running: Running::default(),
            establishing: None,
        }
    }
}

impl Instrumentation for Queries {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.target = Target::of(url);
                self.establishing = Some(Instant::now());
            }
            InstrumentationEvent::FinishEstablishConnection { error, .. } => {
                let since = self.establishing.take();
                if error.is_some() {
                    self.not_established(since.map(|since| since.elapsed()).unwrap_or_default());
                }
            }
            // What a connection sets up is nobody's query.
            InstrumentationEvent::StartQuery { query, .. } if self.establishing.is_none() => {
                self.start(query);
            }
            InstrumentationEvent::FinishQuery { query, error, .. } => self.finish(query, error),
            _ => {}
        }
    }
}

impl fmt::Debug for Queries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queries")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Does diesel's transaction manager say this?
fn is_transaction(sql: &str) -> bool {
    let first = sql.split_ascii_whitespace().next().unwrap_or_default();
    ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
}
