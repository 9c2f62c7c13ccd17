//! How many rows came back, and a stream of rows that ends its operation.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use otel_auto_core::{Operation, db::DbClient};
use pin_project_lite::pin_project;
use tokio_postgres::{Error, Row, SimpleQueryMessage};

use crate::error;

pin_project! {
    /// The rows of `query_raw`. The call's span ends with the last row, an error, or when the stream is dropped.
    #[project(!Unpin)]
    pub struct RowStream {
        #[pin]
        rows: tokio_postgres::RowStream,
        operation: Option<Operation<DbClient>>,
        returned: u64,
    }
}

impl RowStream {
    pub(crate) fn new(rows: tokio_postgres::RowStream, operation: Operation<DbClient>) -> Self {
        Self {
            rows,
            operation: Some(operation),
            returned: 0,
        }
    }

    /// See [`tokio_postgres::RowStream::rows_affected`].
    #[must_use]
    pub fn rows_affected(&self) -> Option<u64> {
        self.rows.rows_affected()
    }
}

impl Stream for RowStream {
    type Item = Result<Row, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let item = ready!(this.rows.poll_next(cx));
        if let Some(Ok(_)) = &item {
            *this.returned += 1;
        }
        let Some(operation) = this.operation.as_mut() else {
            return Poll::Ready(item);
        };
        // Before the end, so that a stream that is dropped has told them.
        if let Some(state) = operation.state() {
            state.returned_rows(*this.returned);
        }
        match &item {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                if let Some(operation) = this.operation.take() {
                    error::fail(operation, error);
                }
            }
            None => {
                if let Some(operation) = this.operation.take() {
                    operation.complete();
                }
            }
        }
        Poll::Ready(item)
    }
}

impl fmt::Debug for RowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").finish_non_exhaustive()
    }
}

pub(crate) fn count<T>(rows: &[T]) -> Option<u64> {
    u64::try_from(rows.len()).ok()
}

pub(crate) fn none<T>(_: &T) -> Option<u64> {
    None
}

pub(crate) fn one<T>(_: &T) -> Option<u64> {
    Some(1)
}

pub(crate) fn at_most_one<T>(row: Option<&T>) -> Option<u64> {
    Some(u64::from(row.is_some()))
}

/// Rows of `simple_query`, which are among other messages.
pub(crate) fn messages(messages: &[SimpleQueryMessage]) -> Option<u64> {
    let rows = messages
        .iter()
        .filter(|message| matches!(message, SimpleQueryMessage::Row(_)));
    u64::try_from(rows.count()).ok()
}
