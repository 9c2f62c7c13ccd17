//! What a SQL query costs: a `SELECT` of one row through `&Pool`, from SQLite in memory.
//!
//! SQLite works on a thread of its own, so an operation is on two threads. As with functions, each way in each mode is
//! measured in a process of its own.

mod by_hand;

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use otel_auto::Telemetry;
use otel_auto_sqlx::PoolExt;
use sqlx::{Row, SqlitePool, sqlite::SqlitePoolOptions};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::prelude::*;

use crate::{Mode, Sdk, ours};

pub(crate) const SELECT: &str = "SELECT id, name FROM users WHERE id = ?";

/// How a query gets its span and its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    Bare,
    /// On the OpenTelemetry API, the way its documentation shows.
    ByHand,
    /// From sqlx's events, by otel-auto's layers: the program is as it was.
    Events,
    /// By otel-auto's pool around sqlx's.
    Pool,
}

impl Way {
    /// All of them, [`Bare`](Self::Bare) first.
    pub const ALL: [Self; 4] = [Self::Bare, Self::ByHand, Self::Events, Self::Pool];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::ByHand => "floor",
            Self::Events => "events",
            Self::Pool => "pool",
        }
    }
}

/// The modes that queries are measured in.
pub const MODES: [Mode; 4] = [Mode::None, Mode::Off, Mode::OffMetrics, Mode::On];

/// A database, and what is installed around it.
#[derive(Debug)]
pub struct Database {
    way: Way,
    pool: SqlitePool,
    traced: otel_auto_sqlx::SqlitePool,
    runtime: Runtime,
    installed: Installed,
}

#[derive(Debug)]
enum Installed {
    Nothing,
    Sdk(Sdk),
    Ours(Telemetry),
}

impl Database {
    /// Opens one and installs what the way needs. To be called once, before there is another thread.
    #[must_use]
    pub fn new(way: Way, mode: Mode) -> Self {
        let installed = match (way, mode) {
            (Way::Bare, _) | (_, Mode::None) => Installed::Nothing,
            (Way::ByHand | Way::Pool, _) => Installed::Sdk(Sdk::install(mode)),
            (Way::Events, _) => {
                tracing_subscriber::registry()
                    .with(otel_auto::tracing_layer())
                    .with(otel_auto_sqlx::QueryEvents::new().filtered())
                    .init();
                Installed::Ours(ours::init(mode))
            }
        };
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let pool = runtime.block_on(open());
        Self {
            way,
            traced: pool.clone().traced(),
            pool,
            runtime,
            installed,
        }
    }

    /// Runs `count` queries below a span, as in a request: one that is sampled if the mode samples.
    pub fn query(&self, count: usize) {
        let _request = match &self.installed {
            Installed::Ours(_) => {
                let span = tracing::info_span!("request");
                return span.in_scope(|| self.query_within(count));
            }
            Installed::Sdk(sdk) => Context::new()
                .with_remote_span_context(request(sdk.samples()))
                .attach(),
            Installed::Nothing => Context::new().attach(),
        };
        self.query_within(count);
    }

    fn query_within(&self, count: usize) {
        self.runtime.block_on(async {
            for _ in 0..count {
                let query = sqlx::query(SELECT).bind(7_i64);
                let row = match self.way {
                    Way::Bare | Way::Events => query.fetch_one(&self.pool).await,
                    Way::Pool => query.fetch_one(&self.traced).await,
                    Way::ByHand => by_hand::recorded(query.fetch_one(&self.pool)).await,
                };
                let name: String = row.expect("a row").get(1);
                assert_eq!(name, "user 7");
            }
        });
    }

    /// Empties the queue of spans.
    pub fn flush(&self) {
        match &self.installed {
            Installed::Nothing => {}
            Installed::Sdk(sdk) => sdk.flush(),
            Installed::Ours(telemetry) => telemetry.flush(),
        }
    }
}

async fn open() -> SqlitePool {
    // Each connection would have a database of its own.
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.expect("a database");
    for statement in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "INSERT INTO users VALUES (7, 'user 7')",
    ] {
        sqlx::query(statement)
            .execute(&pool)
            .await
            .expect(statement);
    }
    pool
}

fn request(sampled: bool) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([1; 8]),
        if sampled {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        },
        true,
        TraceState::NONE,
    )
}
