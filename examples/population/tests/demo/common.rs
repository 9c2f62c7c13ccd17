//! The demo as a process, and what it sends as a tree.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use otel_auto_testing::receiver::{Receiver, Span};

pub(crate) const FRONT: &str = "FRONT_SERVICE";
pub(crate) const API: &str = "POPULATION_API";

/// The demo, knowing nothing of the variables of whoever runs the tests.
pub(crate) fn population() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_population"));
    for (name, _) in std::env::vars_os() {
        let is_read = |name: &str| {
            name.starts_with("OTEL_") || name.ends_with("_URL") || name.starts_with("RUST_")
        };
        if name.to_str().is_some_and(is_read) {
            command.env_remove(name);
        }
    }
    command
        .env_remove("CACHE_PREFIX")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Text of a finished process, and that it went well.
pub(crate) fn finish(command: &mut Command) -> (String, String) {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    (stdout, stderr)
}

/// The spans of the trace of this root, one a line, indented by depth: `FRONT_SERVICE client GET`.
pub(crate) fn tree(spans: &[Span], root: &Span) -> String {
    fn write(out: &mut String, spans: &[Span], span: &Span, depth: usize) {
        let kind = format!("{:?}", span.kind()).to_lowercase();
        let service = span.resource_attribute("service.name").unwrap();
        // Ports are different each time.
        let name = span.name.split("127.0.0.1").next().unwrap().trim_end();
        let system = span.attribute("db.system.name").unwrap_or_default();
        out.push_str(
            format!(
                "{:depth$}{service} {kind} {name} {system}",
                "",
                depth = depth * 2
            )
            .trim_end(),
        );
        out.push('\n');
        let mut children: Vec<_> = spans
            .iter()
            .filter(|child| child.parent_span_id() == span.span_id())
            .collect();
        children.sort_by_key(|child| child.start_time_unix_nano);
        for child in children {
            assert_eq!(child.trace_id(), span.trace_id());
            write(out, spans, child, depth + 1);
        }
    }
    let mut out = String::new();
    write(&mut out, spans, root, 0);
    out
}

/// The spans without a parent, the earliest first.
pub(crate) fn roots(spans: &[Span]) -> Vec<&Span> {
    let mut roots: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id().is_empty())
        .collect();
    roots.sort_by_key(|span| span.start_time_unix_nano);
    roots
}

/// What a miss looks like, through both services.
pub(crate) fn miss(database: &str) -> String {
    format!(
        "\
FRONT_SERVICE server GET /prefectures/{{name}}
  FRONT_SERVICE client GET redis
  FRONT_SERVICE client GET
    POPULATION_API server GET /population/{{prefecture}}
      POPULATION_API internal population
        POPULATION_API internal look_up
          POPULATION_API client get memcached
          POPULATION_API client SELECT prefecture {database}
          POPULATION_API client set memcached
  FRONT_SERVICE client SETEX redis
"
    )
}

/// Waits until something of the receiver is so, at most ten seconds.
pub(crate) fn wait_until(receiver: &Receiver, is_so: impl Fn(&Receiver) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so(receiver) {
        assert!(Instant::now() < deadline, "not within ten seconds");
        let seen = receiver.requests().len();
        let _ = receiver.wait_for_requests(seen + 1, Duration::from_millis(200));
    }
}
