//! A default that the program has set: a process of its own, since there is but one.
#![allow(clippy::unwrap_used)]

use diesel::connection::{
    Instrumentation, InstrumentationEvent, get_default_instrumentation, set_default_instrumentation,
};

#[test]
fn a_default_of_the_program_is_kept() {
    fn quiet(_: InstrumentationEvent<'_>) {}
    set_default_instrumentation(|| Some(Box::new(quiet) as Box<dyn Instrumentation>)).unwrap();
    assert!(!otel_auto_diesel::install());
    set_default_instrumentation(|| None).unwrap();
    assert!(otel_auto_diesel::install());
    assert!(otel_auto_diesel::install(), "its own is no obstacle");
    assert!(get_default_instrumentation().is_some());
}
