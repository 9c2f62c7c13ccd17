//! This test program, run again for one case.

use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use otel_auto_testing::receiver::{Behaviour, Receiver};

/// The variable that names the case to a process that is one.
pub(crate) const CASE: &str = "OTEL_AUTO_TEST_CASE";
/// Longer than any case needs on a busy machine, shorter than a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that an end may take: the shutdown time-out and a busy machine.
pub(crate) const BOUNDED: Duration = Duration::from_secs(5);

/// A running case.
pub(crate) struct Program {
    child: Child,
    case: String,
    printed: Text,
    said: Text,
}

/// How a case ended.
pub(crate) struct End {
    pub(crate) status: ExitStatus,
    pub(crate) printed: String,
    pub(crate) said: String,
}

/// What arrives in a pipe while the program runs.
struct Text {
    text: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Text {
    fn read(mut from: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                into.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { text, reader }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    fn all(self) -> String {
        self.reader.join().unwrap();
        self.text.lock().unwrap().clone()
    }
}

/// Starts a case with these variables, and no others of telemetry.
pub(crate) fn start(case: &str, environment: &[(&str, &str)]) -> Program {
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new(this);
    spawn(case, environment, &mut command)
}

/// As [`start`], by a shell that ignores a signal, as `nohup` ignores SIGHUP.
pub(crate) fn start_ignoring(signal: &str, case: &str, environment: &[(&str, &str)]) -> Program {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap());
    spawn(case, environment, &mut command)
}

/// As [`start`], as the first process of a container; none where a user may not make one.
pub(crate) fn start_first(case: &str, environment: &[(&str, &str)]) -> Option<Program> {
    let container = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork"]);
        command
    };
    let possible = container().arg("true").stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = container();
    command.arg(std::env::current_exe().unwrap());
    Some(spawn(case, environment, &mut command))
}

/// Runs a case to its end.
pub(crate) fn run(case: &str, environment: &[(&str, &str)]) -> End {
    start(case, environment).end()
}

fn spawn(case: &str, environment: &[(&str, &str)], command: &mut Command) -> Program {
    // With one thread for tests the case runs on the main thread, as a program does.
    command
        .args(["--exact", "case", "--nocapture", "--test-threads=1"])
        .env(CASE, case)
        .env_remove("RUST_LOG")
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") && name != CASE)
    {
        command.env_remove(name);
    }
    let mut child = command.envs(environment.iter().copied()).spawn().unwrap();
    let printed = Text::read(child.stdout.take().unwrap());
    let said = Text::read(child.stderr.take().unwrap());
    Program {
        child,
        case: case.to_owned(),
        printed,
        said,
    }
}

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        self.printed.so_far()
    }

    /// Waits until the program has printed this.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let started = Instant::now();
        while !self.printed.so_far().contains(text) {
            let over = self.child.try_wait().unwrap().is_some() || started.elapsed() > PATIENCE;
            if over {
                let _ = self.child.kill();
                panic!(
                    "{}: no {text:?} in {:?}; {}",
                    self.case,
                    self.printed.so_far(),
                    self.said.so_far()
                );
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal by its name, without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .unwrap();
        assert!(sent.success(), "{}: {name}", self.case);
    }

    pub(crate) fn end(mut self) -> End {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("{} hangs: {}", self.case, self.said.so_far());
            }
            thread::sleep(Duration::from_millis(5));
        };
        End {
            status,
            printed: self.printed.all(),
            said: self.said.all(),
        }
    }

    /// The end, which must come within the bounds.
    pub(crate) fn end_soon(self) -> End {
        let started = Instant::now();
        let case = self.case.clone();
        let end = self.end();
        let took = started.elapsed();
        assert!(took < BOUNDED, "{case} took {took:?} to end: {}", end.said);
        end
    }
}

/// An endpoint where nobody listens.
pub(crate) fn dead() -> String {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    receiver.stop();
    endpoint
}

/// A receiver that never answers.
pub(crate) fn silent() -> Receiver {
    let receiver = Receiver::start();
    receiver.behave(Behaviour::black_hole());
    receiver
}

/// All three signals of `work()` have arrived, once.
#[track_caller]
pub(crate) fn assert_complete(receiver: &Receiver, case: &str, end: &End) {
    let names: Vec<_> = receiver
        .spans()
        .iter()
        .map(|span| span.name.clone())
        .collect();
    assert_eq!(names, ["work"], "{case}: {}", end.said);
    let logs = receiver.logs();
    // Besides the panics of a program that ends by them.
    let said = logs.iter().filter(|record| record.event_name.is_empty());
    assert_eq!(said.count(), 1, "{case}: {}", end.said);
    let counted = receiver
        .metrics()
        .iter()
        .filter(|metric| metric.name == "works")
        .count();
    assert_eq!(counted, 1, "{case}: {}", end.said);
}
