/// Sets telemetry up from the environment: [`init`](fn@crate::init), with the name and version of the calling package as
/// `service.name` and `service.version` where the environment gives none.
///
/// ```
/// let _otel = otel_auto::init!();
/// ```
#[macro_export]
macro_rules! init {
    () => {
        $crate::builder()
            .package(
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
            )
            .init()
    };
}

/// What an instrument's macro expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! __instrument {
    ($type:ident, $name:expr $(, unit = $unit:expr)? $(, description = $description:expr)? $(,)?) => {
        $crate::$type::new($crate::__private::Instrument {
            name: $name,
            unit: ::core::concat!($($unit)?),
            description: ::core::concat!($($description)?),
            library: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
        })
    };
}

/// A [`Counter`](crate::Counter): a sum that only grows.
///
/// It may be a `static`, be used before [`init`](fn@crate::init), and costs a branch without it. Its scope is the calling
/// package.
///
/// ```
/// use otel_auto::{Counter, opentelemetry::KeyValue};
///
/// static ORDERS: Counter =
///     otel_auto::counter!("shop.orders", unit = "{order}", description = "Orders taken.");
///
/// ORDERS.add(1, &[KeyValue::new("shop.kind", "book")]);
/// ```
#[macro_export]
macro_rules! counter {
    ($($instrument:tt)+) => { $crate::__instrument!(Counter, $($instrument)+) };
}

/// An [`UpDownCounter`](crate::UpDownCounter): a sum that grows and shrinks. Otherwise as [`counter!`](crate::counter).
///
/// ```
/// static OPEN: otel_auto::UpDownCounter = otel_auto::up_down_counter!("shop.carts", unit = "{cart}");
///
/// OPEN.add(1, &[]);
/// OPEN.add(-1, &[]);
/// ```
#[macro_export]
macro_rules! up_down_counter {
    ($($instrument:tt)+) => { $crate::__instrument!(UpDownCounter, $($instrument)+) };
}

/// A [`Histogram`](crate::Histogram): a distribution of values. Otherwise as [`counter!`](crate::counter).
///
/// ```
/// static WEIGHT: otel_auto::Histogram = otel_auto::histogram!("shop.parcel.weight", unit = "kg");
///
/// WEIGHT.record(0.4, &[]);
/// ```
#[macro_export]
macro_rules! histogram {
    ($($instrument:tt)+) => { $crate::__instrument!(Histogram, $($instrument)+) };
}

/// A [`Gauge`](crate::Gauge): the value that was recorded last. Otherwise as [`counter!`](crate::counter).
///
/// ```
/// static TEMPERATURE: otel_auto::Gauge = otel_auto::gauge!("oven.temperature", unit = "Cel");
///
/// TEMPERATURE.record(180.0, &[]);
/// ```
#[macro_export]
macro_rules! gauge {
    ($($instrument:tt)+) => { $crate::__instrument!(Gauge, $($instrument)+) };
}
