//! Programs that run laps in turn, each in a process of its own.
//!
//! What is installed for a whole process is raced this way: one after the other is told to run a lap, and starts when
//! the one before is quiet again, so that all meet the same machine.

use std::{
    env,
    io::{self, BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use crate::{allocations, table::median};

/// What one has done.
#[derive(Debug)]
pub struct Result {
    /// The time of each lap, in seconds.
    times: Vec<f64>,
    /// In one operation, on its own thread.
    pub allocations: f64,
}

impl Result {
    /// The median of the rounds' times over `bare`, in relation to those of `base`.
    #[must_use]
    pub fn over(&self, bare: &Self, base: &Self) -> f64 {
        let laps = self.times.iter().zip(&bare.times).zip(&base.times);
        median(
            &mut laps
                .map(|((own, bare), base)| (own - bare) / (base - bare))
                .collect::<Vec<_>>(),
        )
    }

    /// The median of the rounds' times in relation to those of `bare`.
    #[must_use]
    pub fn of(&self, bare: &Self) -> f64 {
        let laps = self.times.iter().zip(&bare.times);
        median(&mut laps.map(|(own, bare)| own / bare).collect::<Vec<_>>())
    }
}

/// Runs this program once for each of these arguments, and `rounds` laps in each.
///
/// # Panics
///
/// If one of them does.
#[must_use]
pub fn race(runners: &[[String; 2]], rounds: usize) -> Vec<Result> {
    let mut runners: Vec<Runner> = runners.iter().map(Runner::new).collect();
    for round in 0..rounds {
        // Everybody starts first, and follows everybody, equally often.
        for at in 0..runners.len() {
            let at = (at + round) % runners.len();
            runners[at].lap();
        }
    }
    let results = runners.iter_mut().map(|runner| Result {
        times: std::mem::take(&mut runner.times),
        allocations: runner.allocations,
    });
    results.collect()
}

struct Runner {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    allocations: f64,
    times: Vec<f64>,
}

impl Runner {
    fn new(arguments: &[String; 2]) -> Self {
        let mut process = Command::new(env::current_exe().expect("a program"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs once more");
        let orders = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut runner = Self {
            process,
            orders,
            answers,
            allocations: 0.0,
            times: Vec::new(),
        };
        runner.allocations = runner.answer();
        runner
    }

    fn lap(&mut self) {
        writeln!(self.orders).expect("it listens");
        let time = self.answer();
        self.times.push(time);
    }

    fn answer(&mut self) -> f64 {
        let answer = self.answers.next().expect("it answers").expect("a line");
        answer.parse().expect("a number")
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The other end of [`race`]: runs a lap of this many operations for every line that comes in, and answers with its
/// time when it is quiet again.
pub fn run(operations: usize, mut lap: impl FnMut(usize), quiet: impl Fn()) {
    lap(operations);
    quiet();
    let count = allocations::during(|| lap(operations));
    quiet();
    println!("{}", count as f64 / operations as f64);
    for _ in io::stdin().lines() {
        let started = Instant::now();
        lap(operations);
        let elapsed = started.elapsed().as_secs_f64();
        quiet();
        println!("{elapsed}");
    }
}
