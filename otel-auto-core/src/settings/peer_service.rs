/// What a service is called that clients call: one rule for `service.peer.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerService {
    /// The host, as clients name it.
    pub host: String,
    /// The port; any if `None`.
    pub port: Option<u16>,
    /// What the URL's path starts with; any if `None`. Such a rule matches HTTP requests alone.
    pub path: Option<String>,
    /// The service's name.
    pub name: &'static str,
}

impl PeerService {
    /// Does the rule match what a client calls? The host's case does not matter.
    #[must_use]
    pub fn is_match(&self, host: &str, port: Option<u16>, path: Option<&str>) -> bool {
        self.host.eq_ignore_ascii_case(host)
            && self.port.is_none_or(|own| port == Some(own))
            && self
                .path
                .as_deref()
                .is_none_or(|own| path.is_some_and(|path| path.starts_with(own)))
    }
}
