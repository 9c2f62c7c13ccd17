//! Where traces and metrics go: to the runner, which draws them, or where the user's variables say.

use std::net::SocketAddr;

use super::settings::{given, pair};

pub(super) struct Destination {
    traces: bool,
    metrics: bool,
    logs: bool,
    address: SocketAddr,
}

impl Destination {
    /// The runner takes the signals of which no variable says where they go.
    pub(super) fn from_env(address: SocketAddr) -> Self {
        Self {
            traces: !is_chosen("TRACES"),
            metrics: !is_chosen("METRICS"),
            logs: !is_chosen("LOGS"),
            address,
        }
    }

    pub(super) fn draws_traces(&self) -> bool {
        self.traces
    }

    pub(super) fn told(&self) -> &'static str {
        match (self.traces, self.metrics) {
            (true, true) => {
                "Traces and metrics are drawn here; OTEL_EXPORTER_OTLP_ENDPOINT sends them elsewhere."
            }
            (true, false) => "Traces are drawn here, metrics go where the OTEL_* variables say.",
            (false, true) => "Traces go where the OTEL_* variables say, metrics are drawn here.",
            (false, false) => {
                "Traces and metrics go where the OTEL_* variables say, and are not drawn here."
            }
        }
    }

    /// What the services need to send here what is drawn here, and to do so soon.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let here = |signal: &str, path| {
            [
                (
                    format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"),
                    format!("http://{}/v1/{path}", self.address),
                ),
                (
                    format!("OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"),
                    "http/protobuf".to_owned(),
                ),
            ]
        };
        let unless_given = |name, value| given(name).is_none().then(|| pair(name, value));
        let mut variables = Vec::new();
        if self.traces {
            variables.extend(here("TRACES", "traces"));
            variables.extend(unless_given("OTEL_BSP_SCHEDULE_DELAY", "50"));
        }
        if self.metrics {
            variables.extend(here("METRICS", "metrics"));
            variables.extend(unless_given("OTEL_METRIC_EXPORT_INTERVAL", "1000"));
        }
        // Nothing here draws them, and errors are on stderr anyway.
        if self.logs {
            variables.push(pair("OTEL_LOGS_EXPORTER", "none"));
        }
        variables.into_iter()
    }
}

fn is_chosen(signal: &str) -> bool {
    let is_given = |name: &str| given(name).is_some();
    is_given("OTEL_EXPORTER_OTLP_ENDPOINT")
        || is_given(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
        || is_given(&format!("OTEL_{signal}_EXPORTER"))
        || given("OTEL_SDK_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}
