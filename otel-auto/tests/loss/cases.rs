//! The programs.

use std::{
    io::Write,
    process, thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, global,
    propagation::Injector,
    trace::{TraceContextExt, Tracer},
};
use otel_auto::{InTrace, Telemetry, instrumented};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::black_hole;

/// One item of each signal.
#[instrumented]
pub(crate) fn work() {
    tracing::info!("working");
    global::meter("test")
        .u64_counter("works")
        .build()
        .add(1, &[]);
}

/// So that whoever waits for it sees it at once.
pub(crate) fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().unwrap();
}

/// A guard that is never dropped, as one in a static.
fn leak(telemetry: Telemetry) -> &'static Telemetry {
    Box::leak(Box::new(telemetry))
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn one_worker() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn for_ever() -> ! {
    say("ready");
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// A service with a graceful shutdown of its own.
async fn graceful(mut terminate: tokio::signal::unix::Signal) {
    say("ready");
    terminate.recv().await;
    // Longer than an export takes, so that telemetry is still needed after a handler that interferes has ended it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    work();
    say("stopped gracefully");
}

extern "C" fn cannot_unwind() {
    panic!("on purpose");
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("again, on purpose");
    }
}

pub(crate) fn run(case: &str) {
    match case {
        "returns" => {
            let _otel = otel_auto::init!();
            work();
        }
        "returns, guard in a static" => {
            leak(otel_auto::init!());
            work();
        }
        "exit" => {
            let _otel = otel_auto::init!();
            work();
            process::exit(3);
        }
        "otel_auto::exit" => {
            let _otel = otel_auto::init!();
            work();
            otel_auto::exit(3);
        }
        "exit on another thread" => {
            let _otel = otel_auto::init!();
            let worker = thread::spawn(|| {
                work();
                process::exit(3);
            });
            let _ = worker.join();
        }
        "exit in a current-thread runtime" => current_thread().block_on(async {
            let _otel = otel_auto::init!();
            work();
            process::exit(3);
        }),
        "exit in the only worker" => one_worker().block_on(async {
            let _otel = otel_auto::init!();
            let task = tokio::spawn(async {
                work();
                process::exit(3);
            });
            let _ = task.await;
        }),
        "exit in a callback of the export" => {
            let otel = otel_auto::init!();
            work();
            let _gauge = global::meter("test")
                .u64_observable_gauge("exits")
                .with_callback(|_| process::exit(3))
                .build();
            otel.flush();
        }
        "shutdown in a current-thread runtime" => current_thread().block_on(async {
            let otel = otel_auto::init!();
            work();
            otel.shutdown();
        }),
        "flush_async in a current-thread runtime" => current_thread().block_on(async {
            let otel = leak(otel_auto::init!());
            work();
            let turns = tokio::spawn(async {
                let mut turns = 0;
                loop {
                    turns += 1;
                    say(&format!("turn {turns}"));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
            otel.flush_async().await;
            turns.abort();
            say("flushed");
        }),
        "panics" => {
            let _otel = otel_auto::init!();
            work();
            panic!("on purpose");
        }
        "panics, guard in a static" => {
            leak(otel_auto::init!());
            work();
            panic!("on purpose");
        }
        "aborts by a panic" => {
            leak(otel_auto::init!());
            work();
            cannot_unwind();
        }
        "aborts by a second panic" => {
            leak(otel_auto::init!());
            work();
            let _panics = PanicsInDrop;
            panic!("on purpose");
        }
        "catches panics" => {
            let _otel = otel_auto::init!();
            work();
            let started = Instant::now();
            for _ in 0..20 {
                std::panic::catch_unwind(|| panic!("on purpose")).unwrap_err();
            }
            say(&format!(
                "20 panics in {} ms",
                started.elapsed().as_millis()
            ));
        }
        "waits" => {
            let _otel = otel_auto::init!();
            work();
            for_ever();
        }
        "waits in a current-thread runtime" => current_thread().block_on(async {
            let _otel = otel_auto::init!();
            work();
            for_ever();
        }),
        "is sent a signal as the first process" => {
            assert_eq!(process::id(), 1);
            let _otel = otel_auto::init!();
            work();
            let sent = process::Command::new("sh")
                .args(["-c", "kill -TERM 1"])
                .status();
            assert!(sent.unwrap().success());
            say("sent");
            thread::sleep(Duration::from_secs(2));
            say("lives on");
        }
        "waits, handler before" => current_thread().block_on(async {
            let terminate = signal(SignalKind::terminate()).unwrap();
            let _otel = otel_auto::init!();
            graceful(terminate).await;
        }),
        "waits, handler after" => current_thread().block_on(async {
            let _otel = otel_auto::init!();
            let terminate = signal(SignalKind::terminate()).unwrap();
            graceful(terminate).await;
        }),
        "waits a moment" => {
            let _otel = otel_auto::init!();
            say("ready");
            thread::sleep(Duration::from_millis(700));
            work();
        }
        "drops the guard at once" => {
            let _ = otel_auto::init!();
            thread::sleep(Duration::from_millis(1500));
        }
        "shuts down at once" => {
            otel_auto::init!().shutdown();
            thread::sleep(Duration::from_millis(1500));
        }
        "is quick" => drop(otel_auto::init!()),
        "forks" => fork(),
        "instruments of a runtime per test" => {
            for _ in 0..3 {
                current_thread().block_on(async {
                    let _otel = otel_auto::init!();
                    work();
                });
            }
        }
        "has a subscriber that prints" => {
            tracing_subscriber::fmt()
                .with_writer(std::io::stderr)
                .init();
            let _otel = otel_auto::init!();
            work();
        }
        "filters the whole subscriber" => {
            tracing_subscriber::registry()
                .with(EnvFilter::from_default_env())
                .with(otel_auto::tracing_layer())
                .init();
            let _otel = otel_auto::init!();
            work();
        }
        "filters what it prints" => {
            tracing_subscriber::registry()
                .with(
                    tracing_subscriber::fmt::layer()
                        .with_writer(std::io::stderr)
                        .with_filter(EnvFilter::from_default_env()),
                )
                .with(otel_auto::tracing_layer())
                .init();
            let _otel = otel_auto::init!();
            tracing::info_span!("theirs").in_scope(work);
        }
        "propagates" => {
            let _otel = otel_auto::init!();
            let context = Context::current_with_span(global::tracer("test").start("outgoing"));
            let mut fields = Fields(Vec::new());
            global::get_text_map_propagator(|propagator| {
                propagator.inject_context(&context, &mut fields);
            });
            say(&format!("fields {:?}", fields.0));
        }
        "spawns" => one_worker().block_on(async {
            let _otel = otel_auto::init!();
            parent().await;
        }),
        "both kinds of span" => {
            let _otel = otel_auto::init!();
            tracing::info_span!("outer").in_scope(|| {
                global::tracer("test").in_span("inner", |_| ());
            });
        }
        "serves" => black_hole::serve(),
        other => panic!("no such case: {other}"),
    }
}

/// Tasks in every way that keeps the trace, and one by `tracing` for comparison.
#[instrumented]
async fn parent() {
    let spawned = otel_auto::spawn(child("spawned"));
    let mut set = tokio::task::JoinSet::new();
    set.spawn(child("in a set").in_trace());
    spawned.await.unwrap();
    set.join_all().await;
    let other = thread::spawn({
        let future = child("on a thread").in_trace();
        move || current_thread().block_on(future)
    });
    other.join().unwrap();
    // The context may be younger than the span of `tracing`.
    let context = Context::current_with_span(global::tracer("test").start("direct"));
    let task = {
        let _guard = context.attach();
        otel_auto::spawn(async { global::tracer("test").in_span("below direct", |_| ()) })
    };
    task.await.unwrap();
}

async fn child(name: &'static str) {
    let span = tracing::info_span!("child", otel.name = name);
    tokio::task::yield_now().await;
    span.in_scope(|| tracing::info!("in a task"));
}

struct Fields(Vec<String>);

impl Injector for Fields {
    fn set(&mut self, key: &str, _: String) {
        self.0.push(key.to_owned());
    }
}

/// Children that exit, drop the guard, or set telemetry up again; none may wait for threads that only the parent has.
#[allow(unsafe_code)]
fn fork() {
    let children: [fn(Telemetry); 4] = [
        // Killed by the parent, which is not to die of that.
        |_| {
            thread::sleep(Duration::from_secs(5));
            process::exit(1)
        },
        |_| process::exit(0),
        |guard| {
            drop(guard);
            process::exit(0)
        },
        |_| {
            let otel = otel_auto::init!();
            work();
            drop(otel);
            process::exit(0)
        },
    ];
    let guard = otel_auto::init!();
    work();
    guard.flush();
    let mut guard = Some(guard);
    for (number, child) in children.into_iter().enumerate() {
        let started = Instant::now();
        // SAFETY: the child uses what glibc keeps in order across a fork, and ends by `exit`.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            child(guard.take().unwrap());
        }
        let mut status = -1;
        // SAFETY: `status` is a valid place.
        unsafe {
            if number == 0 {
                libc::kill(pid, libc::SIGTERM);
            }
            libc::waitpid(pid, &mut status, 0);
        }
        say(&format!(
            "child {status} in {} ms",
            started.elapsed().as_millis()
        ));
    }
}
