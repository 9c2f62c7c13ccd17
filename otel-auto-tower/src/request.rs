//! A request, as the convention sees it.

use std::net::SocketAddr;

use http::Request;
use otel_auto_core::http::{HttpServerRequest, Version};

pub(crate) struct View<'a, B>(pub(crate) &'a Request<B>);

impl<B> HttpServerRequest for View<'_, B> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        #[cfg(feature = "axum")]
        if let Some(original) = self.0.extensions().get::<axum::extract::OriginalUri>() {
            return original.0.path();
        }
        self.0.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    fn scheme(&self) -> Option<&str> {
        self.0.uri().scheme_str()
    }

    fn authority(&self) -> Option<&str> {
        self.0.uri().authority().map(http::uri::Authority::as_str)
    }

    fn version(&self) -> Option<Version> {
        Version::of(self.0.version())
    }

    #[cfg(feature = "axum")]
    fn peer(&self) -> Option<SocketAddr> {
        let info = self
            .0
            .extensions()
            .get::<axum::extract::ConnectInfo<SocketAddr>>()?;
        Some(info.0)
    }

    #[cfg(not(feature = "axum"))]
    fn peer(&self) -> Option<SocketAddr> {
        self.0.extensions().get::<SocketAddr>().copied()
    }

    #[cfg(feature = "axum")]
    fn route(&self) -> Option<&'static str> {
        let matched = self.0.extensions().get::<axum::extract::MatchedPath>()?;
        otel_auto_core::intern(matched.as_str())
    }
}
