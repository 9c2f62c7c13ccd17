//! What the environment says about the service. What the machine says is in `crate::resource`.

use super::{
    detectors::{self, Detector},
    entities,
    env::{Env, items},
    percent::{decode, last_of_each, pair},
    vars::{
        DISABLED_KEYS, ENTITIES, ENTITIES_ENABLED, KUBERNETES, NODE_NAME, POD_NAME, POD_UID,
        RESOURCE_ATTRIBUTES, SERVICE_NAME,
    },
};
use crate::resource::executable_name;

const NAME: &str = opentelemetry_semantic_conventions::resource::SERVICE_NAME;
const VERSION: &str = opentelemetry_semantic_conventions::resource::SERVICE_VERSION;

/// The calling package's name and version, for when the environment gives none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fallback<'a> {
    pub(crate) service_name: Option<&'a str>,
    pub(crate) service_version: Option<&'a str>,
}

/// Who the service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceSettings {
    pub(crate) service_name: String,
    pub(crate) service_version: Option<String>,
    /// Decoded, in the order given, without the two above. They win over what is detected.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) pod_name: Option<String>,
    pub(crate) pod_uid: Option<String>,
    pub(crate) node_name: Option<String>,
    /// Whether this is a container in Kubernetes.
    pub(crate) kubernetes: bool,
    /// What is looked at.
    pub(crate) detectors: Vec<Detector>,
    /// Attributes that are not wanted; those above are already without them.
    pub(crate) disabled_keys: Vec<String>,
}

impl ResourceSettings {
    pub(super) fn read(env: &mut Env<'_>, fallback: Fallback<'_>) -> Self {
        let detectors = detectors::read(env);
        let disabled_keys = env.replacing_list(&DISABLED_KEYS).unwrap_or_default();
        let mut attributes = given(env);
        if !detectors.contains(&Detector::Env) {
            attributes.clear();
        }
        attributes.retain(|(key, _)| key == NAME || !disabled_keys.contains(key));
        let name = take(&mut attributes, NAME);
        let version = take(&mut attributes, VERSION);
        Self {
            service_name: env
                .text(&SERVICE_NAME)
                .or(name)
                .or_else(|| fallback.service_name.and_then(non_empty))
                .unwrap_or_else(unknown_service),
            service_version: version
                .or_else(|| fallback.service_version.and_then(non_empty))
                .filter(|_| !disabled_keys.iter().any(|key| key == VERSION)),
            attributes,
            pod_name: env.text(&POD_NAME),
            pod_uid: env.text(&POD_UID),
            node_name: env.text(&NODE_NAME),
            kubernetes: env.text(&KUBERNETES).is_some(),
            detectors,
            disabled_keys,
        }
    }
}

/// What entities say, and over it what the list of attributes says.
fn given(env: &mut Env<'_>) -> Vec<(String, String)> {
    let text = env.text(&ENTITIES);
    let mut given = match (env.flag(&ENTITIES_ENABLED), text) {
        (true, Some(text)) => entities::read(env, &text),
        (false, Some(_)) => {
            env.ineffective(&ENTITIES, "OTEL_RUST_ENTITIES_ENABLED is not `true`");
            Vec::new()
        }
        (_, None) => Vec::new(),
    };
    given.extend(attributes(env));
    last_of_each(given)
}

fn attributes(env: &mut Env<'_>) -> Vec<(String, String)> {
    let Some(text) = env.text(&RESOURCE_ATTRIBUTES) else {
        return Vec::new();
    };
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut raw = Vec::new();
    for item in items(&text) {
        let Some((key, value)) = pair(item) else {
            let problem = format!("has {item:?}, which is not key=value");
            env.warn(&RESOURCE_ATTRIBUTES, &text, problem, "all of it is ignored");
            return Vec::new();
        };
        let (key, value) = match (decode(key), decode(value)) {
            (Some(key), Some(value)) => (key, value),
            // The specification would discard everything here. The Kubernetes Operator writes values without
            // encoding them, and one annotation with a `%` would take all `k8s.*` attributes along.
            _ => {
                raw.push(key);
                (key.to_owned(), value.to_owned())
            }
        };
        attributes.push((key, value));
    }
    if !raw.is_empty() {
        let problem = format!("has a `%` that encodes nothing, in {}", raw.join(", "));
        env.warn(
            &RESOURCE_ATTRIBUTES,
            &text,
            problem,
            "using these as they are written",
        );
    }
    attributes
}

/// Takes an attribute out. An empty one counts as none.
fn take(attributes: &mut Vec<(String, String)>, key: &str) -> Option<String> {
    let at = attributes.iter().position(|(other, _)| other == key)?;
    Some(attributes.remove(at).1).filter(|value| !value.is_empty())
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn unknown_service() -> String {
    executable_name().map_or_else(
        || "unknown_service".to_owned(),
        |name| format!("unknown_service:{name}"),
    )
}
