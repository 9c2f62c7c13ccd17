//! The trace's context within the SQL.

use std::borrow::Cow;

use opentelemetry::{propagation::Injector, trace::TraceContextExt};

use crate::{Instrumentation, Operation, sql};

/// The SQL with the operation's context as a comment at its end, if the user asks for that
/// (`OTEL_RUST_DB_SQLCOMMENTER_ENABLED`) and the trace is sampled; else the text as it is.
///
/// A comment makes each text another one: never for a statement that is prepared once and kept, and only for texts that
/// the driver sends as they are. Baggage is left out, since the server's logs are read by others than the program's.
#[must_use]
pub fn commented<'a, I: Instrumentation>(
    operation: &Operation<I>,
    system: &str,
    text: &'a str,
) -> Cow<'a, str> {
    let wanted = operation
        .recorded()
        .filter(|(context, settings)| {
            settings.db.sqlcommenter && context.span().span_context().is_sampled()
        })
        .is_some();
    if !wanted {
        return Cow::Borrowed(text);
    }
    let mut fields = Fields(Vec::new());
    operation.inject(&mut fields);
    sql::commented(text, sql::Dialect::from_system_name(system), &fields.0)
}

/// What the fields of baggage begin with: W3C's, Jaeger's and OpenTracing's.
const BAGGAGE: [&str; 3] = ["baggage", "uberctx-", "ot-baggage-"];

struct Fields(Vec<(String, String)>);

impl Injector for Fields {
    fn set(&mut self, key: &str, value: String) {
        if !BAGGAGE.iter().any(|prefix| key.starts_with(prefix)) {
            self.0.push((key.to_owned(), value));
        }
    }
}
