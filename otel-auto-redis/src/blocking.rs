//! Blocking connections.

use std::slice;

use super::{
    redis::{Cmd, ConnectionLike, RedisResult, Value},
    reply,
};
use crate::{
    Connection, Traced,
    commands::Kind,
    packed::{Batch, Packed},
};

/// A kind of connection, which no code can name.
#[derive(Debug)]
pub enum Blocking {}

impl<C: ConnectionLike> Traced<Blocking> for C {}

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    fn req_packed_command(&mut self, cmd: &[u8]) -> RedisResult<Value> {
        let sent = Batch {
            commands: Packed::new(cmd),
            kind: Kind::One,
            size: 1,
        };
        let operation = self.start(&sent, self.inner.get_db());
        let result = operation.run(|| self.inner.req_packed_command(cmd));
        reply::end(operation, result.as_ref().map(slice::from_ref));
        result
    }

    fn req_packed_commands(
        &mut self,
        cmd: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        // A transaction answers MULTI and each queued command first, then EXEC: of these only the last counts.
        let (kind, size) = match offset.checked_sub(1) {
            Some(size) => (Kind::Transaction, size),
            None => (Kind::Pipeline, count),
        };
        let sent = Batch {
            commands: Packed::new(cmd),
            kind,
            size,
        };
        let operation = self.start(&sent, self.inner.get_db());
        let result = operation.run(|| self.inner.req_packed_commands(cmd, offset, count));
        reply::end(operation, result.as_ref().map(Vec::as_slice));
        result
    }

    fn req_command(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        let operation = self.start(cmd, self.inner.get_db());
        let result = operation.run(|| self.inner.req_command(cmd));
        reply::end(operation, result.as_ref().map(slice::from_ref));
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
