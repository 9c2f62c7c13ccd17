//! The suite of database clients: a library's test makes its calls on a real server, one closure for each [`Case`], and
//! the suite judges what was captured.
//!
//! ```
//! use otel_auto_core::db::{DbClient, DbRequest};
//! use otel_auto_core::{Instrumenter, opentelemetry::Context};
//! use otel_auto_testing::conformance::db::{Case, Suite};
//!
//! # async fn my_driver_conforms() {
//! let mut suite = Suite::new("postgresql")
//!     .namespace("shop")
//!     .server("127.0.0.1", 5433)
//!     .opted_in(&["db.response.returned_rows"]);
//! suite
//!     .run(Case::Rows(1), &["SELECT users"], async |_| {
//!         // With the driver under test, in its users' way: SELECT name FROM users WHERE mail = 'hush'
//! #       let client = Instrumenter::new(DbClient::new("my-driver", "1", "my-driver"));
//! #       let query = "SELECT name FROM users WHERE mail = 'hush'";
//! #       let request = DbRequest::new("postgresql").namespace("shop").server("127.0.0.1", 5433).query(query);
//! #       let mut operation = client.start(&Context::current(), &request);
//! #       if let Some(state) = operation.state() { state.returned_rows(1); }
//! #       operation.complete();
//!         Ok::<(), String>(())
//!     })
//!     .await;
//! suite.leave_out("a query that runs into a time-out", "time-out of its own");
//! // … all other cases
//! # for case in Case::ALL.iter().skip(2) { suite.leave_out(case.name(), "server here"); }
//! # suite.leave_out(Case::Success.name(), "server here");
//! suite.report().assert_conforms();
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(my_driver_conforms());
//! ```
//!
//! Every literal and bound value of a case, and the password, should hold [`SECRET`]: it may be nowhere in what is
//! exported. What is set up and looked at belongs outside of the closures.

mod judge;

use std::{fmt, time::Duration};

use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};

use otel_auto_core::Settings;

use super::{CaseReport, Report, Strength, Violation, http::until, violation::section};
use crate::Capture;

/// What may be nowhere in the telemetry, wherever a query or a connection had it.
pub const SECRET: &str = super::http::SECRET;

/// The scope of the span that every case runs below.
const SUITE: &str = "conformance";

/// What the closure of a case does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Case {
    /// A call that succeeds.
    Success,
    /// A query that gives so many rows, all of which are read.
    Rows(u64),
    /// A unique constraint that is violated.
    Constraint,
    /// A text that the server does not understand.
    Syntax,
    /// A table that does not exist.
    MissingTable,
    /// A query that takes longer than the driver or the server allows it.
    Timeout,
    /// A port that nobody listens on.
    Refused,
    /// A server that is killed while a query runs.
    Killed,
    /// A call that is dropped while it runs.
    Cancelled,
    /// A stream of rows that is dropped after the first.
    StreamDropped,
    /// A transaction with a change in it that is dropped.
    RolledBack,
    /// So many operations in one call.
    Batch(usize),
}

impl Case {
    /// All kinds of cases.
    pub const ALL: &[Self] = &[
        Self::Success,
        Self::Rows(1),
        Self::Constraint,
        Self::Syntax,
        Self::MissingTable,
        Self::Timeout,
        Self::Refused,
        Self::Killed,
        Self::Cancelled,
        Self::StreamDropped,
        Self::RolledBack,
        Self::Batch(2),
    ];

    /// What is done, as a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "a call that succeeds",
            Self::Rows(_) => "a query that gives rows",
            Self::Constraint => "a constraint that is violated",
            Self::Syntax => "a text that the server does not understand",
            Self::MissingTable => "a table that does not exist",
            Self::Timeout => "a query that runs into a time-out",
            Self::Refused => "a server that cannot be reached",
            Self::Killed => "a server that is killed in the middle",
            Self::Cancelled => "a call that is dropped",
            Self::StreamDropped => "a stream that is dropped half-way",
            Self::RolledBack => "a transaction that is dropped",
            Self::Batch(_) => "a batch",
        }
    }

    /// Has the caller to be given an error?
    const fn fails(self) -> bool {
        matches!(
            self,
            Self::Constraint
                | Self::Syntax
                | Self::MissingTable
                | Self::Timeout
                | Self::Refused
                | Self::Killed
        )
    }

    /// The codes that a server may answer; empty where none is certain.
    fn codes(self, system: &str) -> &'static [&'static str] {
        match (self, system) {
            (Self::Constraint, "postgresql") => &["23505"],
            (Self::Syntax, "postgresql") => &["42601"],
            (Self::MissingTable, "postgresql") => &["42P01"],
            (Self::Constraint, "mysql" | "mariadb") => &["1062"],
            (Self::Syntax, "mysql" | "mariadb") => &["1064"],
            (Self::MissingTable, "mysql" | "mariadb") => &["1146"],
            // The extended codes, and the one that they extend.
            (Self::Constraint, "sqlite") => &["2067", "1555", "19"],
            (Self::Syntax | Self::MissingTable, "sqlite") => &["1"],
            (Self::Constraint, "mongodb") => &["11000"],
            (Self::Syntax, "mongodb") => &["2"],
            _ => &[],
        }
    }
}

/// Judges the calls of one library to one system.
#[must_use = "a suite says nothing until its report is looked at"]
pub struct Suite {
    system: &'static str,
    namespace: Option<String>,
    server: Option<(String, Option<u16>)>,
    opted_in: Vec<&'static str>,
    hides_codes: bool,
    settings: Box<dyn Fn(&mut Settings)>,
    report: Report,
}

impl Suite {
    /// For calls to a system, by its name in the conventions.
    pub fn new(system: &'static str) -> Self {
        Self {
            system,
            namespace: None,
            server: None,
            opted_in: Vec::new(),
            hides_codes: false,
            settings: Box::new(|_| ()),
            report: Report::default(),
        }
    }

    /// The `db.namespace` of all calls. Without one it is left open.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The server of all calls, as the program names it, and a port that is not the system's usual one. Without one it
    /// is left open.
    pub fn server(mut self, host: impl Into<String>, port: impl Into<Option<u16>>) -> Self {
        self.server = Some((host.into(), port.into()));
        self
    }

    /// What is recorded although the conventions make it opt-in.
    pub fn opted_in(mut self, names: &[&'static str]) -> Self {
        self.opted_in.extend(names);
        self
    }

    /// For a library that does not tell all codes of the server. Those that are recorded are looked at all the same.
    pub fn hides_codes(mut self) -> Self {
        self.hides_codes = true;
        self
    }

    /// Other settings than the default ones.
    pub fn settings(mut self, change: impl Fn(&mut Settings) + 'static) -> Self {
        self.settings = Box::new(change);
        self
    }

    /// Runs a case, inside of its capture and below a span of its own, and judges it.
    ///
    /// `names` are those of the database spans that it has to lead to, in the order of their ends. The closure returns
    /// what the caller was told; one that drops a call has no error to tell. A library that does not look for the
    /// current context is given the [capture's providers](Capture::providers).
    pub async fn run<E: fmt::Debug>(
        &mut self,
        case: Case,
        names: &[&str],
        call: impl AsyncFnOnce(&Capture) -> Result<(), E>,
    ) {
        let capture = Capture::builder()
            .settings(|settings| (self.settings)(settings))
            .build();
        let caller = capture.tracer(SUITE).start("caller");
        let context = capture.context().with_span(caller);
        let told = call(&capture).with_context(context.clone()).await;
        context.span().end();
        // Some end in the background.
        until(Duration::from_millis(500), || {
            capture.spans().len() > names.len()
        })
        .await;
        tokio::time::sleep(Duration::from_millis(5)).await;

        let told = told.map_err(|error| format!("{error:?}"));
        let violations = judge::judge(self, case, names, &told, &capture, &context);
        self.report.cases.push(CaseReport {
            name: case.name(),
            lacking: None,
            violations,
        });
    }

    /// Leaves a case out, by its [name](Case::name), since the library or the system lacks something.
    pub fn leave_out(&mut self, name: &'static str, lacking: &'static str) {
        self.report.cases.push(CaseReport {
            name,
            lacking: Some(lacking),
            violations: Vec::new(),
        });
    }

    /// What came of the cases. A case that neither ran nor was left out is a violation.
    pub fn report(mut self) -> Report {
        for case in Case::ALL {
            let name = case.name();
            if !self.report.cases.iter().any(|report| report.name == name) {
                let rule = "the case ran, or was left out";
                let violation =
                    Violation::new(Strength::Kit, "the suite", rule, section::DB, "neither");
                self.report.cases.push(CaseReport {
                    name,
                    lacking: None,
                    violations: vec![violation],
                });
            }
        }
        self.report
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}
