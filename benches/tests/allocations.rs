//! How often the HTTP server layer and a function span allocate. The bounds are today's counts: lower them with the
//! code, and raise them only for a reason.

use std::sync::{Mutex, MutexGuard, PoisonError};

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, SpanKind, TraceContextExt, TraceState},
};
use otel_auto_benches::{
    Mode, Sdk, Stack, allocations,
    functions::{self, Case, Way},
    operation::Track,
};
use otel_auto_core::code::Function;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// The SDK is installed for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const REQUESTS: usize = 128;

/// The allocations of one request. The thread that serves makes the same number for each, once it is warm.
fn of_request(stack: Stack, sdk: &Sdk, mode: Mode) -> f64 {
    let mut track = Track::new(stack.router(sdk), mode);
    track.serve(REQUESTS);
    allocations::during(|| track.serve(REQUESTS)) as f64 / REQUESTS as f64
}

/// The allocations of our layer beyond those of another stack.
fn ours_over(stack: Stack, mode: Mode) -> f64 {
    let sdk = Sdk::install(mode);
    let (base, ours) = (
        of_request(stack, &sdk, mode),
        of_request(Stack::Ours, &sdk, mode),
    );
    println!(
        "{}: {} {base}, otel-auto {ours}, over it {}",
        mode.name(),
        stack.name(),
        ours - base
    );
    ours - base
}

static FUNCTION: Function = Function::new(
    "benches::function",
    "function",
    file!(),
    line!(),
    SpanKind::Internal,
);

/// The allocations of one call of an instrumented function.
fn of_call(mode: Mode) -> f64 {
    let calls = || {
        for _ in 0..REQUESTS {
            let operation = FUNCTION.start(&|attributes| attributes.span_only("argument", 7_i64));
            operation.run(|| std::hint::black_box(7));
            operation.complete();
        }
    };
    calls();
    let count = allocations::during(calls) as f64 / REQUESTS as f64;
    println!("function, {}: {count}", mode.name());
    count
}

#[test]
fn a_sampled_request_allocates_no_more_than_it_did() {
    let _alone = alone();
    assert!(ours_over(Stack::Bare, Mode::On) <= 10.0);
}

#[test]
fn a_sampled_request_of_another_client_allocates_no_more_than_it_did() {
    let _alone = alone();
    assert!(ours_over(Stack::Bare, Mode::Hard) <= 11.0);
}

#[test]
fn an_unsampled_request_allocates_no_more_than_it_did() {
    let _alone = alone();
    assert!(ours_over(Stack::Bare, Mode::OffMetrics) <= 5.0);
    assert!(ours_over(Stack::Bare, Mode::HardOff) <= 5.0);
}

#[test]
fn without_providers_a_request_allocates_what_it_does_in_a_layer_that_does_nothing() {
    let _alone = alone();
    assert_eq!(ours_over(Stack::Identity, Mode::None), 0.0);
}

#[test]
fn without_providers_a_function_allocates_nothing() {
    let _alone = alone();
    let _sdk = Sdk::install(Mode::None);
    assert_eq!(of_call(Mode::None), 0.0);
}

#[test]
fn a_function_below_an_unsampled_request_allocates_nothing() {
    let _alone = alone();
    let _sdk = Sdk::install(Mode::Off);
    let unsampled = SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([1; 8]),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    let _request = Context::new().with_remote_span_context(unsampled).attach();
    assert_eq!(of_call(Mode::Off), 0.0);
}

#[test]
fn an_unsampled_function_at_the_root_allocates_nothing() {
    let _alone = alone();
    let _sdk = Sdk::install(Mode::Off);
    assert_eq!(of_call(Mode::Off), 0.0);
}

/// The allocations of one call of a function with `#[instrumented]`, plain or asynchronous.
fn of_instrumented(case: Case, mode: Mode) -> f64 {
    let _sdk = Sdk::install(mode);
    functions::call(Way::Instrumented, case, REQUESTS);
    let calls = || functions::call(Way::Instrumented, case, REQUESTS);
    let count = allocations::during(calls) as f64 / REQUESTS as f64;
    println!("{case:?}, {}: {count}", mode.name());
    count
}

#[test]
fn an_instrumented_function_without_providers_allocates_nothing() {
    let _alone = alone();
    assert_eq!(of_instrumented(Case::Sync, Mode::None), 0.0);
    assert_eq!(of_instrumented(Case::Async, Mode::None), 0.0);
    assert_eq!(of_instrumented(Case::Attributes, Mode::None), 0.0);
}

#[test]
fn an_unsampled_instrumented_function_allocates_nothing() {
    let _alone = alone();
    assert_eq!(of_instrumented(Case::Sync, Mode::Off), 0.0);
    assert_eq!(of_instrumented(Case::Async, Mode::Off), 0.0);
    assert_eq!(of_instrumented(Case::Attributes, Mode::Off), 0.0);
}

#[test]
fn a_sampled_instrumented_function_allocates_no_more_than_it_did() {
    let _alone = alone();
    assert!(of_instrumented(Case::Sync, Mode::Traces) <= 4.0);
    assert!(of_instrumented(Case::Async, Mode::Traces) <= 4.0);
    // One more is the text of an attribute.
    assert!(of_instrumented(Case::Attributes, Mode::Traces) <= 5.0);
}
