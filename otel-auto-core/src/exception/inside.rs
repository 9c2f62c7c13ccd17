//! What is recorded once: an error on its way up through operations that it all ends.
//!
//! An error is nobody's any more once it is converted, so it cannot be recognised by itself. What is known is when: the
//! operation that ends with it was running while something inside of it recorded an exception, and nothing inside of it
//! has ended well since. Only if something has, or if the operation went on later (a transaction that is rolled back, a
//! second attempt), is it the same by its type or its message alone.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::Context;

use super::Exception;
use crate::semconv;

/// What is kept of an exception that was recorded.
#[derive(Debug)]
struct Raised {
    exception_type: Cow<'static, str>,
    message: Option<String>,
}

struct Thread {
    /// How many exceptions were recorded on this thread.
    count: Cell<u32>,
    /// Has nothing ended well on this thread since the last one?
    is_fresh: Cell<bool>,
    last: RefCell<Option<Arc<Raised>>>,
}

thread_local! {
    static THREAD: Thread = {
        // Locals are dropped in the reverse order of their making: while this one is there, the context is.
        Context::map_current(|_| ());
        Thread { count: Cell::new(0), is_fresh: Cell::new(false), last: RefCell::new(None) }
    };
}

/// Is this thread still running, so that there is a current context?
pub(super) fn is_thread_alive() -> bool {
    THREAD.try_with(|_| ()).is_ok()
}

/// An operation has ended well.
pub(crate) fn completed() {
    let _ = THREAD.try_with(|thread| thread.is_fresh.set(false));
}

/// An exception is recorded.
pub(super) fn raise(exception: &Exception) {
    raised(Arc::new(Raised {
        exception_type: exception.exception_type.clone(),
        message: exception.message.clone(),
    }));
}

fn raised(raised: Arc<Raised>) {
    let _ = THREAD.try_with(|thread| {
        thread.count.set(thread.count.get().wrapping_add(1));
        thread.is_fresh.set(true);
        thread.last.replace(Some(raised));
    });
}

/// The time on one thread in which an operation is the current one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window(u32);

impl Window {
    pub(crate) fn open() -> Self {
        Self(THREAD.try_with(|thread| thread.count.get()).unwrap_or(0))
    }

    /// Keeps what was recorded inside.
    pub(crate) fn close(self, inside: &Inside) {
        let count = THREAD.try_with(|thread| thread.count.get());
        if count.is_ok_and(|count| count != self.0) {
            inside.keep();
        } else if inside.is_fresh.load(Ordering::Relaxed) {
            inside.is_fresh.store(false, Ordering::Relaxed);
        }
    }

    /// Was a panic recorded inside?
    pub(crate) fn has_panic(self) -> bool {
        let has_panic = |thread: &Thread| {
            let last = thread.last.borrow();
            let is_panic = |raised: &Arc<Raised>| raised.exception_type == semconv::PANIC;
            thread.count.get() != self.0 && last.as_ref().is_some_and(is_panic)
        };
        THREAD.try_with(has_panic).unwrap_or(true)
    }
}

/// What was recorded inside of one operation.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    last: Mutex<Option<Arc<Raised>>>,
    /// Was it recorded when the operation ran last, and has nothing inside ended well since?
    is_fresh: AtomicBool,
}

impl Inside {
    #[cold]
    fn keep(&self) {
        let _ = THREAD.try_with(|thread| {
            self.is_fresh
                .store(thread.is_fresh.get(), Ordering::Relaxed);
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
                thread.last.borrow().clone();
        });
    }

    /// Is this exception to be recorded by the operation? Not if something inside has recorded it.
    pub(crate) fn is_new(&mut self, exception: &Exception) -> bool {
        let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
        let known = last
            .take()
            .filter(|last| *self.is_fresh.get_mut() || last.is_same(exception));
        match known {
            // So that the operations around know it as well.
            Some(known) => {
                raised(known);
                false
            }
            None => {
                raise(exception);
                true
            }
        }
    }
}

impl Raised {
    /// A message is the same if it is told within another one: `could not load: connection refused`.
    fn is_same(&self, exception: &Exception) -> bool {
        match (&self.message, &exception.message) {
            (Some(known), Some(message)) => message.contains(known.as_str()),
            _ => self.exception_type == exception.exception_type,
        }
    }
}
