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
