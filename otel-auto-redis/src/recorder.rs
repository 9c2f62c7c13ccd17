//! What makes an operation of a call.

use std::sync::LazyLock;

use otel_auto_core::{Instrumenter, Operation, Providers, opentelemetry::Context};

use crate::{
    Server,
    commands::Commands,
    convention::{Call, Redis},
};

/// One for all connections, so that a connection costs nothing to make: some programs make one for each request.
static INSTRUMENTER: LazyLock<Instrumenter<Redis>> =
    LazyLock::new(|| Instrumenter::new(Redis::new()));

/// Starts the operations of one connection, or of all those of a pool.
#[derive(Clone)]
pub(crate) struct Recorder {
    instrumenter: Instrumenter<Redis>,
    pub(crate) server: Server,
    pub(crate) keys: bool,
}

impl Recorder {
    pub(crate) fn new(server: Server) -> Self {
        Self::with(INSTRUMENTER.clone(), server)
    }

    #[cfg(any(
        feature = "bb8",
        feature = "deadpool",
        feature = "deadpool-012",
        feature = "r2d2"
    ))]
    pub(crate) fn of_pool(server: Server, pool: &otel_auto_core::db::Pool) -> Self {
        Self::with(pool.instrumenter(&INSTRUMENTER), server)
    }

    fn with(instrumenter: Instrumenter<Redis>, server: Server) -> Self {
        Self {
            instrumenter,
            server,
            keys: true,
        }
    }

    pub(crate) fn providers(self, providers: Providers) -> Self {
        Self {
            instrumenter: self.instrumenter.providers(providers),
            ..self
        }
    }

    pub(crate) fn start(&self, commands: &dyn Commands, database: i64) -> Operation<Redis> {
        self.begin(commands, Some(database))
    }

    /// Would nothing be recorded now? For calls whose commands are costly to tell.
    pub(crate) fn is_off(&self) -> bool {
        self.instrumenter.ready(&Context::current()).is_none()
    }

    pub(crate) fn begin(&self, commands: &dyn Commands, database: Option<i64>) -> Operation<Redis> {
        let call = Call {
            commands,
            database,
            server: &self.server,
            keys: self.keys,
        };
        self.instrumenter.start(&Context::current(), &call)
    }
}
