//! Servers of the tests' own, which may be killed.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use otel_auto_testing::servers;
use redis::Client;
use tempfile::TempDir;

/// A `redis-server` in a directory of its own. It is killed when dropped.
pub(crate) struct Own {
    child: Child,
    directory: TempDir,
    pub(crate) port: u16,
}

impl Own {
    /// Nothing where there are no servers.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        servers::url("REDIS_URL")?;
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut own = Self {
            child: launch(directory.path(), port, arguments),
            directory,
            port,
        };
        own.wait();
        Some(own)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn client(&self) -> Client {
        Client::open(self.url()).unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same again after a [`kill`](Self::kill).
    pub(crate) fn restart(&mut self) {
        self.child = launch(self.directory.path(), self.port, &[]);
        self.wait();
    }

    fn wait(&mut self) {
        let until = Instant::now() + Duration::from_secs(20);
        let client = self.client();
        while client
            .get_connection()
            .and_then(|mut connection| redis::cmd("PING").exec(&mut connection))
            .is_err()
        {
            assert!(Instant::now() < until, "the server does not answer");
            assert!(self.child.try_wait().unwrap().is_none(), "it has ended");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(directory: &std::path::Path, port: u16, arguments: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--port", &port.to_string()])
        .args(arguments)
        .current_dir(directory)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
