//! What is layered around the router.

mod floor;
mod identity;

use axum::{Router, extract::Path, routing::get};
use opentelemetry_instrumentation_tower::http::server::Layer as PeerLayer;
use otel_auto_tower::HttpServerLayer;

use crate::Sdk;

/// A way to serve the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// The router alone.
    Bare,
    /// A layer that does nothing, with a body that does nothing: what any layer of this shape costs.
    Identity,
    /// The same telemetry as ours, written by hand on the OpenTelemetry API in the way its documentation shows.
    Floor,
    /// opentelemetry-instrumentation-tower, with the same instruments: its histograms of body sizes are dropped. Its
    /// span ends with the response's head and has fewer attributes.
    Peer,
    /// The same as it comes, with body sizes.
    PeerWithSizes,
    /// `HttpServerLayer`.
    Ours,
}

impl Stack {
    /// All of them, [`Bare`](Self::Bare) first.
    pub const ALL: [Self; 6] = [
        Self::Bare,
        Self::Identity,
        Self::Floor,
        Self::Peer,
        Self::PeerWithSizes,
        Self::Ours,
    ];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Identity => "identity",
            Self::Floor => "floor",
            Self::Peer => "contrib",
            Self::PeerWithSizes => "contrib+sizes",
            Self::Ours => "otel-auto",
        }
    }

    /// The router with this stack, bound to this SDK.
    pub fn router(self, sdk: &Sdk) -> Router {
        let bare = Router::new().route("/users/{id}", get(user));
        let router = match self {
            Self::Bare => bare,
            Self::Identity => bare.layer(identity::IdentityLayer),
            Self::Floor => bare.layer(floor::FloorLayer::new()),
            Self::Peer => bare.layer(PeerLayer::new()),
            Self::PeerWithSizes => bare.layer(sdk.measuring_sizes(PeerLayer::new)),
            Self::Ours => bare.layer(HttpServerLayer::new()),
        };
        // As `axum::serve` does: otherwise the handler is boxed and the layer applied for each request anew.
        router.with_state(())
    }
}

async fn user(Path(id): Path<u64>) -> String {
    format!("user {id}")
}
