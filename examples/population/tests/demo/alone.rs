//! The demo without any server and any setting.

use crate::common::{finish, population};

const MISS: &str = "\
▸ GET /prefectures/{name}  [FRONT_SERVICE]
  ├─ GET 127.0.0.1
  ├─ GET
  │  └─ ▸ GET /population/{prefecture}  [POPULATION_API]
  │     └─ population
  │        └─ look_up
  │           ├─ get 127.0.0.1
  │           ├─ SELECT prefecture
  │           └─ set 127.0.0.1
  └─ SETEX 127.0.0.1
";

const HIT: &str = "\
▸ GET /prefectures/{name}
  └─ GET 127.0.0.1
";

const ERROR: &str = "\
▸ GET /prefectures/{name}/density  [FRONT_SERVICE]
  └─ GET
     └─ ▸ GET /population/{prefecture}/density  [POPULATION_API]
        └─ density
           └─ SELECT prefecture area
";

#[test]
fn each_request_is_drawn_as_one_tree_across_both_services() {
    let (stdout, stderr) = finish(&mut population());
    let steps: Vec<&str> = stdout.split("\n# ").skip(1).collect();
    let [miss, hit, unknown, error] = steps.as_slice() else {
        panic!("{stdout}")
    };

    assert!(
        miss.contains("→ 200 {\"prefecture\":\"Tokyo\",\"population\":14047594}"),
        "{miss}"
    );
    assert_eq!(shape(miss), MISS);
    assert!(
        hit.contains("→ 200 {\"prefecture\":\"Tokyo\",\"population\":14047594}"),
        "{hit}"
    );
    assert_eq!(shape(hit), HIT);
    assert!(unknown.contains("→ 404 "), "{unknown}");
    assert!(error.contains("→ 500 something went wrong"), "{error}");
    assert_eq!(shape(error), ERROR);
    assert!(error.contains("ERROR"), "{error}");
    // The client hears nothing of it, the log does.
    assert!(stderr.contains("no such table: area"), "{stderr}");
}

#[test]
fn the_metrics_of_both_services_are_one_table() {
    let (stdout, _) = finish(&mut population());
    let (_, tables) = stdout.split_once("metrics of FRONT_SERVICE").unwrap();
    let (front, api) = tables.split_once("metrics of POPULATION_API").unwrap();
    for metric in [
        "db.client.operation.duration",
        "http.client.request.duration",
        "http.server.request.duration",
    ] {
        assert!(front.contains(metric), "{front}");
    }
    let requests = api
        .lines()
        .find(|line| line.starts_with("http_requests_by_prefecture"))
        .unwrap();
    let words: Vec<_> = requests.split_whitespace().collect();
    assert_eq!(
        words,
        ["http_requests_by_prefecture", "1", "1", "prefecture=Tokyo"]
    );
}

#[test]
fn stand_ins_are_told_and_not_used_where_a_variable_names_the_real_one() {
    let (stdout, _) = finish(&mut population());
    let told = stdout.lines().next().unwrap();
    for name in ["REDIS_URL", "MEMCACHED_URL", "DATABASE_URL"] {
        assert!(told.contains(name), "{told}");
    }
    let (stdout, _) = finish(population().env("DATABASE_URL", "sqlite::memory:"));
    assert!(
        !stdout.lines().next().unwrap().contains("DATABASE_URL"),
        "{stdout}"
    );
}

#[test]
fn a_service_that_cannot_start_is_told_and_the_demo_fails() {
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = population()
        .env("REDIS_URL", format!("redis://{address}"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        stderr.contains("no connection to Redis") && stderr.contains("front did not start"),
        "{stderr}"
    );
}

#[test]
fn with_the_console_exporter_services_draw_traces_and_the_runner_metrics() {
    let (stdout, stderr) = finish(population().env("OTEL_TRACES_EXPORTER", "console"));
    assert!(
        !stdout.contains('▸') && stdout.contains("metrics of POPULATION_API"),
        "{stdout}"
    );
    for name in [
        "▸ GET /prefectures/{name}",
        "▸ GET /population/{prefecture}",
    ] {
        assert!(stderr.contains(name), "{stderr}");
    }
}

/// The lines of a tree without what differs from run to run: connectors, name and service.
fn shape(text: &str) -> String {
    let is_tree = |line: &&str| line.starts_with('▸') || line.starts_with("  ");
    let lines = text
        .lines()
        .skip_while(|line| !is_tree(line))
        .take_while(is_tree);
    lines
        .map(|line| {
            let (connectors, rest) = line.split_at(
                line.find(|letter: char| letter.is_ascii_alphabetic())
                    .unwrap(),
            );
            let mut columns = rest.split("  ");
            let name = columns.next().unwrap().split(':').next().unwrap();
            match columns.next().filter(|column| column.starts_with('[')) {
                Some(service) => format!("{connectors}{name}  {service}\n"),
                None => format!("{connectors}{name}\n"),
            }
        })
        .collect()
}
