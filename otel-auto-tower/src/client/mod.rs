//! HTTP clients that are tower services: hyper-util's, and those built around it.

mod attempts;
mod error;
mod layer;
mod request;
mod service;

pub use attempts::count_attempts;
pub use layer::HttpClientLayer;
pub use service::{ClientResponseFuture, HttpClient};
