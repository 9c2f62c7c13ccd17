//! Blocking connections.

use redis::{Cmd, ConnectionLike, RedisResult, Value};

use crate::{Connection, commands::Commands, error};

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    fn req_packed_command(&mut self, cmd: &[u8]) -> RedisResult<Value> {
        let commands = Commands::Packed {
            bytes: cmd,
            size: 1,
            transaction: false,
        };
        let operation = self.start(commands, self.inner.get_db());
        let result = operation.run(|| self.inner.req_packed_command(cmd));
        error::end(
            operation,
            result
                .as_ref()
                .map(|reply| error::of_reply(std::slice::from_ref(reply))),
        );
        result
    }

    fn req_packed_commands(
        &mut self,
        cmd: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        // A transaction answers MULTI and each queued command first, then EXEC: of these only the last counts.
        let transaction = offset > 0;
        let size = if transaction { offset - 1 } else { count };
        let operation = self.start(
            Commands::Packed {
                bytes: cmd,
                size,
                transaction,
            },
            self.inner.get_db(),
        );
        let result = operation.run(|| self.inner.req_packed_commands(cmd, offset, count));
        error::end(
            operation,
            result.as_ref().map(|replies| error::of_reply(replies)),
        );
        result
    }

    fn req_command(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        let operation = self.start(Commands::One(cmd), self.inner.get_db());
        let result = operation.run(|| self.inner.req_command(cmd));
        error::end(
            operation,
            result
                .as_ref()
                .map(|reply| error::of_reply(std::slice::from_ref(reply))),
        );
        result
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }

    fn supports_pipelining(&self) -> bool {
        self.inner.supports_pipelining()
    }

    // Pools ask this before they hand a connection out: nobody wants a span of it.
    fn check_connection(&mut self) -> bool {
        self.inner.check_connection()
    }

    fn is_open(&self) -> bool {
        self.inner.is_open()
    }
}
