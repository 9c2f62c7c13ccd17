//! Calls a function in one way alone, for a profiler. Other than in `race-functions`, nothing counts the allocations.

use std::{env, process::ExitCode};

use otel_auto_benches::{
    functions::{Column, Installed, State, Way, call},
    machine,
};

const USAGE: &str = "\
usage: call WAY COLUMN N   calls a function N times, after a warm-up that does not depend on N
       call list           prints the machine, the ways, those that others are related to, and the columns, each group
                           on a line";

const WARM_UP: usize = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            println!("{}", machine());
            println!("{}", Way::ALL.map(Way::name).join(" "));
            println!("{} {}", Way::Tracing.name(), Way::ByHand.name());
            for state in State::ALL {
                println!("{}", Column::of(state).map(Column::name).join(" "));
            }
            return ExitCode::SUCCESS;
        }
        [way, column, count] => {
            let way = Way::ALL.into_iter().find(|known| known.name() == way);
            if let (Some(way), Some(column), Ok(count)) = (way, Column::find(column), count.parse())
            {
                let _installed = Installed::new(way, column.state);
                call(way, column.case, WARM_UP);
                call(way, column.case, count);
                return ExitCode::SUCCESS;
            }
        }
        _ => {}
    }
    eprintln!("{USAGE}");
    ExitCode::FAILURE
}
