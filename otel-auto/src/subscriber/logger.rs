//! Records of the crate `log`, made events of `tracing`: there they are filtered, printed and recorded as all others.
//!
//! An event has a fixed set of fields, so a record's key-values travel beside it, and reach log records alone.

use std::{
    cell::RefCell,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use log::{
    Level, Log, Metadata, Record,
    kv::{self, VisitSource, VisitValue},
};
use opentelemetry::{Key, logs::AnyValue};
use tracing::{
    Dispatch, Event, Subscriber, dispatcher,
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_log::{AsLog, AsTrace};

use super::{PRINTED, filter};
use crate::diagnostics::say;

/// Is the logger of `log` ours?
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whose logger hears the records of `log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Nobody,
    Us,
    Program {
        /// Do records become events of `tracing`, as with `tracing_log::LogTracer`?
        hands_on: bool,
    },
}

impl Owner {
    pub(crate) fn find() -> Self {
        if INSTALLED.load(Ordering::Relaxed) {
            return Self::Us;
        }
        // A logger is asked, not told: nothing is printed.
        let mut question = Metadata::builder();
        let question = question.level(Level::Error).target(QUESTION).build();
        let asked = Arc::new(AtomicBool::new(false));
        let ear = Dispatch::new(Ear(Arc::clone(&asked)));
        let enabled = dispatcher::with_default(&ear, || log::logger().enabled(&question));
        // Its levels are forgotten with it.
        drop(ear);
        tracing::callsite::rebuild_interest_cache();
        let hands_on = asked.load(Ordering::Relaxed);
        // The logger that is there as long as there is none wants nothing.
        if !hands_on && !enabled && log::max_level() == log::LevelFilter::Off {
            return Self::Nobody;
        }
        Self::Program { hands_on }
    }
}

/// Installs our logger, if the program has none and a subscriber can hear it.
pub(crate) fn install() {
    // A program that installs its subscriber later may install a logger with it.
    if !dispatcher::has_been_set() {
        return;
    }
    if log::set_logger(&Logger).is_ok() {
        INSTALLED.store(true, Ordering::Relaxed);
    } else if Owner::find() == (Owner::Program { hands_on: false }) {
        say(
            "the program has a logger of `log`, which keeps its records: leave it out, and they are printed and \
             recorded with the events of `tracing`",
        );
    }
    if INSTALLED.load(Ordering::Relaxed) {
        log::set_max_level(max_level().as_log());
    }
}

/// What is more verbose costs its place in the code one comparison. A program that reloads the filters of its subscriber
/// sets `log`'s level as well.
fn max_level() -> LevelFilter {
    // Our layers may want more of `tracing` than they want of `log`: sqlx's queries.
    PRINTED.get().map_or_else(LevelFilter::current, |printed| {
        filter::most_recorded().max(*printed)
    })
}

/// Says why the program could not set a logger of its own, if this is the panic that tells it so.
pub(super) fn explain(panic: &str) {
    const REFUSED: &str = "SetLoggerError";
    let refused =
        panic.contains(REFUSED) || panic.contains("logging system was already initialized");
    if refused && INSTALLED.load(Ordering::Relaxed) {
        say(
            "init() has set the logger of `log`, since there was none: set yours before init(), or leave out \
             otel-auto's feature `log`",
        );
    }
}

struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level().as_trace() <= LevelFilter::current()
            && dispatcher::get_default(|subscriber| subscriber.enabled(&metadata.as_trace()))
    }

    fn log(&self, record: &Record<'_>) {
        if record.level().as_trace() > LevelFilter::current() {
            return;
        }
        let mut pairs = Pairs(Vec::new());
        // It fails only if the visitor does.
        let _ = record.key_values().visit(&mut pairs);
        // A record may be made while another is formatted.
        let outer = exchange(pairs.0);
        let _ = tracing_log::format_trace(record);
        exchange(outer);
    }

    fn flush(&self) {}
}

type KeyValues = Vec<(Key, AnyValue)>;

thread_local! {
    /// Of the record that is just being handed on.
    static KEY_VALUES: RefCell<KeyValues> = const { RefCell::new(Vec::new()) };
}

/// At the end of a thread there are none.
fn exchange(with: KeyValues) -> KeyValues {
    let exchanged = KEY_VALUES.try_with(|pairs| mem::replace(&mut *pairs.borrow_mut(), with));
    exchanged.unwrap_or_default()
}

/// The key-values of the record that the current event is made of.
pub(super) fn take_key_values() -> KeyValues {
    exchange(Vec::new())
}

struct Pairs(KeyValues);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let mut typed = Typed(None);
        value.visit(&mut typed)?;
        if let Some(value) = typed.0 {
            self.0.push((Key::new(key.as_str().to_owned()), value));
        }
        Ok(())
    }
}

/// A value with the type that it has in a log record; none for null.
struct Typed(Option<AnyValue>);

impl Typed {
    fn set(&mut self, value: impl Into<AnyValue>) -> Result<(), kv::Error> {
        self.0 = Some(value.into());
        Ok(())
    }
}

impl<'v> VisitValue<'v> for Typed {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        self.set(value.to_string())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        // The protocol has no larger ones.
        match i64::try_from(value) {
            Ok(value) => self.set(value),
            Err(_) => self.set(value.to_string()),
        }
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.set(value)
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.set(value)
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.set(value)
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.set(value.to_owned())
    }
}

const QUESTION: &str = "otel_auto::logger";

/// A subscriber that notes whether it is asked.
struct Ear(Arc<AtomicBool>);

impl Subscriber for Ear {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        if metadata.target() == QUESTION {
            self.0.store(true, Ordering::Relaxed);
        }
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
