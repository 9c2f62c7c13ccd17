//! A CLIENT span and `db.client.operation.duration`.

use std::{future::Future, sync::LazyLock, time::Instant};

use opentelemetry::{
    Context, KeyValue,
    global::{self, BoxedTracer},
    metrics::Histogram,
    trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer},
};
use opentelemetry_semantic_conventions::{attribute, metric};

use super::SELECT;

static TRACER: LazyLock<BoxedTracer> = LazyLock::new(|| global::tracer("otel-auto-benches"));
static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("otel-auto-benches")
        .f64_histogram(metric::DB_CLIENT_OPERATION_DURATION)
        .with_unit("s")
        .build()
});

pub(super) async fn recorded<T>(
    query: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let common = || {
        [
            KeyValue::new(attribute::DB_SYSTEM_NAME, "sqlite"),
            KeyValue::new(attribute::DB_QUERY_SUMMARY, "SELECT users"),
        ]
    };
    let text = KeyValue::new(attribute::DB_QUERY_TEXT, SELECT);
    let span = TRACER
        .span_builder("SELECT users")
        .with_kind(SpanKind::Client)
        .with_attributes(common().into_iter().chain([text]))
        .start(&*TRACER);
    let context = Context::current_with_span(span);
    let started = Instant::now();
    let result = query.with_context(context.clone()).await;
    let mut labels = Vec::from(common());
    if let Err(error) = &result {
        let kind = KeyValue::new(attribute::ERROR_TYPE, std::any::type_name_of_val(error));
        context.span().set_attribute(kind.clone());
        context.span().set_status(Status::error(error.to_string()));
        labels.push(kind);
    }
    context.span().end();
    DURATION.record(started.elapsed().as_secs_f64(), &labels);
    result
}
