//! What makes an operation of a call.

#[cfg(feature = "deadpool")]
use std::sync::Arc;
use std::{future::Future, sync::LazyLock};

#[cfg(feature = "deadpool")]
use deadpool_postgres::StatementCache;
use otel_auto_core::{
    Instrumenter, Operation, Providers,
    db::{DbClient, DbRequest},
    opentelemetry::Context,
    sql::{self, Dialect},
};
use tokio_postgres::Error;

use crate::{RowStream, Server, Statement, error, rows, server::DEFAULT_PORT};

/// One for all clients, so that a client costs nothing to make: some programs take one for each request.
static INSTRUMENTER: LazyLock<Instrumenter<DbClient>> = LazyLock::new(|| {
    Instrumenter::new(DbClient::new(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        "tokio_postgres",
    ))
});

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
        Self {
            instrumenter: INSTRUMENTER.clone(),
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
        let mut request = DbRequest::new("postgresql").default_port(DEFAULT_PORT);
        if let Some((host, port)) = &self.server.address {
            request = request.server(host, *port);
        }
        if let Some(database) = &self.server.database {
            request = request.namespace(database);
        }
        request
    }

    fn begin(&self, request: &DbRequest<'_>) -> Operation<DbClient> {
        self.instrumenter.start(&Context::current(), request)
    }

    fn start(&self, sql: Option<&str>) -> Operation<DbClient> {
        let request = self.request();
        match sql {
            Some(sql) => self.begin(&request.query(sql)),
            None => self.begin(&request),
        }
    }

    /// Waits for a statement to be prepared. It is no run of the query, and not counted as one.
    pub(crate) async fn prepare(
        &self,
        sql: &str,
        call: impl Future<Output = Result<tokio_postgres::Statement, Error>>,
    ) -> Result<Statement, Error> {
        let text = sql::sanitize(sql, Dialect::PostgreSql);
        let request = self.request().operation("PREPARE").sanitized_text(text);
        let statement = self
            .begin(&request)
            .future(call, |operation, result| end(operation, result, rows::none))
            .await?;
        Ok(Statement::new(statement, sql))
    }

    /// Waits for a stream of rows, which takes the operation along.
    pub(crate) async fn stream(
        &self,
        sql: Option<&str>,
        call: impl Future<Output = Result<tokio_postgres::RowStream, Error>>,
    ) -> Result<RowStream, Error> {
        let mut rest = None;
        let rows = self
            .start(sql)
            .future(call, |operation, result| match result {
                Ok(_) => rest = Some(operation),
                Err(error) => operation.fail(error::failure(error)),
            })
            .await?;
        Ok(RowStream::new(rows, rest.unwrap_or_else(Operation::off)))
    }

    /// Waits for a call that begins or ends a transaction.
    pub(crate) async fn transaction<T>(
        &self,
        _command: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        call.await
    }

    /// Waits for a call. `rows` says how many came back.
    pub(crate) async fn call<T>(
        &self,
        sql: Option<&str>,
        call: impl Future<Output = Result<T, Error>>,
        rows: impl FnOnce(&T) -> Option<u64>,
    ) -> Result<T, Error> {
        let operation = self.start(sql);
        operation
            .future(call, |operation, result| end(operation, result, rows))
            .await
    }
}

pub(crate) fn end<T>(
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
        Err(error) => {
            if operation.is_live() {
                operation.fail(error::failure(error));
            }
        }
    }
}
