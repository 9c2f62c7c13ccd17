//! What runs queries: `&Pool`, and `&mut` of what its connections and transactions dereference to.

use std::{future::poll_fn, sync::Arc};

use futures_core::{future::BoxFuture, stream::BoxStream};

use super::{
    Driver, Pool,
    call::{Answer, Call, Rows},
    opened,
    sqlx::{
        Either, Error,
        database::Database,
        executor::{Execute, Executor},
        ext::async_stream::TryAsyncStream,
    },
};
use crate::calls::Calls;

pub(crate) type Item<DB> =
    Result<Either<<DB as Database>::QueryResult, <DB as Database>::Row>, Error>;
pub(crate) type One<DB> = Result<Option<<DB as Database>::Row>, Error>;

pub(crate) fn many_of_pool<'e, 'q: 'e, DB, E>(pool: &Pool<DB>, query: E) -> BoxStream<'e, Item<DB>>
where
    DB: Driver,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    E: 'q + Execute<'q, DB>,
{
    let Some(ready) = pool.calls().ready() else {
        return (&**pool).fetch_many(query);
    };
    let mut query = opened::<DB, _>(query);
    // The wait for a connection is a part of the call, and so is that there is none.
    let call = Call::<DB>::start(pool.calls(), ready, &mut query);
    if !call.is_live() && !pool.calls().metrics.is_measured() {
        return (&**pool).fetch_many(query);
    }
    let pool = pool.clone();
    let rows = TryAsyncStream::new(move |yielder| async move {
        let pending = pool.calls().metrics.wait();
        // As it is: each function around it would move its kilobytes once more.
        let taken = (*pool).acquire().await;
        let mut connection = pool.taken(pending, taken)?;
        let mut rows = (&mut ***connection).fetch_many(query);
        while let Some(item) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
            yielder.r#yield(item?).await;
        }
        Ok(())
    });
    Box::pin(Rows::new(rows, call))
}

pub(crate) fn one_of_pool<'e, 'q: 'e, DB, E>(pool: &Pool<DB>, query: E) -> BoxFuture<'e, One<DB>>
where
    DB: Driver,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    E: 'q + Execute<'q, DB>,
{
    let Some(ready) = pool.calls().ready() else {
        return (&**pool).fetch_optional(query);
    };
    let mut query = opened::<DB, _>(query);
    let call = Call::<DB>::start(pool.calls(), ready, &mut query);
    if !call.is_live() && !pool.calls().metrics.is_measured() {
        return (&**pool).fetch_optional(query);
    }
    let pool = pool.clone();
    // In a box of its own: what waits for a connection is some kilobytes, which would be moved with the call.
    let row: BoxFuture<'e, _> = Box::pin(async move {
        let pending = pool.calls().metrics.wait();
        let taken = (*pool).acquire().await;
        let mut connection = pool.taken(pending, taken)?;
        (&mut ***connection).fetch_optional(query).await
    });
    Box::pin(Answer::row(row, call))
}

pub(crate) fn many<'e, 'q: 'e, 'c: 'e, DB, E>(
    connection: &'c mut DB::Connection,
    calls: &Arc<Calls>,
    query: E,
) -> BoxStream<'e, Item<DB>>
where
    DB: Driver,
    &'c mut DB::Connection: Executor<'c, Database = DB>,
    E: 'q + Execute<'q, DB>,
{
    let Some(ready) = calls.ready() else {
        return connection.fetch_many(query);
    };
    let mut query = opened::<DB, _>(query);
    let call = Call::<DB>::start(calls, ready, &mut query);
    if !call.is_live() {
        return connection.fetch_many(query);
    }
    Box::pin(Rows::new(connection.fetch_many(query), call))
}

pub(crate) fn one<'e, 'q: 'e, 'c: 'e, DB, E>(
    connection: &'c mut DB::Connection,
    calls: &Arc<Calls>,
    query: E,
) -> BoxFuture<'e, One<DB>>
where
    DB: Driver,
    &'c mut DB::Connection: Executor<'c, Database = DB>,
    E: 'q + Execute<'q, DB>,
{
    let Some(ready) = calls.ready() else {
        return connection.fetch_optional(query);
    };
    let mut query = opened::<DB, _>(query);
    let call = Call::<DB>::start(calls, ready, &mut query);
    if !call.is_live() {
        return connection.fetch_optional(query);
    }
    Box::pin(Answer::row(connection.fetch_optional(query), call))
}

// One implementation per database: a generic one for connections sends the compiler round in circles, as it does in
// sqlx itself.
macro_rules! executors {
    (<$c:lifetime $(, $t:lifetime)?> $connection:ty, $DB:ty) => {
        impl<$c $(, $t)?> Executor<$c> for $connection {
            type Database = $DB;

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Item<$DB>>
            where
                $c: 'e,
                E: 'q + Execute<'q, $DB>,
            {
                many(&mut *self.inner, &self.calls, query)
            }

            fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, One<$DB>>
            where
                $c: 'e,
                E: 'q + Execute<'q, $DB>,
            {
                one(&mut *self.inner, &self.calls, query)
            }

            handed_on!($c, $DB, connection => (&mut *connection.inner));
        }
    };
    ($DB:ty) => {
        impl<'p> Executor<'p> for &'_ Pool<$DB> {
            type Database = $DB;

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Item<$DB>>
            where
                E: 'q + Execute<'q, $DB>,
            {
                many_of_pool(self, query)
            }

            fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, One<$DB>>
            where
                E: 'q + Execute<'q, $DB>,
            {
                one_of_pool(self, query)
            }

            handed_on!('p, $DB, pool => (&**pool));
        }

        executors!(<'c> &'c mut Connection<PoolConnection<$DB>>, $DB);
        executors!(<'c, 't> &'c mut Connection<Transaction<'t, $DB>>, $DB);
    };
}
