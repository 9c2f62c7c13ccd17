//! What a span around a function costs: by `#[instrumented]`, by `#[tracing::instrument]`, by hand.
//!
//! A [`Case`] is a function, a [`Way`] how it gets its span. What is installed is the same for the whole process, since
//! a `tracing` subscriber is: each way in each mode is measured in a process of its own.

mod bodies;
mod installed;
mod ways;

use std::hint::black_box;

pub use installed::Installed;

/// What is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing at all, no subscriber either.
    None,
    /// What the way needs, and no span is sampled.
    Off,
    /// The same, and all are.
    On,
}

/// How a function gets its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not at all.
    Bare,
    /// On the OpenTelemetry API, the way its documentation shows.
    ByHand,
    /// `#[tracing::instrument(skip_all)]` in a subscriber with tracing-opentelemetry's layer as it comes.
    Tracing,
    /// The same attribute in a subscriber with `otel_auto::tracing_layer()`.
    TracingOurs,
    /// `#[instrumented]` in a program without a subscriber.
    Instrumented,
    /// `#[instrumented]` in a subscriber with `otel_auto::tracing_layer()`: its spans are `tracing`'s as well.
    Bridged,
}

impl Way {
    /// All of them, [`Bare`](Self::Bare) first.
    pub const ALL: [Self; 6] = [
        Self::Bare,
        Self::ByHand,
        Self::Tracing,
        Self::TracingOurs,
        Self::Instrumented,
        Self::Bridged,
    ];

    /// The name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::ByHand => "floor",
            Self::Tracing => "tracing",
            Self::TracingOurs => "tracing+ours",
            Self::Instrumented => "instrumented",
            Self::Bridged => "instrumented+ours",
        }
    }
}

/// A function that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// A plain one.
    Sync,
    /// A plain one with three attributes: two integers and a text.
    Attributes,
    /// An asynchronous one that is ready at once.
    Async,
    /// One poll of an asynchronous one that is not ready.
    Poll,
    /// A plain one that calls another, which has a span by `#[tracing::instrument]` unless the span is by hand. Without
    /// a subscriber that is a function without a span.
    Nested,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Sync,
        Self::Attributes,
        Self::Async,
        Self::Poll,
        Self::Nested,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Attributes => "attributes",
            Self::Async => "async",
            Self::Poll => "poll",
            Self::Nested => "nested",
        }
    }
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Off, Self::On];

    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Off => "off",
            Self::On => "on",
        }
    }
}

/// A column of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// What is installed.
    pub state: State,
    /// What is called.
    pub case: Case,
}

impl Column {
    /// The cases of one state.
    #[must_use]
    pub fn of(state: State) -> [Self; Case::ALL.len()] {
        Case::ALL.map(|case| Self { state, case })
    }

    /// The name in tables and on the command line, such as `on:sync`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}:{}", self.state.name(), self.case.name())
    }

    /// The column of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let mut all = State::ALL.into_iter().flat_map(Self::of);
        all.find(|column| column.name() == name)
    }
}

/// Calls the function `count` times, or polls a call that often.
pub fn call(way: Way, case: Case, count: usize) {
    match way {
        Way::Bare => of::<ways::Bare>(case, count),
        Way::ByHand => of::<ways::ByHand>(case, count),
        Way::Tracing | Way::TracingOurs => of::<ways::Tracing>(case, count),
        Way::Instrumented | Way::Bridged => of::<ways::Instrumented>(case, count),
    }
}

fn of<W: ways::Functions>(case: Case, count: usize) {
    if case == Case::Poll {
        assert_eq!(bodies::drive(W::pending(black_box(count))), count);
        return;
    }
    for _ in 0..count {
        let value = black_box(7);
        let given = match case {
            Case::Sync => W::plain(value),
            Case::Attributes => W::attributes(value, black_box(12), black_box("north")),
            Case::Async => bodies::drive(W::ready(value)),
            Case::Nested => W::outer(value),
            Case::Poll => unreachable!("it has returned"),
        };
        assert_eq!(given, bodies::work(7));
    }
}
