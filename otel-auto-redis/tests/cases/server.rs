//! Against a real server.

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_redis::{Connection, Traced};
use otel_auto_testing::{Capture, servers};
use redis::{AsyncCommands, Client, Commands, RedisResult, Script, aio::MultiplexedConnection};

const KEYS: &[&str] = &[
    "db.operation.batch.size",
    "db.query.text",
    "db.response.status_code",
];

/// The server and a prefix for the keys of one test; nothing where there are no servers.
pub(crate) fn server(test: &str) -> Option<(Client, String)> {
    let url = servers::url("REDIS_URL")?;
    Some((
        Client::open(url).unwrap(),
        format!("otel-auto:{}:{test}", std::process::id()),
    ))
}

fn url() -> String {
    std::env::var("REDIS_URL").unwrap()
}

async fn connect(client: &Client) -> Connection<MultiplexedConnection> {
    client
        .get_multiplexed_async_connection()
        .await
        .unwrap()
        .traced(client)
}

/// The tree with the names of this run replaced.
fn tree(capture: &Capture, prefix: &str) -> String {
    capture
        .tree_with(KEYS)
        .replace(url().trim_start_matches("redis://"), "SERVER")
        .replace(prefix, "K")
}

#[tokio::test]
async fn commands_work_unchanged_and_are_children_of_the_callers_span() {
    let Some((client, prefix)) = server("commands") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    let span = capture.tracer("test").start("caller");
    let context = capture.context().with_span(span);
    async {
        let _: () = connection.set_ex(&prefix, "secret", 60).await.unwrap();
        let value: Option<String> = connection.get(&prefix).await.unwrap();
        assert_eq!(value.as_deref(), Some("secret"));
        let nothing: Option<String> = connection.get(format!("{prefix}:missing")).await.unwrap();
        assert_eq!(nothing, None);
        let pong: String = redis::cmd("ping")
            .query_async(&mut connection)
            .await
            .unwrap();
        assert_eq!(pong, "PONG");
        let removed: u32 = connection.del(&prefix).await.unwrap();
        assert_eq!(removed, 1);
    }
    .with_context(context.clone())
    .await;
    context.span().end();
    assert_eq!(
        tree(&capture, &prefix),
        "caller internal\n\
         \x20 SETEX SERVER client db.query.text=SETEX K ? ?\n\
         \x20 GET SERVER client db.query.text=GET K\n\
         \x20 GET SERVER client db.query.text=GET K:missing\n\
         \x20 PING SERVER client db.query.text=PING\n\
         \x20 DEL SERVER client db.query.text=DEL K\n"
    );
}

#[tokio::test]
async fn pipelines_and_transactions_are_one_span_each() {
    let Some((client, prefix)) = server("pipelines") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    let (a, b) = (format!("{prefix}:a"), format!("{prefix}:b"));
    capture
        .scope(async {
            let _: () = redis::pipe()
                .set(&a, 1)
                .set(&b, 2)
                .query_async(&mut connection)
                .await
                .unwrap();
            let mixed: (i64, i64) = redis::pipe()
                .incr(&a, 1)
                .get(&b)
                .query_async(&mut connection)
                .await
                .unwrap();
            assert_eq!(mixed, (2, 2));
            let one: (i64,) = redis::pipe()
                .get(&a)
                .query_async(&mut connection)
                .await
                .unwrap();
            assert_eq!(one, (2,));
            let all: (i64, i64) = redis::pipe()
                .atomic()
                .get(&a)
                .get(&b)
                .query_async(&mut connection)
                .await
                .unwrap();
            assert_eq!(all, (2, 2));
            let _: () = redis::pipe()
                .atomic()
                .del(&a)
                .unlink(&b)
                .query_async(&mut connection)
                .await
                .unwrap();
        })
        .await;
    assert_eq!(
        tree(&capture, &prefix),
        "PIPELINE SET SERVER client db.operation.batch.size=2 db.query.text=SET K:a ?; SET K:b ?\n\
         PIPELINE SERVER client db.operation.batch.size=2 db.query.text=INCRBY K:a ?; GET K:b\n\
         GET SERVER client db.query.text=GET K:a\n\
         MULTI GET SERVER client db.operation.batch.size=2 db.query.text=GET K:a; GET K:b\n\
         MULTI SERVER client db.operation.batch.size=2 db.query.text=DEL K:a; UNLINK K:b\n"
    );
}

#[tokio::test]
async fn errors_of_the_server_keep_their_code() {
    let Some((client, prefix)) = server("errors") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    capture
        .scope(async {
            let _: () = connection.set(&prefix, "text").await.unwrap();
            connection
                .lpush::<_, _, ()>(&prefix, "x")
                .await
                .unwrap_err();
            connection.incr::<_, _, ()>(&prefix, 1).await.unwrap_err();
            redis::cmd("NOSUCH.COMMAND")
                .arg("secret")
                .exec_async(&mut connection)
                .await
                .unwrap_err();
            redis::cmd("AUTH")
                .arg("someone")
                .arg("secret")
                .exec_async(&mut connection)
                .await
                .unwrap_err();
            let result: RedisResult<()> = redis::pipe()
                .get(&prefix)
                .lpop(&prefix, None)
                .query_async(&mut connection)
                .await;
            result.unwrap_err();
            let result: RedisResult<()> = redis::pipe()
                .atomic()
                .get(&prefix)
                .lpop(&prefix, None)
                .query_async(&mut connection)
                .await;
            result.unwrap_err();
            let _: () = connection.del(&prefix).await.unwrap();
        })
        .await;
    assert_eq!(
        tree(&capture, &prefix),
        "SET SERVER client db.query.text=SET K ?\n\
         LPUSH SERVER client error db.query.text=LPUSH K ? db.response.status_code=WRONGTYPE\n\
         INCRBY SERVER client error db.query.text=INCRBY K ? db.response.status_code=ERR\n\
         NOSUCH.COMMAND SERVER client error db.query.text=NOSUCH.COMMAND ? db.response.status_code=ERR\n\
         AUTH SERVER client error db.query.text=AUTH ? ? db.response.status_code=WRONGPASS\n\
         PIPELINE SERVER client error db.operation.batch.size=2 db.query.text=GET K; LPOP K \
         db.response.status_code=WRONGTYPE\n\
         MULTI SERVER client error db.operation.batch.size=2 db.query.text=GET K; LPOP K \
         db.response.status_code=WRONGTYPE\n\
         DEL SERVER client db.query.text=DEL K\n"
    );
    assert!(
        capture
            .spans()
            .iter()
            .all(|span| !format!("{:?}", span.data).contains("secret"))
    );
}

#[tokio::test]
async fn a_script_names_its_digest() {
    let Some((client, prefix)) = server("scripts") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    let script = Script::new("return KEYS[1] .. ARGV[1]");
    script.load_async(&mut connection).await.unwrap();
    let result: String = capture
        .scope(
            script
                .key(&prefix)
                .arg("secret")
                .invoke_async(&mut connection),
        )
        .await
        .unwrap();
    assert_eq!(result, format!("{prefix}secret"));
    let span = &capture.spans()[0];
    assert_eq!(span.text("db.operation.name"), "EVALSHA");
    assert_eq!(span.text("db.stored_procedure.name"), script.get_hash());
    assert_eq!(
        span.text("db.query.text"),
        format!("EVALSHA {} 1 {prefix} ?", script.get_hash())
    );
}

#[tokio::test]
async fn an_iterator_makes_a_span_for_each_batch() {
    let Some((client, prefix)) = server("iterators") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    let _: () = connection
        .hset_multiple(&prefix, &[("a", 1), ("b", 2)])
        .await
        .unwrap();
    let fields: Vec<(String, u8)> = capture
        .scope(async {
            let mut found = Vec::new();
            let mut fields = connection.hscan::<_, (String, u8)>(&prefix).await.unwrap();
            while let Some(field) = fields.next_item().await {
                found.push(field.unwrap());
            }
            found
        })
        .await;
    assert_eq!(fields, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(
        tree(&capture, &prefix),
        "HSCAN SERVER client db.query.text=HSCAN K ?\n"
    );
    let _: () = connection.del(&prefix).await.unwrap();
}

#[tokio::test]
async fn a_manager_and_its_clones_are_recorded() {
    let Some((client, prefix)) = server("managers") else {
        return;
    };
    let capture = Capture::new();
    let connection = client
        .get_connection_manager()
        .await
        .unwrap()
        .traced(&client);
    let calls = (0..3).map(|index| {
        let mut connection = connection.clone();
        let key = format!("{prefix}:{index}");
        tokio::spawn(capture.scope(async move { connection.exists::<_, bool>(key).await.unwrap() }))
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(!call.await.unwrap());
    }
    let points = capture.metric("db.client.operation.duration");
    assert_eq!(points.len(), 1);
    assert_eq!(
        (points[0].get("db.operation.name"), points[0].number()),
        ("EXISTS", 3.0)
    );
    assert_eq!(points[0].get("db.query.text"), "");
}

#[tokio::test]
async fn the_namespace_is_the_index_of_the_database() {
    let Some((_, prefix)) = server("databases") else {
        return;
    };
    let client = Client::open(format!("{}/3", url())).unwrap();
    let capture = Capture::new();
    let mut connection = connect(&client).await;
    let _: bool = capture.scope(connection.exists(&prefix)).await.unwrap();
    assert_eq!(capture.spans()[0].text("db.namespace"), "3");
}

#[tokio::test]
async fn a_server_that_goes_away_is_told_by_kind() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Greets, then hangs up on the first real command.
    let serving = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4_096];
        loop {
            let read = stream.read(&mut buffer).await.unwrap();
            let sent = String::from_utf8_lossy(&buffer[..read]).into_owned();
            if read == 0 || sent.contains("GET") {
                return;
            }
            let replies = "+OK\r\n".repeat(sent.matches("*").count());
            stream.write_all(replies.as_bytes()).await.unwrap();
        }
    });
    let client = Client::open(format!("redis://{address}")).unwrap();
    let mut connection = connect(&client).await;
    let capture = Capture::new();
    capture
        .scope(connection.get::<_, Option<String>>("key"))
        .await
        .unwrap_err();
    assert_eq!(capture.spans()[0].text("error.type"), "connection_closed");
    serving.await.unwrap();
}

#[test]
fn blocking_connections_are_recorded_alike() {
    let Some((client, prefix)) = server("blocking") else {
        return;
    };
    let capture = Capture::new();
    let mut connection = client.get_connection().unwrap().traced(&client);
    let context = capture.context();
    let _attached = Context::attach(context);
    let _: () = connection.set(&prefix, "secret").unwrap();
    let all: (String, i64) = redis::pipe()
        .atomic()
        .get(&prefix)
        .ttl(&prefix)
        .query(&mut connection)
        .unwrap();
    assert_eq!(all, ("secret".to_owned(), -1));
    connection.lpush::<_, _, ()>(&prefix, "x").unwrap_err();
    let _: () = redis::pipe()
        .del(&prefix)
        .del(&prefix)
        .query(&mut connection)
        .unwrap();
    let increased: (i64,) =
        redis::transaction(&mut connection, &[&prefix], |connection, pipeline| {
            pipeline.incr(&prefix, 1).query(connection)
        })
        .unwrap();
    assert_eq!(increased, (1,));
    let packed = redis::cmd("DEL").arg(&prefix).get_packed_command();
    redis::ConnectionLike::req_packed_command(&mut connection, &packed).unwrap();
    assert_eq!(
        tree(&capture, &prefix),
        "SET SERVER client db.query.text=SET K ?\n\
         MULTI SERVER client db.operation.batch.size=2 db.query.text=GET K; TTL K\n\
         LPUSH SERVER client error db.query.text=LPUSH K ? db.response.status_code=WRONGTYPE\n\
         PIPELINE DEL SERVER client db.operation.batch.size=2 db.query.text=DEL K; DEL K\n\
         WATCH SERVER client db.query.text=WATCH K\n\
         MULTI INCRBY SERVER client db.query.text=INCRBY K ?\n\
         UNWATCH SERVER client db.query.text=UNWATCH\n\
         DEL SERVER client db.query.text=DEL K\n"
    );
}
