//! Races the ways to a function's span against each other: times as ratios, allocations as they are.

use std::{collections::HashMap, env};

use otel_auto_benches::{
    allocations,
    functions::{Column, Installed, State, Way, call},
    machine,
    relay::{self, Result},
    table::table,
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Calls, or polls, in one lap of one way.
const LAP: usize = 2_000;
const ROUNDS: usize = 101;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [way, column] = &arguments[..] {
        let way = Way::ALL.into_iter().find(|known| known.name() == way);
        let (way, column) = way.zip(Column::find(column)).expect("a way and a column");
        let installed = Installed::new(way, column.state);
        relay::run(
            LAP,
            |calls| call(way, column.case, calls),
            || installed.flush(),
        );
        return;
    }
    println!("{}\n", machine());
    for state in State::ALL {
        let columns = Column::of(state).map(|column| (column.name(), column));
        let runners = |column: &str| Way::ALL.map(|way| [way.name().to_owned(), column.to_owned()]);
        let results: HashMap<String, Vec<Result>> = columns
            .iter()
            .map(|(name, _)| (name.clone(), relay::race(&runners(name), ROUNDS)))
            .collect();
        let of = |way: Way, column: Column| &results[&column.name()][way as usize];
        let print = |title: &str, cell: &dyn Fn(Way, Column) -> f64| {
            let rows = Way::ALL.into_iter().skip(1);
            let rows = rows.map(|way| (way.name(), way));
            let cell = |way, column| format!("{:.2}", cell(way, column));
            println!("{}", table(title, rows, &columns, cell));
        };
        for base in [Way::Tracing, Way::ByHand] {
            let title = format!("time over bare, {} = 1", base.name());
            print(&title, &|way, column| {
                of(way, column).over(of(Way::Bare, column), of(base, column))
            });
        }
        print("allocations", &|way, column| of(way, column).allocations);
    }
}
