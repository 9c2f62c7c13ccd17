//! Commands: an operation from the event that one was sent to the event of its reply.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use mongodb::{
    bson::Document,
    error::{Error, ErrorKind},
    event::command::{CommandEvent, CommandStartedEvent, ConnectionInfo},
    options::ServerAddress,
};
use otel_auto_core::{
    Failure, Instrumenter, Operation,
    db::{DbClient, ServerError},
    opentelemetry::Context,
};

use crate::{
    document::{batch_size, collection, name, refused, returned_rows},
    traced::{Place, SYSTEM, request},
};

/// Connections that speak at once rarely share one.
const SHARDS: usize = 16;

/// The server and the driver's number of the connection.
type Key = (u64, u32);

/// What runs on the connections that are lent.
pub(crate) struct Commands {
    instrumenter: Instrumenter<DbClient>,
    hasher: RandomState,
    lines: [Mutex<HashMap<Key, Line>>; SHARDS],
    /// How many lines there are: with none there is nothing to look for.
    held: AtomicUsize,
}

/// A connection that is lent, as often as clients are made of the same options: they number theirs alike.
#[derive(Default)]
struct Line {
    lent: usize,
    /// By the number of the request, which is the process's. A connection sends one command after the other.
    running: Vec<(i32, Operation<DbClient>)>,
}

impl Commands {
    pub(crate) fn new(instrumenter: Instrumenter<DbClient>) -> Self {
        Self {
            instrumenter,
            hasher: RandomState::new(),
            lines: Default::default(),
            held: AtomicUsize::new(0),
        }
    }

    pub(crate) fn on(&self, event: &CommandEvent) {
        match event {
            CommandEvent::Started(event) => self.started(event),
            CommandEvent::Succeeded(event) => {
                if let Some(operation) = self.take(&event.connection, event.request_id) {
                    succeeded(operation, &event.reply);
                }
            }
            CommandEvent::Failed(event) => {
                if let Some(operation) = self.take(&event.connection, event.request_id) {
                    operation.fail(failure(&event.failure));
                }
            }
            _ => {}
        }
    }

    /// The connection was lent to a caller.
    pub(crate) fn lent(&self, address: &ServerAddress, connection: u32) {
        if Context::map_current(|context| self.instrumenter.ready(context).is_none()) {
            return;
        }
        let key = self.key(address, connection);
        self.line(&mut self.shard(key), key).lent += 1;
    }

    /// The connection came back, or is gone. A command that was given up by its caller has no other end, but that the
    /// driver takes its connection back at once.
    pub(crate) fn returned(&self, address: &ServerAddress, connection: u32) {
        if self.is_idle() {
            return;
        }
        let key = self.key(address, connection);
        let mut lines = self.shard(key);
        let Some(line) = lines.get_mut(&key) else {
            return;
        };
        line.lent = line.lent.saturating_sub(1);
        let over = if line.lent == 0 {
            self.held.fetch_sub(1, Ordering::Relaxed);
            lines.remove(&key)
        } else {
            None
        };
        drop(lines);
        // Outside of the lock: the end of an operation runs processors.
        drop(over);
    }

    fn started(&self, event: &CommandStartedEvent) {
        let parent = Context::current();
        let Some(ready) = self.instrumenter.ready(&parent) else {
            return;
        };
        if is_talk(&event.command_name) {
            return;
        }
        let place = Place::from(&event.connection.address);
        let mut request = request(&place)
            .operation(name(&event.command_name))
            .namespace(&event.db);
        if let Some(collection) = collection(&event.command_name, &event.command) {
            request = request.collection(collection);
        }
        if let Some(size) = batch_size(&event.command) {
            request = request.batch_size(size);
        }
        let operation = ready.start(&parent, &request);
        self.begin(self.of(&event.connection), event.request_id, operation);
    }

    fn begin(&self, key: Key, request: i32, operation: Operation<DbClient>) {
        let mut lines = self.shard(key);
        let line = self.line(&mut lines, key);
        // A connection that is pinned to a session does not come back when a caller gives up.
        let given_up = (line.running.len() >= line.lent.max(1)).then(|| line.running.remove(0));
        line.running.push((request, operation));
        drop(lines);
        drop(given_up);
    }

    fn take(&self, connection: &ConnectionInfo, request: i32) -> Option<Operation<DbClient>> {
        if self.is_idle() {
            return None;
        }
        self.taken(self.of(connection), request)
    }

    fn taken(&self, key: Key, request: i32) -> Option<Operation<DbClient>> {
        let mut lines = self.shard(key);
        let running = &mut lines.get_mut(&key)?.running;
        let at = running.iter().position(|(number, _)| *number == request)?;
        Some(running.remove(at).1)
    }

    fn is_idle(&self) -> bool {
        self.held.load(Ordering::Relaxed) == 0
    }

    fn line<'a>(&self, lines: &'a mut HashMap<Key, Line>, key: Key) -> &'a mut Line {
        lines.entry(key).or_insert_with(|| {
            self.held.fetch_add(1, Ordering::Relaxed);
            Line::default()
        })
    }

    fn of(&self, connection: &ConnectionInfo) -> Key {
        self.key(&connection.address, connection.id)
    }

    fn key(&self, address: &ServerAddress, connection: u32) -> Key {
        (self.hasher.hash_one(address), connection)
    }

    fn shard(&self, (_, connection): Key) -> MutexGuard<'_, HashMap<Key, Line>> {
        let index = connection as usize % SHARDS;
        let shard = self.lines.get(index).unwrap_or(&self.lines[0]);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What connections say to each other, and how the driver lets go of sessions and cursors: by itself and in the
/// background, after the caller has dropped them.
fn is_talk(command: &str) -> bool {
    const TALK: [&str; 9] = [
        "hello",
        "isMaster",
        "ismaster",
        "saslStart",
        "saslContinue",
        "authenticate",
        "getnonce",
        "endSessions",
        "killCursors",
    ];
    TALK.contains(&command)
}

fn succeeded(mut operation: Operation<DbClient>, reply: &Document) {
    let rows = returned_rows(reply);
    if let (Some(state), Some(rows)) = (operation.state(), rows) {
        state.returned_rows(rows);
    }
    match refused(reply) {
        Some(error) => operation.fail(answered(error)),
        None => operation.complete(),
    }
}

fn answered(error: ServerError<'static>) -> Failure<'static> {
    let failure = error.failure();
    failure.unwrap_or_else(|| Failure::new("_OTHER"))
}

fn failure(error: &Error) -> Failure<'static> {
    let kind = match &*error.kind {
        ErrorKind::Command(answer) => {
            return answered(ServerError::new(SYSTEM).code(answer.code.into()));
        }
        ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => "timeout",
        ErrorKind::Io(_) => "network_error",
        ErrorKind::Authentication { .. } => "authentication_failed",
        ErrorKind::InvalidResponse { .. } => "invalid_response",
        // The driver's watch over the server has run into a time-out, and ended what waits for it.
        ErrorKind::ConnectionPoolCleared { .. } => "connection_pool_cleared",
        ErrorKind::ServerSelection { .. } => "server_selection",
        _ => "_OTHER",
    };
    Failure::new(kind)
}

#[cfg(test)]
mod tests;
