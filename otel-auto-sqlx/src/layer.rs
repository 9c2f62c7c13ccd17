use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use otel_auto_core::{
    Instrumenter, Providers, SpanKey,
    db::{DbClient, DbRequest},
    opentelemetry::{Context, trace::TraceContextExt},
};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    dispatcher::WeakDispatch,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterFn, Filtered, filter_fn},
    layer,
    registry::{LookupSpan, SpanRef},
};

use crate::{
    event::Query,
    expected, known,
    sea_orm::{self, Call},
    statement,
    target::Target,
};

const TARGET: &str = "sqlx::query";

/// A `tracing` layer that turns sqlx's query events into spans and metrics: see the [crate's documentation](crate).
#[derive(Debug)]
pub struct QueryEvents {
    instrumenter: Instrumenter<DbClient>,
    system: Option<&'static str>,
    dispatch: OnceLock<WeakDispatch>,
}

impl Clone for QueryEvents {
    fn clone(&self) -> Self {
        Self {
            instrumenter: self.instrumenter.clone(),
            system: self.system,
            // A clone belongs to a subscriber of its own.
            dispatch: OnceLock::new(),
        }
    }
}

impl QueryEvents {
    /// Works with the providers of the process, whenever they are installed.
    #[must_use]
    pub fn new() -> Self {
        expected::listen();
        Self {
            instrumenter: crate::INSTRUMENTER.clone(),
            system: None,
            dispatch: OnceLock::new(),
        }
    }

    /// Works with these providers instead.
    #[must_use]
    pub fn providers(mut self, providers: Providers) -> Self {
        self.instrumenter = self.instrumenter.providers(providers);
        self
    }

    /// The database of all queries, by its name in the conventions: `postgresql`, `mysql`, `mariadb`, `sqlite`.
    #[must_use]
    pub fn system(mut self, system: &'static str) -> Self {
        self.system = Some(system);
        self
    }

    /// The layer with a filter of its own, so that neither `RUST_LOG` nor another layer's filter hides from it what
    /// [it wants](Self::wants), and nothing else costs anything.
    #[must_use]
    pub fn filtered<S>(self) -> Filtered<Self, FilterFn, S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let wants: fn(&Metadata<'_>) -> bool = Self::wants;
        self.with_filter(filter_fn(wants))
    }

    /// Is it an event of sqlx's queries, or a span that sea-orm makes around them? For filters.
    #[must_use]
    pub fn wants(metadata: &Metadata<'_>) -> bool {
        // sqlx first asks whether such an event would be seen, with metadata that are no event's.
        let is_query = !metadata.is_span() && metadata.target() == TARGET;
        is_query || sea_orm::is_call(metadata)
    }

    /// What is found in this span, or in the nearest around it.
    fn nearest<T>(
        &self,
        id: &Id,
        find: impl FnMut(SpanRef<'_, Registry>) -> Option<T>,
    ) -> Option<T> {
        let dispatch = self.dispatch.get()?.upgrade()?;
        // Not asked through the layer's own context: on SQLite's thread the current span may be one that the layer's
        // filter hides, and what is around that one was never entered there.
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.scope().find_map(find)
    }

    /// Of a query that `driver` ran, if that is known.
    fn record(&self, parent: &Context, driver: Option<&'static str>, query: &Query) {
        let Some(ready) = self.instrumenter.ready(parent) else {
            return;
        };
        let sql = query.sql();
        let target: Arc<_> = known::target(self.system, driver, sql);
        let request = request(&target, sql);
        let mut operation = ready.start_ago(query.elapsed.unwrap_or_default(), parent, &request);
        if let (Some(state), Some(rows)) = (operation.state(), query.rows_returned) {
            state.returned_rows(rows);
        }
        operation.complete();
    }

    /// What sea-orm was asked to do, as one operation.
    fn end(&self, call: &Call) {
        let Some(ready) = self.instrumenter.ready(&call.parent) else {
            return;
        };
        let sql = call.sql();
        let target: Arc<_> = known::target(self.system, Some(call.system), sql);
        let mut request = request(&target, sql);
        if let Some(operation) = call.operation() {
            request = request.operation(operation);
        }
        let mut operation = ready.start_ago(call.started.elapsed(), &call.parent, &request);
        if let (Some(state), Some(rows)) = (operation.state(), call.rows()) {
            state.returned_rows(rows);
        }
        match &call.outcome {
            Some(Ok(())) => operation.complete(),
            Some(Err(told)) => match told.failure(target.system) {
                Some(failure) => operation.fail(failure),
                None => operation.complete(),
            },
            None => drop(operation),
        }
    }
}

fn request<'a>(target: &'a Target, sql: &'a str) -> DbRequest<'a> {
    let request = target.request().query(sql);
    if statement::is_transaction_control(sql) {
        request.transaction_control()
    } else {
        request
    }
}

impl Default for QueryEvents {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for QueryEvents
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: layer::Context<'_, S>) {
        if !sea_orm::is_call(attributes.metadata()) || SpanKey::DbClient.is_open() {
            return;
        }
        let parent = Context::current();
        if !is_traced(&parent) || self.instrumenter.ready(&parent).is_none() {
            return;
        }
        sea_orm::used();
        self.nearest(id, |span| {
            let call = Arc::new(Mutex::new(Call::new(parent.clone(), attributes)));
            span.extensions_mut().replace(call);
            Some(())
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: layer::Context<'_, S>) {
        if !sea_orm::is_used() {
            return;
        }
        if let Some(call) = context.span(id).and_then(|span| call_of(&span)) {
            let mut running = lock(&call);
            values.record(&mut *running);
            // Where the answer is given to the caller, who may end the process next. And what is around must not record
            // an error again.
            let ended = running.is_known().then(|| running.end()).flatten();
            drop(running);
            ended.iter().for_each(|call| self.end(call));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: layer::Context<'_, S>) {
        // What runs inside of a call that is recorded is that call.
        if event.metadata().target() != TARGET || SpanKey::DbClient.is_open() {
            return;
        }
        let current = context.current_span();
        let around = current.id().filter(|_| sea_orm::is_used());
        let around = around.and_then(|id| self.nearest(id, |span| call_of(&span)));
        let parent = Context::current();
        if around.is_none() && !is_traced(&parent) {
            return;
        }
        let mut query = Query::default();
        event.record(&mut query);
        if statement::is_of_driver(query.sent()) {
            return;
        }
        if expected::take(current.id(), query.sql()) {
            return;
        }
        let Some(call) = around else {
            self.record(&parent, None, &query);
            return;
        };
        let mut call = lock(&call);
        let other = call.keep(query);
        let (parent, driver) = (call.parent.clone(), call.system);
        drop(call);
        if let Some(other) = other {
            self.record(&parent, Some(driver), &other);
        }
    }

    fn on_close(&self, id: Id, context: layer::Context<'_, S>) {
        if !sea_orm::is_used() {
            return;
        }
        if let Some(call) = context.span(&id).and_then(|span| call_of(&span)) {
            let ended = lock(&call).end();
            ended.iter().for_each(|call| self.end(call));
        }
    }
}

/// In a span's extensions.
type Shared = Arc<Mutex<Call>>;

fn call_of<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>) -> Option<Shared> {
    if !sea_orm::is_call(span.metadata()) {
        return None;
    }
    span.extensions().get::<Shared>().map(Arc::clone)
}

fn lock(call: &Shared) -> MutexGuard<'_, Call> {
    call.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_traced(context: &Context) -> bool {
    context.span().span_context().is_valid()
}
