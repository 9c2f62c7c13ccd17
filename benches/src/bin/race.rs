//! Races the stacks against each other, or serves requests through one of them for a profiler.

use std::{collections::HashMap, env, process::ExitCode, time::Instant};

use otel_auto_benches::{
    Mode, Sdk, Stack, allocations, machine,
    operation::Track,
    table::{median, table},
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Requests in one go of one stack. Fewer than a batch of spans, so that no export falls into a round.
const LAP: usize = 400;
const ROUNDS: usize = 151;

const USAGE: &str = "\
usage: race                    races all stacks in all modes: time as ratios, allocations as they are
       race list               prints the names of the stacks and of the modes, each on a line
       race run STACK MODE N   serves N requests, after a warm-up that does not depend on N";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => race(),
        ["list"] => {
            println!("{}", Stack::ALL.map(Stack::name).join(" "));
            println!("{}", Mode::ALL.map(Mode::name).join(" "));
        }
        ["run", stack, mode, count] => {
            let stack = Stack::ALL.into_iter().find(|known| known.name() == stack);
            let mode = Mode::ALL.into_iter().find(|known| known.name() == mode);
            let (Some(stack), Some(mode), Ok(count)) = (stack, mode, count.parse()) else {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            };
            run(stack, mode, count);
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(stack: Stack, mode: Mode, count: usize) {
    let sdk = Sdk::install(mode);
    let mut track = Track::new(stack.router(), mode);
    track.serve(LAP);
    sdk.flush();
    track.serve(count);
}

#[derive(Default)]
struct Result {
    /// The median of the rounds' times in relation to the bare call's.
    over_bare: f64,
    /// The same for what comes on top of the bare call, in relation to the floor's.
    of_floor: f64,
    allocations: f64,
}

fn race() {
    println!("{}\n", machine());
    let mut results: HashMap<(&str, &str), Result> = HashMap::new();
    for mode in Mode::ALL {
        for (stack, result) in Stack::ALL.into_iter().zip(race_in(mode)) {
            results.insert((stack.name(), mode.name()), result);
        }
    }
    let of = |stack: Stack, mode: Mode| &results[&(stack.name(), mode.name())];
    let print = |title: &str, cell: &dyn Fn(Stack, Mode) -> String| {
        println!("{}", table(title, &Mode::ALL, cell));
    };
    print("time over bare, floor = 1", &|stack, mode| format!("{:.2}", of(stack, mode).of_floor));
    print("time, bare = 1", &|stack, mode| format!("{:.2}", of(stack, mode).over_bare));
    print("allocations over bare", &|stack, mode| {
        format!("{:.1}", of(stack, mode).allocations - of(Stack::Bare, mode).allocations)
    });
}

fn race_in(mode: Mode) -> Vec<Result> {
    let sdk = Sdk::install(mode);
    let mut tracks: Vec<Track> = Stack::ALL.map(|stack| Track::new(stack.router(), mode)).into();
    for track in &mut tracks {
        track.serve(LAP);
        sdk.flush();
    }
    let mut results: Vec<Result> = Vec::new();
    for track in &mut tracks {
        let allocations = allocations::during(|| track.serve(LAP));
        sdk.flush();
        results.push(Result { allocations: allocations as f64 / LAP as f64, ..Result::default() });
    }
    let mut rounds: Vec<Vec<f64>> = vec![Vec::with_capacity(ROUNDS); tracks.len()];
    for round in 0..ROUNDS {
        // Everybody starts first, and follows everybody, equally often.
        for at in 0..tracks.len() {
            let at = (at + round) % tracks.len();
            let started = Instant::now();
            tracks[at].serve(LAP);
            rounds[at].push(started.elapsed().as_secs_f64());
            sdk.flush();
        }
    }
    let [bare, floor] = [Stack::Bare, Stack::Floor].map(|stack| rounds[stack as usize].clone());
    for (result, own) in results.iter_mut().zip(&rounds) {
        let ratio = |of: &dyn Fn(usize) -> f64| median(&mut (0..ROUNDS).map(of).collect::<Vec<_>>());
        result.over_bare = ratio(&|round| own[round] / bare[round]);
        result.of_floor = ratio(&|round| (own[round] - bare[round]) / (floor[round] - bare[round]));
    }
    results
}
