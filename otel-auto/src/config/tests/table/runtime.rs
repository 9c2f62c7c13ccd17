//! Metrics of the process and of its runtimes.

use super::{
    super::super::vars,
    Row,
    templates::{flag, switch},
};

pub(super) fn runtime() -> Vec<Row> {
    vec![
        switch(vars::PROCESS_METRICS.name, |c| c.runtime.process),
        flag(vars::PROCESS_CPU_UTILIZATION.name, ["false", "true"], |c| {
            c.runtime.cpu_utilization.to_string()
        }),
        switch(vars::RUNTIME_METRICS.name, |c| c.runtime.tokio),
    ]
}
