//! Asynchronous connections.

use std::slice;

use super::{
    redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike},
    reply,
};
use crate::{Connection, Traced};

/// A kind of connection, which no code can name.
#[derive(Debug)]
pub enum Asynchronous {}

impl<C: ConnectionLike> Traced<Asynchronous> for C {}

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let operation = self.start(cmd, self.inner.get_db());
        let future = operation.run(|| self.inner.req_packed_command(cmd));
        if operation.is_off() {
            return future;
        }
        Box::pin(operation.future(future, |operation, result| {
            reply::end(operation, result.as_ref().map(slice::from_ref));
        }))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let operation = self.start(pipeline, self.inner.get_db());
        let future = operation.run(|| self.inner.req_packed_commands(pipeline, offset, count));
        if operation.is_off() {
            return future;
        }
        Box::pin(operation.future(future, |operation, result| {
            reply::end(operation, result.as_ref().map(Vec::as_slice));
        }))
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}

/// What a pool gives dereferences to the connection. (Blocking ones are told so by the library itself.)
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "deadpool-012",
    feature = "r2d2"
))]
impl<C> ConnectionLike for crate::Lent<C>
where
    C: std::ops::DerefMut<Target: ConnectionLike> + Send,
{
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        (***self).req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        (***self).req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        (***self).get_db()
    }
}

#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "deadpool-012",
    feature = "r2d2"
))]
impl<C> ConnectionLike for crate::PooledConnection<C>
where
    Connection<crate::Lent<C>>: ConnectionLike,
{
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        (**self).req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        (**self).req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        (**self).get_db()
    }
}
