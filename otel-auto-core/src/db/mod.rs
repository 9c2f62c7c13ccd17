//! The database client convention: spans and `db.client.operation.duration` (semantic conventions, `docs/db`).

mod client;
mod request;

pub use client::{DbClient, DbClientState};
pub use request::DbRequest;
