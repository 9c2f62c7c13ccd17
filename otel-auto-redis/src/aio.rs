//! Asynchronous connections.

use redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike};

use crate::{Connection, commands::Commands, error};

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let operation = self.start(Commands::One(cmd), self.inner.get_db());
        let future = operation.run(|| self.inner.req_packed_command(cmd));
        if operation.is_off() {
            return future;
        }
        Box::pin(operation.future(future, |operation, result| {
            error::end(
                operation,
                result
                    .as_ref()
                    .map(|reply| error::of_reply(std::slice::from_ref(reply))),
            );
        }))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let operation = self.start(Commands::Pipeline(pipeline), self.inner.get_db());
        let future = operation.run(|| self.inner.req_packed_commands(pipeline, offset, count));
        if operation.is_off() {
            return future;
        }
        Box::pin(operation.future(future, |operation, result| {
            error::end(
                operation,
                result.as_ref().map(|replies| error::of_reply(replies)),
            );
        }))
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}
