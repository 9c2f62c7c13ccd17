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

/// The rows of `query_raw`. The call's span ends with the last row, an error, or when the stream is dropped.
pub type RowStream = Recorded<tokio_postgres::RowStream>;

/// The messages of `simple_query_raw`. The call's span ends with the last one, an error, or when the stream is dropped.
pub type SimpleQueryStream = Recorded<tokio_postgres::SimpleQueryStream>;

pin_project! {
    /// A stream of the library that ends the span of its call: see [`RowStream`] and [`SimpleQueryStream`].
    #[project(!Unpin)]
    pub struct Recorded<S> {
        #[pin]
        stream: S,
        operation: Option<Operation<DbClient>>,
        returned: u64,
    }
}

impl<S> Recorded<S> {
    pub(crate) fn new(stream: S, operation: Operation<DbClient>) -> Self {
        Self {
            stream,
            operation: Some(operation),
            returned: 0,
        }
    }
}

impl RowStream {
    /// See [`tokio_postgres::RowStream::rows_affected`].
    #[must_use]
    pub fn rows_affected(&self) -> Option<u64> {
        self.stream.rows_affected()
    }
}

impl<T: Item, S: Stream<Item = Result<T, Error>>> Stream for Recorded<S> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let item = ready!(this.stream.poll_next(cx));
        if let Some(Ok(item)) = &item {
            *this.returned += u64::from(item.is_row());
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

impl<S> fmt::Debug for Recorded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").finish_non_exhaustive()
    }
}

mod sealed {
    /// What a stream brings.
    pub trait Item {
        fn is_row(&self) -> bool;
    }
}
use sealed::Item;

impl Item for Row {
    fn is_row(&self) -> bool {
        true
    }
}

/// Rows are among other messages.
impl Item for SimpleQueryMessage {
    fn is_row(&self) -> bool {
        matches!(self, Self::Row(_))
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

/// Rows of `simple_query`.
pub(crate) fn messages(messages: &[SimpleQueryMessage]) -> Option<u64> {
    let rows = messages.iter().filter(|message| message.is_row());
    u64::try_from(rows.count()).ok()
}
