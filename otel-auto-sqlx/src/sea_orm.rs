//! Calls of sea-orm, by the spans that its feature `tracing-spans` makes around them.
//!
//! Such a span is told how its call ended, which sqlx's event is not. So the event of a call waits in its span, and
//! both are one operation where the answer is told, or when the span is closed: SQLite's event may come after the
//! answer, but its thread holds the span until then.

use std::{
    fmt, mem,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use otel_auto_core::opentelemetry::Context;
use tracing::{
    Metadata,
    field::{Field, Visit},
    span::Attributes,
};

use crate::{event::Query, statement, told::Told};

/// Most programs have no sea-orm, and need not look for its spans at each query.
static USED: AtomicBool = AtomicBool::new(false);

pub(crate) fn used() {
    USED.store(true, Ordering::Relaxed);
}

pub(crate) fn is_used() -> bool {
    USED.load(Ordering::Relaxed)
}

/// Is it a span that sea-orm makes around a call?
pub(crate) fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && metadata.target().starts_with("sea_orm::")
        && metadata.name().starts_with("sea_orm.")
}

/// One call, from its span's start on.
pub(crate) struct Call {
    /// The caller's: what ends on another thread knows nothing of it.
    pub(crate) parent: Context,
    pub(crate) started: Instant,
    pub(crate) system: &'static str,
    /// What sea-orm was asked to run. It does not tell of `execute_unprepared`.
    text: Option<String>,
    operation: Option<&'static str>,
    answer: Option<Query>,
    pub(crate) outcome: Option<Result<(), Told>>,
    is_over: bool,
}

impl Call {
    pub(crate) fn new(parent: Context, attributes: &Attributes<'_>) -> Self {
        let control = match attributes.metadata().name() {
            "sea_orm.begin" => Some("BEGIN"),
            "sea_orm.commit" => Some("COMMIT"),
            "sea_orm.rollback" => Some("ROLLBACK"),
            _ => None,
        };
        let mut call = Self {
            parent,
            started: Instant::now(),
            system: "other_sql",
            text: control.map(str::to_owned),
            operation: None,
            answer: None,
            outcome: None,
            is_over: false,
        };
        attributes.record(&mut call);
        call
    }

    /// Keeps the event of this call. What it gives back is another query's, which ended well as far as anybody knows:
    /// the program's own set-up of a connection.
    pub(crate) fn keep(&mut self, query: Query) -> Option<Query> {
        let is_its = match &self.text {
            Some(text) => is_of(text, &query),
            None => !self.is_over,
        };
        if !is_its {
            return Some(query);
        }
        if self.is_over {
            self.text = None;
            return None;
        }
        self.answer.replace(query)
    }

    /// Is all known that there is to say of it? An error says all but the text.
    pub(crate) fn is_known(&self) -> bool {
        match &self.outcome {
            Some(Ok(())) => self.answer.is_some(),
            Some(Err(_)) => self.answer.is_some() || self.text.is_some(),
            None => false,
        }
    }

    /// What is to be recorded, once. What stays behind knows the event that has not come yet.
    pub(crate) fn end(&mut self) -> Option<Self> {
        if self.is_over {
            return None;
        }
        let awaited = self.text.as_ref().filter(|_| self.answer.is_none());
        let over = Self {
            parent: self.parent.clone(),
            text: awaited.cloned(),
            answer: None,
            outcome: None,
            is_over: true,
            ..*self
        };
        Some(mem::replace(self, over))
    }

    /// What ran; empty if nobody tells.
    pub(crate) fn sql(&self) -> &str {
        let answer = self.answer.as_ref().map(Query::sql);
        answer.or(self.text.as_deref()).unwrap_or_default()
    }

    /// What its text begins with, if that is known and the text is not.
    pub(crate) fn operation(&self) -> Option<&'static str> {
        self.operation.filter(|_| self.sql().is_empty())
    }

    pub(crate) fn rows(&self) -> Option<u64> {
        self.answer.as_ref()?.rows_returned
    }
}

fn is_of(text: &str, query: &Query) -> bool {
    let is_control = statement::is_transaction_control;
    text.trim() == query.sql() || is_control(text) && is_control(query.sql())
}

impl Visit for Call {
    fn record_str(&mut self, field: &Field, value: &str) {
        match (field.name(), value) {
            ("db.system", "postgresql") => self.system = "postgresql",
            ("db.system", "mysql") => self.system = "mysql",
            ("db.system", "sqlite") => self.system = "sqlite",
            ("db.statement", _) => self.text = Some(value.to_owned()),
            // An error has a message, too.
            ("otel.status_code", "OK") => self.outcome = Some(Ok(())),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "db.operation" => {
                let value = format!("{value:?}");
                let operations = ["SELECT", "INSERT", "UPDATE", "DELETE"];
                self.operation = operations.into_iter().find(|operation| *operation == value);
            }
            "exception.message" => {
                let told = Told::read(self.system, &format!("{value:?}"));
                self.outcome = Some(Err(told));
            }
            _ => {}
        }
    }
}
