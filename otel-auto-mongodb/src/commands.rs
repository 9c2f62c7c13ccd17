//! Commands: an operation from the event that one was sent to the event of its reply.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
};

use mongodb::{
    bson::Document,
    error::{Error, ErrorKind},
    event::command::{CommandEvent, CommandStartedEvent},
    options::ServerAddress,
};
use otel_auto_core::{
    Failure, Instrumenter, Operation,
    db::{DbClient, ServerError},
    opentelemetry::Context,
};

use crate::traced::{Place, SYSTEM, request};

/// Connections that speak at once rarely share one.
const SHARDS: usize = 16;

/// The server and the connection: one sends a command after the other.
type Key = (u64, u32);

/// The commands that wait for a reply, by their connection.
pub(crate) struct Commands {
    instrumenter: Instrumenter<DbClient>,
    hasher: RandomState,
    running: [Mutex<HashMap<Key, Operation<DbClient>>>; SHARDS],
}

impl Commands {
    pub(crate) fn new(instrumenter: Instrumenter<DbClient>) -> Self {
        Self {
            instrumenter,
            hasher: RandomState::new(),
            running: Default::default(),
        }
    }

    pub(crate) fn on(&self, event: &CommandEvent) {
        match event {
            CommandEvent::Started(event) => self.started(event),
            CommandEvent::Succeeded(event) => {
                if let Some(operation) = self.take(&event.connection.address, event.connection.id) {
                    succeeded(operation, &event.reply);
                }
            }
            CommandEvent::Failed(event) => {
                if let Some(operation) = self.take(&event.connection.address, event.connection.id) {
                    operation.fail(failure(&event.failure));
                }
            }
            _ => {}
        }
    }

    /// The connection is gone. A command that was given up by its caller has no other end.
    pub(crate) fn closed(&self, address: &ServerAddress, connection: u32) {
        drop(self.take(address, connection));
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
        let key = self.key(&event.connection.address, event.connection.id);
        let before = self.shard(key).insert(key, operation);
        // Outside of the lock: its end runs processors.
        drop(before);
    }

    fn take(&self, address: &ServerAddress, connection: u32) -> Option<Operation<DbClient>> {
        let key = self.key(address, connection);
        self.shard(key).remove(&key)
    }

    fn key(&self, address: &ServerAddress, connection: u32) -> Key {
        (self.hasher.hash_one(address), connection)
    }

    fn shard(&self, (_, connection): Key) -> MutexGuard<'_, HashMap<Key, Operation<DbClient>>> {
        let index = connection as usize % SHARDS;
        let shard = self.running.get(index).unwrap_or(&self.running[0]);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What connections say to each other.
fn is_talk(command: &str) -> bool {
    const TALK: [&str; 8] = [
        "hello",
        "isMaster",
        "ismaster",
        "saslStart",
        "saslContinue",
        "authenticate",
        "getnonce",
        "endSessions",
    ];
    TALK.contains(&command)
}

/// The command as the metrics know it: programs run commands of their own by `run_command`.
fn name(command: &str) -> &'static str {
    otel_auto_core::intern(command).unwrap_or("_OTHER")
}

/// The value of a command is its collection, but for those that go on with a cursor.
fn collection<'a>(command: &str, document: &'a Document) -> Option<&'a str> {
    let key = match command {
        "getMore" => "collection",
        command => command,
    };
    document.get_str(key).ok()
}

fn batch_size(command: &Document) -> Option<usize> {
    ["documents", "updates", "deletes"]
        .iter()
        .find_map(|key| command.get_array(key).ok())
        .map(Vec::len)
}

fn succeeded(mut operation: Operation<DbClient>, reply: &Document) {
    let cursor = reply.get_document("cursor").ok();
    let batch = cursor.and_then(|cursor| {
        let batch = cursor.get_array("firstBatch");
        batch.or_else(|_| cursor.get_array("nextBatch")).ok()
    });
    let rows = batch.and_then(|batch| u64::try_from(batch.len()).ok());
    if let (Some(state), Some(rows)) = (operation.state(), rows) {
        state.returned_rows(rows);
    }
    match refused(reply) {
        Some(code) => operation.fail(answered(code)),
        None => operation.complete(),
    }
}

/// A write that was refused is within a reply that says `ok`.
fn refused(reply: &Document) -> Option<i64> {
    let errors = reply.get_array("writeErrors").ok();
    let first = errors.and_then(|errors| errors.first()?.as_document());
    let error = first.or_else(|| reply.get_document("writeConcernError").ok())?;
    let code = error.get_i32("code").map(i64::from);
    Some(code.or_else(|_| error.get_i64("code")).unwrap_or_default())
}

// Without the message: the server quotes values in it.
fn answered(code: i64) -> Failure<'static> {
    ServerError::new(SYSTEM)
        .code(code)
        .failure()
        .unwrap_or_else(|| Failure::new("_OTHER"))
}

fn failure(error: &Error) -> Failure<'static> {
    let kind = match &*error.kind {
        ErrorKind::Command(answer) => return answered(answer.code.into()),
        ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => "timeout",
        ErrorKind::Io(_) => "network_error",
        ErrorKind::Authentication { .. } => "authentication_failed",
        ErrorKind::InvalidResponse { .. } => "invalid_response",
        ErrorKind::ConnectionPoolCleared { .. } => "connection_pool_cleared",
        ErrorKind::ServerSelection { .. } => "server_selection",
        _ => "_OTHER",
    };
    Failure::new(kind)
}
