//! The functions with another `use` line.

mod names {
    pub(crate) use otel_auto_sqlx::{PgPool, Transaction};
    pub(crate) use sqlx::PgConnection;
}

#[path = "functions.rs"]
pub(crate) mod functions;
