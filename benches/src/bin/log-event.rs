//! Events of `tracing` through one way of recording them, for a profiler; see `benches/log-events`.

use std::{env, io, process::ExitCode};

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{BatchConfigBuilder, BatchLogProcessor, LogBatch, LogExporter, SdkLoggerProvider},
};
use otel_auto_benches::machine;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

const USAGE: &str = "\
usage: log-event SET-UP EVENT N   makes N events, after a warm-up that does not depend on N
       log-event list             prints the machine, the set-ups and the events, each on a line";

const SET_UPS: [&str; 6] = [
    "none",
    "fmt",
    "appender",
    "appender+filter",
    "layer",
    "init",
];
const EVENTS: [&str; 3] = ["event", "in-a-span", "hidden"];
const WARM_UP: u32 = 100;
/// So large that no event finds it full.
const QUEUE: usize = 1 << 16;

/// Throws away what it gets.
#[derive(Debug)]
struct Nowhere;

impl LogExporter for Nowhere {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        Ok(())
    }
}

fn provider() -> SdkLoggerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE);
    let processor = BatchLogProcessor::builder(Nowhere).with_batch_config(config.build());
    SdkLoggerProvider::builder()
        .with_log_processor(processor.build())
        .build()
}

/// What must live as long as events are made.
fn set_up(name: &str) -> Option<Box<dyn std::any::Any>> {
    let registry = tracing_subscriber::registry();
    Some(match name {
        "none" => Box::new(()),
        "fmt" => {
            registry.with(fmt::layer().with_writer(io::sink)).init();
            Box::new(())
        }
        "appender" | "appender+filter" => {
            let provider = provider();
            let appender = OpenTelemetryTracingBridge::new(&provider);
            if name == "appender" {
                registry.with(appender).init();
            } else {
                // As its documentation shows.
                let filter = ["hyper=off", "tonic=off", "h2=off", "reqwest=off"]
                    .into_iter()
                    .filter_map(|directive| directive.parse().ok())
                    .fold(EnvFilter::new("info"), EnvFilter::add_directive);
                registry.with(appender.with_filter(filter)).init();
            }
            Box::new(provider)
        }
        "layer" => {
            registry.with(otel_auto::tracing_layer()).init();
            Box::new(otel_auto::init!())
        }
        "init" => Box::new(otel_auto::init!()),
        _ => return None,
    })
}

fn make(event: &str, count: u32) {
    for number in 0..count {
        if event == "hidden" {
            tracing::debug!(number, unit = "rows", "fetched from {}", "orders");
        } else {
            tracing::info!(number, unit = "rows", "fetched from {}", "orders");
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            println!("{}", machine());
            println!("{}", SET_UPS.join(" "));
            println!("{}", EVENTS.join(" "));
            return ExitCode::SUCCESS;
        }
        [set_up, event, count] if EVENTS.contains(&event) => {
            if let (Ok(count), Some(_kept)) = (count.parse(), self::set_up(set_up)) {
                let _span = (event == "in-a-span").then(|| tracing::info_span!("work").entered());
                make(event, WARM_UP);
                make(event, count);
                return ExitCode::SUCCESS;
            }
        }
        _ => {}
    }
    eprintln!("{USAGE}");
    ExitCode::FAILURE
}
