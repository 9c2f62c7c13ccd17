//! Commands: an operation from the event that one was sent to the event of its reply.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
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

use crate::traced::{Place, SYSTEM, request};

/// Connections that speak at once rarely share one.
const SHARDS: usize = 16;

/// The server and the driver's number of the connection.
type Key = (u64, u32);

/// What runs on the connections that are lent.
pub(crate) struct Commands {
    instrumenter: Instrumenter<DbClient>,
    hasher: RandomState,
    lines: [Mutex<HashMap<Key, Line>>; SHARDS],
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
        }
    }

    pub(crate) fn on(&self, event: &CommandEvent) {
        match event {
            CommandEvent::Started(event) => self.started(event),
            CommandEvent::Succeeded(event) => {
                if let Some(operation) = self.take(self.of(&event.connection), event.request_id) {
                    succeeded(operation, &event.reply);
                }
            }
            CommandEvent::Failed(event) => {
                if let Some(operation) = self.take(self.of(&event.connection), event.request_id) {
                    operation.fail(failure(&event.failure));
                }
            }
            _ => {}
        }
    }

    /// The connection was lent to a caller.
    pub(crate) fn lent(&self, address: &ServerAddress, connection: u32) {
        let key = self.key(address, connection);
        self.shard(key).entry(key).or_default().lent += 1;
    }

    /// The connection came back, or is gone. A command that was given up by its caller has no other end, but that the
    /// driver takes its connection back at once.
    pub(crate) fn returned(&self, address: &ServerAddress, connection: u32) {
        let key = self.key(address, connection);
        let mut lines = self.shard(key);
        let Some(line) = lines.get_mut(&key) else {
            return;
        };
        line.lent = line.lent.saturating_sub(1);
        let over = if line.lent == 0 {
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
        let line = lines.entry(key).or_default();
        // A connection that is pinned to a session does not come back when a caller gives up.
        let given_up = (line.running.len() >= line.lent.max(1)).then(|| line.running.remove(0));
        line.running.push((request, operation));
        drop(lines);
        drop(given_up);
    }

    fn take(&self, key: Key, request: i32) -> Option<Operation<DbClient>> {
        let mut lines = self.shard(key);
        let running = &mut lines.get_mut(&key)?.running;
        let at = running.iter().position(|(number, _)| *number == request)?;
        Some(running.remove(at).1)
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
        // The driver's watch over the server has run into a time-out, and ended what waits for it.
        ErrorKind::ConnectionPoolCleared { .. } => "connection_pool_cleared",
        ErrorKind::ServerSelection { .. } => "server_selection",
        _ => "_OTHER",
    };
    Failure::new(kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traced::CONVENTION;

    fn commands() -> Commands {
        Commands::new(Instrumenter::new(CONVENTION))
    }

    fn held(commands: &Commands) -> usize {
        let shards = commands.lines.iter().map(|shard| shard.lock().unwrap());
        let held = shards.map(|lines| {
            let running = lines.values().map(|line| line.running.len());
            lines.len() + running.sum::<usize>()
        });
        held.sum()
    }

    #[test]
    fn a_thousand_commands_that_are_given_up_leave_nothing() {
        let (commands, address) = (commands(), ServerAddress::default());
        for connection in 0..1000_u32 {
            commands.lent(&address, connection);
            let request = i32::try_from(connection).unwrap();
            commands.begin(
                commands.key(&address, connection),
                request,
                Operation::off(),
            );
        }
        assert_eq!(held(&commands), 2000);
        for connection in 0..1000 {
            commands.returned(&address, connection);
            // The driver tells of the connection that it closes, too.
            commands.returned(&address, connection);
        }
        assert_eq!(held(&commands), 0);
    }

    #[test]
    fn a_connection_that_never_comes_back_holds_one_command() {
        let (commands, address) = (commands(), ServerAddress::default());
        let key = commands.key(&address, 1);
        commands.lent(&address, 1);
        for request in 0..1000 {
            commands.begin(key, request, Operation::off());
        }
        assert_eq!(held(&commands), 2);
    }

    #[test]
    fn connections_of_the_same_number_are_told_apart_by_the_request() {
        let (commands, address) = (commands(), ServerAddress::default());
        let key = commands.key(&address, 1);
        for request in [7, 8] {
            commands.lent(&address, 1);
            commands.begin(key, request, Operation::off());
        }
        assert!(commands.take(key, 7).is_some());
        commands.returned(&address, 1);
        assert!(commands.take(key, 8).is_some());
        commands.returned(&address, 1);
        assert_eq!(held(&commands), 0);
    }
}
