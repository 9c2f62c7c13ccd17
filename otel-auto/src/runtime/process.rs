//! `process.*`, by the semantic conventions.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};
use opentelemetry_semantic_conventions::{
    attribute::{
        CPU_MODE, DISK_IO_DIRECTION, PROCESS_CONTEXT_SWITCH_TYPE, SYSTEM_PAGING_FAULT_TYPE,
    },
    metric::{
        PROCESS_CONTEXT_SWITCHES, PROCESS_CPU_TIME, PROCESS_CPU_UTILIZATION, PROCESS_DISK_IO,
        PROCESS_MEMORY_USAGE, PROCESS_MEMORY_VIRTUAL, PROCESS_PAGING_FAULTS, PROCESS_THREAD_COUNT,
        PROCESS_UNIX_FILE_DESCRIPTOR_COUNT, PROCESS_UPTIME,
    },
};

use super::{Shared, usage, usage::Usage};

/// What was read last, and what can be known from two readings alone.
struct Reading {
    usage: Usage,
    at: Instant,
    /// Of the time since the reading before, in each mode.
    utilization: Option<[f64; 2]>,
    cpus: f64,
}

impl Reading {
    fn first() -> Option<Self> {
        Some(Self {
            usage: Usage::now()?,
            at: Instant::now(),
            utilization: None,
            // Asks the system for a container's limits too, which takes longer than all the rest.
            cpus: thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64),
        })
    }

    fn again(&mut self) {
        let Some(usage) = Usage::now() else {
            return;
        };
        let passed = self.at.elapsed();
        self.at += passed;
        if !passed.is_zero() {
            let share = |now: Duration, before: Duration| {
                now.saturating_sub(before).as_secs_f64() / passed.as_secs_f64() / self.cpus
            };
            let ([user, system], [user_before, system_before]) = (usage.cpu, self.usage.cpu);
            self.utilization = Some([share(user, user_before), share(system, system_before)]);
        }
        self.usage = usage;
    }
}

/// Makes the instruments. None if the system tells nothing.
pub(super) fn measure(meter: &Meter, utilization: bool) {
    let Some(first) = Reading::first() else {
        return;
    };
    let process = Arc::new(Shared::new(first));

    // The first one to be made: it reads, for all others.
    let (shared, attributes) = (Arc::clone(&process), split(CPU_MODE, ["user", "system"]));
    meter
        .f64_observable_counter(PROCESS_CPU_TIME)
        .with_unit("s")
        .with_description("Total CPU seconds broken down by different CPU modes.")
        .with_callback(move |observer| {
            let mut process = shared.lock();
            process.again();
            let seconds = process.usage.cpu.map(|time| time.as_secs_f64());
            observe(observer, seconds, &attributes);
        })
        .build();

    if utilization {
        let (shared, attributes) = (Arc::clone(&process), split(CPU_MODE, ["user", "system"]));
        meter
            .f64_observable_gauge(PROCESS_CPU_UTILIZATION)
            .with_unit("1")
            .with_description(
                "Difference in process.cpu.time since the last measurement, divided by the elapsed time and number of \
                 CPUs available to the process.",
            )
            .with_callback(move |observer| {
                if let Some(shares) = shared.lock().utilization {
                    observe(observer, shares, &attributes);
                }
            })
            .build();
    }

    let counter = |name, unit, description, key, values, read: fn(&Usage) -> Option<[u64; 2]>| {
        let (shared, attributes) = (Arc::clone(&process), split(key, values));
        meter
            .u64_observable_counter(name)
            .with_unit(unit)
            .with_description(description)
            .with_callback(move |observer| {
                if let Some(numbers) = read(&shared.lock().usage) {
                    observe(observer, numbers, &attributes);
                }
            })
            .build();
    };
    counter(
        PROCESS_PAGING_FAULTS,
        "{fault}",
        "Number of page faults the process has made.",
        SYSTEM_PAGING_FAULT_TYPE,
        ["minor", "major"],
        |usage| Some(usage.faults),
    );
    counter(
        PROCESS_CONTEXT_SWITCHES,
        "{context_switch}",
        "Number of times the process has been context switched.",
        PROCESS_CONTEXT_SWITCH_TYPE,
        ["voluntary", "involuntary"],
        |usage| Some(usage.switches),
    );
    counter(
        PROCESS_DISK_IO,
        "By",
        "Disk bytes transferred.",
        DISK_IO_DIRECTION,
        ["read", "write"],
        |usage| usage.disk,
    );

    let level = |name, unit, description, read: fn(&Usage) -> Option<u64>| {
        let shared = Arc::clone(&process);
        meter
            .i64_observable_up_down_counter(name)
            .with_unit(unit)
            .with_description(description)
            .with_callback(move |observer| {
                if let Some(number) = read(&shared.lock().usage) {
                    observer.observe(i64::try_from(number).unwrap_or(i64::MAX), &[]);
                }
            })
            .build();
    };
    level(
        PROCESS_MEMORY_USAGE,
        "By",
        "The amount of physical memory in use.",
        |usage| usage.status.resident,
    );
    level(
        PROCESS_MEMORY_VIRTUAL,
        "By",
        "The amount of committed virtual memory.",
        |usage| usage.status.address_space,
    );
    level(
        PROCESS_THREAD_COUNT,
        "{thread}",
        "Process threads count.",
        |usage| usage.status.threads,
    );
    level(
        PROCESS_UNIX_FILE_DESCRIPTOR_COUNT,
        "{file_descriptor}",
        "Number of UNIX file descriptors in use by the process.",
        |usage| usage.descriptors,
    );

    if let Some(age) = usage::age() {
        let since = Instant::now();
        meter
            .f64_observable_gauge(PROCESS_UPTIME)
            .with_unit("s")
            .with_description("The time the process has been running.")
            .with_callback(move |observer| {
                observer.observe((age + since.elapsed()).as_secs_f64(), &[]);
            })
            .build();
    }
}

/// Two sets of attributes, of one key each.
fn split(key: &'static str, values: [&'static str; 2]) -> [[KeyValue; 1]; 2] {
    values.map(|value| [KeyValue::new(key, value)])
}

fn observe<T>(observer: &dyn AsyncInstrument<T>, numbers: [T; 2], sets: &[[KeyValue; 1]; 2]) {
    for (number, attributes) in numbers.into_iter().zip(sets) {
        observer.observe(number, attributes);
    }
}
