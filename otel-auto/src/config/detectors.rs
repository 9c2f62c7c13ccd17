//! What of its surroundings a resource is described by.

use super::{env::Env, vars::DETECTORS};

/// Something that knows attributes of the resource (`OTEL_RUST_RESOURCE_DETECTORS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detector {
    /// The environment's own list of attributes.
    Env,
    Host,
    Os,
    Process,
    ServiceInstance,
    Container,
    Kubernetes,
    /// The name for all of the above. Never one that would ask the network.
    All,
}

const KNOWN: &[(&str, Detector)] = &[
    ("all", Detector::All),
    ("env", Detector::Env),
    ("host", Detector::Host),
    ("os", Detector::Os),
    ("process", Detector::Process),
    ("service_instance", Detector::ServiceInstance),
    ("container", Detector::Container),
    ("k8s", Detector::Kubernetes),
];
const UNSUPPORTED: &[&str] = &["aws", "gcp", "azure"];

pub(super) fn read(env: &mut Env<'_>) -> Vec<Detector> {
    let mut detectors = env.names(&DETECTORS, KNOWN, UNSUPPORTED, &[Detector::All]);
    if detectors.contains(&Detector::All) {
        detectors = KNOWN.iter().map(|(_, detector)| *detector).collect();
        detectors.retain(|detector| *detector != Detector::All);
    }
    detectors
}
