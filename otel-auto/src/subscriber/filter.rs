//! Which `tracing` spans and events reach the telemetry: what is printed has no say in it.

use std::sync::LazyLock;

use arc_swap::ArcSwap;
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    filter::Targets,
    layer::{Context, Filter},
};

use super::spans::is_returned_error;
use crate::bridge;

/// Libraries whose own spans and events are noise in a trace, or would tell of the export itself.
const NOISE: [&str; 9] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
];

/// From `init()` on what its variables say. The layers may be older.
static SPANS: LazyLock<ArcSwap<Rules>> = LazyLock::new(|| ArcSwap::from_pointee(Rules::default()));
static RECORDS: LazyLock<ArcSwap<Rules>> =
    LazyLock::new(|| ArcSwap::from_pointee(Rules::default()));

/// INFO and above without the noise, or what the user asks for.
struct Rules {
    targets: Targets,
    /// By the exact name of the crate: a target of `Targets` is a prefix, and `tower` one of `tower_http`.
    noise: Vec<&'static str>,
    most: LevelFilter,
}

impl Rules {
    fn new(targets: Targets) -> Self {
        let named = |noise: &str| targets.iter().any(|(target, _)| root(target) == noise);
        let noise = NOISE.into_iter().filter(|noise| !named(noise)).collect();
        let levels = targets.iter().map(|(_, level)| level);
        let most = levels.chain(targets.default_level()).max();
        Self {
            targets,
            noise,
            most: most.unwrap_or(LevelFilter::OFF),
        }
    }

    fn wants(&self, target: &str, level: Level) -> bool {
        // Asked for each event, so most are told by their first letter.
        let is_noise = |noise: &&str| {
            noise.as_bytes().first() == target.as_bytes().first() && root(target) == *noise
        };
        self.targets.would_enable(target, &level) && !self.noise.iter().any(is_noise)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(Targets::new().with_default(LevelFilter::INFO))
    }
}

fn root(target: &str) -> &str {
    target.split("::").next().unwrap_or(target)
}

pub(super) fn set(spans: &Targets, records: &Targets) {
    SPANS.store(Rules::new(spans.clone()).into());
    RECORDS.store(Rules::new(records.clone()).into());
    // `tracing` remembers what each place in the code was told.
    tracing::callsite::rebuild_interest_cache();
}

/// Spans, and the one event that says how a span ended.
pub(super) struct OfSpans;

impl OfSpans {
    fn wants(metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            metadata.target() == bridge::TARGET
                || SPANS.load().wants(metadata.target(), *metadata.level())
        } else {
            is_returned_error(metadata)
        }
    }
}

impl<S: Subscriber> Filter<S> for OfSpans {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        interest(Self::wants(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(SPANS.load().most.max(LevelFilter::INFO))
    }
}

/// Events.
pub(super) struct OfRecords;

impl OfRecords {
    fn wants(metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && RECORDS.load().wants(metadata.target(), *metadata.level())
    }
}

impl<S: Subscriber> Filter<S> for OfRecords {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        interest(Self::wants(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(RECORDS.load().most)
    }
}

/// Would a record of this target and level be made? For events of `log`, which carry their target as a field.
pub(super) fn wants_record(target: &str, level: Level) -> bool {
    RECORDS.load().wants(target, level)
}

/// The most verbose level of which there may be a record.
#[cfg(feature = "log")]
pub(super) fn most_recorded() -> LevelFilter {
    RECORDS.load().most
}

fn interest(wanted: bool) -> Interest {
    if wanted {
        Interest::always()
    } else {
        Interest::never()
    }
}
