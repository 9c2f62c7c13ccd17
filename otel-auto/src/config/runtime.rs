//! Metrics of the process and of its runtimes.

use super::{
    env::Env,
    vars::{PROCESS_CPU_UTILIZATION, PROCESS_METRICS, RUNTIME_METRICS},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) struct Runtime {
    pub(crate) process: bool,
    /// Of the process, which the conventions leave to who asks for it.
    pub(crate) cpu_utilization: bool,
    pub(crate) tokio: bool,
}

impl Runtime {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            process: env.switch(&PROCESS_METRICS),
            cpu_utilization: env.flag(&PROCESS_CPU_UTILIZATION),
            tokio: env.switch(&RUNTIME_METRICS),
        }
    }
}
