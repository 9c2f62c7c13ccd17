//! The queries that run on one connection.

use diesel::connection::DebugQuery;
use otel_auto_core::{
    Operation,
    db::DbClient,
    opentelemetry::{
        Context,
        trace::{SpanId, TraceContextExt},
    },
};

use crate::text;

/// So many at a time on one connection; of more the oldest end.
const MOST: usize = 128;

/// One at a time, but that diesel-async pipelines to PostgreSQL. It tells when the future of a query is made and when it
/// is through, and not that it was dropped.
#[derive(Default)]
pub(crate) struct Running(Vec<Query>);

struct Query {
    sql: String,
    parent: SpanId,
    operation: Operation<DbClient>,
    /// One that was started later is through. A server answers in order, so this one was most likely dropped.
    is_overtaken: bool,
}

impl Running {
    /// Ends those that were dropped, as far as the start of another one tells.
    pub(crate) fn end_dropped(&mut self, pipelines: bool) {
        self.0.retain(|query| pipelines && !query.is_overtaken);
    }

    pub(crate) fn add(&mut self, sql: String, parent: &Context, operation: Operation<DbClient>) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(Query {
            sql,
            parent: span_id(parent),
            operation,
            is_overtaken: false,
        });
    }

    /// The first with the same text, of the same parent if there is one.
    pub(crate) fn take(&mut self, query: &dyn DebugQuery) -> Option<Operation<DbClient>> {
        let at = match self.0.len() {
            0 => return None,
            // Most often; the text costs.
            1 => 0,
            _ => {
                let sql = text::sql(query);
                let parent = span_id(&Context::current());
                let same = |query: &Query| query.sql == sql;
                let siblings = |query: &Query| same(query) && query.parent == parent;
                let at = self.0.iter().position(siblings);
                at.or_else(|| self.0.iter().position(same))?
            }
        };
        for earlier in self.0.iter_mut().take(at) {
            earlier.is_overtaken = true;
        }
        Some(self.0.remove(at).operation)
    }
}

fn span_id(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}
