//! The runtimes that are observed. A handle keeps the state of its runtime alive and cannot tell that the runtime has
//! ended, so each one gets a task that waits for ever: the runtime drops it at its end, and the handle goes with it.

use std::{
    future, process,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use tokio::runtime::Handle;

/// Behind no lock, since a forked child may inherit a closed one.
static OBSERVED: LazyLock<ArcSwap<Vec<Observed>>> = LazyLock::new(ArcSwap::default);

#[derive(Debug, Clone)]
pub(super) struct Observed {
    /// Unlike the runtime's id it is not used again.
    pub(super) number: u64,
    pub(super) handle: Handle,
    process: u32,
}

/// Exports the `tokio.*` metrics of a runtime, as long as the runtime lives.
///
/// The runtime that [`init()`](crate::init()) is called in is observed without this call. Others are told apart by the
/// names that [`Builder::name`](tokio::runtime::Builder::name) gives them, as `tokio.runtime.name`; the numbers of
/// runtimes with the same name, or with none, are added up. It may be called before or after `init()`, and again for the
/// same runtime, which changes nothing. The runtime gets a task that does nothing and is not counted. Without `init()`,
/// or with `OTEL_RUST_RUNTIME_METRICS_ENABLED=false`, nothing is exported.
///
/// ```
/// let background = tokio::runtime::Builder::new_multi_thread()
///     .name("background")
///     .worker_threads(2)
///     .enable_all()
///     .build()?;
/// otel_auto::observe_runtime(background.handle());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn observe_runtime(runtime: &Handle) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let observed = Observed {
        number: NUMBER.fetch_add(1, Ordering::Relaxed),
        handle: runtime.clone(),
        process: process::id(),
    };
    let is_same =
        |other: &Observed| other.is_of_this_process() && other.handle.id() == runtime.id();
    let before = OBSERVED.rcu(|all| {
        if all.iter().any(is_same) {
            return Vec::clone(all);
        }
        // What a parent process has observed does not run here.
        let others = all.iter().filter(|other| other.is_of_this_process());
        others.chain([&observed]).cloned().collect()
    });
    if before.iter().any(is_same) {
        return;
    }
    let end = End(observed.number);
    runtime.spawn(async move {
        let _end = end;
        future::pending::<()>().await;
    });
}

/// The runtimes of this process that have not ended.
pub(super) fn observed() -> Vec<Observed> {
    let all = OBSERVED.load_full();
    let own = all.iter().filter(|runtime| runtime.is_of_this_process());
    own.cloned().collect()
}

impl Observed {
    fn is_of_this_process(&self) -> bool {
        self.process == process::id()
    }
}

/// Lives in the runtime with this number.
struct End(u64);

impl Drop for End {
    fn drop(&mut self) {
        OBSERVED.rcu(|all| {
            let others = all.iter().filter(|runtime| runtime.number != self.0);
            others.cloned().collect::<Vec<_>>()
        });
    }
}
