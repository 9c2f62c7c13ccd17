//! The messages of `jaeger.api_v2.SamplingManager`, as far as they are heeded. The answer's `strategyType` is not: it
//! cannot name the third strategy, so a strategy is there if its field is.

use prost::Message;

pub(super) const METHOD: &str = "/jaeger.api_v2.SamplingManager/GetSamplingStrategy";

#[derive(Clone, PartialEq, Message)]
pub(super) struct Parameters {
    #[prost(string, tag = "1")]
    pub(super) service_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Answer {
    #[prost(message, optional, tag = "2")]
    pub(super) probabilistic: Option<Probabilistic>,
    #[prost(message, optional, tag = "3")]
    pub(super) rate_limiting: Option<RateLimiting>,
    #[prost(message, optional, tag = "4")]
    pub(super) per_operation: Option<PerOperation>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Probabilistic {
    #[prost(double, tag = "1")]
    pub(super) rate: f64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct RateLimiting {
    #[prost(int32, tag = "1")]
    pub(super) traces_per_second: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PerOperation {
    #[prost(double, tag = "1")]
    pub(super) default_rate: f64,
    /// How many traces a second each operation has at least.
    #[prost(double, tag = "2")]
    pub(super) lower_bound: f64,
    #[prost(message, repeated, tag = "3")]
    pub(super) operations: Vec<Operation>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Operation {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) probabilistic: Option<Probabilistic>,
}
