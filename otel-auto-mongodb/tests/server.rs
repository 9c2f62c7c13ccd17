//! Against a real server: `scripts/services run -- cargo test -p otel-auto-mongodb`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{net::TcpListener, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Document, doc},
    event::{EventHandler, command::CommandEvent},
    options::{ClientOptions, IndexOptions},
};
use otel_auto_mongodb::Traced;
use otel_auto_testing::Capture;
use support::{below_a_caller, people, url};

const KEYS: &[&str] = &[
    "db.operation.batch.size",
    "db.response.returned_rows",
    "db.response.status_code",
    "error.type",
];

fn tree(capture: &Capture, people: &Collection<Document>) -> String {
    capture.tree_with(KEYS).replace(people.name(), "people")
}

#[tokio::test]
async fn commands_are_children_of_the_callers_span_and_hold_no_values() {
    let Some(url) = url() else { return };
    let (capture, people) = people(&url, "commands").await;
    below_a_caller(&capture, async {
        people
            .insert_one(doc! { "name": "Ann", "secret": "hush" })
            .await
            .unwrap();
        let several = (0..5).map(|n| doc! { "name": format!("hush {n}") });
        people.insert_many(several).await.unwrap();
        let ann = people.find_one(doc! { "secret": "hush" }).await.unwrap();
        assert_eq!(ann.unwrap().get_str("name").unwrap(), "Ann");
        let names = people.find(doc! {}).batch_size(4).await.unwrap();
        let names: Vec<Document> = names.try_collect().await.unwrap();
        assert_eq!(names.len(), 6);
        people
            .update_one(
                doc! { "name": "Ann" },
                doc! { "$set": { "secret": "hush!" } },
            )
            .await
            .unwrap();
        people.delete_one(doc! { "secret": "hush!" }).await.unwrap();
    })
    .await;
    assert_eq!(
        tree(&capture, &people),
        "caller internal\n\
         \x20 insert people client\n\
         \x20 insert people client db.operation.batch.size=5\n\
         \x20 find people client db.response.returned_rows=1\n\
         \x20 find people client db.response.returned_rows=4\n\
         \x20 getMore people client db.response.returned_rows=2\n\
         \x20 update people client\n\
         \x20 delete people client\n"
    );
    let span = &capture.spans()[0];
    assert_eq!(span.text("db.system.name"), "mongodb");
    assert_eq!(span.text("db.operation.name"), "insert");
    assert_eq!(span.text("db.collection.name"), people.name());
    assert_eq!(span.text("db.namespace"), "otel_auto");
    assert_eq!(span.text("server.address"), "127.0.0.1");
    let point = &capture.metric("db.client.operation.duration")[0];
    assert_eq!(point.get("db.collection.name"), people.name());
    let everything = format!("{:?} {:?}", capture.spans(), capture.metrics());
    assert!(!everything.contains("hush"), "{everything}");
}

#[tokio::test]
async fn errors_say_the_servers_code_and_nothing_of_the_values() {
    let Some(url) = url() else { return };
    let (capture, people) = people(&url, "errors").await;
    let unique = IndexOptions::builder().unique(true).build();
    let by_name = IndexModel::builder()
        .keys(doc! { "name": 1 })
        .options(unique)
        .build();
    people.create_index(by_name).await.unwrap();
    capture.clear_spans();
    below_a_caller(&capture, async {
        people.insert_one(doc! { "name": "hush" }).await.unwrap();
        people
            .insert_one(doc! { "name": "hush" })
            .await
            .unwrap_err();
        people.find_one(doc! { "$hush": 1 }).await.unwrap_err();
        let database = people.client().database("otel_auto");
        database
            .run_command(doc! { "unknown": 1 })
            .await
            .unwrap_err();
    })
    .await;
    assert_eq!(
        tree(&capture, &people),
        "caller internal\n\
         \x20 insert people client\n\
         \x20 insert people client error db.response.status_code=11000 error.type=11000\n\
         \x20 find people client error db.response.status_code=2 error.type=2\n\
         \x20 unknown otel_auto client error db.response.status_code=59 error.type=59\n"
    );
    let everything = format!(
        "{:?} {:?} {:?}",
        capture.spans(),
        capture.logs(),
        capture.metrics()
    );
    assert!(!everything.contains("$hush"), "{everything}");
}

#[tokio::test]
async fn a_cursor_that_is_dropped_half_way_has_ended_with_its_batches() {
    let Some(url) = url() else { return };
    let (capture, people) = people(&url, "cursor").await;
    people
        .insert_many((0..20).map(|n| doc! { "n": n }))
        .await
        .unwrap();
    capture.clear_spans();
    below_a_caller(&capture, async {
        let mut numbers = people.find(doc! {}).batch_size(5).await.unwrap();
        for _ in 0..6 {
            numbers.next().await.unwrap().unwrap();
        }
    })
    .await;
    let found: Vec<_> = capture
        .spans()
        .iter()
        .map(|span| span.name.replace(people.name(), "people"))
        .collect();
    assert_eq!(found[..2], ["find people", "getMore people"]);
    assert!(!capture.spans().iter().any(|span| span.is_error()));
}

#[tokio::test]
async fn a_handler_of_the_program_is_called_as_before() {
    let Some(url) = url() else { return };
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let mut options = ClientOptions::parse(&url).await.unwrap();
    options.command_event_handler = Some(EventHandler::callback(move |event: CommandEvent| {
        if let CommandEvent::Started(event) = event {
            sender.send(event.command_name).unwrap();
        }
    }));
    let client = Client::with_options(options.traced()).unwrap();
    client
        .database("otel_auto")
        .list_collection_names()
        .await
        .unwrap();
    assert_eq!(events.recv().await.unwrap(), "listCollections");
}

#[tokio::test]
async fn pools_tell_their_connections() {
    let Some(url) = url() else { return };
    let (capture, people) = people(&url, "pools").await;
    people.insert_one(doc! { "n": 1 }).await.unwrap();
    // The connection comes back after the answer.
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while capture.metric("db.client.connection.use_time").is_empty() {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for name in ["count", "create_time", "wait_time"] {
        let points = capture.metric(&format!("db.client.connection.{name}"));
        let address = url.trim_start_matches("mongodb://").trim_end_matches('/');
        assert_eq!(points[0].get("db.client.connection.pool.name"), address);
    }
}

#[tokio::test]
async fn a_server_that_refuses_does_not_hang_anything() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let capture = Capture::new();
    let mut options = ClientOptions::parse(format!("mongodb://127.0.0.1:{port}/"))
        .await
        .unwrap();
    options.server_selection_timeout = Some(Duration::from_millis(200));
    let client = Client::with_options(capture.in_scope(|| options.traced())).unwrap();
    below_a_caller(&capture, async {
        client.list_database_names().await.unwrap_err();
    })
    .await;
    assert!(capture.tree().starts_with("caller internal\n"));
}
