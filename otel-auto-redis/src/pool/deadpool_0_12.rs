//! For deadpool 0.12.

use deadpool_012 as deadpool;

#[path = "deadpool.rs"]
mod managed;
