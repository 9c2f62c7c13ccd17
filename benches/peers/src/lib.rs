//! What a SQL query costs, beside a peer.

pub mod queries;
