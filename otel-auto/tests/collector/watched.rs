//! A program under load, watched from outside.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use crate::support::command;

/// The case `load` as a process.
pub(super) struct Watched {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    said: Arc<Mutex<String>>,
}

impl Watched {
    pub(super) fn start(environment: &[(&str, &str)]) -> Self {
        let mut process = command("load", environment)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let heard = Arc::clone(&said);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self {
            stdin: process.stdin.take(),
            stdout: BufReader::new(process.stdout.take().unwrap()),
            process,
            said,
        }
    }

    /// The number of the next request.
    pub(super) fn next(&mut self) -> u64 {
        self.stdin.as_mut().unwrap().write_all(b"?\n").unwrap();
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the program ended: {}", self.said());
            if let Some(next) = number(&line, "next ") {
                return next;
            }
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Lines on stderr with this text.
    pub(super) fn lines(&self, text: &str) -> usize {
        self.said()
            .lines()
            .filter(|line| line.contains(text))
            .count()
    }

    /// Resident memory in KiB.
    pub(super) fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Ends the load and then the program.
    pub(super) fn finish(mut self) -> Finished {
        drop(self.stdin.take());
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{}{printed}", self.said());
        let find = |name| printed.lines().find_map(|line| number(line, name)).unwrap();
        Finished {
            requests: find("requests "),
            slowest: Duration::from_millis(find("slowest ")),
            said: self.said(),
        }
    }
}

/// What is known in the end.
pub(super) struct Finished {
    pub(super) requests: u64,
    pub(super) slowest: Duration,
    /// All of stderr.
    pub(super) said: String,
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The test harness may print before, in the same line.
fn number(line: &str, name: &str) -> Option<u64> {
    line.split_once(name)?.1.trim().parse().ok()
}
