//! A memcached that a test may stop and kill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use otel_auto_memcached::Client;
use otel_auto_testing::servers;
use tempfile::TempDir;

pub struct Server {
    process: Child,
    pub port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts one on a free port; none if the tests were asked to do without.
    pub fn start() -> Option<Self> {
        Self::launch(false)
    }

    /// Starts one on a socket.
    #[allow(dead_code)] // not by all tests
    pub fn on_socket() -> Option<Self> {
        Self::launch(true)
    }

    fn launch(on_socket: bool) -> Option<Self> {
        servers::url("MEMCACHED_URL")?;
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = Command::new("memcached");
        // Only root has to be told whom to run as.
        command.args(["-U", "0", "-u", "root"]);
        if on_socket {
            command.arg("-s").arg(folder.path().join("socket"));
        } else {
            command.args(["-l", "127.0.0.1", "-p", &port.to_string()]);
        }
        let process = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .spawn()
            .expect("memcached is installed: `scripts/test` sees to it");
        let server = Self {
            process,
            port,
            folder,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        let answers = || match on_socket {
            true => UnixStream::connect(server.socket()).is_ok(),
            false => TcpStream::connect(("127.0.0.1", port)).is_ok(),
        };
        while !answers() {
            assert!(Instant::now() < deadline, "memcached does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(server)
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub async fn client(&self) -> Client {
        let dsn = format!("tcp://127.0.0.1:{}", self.port);
        Client::new(dsn).await.unwrap()
    }

    /// From now on it answers nothing, and goes on taking connections and commands.
    #[allow(dead_code)]
    pub fn pause(&self) {
        let id = self.process.id().to_string();
        let paused = Command::new("kill").args(["-STOP", &id]).status();
        assert!(paused.unwrap().success());
        // One thread after the other: until all of them stand still.
        let runs = || {
            let threads = fs::read_dir(format!("/proc/{id}/task"));
            let mut threads = threads.into_iter().flatten().flatten();
            threads.any(|thread| {
                let state = fs::read_to_string(thread.path().join("stat"));
                state.is_ok_and(|state| !state.contains(") T "))
            })
        };
        while runs() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// `kill -9`.
    #[allow(dead_code)]
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
