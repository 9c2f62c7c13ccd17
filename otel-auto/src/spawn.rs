//! Tasks and threads that stay in the trace of the code that spawned them.

use std::thread;

use crate::{InTrace as _, in_trace};

/// Spawns a task that stays in this trace: [`tokio::spawn`] of [`future.in_trace()`](crate::InTrace::in_trace).
///
/// Spans, events and outgoing requests of a task that is spawned with `tokio::spawn` alone belong to no trace, or to
/// one of their own.
///
/// ```
/// # async fn send_mail() {}
/// # async fn handler() {
/// otel_auto::spawn(send_mail());
/// # }
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::spawn` does.
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future.in_trace())
}

/// Runs blocking work on tokio's threads for it, in this trace: [`tokio::task::spawn_blocking`] of [`in_trace`].
///
/// ```
/// # fn resize(image: Vec<u8>) -> Vec<u8> { image }
/// # async fn handler(image: Vec<u8>) -> Result<Vec<u8>, tokio::task::JoinError> {
/// otel_auto::spawn_blocking(move || resize(image)).await
/// # }
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::task::spawn_blocking` does.
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> tokio::task::JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(in_trace(work))
}

/// Spawns a thread whose work stays in this trace: [`std::thread::spawn`] of [`in_trace`].
///
/// ```
/// # fn compact() -> u64 { 7 }
/// let freed = otel_auto::spawn_thread(compact).join();
/// # assert_eq!(freed.unwrap(), 7);
/// ```
///
/// # Panics
///
/// If the system has no more threads to give, as `std::thread::spawn` does.
pub fn spawn_thread<F, T>(work: F) -> thread::JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    thread::spawn(in_trace(work))
}
