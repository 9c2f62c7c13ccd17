//! Database servers: those that all tests share, by their [`url`], and servers of a test's own, to be killed.
//!
//! The latter are the installed programs, on a free loopback port, with their data in a folder that is removed with
//! them. `initdb` and `postgres`, or `mariadb-install-db` and `mariadbd`, have to be on the `PATH`, or where Debian puts
//! them. Both refuse to run as root, so that root runs them as `nobody`, by `setpriv`. FerretDB, in MongoDB's place, is
//! the program that `OTEL_AUTO_TEST_MONGODB` names.

use std::{
    env,
    ffi::OsString,
    fmt, fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};

/// The URL of a shared server, from the variable that `scripts/services` sets, such as `POSTGRES_URL`. `None`, and a note
/// on stderr, where there are no servers by intention: `OTEL_AUTO_TEST_NO_SERVICES=1`.
///
/// # Panics
///
/// If neither variable is set: a test that is left out by mistake would pass.
#[must_use]
#[track_caller]
#[expect(clippy::print_stderr, reason = "it is a part of tests")]
pub fn url(variable: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() {
        assert!(
            env::var_os("OTEL_AUTO_TEST_NO_SERVICES").is_some_and(|value| value == "1"),
            "{variable} is not set: run with `scripts/services run --`, or set OTEL_AUTO_TEST_NO_SERVICES=1"
        );
        eprintln!("skipped: OTEL_AUTO_TEST_NO_SERVICES=1, and there is no {variable}");
    }
    url
}

/// A running server. It is killed when it is dropped.
pub struct OwnServer {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl OwnServer {
    /// PostgreSQL with a database `postgres`, which lets a user `otel` in, whatever the password.
    ///
    /// # Errors
    ///
    /// What keeps it from being started; a server that does not listen within 30 seconds.
    pub async fn postgres() -> io::Result<Self> {
        Self::start(
            |data| {
                let mut command = unprivileged("initdb")?;
                command.args(["--username=otel", "--auth=trust", "--no-sync"]);
                command.args(["--locale=C", "-D"]).arg(data);
                Ok(command)
            },
            |data, port| {
                let mut command = unprivileged("postgres")?;
                command.args(["-c", "fsync=off", "-h", "127.0.0.1", "-p", port]);
                command.arg("-k").arg(data).arg("-D").arg(data);
                Ok(command)
            },
            // It listens before it lets anybody in.
            |data| {
                let state = fs::read_to_string(data.join("postmaster.pid"));
                state.is_ok_and(|state| state.contains("ready"))
            },
        )
        .await
    }

    /// MariaDB with a database `test`, which lets everybody in, whatever the password.
    ///
    /// # Errors
    ///
    /// What keeps it from being started; a server that does not listen within 30 seconds.
    pub async fn mariadb() -> io::Result<Self> {
        Self::start(
            |data| {
                let mut command = unprivileged("mariadb-install-db")?;
                command.args(["--no-defaults", "--skip-name-resolve"]);
                command.arg("--auth-root-authentication-method=normal");
                command.arg(option("--datadir=", data));
                Ok(command)
            },
            |data, port| {
                let mut command = unprivileged("mariadbd")?;
                command.args(["--no-defaults", "--bind-address=127.0.0.1"]);
                command.args(["--skip-grant-tables", "--port", port]);
                command.arg(option("--datadir=", data));
                command.arg(option("--socket=", &data.join("socket")));
                command.arg(option("--pid-file=", &data.join("pid")));
                Ok(command)
            },
            |_| true,
        )
        .await
    }

    /// FerretDB, which lets everybody in.
    ///
    /// # Errors
    ///
    /// What keeps it from being started, such as no `OTEL_AUTO_TEST_MONGODB`; a server that does not listen within 30
    /// seconds.
    pub async fn mongodb() -> io::Result<Self> {
        let unknown = "OTEL_AUTO_TEST_MONGODB is not set: `scripts/services` does";
        let program = env::var_os("OTEL_AUTO_TEST_MONGODB");
        let program = program.ok_or_else(|| io::Error::other(unknown))?;
        Self::start(
            |data| {
                let mut command = Command::new("mkdir");
                command.arg(data);
                Ok(command)
            },
            |data, port| {
                let mut command = Command::new(&program);
                command.arg(format!("127.0.0.1:{port}")).arg(data);
                Ok(command)
            },
            |_| true,
        )
        .await
    }

    async fn start(
        prepare: impl Fn(&Path) -> io::Result<Command>,
        serve: impl Fn(&Path, &str) -> io::Result<Command>,
        is_ready: impl Fn(&Path) -> bool,
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        open_to_all(folder.path())?;
        let data = folder.path().join("data");
        // MariaDB clears its temporary folder when it starts, also of another's files.
        let prepared = prepare(&data)?.env("TMPDIR", folder.path()).output()?;
        if !prepared.status.success() {
            return Err(io::Error::other(format!("{prepared:?}")));
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = serve(&data, &port.to_string())?
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            process,
            port,
            _folder: folder,
        };
        for _ in 0..600 {
            if is_ready(&data) && TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.process.try_wait()? {
                return Err(io::Error::other(format!("the server ended: {status}")));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it answers nothing, and goes on taking connections and commands (`SIGSTOP`).
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub async fn pause(&self) -> io::Result<()> {
        self.signal("-STOP")?;
        // One thread after the other stops.
        sleep(Duration::from_millis(10)).await;
        while !self.is_stopped() {
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Whether all threads are, as far as the system tells of threads in `/proc`.
    fn is_stopped(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process.id()));
        threads.into_iter().flatten().flatten().all(|thread| {
            let state = fs::read_to_string(thread.path().join("stat"));
            // After the program's name, which is in brackets.
            state.map_or(true, |state| state.contains(") T "))
        })
    }

    /// Ends a [pause](Self::pause): it answers what it was asked.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn resume(&self) -> io::Result<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> io::Result<()> {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("kill {signal}: {status}")))
        }
    }

    /// Kills it (`SIGKILL`), and waits for its end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

impl fmt::Debug for OwnServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnServer")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// The server may be another user.
#[cfg(unix)]
fn open_to_all(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(folder, fs::Permissions::from_mode(0o777))
}

#[cfg(not(unix))]
fn open_to_all(folder: &Path) -> io::Result<()> {
    fs::metadata(folder).map(drop)
}

/// Debian keeps PostgreSQL's programs off the `PATH`, in a folder for each major version, and has servers in a folder
/// that is on root's alone.
fn installed(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().chain(["/usr/sbin".into()]);
    env::split_paths(&path)
        .chain(debian)
        .map(|folder| folder.join(program))
        .find(|program| program.is_file())
        .unwrap_or_else(|| program.into())
}

fn unprivileged(program: &str) -> io::Result<Command> {
    let program = installed(program);
    // There is no safe question for it in the standard library.
    let user = Command::new("id").arg("-un").output()?.stdout;
    if user != b"root\n" {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
    command.arg("--").arg(program);
    Ok(command)
}
