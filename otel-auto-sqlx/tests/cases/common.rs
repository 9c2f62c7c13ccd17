//! Servers, spans and subscribers of the tests.
#![allow(dead_code)]

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use otel_auto_core::opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer},
};
use otel_auto_sqlx::QueryEvents;
use otel_auto_testing::{Capture, conformance::Check};
use tracing_subscriber::{filter::LevelFilter, prelude::*};

/// The URL of a real server, or none if the tests were asked to do without.
pub(crate) fn server(variable: &str) -> Option<String> {
    if std::env::var_os("OTEL_AUTO_TEST_NO_SERVICES").is_some() {
        eprintln!("skipped: no servers are wanted");
        return None;
    }
    Some(
        std::env::var(variable)
            .unwrap_or_else(|_| panic!("{variable} is not set: run `scripts/test`")),
    )
}

/// A subscriber as in a program with `RUST_LOG=warn`: what is printed is filtered, our layer is not.
pub(crate) fn subscriber(
    capture: &Capture,
    events: QueryEvents,
) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_test_writer()
                .with_filter(LevelFilter::ERROR),
        )
        .with(events.providers(capture.providers()).filtered())
}

/// Runs a future in a span of the API alone, as below a request that is served without `tracing`.
pub(crate) async fn in_span<F: Future>(capture: &Capture, future: F) -> F::Output {
    let span = capture.tracer("test").start("request");
    let context = Context::new().with_span(span);
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

/// All that was recorded of databases is as the conventions say.
#[track_caller]
pub(crate) fn assert_conforms(capture: &Capture) {
    let check = Check::new().opted_in(&["db.response.returned_rows"]);
    for span in capture.spans() {
        if span.get("db.system.name").is_some() {
            assert_eq!(check.span("db.client", &span), [], "{span:?}");
        }
    }
    assert_eq!(check.metrics(&capture.metrics()), []);
}

/// A server of the test's own, to be killed.
pub(crate) struct OwnServer {
    process: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

impl OwnServer {
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) async fn postgres() -> Self {
        Self::start(
            |data| {
                let mut command = unprivileged("initdb");
                command.args([
                    "--username=otel",
                    "--auth=trust",
                    "--no-sync",
                    "--locale=C",
                    "-D",
                ]);
                command.arg(data);
                command
            },
            |data, port| {
                let mut command = unprivileged("postgres");
                command.args(["-c", "fsync=off", "-h", "127.0.0.1", "-p", port, "-k"]);
                command.arg(data).arg("-D").arg(data);
                command
            },
        )
        .await
    }

    pub(crate) async fn mariadb() -> Self {
        Self::start(
            |data| {
                let mut command = unprivileged("mariadb-install-db");
                command.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
                command.arg("--auth-root-authentication-method=normal");
                command.arg(format!("--datadir={}", data.display()));
                command
            },
            |data, port| {
                let data = data.display();
                let mut command = unprivileged("mariadbd");
                command.args(["--no-defaults", "--bind-address=127.0.0.1"]);
                command
                    .arg("--skip-grant-tables")
                    .arg(format!("--port={port}"));
                command.arg(format!("--datadir={data}"));
                command.arg(format!("--socket={data}/socket"));
                command.arg(format!("--pid-file={data}/pid"));
                command
            },
        )
        .await
    }

    async fn start(
        prepare: impl Fn(&Path) -> Command,
        serve: impl Fn(&Path, &str) -> Command,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = Command::new("chmod").arg("777").arg(folder.path()).status();
        assert!(own.unwrap().success());
        let data = folder.path().join("data");
        // MariaDB clears its temporary folder when it starts, also of another's files.
        let prepared = prepare(&data)
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        assert!(prepared.status.success(), "{prepared:?}");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = serve(&data, &port.to_string())
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self {
            process,
            port,
            _folder: folder,
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The servers refuse to run as root.
fn unprivileged(program: &str) -> Command {
    let name = Command::new("id").arg("-un").output().unwrap().stdout;
    if name != b"root\n" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=nobody",
        "--regid=nogroup",
        "--clear-groups",
        "--",
        program,
    ]);
    command
}
