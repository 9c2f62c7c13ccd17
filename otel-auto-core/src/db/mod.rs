//! The database client convention: spans, `db.client.operation.duration`, `db.client.response.returned_rows`, and the
//! metrics of connection pools (semantic conventions, `docs/db`).

mod client;
mod commenter;
mod error;
mod not_connected;
mod parameters;
mod pool;
mod query;
mod request;
mod system;

pub use client::{DbClient, DbClientState};
pub use commenter::commented;
pub use error::{ServerError, sqlstate_is_error};
pub use not_connected::not_connected;
pub use parameters::{DbParameters, MAX_PARAMETERS};
pub(crate) use pool::providers_installed;
pub use pool::{Lent, Pending, Pool, PoolState};
pub use request::DbRequest;
