//! The database client convention: spans, `db.client.operation.duration`, `db.client.response.returned_rows`, and the
//! metrics of connection pools (semantic conventions, `docs/db`).

mod client;
mod commenter;
mod error;
mod parameters;
mod pool;
mod query;
mod request;
mod system;

pub use client::{DbClient, DbClientState};
pub use commenter::commented;
pub use error::{ServerError, sqlstate_is_error};
pub use parameters::{DbParameters, MAX_PARAMETERS};
pub(crate) use pool::providers_installed;
pub use pool::{Pending, Pool, PoolState};
pub use request::DbRequest;
