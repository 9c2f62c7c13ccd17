//! What the RPC instrumentations record.

use otel_auto_core::{Matcher, RpcSettings};

use super::{
    env::Env,
    header_names,
    vars::{GRPC_EXCLUDED_SERVICES, GRPC_REQUEST_METADATA, GRPC_RESPONSE_METADATA},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rpc {
    /// `package.Service` or `package.Service/Method`.
    pub(crate) excluded: Vec<String>,
    /// In lower case.
    pub(crate) request_metadata: Vec<String>,
    /// In lower case.
    pub(crate) response_metadata: Vec<String>,
}

impl Rpc {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            excluded: env
                .each(&GRPC_EXCLUDED_SERVICES, service)
                .unwrap_or_default(),
            request_metadata: header_names::names(env, &GRPC_REQUEST_METADATA).unwrap_or_default(),
            response_metadata: header_names::names(env, &GRPC_RESPONSE_METADATA)
                .unwrap_or_default(),
        }
    }

    pub(super) fn apply(&self, settings: &mut RpcSettings) {
        if !self.excluded.is_empty() {
            let excluded = self.excluded.clone();
            settings.excluded_methods.all = Some(Matcher::new(move |method| {
                let service = method
                    .split_once('/')
                    .map_or(method, |(service, _)| service);
                excluded
                    .iter()
                    .any(|excluded| excluded == method || excluded == service)
            }));
        }
        let exact = |names: &[String]| names.iter().map(Matcher::exact).collect();
        settings.request_metadata = exact(&self.request_metadata);
        settings.response_metadata = exact(&self.response_metadata);
    }
}

/// A service or a method by its full name; a slash before it, as in a request's path, is left out.
fn service(item: &str) -> Result<String, String> {
    let name = item.strip_prefix('/').unwrap_or(item);
    let mut parts = name.split('/');
    let is_named = |part: Option<&str>| {
        part.is_some_and(|part| {
            let mut bytes = part.bytes();
            !part.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
        })
    };
    let right = is_named(parts.next())
        && parts.next().is_none_or(|method| is_named(Some(method)))
        && parts.next().is_none();
    if right {
        Ok(name.to_owned())
    } else {
        Err("which is neither package.Service nor package.Service/Method".to_owned())
    }
}
