use super::{Excluded, Matcher};

/// The settings of the RPC instrumentations.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RpcSettings {
    /// Calls that nothing is recorded of, by `package.Service/Method`.
    pub excluded_methods: Excluded,
    /// Request metadata that is recorded, by its name in lower case: `rpc.request.metadata.<name>`. None by default.
    pub request_metadata: Vec<Matcher>,
    /// Response metadata that is recorded, by its name in lower case: `rpc.response.metadata.<name>`. None by default.
    pub response_metadata: Vec<Matcher>,
}
