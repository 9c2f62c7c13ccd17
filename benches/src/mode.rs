use otel_auto_core::Sampling;

/// What is installed, and what the requests are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No SDK. To be raced first: once there were providers, a layer has to look whether there still are.
    None,
    /// Traces whose sampler is the parent-based `always_off`, no metrics.
    Off,
    /// The same, and metrics.
    OffMetrics,
    /// Traces alone, all sampled.
    Traces,
    /// Metrics alone.
    Metrics,
    /// Both, all sampled.
    On,
    /// Both, and the requests bring a sampled `traceparent`.
    OnTraceparent,
    /// Both, and every request comes from another client.
    Hard,
    /// Every request comes from another client, and no trace is sampled.
    HardOff,
}

/// The requests of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// All the same.
    Plain,
    /// All the same, with a `traceparent`.
    Traceparent,
    /// 64 peers and 16 user agents, in rotation.
    Rotating,
}

impl Mode {
    /// All of them, in the order in which they may be raced in one process.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::Off,
        Self::OffMetrics,
        Self::Traces,
        Self::Metrics,
        Self::On,
        Self::OnTraceparent,
        Self::Hard,
        Self::HardOff,
    ];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Off => "off",
            Self::OffMetrics => "off+metrics",
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::On => "on",
            Self::OnTraceparent => "on+tp",
            Self::Hard => "hard",
            Self::HardOff => "hard-off",
        }
    }

    /// What the requests are like.
    #[must_use]
    pub const fn requests(self) -> Requests {
        match self {
            Self::OnTraceparent => Requests::Traceparent,
            Self::Hard | Self::HardOff => Requests::Rotating,
            _ => Requests::Plain,
        }
    }

    /// How spans are sampled, where there are any.
    #[must_use]
    pub const fn sampling(self) -> Option<Sampling> {
        match self {
            Self::None | Self::Metrics => None,
            Self::Off | Self::OffMetrics | Self::HardOff => Some(Sampling::ParentBasedOff),
            Self::Traces | Self::On | Self::OnTraceparent | Self::Hard => {
                Some(Sampling::ParentBased)
            }
        }
    }

    /// Are there metrics?
    #[must_use]
    pub const fn measures(self) -> bool {
        !matches!(self, Self::None | Self::Off | Self::Traces)
    }
}
