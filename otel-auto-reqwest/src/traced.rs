// Compiled once for each major version of reqwest, which the module above names.
use super::reqwest;

mod builder;
mod client;
pub(super) mod error;
mod future;
mod layer;
pub(super) mod request;

pub use builder::{RequestBuilderExt, TemplatedRequest};
pub use client::ClientExt;
pub use future::SendTraced;
pub use layer::{OtelLayer, OtelService, ResponseFuture};

mod sealed {
    use super::reqwest;

    pub trait Sealed {}
    impl Sealed for reqwest::Client {}
    impl Sealed for reqwest::RequestBuilder {}
}
