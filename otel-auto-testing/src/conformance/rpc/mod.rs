//! The suite of gRPC: spans and metrics of both sides (semantic conventions, `rpc/grpc.md`, `rpc/rpc-metrics.md`).
//!
//! [`run`] has a list of calls made by [`MakeCall`], each from an instrumented client to an instrumented server, below a
//! span, and holds what both record against the conventions. A message is whatever the framework's codec takes.
//!
//! # The service
//!
//! The server has the service `probe.Probe`, and what it does is told by [`Call::code`], in a message or any other way:
//!
//! | method | behaviour |
//! |---|---|
//! | `Unary` | one message, one answer: `OK`, or the status `code` |
//! | `ServerStreaming` | one message; two answers, and the status `code` at their end |
//! | all else | the framework's own `UNIMPLEMENTED` |

mod judge;

use std::{future::Future, time::Duration};

use super::{CaseReport, Report};
use crate::Capture;

/// Makes calls with the instrumentation under test.
pub trait MakeCall {
    /// Starts an instrumented server on a free port of 127.0.0.1, makes the call with an instrumented client, reads the
    /// answer to its end, and returns the status code that the client got.
    ///
    /// It is called once for each case, inside of the client's capture.
    fn call(
        &self,
        at_server: &Capture,
        at_client: &Capture,
        call: Call,
    ) -> impl Future<Output = i32>;
}

/// A call to be made.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call {
    /// The method without its service: `Unary`, `ServerStreaming`, or one that nobody knows.
    pub method: &'static str,
    /// The status with which the server has to end it.
    pub code: i32,
}

/// Has all calls made, one after the other; about a second. Needs a runtime of tokio, of any flavour.
pub async fn run(rpc: &impl MakeCall) -> Report {
    let mut report = Report::default();
    let mut patience = Duration::from_secs(1);
    for (method, name) in [
        ("Unary", "a unary call, each status"),
        ("ServerStreaming", "a stream of answers, each status"),
    ] {
        for code in 0..=16 {
            let violations = judge::judge(rpc, Call { method, code }, &mut patience).await;
            report.cases.push(CaseReport {
                name,
                lacking: None,
                violations,
            });
        }
    }
    let unknown = Call {
        method: "Nobody",
        code: judge::UNIMPLEMENTED,
    };
    report.cases.push(CaseReport {
        name: "a method that the server does not have",
        lacking: None,
        violations: judge::judge(rpc, unknown, &mut patience).await,
    });
    report
}
