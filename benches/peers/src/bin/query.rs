//! Runs queries in one way alone, for a profiler. Other than in `race-queries`, nothing counts the allocations.

use std::{env, process::ExitCode};

use otel_auto_benches::{Mode, machine};
use otel_auto_peers::queries::{Database, MODES, Way};

const USAGE: &str = "\
usage: query WAY MODE N   runs N queries, after a warm-up that does not depend on N
       query list         prints the machine, the ways, those that others are related to, and the modes, each on a line";

const WARM_UP: usize = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            println!("{}", machine());
            println!("{}", Way::ALL.map(Way::name).join(" "));
            println!("{} {}", Way::ByHand.name(), Way::SqlxOtelTold.name());
            println!("{}", MODES.map(Mode::name).join(" "));
            return ExitCode::SUCCESS;
        }
        [way, mode, count] => {
            let way = Way::ALL.into_iter().find(|known| known.name() == way);
            let mode = MODES.into_iter().find(|known| known.name() == mode);
            if let (Some(way), Some(mode), Ok(count)) = (way, mode, count.parse()) {
                let database = Database::new(way, mode);
                database.query(WARM_UP);
                database.query(count);
                return ExitCode::SUCCESS;
            }
        }
        _ => {}
    }
    eprintln!("{USAGE}");
    ExitCode::FAILURE
}
