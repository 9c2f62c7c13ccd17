//! What the telemetry comes from: the service, its process, its host and its container. Detection reads a
//! few small files of the system, starts no process and uses no network; what cannot be found is left out.

mod container;
mod files;
mod host;
mod process;

#[cfg(test)]
mod tests;

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector, TelemetryResourceDetector},
};
use opentelemetry_semantic_conventions::{
    SCHEMA_URL,
    resource::{
        SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, TELEMETRY_DISTRO_NAME,
        TELEMETRY_DISTRO_VERSION,
    },
};
use uuid::Uuid;

use self::files::Files;
pub(crate) use self::process::executable_name;
use crate::config::{Config, detectors::Detector};

/// The resource of all three signals. The service instance's id is random unless given, so call this once.
pub(crate) fn detect(config: &Config) -> Resource {
    detect_in(config, &Files::of_this_machine())
}

fn detect_in(config: &Config, files: &Files) -> Resource {
    let settings = &config.resource;
    let wanted = |detector| settings.detectors.contains(&detector);
    let mut attributes = vec![
        KeyValue::new(TELEMETRY_DISTRO_NAME, "otel-auto"),
        KeyValue::new(TELEMETRY_DISTRO_VERSION, env!("CARGO_PKG_VERSION")),
    ];
    let sdk = TelemetryResourceDetector.detect();
    attributes.extend(
        sdk.iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    if wanted(Detector::ServiceInstance) {
        attributes.push(KeyValue::new(
            SERVICE_INSTANCE_ID,
            Uuid::new_v4().to_string(),
        ));
    }
    if wanted(Detector::Process) {
        process::detect(files, &mut attributes);
    }
    if wanted(Detector::Host) {
        host::detect(files, &mut attributes);
    }
    if wanted(Detector::Os) {
        host::detect_os(files, &mut attributes);
    }
    if wanted(Detector::Container) {
        container::detect(files, settings, &mut attributes);
    }
    if wanted(Detector::Kubernetes) {
        container::detect_kubernetes(files, settings, &mut attributes);
    }
    let disabled = &settings.disabled_keys;
    attributes.retain(|attribute| !disabled.iter().any(|key| key == attribute.key.as_str()));

    // Of two values of one key the later wins, so what was given stands after what was detected.
    attributes.extend(
        settings
            .attributes
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    attributes.extend(
        settings
            .service_version
            .clone()
            .map(|version| KeyValue::new(SERVICE_VERSION, version)),
    );
    attributes.push(KeyValue::new(SERVICE_NAME, settings.service_name.clone()));
    // Not `builder()`, which reads the environment by itself.
    Resource::builder_empty()
        .with_schema_url(attributes, SCHEMA_URL)
        .build()
}
