//! The handlers, and how they are put in front of the program's.

use std::sync::Arc;

use mongodb::{
    event::{EventHandler, command::CommandEvent},
    options::{ClientOptions, ServerAddress},
};
use otel_auto_core::{
    Instrumenter, Providers,
    db::{DbClient, DbRequest},
    opentelemetry::Context,
};

use tokio::runtime::Handle;

use crate::{commands::Commands, pools::Pools};

pub(crate) const SYSTEM: &str = "mongodb";
const DEFAULT_PORT: u16 = 27017;

pub(crate) const CONVENTION: DbClient =
    DbClient::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "mongodb");

/// Puts handlers into the options of a client.
pub trait Traced {
    /// Records the commands and the pools of the client that is made of these options.
    ///
    /// Telemetry goes to the providers of the current context, if it has some, else to the process's.
    #[must_use]
    fn traced(self) -> Self;
}

impl Traced for ClientOptions {
    fn traced(mut self) -> Self {
        let own = Context::map_current(|context| context.get::<Providers>().cloned());
        let instrumenter = Instrumenter::new(CONVENTION);
        let instrumenter = match &own {
            Some(own) => instrumenter.providers(own.clone()),
            None => instrumenter,
        };
        let commands = Arc::new(Commands::new(instrumenter.clone()));
        let pools = Pools::new(instrumenter, own, Arc::clone(&commands));
        self.command_event_handler = Some(before(self.command_event_handler, {
            move |event: &CommandEvent| commands.on(event)
        }));
        self.cmap_event_handler = Some(before(self.cmap_event_handler, move |event| {
            pools.on(event);
        }));
        self
    }
}

/// A handler that comes before the program's.
fn before<E: Send + Sync + 'static>(
    next: Option<EventHandler<E>>,
    first: impl Fn(&E) + Send + Sync + 'static,
) -> EventHandler<E> {
    EventHandler::callback(move |event| {
        first(&event);
        match &next {
            Some(EventHandler::Callback(next)) => next(event),
            Some(EventHandler::AsyncCallback(next)) => spawn(next(event)),
            Some(EventHandler::TokioMpsc(next)) => {
                let next = next.clone();
                spawn(async move { drop(next.send(event).await) });
            }
            // The driver has no other kinds, and says that it may have.
            Some(_) | None => {}
        }
    })
}

/// The driver's blocking calls may come without a runtime, and the one that it has for them is its own.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(task);
    }
}

/// A server as the program names it.
pub(crate) enum Place<'a> {
    Tcp(&'a str, u16),
    Socket(String),
}

impl<'a> From<&'a ServerAddress> for Place<'a> {
    fn from(address: &'a ServerAddress) -> Self {
        match address {
            ServerAddress::Tcp { host, port } => Self::Tcp(host, port.unwrap_or(DEFAULT_PORT)),
            other => Self::Socket(other.to_string()),
        }
    }
}

/// What is known of every call to it.
pub(crate) fn request<'a>(place: &'a Place<'_>) -> DbRequest<'a> {
    let request = DbRequest::new(SYSTEM).default_port(DEFAULT_PORT);
    match place {
        Place::Tcp(host, port) => request.server(host, *port),
        Place::Socket(path) => request.socket(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_needs_a_runtime_is_left_out_where_there_is_none() {
        let (sender, mut events) = tokio::sync::mpsc::channel(1);
        let handler = before(Some(EventHandler::TokioMpsc(sender)), |_| ());
        let EventHandler::Callback(handler) = handler else {
            panic!("it is made of a closure")
        };
        handler(7);
        events.try_recv().unwrap_err();
    }
}
