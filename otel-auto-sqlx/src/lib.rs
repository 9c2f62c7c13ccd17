//! Database spans and metrics for sqlx, with no change of types.
