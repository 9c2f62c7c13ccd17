use std::{fmt, num::ParseIntError};

use otel_auto_core::opentelemetry::trace::Status;
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[instrumented]
fn parse(text: &str) -> Result<u64, ParseIntError> {
    let number: u64 = text.parse()?;
    if number == 0 {
        return Ok(1);
    }
    Ok(number)
}

#[instrumented]
fn outer() -> u64 {
    parse("1").unwrap_or_default() + parse("2").unwrap_or_default()
}

#[derive(Debug)]
struct Secret;

#[instrumented]
fn opaque() -> Result<(), Secret> {
    Err(Secret)
}

#[instrumented]
fn generic<T, E>(result: Result<T, E>) -> Result<T, E> {
    result
}

#[instrumented]
fn displayed<E: fmt::Display>(error: E) -> Result<(), E> {
    Err(error)
}

#[instrumented]
fn panics(really: bool) {
    if really {
        panic!("as asked");
    }
}

#[test]
fn nested_calls_are_children() {
    let capture = Capture::new();
    assert_eq!(capture.in_scope(outer), 3);
    assert_eq!(
        capture.tree(),
        "outer internal\n  parse internal\n  parse internal\n"
    );
}

#[test]
fn function_is_located() {
    let capture = Capture::new();
    capture.in_scope(outer);
    let span = capture.span("outer");
    assert_eq!(
        span.attributes(),
        [
            ("code.file.path".to_owned(), file!().to_owned()),
            (
                "code.function.name".to_owned(),
                "behaviour::sync::outer".to_owned()
            ),
            ("code.line.number".to_owned(), "17".to_owned()),
        ]
    );
    assert_eq!(span.scope, "otel-auto-macros");
}

#[test]
fn early_return_completes() {
    let capture = Capture::new();
    assert_eq!(capture.in_scope(|| parse("0")), Ok(1));
    assert_eq!(capture.tree_with(&["error.type"]), "parse internal\n");
}

#[test]
fn error_through_question_mark_fails_with_its_type_and_message() {
    let capture = Capture::new();
    assert!(capture.in_scope(|| parse("x")).is_err());
    let span = capture.span("parse");
    assert_eq!(span.text("error.type"), "core::num::error::ParseIntError");
    assert_eq!(span.status, Status::error("invalid digit found in string"));
}

#[test]
fn error_without_display_fails_with_its_type_alone() {
    let capture = Capture::new();
    assert!(capture.in_scope(opaque).is_err());
    let span = capture.span("opaque");
    assert_eq!(span.text("error.type"), "behaviour::sync::Secret");
    assert_eq!(span.status, Status::error(""));
}

#[test]
fn error_of_a_generic_type_fails() {
    let capture = Capture::new();
    capture
        .in_scope(|| generic::<(), _>(Err(Secret)))
        .unwrap_err();
    capture.in_scope(|| generic::<_, Secret>(Ok(()))).unwrap();
    capture.in_scope(|| displayed("no")).unwrap_err();
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "generic internal error error.type=behaviour::sync::Secret\n\
         generic internal\n\
         displayed internal error error.type=&str\n"
    );
    assert_eq!(capture.span("displayed").status, Status::error("no"));
}

#[test]
fn panic_is_an_error_and_goes_on() {
    let capture = Capture::new();
    capture.in_scope(|| panics(false));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        capture.in_scope(|| panics(true));
    }));
    assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "as asked");
    let spans = capture.spans();
    assert_eq!(spans[0].status, Status::Unset);
    assert!(spans[1].is_error());
    assert_eq!(spans[1].text("error.type"), "panic");
}
