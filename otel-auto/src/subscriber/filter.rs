//! Which `tracing` spans and events reach the telemetry: what is printed has no say in it.

use std::sync::{Arc, LazyLock};

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

/// Spans that sea-orm makes around queries of which sqlx tells: each would be there twice, with its literals.
#[cfg(feature = "sqlx")]
const TWICE: &[&str] = &["sea_orm"];
#[cfg(not(feature = "sqlx"))]
const TWICE: &[&str] = &[];

/// Events that are spans. Their fields are the SQL with its literals.
#[cfg(feature = "sqlx")]
const QUERIES: &[&str] = &["sqlx::query"];
#[cfg(not(feature = "sqlx"))]
const QUERIES: &[&str] = &[];

/// From `init()` on what its variables say. The layers may be older.
static SPANS: LazyLock<ArcSwap<Rules>> = LazyLock::new(|| Rules::of_spans(by_default()).into());
static RECORDS: LazyLock<ArcSwap<Rules>> = LazyLock::new(|| Rules::of_records(by_default()).into());

fn by_default() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// INFO and above without the noise, or what the user asks for.
struct Rules {
    targets: Targets,
    /// By whole names: a target of `Targets` is a prefix of letters, and `tower` one of `tower_http`.
    noise: Vec<&'static str>,
    most: LevelFilter,
}

impl Rules {
    fn of_spans(targets: Targets) -> Arc<Self> {
        Self::new(targets, TWICE)
    }

    fn of_records(targets: Targets) -> Arc<Self> {
        Self::new(targets, QUERIES)
    }

    fn new(targets: Targets, more: &[&'static str]) -> Arc<Self> {
        let named = |noise: &str| {
            let mut targets = targets.iter();
            targets.any(|(target, _)| is_within(target, noise) || is_within(noise, target))
        };
        let noise = NOISE.iter().chain(more).copied();
        let noise = noise.filter(|noise| !named(noise)).collect();
        let levels = targets.iter().map(|(_, level)| level);
        let most = levels.chain(targets.default_level()).max();
        Arc::new(Self {
            targets,
            noise,
            most: most.unwrap_or(LevelFilter::OFF),
        })
    }

    fn wants(&self, target: &str, level: Level) -> bool {
        // Asked for each event, so most are told by their first letter.
        let is_noise = |noise: &&str| {
            noise.as_bytes().first() == target.as_bytes().first() && is_within(target, noise)
        };
        self.targets.would_enable(target, &level) && !self.noise.iter().any(is_noise)
    }
}

/// Is this target that module, or one below it?
fn is_within(target: &str, module: &str) -> bool {
    target
        .strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

pub(super) fn set(spans: &Targets, records: &Targets) {
    SPANS.store(Rules::of_spans(spans.clone()));
    RECORDS.store(Rules::of_records(records.clone()));
    // `tracing` remembers what each place in the code was told.
    tracing::callsite::rebuild_interest_cache();
}

/// What reaches the telemetry at all: spans, events, and the one event that says how a span ended.
pub(super) struct Wanted;

impl<S: Subscriber> Filter<S> for Wanted {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if wants(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        if cfg!(feature = "sqlx") {
            // The level of its queries is the program's choice.
            return None;
        }
        let most = SPANS.load().most.max(RECORDS.load().most);
        Some(most.max(LevelFilter::INFO))
    }
}

fn wants(metadata: &Metadata<'_>) -> bool {
    if is_of_query(metadata) {
        return true;
    }
    if metadata.is_event() {
        is_returned_error(metadata) || is_record(metadata)
    } else if metadata.is_span() {
        is_span(metadata)
    } else {
        // `enabled!` asks for what may be either.
        is_span(metadata) || wants_record(metadata.target(), *metadata.level())
    }
}

/// Is it sqlx's event of a query, or sea-orm's span around one?
#[cfg(feature = "sqlx")]
pub(super) fn is_of_query(metadata: &Metadata<'_>) -> bool {
    otel_auto_sqlx::QueryEvents::wants(metadata)
}

#[cfg(not(feature = "sqlx"))]
pub(super) const fn is_of_query(_: &Metadata<'_>) -> bool {
    false
}

/// Will there be a span of it in the traces?
pub(super) fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.target() == bridge::TARGET || SPANS.load().wants(metadata.target(), *metadata.level())
}

/// Will there be a log record of this event?
pub(super) fn is_record(metadata: &Metadata<'_>) -> bool {
    wants_record(metadata.target(), *metadata.level())
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

#[cfg(test)]
mod tests {
    use tracing::enabled;
    use tracing_subscriber::{Layer, Registry, layer::SubscriberExt};

    use super::{super::layer::Telemetry, *};

    #[test]
    fn a_program_that_asks_first_hears_what_an_event_would_be() {
        let subscriber = Registry::default().with(Telemetry::new().with_filter(Wanted));
        tracing::subscriber::with_default(subscriber, || {
            assert!(enabled!(Level::INFO));
            assert!(!enabled!(Level::DEBUG));
            assert!(!enabled!(target: "hyper::proto", Level::INFO));
        });
    }
}
