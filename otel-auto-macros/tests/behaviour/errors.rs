//! What a failure is called, and what is none.

use std::{error::Error, fmt, fs, io, num::ParseIntError};

use otel_auto_core::opentelemetry::trace::Status;
use otel_auto_macros::instrumented;
use otel_auto_testing::Capture;

#[derive(Debug)]
enum Refused {
    Full,
    NotFound(u32),
}

impl Refused {
    fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NotFound(_) => "not_found",
        }
    }

    fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {self:?}")
    }
}

impl Error for Refused {}

#[instrumented(err = none)]
fn deaf() -> Result<(), Refused> {
    Err(Refused::Full)
}

#[instrumented(err = Refused::name)]
fn named(error: Refused) -> Result<(), Refused> {
    Err(error)
}

#[instrumented(err = |error| (error.name(), "kept to ourselves"))]
async fn described(error: Refused) -> Result<(), Refused> {
    Err(error)
}

#[instrumented(ok_if = Refused::is_not_found)]
fn accepts(error: Refused) -> Result<(), Refused> {
    Err(error)
}

#[instrumented(ok_if = |error| error.is_not_found(), err = |error| error.name())]
async fn both(error: Option<Refused>) -> Result<u32, Refused> {
    match error {
        Some(error) => Err(error),
        None => Ok(1),
    }
}

type Answer<T> = Result<T, Refused>;

#[instrumented(ok_if = |error: &Refused| matches!(error, Refused::NotFound(7)))]
fn behind_an_alias(error: Refused) -> Answer<()> {
    Err(error)
}

#[instrumented]
fn in_a_box(text: &str) -> Result<u32, Box<dyn Error>> {
    Ok(text.parse::<u32>()?)
}

#[instrumented]
async fn in_a_box_to_send(path: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    Ok(fs::read_to_string(path)?)
}

#[instrumented]
fn own_in_a_box() -> Result<(), Box<dyn Error + Send>> {
    Err(Box::new(Refused::Full))
}

#[instrumented]
fn short_lived<'a>(name: &'a str) -> Result<(), Box<dyn Error + 'a>> {
    #[derive(Debug)]
    struct Named<'a>(&'a str);
    impl fmt::Display for Named<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    impl Error for Named<'_> {}
    Err(Box::new(Named(name)))
}

#[instrumented]
fn with_anyhow(text: &str) -> anyhow::Result<u32> {
    use anyhow::Context;
    if text == "full" {
        anyhow::bail!("it is full");
    }
    text.parse::<u32>().context("no number")
}

#[instrumented]
async fn with_eyre(path: &str) -> eyre::Result<String> {
    use eyre::WrapErr;
    fs::read_to_string(path).wrap_err("no file")
}

fn error_type(capture: &Capture, name: &str) -> String {
    capture.span(name).text("error.type")
}

#[tokio::test]
async fn function_names_its_errors_and_their_description() {
    let capture = Capture::new();
    capture.in_scope(|| named(Refused::Full)).unwrap_err();
    let span = capture.span("named");
    assert_eq!(span.text("error.type"), "full");
    assert_eq!(span.status, Status::error("refused: Full"));
    capture
        .scope(described(Refused::NotFound(1)))
        .await
        .unwrap_err();
    let span = capture.span("described");
    assert_eq!(span.text("error.type"), "not_found");
    assert_eq!(span.status, Status::error("kept to ourselves"));
}

#[tokio::test]
async fn accepted_errors_are_results_like_others() {
    let capture = Capture::new();
    capture.in_scope(deaf).unwrap_err();
    capture
        .in_scope(|| accepts(Refused::NotFound(1)))
        .unwrap_err();
    capture.in_scope(|| accepts(Refused::Full)).unwrap_err();
    capture
        .in_scope(|| behind_an_alias(Refused::NotFound(7)))
        .unwrap_err();
    capture
        .scope(both(Some(Refused::NotFound(1))))
        .await
        .unwrap_err();
    capture.scope(both(Some(Refused::Full))).await.unwrap_err();
    capture.scope(both(None)).await.unwrap();
    assert_eq!(
        capture.tree_with(&["error.type"]),
        "deaf internal\n\
         accepts internal\n\
         accepts internal error error.type=behaviour::errors::Refused\n\
         behind_an_alias internal\n\
         both internal\n\
         both internal error error.type=full\n\
         both internal\n"
    );
}

#[test]
fn naming_is_not_asked_for_what_is_not_recorded() {
    #[instrumented(err = |_| -> &'static str { panic!("asked") }, ok_if = |_| panic!("asked"))]
    fn fails() -> Result<(), Refused> {
        Err(Refused::Full)
    }
    fails().unwrap_err();
}

#[tokio::test]
async fn standard_errors_are_known_behind_a_box() {
    let capture = Capture::new();
    capture.in_scope(|| in_a_box("x")).unwrap_err();
    capture
        .scope(in_a_box_to_send("/absent"))
        .await
        .unwrap_err();
    capture.in_scope(own_in_a_box).unwrap_err();
    capture.in_scope(|| short_lived("brief")).unwrap_err();
    let number = std::any::type_name::<ParseIntError>();
    assert_eq!(error_type(&capture, "in_a_box"), number);
    assert_eq!(
        capture.span("in_a_box").status,
        Status::error("invalid digit found in string")
    );
    assert_eq!(
        error_type(&capture, "in_a_box_to_send"),
        "std::io::ErrorKind::NotFound"
    );
    assert_eq!(
        error_type(&capture, "own_in_a_box"),
        std::any::type_name::<Box<dyn Error + Send>>()
    );
    assert_eq!(capture.span("short_lived").status, Status::error("brief"));
}

#[tokio::test]
async fn standard_errors_are_known_behind_anyhow_and_eyre() {
    let capture = Capture::new();
    capture.in_scope(|| with_anyhow("x")).unwrap_err();
    let span = capture.span("with_anyhow");
    assert_eq!(
        span.text("error.type"),
        std::any::type_name::<ParseIntError>()
    );
    assert_eq!(span.status, Status::error("no number"));
    capture.clear_spans();
    capture.in_scope(|| with_anyhow("full")).unwrap_err();
    assert_eq!(error_type(&capture, "with_anyhow"), "anyhow::Error");
    drop(capture.scope(with_eyre("/absent")).await.unwrap_err());
    assert_eq!(
        error_type(&capture, "with_eyre"),
        "std::io::ErrorKind::NotFound"
    );
}

#[test]
fn io_error_that_is_not_hidden_is_called_by_its_type() {
    #[instrumented]
    fn plain() -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
    let capture = Capture::new();
    capture.in_scope(plain).unwrap_err();
    assert_eq!(error_type(&capture, "plain"), "std::io::error::Error");
}
