//! The suite of database clients, in the style of the driver's own documentation.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::{net::TcpListener, time::Duration};

use futures_util::{StreamExt, TryStreamExt, future::join};
use mongodb::{
    Client, IndexModel,
    bson::{Document, doc},
    error::Error,
    options::{ClientOptions, IndexOptions},
};
use otel_auto_mongodb::Traced;
use otel_auto_testing::{
    conformance::db::{Case, SECRET, Suite},
    servers::OwnServer,
};
use support::{collection, port, url};

/// A client that finds the current context's providers, as in a program with one set of them.
async fn options(url: &str) -> ClientOptions {
    let mut options = ClientOptions::parse(url).await.unwrap();
    // A server that is gone is not waited for.
    options.server_selection_timeout = Some(Duration::from_millis(300));
    options
}

fn suite(port: u16) -> Suite {
    Suite::new("mongodb")
        .namespace("otel_auto")
        .server("127.0.0.1", port)
        .opted_in(&["db.response.returned_rows"])
}

/// Leaves out all cases but these.
fn only(suite: &mut Suite, cases: &[Case]) {
    for case in Case::ALL.iter().filter(|case| !cases.contains(case)) {
        suite.leave_out(case.name(), "such case for this server alone");
    }
}

#[tokio::test]
async fn commands_conform() {
    let Some(url) = url() else { return };
    let people = collection(options(&url).await.traced(), "kit").await;
    let by_name = IndexModel::builder()
        .keys(doc! { "name": 1 })
        .options(IndexOptions::builder().unique(true).build())
        .build();
    people.create_index(by_name).await.unwrap();
    let name = |command: &str| format!("{command} {}", people.name());
    let (insert, find) = (name("insert"), name("find"));
    let mut suite = suite(port(&url));
    suite
        .run(Case::Success, &[&insert], async |_| {
            let ann = people.insert_one(doc! { "name": SECRET });
            ann.await.map(drop)
        })
        .await;
    suite
        .run(Case::Rows(1), &[&find], async |_| {
            let found = people.find(doc! { "name": SECRET }).await?;
            let found: Vec<Document> = found.try_collect().await?;
            assert_eq!(found.len(), 1);
            Ok::<(), Error>(())
        })
        .await;
    suite
        .run(Case::Constraint, &[&insert], async |_| {
            let again = people.insert_one(doc! { "name": SECRET });
            again.await.map(drop)
        })
        .await;
    suite
        .run(Case::Syntax, &[&find], async |_| {
            let unknown = people.find_one(doc! { format!("${SECRET}"): 1 });
            unknown.await.map(drop)
        })
        .await;
    suite
        .run(Case::Batch(2), &[&insert], async |_| {
            let two = (0..2).map(|n| doc! { "name": format!("{SECRET} {n}") });
            people.insert_many(two).await.map(drop)
        })
        .await;
    suite
        .run(Case::StreamDropped, &[&find], async |_| {
            let mut found = people.find(doc! {}).batch_size(1).await?;
            assert!(found.next().await.is_some());
            Ok::<(), Error>(())
        })
        .await;
    let many = (0..20_000).map(|n| doc! { "name": format!("many {n}") });
    people.insert_many(many).await.unwrap();
    suite
        .run(Case::Timeout, &[&find], async |_| {
            let slow = people.find(doc! {}).sort(doc! { "name": 1 });
            slow.max_time(Duration::from_millis(1)).await.map(drop)
        })
        .await;
    people.drop().await.unwrap();
    suite.leave_out(
        Case::MissingTable.name(),
        "error for it: a collection that is not there is empty",
    );
    suite.leave_out(
        Case::RolledBack.name(),
        "transactions here: they need a replica set, and FerretDB has none of either",
    );
    for case in [Case::Refused, Case::Killed, Case::Cancelled] {
        suite.leave_out(case.name(), "server of its own here: see below");
    }
    suite.report().assert_conforms();
}

#[tokio::test]
async fn a_server_that_is_silent_or_killed_conforms() {
    if url().is_none() {
        return;
    }
    let mut own = OwnServer::mongodb().await.unwrap();
    let mut options = options(&format!("mongodb://127.0.0.1:{}/", own.port())).await;
    // The driver has no time-out for commands, but one for its watch over the server.
    options.connect_timeout = Some(Duration::from_millis(500));
    options.heartbeat_freq = Some(Duration::from_millis(500));
    let mut suite = suite(own.port());
    let cases = [Case::Cancelled, Case::Timeout, Case::Killed];
    only(&mut suite, &cases);
    for case in cases {
        let people = collection(options.clone().traced(), "own").await;
        let find = format!("find {}", people.name());
        suite
            .run(case, &[&find], async |_| {
                own.pause().await.unwrap();
                let call = people.find_one(doc! { "name": SECRET });
                match case {
                    Case::Cancelled => {
                        let call = tokio::time::timeout(Duration::from_millis(100), call);
                        call.await.unwrap_err();
                        Ok(())
                    }
                    Case::Killed => {
                        let kill = async {
                            tokio::time::sleep(Duration::from_millis(100)).await;
                            own.kill().unwrap();
                        };
                        join(call.into_future(), kill).await.0.map(drop)
                    }
                    _ => call.await.map(drop),
                }
            })
            .await;
        if case != Case::Killed {
            own.resume().unwrap();
        }
    }
    suite.report().assert_conforms();
}

#[tokio::test]
async fn a_server_that_was_never_there_conforms() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    // Behind a load balancer the driver has no watch over servers, so that it asks for a connection.
    let url =
        format!("mongodb://{SECRET}:{SECRET}@127.0.0.1:{port}/?loadBalanced=true&retryReads=false");
    let mut suite = Suite::new("mongodb").server("127.0.0.1", port);
    only(&mut suite, &[Case::Refused]);
    let client = Client::with_options(options(&url).await.traced()).unwrap();
    let connect = format!("CONNECT 127.0.0.1:{port}");
    suite
        .run(Case::Refused, &[&connect], async |_| {
            client.list_database_names().await.map(drop)
        })
        .await;
    suite.report().assert_conforms();
}
