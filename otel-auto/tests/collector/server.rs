//! A real OpenTelemetry Collector as a process on free loopback ports, which prints all that it receives.

use std::{
    collections::hash_map::RandomState,
    fs::{File, read_to_string},
    hash::{BuildHasher, Hasher},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::authority::Authority;

/// Longer than a start or a delivery takes on a busy machine, shorter than a hang.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The collector's program, or nothing where tests that need it may be left out.
pub(super) fn program() -> Option<PathBuf> {
    match std::env::var_os("OTEL_AUTO_TEST_COLLECTOR") {
        Some(path) => Some(path.into()),
        None if std::env::var_os("OTEL_AUTO_TEST_NO_SERVICES").is_some_and(|no| no == "1") => {
            eprintln!(
                "skipped: OTEL_AUTO_TEST_NO_SERVICES=1, and there is no OTEL_AUTO_TEST_COLLECTOR"
            );
            None
        }
        None => panic!(
            "OTEL_AUTO_TEST_COLLECTOR is not set: run with `scripts/collector run --`, \
             or set OTEL_AUTO_TEST_NO_SERVICES=1"
        ),
    }
}

/// Who may talk to the collector.
#[derive(Clone, Copy)]
pub(super) enum Security<'a> {
    None,
    Tls(&'a Authority),
    /// Only clients with a certificate of the same authority.
    MutualTls(&'a Authority),
}

pub(super) struct Collector {
    program: PathBuf,
    folder: tempfile::TempDir,
    scheme: &'static str,
    grpc: u16,
    http: u16,
    process: Child,
    starts: u32,
}

impl Collector {
    pub(super) fn start(program: &Path, security: Security<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A port may be lost to another process between choice and bind; the collector ends then.
        for _ in 0..5 {
            let (grpc, http) = (free_port(), free_port());
            let config = config(grpc, http, security);
            std::fs::write(folder.path().join("config.yaml"), config).unwrap();
            if let Some(process) = launch(program, folder.path(), 1) {
                return Self {
                    program: program.to_owned(),
                    folder,
                    scheme: match security {
                        Security::None => "http",
                        Security::Tls(_) | Security::MutualTls(_) => "https",
                    },
                    grpc,
                    http,
                    process,
                    starts: 1,
                };
            }
        }
        panic!("the collector does not start: {}", log(folder.path(), 1));
    }

    /// Where it takes this protocol.
    pub(super) fn endpoint(&self, protocol: &str) -> String {
        let port = if protocol == "grpc" {
            self.grpc
        } else {
            self.http
        };
        format!("{}://localhost:{port}", self.scheme)
    }

    /// As by `kill -9`.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// On the same ports, and with nothing printed yet.
    pub(super) fn restart(&mut self) {
        self.starts += 1;
        self.process = launch(&self.program, self.folder.path(), self.starts)
            .unwrap_or_else(|| panic!("no restart: {}", log(self.folder.path(), self.starts)));
    }

    /// What it printed since its last start.
    pub(super) fn output(&self) -> String {
        self.output_of(self.starts)
    }

    /// What it printed after the nth start.
    pub(super) fn output_of(&self, start: u32) -> String {
        read_to_string(printed(self.folder.path(), start)).unwrap()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// None when it ended at once.
fn launch(program: &Path, folder: &Path, start: u32) -> Option<Child> {
    let log_file = folder.join(format!("log-{start}.txt"));
    let mut process = Command::new(program)
        .arg("--config")
        .arg(folder.join("config.yaml"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(File::create(printed(folder, start)).unwrap())
        .stderr(File::create(log_file).unwrap())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !log(folder, start).contains("Everything is ready") {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(begin.elapsed() < PATIENCE, "{}", log(folder, start));
        std::thread::sleep(Duration::from_millis(10));
    }
    Some(process)
}

fn printed(folder: &Path, start: u32) -> PathBuf {
    folder.join(format!("printed-{start}.txt"))
}

fn log(folder: &Path, start: u32) -> String {
    read_to_string(folder.join(format!("log-{start}.txt"))).unwrap()
}

/// Below the ports that systems hand out themselves: while the collector is down, no outgoing connection can take its
/// port, not even ours, which would then be connected to itself.
fn free_port() -> u16 {
    loop {
        let random = RandomState::new().build_hasher().finish() % 20_000;
        let port = 10_000 + u16::try_from(random).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// In YAML's flow style, so that no indentation counts.
fn config(grpc: u16, http: u16, security: Security<'_>) -> String {
    let tls = match security {
        Security::None => String::new(),
        Security::Tls(authority) => format!(", tls: {{{}}}", files(authority)),
        Security::MutualTls(authority) => {
            let ca = authority.file("ca.pem");
            format!(", tls: {{{}, client_ca_file: {ca:?}}}", files(authority))
        }
    };
    let pipeline = "{receivers: [otlp], exporters: [debug]}";
    format!(
        r#"
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{grpc}"{tls}}}
      http: {{endpoint: "127.0.0.1:{http}"{tls}}}
exporters:
  debug: {{verbosity: detailed, use_internal_logger: false}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {pipeline}, metrics: {pipeline}, logs: {pipeline}}}
"#
    )
}

fn files(authority: &Authority) -> String {
    let (certificate, key) = (
        authority.file("server.pem"),
        authority.file("server-key.pem"),
    );
    format!("cert_file: {certificate:?}, key_file: {key:?}")
}
