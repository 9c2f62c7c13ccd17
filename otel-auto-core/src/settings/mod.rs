//! What is switched on, and the lists that the conventions consult.

mod db;
mod functions;
mod http;
mod matcher;
mod peer_service;
mod rpc;
mod switches;

use crate::ExceptionSignal;

pub use self::{
    db::DbSettings,
    functions::FunctionPaths,
    http::{CapturedHeaders, HttpSettings, UrlTemplate},
    matcher::{Excluded, Matcher},
    peer_service::PeerService,
    rpc::RpcSettings,
    switches::Switches,
};

/// The settings that instrumentations obey, resolved once.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Make spans.
    pub traces: bool,
    /// Make metrics.
    pub metrics: bool,
    /// Which instrumentations make them.
    pub instrumentations: Switches,
    /// Of the HTTP instrumentations.
    pub http: HttpSettings,
    /// Of the RPC instrumentations.
    pub rpc: RpcSettings,
    /// Of the database instrumentations.
    pub db: DbSettings,
    /// Functions that record nothing although they are instrumented. What they call records as ever.
    pub muted_functions: FunctionPaths,
    /// What the services are called that clients call: `service.peer.name`. The first that matches is taken.
    pub peer_services: Vec<PeerService>,
    /// Where exceptions are recorded.
    pub exceptions: ExceptionSignal,
}

impl Settings {
    /// What the service is called that a client calls. `path` is that of an HTTP request's URL.
    #[must_use]
    pub fn peer_service(
        &self,
        host: &str,
        port: Option<u16>,
        path: Option<&str>,
    ) -> Option<&'static str> {
        self.peer_services
            .iter()
            .find(|rule| rule.is_match(host, port, path))
            .map(|rule| rule.name)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            traces: true,
            metrics: true,
            instrumentations: Switches::default(),
            http: HttpSettings::default(),
            rpc: RpcSettings::default(),
            db: DbSettings::default(),
            muted_functions: FunctionPaths::default(),
            peer_services: Vec::new(),
            exceptions: ExceptionSignal::default(),
        }
    }
}
