use std::{collections::BTreeSet, fs, thread};

/// The machine that a result comes from: the processor's model, the number of cores.
#[must_use]
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: BTreeSet<&str> = info
        .lines()
        .filter_map(|line| {
            line.strip_prefix("model name")?
                .split_once(':')
                .map(|(_, model)| model.trim())
        })
        .collect();
    let models: Vec<&str> = models.into_iter().collect();
    let model = if models.is_empty() {
        std::env::consts::ARCH.to_owned()
    } else {
        models.join(", ")
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}
