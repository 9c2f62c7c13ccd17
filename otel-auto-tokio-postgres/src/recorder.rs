//! What makes an operation of a call.

use std::{future::Future, sync::LazyLock, time::Duration};
#[cfg(feature = "deadpool")]
use std::{sync::Arc, time::Instant};

#[cfg(feature = "deadpool")]
use deadpool_postgres::StatementCache;
#[cfg(feature = "deadpool")]
use otel_auto_core::{Failure, db};
use otel_auto_core::{
    Instrumenter, Operation, Providers,
    db::{DbClient, DbParameters, DbRequest},
    opentelemetry::Context,
};
use tokio_postgres::{Error, types::ToSql};

use crate::{Recorded, Server, Statement, error, rows, server::Address};

/// The name of the system in the conventions.
pub(crate) const SYSTEM: &str = "postgresql";

/// One for all clients, so that a client costs nothing to make: some programs take one for each request.
static INSTRUMENTER: LazyLock<Instrumenter<DbClient>> =
    LazyLock::new(|| Instrumenter::new(CONVENTION));

pub(crate) const CONVENTION: DbClient = DbClient::new(
    env!("CARGO_PKG_NAME"),
    env!("CARGO_PKG_VERSION"),
    "tokio_postgres",
);

/// Starts the operations of one client.
#[derive(Clone)]
pub(crate) struct Recorder {
    instrumenter: Instrumenter<DbClient>,
    server: Server,
    /// Of the client that a pool has lent, for its transactions.
    #[cfg(feature = "deadpool")]
    pub(crate) cache: Option<Arc<StatementCache>>,
}

impl Recorder {
    pub(crate) fn new(server: Server) -> Self {
        Self::with(INSTRUMENTER.clone(), server)
    }

    #[cfg(feature = "deadpool")]
    pub(crate) fn of_pool(server: Server, pool: &db::Pool) -> Self {
        Self::with(pool.instrumenter(&INSTRUMENTER), server)
    }

    fn with(instrumenter: Instrumenter<DbClient>, server: Server) -> Self {
        Self {
            instrumenter,
            server,
            #[cfg(feature = "deadpool")]
            cache: None,
        }
    }

    #[cfg(feature = "deadpool")]
    pub(crate) fn cache(self, cache: Option<Arc<StatementCache>>) -> Self {
        Self { cache, ..self }
    }

    pub(crate) fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
            ..self
        }
    }

    fn request(&self) -> DbRequest<'_> {
        let mut request = DbRequest::new(SYSTEM);
        match &self.server.address {
            Some(Address::Tcp(host, port)) => request = request.server(host, *port),
            Some(Address::Socket(path)) => request = request.socket(path),
            None => {}
        }
        if let Some(database) = &self.server.database {
            request = request.namespace(database);
        }
        request
    }

    fn begin(&self, request: &DbRequest<'_>) -> Operation<DbClient> {
        self.instrumenter.start(&Context::current(), request)
    }

    /// The operation of a query. `tell` is asked for its parameters if the user wants them recorded.
    pub(crate) fn start(
        &self,
        sql: Option<&str>,
        tell: &dyn Fn(&mut DbParameters<'_>),
    ) -> Operation<DbClient> {
        let request = self.request();
        match sql {
            Some(sql) => self.begin(&request.query(sql).parameters(tell)),
            None => self.begin(&request),
        }
    }

    /// A connection could not be had.
    #[cfg(feature = "deadpool")]
    pub(crate) fn not_connected(&self, waited: Duration, failure: Failure<'_>) {
        db::not_connected(&self.instrumenter, waited, self.request(), failure);
    }

    /// Waits for a statement to be prepared. It is no run of the query, and not counted as one.
    pub(crate) async fn prepare(
        &self,
        sql: &str,
        call: impl Future<Output = Result<tokio_postgres::Statement, Error>>,
    ) -> Result<Statement, Error> {
        let operation = self.preparing(sql, Duration::ZERO);
        let statement = run(operation, call, rows::none).await?;
        Ok(Statement::new(statement, sql))
    }

    /// Waits for a statement out of a cache. That it was not in there is recorded only if it could not be prepared.
    #[cfg(feature = "deadpool")]
    pub(crate) async fn prepare_cached(
        &self,
        sql: &str,
        call: impl Future<Output = Result<tokio_postgres::Statement, Error>>,
    ) -> Result<Statement, Error> {
        let started = Instant::now();
        match call.await {
            Ok(statement) => Ok(Statement::new(statement, sql)),
            Err(error) => {
                error::fail(self.preparing(sql, started.elapsed()), &error);
                Err(error)
            }
        }
    }

    fn preparing(&self, sql: &str, ago: Duration) -> Operation<DbClient> {
        let parent = Context::current();
        match self.instrumenter.ready(&parent) {
            Some(ready) => ready.start_ago(ago, &parent, &self.request().prepare(sql)),
            None => Operation::off(),
        }
    }

    /// Waits for a call that begins or ends a transaction.
    pub(crate) async fn transaction<T>(
        &self,
        command: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let operation = self.begin(&self.request().query(command).transaction_control());
        run(operation, call, rows::none).await
    }
}

/// Tells the values that are bound to a query.
pub(crate) fn parameters<'a>(
    told: &mut DbParameters<'_>,
    values: impl Iterator<Item = &'a (dyn ToSql + Sync)>,
) {
    for value in values {
        told.add(format_args!("{value:?}"));
    }
}

/// Waits for a call. `rows` says how many came back.
pub(crate) async fn run<T>(
    operation: Operation<DbClient>,
    call: impl Future<Output = Result<T, Error>>,
    rows: impl FnOnce(&T) -> Option<u64>,
) -> Result<T, Error> {
    operation
        .future(call, |operation, result| end(operation, result, rows))
        .await
}

/// Waits for a stream, which takes the operation along.
pub(crate) async fn stream<S>(
    operation: Operation<DbClient>,
    call: impl Future<Output = Result<S, Error>>,
) -> Result<Recorded<S>, Error> {
    let mut rest = None;
    let stream = operation
        .future(call, |operation, result| match result {
            Ok(_) => rest = Some(operation),
            Err(error) => error::fail(operation, error),
        })
        .await?;
    Ok(Recorded::new(stream, rest.unwrap_or_else(Operation::off)))
}

fn end<T>(
    mut operation: Operation<DbClient>,
    result: &Result<T, Error>,
    rows: impl FnOnce(&T) -> Option<u64>,
) {
    match result {
        Ok(output) => {
            if let (Some(state), Some(rows)) = (operation.state(), rows(output)) {
                state.returned_rows(rows);
            }
            operation.complete();
        }
        Err(error) => error::fail(operation, error),
    }
}
