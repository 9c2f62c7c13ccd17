//! Serves requests through one stack, for a profiler. Other than in `race`, nothing counts the allocations.

use std::{env, process::ExitCode};

use otel_auto_benches::{Mode, Sdk, Stack, machine, operation::Track};

const USAGE: &str = "\
usage: serve STACK MODE N   serves N requests, after a warm-up that does not depend on N
       serve list           prints the machine, the stacks, those that others are related to, and the modes, each on a line";

const WARM_UP: usize = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            println!("{}", machine());
            println!("{}", Stack::ALL.map(Stack::name).join(" "));
            let bases = [Stack::Peer, Stack::PeerWithSizes, Stack::Floor];
            println!("{}", bases.map(Stack::name).join(" "));
            println!("{}", Mode::ALL.map(Mode::name).join(" "));
            return ExitCode::SUCCESS;
        }
        [stack, mode, count] => {
            let stack = Stack::ALL.into_iter().find(|known| known.name() == stack);
            let mode = Mode::ALL.into_iter().find(|known| known.name() == mode);
            if let (Some(stack), Some(mode), Ok(count)) = (stack, mode, count.parse()) {
                serve(stack, mode, count);
                return ExitCode::SUCCESS;
            }
        }
        _ => {}
    }
    eprintln!("{USAGE}");
    ExitCode::FAILURE
}

fn serve(stack: Stack, mode: Mode, count: usize) {
    let sdk = Sdk::install(mode);
    let mut track = Track::new(stack.router(&sdk), mode);
    track.serve(WARM_UP);
    track.serve(count);
}
