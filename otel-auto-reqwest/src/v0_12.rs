//! The same for reqwest 0.12, and `reqwest-middleware` 0.4.

use reqwest_012 as reqwest;
#[cfg(feature = "middleware-012")]
use reqwest_middleware_04 as reqwest_middleware;

#[cfg(feature = "middleware-012")]
#[path = "middleware.rs"]
mod middleware;
#[path = "traced.rs"]
mod traced;

#[cfg(feature = "middleware-012")]
pub use middleware::OtelMiddleware;
#[cfg(feature = "middleware-012")]
pub use otel_auto_core::http::UrlTemplate;
pub use traced::*;
