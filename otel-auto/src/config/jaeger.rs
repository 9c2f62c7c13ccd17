//! The argument of the sampler `jaeger_remote`: `endpoint=…,pollingIntervalMs=…,initialSamplingRate=…`.

use std::time::Duration;

use http::Uri;

use super::{
    env::{Env, items},
    vars::{MAX_INTEGER, TRACES_SAMPLER_ARG},
};

/// Where sampling strategies come from, and what holds until then.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JaegerRemote {
    /// Scheme and authority of a gRPC service.
    pub(crate) endpoint: String,
    pub(crate) polling_interval: Duration,
    /// The share of traces that is kept until a strategy has come, from 0 to 1.
    pub(crate) initial_rate: f64,
}

impl Default for JaegerRemote {
    /// What other languages' SDKs use.
    fn default() -> Self {
        Self {
            endpoint: "http://localhost:14250".to_owned(),
            polling_interval: Duration::from_secs(60),
            initial_rate: 0.001,
        }
    }
}

/// A sampler that asks without a pause would be an attack.
const MIN_INTERVAL: u32 = 100;

impl JaegerRemote {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        let mut remote = Self::default();
        let Some(text) = env.text(&TRACES_SAMPLER_ARG) else {
            return remote;
        };
        let problems: Vec<&str> = items(&text)
            .filter_map(|item| remote.set(item).err())
            .collect();
        if !problems.is_empty() {
            let Self {
                endpoint,
                polling_interval,
                initial_rate,
            } = &remote;
            let instead = format!(
                "using endpoint={endpoint},pollingIntervalMs={},initialSamplingRate={initial_rate}",
                polling_interval.as_millis()
            );
            env.warn(&TRACES_SAMPLER_ARG, &text, problems.join(", "), instead);
        }
        remote
    }

    fn set(&mut self, item: &str) -> Result<(), &'static str> {
        let (key, value) = item
            .split_once('=')
            .ok_or("has an item that is not key=value")?;
        let (key, value) = (key.trim(), value.trim());
        if key.eq_ignore_ascii_case("endpoint") {
            self.endpoint =
                endpoint(value).ok_or("has an endpoint that is not http://host:port")?;
        } else if key.eq_ignore_ascii_case("pollingIntervalMs") {
            let interval = value
                .parse()
                .ok()
                .filter(|millis| (MIN_INTERVAL..=MAX_INTEGER).contains(millis))
                .ok_or(
                    "has a pollingIntervalMs that is not a whole number from 100 to 2147483647",
                )?;
            self.polling_interval = Duration::from_millis(interval.into());
        } else if key.eq_ignore_ascii_case("initialSamplingRate") {
            self.initial_rate = value
                .parse()
                .ok()
                .filter(|rate| (0.0..=1.0).contains(rate))
                .ok_or("has an initialSamplingRate that is not a number from 0 to 1")?;
        } else {
            return Err("has a key other than endpoint, pollingIntervalMs and initialSamplingRate");
        }
        Ok(())
    }
}

/// Without user information and path, which gRPC does not send. Without a scheme it is not TLS.
fn endpoint(text: &str) -> Option<String> {
    let whole = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let uri: Uri = whole.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| ["http", "https"].contains(scheme))?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    let place = uri.authority()?.as_str();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let origin = format!("{scheme}://{place}");
    let whole: Uri = origin.parse().ok()?;
    let port_is_wrong = match uri.port_u16() {
        // `:+80` is a number to the standard library.
        Some(port) => port == 0 || place.contains('+'),
        None => place != host,
    };
    (!port_is_wrong && whole.host() == Some(host)).then_some(origin)
}
