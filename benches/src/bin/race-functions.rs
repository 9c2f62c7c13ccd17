//! Races the ways to a function's span against each other: times as ratios, allocations as they are.
//!
//! Each way runs in a process of its own, since a `tracing` subscriber is for good. One after the other they are told to
//! run a lap, so that all meet the same machine.

use std::{
    collections::HashMap,
    env,
    io::{self, BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use otel_auto_benches::{
    allocations,
    functions::{Column, Installed, State, Way, call},
    machine,
    table::{median, table},
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Calls, or polls, in one go of one way.
const LAP: usize = 2_000;
const ROUNDS: usize = 101;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [way, column] = &arguments[..] {
        let way = Way::ALL.into_iter().find(|known| known.name() == way);
        run(way.expect("a way"), Column::find(column).expect("a column"));
        return;
    }
    println!("{}\n", machine());
    for state in State::ALL {
        let columns = Column::of(state);
        let results: HashMap<String, Vec<Result>> = columns
            .iter()
            .map(|column| (column.name(), race_in(*column)))
            .collect();
        let print = |title: &str, cell: &dyn Fn(Result) -> f64| {
            let rows = Way::ALL.into_iter().skip(1);
            let rows = rows.map(|way| (way.name(), way));
            let named = columns.map(|column| (column.name(), column));
            let text = table(title, rows, &named, |way, column| {
                format!("{:.2}", cell(results[&column.name()][way as usize]))
            });
            println!("{text}");
        };
        print("time over bare, tracing = 1", &|result| result.of_tracing);
        print("time over bare, floor = 1", &|result| result.of_floor);
        print("allocations", &|result| result.allocations);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Result {
    /// The median of the rounds' times over the bare function's, in relation to `#[tracing::instrument]`'s.
    of_tracing: f64,
    /// The same, in relation to the span by hand.
    of_floor: f64,
    /// For each call or poll, on its own thread.
    allocations: f64,
}

fn race_in(column: Column) -> Vec<Result> {
    let mut runners: Vec<Runner> = Way::ALL
        .into_iter()
        .map(|way| Runner::new(way, column))
        .collect();
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(ROUNDS); runners.len()];
    for round in 0..ROUNDS {
        // Everybody starts first, and follows everybody, equally often.
        for at in 0..runners.len() {
            let at = (at + round) % runners.len();
            times[at].push(runners[at].lap());
        }
    }
    let bare = &times[Way::Bare as usize];
    let relation = |own: &[f64], other: Way| {
        let other = &times[other as usize];
        let ratio = |round: usize| (own[round] - bare[round]) / (other[round] - bare[round]);
        median(&mut (0..ROUNDS).map(ratio).collect::<Vec<_>>())
    };
    let results = runners.iter().zip(&times).map(|(runner, own)| Result {
        of_tracing: relation(own, Way::Tracing),
        of_floor: relation(own, Way::ByHand),
        allocations: runner.allocations,
    });
    results.collect()
}

/// One way in its process.
struct Runner {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    allocations: f64,
}

impl Runner {
    fn new(way: Way, column: Column) -> Self {
        let mut process = Command::new(env::current_exe().expect("a program"))
            .args([way.name(), &column.name()])
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
        };
        runner.allocations = runner.answer();
        runner
    }

    fn lap(&mut self) -> f64 {
        writeln!(self.orders).expect("it listens");
        self.answer()
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

/// Runs a lap for every line that comes in, and answers with its time when the machine is quiet again.
fn run(way: Way, Column { state, case }: Column) {
    let installed = Installed::new(way, state);
    call(way, case, LAP);
    installed.flush();
    let allocations = allocations::during(|| call(way, case, LAP));
    installed.flush();
    println!("{}", allocations as f64 / LAP as f64);
    for _ in io::stdin().lines() {
        let started = Instant::now();
        call(way, case, LAP);
        let elapsed = started.elapsed().as_secs_f64();
        installed.flush();
        println!("{elapsed}");
    }
}
