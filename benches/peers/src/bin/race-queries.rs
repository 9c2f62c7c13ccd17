//! Races the ways to a query's span against each other: times as ratios, allocations as they are.
//!
//! To be bound to one processor (`taskset --cpu-list 0`): how long one thread takes to wake another elsewhere changes
//! from minute to minute, and is several times what a query takes.

use std::{collections::HashMap, env};

use otel_auto_benches::{
    Mode, allocations, machine,
    relay::{self, Result},
    table::table,
};
use otel_auto_peers::queries::{Database, MODES, Way};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Queries in one lap of one way.
const LAP: usize = 400;
const ROUNDS: usize = 101;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [way, mode] = &arguments[..] {
        let way = Way::ALL.into_iter().find(|known| known.name() == way);
        let mode = MODES.into_iter().find(|known| known.name() == mode);
        let (way, mode) = way.zip(mode).expect("a way and a mode");
        let database = Database::new(way, mode);
        relay::run(LAP, |queries| database.query(queries), || database.flush());
        return;
    }
    println!("{}\n", machine());
    let columns = MODES.map(|mode| (mode.name(), mode));
    let runners = |mode: &str| Way::ALL.map(|way| [way.name().to_owned(), mode.to_owned()]);
    let results: HashMap<&str, Vec<Result>> = columns
        .iter()
        .map(|(name, _)| (*name, relay::race(&runners(name), ROUNDS)))
        .collect();
    let of = |way: Way, mode: Mode| &results[mode.name()][way as usize];
    let print = |title: &str, cell: &dyn Fn(Way, Mode) -> f64| {
        let rows = Way::ALL.into_iter().skip(1);
        let rows = rows.map(|way| (way.name(), way));
        let cell = |way, mode| format!("{:.2}", cell(way, mode));
        println!("{}", table(title, rows, &columns, cell));
    };
    print("time, bare = 1", &|way, mode| {
        of(way, mode).of(of(Way::Bare, mode))
    });
    print("allocations over bare, own thread", &|way, mode| {
        of(way, mode).allocations - of(Way::Bare, mode).allocations
    });
}
