//! The functions as they are.

mod names {
    pub(crate) use sqlx::{PgConnection, PgPool, Transaction};
}

#[path = "functions.rs"]
pub(crate) mod functions;
