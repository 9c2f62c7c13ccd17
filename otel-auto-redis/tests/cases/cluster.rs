//! A real cluster of three.

use std::time::{Duration, Instant};

use otel_auto_redis::{Connection, Traced};
use otel_auto_testing::Capture;
use redis::{AsyncCommands, Commands, RedisResult, cluster::ClusterClient};

use super::own::{Own, free_port};

pub(crate) struct Cluster {
    nodes: Vec<Own>,
}

impl Cluster {
    pub(crate) fn start() -> Option<Self> {
        let nodes = (0..3)
            .map(|_| {
                let bus = free_port().to_string();
                Own::start(&["--cluster-enabled", "yes", "--cluster-port", &bus])
                    .map(|node| (node, bus))
            })
            .collect::<Option<Vec<_>>>()?;
        let run = |node: &Own, command: &str| {
            let mut connection = node.client().get_connection().unwrap();
            let mut cmd = redis::Cmd::new();
            cmd.arg(command.split(' ').collect::<Vec<_>>());
            cmd.query::<redis::Value>(&mut connection).unwrap()
        };
        let (first, bus) = &nodes[0];
        for (index, slots) in ["0 5460", "5461 10922", "10923 16383"].iter().enumerate() {
            let node = &nodes[index].0;
            run(node, &format!("CLUSTER ADDSLOTSRANGE {slots}"));
            run(node, &format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1));
            if index > 0 {
                run(
                    node,
                    &format!("CLUSTER MEET 127.0.0.1 {} {bus}", first.port),
                );
            }
        }
        let until = Instant::now() + Duration::from_secs(30);
        let is_whole = |node: &Own| {
            let mut connection = node.client().get_connection().unwrap();
            let mut cmd = redis::cmd("CLUSTER");
            let info: String = cmd.arg("INFO").query(&mut connection).unwrap();
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !nodes.iter().all(|(node, _)| is_whole(node)) {
            assert!(Instant::now() < until, "the cluster does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        let nodes = nodes.into_iter().map(|(node, _)| node).collect();
        Some(Self { nodes })
    }

    pub(crate) fn client(&self) -> ClusterClient {
        ClusterClient::builder(self.nodes.iter().map(Own::url))
            .retries(1)
            .build()
            .unwrap()
    }
}

const KEYS: &[&str] = &[
    "db.namespace",
    "db.operation.batch.size",
    "db.query.text",
    "error.type",
    "server.address",
];

#[tokio::test]
async fn calls_to_a_cluster_are_recorded() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let connection = cluster.client().get_async_connection().await.unwrap();
    let mut connection = Connection::new(connection);
    let capture = Capture::new();
    capture
        .scope(async {
            for key in ["a", "b", "c"] {
                let _: () = connection.set(key, "secret").await.unwrap();
            }
            let all: Vec<String> = connection.mget(&["a", "b", "c"]).await.unwrap();
            assert_eq!(all.len(), 3);
            let _: (i32, i32) = redis::pipe()
                .incr("{tag}:x", 1)
                .incr("{tag}:y", 1)
                .query_async(&mut connection)
                .await
                .unwrap();
            let apart: RedisResult<()> = redis::cmd("SINTERSTORE")
                .arg(&["a", "b", "c"])
                .query_async(&mut connection)
                .await;
            apart.unwrap_err();
        })
        .await;
    assert_eq!(
        capture.tree_with(KEYS),
        "SET client db.namespace=0 db.query.text=SET a ?\n\
         SET client db.namespace=0 db.query.text=SET b ?\n\
         SET client db.namespace=0 db.query.text=SET c ?\n\
         MGET client db.namespace=0 db.query.text=MGET a b c\n\
         PIPELINE INCRBY client db.namespace=0 db.operation.batch.size=2 \
         db.query.text=INCRBY {tag}:x ?; INCRBY {tag}:y ?\n\
         SINTERSTORE client error db.namespace=0 db.query.text=SINTERSTORE a b c error.type=CROSSSLOT\n"
    );

    // Under a name of its own, as one that a provider gives to the whole cluster.
    let capture = Capture::new();
    let mut connection = connection.into_inner().traced(("cluster.example", 6379));
    let _: () = capture.scope(connection.del("a")).await.unwrap();
    assert_eq!(capture.spans()[0].text("server.address"), "cluster.example");
}

#[test]
fn blocking_calls_to_a_cluster_are_recorded() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut connection = Connection::new(cluster.client().get_connection().unwrap());
    let capture = Capture::new();
    capture.in_scope(|| {
        let _: () = connection.set("a", "secret").unwrap();
        let wrong: RedisResult<()> = connection.lpush("a", 1);
        wrong.unwrap_err();
        // The library itself has no plain pipelines here.
        let plain: RedisResult<()> = redis::pipe().get("a").query(&mut connection);
        plain.unwrap_err();
    });
    assert_eq!(
        capture.tree_with(KEYS),
        "SET client db.namespace=0 db.query.text=SET a ?\n\
         LPUSH client error db.namespace=0 db.query.text=LPUSH a ? error.type=WRONGTYPE\n"
    );
}

#[test]
fn a_cluster_that_has_lost_a_node_is_told() {
    let Some(mut cluster) = Cluster::start() else {
        return;
    };
    let mut connection = Connection::new(cluster.client().get_connection().unwrap());
    let capture = Capture::new();
    for node in &mut cluster.nodes {
        node.kill();
    }
    let gone: RedisResult<()> = capture.in_scope(|| connection.set("a", 1));
    gone.unwrap_err();
    let spans = capture.spans();
    assert_eq!(spans.len(), 1);
    assert!(
        [
            "connection_closed",
            "connection_refused",
            "server_not_found",
            "io_error"
        ]
        .contains(&&*spans[0].text("error.type")),
        "{}",
        spans[0].text("error.type")
    );
}
