use std::{collections::HashMap, fmt, sync::Arc};

/// A test of a text: a name, or whatever pattern language the settings were written in.
#[derive(Clone)]
pub struct Matcher(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Matcher {
    /// Matches what the function says.
    pub fn new(matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(matches))
    }

    /// Matches this text alone.
    pub fn exact(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |other| other == text)
    }

    /// Does it match?
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        (self.0)(text)
    }
}

/// The same matcher, not one that matches the same.
impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").finish_non_exhaustive()
    }
}

/// Operations that nothing is recorded of.
///
/// Such an operation makes no span and no metric, and neither does anything inside of it, in tasks that carry its context
/// too. Log records are not affected: a health check that fails must be heard.
///
/// What a server calls meanwhile is told that the trace is not sampled. What a client calls gets the context that was
/// current anyway.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Excluded {
    /// For all instrumentations that have no list of their own.
    pub all: Option<Matcher>,
    /// By the short name of the instrumentation, instead.
    pub by_instrumentation: HashMap<String, Matcher>,
}

impl Excluded {
    /// What the instrumentation of this name leaves out.
    #[must_use]
    pub fn of(&self, instrumentation: &str) -> Option<&Matcher> {
        if self.by_instrumentation.is_empty() {
            return self.all.as_ref();
        }
        self.by_instrumentation
            .get(instrumentation)
            .or(self.all.as_ref())
    }
}
