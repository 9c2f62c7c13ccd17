//! Which `tracing` spans and events reach the telemetry: what is printed has no say in it.

use std::sync::LazyLock;

use arc_swap::ArcSwap;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
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
static SPANS: LazyLock<ArcSwap<Targets>> = LazyLock::new(|| ArcSwap::from_pointee(defaults()));
static RECORDS: LazyLock<ArcSwap<Targets>> = LazyLock::new(|| ArcSwap::from_pointee(defaults()));

/// INFO and above, without the noise.
fn defaults() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(NOISE.map(|noise| (noise, LevelFilter::OFF)))
}

/// The defaults, and on top of them what the user asks for.
pub(crate) fn on_top(wanted: &Targets) -> Targets {
    let level = wanted.default_level().unwrap_or(LevelFilter::INFO);
    defaults().with_default(level).with_targets(
        wanted
            .iter()
            .map(|(target, level)| (target.to_owned(), level)),
    )
}

pub(super) fn set(spans: Option<&Targets>, records: Option<&Targets>) {
    SPANS.store(spans.map_or_else(defaults, on_top).into());
    RECORDS.store(records.map_or_else(defaults, on_top).into());
    // `tracing` remembers what each place in the code was told.
    tracing::callsite::rebuild_interest_cache();
}

/// Spans, and the one event that says how a span ended.
pub(super) struct OfSpans;

impl OfSpans {
    fn wants(metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            metadata.target() == bridge::TARGET
                || SPANS
                    .load()
                    .would_enable(metadata.target(), metadata.level())
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
        Some(most(&SPANS.load()).max(LevelFilter::INFO))
    }
}

/// Events.
pub(super) struct OfRecords;

impl OfRecords {
    fn wants(metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && RECORDS
                .load()
                .would_enable(metadata.target(), metadata.level())
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
        Some(most(&RECORDS.load()))
    }
}

/// Would a record of this target and level be made? For events of `log`, which carry their target as a field.
pub(super) fn wants_record(target: &str, level: tracing::Level) -> bool {
    RECORDS.load().would_enable(target, &level)
}

fn interest(wanted: bool) -> Interest {
    if wanted {
        Interest::always()
    } else {
        Interest::never()
    }
}

fn most(targets: &Targets) -> LevelFilter {
    targets
        .iter()
        .map(|(_, level)| level)
        .chain(targets.default_level())
        .max()
        .unwrap_or(LevelFilter::OFF)
}
