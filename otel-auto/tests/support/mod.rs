//! Cases that need a process of their own: providers, subscriber and environment are the process's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

use std::{
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The variable that names the case to a process that is one.
pub const CASE: &str = "OTEL_AUTO_TEST_CASE";
/// Longer than any case needs, shorter than a hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The test `case` of this program again, for one case, as a process of its own with these variables.
pub fn command(case: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "case", "--nocapture"])
        .env(CASE, case)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") && name != CASE)
    {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command
}

/// Runs a case, and waits for its end.
pub fn run(case: &str, environment: &[(&str, &str)]) -> (Output, Duration) {
    let started = Instant::now();
    let mut child = command(case, environment).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{case} hangs: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = started.elapsed();
    (child.wait_with_output().unwrap(), took)
}
