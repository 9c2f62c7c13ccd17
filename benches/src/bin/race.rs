//! Races the stacks against each other in one process: times as ratios, allocations as they are.

use std::{collections::HashMap, time::Instant};

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

#[derive(Default)]
struct Result {
    /// The median of the rounds' times in relation to the bare call's.
    over_bare: f64,
    /// The same for what comes on top of the bare call, in relation to the floor's.
    of_floor: f64,
    /// For each operation, on its own thread.
    allocations: f64,
}

fn main() {
    println!("{}\n", machine());
    let mut results: HashMap<(&str, &str), Result> = HashMap::new();
    for mode in Mode::ALL {
        for (stack, result) in Stack::ALL.into_iter().zip(race_in(mode)) {
            results.insert((stack.name(), mode.name()), result);
        }
    }
    let of = |stack: Stack, mode: Mode| &results[&(stack.name(), mode.name())];
    let print = |title: &str, cell: &dyn Fn(Stack, Mode) -> String| {
        let rows = Stack::ALL.into_iter().skip(1);
        let rows = rows.map(|stack| (stack.name(), stack));
        let columns = Mode::ALL.map(|mode| (mode.name(), mode));
        println!("{}", table(title, rows, &columns, cell));
    };
    print("time over bare, floor = 1", &|stack, mode| {
        format!("{:.2}", of(stack, mode).of_floor)
    });
    print("time, bare = 1", &|stack, mode| {
        format!("{:.2}", of(stack, mode).over_bare)
    });
    print("allocations over bare", &|stack, mode| {
        format!(
            "{:.1}",
            of(stack, mode).allocations - of(Stack::Bare, mode).allocations
        )
    });
}

fn race_in(mode: Mode) -> Vec<Result> {
    let sdk = Sdk::install(mode);
    let mut tracks: Vec<Track> = Stack::ALL
        .map(|stack| Track::new(stack.router(&sdk), mode))
        .into();
    for track in &mut tracks {
        track.serve(LAP);
        sdk.flush();
    }
    let mut results: Vec<Result> = Vec::new();
    for track in &mut tracks {
        let allocations = allocations::during(|| track.serve(LAP));
        sdk.flush();
        results.push(Result {
            allocations: allocations as f64 / LAP as f64,
            ..Result::default()
        });
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
        let ratio =
            |of: &dyn Fn(usize) -> f64| median(&mut (0..ROUNDS).map(of).collect::<Vec<_>>());
        result.over_bare = ratio(&|round| own[round] / bare[round]);
        result.of_floor = ratio(&|round| (own[round] - bare[round]) / (floor[round] - bare[round]));
    }
    results
}
