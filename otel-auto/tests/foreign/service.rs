//! Services as processes. Each prints its port, and ends when its standard input does: with us, whatever happens.

use std::{
    fs::read_to_string,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::support;

/// Longer than a start, an answer or an end takes on a busy machine, shorter than a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `scripts/foreign` installed, or nothing where tests that need it may be left out.
pub(super) fn folder() -> Option<PathBuf> {
    match std::env::var_os("OTEL_AUTO_TEST_FOREIGN") {
        Some(folder) => Some(folder.into()),
        None if std::env::var_os("OTEL_AUTO_TEST_NO_SERVICES").is_some_and(|no| no == "1") => {
            eprintln!(
                "skipped: OTEL_AUTO_TEST_NO_SERVICES=1, and there is no OTEL_AUTO_TEST_FOREIGN"
            );
            None
        }
        None => panic!(
            "OTEL_AUTO_TEST_FOREIGN is not set: run with `scripts/foreign run --`, \
             or set OTEL_AUTO_TEST_NO_SERVICES=1"
        ),
    }
}

#[derive(Clone, Copy)]
pub(super) enum Language {
    Python,
    Node,
    Ours,
}

impl Language {
    fn command(self, folder: &Path) -> Command {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
        let mut command = match self {
            Self::Python => {
                let programs = folder.join("python/bin");
                let mut command = Command::new(programs.join("opentelemetry-instrument"));
                command
                    .arg(programs.join("python"))
                    .arg(sources.join("service.py"));
                command
            }
            Self::Node => {
                let mut command = Command::new(folder.join("node/bin/node"));
                command
                    .args([
                        "--require",
                        "@opentelemetry/auto-instrumentations-node/register",
                    ])
                    .arg(sources.join("service.js"))
                    .env("NODE_PATH", folder.join("node_modules"));
                command
            }
            Self::Ours => return support::command("ours", &[]),
        };
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
            command.env_remove(name);
        }
        // The others would ask a cloud, at addresses that outside of it are somebody else's.
        command.env("OTEL_NODE_RESOURCE_DETECTORS", "env,host,os,process");
        command
    }
}

pub(super) struct Service {
    name: &'static str,
    process: Child,
    /// Kept open: a program that cannot print ends badly.
    printed: BufReader<ChildStdout>,
    port: u16,
    log: tempfile::NamedTempFile,
}

impl Service {
    /// Starts a service that exports its spans to `endpoint`, and waits until it listens.
    pub(super) fn start(
        language: Language,
        name: &'static str,
        folder: &Path,
        endpoint: &str,
    ) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut process = language
            .command(folder)
            .env("OTEL_SERVICE_NAME", name)
            .env("OTEL_TRACES_EXPORTER", "otlp")
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("OTEL_LOGS_EXPORTER", "none")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap());
        let mut service = Self {
            name,
            process,
            printed,
            port: 0,
            log,
        };
        let mut lines = service.printed.by_ref().lines();
        service.port = lines
            .find_map(|line| line.unwrap().parse().ok())
            .unwrap_or_else(|| panic!("{name} does not start: {}", service.log()));
        service
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The path at which this service calls another.
    #[allow(clippy::unused_self)]
    pub(super) fn call(&self, url: &str) -> String {
        format!("/call?next={}", utf8_percent_encode(url, NON_ALPHANUMERIC))
    }

    /// What each service that the request went through answered.
    pub(super) fn get(&self, path: &str, headers: &[(&str, String)]) -> Vec<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 OK"), "{answer}\n{}", self.log());
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Lets it end, which it does in order, and gives its port back.
    pub(super) fn stop(mut self) {
        drop(self.process.stdin.take());
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{} hangs: {}",
                self.name,
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{}: {status} {}", self.name, self.log());
        TcpListener::bind(("127.0.0.1", self.port)).unwrap();
    }

    fn log(&self) -> String {
        read_to_string(self.log.path()).unwrap()
    }
}

/// After a test that failed.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
