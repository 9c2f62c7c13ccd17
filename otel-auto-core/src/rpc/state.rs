//! What is learnt of a call while it runs, on either side.

use std::time::{Duration, Instant};

use super::{
    Code, RpcCall, SYSTEM,
    methods::{MAX_LENGTH, Methods, bounded},
};
use crate::{Attributes, Matcher, Outcome, Settings, captured::Captured, semconv};

/// What is learnt of a call while it runs.
#[derive(Debug)]
pub struct RpcState {
    method: Method,
    code: Option<Code>,
    message: Option<String>,
    answered: bool,
    deadline: Option<Instant>,
    wanted: Vec<Matcher>,
    metadata: Captured,
}

#[derive(Debug)]
enum Method {
    Known(&'static str),
    /// Cut to what may be recorded, if it was longer.
    Unknown(Box<str>, bool),
}

impl RpcState {
    /// The status that ends the call, and its message, decoded.
    pub fn status(&mut self, code: Code, message: Option<&str>) {
        self.code = Some(code);
        if code != Code::Ok {
            self.message = message
                .filter(|message| !message.is_empty())
                .map(|message| bounded(message).to_owned());
        }
    }

    /// The response has messages, or could have had: nothing but the method itself gives such a response.
    pub fn answered(&mut self) {
        self.answered = true;
    }

    /// Is there response metadata to be recorded?
    #[must_use]
    pub fn wants_metadata(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// A value of the response's metadata, at its beginning or its end. The name is in lower case.
    pub fn metadata(&mut self, name: &str, value: &str) {
        add(&mut self.metadata, &self.wanted, name, value);
    }

    pub(super) fn start(
        call: &dyn RpcCall,
        methods: &Methods,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> Self {
        attributes.add(semconv::RPC_SYSTEM_NAME, SYSTEM);
        let name = call.method();
        let known = match methods.get(name) {
            None if call.is_known() => methods.learn(name),
            known => known,
        };
        let method = match known {
            Some(known) => {
                attributes.add(semconv::RPC_METHOD, known);
                Method::Known(known)
            }
            None => Method::Unknown(bounded(name).into(), name.len() > MAX_LENGTH),
        };
        let wanted = if attributes.is_recording() {
            if !settings.rpc.request_metadata.is_empty() {
                let mut metadata = Captured::default();
                call.metadata(&mut |name, value| {
                    add(&mut metadata, &settings.rpc.request_metadata, name, value);
                });
                tell(
                    metadata,
                    semconv::RPC_REQUEST_METADATA,
                    settings,
                    attributes,
                );
            }
            settings.rpc.response_metadata.clone()
        } else {
            Vec::new()
        };
        Self {
            method,
            code: None,
            message: None,
            answered: false,
            deadline: call.timeout().and_then(deadline),
            wanted,
            metadata: Captured::default(),
        }
    }

    /// The span's name as long as nothing more is known.
    pub(super) fn name(&self) -> &'static str {
        match self.method {
            Method::Known(method) => method,
            Method::Unknown(..) => SYSTEM,
        }
    }

    /// Tells the method, if that was not possible at the start, and what else the end shows. Gives the code, and the
    /// method if the span is to be named by it now.
    pub(super) fn end(
        &mut self,
        outcome: &Outcome<'_>,
        methods: &Methods,
        settings: &Settings,
        attributes: &mut Attributes,
    ) -> (Code, Option<&'static str>) {
        let mut renamed = None;
        if let Method::Unknown(original, cut) = &self.method {
            let learnt = if self.answered && !cut {
                methods.learn(original)
            } else {
                // Another call may have shown it meanwhile.
                methods.get(original)
            };
            match learnt {
                Some(method) => attributes.add(semconv::RPC_METHOD, method),
                None => {
                    attributes.add(semconv::RPC_METHOD, semconv::OTHER);
                    if attributes.is_recording() {
                        attributes.span_only(semconv::RPC_METHOD_ORIGINAL, original.to_string());
                    }
                }
            }
            renamed = learnt;
        }
        let code = self.code.unwrap_or(match outcome {
            Outcome::Cancelled if self.is_late() => Code::DeadlineExceeded,
            Outcome::Cancelled => Code::Cancelled,
            Outcome::Completed | Outcome::Failed(_) | Outcome::Panicked => Code::Unknown,
        });
        attributes.add(semconv::RPC_STATUS_CODE, code.as_str());
        let metadata = std::mem::take(&mut self.metadata);
        tell(
            metadata,
            semconv::RPC_RESPONSE_METADATA,
            settings,
            attributes,
        );
        (code, renamed)
    }

    pub(super) fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }

    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// The peer counts the same time from a moment of its own, and its reset at the end of it may come a little earlier.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout - timeout / 20)
}

/// Values of names that end so are bytes in base64.
fn add(metadata: &mut Captured, wanted: &[Matcher], name: &str, value: &str) {
    if !name.ends_with("-bin") {
        metadata.add(wanted, name, value);
    }
}

fn tell(metadata: Captured, prefix: &str, settings: &Settings, attributes: &mut Attributes) {
    let sanitized = &settings.http.sanitized_headers;
    metadata.tell(prefix, sanitized, |key, value| {
        attributes.span_named(key, value);
    });
}
