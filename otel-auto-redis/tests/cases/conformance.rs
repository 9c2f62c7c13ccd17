//! The suite of database clients.

use std::time::Duration;

use otel_auto_redis::Traced;
use otel_auto_testing::conformance::db::{Case, Suite};
use redis::{AsyncCommands, RedisError, RedisResult, aio::ConnectionManagerConfig};

use super::own::Own;

#[tokio::test]
async fn calls_conform() {
    let Some(mut own) = Own::start(&[]) else {
        return;
    };
    let client = own.client();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut connection = connection.traced(&client);
    let mut late = client
        .get_multiplexed_async_connection()
        .await
        .unwrap()
        .traced(&client);
    late.inner_mut()
        .set_response_timeout(Duration::from_millis(50));
    let settings = ConnectionManagerConfig::new().set_number_of_retries(0);
    let mut manager = client
        .get_connection_manager_with_config(settings)
        .await
        .unwrap()
        .traced(&client);
    let name = |command: &str| format!("{command} 127.0.0.1:{}", own.port);
    let (set, push, unknown, pop, pipeline, get) = (
        name("SET"),
        name("LPUSH"),
        name("SELEC"),
        name("BLPOP"),
        name("PIPELINE SET"),
        name("GET"),
    );

    let mut suite = Suite::new("redis")
        .namespace("0")
        .server("127.0.0.1", own.port);
    suite
        .run(Case::Success, &[&set], async |_| {
            connection.set::<_, _, ()>("key", "hush").await
        })
        .await;
    suite
        .run(Case::Constraint, &[&push], async |_| {
            connection.lpush::<_, _, ()>("key", "hush").await
        })
        .await;
    suite
        .run(Case::Syntax, &[&unknown], async |_| {
            let mut cmd = redis::cmd("SELEC");
            cmd.arg("hush").exec_async(&mut connection).await
        })
        .await;
    suite
        .run(Case::Timeout, &[&pop], async |_| {
            late.blpop::<_, ()>("queue", 0.0).await
        })
        .await;
    suite
        .run(Case::Cancelled, &[&pop], async |_| {
            let call = connection.blpop::<_, ()>("nothing", 0.0);
            let dropped = tokio::time::timeout(Duration::from_millis(50), call).await;
            assert!(dropped.is_err());
            Ok::<(), RedisError>(())
        })
        .await;
    suite
        .run(Case::Batch(2), &[&pipeline], async |_| {
            let mut pipe = redis::pipe();
            pipe.set("other", "hush").set("another", "hush");
            // On a connection of its own: the one above is blocked by what was dropped.
            pipe.exec_async(&mut manager).await
        })
        .await;
    suite
        .run(Case::Killed, &[&pop], async |_| {
            let mut manager = manager.clone();
            let waiting = manager.blpop::<_, ()>("queue", 0.0);
            let killed = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                own.kill();
            };
            tokio::join!(waiting, killed).0
        })
        .await;
    let first: RedisResult<()> = manager.get("key").await;
    first.unwrap_err();
    suite
        .run(Case::Refused, &[&get], async |_| {
            manager.get::<_, ()>("key").await
        })
        .await;
    suite.leave_out(Case::Rows(1).name(), "rows");
    suite.leave_out(Case::MissingTable.name(), "tables");
    suite.leave_out(Case::StreamDropped.name(), "streams of rows");
    suite.leave_out(Case::RolledBack.name(), "transactions of several calls");
    suite.report().assert_conforms();
}
