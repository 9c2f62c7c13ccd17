#[otel_auto_macros::main(flavor = "current_thread", worker_threads = 2, threads = 3)]
async fn threads() {}

#[otel_auto_macros::main(worker_threads = 2)]
fn no_runtime() {}

#[otel_auto_macros::main(flavor = "fibres")]
async fn flavor() {}

#[otel_auto_macros::main]
async fn arguments(n: u32) {}

fn main() {}
