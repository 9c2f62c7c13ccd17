//! How often a function span allocates that is a `tracing` span as well. The subscriber is for good: a test of its own.

use otel_auto_benches::{
    allocations,
    functions::{Case, Installed, State, Way, call},
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

const CALLS: usize = 128;

#[test]
fn a_sampled_function_in_a_subscriber_allocates_no_more_than_it_did() {
    let _installed = Installed::new(Way::Bridged, State::On);
    for (case, most) in [(Case::Sync, 8.0), (Case::Async, 8.0), (Case::Poll, 0.0)] {
        call(Way::Bridged, case, CALLS);
        // A call that is polled is one: its start is not what is counted.
        let once = allocations::during(|| call(Way::Bridged, case, CALLS));
        let twice = allocations::during(|| call(Way::Bridged, case, 2 * CALLS));
        let count = (twice - once) as f64 / CALLS as f64;
        println!("{case:?}: {count}");
        assert!(count <= most, "{case:?}: {count}");
    }
}
