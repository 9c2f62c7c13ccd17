//! What a query costs beside sqlx-otel: a `SELECT` of one row through `&Pool`, from SQLite in memory.
//!
//! Times over the bare query, with a span and a histogram by hand beside. All ways take turns within one run.
#![allow(clippy::expect_used, missing_docs)]

mod sdk;
mod sdk_032;

use std::{
    collections::BTreeMap,
    future::Future,
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, KeyValue, global,
    metrics::Histogram,
    trace::{FutureExt, SpanKind, TraceContextExt, Tracer},
};
use otel_auto_sqlx::PoolExt;
use sqlx::{Row, SqlitePool, sqlite::SqlitePoolOptions};
use sqlx_otel::PoolBuilder;

const SELECT: &str = "SELECT id, name FROM users WHERE id = ?";
const ROUNDS: usize = 101;
/// Queries of each way in a round.
const QUERIES: usize = 300;
const WAYS: [&str; 4] = ["bare", "by hand", "sqlx-otel", "otel-auto"];

fn main() {
    let usage = "usage: queries none|off|on";
    let mode = std::env::args().nth(1).expect(usage);
    let (mut flush, mut flush_032): (sdk::Flush, sdk_032::Flush) =
        (Box::new(|| {}), Box::new(|| {}));
    if mode != "none" {
        assert!(mode == "off" || mode == "on", "{usage}");
        flush = sdk::install(mode == "on");
        flush_032 = sdk_032::install(mode == "on");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    runtime.block_on(async {
        let ways = Ways::open().await;
        for round in 0..=ROUNDS {
            for turn in 0..WAYS.len() {
                let way = WAYS[(round + turn) % WAYS.len()];
                let time = ways.run(way).await;
                flush();
                flush_032();
                // The first round warms up.
                if round > 0 {
                    times.entry(way).or_default().push(time);
                }
            }
        }
    });
    print(&mode, &times);
}

fn print(mode: &str, times: &BTreeMap<&str, Vec<Duration>>) {
    println!("mode {mode}: time over bare, the median of {ROUNDS} rounds, and their quartiles");
    for way in WAYS {
        let rounds = times[way].iter().zip(&times["bare"]);
        let mut ratios: Vec<f64> = rounds
            .map(|(time, bare)| time.as_secs_f64() / bare.as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |quarter: usize| ratios[ratios.len() * quarter / 4];
        println!("{way:10} {:5.2}  {:5.2} to {:5.2}", at(2), at(1), at(3));
    }
}

struct Ways {
    bare: SqlitePool,
    sqlx_otel: sqlx_otel::Pool<sqlx::Sqlite>,
    otel_auto: otel_auto_sqlx::SqlitePool,
    duration: Histogram<f64>,
}

impl Ways {
    async fn open() -> Self {
        Self {
            bare: open().await,
            sqlx_otel: PoolBuilder::from(open().await).build(),
            otel_auto: open().await.traced(),
            duration: global::meter("by hand")
                .f64_histogram("db.client.operation.duration")
                .with_unit("s")
                .build(),
        }
    }

    async fn run(&self, way: &str) -> Duration {
        let started = Instant::now();
        for _ in 0..QUERIES {
            let query = sqlx::query(SELECT).bind(7_i64);
            let row = match way {
                "bare" => query.fetch_one(&self.bare).await,
                "by hand" => self.by_hand(query.fetch_one(&self.bare)).await,
                "sqlx-otel" => query.fetch_one(&self.sqlx_otel).await,
                _ => query.fetch_one(&self.otel_auto).await,
            };
            let name: String = row.expect("a row").get(1);
            assert_eq!(name, "user 7");
        }
        started.elapsed()
    }

    async fn by_hand<T>(&self, query: impl Future<Output = T>) -> T {
        let common = [
            KeyValue::new("db.system.name", "sqlite"),
            KeyValue::new("db.query.summary", "SELECT users"),
        ];
        let tracer = global::tracer("by hand");
        let text = KeyValue::new("db.query.text", SELECT);
        let span = tracer
            .span_builder("SELECT users")
            .with_kind(SpanKind::Client)
            .with_attributes(common.clone().into_iter().chain([text]))
            .start(&tracer);
        let context = Context::current_with_span(span);
        let started = Instant::now();
        let result = query.with_context(context.clone()).await;
        context.span().end();
        self.duration
            .record(started.elapsed().as_secs_f64(), &common);
        result
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
