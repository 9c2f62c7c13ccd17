//! Limits of attributes that the SDK does not have: how long a value may be, and how many a log record may hold.
//! Nothing is installed where nothing is limited. By the specification resources and metrics have no such limits.

mod logs;
mod spans;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::{logs::LimitedRecords, spans::with_processor};
