//! For reqwest 0.13.

use ::reqwest;
#[cfg(feature = "middleware")]
use ::reqwest_middleware;

#[cfg(feature = "middleware")]
#[path = "middleware.rs"]
mod middleware;
#[path = "traced.rs"]
mod traced;

#[cfg(feature = "middleware")]
pub use middleware::OtelMiddleware;
#[cfg(feature = "middleware")]
pub use otel_auto_core::http::UrlTemplate;
pub use traced::*;
