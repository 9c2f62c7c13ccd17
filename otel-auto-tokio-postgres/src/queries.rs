//! The methods that clients and transactions share.

/// Implements them for a type with a `recorder: Recorder` and `fn raw(&self) -> &tokio_postgres::Client`.
///
/// A transaction of the library calls the client as well: it adds nothing to a query.
macro_rules! queries {
    ($($of:tt)*) => {
        /// Calls of the library's client, by their names there; errors are the library's.
        $($of)* {
            /// See [`tokio_postgres::Client::prepare`].
            ///
            /// # Errors
            ///
            /// Those of the library, here and below.
            pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
                self.prepare_typed(sql, &[]).await
            }

            /// See [`tokio_postgres::Client::prepare_typed`].
            pub async fn prepare_typed(&self, sql: &str, types: &[Type]) -> Result<Statement, Error> {
                let call = self.raw().prepare_typed(sql, types);
                self.recorder.prepare(sql, call).await
            }

            /// See [`tokio_postgres::Client::query`].
            pub async fn query<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Vec<Row>, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query(query.statement(), params);
                recorder::run(operation, call, |rows| rows::count(rows)).await
            }

            /// See [`tokio_postgres::Client::query_one`].
            pub async fn query_one<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Row, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query_one(query.statement(), params);
                recorder::run(operation, call, rows::one).await
            }

            /// See [`tokio_postgres::Client::query_opt`].
            pub async fn query_opt<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Option<Row>, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query_opt(query.statement(), params);
                recorder::run(operation, call, |row| rows::at_most_one(row.as_ref())).await
            }

            /// See [`tokio_postgres::Client::query_scalar`].
            pub async fn query_scalar<R: FromSqlOwned, Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Vec<R>, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query_scalar(query.statement(), params);
                recorder::run(operation, call, |rows| rows::count(rows)).await
            }

            /// See [`tokio_postgres::Client::query_one_scalar`].
            pub async fn query_one_scalar<R: FromSqlOwned, Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<R, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query_one_scalar(query.statement(), params);
                recorder::run(operation, call, rows::one).await
            }

            /// See [`tokio_postgres::Client::query_opt_scalar`].
            pub async fn query_opt_scalar<R: FromSqlOwned, Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<Option<R>, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().query_opt_scalar(query.statement(), params);
                recorder::run(operation, call, |row| rows::at_most_one(row.as_ref())).await
            }

            /// See [`tokio_postgres::Client::query_raw`].
            pub async fn query_raw<Q, P, I>(&self, query: &Q, params: I) -> Result<RowStream, Error>
            where
                Q: ?Sized + Query,
                P: BorrowToSql,
                I: IntoIterator<Item = P>,
                I::IntoIter: ExactSizeIterator,
            {
                let operation = self.recorder.start(query.sql(), &|_| {});
                let call = self.raw().query_raw(query.statement(), params);
                recorder::stream(operation, call).await
            }

            /// See [`tokio_postgres::Client::query_typed`].
            pub async fn query_typed(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Vec<Row>, Error> {
                let operation = self.recorder.start(Some(sql), &|told| parameters(told, params.iter().map(|(value, _)| *value)));
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().query_typed(&sql, params);
                recorder::run(operation, call, |rows| rows::count(rows)).await
            }

            /// See [`tokio_postgres::Client::query_typed_one`].
            pub async fn query_typed_one(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Row, Error> {
                let operation = self.recorder.start(Some(sql), &|told| parameters(told, params.iter().map(|(value, _)| *value)));
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().query_typed_one(&sql, params);
                recorder::run(operation, call, rows::one).await
            }

            /// See [`tokio_postgres::Client::query_typed_opt`].
            pub async fn query_typed_opt(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<Option<Row>, Error> {
                let operation = self.recorder.start(Some(sql), &|told| parameters(told, params.iter().map(|(value, _)| *value)));
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().query_typed_opt(&sql, params);
                recorder::run(operation, call, |row| rows::at_most_one(row.as_ref())).await
            }

            /// See [`tokio_postgres::Client::query_typed_raw`].
            pub async fn query_typed_raw<P, I>(&self, sql: &str, params: I) -> Result<RowStream, Error>
            where
                P: BorrowToSql,
                I: IntoIterator<Item = (P, Type)>,
            {
                let operation = self.recorder.start(Some(sql), &|_| {});
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().query_typed_raw(&sql, params);
                recorder::stream(operation, call).await
            }

            /// See [`tokio_postgres::Client::execute`].
            pub async fn execute<Q: ?Sized + Query>(
                &self,
                query: &Q,
                params: &[&(dyn ToSql + Sync)],
            ) -> Result<u64, Error> {
                let operation = self.recorder.start(query.sql(), &|told| parameters(told, params.iter().copied()));
                let call = self.raw().execute(query.statement(), params);
                recorder::run(operation, call, rows::none).await
            }

            /// See [`tokio_postgres::Client::execute_typed`].
            pub async fn execute_typed(
                &self,
                sql: &str,
                params: &[(&(dyn ToSql + Sync), Type)],
            ) -> Result<u64, Error> {
                let operation = self.recorder.start(Some(sql), &|told| parameters(told, params.iter().map(|(value, _)| *value)));
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().execute_typed(&sql, params);
                recorder::run(operation, call, rows::none).await
            }

            /// See [`tokio_postgres::Client::execute_raw`].
            pub async fn execute_raw<Q, P, I>(&self, query: &Q, params: I) -> Result<u64, Error>
            where
                Q: ?Sized + Query,
                P: BorrowToSql,
                I: IntoIterator<Item = P>,
                I::IntoIter: ExactSizeIterator,
            {
                let operation = self.recorder.start(query.sql(), &|_| {});
                let call = self.raw().execute_raw(query.statement(), params);
                recorder::run(operation, call, rows::none).await
            }

            /// See [`tokio_postgres::Client::copy_in`].
            pub async fn copy_in<Q, U>(&self, query: &Q) -> Result<CopyInSink<U>, Error>
            where
                Q: ?Sized + Query,
                U: Buf + 'static + Send,
            {
                let operation = self.recorder.start(query.sql(), &|_| {});
                let call = self.raw().copy_in(query.statement());
                recorder::run(operation, call, rows::none).await
            }

            /// See [`tokio_postgres::Client::copy_out`].
            pub async fn copy_out<Q: ?Sized + Query>(&self, query: &Q) -> Result<CopyOutStream, Error> {
                let operation = self.recorder.start(query.sql(), &|_| {});
                let call = self.raw().copy_out(query.statement());
                recorder::run(operation, call, rows::none).await
            }

            /// See [`tokio_postgres::Client::simple_query`].
            pub async fn simple_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
                let operation = self.recorder.start(Some(sql), &|_| {});
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().simple_query(&sql);
                recorder::run(operation, call, |messages| rows::messages(messages)).await
            }

            /// See [`tokio_postgres::Client::simple_query_raw`].
            pub async fn simple_query_raw(&self, sql: &str) -> Result<SimpleQueryStream, Error> {
                let operation = self.recorder.start(Some(sql), &|_| {});
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().simple_query_raw(&sql);
                recorder::stream(operation, call).await
            }

            /// See [`tokio_postgres::Client::batch_execute`].
            pub async fn batch_execute(&self, sql: &str) -> Result<(), Error> {
                let operation = self.recorder.start(Some(sql), &|_| {});
                let sql = commented(&operation, SYSTEM, sql);
                let call = self.raw().batch_execute(&sql);
                recorder::run(operation, call, rows::none).await
            }
        }
    };
}

pub(crate) use queries;
