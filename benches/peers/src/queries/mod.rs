//! What a SQL query costs: a `SELECT` of one row through `&Pool`, from SQLite in memory.
//!
//! SQLite works on a thread of its own, so an operation is on two threads. Each way in each mode is measured in a
//! process of its own.

mod by_hand;
mod sdk_032;

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use otel_auto::Telemetry;
use otel_auto_benches::{Mode, Sdk, ours};
use otel_auto_sqlx::PoolExt;
use sqlx::{Row, SqlitePool, sqlite::SqlitePoolOptions};
use sqlx_otel::{PoolBuilder, QueryAnnotations};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::prelude::*;

const SELECT: &str = "SELECT id, name FROM users WHERE id = ?";

/// How a query gets its span and its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    Bare,
    /// On the OpenTelemetry API, the way its documentation shows.
    ByHand,
    /// By the pool of sqlx-otel, as it comes: it does not read the SQL.
    SqlxOtel,
    /// The same, told at each query what otel-auto finds out.
    SqlxOtelTold,
    /// From sqlx's events, by otel-auto's layers: the program is as it was.
    Events,
    /// By otel-auto's pool around sqlx's.
    Pool,
}

impl Way {
    /// All of them, [`Bare`](Self::Bare) first.
    pub const ALL: [Self; 6] = [
        Self::Bare,
        Self::ByHand,
        Self::SqlxOtel,
        Self::SqlxOtelTold,
        Self::Events,
        Self::Pool,
    ];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::ByHand => "floor",
            Self::SqlxOtel => "sqlx-otel",
            Self::SqlxOtelTold => "sqlx-otel+",
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
    pool: Pool,
    runtime: Runtime,
    installed: Installed,
}

#[derive(Debug)]
enum Pool {
    Bare(SqlitePool),
    ByHand(SqlitePool),
    SqlxOtel(sqlx_otel::Pool<sqlx::Sqlite>),
    SqlxOtelTold(sqlx_otel::Pool<sqlx::Sqlite>),
    Traced(otel_auto_sqlx::SqlitePool),
}

#[derive(Debug)]
enum Installed {
    Nothing,
    Sdk(Sdk),
    Sdk032(sdk_032::Sdk),
    Ours(Telemetry),
}

impl Database {
    /// Opens one and installs what the way needs. To be called once, before there is another thread.
    #[must_use]
    pub fn new(way: Way, mode: Mode) -> Self {
        let installed = match (way, mode) {
            (Way::Bare, _) | (_, Mode::None) => Installed::Nothing,
            (Way::ByHand | Way::Pool, _) => Installed::Sdk(Sdk::install(mode)),
            (Way::SqlxOtel | Way::SqlxOtelTold, _) => {
                Installed::Sdk032(sdk_032::Sdk::install(mode))
            }
            (Way::Events, _) => {
                tracing_subscriber::registry()
                    .with(otel_auto::tracing_layer())
                    .init();
                Installed::Ours(ours::init(mode))
            }
        };
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let pool = runtime.block_on(open());
        let pool = match way {
            Way::Bare | Way::Events => Pool::Bare(pool),
            Way::ByHand => Pool::ByHand(pool),
            Way::SqlxOtel => Pool::SqlxOtel(PoolBuilder::from(pool).build()),
            Way::SqlxOtelTold => Pool::SqlxOtelTold(PoolBuilder::from(pool).build()),
            Way::Pool => Pool::Traced(pool.traced()),
        };
        Self {
            pool,
            runtime,
            installed,
        }
    }

    /// Runs `count` queries below a span, as in a request: one that is sampled if the mode samples.
    pub fn query(&self, count: usize) {
        self.below_a_request(|| {
            self.runtime.block_on(async {
                for _ in 0..count {
                    self.query_once().await;
                }
            });
        });
    }

    fn below_a_request(&self, queries: impl FnOnce()) {
        match &self.installed {
            Installed::Nothing => queries(),
            Installed::Sdk(sdk) => {
                let context = Context::new().with_remote_span_context(request(sdk.samples()));
                let _attached = context.attach();
                queries();
            }
            Installed::Sdk032(sdk) => sdk.below_a_request(queries),
            Installed::Ours(_) => tracing::info_span!("request").in_scope(queries),
        }
    }

    async fn query_once(&self) {
        let query = sqlx::query(SELECT).bind(7_i64);
        let row = match &self.pool {
            Pool::Bare(pool) => query.fetch_one(pool).await,
            Pool::ByHand(pool) => by_hand::recorded(query.fetch_one(pool)).await,
            Pool::SqlxOtel(pool) => query.fetch_one(pool).await,
            Pool::SqlxOtelTold(pool) => {
                let told = QueryAnnotations::new().query_summary("SELECT users");
                query.fetch_one(pool.with_annotations(told)).await
            }
            Pool::Traced(pool) => query.fetch_one(pool).await,
        };
        let name: String = row.expect("a row").get(1);
        assert_eq!(name, "user 7");
    }

    /// Empties the queue of spans.
    pub fn flush(&self) {
        match &self.installed {
            Installed::Nothing => {}
            Installed::Sdk(sdk) => sdk.flush(),
            Installed::Sdk032(sdk) => sdk.flush(),
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
