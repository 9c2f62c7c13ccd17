//! What telemetry is expected to be, and what is said if it is not.

mod diff;
mod log;
mod macros;
mod metric;
mod nearest;
pub(crate) mod report;
mod span;
mod value;

pub(crate) use self::diff::{LEGEND, lines};
pub use self::{
    log::ExpectedLog,
    metric::ExpectedMetric,
    span::{ExpectedSpan, ExpectedStatus},
    value::{Expected, absent, any, containing, matching},
};
