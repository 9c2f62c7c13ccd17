//! What is open around the code that runs now, beyond what a `Context` can carry without allocating.
//!
//! A frame lives in a thread-local only while an operation is attached, which is never across an `.await`.

use std::{cell::Cell, fmt};

use opentelemetry::SpanId;

/// The semantic keys by which nested duplicates are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum SpanKey {
    HttpServer = 1 << 0,
    HttpClient = 1 << 1,
    RpcServer = 1 << 2,
    RpcClient = 1 << 3,
    DbClient = 1 << 4,
}

impl SpanKey {
    /// Is an operation with this key open around the current code?
    #[must_use]
    pub fn is_open(self) -> bool {
        is_open(self)
    }

    /// Inside a new server request, nothing of what surrounds it is open.
    pub(crate) const fn is_server(self) -> bool {
        matches!(self, Self::HttpServer | Self::RpcServer)
    }
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Frame {
    keys: u8,
    route: Option<&'static str>,
}

thread_local! {
    static FRAME: Cell<Frame> = const { Cell::new(Frame { keys: 0, route: None }) };
    /// The innermost span that is the current one of the other tracing system as well.
    static BRIDGED: Cell<SpanId> = const { Cell::new(SpanId::INVALID) };
    /// Is such a span being entered or left?
    static PASSING: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn passing<T>(pass: impl FnOnce() -> T) -> T {
    let _ = PASSING.try_with(|passing| passing.set(true));
    let passed = pass();
    let _ = PASSING.try_with(|passing| passing.set(false));
    passed
}

pub(crate) fn is_passing() -> bool {
    PASSING.try_with(Cell::get).unwrap_or(false)
}

/// Gives the one before.
pub(crate) fn set_bridged(span: SpanId) -> SpanId {
    BRIDGED
        .try_with(|bridged| bridged.replace(span))
        .unwrap_or(SpanId::INVALID)
}

/// Is what is spawned by the other tracing system's means below this span?
pub(crate) fn is_bridged(span: SpanId) -> bool {
    BRIDGED
        .try_with(|bridged| bridged.get() == span)
        .unwrap_or(false)
}

/// Is an operation with this key open around the current code?
pub(crate) fn is_open(key: SpanKey) -> bool {
    FRAME
        .try_with(|frame| frame.get().keys & key as u8 != 0)
        .unwrap_or(false)
}

/// Tells the enclosing server operation which route matched, for frameworks that know it late.
///
/// The route must be a template from the program's own text, such as `/users/{id}`: it becomes part of the span's
/// name and of metrics. Without an enclosing operation this does nothing.
pub fn publish_route(route: &'static str) {
    let _ = FRAME.try_with(|frame| {
        frame.set(Frame {
            route: Some(route),
            ..frame.get()
        });
    });
}

/// A key that is open until [`close`](Self::close).
pub(crate) struct FrameGuard {
    outer: Frame,
    key: Option<SpanKey>,
}

impl FrameGuard {
    pub(crate) fn open(key: Option<SpanKey>) -> Self {
        let Some(key) = key else {
            return Self {
                outer: Frame::default(),
                key,
            };
        };
        let outer = FRAME.try_with(|frame| {
            let outer = frame.get();
            frame.set(if key.is_server() {
                Frame {
                    keys: key as u8,
                    route: None,
                }
            } else {
                Frame {
                    keys: outer.keys | key as u8,
                    route: outer.route,
                }
            });
            outer
        });
        Self {
            outer: outer.unwrap_or_default(),
            key: Some(key),
        }
    }

    /// Gives the route that was published inside, if this is the server's frame that it was published to.
    pub(crate) fn close(self) -> Option<&'static str> {
        let key = self.key?;
        FRAME
            .try_with(|frame| {
                let published = frame.get().route;
                // A client inside of a server passes on what was published inside of it.
                let (given, left) = if key.is_server() {
                    (published, self.outer.route)
                } else {
                    (None, published)
                };
                frame.set(Frame {
                    keys: self.outer.keys,
                    route: left,
                });
                given
            })
            .ok()?
    }
}

impl fmt::Debug for FrameGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameGuard")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_open_until_its_frame_closes() {
        assert!(!is_open(SpanKey::DbClient));
        let frame = FrameGuard::open(Some(SpanKey::DbClient));
        assert!(is_open(SpanKey::DbClient));
        assert!(!is_open(SpanKey::HttpClient));
        assert_eq!(frame.close(), None);
        assert!(!is_open(SpanKey::DbClient));
    }

    #[test]
    fn a_new_server_request_hides_what_surrounds_it() {
        let _client = FrameGuard::open(Some(SpanKey::HttpClient));
        let _server = FrameGuard::open(Some(SpanKey::HttpServer));
        assert!(!is_open(SpanKey::HttpClient));
        assert!(is_open(SpanKey::HttpServer));
    }

    #[test]
    fn a_route_reaches_the_server_through_a_client_and_not_beyond() {
        let outer = FrameGuard::open(Some(SpanKey::HttpServer));
        let client = FrameGuard::open(Some(SpanKey::DbClient));
        publish_route("/users/{id}");
        assert_eq!(client.close(), None);
        let inner = FrameGuard::open(Some(SpanKey::RpcServer));
        publish_route("/inner");
        assert_eq!(inner.close(), Some("/inner"));
        let silent = FrameGuard::open(Some(SpanKey::RpcServer));
        assert_eq!(silent.close(), None);
        assert_eq!(outer.close(), Some("/users/{id}"));
    }
}
