//! What an event of sqlx says.

use std::{fmt, time::Duration};

use tracing::field::{Field, Visit};

/// The fields of one `sqlx::query` event.
#[derive(Default)]
pub(crate) struct Query {
    summary: String,
    statement: String,
    pub(crate) rows_returned: Option<u64>,
    pub(crate) elapsed: Option<Duration>,
}

impl Query {
    /// The SQL. A short one stands in `summary` alone.
    pub(crate) fn sql(&self) -> &str {
        self.sent().trim()
    }

    /// The SQL to the last blank. sqlx puts lines around it.
    pub(crate) fn sent(&self) -> &str {
        if self.statement.is_empty() {
            return &self.summary;
        }
        let statement = self.statement.strip_prefix("\n\n");
        statement
            .and_then(|statement| statement.strip_suffix('\n'))
            .unwrap_or(&self.statement)
    }
}

impl Visit for Query {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows_returned" {
            self.rows_returned = Some(value);
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).ok();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
