//! All cases, for redis 1.x: `scripts/services run -- cargo test -p otel-auto-redis --all-features`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod cases;

use redis::ErrorKind;

const CLIENT_ERROR: ErrorKind = ErrorKind::Client;
const PARSE_ERROR: ErrorKind = ErrorKind::Parse;

#[test]
fn a_pipeline_over_a_blocking_cluster_connection_is_recorded() {
    use redis::{RedisResult, cluster};

    let Some(cluster) = cases::cluster::Cluster::start() else {
        return;
    };
    let connection = cluster.client().get_connection().unwrap();
    let mut connection = otel_auto_redis::Connection::new(connection);
    let capture = otel_auto_testing::Capture::new();
    let mut pipeline = cluster::cluster_pipe();
    pipeline.set("a", "secret").ignore().get("a").get("b");
    let values: (String, Option<String>) = capture
        .in_scope(|| connection.query_pipeline(&pipeline))
        .unwrap();
    assert_eq!(values, ("secret".to_owned(), None));
    pipeline.clear();
    pipeline.lpush("a", 1).get("b");
    let wrong: RedisResult<()> = capture.in_scope(|| connection.query_pipeline(&pipeline));
    wrong.unwrap_err();
    assert_eq!(
        capture.tree_with(&["db.operation.batch.size", "db.query.text", "error.type"]),
        "PIPELINE client db.operation.batch.size=3 db.query.text=SET a ?; GET a; GET b\n\
         PIPELINE client error db.operation.batch.size=2 db.query.text=LPUSH a ?; GET b error.type=WRONGTYPE\n"
    );
}
