//! One call: a query, or a statement of a transaction.

use std::{
    borrow::Cow,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use otel_auto_core::{
    Attached, Operation, Ready, SpanKey,
    db::{DbClient, commented},
};
use pin_project_lite::pin_project;

use super::{
    Driver, failure,
    sqlx::{Either, Error, database::Database},
};
use crate::{
    calls::{Calls, Text},
    expected::Expected,
};

pub(super) struct Call<DB> {
    operation: Option<Operation<DbClient>>,
    system: &'static str,
    rows: Option<u64>,
    expected: Expected,
    database: PhantomData<fn() -> DB>,
}

impl<DB: Driver> Call<DB> {
    /// Starts the call of a query. Of one that nobody will see nothing inside has to know.
    pub(super) fn start(calls: &Calls, ready: Ready<DbClient>, query: &mut impl Text) -> Self {
        let mut call = Self::of(calls, ready, query.sql(), false);
        if let Some(operation) = &call.operation {
            if query.takes_comments()
                && let Cow::Owned(text) = commented(operation, call.system, query.sql())
            {
                query.replace(text);
            }
            if DB::REMOTE {
                call.expected = Expected::elsewhere(query.sql());
            }
        }
        call
    }

    /// Runs a statement of a transaction.
    pub(super) async fn control<T>(
        calls: &Arc<Calls>,
        statement: &'static str,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match calls.ready() {
            Some(ready) => {
                let call = Self::of(calls, ready, statement, true);
                Answer::new(future, call, |_| None).await
            }
            None => future.await,
        }
    }

    fn of(calls: &Calls, ready: Ready<DbClient>, sql: &str, control: bool) -> Self {
        let mut request = calls.target.request().query(sql);
        if control {
            request = request.transaction_control();
        }
        let parent = otel_auto_core::opentelemetry::Context::current();
        // The event comes from a thread that does not know it: the call has to be expected, although nothing is told.
        let is_silent = DB::REMOTE
            && !control
            && (parent.is_telemetry_suppressed() || SpanKey::DbClient.is_open());
        let operation = ready.start(&parent, &request);
        Self {
            operation: (operation.is_live() || is_silent).then_some(operation),
            system: calls.target.system,
            rows: None,
            expected: Expected::default(),
            database: PhantomData,
        }
    }

    /// Has anything inside to know of it?
    pub(super) fn is_live(&self) -> bool {
        self.operation.is_some()
    }

    fn attach(&self) -> Option<Attached<'_, DbClient>> {
        self.operation.as_ref().map(Operation::attach)
    }

    fn end(&mut self, error: Option<&Error>) {
        self.count();
        if let Some(operation) = self.operation.take() {
            match error {
                Some(error) => failure::end::<DB>(operation, self.system, error),
                None => {
                    self.expected.is_over();
                    operation.complete();
                }
            }
        }
    }

    fn count(&mut self) {
        if let Some(rows) = self.rows
            && let Some(state) = self.operation.as_mut().and_then(Operation::state)
        {
            state.returned_rows(rows);
        }
    }
}

pin_project! {
    /// The rows of a call, which ends with them, with an error, or when they are dropped.
    pub(super) struct Rows<S, DB: Driver> {
        #[pin]
        stream: Option<S>,
        call: Call<DB>,
    }

    impl<S, DB: Driver> PinnedDrop for Rows<S, DB> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // The event that sqlx makes when it is dropped is this call.
            let attached = this.call.attach();
            this.stream.set(None);
            drop(attached);
            this.call.count();
        }
    }
}

impl<S, DB: Driver> Rows<S, DB> {
    pub(super) fn new(stream: S, mut call: Call<DB>) -> Self {
        call.rows = Some(0);
        Self {
            stream: Some(stream),
            call,
        }
    }
}

type Item<DB> = Result<Either<<DB as Database>::QueryResult, <DB as Database>::Row>, Error>;

impl<S: Stream<Item = Item<DB>>, DB: Driver> Stream for Rows<S, DB> {
    type Item = Item<DB>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else {
            return Poll::Ready(None);
        };
        this.call.expected.announce();
        let item = {
            let _attached = this.call.attach();
            ready!(stream.poll_next(context))
        };
        match &item {
            Some(Ok(Either::Right(_))) => {
                this.call.rows = this.call.rows.map(|rows| rows + 1);
            }
            Some(Ok(Either::Left(_))) => {}
            Some(Err(error)) => this.call.end(Some(error)),
            None => this.call.end(None),
        }
        Poll::Ready(item)
    }
}

pin_project! {
    /// A call that gives one answer.
    pub(super) struct Answer<F, T, DB: Driver> {
        #[pin]
        future: Option<F>,
        call: Call<DB>,
        rows: fn(&T) -> Option<u64>,
    }

    impl<F, T, DB: Driver> PinnedDrop for Answer<F, T, DB> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let attached = this.call.attach();
            this.future.set(None);
            drop(attached);
        }
    }
}

impl<F, T, DB: Driver> Answer<F, T, DB> {
    pub(super) fn new(future: F, call: Call<DB>, rows: fn(&T) -> Option<u64>) -> Self {
        Self {
            future: Some(future),
            call,
            rows,
        }
    }
}

impl<F, Row, DB: Driver> Answer<F, Option<Row>, DB> {
    /// A call that gives one row or none.
    pub(super) fn row(future: F, call: Call<DB>) -> Self {
        Self::new(future, call, |row: &Option<Row>| {
            Some(u64::from(row.is_some()))
        })
    }
}

impl<F, T, DB: Driver> Future for Answer<F, T, DB>
where
    F: Future<Output = Result<T, Error>>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        this.call.expected.announce();
        let result = {
            let _attached = this.call.attach();
            let result = ready!(future.poll(context));
            // With the future goes what it holds, a connection too.
            this.future.set(None);
            result
        };
        this.call.rows = result.as_ref().ok().and_then(|answer| (this.rows)(answer));
        this.call.end(result.as_ref().err());
        Poll::Ready(result)
    }
}
