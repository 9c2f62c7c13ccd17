use std::collections::HashSet;

/// Instrumentations that are off, by the short name that each has in settings: `tower`, `sqlx`, `redis`…
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Switches {
    /// Make no spans.
    pub without_traces: HashSet<String>,
    /// Make no metrics.
    pub without_metrics: HashSet<String>,
}

impl Switches {
    /// Switches an instrumentation off.
    pub fn disable(&mut self, instrumentation: &str) {
        self.without_traces.insert(instrumentation.to_owned());
        self.without_metrics.insert(instrumentation.to_owned());
    }

    /// Does the instrumentation make spans?
    #[must_use]
    pub fn traces(&self, instrumentation: &str) -> bool {
        !self.without_traces.contains(instrumentation)
    }

    /// Does the instrumentation make metrics?
    #[must_use]
    pub fn metrics(&self, instrumentation: &str) -> bool {
        !self.without_metrics.contains(instrumentation)
    }
}
