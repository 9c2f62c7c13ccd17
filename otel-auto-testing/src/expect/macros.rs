//! The assertions.

/// Asserts that a span of this name has ended and is as it is said to be; gives it back.
///
/// Everything but the name may be left out, and is then not looked at. If several spans have the name, one that fits is
/// enough, unless `times` says how many there must be. Spans that are still open are waited for: see
/// [`Capture`](crate::Capture#waiting).
///
/// ```
/// use otel_auto_testing::{Capture, absent, assert_span, containing};
/// # use otel_auto_core::opentelemetry::{KeyValue, trace::{SpanKind, Status, TraceContextExt, Tracer}};
///
/// let telemetry = Capture::new();
/// # telemetry.tracer("shop").in_span("POST /orders", |context| {
/// #     let tracer = telemetry.tracer("shop");
/// #     let attributes = [KeyValue::new("order.id", 7), KeyValue::new("order.note", "a gift")];
/// #     let span = tracer.span_builder("order").with_kind(SpanKind::Internal).with_attributes(attributes);
/// #     let span = context.with_span(span.start(&tracer));
/// #     span.span().set_status(Status::error("sold out"));
/// #     span.span().add_event("asked", vec![]);
/// # });
/// # use otel_auto_core::opentelemetry::trace::SpanBuilder;
/// assert_span!(
///     telemetry,
///     "order",
///     kind = Internal,                    // a variant of `SpanKind`
///     status = Error("sold out"),         // or `Unset`, `Ok`, `Error`
///     parent = "POST /orders",            // or `None`
///     scope = "shop",                     // the instrumentation scope
///     events = ["asked"],                 // the names of all events
///     attributes = {
///         "order.id" => 7,                // text, a number, a truth value, an array of text
///         "order.note" => containing("gift"),
///         "order.refund" => absent(),
///     },
///     times = 1,
/// );
/// ```
///
/// `_` is any value. `only_attributes = { … }` allows no others. That there is no such span is
/// [`Capture::expect_no_span`](crate::Capture::expect_no_span).
///
/// # Panics
///
/// If there is no such span. The message compares the nearest one, attribute by attribute, and draws all spans.
#[macro_export]
macro_rules! assert_span {
    ($telemetry:expr, $name:expr $(, $($what:tt)*)?) => {
        $telemetry.expect_span(&$crate::__expected!(span
            $crate::ExpectedSpan::new($name); $($($what)*)?))
    };
}

/// Asserts that the points of a metric are as they are said to be; gives them back.
///
/// ```
/// use otel_auto_testing::{Capture, assert_metric};
/// # use otel_auto_core::opentelemetry::{KeyValue, metrics::MeterProvider};
///
/// let telemetry = Capture::new();
/// # let orders = telemetry.meter_provider().meter("shop").u64_counter("shop.orders").with_unit("{order}").build();
/// # orders.add(3, &[KeyValue::new("shop.kind", "book")]);
/// assert_metric!(
///     telemetry,
///     "shop.orders",
///     value = 3.0,                                // the sum of these points
///     unit = "{order}",
///     attributes = { "shop.kind" => "book" },     // of the points that are looked at
/// );
/// ```
///
/// `count` is how often a histogram was recorded. Spans that are still open are waited for: see
/// [`Capture`](crate::Capture#waiting).
///
/// # Panics
///
/// If there is no such point, or if they are different.
#[macro_export]
macro_rules! assert_metric {
    ($telemetry:expr, $name:expr $(, $($what:tt)*)?) => {
        $telemetry.expect_metric(&$crate::__expected!(metric
            $crate::ExpectedMetric::new($name); $($($what)*)?))
    };
}

/// Asserts that there is a log record of this body that is as it is said to be; gives it back.
///
/// ```
/// use otel_auto_testing::{Capture, assert_log};
/// # use otel_auto_core::opentelemetry::logs::{LogRecord, Logger, LoggerProvider, Severity};
///
/// let telemetry = Capture::new();
/// # let logger = telemetry.logger_provider().logger("shop");
/// # let mut record = logger.create_log_record();
/// # record.set_body("sold out".into());
/// # record.set_severity_number(Severity::Warn);
/// # record.add_attribute("order.id", 7);
/// # logger.emit(record);
/// assert_log!(
///     telemetry,
///     "sold out",
///     severity = Warn,                    // a variant of `Severity`
///     span = None,                        // or the name of the span that it belongs to
///     attributes = { "order.id" => 7 },
/// );
/// ```
///
/// `event_name` and `target` may be said too.
///
/// # Panics
///
/// If there is no such record.
#[macro_export]
macro_rules! assert_log {
    ($telemetry:expr, $body:expr $(, $($what:tt)*)?) => {
        $telemetry.expect_log(&$crate::__expected!(log
            $crate::ExpectedLog::new($body); $($($what)*)?))
    };
}

/// Asserts that all captured spans form this tree: each with its kind and, unless it is unset, its status, children in
/// the order of their starts. Those that ran at the same time may be told in any order; where it is left to chance whether
/// they do, assert on each span and its `parent`.
///
/// ```
/// use otel_auto_testing::{Capture, assert_tree};
/// # use otel_auto_core::opentelemetry::{KeyValue, trace::{TraceContextExt, Tracer}};
///
/// let telemetry = Capture::new();
/// # let tracer = telemetry.tracer("shop");
/// # tracer.in_span("order", |context| {
/// #     context.span().set_attribute(KeyValue::new("order.id", 7));
/// #     tracer.in_span("price", |_| ());
/// # });
/// assert_tree!(telemetry, "
///     order internal
///       price internal
/// ");
/// // The same, with these attributes of each span that has them.
/// assert_tree!(telemetry, ["order.id"], "
///     order internal order.id=7
///       price internal
/// ");
/// ```
///
/// Indentation in front of the whole tree does not count. Spans that are still open are waited for: see
/// [`Capture`](crate::Capture#waiting).
///
/// # Panics
///
/// If it is another tree. The message marks the lines that differ.
#[macro_export]
macro_rules! assert_tree {
    ($telemetry:expr, [$($key:expr),* $(,)?], $tree:expr $(,)?) => {
        $telemetry.expect_tree(&[$($key),*], $tree)
    };
    ($telemetry:expr, $tree:expr $(,)?) => { $telemetry.expect_tree(&[], $tree) };
}

/// One property after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __expected {
    ($of:ident $so_far:expr;) => { $so_far };
    ($of:ident $so_far:expr; attributes = {$($attributes:tt)*} $(, $($more:tt)*)?) => {
        $crate::__expected!($of $crate::__attributes!($so_far; $($attributes)*); $($($more)*)?)
    };
    (span $so_far:expr; only_attributes = {$($attributes:tt)*} $(, $($more:tt)*)?) => {
        $crate::__expected!(span
            $crate::__attributes!($so_far; $($attributes)*).only_attributes(); $($($more)*)?)
    };
    (span $so_far:expr; kind = $kind:ident $(, $($more:tt)*)?) => {
        $crate::__expected!(span
            $so_far.kind($crate::opentelemetry::trace::SpanKind::$kind); $($($more)*)?)
    };
    (span $so_far:expr; status = Error($description:expr) $(, $($more:tt)*)?) => {
        $crate::__expected!(span $so_far.status(
            $crate::ExpectedStatus::Described(::std::string::ToString::to_string($description))
        ); $($($more)*)?)
    };
    (span $so_far:expr; status = $status:ident $(, $($more:tt)*)?) => {
        $crate::__expected!(span $so_far.status($crate::ExpectedStatus::$status); $($($more)*)?)
    };
    (span $so_far:expr; parent = None $(, $($more:tt)*)?) => {
        $crate::__expected!(span $so_far.root(); $($($more)*)?)
    };
    (log $so_far:expr; span = None $(, $($more:tt)*)?) => {
        $crate::__expected!(log $so_far.no_span(); $($($more)*)?)
    };
    (log $so_far:expr; severity = $severity:ident $(, $($more:tt)*)?) => {
        $crate::__expected!(log
            $so_far.severity($crate::opentelemetry::logs::Severity::$severity); $($($more)*)?)
    };
    // What else there is has a method of its name.
    ($of:ident $so_far:expr; $property:ident = $value:expr $(, $($more:tt)*)?) => {
        $crate::__expected!($of $so_far.$property($value); $($($more)*)?)
    };
}

/// One attribute after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __attributes {
    ($so_far:expr;) => { $so_far };
    ($so_far:expr; $key:expr => _ $(, $($more:tt)*)?) => {
        $crate::__attributes!($so_far.attribute($key, $crate::any()); $($($more)*)?)
    };
    ($so_far:expr; $key:expr => $value:expr $(, $($more:tt)*)?) => {
        $crate::__attributes!($so_far.attribute($key, $value); $($($more)*)?)
    };
}
